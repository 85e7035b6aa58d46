//! Inputs that lack a fact, or have it in another type, and that the engine alone lets through: the
//! guard blocks each of them, or the policy does not load.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::policy;
use crate::Code;

/// Each rule adds a violation, or decides by itself; `allow` is what is left.
const ALLOW: &str = "default allow := false\nallow if count(violations) == 0\n";

/// What becomes of a hole.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Closed {
    /// The guard blocks the input because of this path.
    Blocks(&'static str),
    /// The policy does not load in the gate profile.
    Refused,
}

use Closed::{Blocks, Refused};

/// What the engine alone says of `data.p.allow`.
fn plain(text: &str, data: &Json, input: &Json) -> bool {
    let mut engine = regorus::Engine::new();
    engine.add_policy("p.rego".to_owned(), format!("package p\n{text}")).expect("it parses");
    engine.add_data_json(&data.to_string()).expect("it is an object");
    engine.set_input_json(&input.to_string()).expect("it is JSON");
    let allow = engine.eval_rule("data.p.allow".to_owned());
    allow.is_ok_and(|allow| allow == regorus::Value::Bool(true))
}

fn closed(text: &str, data: &Json, input: &Json, expected: Closed) {
    assert!(plain(text, data, input), "the engine alone lets it through:\n{text}\n{input}");
    let extraction = policy(text).data(data.clone()).extract();
    let found = &extraction.diagnostics;
    match expected {
        Refused => assert!(
            found.iter().any(|one| one.code == Code::UnguardedReadError),
            "it loads:\n{text}"
        ),
        Blocks(path) => {
            assert!(found.is_empty(), "{text}\n{found:?}");
            let blocks = extraction.requirements.check(input);
            let paths: Vec<&str> = blocks.blocks.iter().map(|one| one.path.as_str()).collect();
            assert!(paths.contains(&path), "{text}\n{input}\n{paths:?}");
        }
    }
}

/// A violation with this body, and one input that lacks what it reads.
#[track_caller]
fn hole(body: &str, input: &Json, expected: Closed) {
    hole_with(&format!("violations contains \"v\" if {{ {body} }}"), &json!({}), input, expected);
}

/// The same for whole rules, with base data.
#[track_caller]
fn hole_with(rules: &str, data: &Json, input: &Json, expected: Closed) {
    closed(&format!("{ALLOW}{rules}"), data, input, expected);
}

/// A policy that loads, and an input that has all it needs.
#[track_caller]
fn fits(rules: &str, data: &Json, input: &Json) {
    assert_eq!(policy(&format!("{ALLOW}{rules}")).data(data.clone()).blocks(input), "", "{rules}");
}

#[test]
fn a_number_is_one_however_it_is_written() {
    let text = "default allow := true\nallow := false if bad(1.0)
bad(1) if input.metrics.error_rate > 0.02";
    closed(text, &json!({}), &json!({}), Blocks("metrics"));
    let text = "default allow := true\nallow := false if bad(data.n)
bad(1) if input.error_rate > 0.02";
    closed(text, &json!({"n": 1.0}), &json!({}), Blocks("error_rate"));
    hole("input.e > [0.02][0.0]", &json!({"e": false}), Blocks("e"));
    hole("input.rows[0.0] > 3", &json!({"rows": []}), Blocks("rows[0]"));
    hole("{1.0: \"e\"}[1] == input.e", &json!({}), Blocks("e"));
}

#[test]
fn a_key_that_is_looked_for_is_there() {
    let m = json!({"m": {}});
    hole("some n, v in input.m; n in {\"e\"}; v > 0.02", &m, Blocks("m.e"));
    hole("some n, v in input.m; n in [\"e\", \"f\"]; v > 0.02", &m, Blocks("m.f"));
    hole("some n, v in input.m; {\"e\"}[n]; v > 0.02", &m, Blocks("m.e"));
    hole("some n, v in input.m; v > {\"e\": 0.02}[n]", &m, Blocks("m.e"));
    hole("some n, v in input.m; not v <= {\"e\": 0.02}[n]", &m, Blocks("m.e"));
    hole("some i, v in input.m; v > [0.02][i]", &json!({"m": []}), Blocks("m[0]"));
    hole("\"e\", 3 in input.m", &m, Blocks("m.e"));
    hole("count([1 | some n, v in input.m; n == \"e\"; v > 2]) > 0", &m, Blocks("m.e"));
    let limits = json!({"limits": {"e": 0.02}});
    let rule = "violations contains n if { some n, v in input.m; v > data.limits[n] }";
    hole_with(rule, &limits, &m, Blocks("m.e"));
    let table = "lim[\"e\"] := 0.02\nlim[\"f\"] := 0.03\n";
    let rule = "violations contains n if { some n, v in input.m; v > lim[n] }";
    hole_with(&format!("{table}{rule}"), &json!({}), &m, Blocks("m.f"));
    let function = "bad(\"e\", v) if v > 0.02\n";
    let rule = "violations contains n if { some n, v in input.m; bad(n, v) }";
    hole_with(&format!("{function}{rule}"), &json!({}), &m, Blocks("m.e"));
    for found in [
        "failing[\"security\"]",
        "\"security\" in failing",
        "some \"security\" in failing",
        "count(failing & {\"security\"}) > 0",
        "not safe",
    ] {
        let rules = "failing contains n if { some n; input.m[n].ok == false }
safe if not \"security\" in failing
";
        let rule = format!("{rules}violations contains \"v\" if {found}");
        hole_with(&rule, &json!({}), &m, Blocks("m.security"));
    }
}

