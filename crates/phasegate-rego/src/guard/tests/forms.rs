//! What each form of expression asks of the facts it reads.

use insta::assert_snapshot;
use serde_json::json;

use super::{needs, policy};

#[test]
fn numbers_are_known_through_arithmetic_builtins_and_base_data() {
    assert_snapshot!(needs("deny if input.a > 2 * input.b"), @r"
    a: number
    b: number
    ");
    assert_snapshot!(needs("deny if input.a > count(input.b)"), @r"
    a: number
    b: array or object
    ");
    assert_snapshot!(needs("deny if input.a > time.parse_rfc3339_ns(input.b)"), @r"
    a: number
    b: string
    ");
    assert_snapshot!(
        policy("deny if input.a > data.limits.a").data(json!({"limits": {"a": 3}})).needs(),
        @"a: number"
    );
    assert_snapshot!(needs(r#"deny if input.a > limits.a
limits := {"a": 3}"#), @"a: number");
    assert_snapshot!(policy(r"deny if input.a > limit
limit := data.l if data.on
else := 3").data(json!({"l": 4, "on": true})).needs(), @"a: number");
    assert_snapshot!(needs("deny if { input.a > input.b; input.b < input.c; input.c > 1 }"), @r"
    a: number
    b: number
    c: number
    ");
    assert_snapshot!(needs("deny if input.a >= \"2024\""), @"a: string");
}

#[test]
fn equality_of_two_facts_asks_for_one_type() {
    assert_snapshot!(needs("deny if input.a == input.b"), @r"
    a: any, same as b
    b: any, same as a
    ");
    assert_snapshot!(needs("deny if input.a in input.b"), @r"
    a: any, same as b[*]
    b: array or object
    b[*]: any, same as a
    ");
}

#[test]
fn arguments_have_the_type_their_builtin_takes() {
    assert_snapshot!(needs("deny if startswith(input.a, \"x\")"), @"a: string");
    assert_snapshot!(needs("deny if concat(\",\", [input.a, input.b]) == \"x\""), @r"
    a: string
    b: string
    ");
    assert_snapshot!(needs("deny if is_null(input.a)"), @"a: any or null");
    assert_snapshot!(
        needs("deny if to_number(input.a) > 3"),
        @"a: number or string"
    );
    assert_snapshot!(needs("deny contains sprintf(\"%v %v\", [input.metrics, input.x])"), @r"
    metrics: any
    x: any
    ");
    assert_snapshot!(needs("deny if { startswith(input.a, \"x\", y); y }"), @"a: string");
}

#[test]
fn keys_that_are_known() {
    assert_snapshot!(needs("deny if { k := \"p95\"; input.m[k] > 3 }"), @"m.p95: number");
    assert_snapshot!(
        needs("deny if { some k in {\"a\", \"b\"}; input.m[k] > input.limits[k] }"), @r"
    limits.a: any, same as m.a
    limits.b: any, same as m.b
    m.a: any, same as limits.a
    m.b: any, same as limits.b
    ");
    assert_snapshot!(needs("deny if input.rows[0].x > 3"), @"rows[0].x: number");
    assert_snapshot!(needs("deny if input[\"a b\"].c > 3"), @r#"["a b"].c: number"#);
    assert_snapshot!(needs(r#"value(name) := input.m[name]
deny if value("a") > 3
allow if value("b") == "x""#), @r"
    m.a: number
    m.b: string
    ");
    assert_snapshot!(policy(r#"deny if some_limit("a")
some_limit(n) if input[n] > data.l[n]"#).data(json!({"l": {"a": 1}})).needs(), @"a: number");
    assert_snapshot!(needs(r#"v := {k: input.m[k] | some k in ["a", "b"]}
deny if v.a > 3
allow if { some x in v; x == "s" }"#), @r"
    m.a: number
    m.b: string
    ");
    assert_snapshot!(
        policy("deny if every k, v in input.m { v <= data.max[k] }")
            .data(json!({"max": {"a": 1, "b": 2}}))
            .needs(), @r"
    m: object
    m.a: any
    m.b: any
    m[*]: number
    ");
    assert_snapshot!(
        policy("deny if input.m > data.max[input.kind]")
            .data(json!({"max": {"a": 1, "b": 2}}))
            .needs(), @r#"
    kind: string, one of "a", "b"
    m: number
    "#);
    assert_snapshot!(needs(r#"limits := {"a": 3, "b": 4}
deny if { some n; input.m[n] > limits[n] }"#), @r"
    m.a: number
    m.b: number
    ");
}

#[test]
fn keys_that_are_only_known_at_run_time() {
    assert_snapshot!(needs("deny if input.m[concat(\"\", [\"p\", \"95\"])] > 3"), @r#"
    p.rego:2:9 unguarded_read_error
      which member of `input.m` `input.m[concat("", ["p", "95"])]` reads is only known at run time
    "#);
    assert_snapshot!(needs("deny if input.m[sprintf(\"p%d\", [95])] > 3"), @r#"
    p.rego:2:9 unguarded_read_error
      which member of `input.m` `input.m[sprintf("p%d", [95])]` reads is only known at run time
    "#);
    assert_snapshot!(needs("deny if { some k, v in input.m; v > input.limits[k] }"), @r"
    m: array or object
    p.rego:2:37 unguarded_read_error
      which member of `input.limits` `input.limits[k]` reads is only known at run time
    ");
    assert_snapshot!(needs("deny if object.get(input.m, input.k, 0) > 3"), @r"
    k: any
    m: any
    p.rego:2:9 unguarded_read_error
      which member of `input.m` `object.get(input.m, input.k, 0)` reads is only known at run time
    ");
    assert_snapshot!(needs("deny if { some k; input.m[k] > 1; input.n[k] > 2 }"), @r"
    m: array or object
    m[*]: number
    p.rego:2:35 unguarded_read_error
      which member of `input.n` `input.n[k]` reads is only known at run time
    ");
}

#[test]
fn a_key_looked_for_by_its_name_is_read() {
    assert_snapshot!(needs("deny if { some k, v in input.m; k == \"rate\"; v > 3 }"), @r"
    m: object
    m.rate: any
    m[*]: number
    ");
    assert_snapshot!(needs("deny if { some \"rate\", v in input.m; v > 3 }"), @r"
    m: object
    m.rate: any
    m[*]: number
    ");
    assert_snapshot!(
        policy("deny if { some k, v in input.m; k = data.names[_]; v > 3 }")
            .data(json!({"names": ["a", "b"]}))
            .needs(), @r"
    m: object
    m.a: any
    m.b: any
    m[*]: number
    ");
    assert_snapshot!(needs("deny if { some i, v in input.rows; i == 0; v.x > 3 }"), @r"
    rows: array
    rows[0]: any
    rows[*].x: number
    ");
    assert_snapshot!(
        needs("deny if { some k, v in input.m; k != \"note\"; not k == \"name\"; v > 3 }"), @r"
    m: array or object
    m[*]: number
    ");
}

#[test]
fn values_made_from_input() {
    assert_snapshot!(needs("deny if object.filter(input.m, [\"a\"]).a > 3"), @r#"
    m: object
    p.rego:2:9 unguarded_read_error
      `object.filter(input.m, ["a"]).a` looks into a value that was made from input
    "#);
    assert_snapshot!(
        needs("deny if { x := json.filter(input.m, [\"a\"]); some v in x; v > 3 }"), @r"
    m: object
    p.rego:2:55 unguarded_read_error
      `x` looks into a value that was made from input
    ");
    assert_snapshot!(needs("deny if json.unmarshal(input.text).a > 3"), @r"
    text: string
    p.rego:2:9 unguarded_read_error
      `json.unmarshal(input.text).a` looks into a value that was made from input
    ");
    assert_snapshot!(needs("deny if { some x in array.concat(input.a, input.b); x.y > 3 }"), @r"
    a: array
    a[*].y: number
    b: array
    b[*].y: number
    ");
    assert_snapshot!(needs("deny if array.concat(input.a, input.b)[0] > 3"), @r"
    a: array
    a[*]: number
    b: array
    b[*]: number
    p.rego:2:9 unguarded_read_error
      `array.concat(input.a, input.b)[0]` looks into a value that was made from input
    ");
    assert_snapshot!(needs("deny if to_number(split(input.version, \".\")[0]) > 3"), @r#"
    version: string
    p.rego:2:19 unguarded_read_error
      `split(input.version, ".")[0]` looks into a value that was made from input
    "#);
    assert_snapshot!(
        needs("deny if { some part in split(input.version, \".\"); part == \"x\" }"),
        @"version: string"
    );
    assert_snapshot!(needs(r"v := {k: x | some k, x in input.m}
deny if v.a > 3"), @r"
    m: array or object
    m[*]: number
    p.rego:3:9 unguarded_read_error
      `v.a` looks into a value that was made from input
    ");
    assert_snapshot!(needs(r"worst[k] := x if some k, x in input.m
deny if worst.a > 3"), @r"
    m: array or object
    m[*]: number
    p.rego:3:9 unguarded_read_error
      `worst.a` looks into a value that was made from input
    ");
    assert_snapshot!(needs("deny if { some x in object.keys(input.m); x == \"a\" }"), @r"
    m: object
    m.a: any
    ");
    assert_snapshot!(needs("deny if count(object.union(input.m, {\"a\": 1})) > 3"), @"m: object");
    assert_snapshot!(needs("deny if { [a, b] := input.pair; a > b }"), @r"
    pair: array
    pair[0]: any, same as pair[1]
    pair[1]: any, same as pair[0]
    p.rego:2:11 unguarded_read_error
      whether the input fits the pattern `[a, b]` is only known at run time
    ");
    assert_snapshot!(needs("deny if max([x | some x in input.xs; x < 9]) > 3"), @r"
    xs: array or object
    xs[*]: number
    p.rego:2:9 unguarded_read_error
      whether `max([x | some x in input.xs; x < 9])` has an element is only known at run time
    ");
    assert_snapshot!(needs("deny if max([input.a, input.b]) > 3"), @r"
    a: number
    b: number
    ");
    assert_snapshot!(needs("deny if { some {\"severity\": \"P0\"} in input.incidents }"), @r#"
    incidents: array or object
    incidents[*]: object
    incidents[*].severity: string
    p.rego:2:16 unguarded_read_error
      whether the input fits the pattern `{"severity": "P0"}` is only known at run time
    "#);
    assert_snapshot!(needs("deny if input.x > object.union(input.m, {}).a"), @r"
    m: object
    x: any
    p.rego:2:19 unguarded_read_error
      `object.union(input.m, {}).a` looks into a value that was made from input
    ");
}

#[test]
fn a_line_may_say_why_it_is_safe() {
    assert_snapshot!(
        needs(r"deny if input.m[input.k] == 3 # phasegate: unguarded the kinds are checked before"),
        @"k: any"
    );
    assert_snapshot!(needs(r#"deny if {
  # phasegate: unguarded the whole is searched
  walk(input, [_, v])
  v == "secret"
}"#), @"");
    assert_snapshot!(needs(r"deny if {
  x := object.union(input.a, input.b) # phasegate: unguarded b is ours
  x.c == 3
}"), @r"
    a: object
    b: object
    p.rego:4:3 unguarded_read_error
      `x.c` looks into a value that was made from input
    ");
    assert_snapshot!(needs(r#"deny if {
  x := allow with input as {"x": 1} # phasegate: unguarded a counterfactual
  x == true
}
allow if input.x > 3"#), @"x: number");
}

#[test]
fn with_replaces_what_was_looked_up() {
    assert_snapshot!(needs(r"deny if allow with input.x as 4
allow if input.x > 3"), @r"
    x: number
    p.rego:2:15 unguarded_read_error
      `with input.x` replaces what the guard looked up
    ");
    assert_snapshot!(policy(r"deny if allow with data.limits as {}
allow if input.x > data.limits.x").data(json!({"limits": {"x": 1}})).needs(), @r"
    x: number
    p.rego:2:15 unguarded_read_error
      `with data.limits` replaces what the guard looked up
    ");
}

#[test]
fn default_not_and_else_change_nothing() {
    assert_snapshot!(needs(r"default deny := false
deny if not low
low if input.a < 3
else := false if input.b < 4
else := input.c"), @r"
    a: number
    b: number
    c: boolean
    ");
    assert_snapshot!(needs(r"default f(_) := 0
f(x) := x.y if x.on
deny if f(input.a) > 3"), @r"
    a: object
    a.on: boolean
    a.y: number
    ");
    assert_snapshot!(needs("deny if not input.state in [\"shadow\", \"gray\"]"), @"state: string");
}

#[test]
fn nested_optional_reads() {
    assert_snapshot!(needs("deny if object.get(object.get(input, \"a\", {}), \"b\", 0) > 3"), @r"
    a: object, optional
    a.b: number, optional
    ");
    assert_snapshot!(needs(r#"deny if {
  a := object.get(input, "a", {});
  a.b.c > object.get(a, "d", 0)
}"#), @r"
    a: object, optional
    a.b.c: number, with a
    a.d: number, optional
    ");
    assert_snapshot!(needs("deny if { some x in object.get(input, \"xs\", []); x > 3 }"), @r"
    xs: array or object, optional
    xs[*]: number, with xs
    ");
    assert_snapshot!(needs(r#"get(o, k) := object.get(o, k, 0)
deny if get(input.m, "a") > input.m.b"#), @r"
    m: object
    m.a: number, optional
    m.b: number
    ");
    assert_snapshot!(needs(r#"deny if object.get(input, "a", null) == null
deny if input.a.b > 3"#), @r"
    a: object
    a.b: number
    ");
}

#[test]
fn names_mean_what_their_scope_says() {
    assert_snapshot!(needs(r"import input.metrics as m
deny if { some m in [1, 2]; m > 3 }
allow if m.x > 3"), @"metrics.x: number");
    assert_snapshot!(needs(r"m := input.m
f(m) if m.x > 3
deny if f(input.n)"), @r"
    n: object
    n.x: number
    ");
    assert_snapshot!(needs("deny if { x := input.a; count([x | some x in input.b]) > x }"), @r"
    a: number
    b: array or object
    ");
    assert_snapshot!(needs(r"import data.p.deep as d
deny if d.x > 3
deep := input.deep"), @r"
    deep: object
    deep.x: number
    ");
    assert_snapshot!(needs(r"deny if data.p.inner.high
inner.high if input.x > 3
inner.low if input.y > 3"), @"x: number");
    assert_snapshot!(needs(r"allow if data.p.inner == {}
inner.high if input.x > 3
inner.low if input.y > 3"), @r"
    x: number
    y: number
    ");
    assert_snapshot!(needs(r"deny if some x in data.p.all
all contains input.a
all contains x if x := input.b"), @r"
    a: any
    b: any
    ");
    assert_snapshot!(needs(r#"deny if { p[k].q[_] > 3 }
p[k].q contains v if some k, v in {"a": input.a, "b": input.b}"#), @r"
    a: number
    b: number
    ");
}

#[test]
fn statements_may_stand_in_any_order() {
    assert_snapshot!(needs("deny if { x > 3; x = y.z; y = input.m[k]; k = \"a\" }"), @r"
    m.a: object
    m.a.z: number
    ");
    assert_snapshot!(needs("deny if { xs := [v | v := input.m[k]]; k := \"a\"; count(xs) > 0 }"), @"m.a: any");
    assert_snapshot!(
        needs("deny if { r := input.rows[i]; count([c | c := input.rows[j]; c.x > r.x; j != i]) > 0 }"),
        @r"
    rows: array or object
    rows[*]: object
    rows[*].x: any, same as rows[*].x
    "
    );
    assert_snapshot!(needs("deny if { input.m[n] > limits[n]; limits = {\"a\": 1} }"), @"m.a: number");
}

#[test]
fn what_belongs_together_stays_together() {
    assert_snapshot!(needs(r#"checks := [{"v": input.a, "limit": 3}, {"v": input.b, "limit": "x"}]
deny if { some check in checks; check.v > check.limit }"#), @r"
    a: number
    b: string
    ");
    assert_snapshot!(needs(r#"limit("a") := 3
limit("b") := "x"
deny if { some name in ["a", "b"]; input.m[name] > limit(name) }"#), @r"
    m.a: number
    m.b: string
    ");
    assert_snapshot!(needs(r#"gt(a, b) := a > b
deny if gt(input.a, 3)
allow if gt(input.b, "x")"#), @r"
    a: number
    b: string
    ");
    assert_snapshot!(needs(r#"deny if { xs := input.xs; xs[_] in {1, 2} }
allow if count({x | x := input.tags[_]} & {"a"}) > 0"#), @r"
    tags: array or object
    tags[*]: string
    xs: array or object
    xs[*]: number
    ");
    assert_snapshot!(
        policy("import data.lib.high\ndeny if { x := input; high(x.m) }")
            .file("lib.rego", "package lib\nhigh(m) if m.p95 > 3")
            .needs(),
        @r"
    m: object
    m.p95: number
    "
    );
}

#[test]
fn facts_that_would_need_two_types() {
    assert_snapshot!(needs(r#"deny if input.x > 3
allow if startswith(input.x, "a")"#), @r"
    x: string
    p.rego:2:9 rego_type_error
      `x` would have to be a number here and a string elsewhere
    ");
    assert_snapshot!(needs(r"deny if input.x.y > 3
allow if input.x > 4"), @r"
    x: number
    x.y: number
    p.rego:2:9 rego_type_error
      `x` would have to be an object here and a number elsewhere
    ");
    assert_snapshot!(needs(r#"deny if input.x > input.y
allow if { input.x > 3; input.y > "a" }"#), @r"
    x: number
    y: string
    p.rego:2:9 rego_type_error
      `y` would have to be a number here and a string elsewhere
    ");
}

#[test]
fn what_the_entry_cannot_reach_is_not_read() {
    assert_snapshot!(needs(r"deny if input.x > 3
helper if input.y > input[input.z]"), @"x: number");
}
