//! From policy text to what is required.

use insta::assert_snapshot;
use serde_json::json;

use super::{needs, policy};

#[test]
fn an_ordering_with_a_number_requires_a_number() {
    assert_snapshot!(
        needs("deny if input.metrics.error_rate > 0.02"),
        @"metrics.error_rate: number"
    );
}

#[test]
fn two_ordered_facts_have_the_same_type() {
    assert_snapshot!(needs("deny if input.a > input.b"), @r"
    a: any, same as b
    b: any, same as a
    ");
    assert_snapshot!(needs("deny if input.a > input.b\nallow if input.b > 3"), @r"
    a: number
    b: number
    ");
    assert_snapshot!(needs("deny if input.xs[i] > input.xs[j]"), @r"
    xs: array or object
    xs[*]: any, same as xs[*]
    ");
}

#[test]
fn an_equality_with_literals_requires_one_of_their_types() {
    assert_snapshot!(needs("deny if input.state == \"shadow\""), @"state: string");
    assert_snapshot!(needs("deny if input.state in [\"shadow\", 1]"), @"state: number or string");
    assert_snapshot!(needs("deny if input.state in {\"shadow\", \"gray\"}"), @"state: string");
    assert_snapshot!(needs("deny if input.state != null"), @"state: any or null");
    assert_snapshot!(needs("deny if input.n > 3\ndeny if input.n == null"), @"n: number");
    assert_snapshot!(needs("deny if \"x\" in input.tags"), @r"
    tags: array or object
    tags[*]: string
    ");
}

#[test]
fn only_object_get_makes_optional() {
    assert_snapshot!(needs("deny if object.get(input.metrics, \"cost\", 0) > 3"), @r"
    metrics: object
    metrics.cost: number, optional
    ");
    assert_snapshot!(needs("deny if object.get(input, [\"a\", \"b\"], 0) > 3"), @r"
    a: object, optional
    a.b: number, optional
    ");
    assert_snapshot!(needs("deny if not input.ok"), @"ok: boolean");
    assert_snapshot!(needs("default ok := true\nok := input.x > 3"), @"x: number");
    assert_snapshot!(
        needs("s := object.get(input, \"shadow\", {})\ndeny if s.requests < 1000"), @r"
    shadow: object, optional
    shadow.requests: number, with shadow
    "
    );
    assert_snapshot!(
        needs("deny if object.get(input, \"x\", 0) > 3\nallow if input.x > 1"), @"x: number"
    );
}

#[test]
fn iteration() {
    assert_snapshot!(needs("deny if { some i in input.incidents; i.severity == \"P0\" }"), @r"
    incidents: array or object
    incidents[*].severity: string
    ");
    assert_snapshot!(needs("deny if { input.m[i].x > 3; input.m[i].y > input.m[i].x }"), @r"
    m: array or object
    m[*].x: number
    m[*].y: number
    ");
    assert_snapshot!(needs("deny if { x > 3; x = input.m[_] }"), @r"
    m: array or object
    m[*]: number
    ");
    assert_snapshot!(needs("deny if { every v in input.m { v > 3 } }"), @r"
    m: array or object
    m[*]: number
    ");
    assert_snapshot!(needs("deny if { every k in [\"a\", \"b\"] { input.m[k] > 3 } }"), @r"
    m.a: number
    m.b: number
    ");
    assert_snapshot!(needs("deny if count([x | some x in input.m; x.bad == true]) > 3"), @r"
    m: array or object
    m[*].bad: boolean
    ");
    assert_snapshot!(needs("deny if max(input.xs) > 3"), @r"
    xs: array, not empty
    xs[*]: number
    ");
    assert_snapshot!(needs("deny if sum(input.xs) > count(input.ys)"), @r"
    xs: array
    xs[*]: number
    ys: array or object
    ");
}

#[test]
fn base_data_resolves_keys() {
    let data = json!({"limits": {"error_rate": 0.1, "name": "x"}});
    assert_snapshot!(
        policy("deny if { some name, limit in data.limits; input.metrics[name] > limit }")
            .data(data.clone()).needs(), @r"
    metrics.error_rate: number
    metrics.name: string
    "
    );
    assert_snapshot!(
        policy("deny if input.metrics[name] > data.limits[name]").data(data).needs(), @r"
    metrics.error_rate: number
    metrics.name: string
    "
    );
}

#[test]
fn imports_functions_and_aliases() {
    assert_snapshot!(needs("import input.metrics as m\ndeny if m.p95 > 3"), @"metrics.p95: number");
    assert_snapshot!(needs("f(m) := m.p95 * 2\ndeny if f(input.metrics) > 3"), @r"
    metrics: object
    metrics.p95: number
    ");
    assert_snapshot!(needs("m := input.metrics\ndeny if m.p95 > 3"), @r"
    metrics: object
    metrics.p95: number
    ");
    assert_snapshot!(
        policy("import data.lib\ndeny if lib.high(input.m)")
            .file("lib.rego", "package lib\nhigh(m) if m.p95 > 3").needs(), @r"
    m: object
    m.p95: number
    "
    );
}

#[test]
fn unresolved_reads() {
    assert_snapshot!(needs("deny if input.metrics[input.kind] > 3"), @r"
    kind: any
    p.rego:2:9 unguarded_read_error
      which member of `input.metrics` `input.metrics[input.kind]` reads is only known at run time
    ");
    assert_snapshot!(needs("deny if { walk(input, [p, v]); v == 3 }"), @r"
    p.rego:2:11 unguarded_read_error
      `walk(input, [p, v])` reads whatever there is
    ");
    assert_snapshot!(needs("deny if allow with input as {}\nallow if input.x > 3"), @r"
    x: number
    p.rego:2:15 unguarded_read_error
      `with input` replaces what the guard looked up
    ");
    assert_snapshot!(needs("deny if object.union(input.a, input.b).c > 3"), @r"
    a: object
    b: object
    p.rego:2:9 unguarded_read_error
      `object.union(input.a, input.b).c` looks into a value that was made from input
    ");
    assert_snapshot!(
        needs("deny if input.m[input.kind] == 3 # phasegate: unguarded the schema lists the kinds"), @"kind: any"
    );
}
