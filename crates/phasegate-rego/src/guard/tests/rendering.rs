//! What `phasegate inputs` prints, and what the explanation asks.

use insta::assert_snapshot;
use serde_json::json;

use super::policy;
use crate::guard::{Extraction, Operand};

fn example() -> Extraction {
    policy(
        "import data.lib
m := input.metrics
violations contains \"p95\" if m.p95_latency_ms > input.thresholds.p95_latency_ms
violations contains \"few\" if object.get(input, \"shadow\", {}).requests < 1000
violations contains name if { some name, limit in data.limits; input.metrics[name] > limit }
violations contains \"old\" if lib.older(input.version[\"built at\"], input.version.released)
allow if { count(violations) == 0; input.state in {\"shadow\", \"gray\"}; ok }
default ok := false
ok if every one in input.incidents { one.closed }",
    )
    .data(json!({"limits": {
        "error_rate": 0.1,
        "a_metric_with_a_name_that_is_much_longer_than_a_column": 1
    }}))
    .file("library/versions/compare.rego", "package lib\nolder(a, b) if a < b")
    .extract()
}

#[test]
fn the_table() {
    let requirements = example().requirements;
    let table = requirements.to_string();
    assert!(table.lines().all(|line| line.chars().count() <= 100));
    assert_snapshot!(table, @r#"
    data.p: allow, violations, ok
    rows are of p.rego

    path                                  type                      required     read by
    incidents                             array or object           always       ok:10
    incidents[*].closed                   boolean                   always       ok:10
    metrics                               object                    always       m:3
    metrics.a_metric_with_a_name_that_    number                    always       violations:6
    is_much_longer_than_a_column
    metrics.error_rate                    number                    always       violations:6
    metrics.p95_latency_ms                any, same as              always       violations:4
                                          thresholds.p95_latency_
                                          ms
    shadow                                object                    optional     violations:5
    shadow.requests                       number                    with shadow  violations:5
    state                                 string                    always       allow:8
    thresholds.p95_latency_ms             any, same as              always       violations:4
                                          metrics.p95_latency_ms
    version["built at"]                   any, same as              always       violations:7
                                          version.released
    version.released                      any, same as              always       violations:7
                                          version["built at"]
    "#);
    let none = policy("allow if 1 == 1").extract().requirements;
    assert_snapshot!(none.to_string(), @"data.p reads no input");
}

#[test]
fn the_json() {
    let requirements = policy(
        "deny if object.get(input, \"shadow\", {}).requests < input.least
allow if max(input.xs) < 3",
    )
    .schema(json!({"properties": {"least": {"minimum": 0}}, "required": ["least"]}))
    .extract()
    .requirements;
    assert_snapshot!(serde_json::to_string_pretty(&requirements).expect("it serializes"), @r#"
    {
      "package": "p",
      "names": [
        "allow",
        "deny"
      ],
      "requirements": [
        {
          "path": "least",
          "types": [
            "boolean",
            "number",
            "string",
            "array",
            "object"
          ],
          "optional": false,
          "range": {
            "minimum": 0
          },
          "same_type_as": [
            "shadow.requests"
          ],
          "needed_by": [
            {
              "package": "p",
              "rule": "deny",
              "file": "p.rego",
              "row": 2
            }
          ]
        },
        {
          "path": "shadow",
          "types": [
            "object"
          ],
          "optional": true,
          "needed_by": [
            {
              "package": "p",
              "rule": "deny",
              "file": "p.rego",
              "row": 2
            }
          ]
        },
        {
          "path": "shadow.requests",
          "types": [
            "boolean",
            "number",
            "string",
            "array",
            "object"
          ],
          "optional": false,
          "required_with": "shadow",
          "same_type_as": [
            "least"
          ],
          "needed_by": [
            {
              "package": "p",
              "rule": "deny",
              "file": "p.rego",
              "row": 2
            }
          ]
        },
        {
          "path": "xs",
          "types": [
            "array"
          ],
          "optional": false,
          "not_empty": true,
          "needed_by": [
            {
              "package": "p",
              "rule": "allow",
              "file": "p.rego",
              "row": 3
            }
          ]
        },
        {
          "path": "xs[*]",
          "types": [
            "number"
          ],
          "optional": false,
          "needed_by": [
            {
              "package": "p",
              "rule": "allow",
              "file": "p.rego",
              "row": 3
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn the_paths_of_a_rule_are_those_it_depends_on() {
    let requirements = example().requirements;
    let paths = |package: &str, rule: &str| {
        let paths = requirements.paths_of_rule(package, rule).expect("the rule is reached");
        paths.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(paths("p", "ok"), @r"
    incidents
    incidents[*].closed
    ");
    assert_snapshot!(paths("p", "m"), @"metrics");
    assert_snapshot!(
        paths("p", "violations"),
        @r#"
    metrics
    metrics.a_metric_with_a_name_that_is_much_longer_than_a_column
    metrics.error_rate
    metrics.p95_latency_ms
    shadow
    shadow.requests
    thresholds.p95_latency_ms
    version["built at"]
    version.released
    "#
    );
    assert_snapshot!(
        paths("p", "allow"),
        @r#"
    incidents
    incidents[*].closed
    metrics
    metrics.a_metric_with_a_name_that_is_much_longer_than_a_column
    metrics.error_rate
    metrics.p95_latency_ms
    shadow
    shadow.requests
    state
    thresholds.p95_latency_ms
    version["built at"]
    version.released
    "#
    );
    assert_snapshot!(paths("lib", "older"), @r#"
    version["built at"]
    version.released
    "#);
    assert_eq!(requirements.paths_of_rule("p", "nothing"), None);
}

fn side(operand: &Operand) -> String {
    match operand {
        Operand::Input(path) => path.to_string(),
        Operand::Const(json) => json.to_string(),
        Operand::OneOf(sides) => {
            format!("{{{}}}", sides.iter().map(side).collect::<Vec<_>>().join(" "))
        }
        Operand::Other => "...".to_owned(),
    }
}

#[test]
fn comparisons_name_both_sides() {
    let requirements = policy(
        "import data.lib
violations contains \"slow\" if input.m.p95 > min([input.limits.p95, data.floor])
violations contains \"few\" if object.get(input, \"shadow\", {}).requests < least
violations contains name if { some name, limit in data.limits; input.m[name] > limit }
violations contains \"old\" if lib.older(input.version[\"built at\"], input.version.released)
violations contains \"cost\" if object.get(input.m, \"cost\", 0) >= data.tiers[input.tier]
violations contains \"xs\" if max(input.xs) > 3
least := 1000 if input.busy
else := 100
allow if { count(violations) == 0; every x in input.xs { x != input.y } }",
    )
    .data(json!({"limits": {"a": 1, "b": 2}, "floor": 3, "tiers": {"gold": 1, "iron": 2}}))
    .file("library/compare.rego", "package lib\nolder(a, b) if a < b")
    .extract()
    .requirements;
    let lines: Vec<String> = requirements
        .comparisons()
        .iter()
        .map(|one| {
            let (left, right) = (side(&one.left), side(&one.right));
            format!(
                "{}.{} {}:{} {left} {:?} {right}",
                one.package, one.rule, one.file, one.row, one.op
            )
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    p.violations p.rego:3 m.p95 Greater {limits.p95 3}
    p.violations p.rego:4 shadow.requests Less {1000 100}
    p.violations p.rego:5 m.a Greater 1
    p.violations p.rego:5 m.b Greater 2
    p.violations p.rego:7 {m.cost 0} GreaterOrEqual {1 2}
    p.violations p.rego:8 {xs[*]} Greater 3
    p.allow p.rego:11 ... Equal 0
    p.allow p.rego:11 xs[*] NotEqual y
    lib.older library/compare.rego:2 version["built at"] Less version.released
    "#);
}