#[test]
fn a_key_that_is_only_known_at_run_time_is_refused() {
    let m = json!({"m": {}, "k": "e", "ks": ["e"], "n": {"e": 1}});
    for test in [
        "startswith(n, \"e\")",
        "lower(n) == \"e\"",
        "sprintf(\"%v\", [n]) == \"e\"",
        "n == input.k",
        "n in input.ks",
        "input.n[n2]; n == n2",
        "n >= \"e\"; n <= \"e\"",
        "split(n, \"_\")[0] == \"e\"",
        "n == concat(\"\", [\"e\"])",
        "{\"e\": 1}[lower(n)]",
        "f(n)",
    ] {
        let function = "f(n) if regex.match(\"e\", n)\n";
        let rule =
            format!("violations contains \"v\" if {{ some n, v in input.m; {test}; v > 0.02 }}");
        hole_with(&format!("{function}{rule}"), &json!({}), &m, Refused);
    }
}

#[test]
fn a_key_may_be_shown_counted_and_left_out() {
    let input = json!({"m": {"e": 0.01}, "xs": [1, 2, 3]});
    for body in [
        "some n, v in input.m; v > 0.02; msg := sprintf(\"%v is %v\", [upper(n), v])",
        "some n, v in input.m; not n in {\"note\"}; n != \"name\"; v > 0.02; msg := n",
        "some n, v in input.m; not {\"note\": true}[n]; v > 0.02; msg := n",
        "some n, v in input.m; v > object.get({\"f\": 1}, n, 2); msg := n",
        "count({n | some n, v in input.m; v > 0.02}) > 0; msg := 1",
        "some i, x in input.xs; i > 0; x > 5; msg := i",
        "some i, j; input.xs[i] > input.xs[j] + 5; i != j; msg := [i, j]",
    ] {
        fits(&format!("violations contains msg if {{ {body} }}"), &json!({}), &input);
    }
}

