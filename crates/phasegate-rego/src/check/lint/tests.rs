//! Policies in, warnings out.

use std::collections::BTreeMap;

use phasegate_core::PolicyFiles;

use crate::{Diagnostic, PolicyOptions, check_files};

fn found(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let files: BTreeMap<_, _> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    check_files(&PolicyFiles { files, ..PolicyFiles::default() }, &PolicyOptions::default())
}

/// A test that reaches every rule behind `allow`.
const TEST: (&str, &str) = (
    "p_test.rego",
    "package lifecycle.promotion_test\n\ntest_it if not data.lifecycle.promotion.allow\n",
);

/// The findings of one promotion policy with a test, each as `row code: message`.
#[track_caller]
fn lints(rules: &str, expected: &[&str]) {
    let text = format!("package lifecycle.promotion\n{rules}\n");
    let found = found(&[("p.rego", &text), TEST]);
    let told: Vec<_> =
        found.iter().map(|one| format!("{} {}: {}", one.row, one.code, one.message)).collect();
    assert_eq!(told, expected, "{rules}");
}

const REFUSAL: &str = "allow if count(deny) == 0\n";

#[test]
fn a_p_value_needs_a_direction() {
    let rule = |body: &str| format!("{REFUSAL}deny contains \"p\" if {{ {body} }}");
    let p = "input.tests.accuracy_p_value >= 0.05";
    lints(
        &rule(p),
        &[
            "3 p_value_alone: `input.tests.accuracy_p_value >= 0.05` says nothing of the direction: \
           a change for the worse is significant, too",
        ],
    );
    for effect in ["input.metrics.accuracy_delta < 0", "input.accuracy.effect <= 0"] {
        lints(&rule(&format!("{p}; {effect}")), &[]);
    }
    // A finding carries its verdict, and a variable or a level is no p-value.
    lints(&rule("input.finding.p_value > 0.05; input.finding.verdict != \"pass\""), &[]);
    lints(&rule("input.thresholds.significance_p > 0.05"), &[]);
}

#[test]
fn a_p_value_behind_a_variable_is_one() {
    lints(
        &format!("{REFUSAL}deny contains \"p\" if {{ p := input.cost_p_value; p < 0.05 }}"),
        &["3 p_value_alone: `p < 0.05` says nothing of the direction: a change for the worse is \
           significant, too"],
    );
}

#[test]
fn absence_of_proof_is_no_proof() {
    let told = |text: &str| {
        format!(
            "2 p_value_as_proof: a large p-value proves nothing: `{text}` holds whenever there \
                 is little data"
        )
    };
    for (body, text) in [
        ("input.latency_p_value > 0.05", "input.latency_p_value > 0.05"),
        ("0.05 <= input.latency_p_value", "0.05 <= input.latency_p_value"),
        ("not input.latency_p_value < 0.05", "input.latency_p_value < 0.05"),
    ] {
        lints(&format!("allow if {{ input.latency_delta < 1; {body} }}"), &[&told(text)]);
    }
    // Proof asked for, and an alarm.
    lints("allow if { input.accuracy_delta > 0; input.accuracy_p_value < 0.05 }", &[]);
    lints(
        &format!(
            "{REFUSAL}deny contains \"worse\" if {{ input.d_p_value < 0.05; input.delta > 0 }}"
        ),
        &[],
    );
}

#[test]
fn a_set_is_no_condition() {
    let deny = "deny contains \"slow\" if input.ms > 3\n";
    lints(
        &format!("{deny}allow if not deny"),
        &["3 set_as_condition: `not deny` never holds: `data.lifecycle.promotion.deny` is a set, \
           true even when empty"],
    );
    lints(
        &format!("{deny}allow if {{ data.lifecycle.promotion.deny; input.ok }}"),
        &["3 set_as_condition: `data.lifecycle.promotion.deny` always holds: \
           `data.lifecycle.promotion.deny` is a set, true even when empty"],
    );
    lints(&format!("{deny}allow if count(deny) == 0"), &[]);
    lints(&format!("{deny}allow if not \"slow\" in deny"), &[]);
    lints(&format!("{deny}allow if not deny.slow"), &[]);
}

#[test]
fn what_nobody_asks_for_decides_nothing() {
    let unused = "3 unused_rule: no rule that is asked uses `data.lifecycle.promotion.limit`, so \
                  that it decides nothing";
    let untested = "3 untested_rule: no test reaches `data.lifecycle.promotion.limit`";
    lints("allow if input.ok\nlimit := 3", &[unused, untested]);
    lints("allow if input.n < limit\nlimit := 3", &[]);
    let entrypoint = "# METADATA\n# entrypoint: true\nlimit := 3";
    lints(
        &format!("allow if input.ok\n{entrypoint}"),
        &["5 untested_rule: no test reaches `data.lifecycle.promotion.limit`"],
    );
}

#[test]
fn every_rule_has_a_test() {
    let policy = "package lifecycle.promotion\n\nallow if input.n < limit\n\nlimit := 3\n";
    let told = |files: &[(&str, &str)]| -> Vec<String> {
        let found = found(files);
        found.iter().map(|one| format!("{}:{} {}", one.file, one.row, one.message)).collect()
    };
    let none = told(&[("p.rego", policy)]);
    assert_eq!(none, ["p.rego:1 the policy set has no test"]);
    let helper = "package t\n\ntest_limit if data.lifecycle.promotion.limit == 3\n";
    let partly = told(&[("p.rego", policy), ("h_test.rego", helper)]);
    assert_eq!(partly, ["p.rego:3 no test reaches `data.lifecycle.promotion.allow`"]);
    assert_eq!(told(&[("p.rego", policy), ("p.cases.yaml", "cases: []")]), [""; 0]);
}