#[test]
fn what_a_lookup_is_asked_for_is_known() {
    let input = json!({"tier": "zzz", "i": 7, "e": 0.5, "rows": [{"tier": "zzz", "e": 0.5}]});
    let data = json!({"limits": {"gold": 0.02, "silver": 0.01}});
    let rules = "lim[\"gold\"] := 0.02
lim[\"silver\"] := 0.03
other.gold := 0.02
other.silver := 0.02
f(\"gold\") := 0.02
f(\"silver\") := 0.03
";
    for (limit, path) in [
        ("data.limits[input.tier]", "tier"),
        ("{\"gold\": 0.02}[input.tier]", "tier"),
        ("{\"gold\": input.e}[input.tier]", "tier"),
        ("[0.02][input.i]", "i"),
        ("[input.e][input.i]", "i"),
        ("lim[input.tier]", "tier"),
        ("data.p.other[input.tier]", "tier"),
        ("f(input.tier)", "tier"),
        ("lim[input.rows[_].tier]", "rows[0].tier"),
    ] {
        let rule = format!("{rules}violations contains \"v\" if input.e > {limit}");
        hole_with(&rule, &data, &input, Blocks(path));
    }
    for limit in [
        "data.limits[lower(input.tier)]",
        "f(lower(input.tier))",
        "lim[sprintf(\"%v\", [input.tier])]",
    ] {
        let rule = format!("{rules}violations contains \"v\" if input.e > {limit}");
        hole_with(&rule, &data, &input, Refused);
    }
    let large: serde_json::Map<String, Json> =
        (0..2_000).map(|i| (format!("k{i}"), json!(0.02))).collect();
    let data = json!({"large": large, "list": vec![0.02; 2_000]});
    let rule = "violations contains \"v\" if input.e > data.large[input.tier]";
    hole_with(rule, &data, &input, Blocks("tier"));
    let rule = "violations contains \"v\" if input.e > data.list[input.i]";
    hole_with(rule, &data, &json!({"e": 1, "i": 2000}), Blocks("i"));
    fits(rule, &data, &json!({"e": 1, "i": 1999.0}));
}

#[test]
fn a_lookup_with_a_default_and_a_test_fit_any_value() {
    let input = json!({"tier": "zzz", "e": 0.001});
    let data = json!({"limits": {"gold": 0.02}, "blocked": {"red": true}});
    for rules in [
        "violations contains \"v\" if input.e > object.get(data.limits, input.tier, 0.02)",
        "violations contains \"v\" if data.blocked[input.tier]",
        "bad(\"red\") := true\nbad(\"no\") := true\nviolations contains 1 if bad(input.tier)",
        "default f(_) := 1\nf(\"gold\") := 2\nviolations contains \"v\" if input.e > f(input.tier)",
        "violations contains \"v\" if input.tier in {\"red\", \"amber\"}",
    ] {
        fits(rules, &data, &input);
    }
    fits(
        "violations contains \"v\" if input.e > data.limits[input.tier]",
        &data,
        &json!({"tier": "gold", "e": 0.001}),
    );
}

#[test]
fn a_variable_is_bound_in_a_way_the_guard_follows() {
    let input = json!({"m": {}});
    hole(
        "{\"a\": x, \"b\": input.m} = {\"a\": 1, \"b\": y}; y.e > 0.02; x == 1",
        &input,
        Blocks("m.e"),
    );
    hole(
        "[{\"a\": x, \"b\": [input.m, 2]}] = [{\"b\": [y, 2], \"a\": 1}]; y.e > 0.02; x == 1",
        &input,
        Blocks("m.e"),
    );
    // The engine refuses it as well, for its own reasons.
    let body = "{\"a\": x, sprintf(\"b\", []): input.m} = {\"a\": 1, \"b\": y}; y.e > 0.02; x == 1";
    let found = policy(&format!("deny if {{ {body} }}")).extract().diagnostics;
    assert!(found.iter().any(|one| one.code == Code::UnguardedReadError), "{found:?}");
}

#[test]
fn what_to_number_takes_is_no_number_by_itself() {
    for e in [json!(null), json!(false)] {
        hole("to_number(input.m.e) > 0.02", &json!({"m": {"e": e}}), Blocks("m.e"));
    }
}

#[test]
fn a_fact_of_another_type_is_no_answer() {
    let null = json!({"state": null, "ready": null});
    hole("input.state == \"bad\"; not is_null(input.state)", &null, Blocks("state"));
    let warning = "warnings contains \"w\" if is_null(input.state)
warnings contains \"t\" if type_name(input.state) == \"null\"
warnings contains \"n\" if input.state == null
violations contains \"v\" if input.state == \"bad\"";
    hole_with(warning, &json!({}), &null, Blocks("state"));
    let warning = "warnings contains \"w\" if input.ready == null
violations contains \"v\" if not input.ready";
    hole_with(warning, &json!({}), &json!({"ready": 0}), Blocks("ready"));
    let failures = json!({"fs": ["false", 0]});
    let rules = "fine if every f in input.fs { f }\nviolations contains \"v\" if not fine";
    hole_with(rules, &json!({}), &failures, Blocks("fs[0]"));
    hole("[input.e] < [0.02]", &json!({"e": "x"}), Blocks("e"));
    hole("input.v < [1, 2]", &json!({"v": ["x", 2]}), Blocks("v[0]"));
    hole("input.v > [1, 2]", &json!({"v": [1]}), Blocks("v[1]"));
    hole("[[0.02]] < [[input.e]]", &json!({"e": false}), Blocks("e"));
    hole("sort(input.v) < [1, 2]", &json!({"v": ["x"]}), Refused);
    hole("{\"a\": input.s} == {\"a\": \"bad\"}", &json!({"s": 5}), Blocks("s"));
    hole("[{\"a\": input.s}] == [{\"a\": \"bad\"}]", &json!({"s": 5}), Blocks("s"));
    hole("input.s == lower(input.b)", &json!({"s": 5, "b": "B"}), Blocks("s"));
    hole("input.s == json.unmarshal(input.b)", &json!({"s": 5, "b": "6"}), Refused);
    hole("input.a == input.b", &json!({"a": 1, "b": "1"}), Blocks("b"));
    hole("input.a == input.b; input.a == \"x\"", &json!({"a": "x", "b": 1}), Blocks("b"));
    hole("input.name in input.blocked", &json!({"name": 1, "blocked": ["1"]}), Blocks("name"));
    hole("count(input.inc) > 0", &json!({"inc": ""}), Blocks("inc"));
}

#[test]
fn what_is_counted_may_be_a_text_where_something_says_so() {
    fits(
        "violations contains \"v\" if { count(input.s) > 3; startswith(input.s, \"x\") }",
        &json!({}),
        &json!({"s": ""}),
    );
    fits(
        "violations contains \"v\" if { count(input.s) > 3; input.s == \"long\" }",
        &json!({}),
        &json!({"s": ""}),
    );
}

#[test]
fn a_section_is_not_read_as_a_whole() {
    let input = json!({"m": {}, "c": {}, "s": 5});
    hole("object.subset(input.m, {\"breached\": true})", &input, Blocks("m.breached"));
    hole("object.subset(input.m, {\"a\": {\"b\": 1}})", &input, Blocks("m.a"));
    hole("object.subset(input.m, input.c); input.s > 9", &input, Refused);
    hole("input.m == {\"bad\": true}", &input, Blocks("m.bad"));
    hole("input.m == {\"bad\": {\"a\": input.s}}", &input, Blocks("m.bad"));
    hole("{\"a\": input.m} == {\"a\": {\"bad\": true}}", &input, Blocks("m.bad"));
    hole("input.m in [{\"bad\": true}]", &input, Blocks("m.bad"));
    hole("{k | some k, _ in input.m} == {\"e\"}", &input, Blocks("m.e"));
    hole("json.filter(input.m, [\"bad\"]) == {\"bad\": true}", &input, Refused);
    hole("object.union(input.m, input.c) == {\"bad\": true}", &input, Refused);
    hole("contains(json.marshal(input.c), \"FAILED\")", &input, Refused);
    hole("json.marshal(input.c) == \"FAILED\"", &input, Refused);
    let text = json!({"t": "{\"bad\": \"yes\"}"});
    hole("json.unmarshal(input.t) == {\"bad\": true}", &text, Refused);
    hole("count(json.marshal(input.c)) > 100", &input, Refused);
    hole("sprintf(\"%v\", [input.s]) == \"bad\"", &input, Refused);
    hole("lower(sprintf(\"%v\", [input.s])) in {\"bad\"}", &input, Refused);
    fits(
        "violations contains {\"m\": sprintf(\"%v\", [json.marshal(input.m)])} if input.m.x > 3",
        &json!({}),
        &json!({"m": {"x": 1}}),
    );
}

#[test]
fn what_is_safe_loads() {
    let input = json!({
        "xs": [{"sev": "P3"}], "a": ["x"], "b": ["x"], "m": {"k": {"ok": true}}, "state": "good",
        "none": [], "n": 1,
    });
    for body in [
        "count({x | some x in input.xs; x.sev == \"P0\"}) > 0",
        "count({x | some x in input.a} - {\"x\", \"y\"}) > 0",
        "{x | some x in input.a} != {x | some x in input.b}",
        "input.none != []",
        "input.a[_] == data.names[_]",
        "some k, v in input.m; not v.ok; msg := concat(\",\", sort([k, \"z\"]))",
        "upper(input.state) == \"BAD\"",
        "object.get(input, \"x\", null) != null",
        "input.n in numbers.range(2, 5)",
        "some {\"id\": id, \"max\": max} in data.rules; input[id] > max",
        "not input.state in data.states",
        "count(input.none) > 0",
        "max([input.n, 0]) > 3",
        "some i; input.xs[i].sev == \"P0\"; input.xs[i].sev == input.xs[0].sev",
    ] {
        let data = json!({
            "names": ["y"], "states": ["good"], "rules": [{"id": "n", "max": 3}],
        });
        fits(&format!("violations contains \"v\" if {{ {body} }}"), &data, &input);
    }
}

#[test]
fn what_is_too_large_to_follow_is_not_compared() {
    let refused = |rules: &str| {
        let found = policy(&format!("{ALLOW}{rules}")).extract().diagnostics;
        assert!(found.iter().any(|one| one.code == Code::UnguardedReadError), "{found:?}");
    };
    // Nested deeper than is followed.
    let mut rules = "v0 := [input.e]\n".to_owned();
    for n in 1..70 {
        let _ = writeln!(rules, "v{n} := [v{}]", n - 1);
    }
    refused(&format!("{rules}violations contains \"v\" if v69 == [[[[[[[[[[[[1]]]]]]]]]]]]"));
    // More facts than are told apart.
    let mut rules = String::new();
    for n in 0..1_100 {
        let _ = writeln!(rules, "facts contains input.f{n}");
    }
    refused(&format!("{rules}violations contains \"v\" if {{ some f in facts; f == \"bad\" }}"));
}