#[test]
fn names_that_hide_rules() {
    let hides = |row: usize, what: &str| vec![format!("{row} shadowed_rule: {what}")];
    let check = |rules: &str, expected: Vec<String>| {
        lints(rules, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let limit = "limit := 3\n";
    check(
        &format!("{limit}allow if {{ input.n < limit; f(1) == 1 }}\nf(limit) := limit"),
        hides(4, "the variable `limit` hides the rule of that name"),
    );
    check(
        &format!(
            "{limit}allow if {{ input.n < limit; every limit in input.list {{ limit > 1 }} }}"
        ),
        hides(3, "the variable `limit` hides the rule of that name"),
    );
    check(
        "allow if input.a > 1\nallow if input.b > 1\nallow if input.a > 1",
        hides(4, "the rule says what p.rego:2 says already"),
    );
}

#[test]
fn an_optional_fact_needs_a_word_about_its_absence() {
    let schema = r#"{ "type": "object", "required": ["metrics"], "properties": {
        "metrics": { "type": "object", "properties": { "cost": { "type": "number" } } },
        "slo": { "type": "object", "required": ["failures"],
                 "properties": { "failures": { "type": "number" } } } } }"#;
    let check = |rules: &str, expected: &[&str]| {
        let text = format!("package lifecycle.promotion\nallow if count(deny) == 0\n{rules}\n");
        let found = found(&[("p.rego", &text), ("p.schema.json", schema), TEST]);
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected, "{rules}");
    };
    let cost = "deny contains \"cost\" if input.metrics.cost > 1";
    check(
        cost,
        &["p.rego:3:25: unguarded_fact: `metrics.cost` may be absent, and then \
           `input.metrics.cost > 1` is neither true nor false; say what its absence means: a rule \
           with `not input.metrics.cost`, `object.get` with a default, or `required` in the schema"],
    );
    check(&format!("{cost}\ndeny contains \"no cost\" if not input.metrics.cost"), &[]);
    check("deny contains \"cost\" if object.get(input.metrics, \"cost\", 9) > 1", &[]);
    check("deny contains \"slo\" if { input.slo; input.slo.failures > 2 }", &[]);
    check(
        "deny contains \"slo\" if input.slo.failures > 2",
        &[
            "p.rego:3:24: unguarded_fact: `slo` may be absent, and then `input.slo.failures > 2` is \
           neither true nor false; say what its absence means: a rule with `not input.slo`, \
           `object.get` with a default, or `required` in the schema",
        ],
    );
}

#[test]
fn old_syntax_is_told() {
    lints(
        "import rego.v1\nallow = true if input.n == 1",
        &[
            "2 deprecated_syntax: `import rego.v1` says what is the default in Rego v1",
            "3 deprecated_syntax: a rule is given its value with `=`",
        ],
    );
    lints(
        "import future.keywords.if\nallow if input.n == 1",
        &["2 deprecated_syntax: `import future.keywords.if` says what is the default in Rego v1"],
    );
    lints(
        "default allow = false\nallow := (1 == 1) if input.n == 1",
        &["2 deprecated_syntax: a rule is given its value with `=`"],
    );
}

#[test]
fn a_line_may_be_left_alone_for_a_reason() {
    let ignored = "limit := 3 # phasegate: ignore unused_rule kept for the next release\n";
    lints(
        &format!(
            "allow if input.ok\n{ignored}# phasegate: ignore untested_rule nor tested\nx := 1"
        ),
        &[
            "3 untested_rule: no test reaches `data.lifecycle.promotion.limit`",
            "5 unused_rule: no rule that is asked uses `data.lifecycle.promotion.x`, so that it \
             decides nothing",
        ],
    );
    lints(
        "# phasegate: ignore p_value_alone long gone\nallow if input.ok",
        &["2 unused_ignore: there is no `p_value_alone` here to ignore"],
    );
    for (directive, fault) in [
        ("ignore", "`ignore` without a code"),
        ("ignore p_value_alone", "`ignore p_value_alone` without a reason"),
        ("ignore rego_type_error because", "`rego_type_error` is no lint that can be ignored"),
        ("better", "`better` needs `lower` or `higher`, then a path"),
        ("better lower a..b", "`a..b` is not a path into the input"),
    ] {
        lints(
            &format!("allow if input.ok # phasegate: {directive}"),
            &[&format!("2 directive_error: {fault}")],
        );
    }
}

#[test]
fn a_test_that_does_not_parse_is_told() {
    let policy = "package lifecycle.promotion\n\nallow if input.ok\n";
    let found = found(&[("p.rego", policy), ("p_test.rego", "package t\n\ntest_a if\n")]);
    let told: Vec<_> = found.iter().map(|one| one.file.as_str()).collect();
    assert_eq!(told, ["p_test.rego"]);
}

/// `docs/lints.md` has a section for each lint, and no other.
#[test]
fn every_lint_has_its_page() {
    let page = include_str!("../../../../../docs/lints.md");
    let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: Vec<_> = super::codes()
        .map(super::super::super::diagnostic::Code::as_str)
        .chain(["unused_ignore"])
        .collect();
    assert_eq!(sections, codes);
}

#[test]
fn an_approval_asks_something() {
    let every = "2 unconditional_approval: every input is approved: nothing is asked of it";
    lints("allow := true", &[every]);
    lints("allow if true", &[every]);
    lints(
        "default allow := true",
        &["2 unconditional_approval: whatever no rule refuses is approved, unseen facts included"],
    );
    lints("default allow := false\nallow if input.ok", &[]);
}
