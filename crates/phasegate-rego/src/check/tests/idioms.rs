//! Valid policies, on which every check keeps silent.

use super::*;

/// Rules of a package `a`, one case a line or block; each is what people write.
const VALID: &[&str] = &[
    "p := x if { x := input.y }",
    "p if { x := 1; y := x + 1; y == 2 }",
    // The order of statements does not matter.
    "p if { y > 1\n y = x + 1\n x = input.z }",
    "p if { x > input.limit\n x = input.y }",
    "p if { input.xs[i] > 3; input.ys[i] < 4 }",
    "p if { some i; input.xs[i] > 3 }",
    "p if { some i, j; input.xs[i][j] == i }",
    "p if { some x in input.xs; x > 3 }",
    "p if { some i, x in input.xs; x > i }",
    "p if { some {\"name\": name, \"value\": [v, _]} in input.xs; v > count(name) }",
    "p if { every x in input.xs { x > 3 } }",
    "p if { every i, x in input.xs { y := x + i; y > 3 } }",
    "p if { n := 2; every x in input.xs { some y in x; y > n } }",
    "p contains x if { x := input.xs[_] }",
    "p contains {\"id\": i, \"x\": x} if { some i, x in input.xs }",
    "p[k] := v if { some k, v in input.m }",
    "p[k][v] := 1 if { some k, v in input.m }",
    "p.q[k].r := v if { some k, v in input.m }",
    "p := {x | x := input.xs[_]; x > 1}",
    "p := [y | some x in input.xs; y := x * 2]",
    "p := {k: v | some k, v in input.m; v > 1}",
    "p := {k: v | v := input.m[k]}",
    "p if { xs := [x | x := input.xs[_]; x > lower_limit]; count(xs) > 0; lower_limit = 3 }",
    "f(x) := x + 1",
    "f(x, [y, {\"z\": z}]) := x + y + z",
    "f(x) := y if { y := x } else := 0",
    "f(\"a\") := 1\nf(\"b\") := 2\np := f(input.x)",
    "default f(_) := 0\nf(x) := x if x > 0\np := f(1)",
    "default p := false\np if input.x",
    "default p := {\"a\": [1, set()]}",
    "default p := [x | x := 1]",
    "p := 1 if input.x else := 2 if input.y else := 3",
    "p if not q\nq if input.x",
    "p if not input.x.y",
    "p if { x := input.k; not input.m[x] }",
    "p if { some x in input.xs; not x in input.ys }",
    "p if not any_bad\nany_bad if input.xs[_] > 3",
    "p if { count([x | x := input.xs[_]; not input.ok[x]]) == 0 }",
    "p if { [x, y] = [1, 2]; x < y }",
    "p if { [x, 2] = [1, y]; x < y }",
    "p if { {\"a\": x} = input.o; x > 1 }",
    "p if { {\"a\": x, \"b\": 1} = {\"a\": 1, \"b\": y}; x = 1 }",
    "p if { [x, z] = [1, y]; y = 2; x < z }",
    "import input as facts\np if facts.x",
    "p if { x := {\"a\": 1}; x.a == 1; x[\"a\"] == 1; x[k] == 1; k == \"a\" }",
    "p if { [x, y] := input.pair; x < y }",
    "p if { count(input.xs, n); n > 1 }",
    "p if { split(\"a b\", \" \", [a, b]); a == b }",
    "f(x) := x\np if { f(1, y); y == 1 }",
    "p := y if { f(g(input.xs[i]), y); i > 0 }\nf(x) := x\ng(x) := x",
    "p if input.a == input.b",
    "p := input.xs[count(input.xs) - 1]",
    "p := object.get(input, [\"a\", \"b\"], 0)",
    "p if { x := q; x.y }\nq := {\"y\": true}",
    "p if q[\"x\"]\nq contains x if some x in input.xs",
    "p if { some x; q[x]; x != \"y\" }\nq contains x if some x in input.xs",
    "p if { q[x]; r[x] }\nq contains 1\nr contains 1",
    "p if q[_] == 1\nq := [1]",
    "p := data.a.q\nq := 1",
    "p := data.a[\"q\"]\nq := 1",
    // A declaration hides a rule, an import or `input` from its statement on.
    "q := 1\np if { q := q; q == 1 }",
    "q := 1\nf(q) := q + 1",
    "q := 1\np := [q | some q in input.xs]",
    "q := 1\np if { every q in input.xs { q > 1 } }",
    "import input.metrics\np if { metrics := metrics.x; metrics > 1 }",
    "import input.metrics as m\np if m.error_rate < 0.1",
    "import data.a.q as r\nq := 1\np := r",
    "import rego.v1\np if input.x",
    "import future.keywords.in\np if 1 in input.xs",
    "p if { x := 1 with input as {}; x == 1 }",
    "p if q with input.x as 1\nq if input.x",
    "p if { some x in [1, 2]; q with input as x }\nq if input",
    "p if q with f as g\nq if f(1)\nf(x) := x > 0\ng(_) := true",
    "p if q with count as 3\nq if count(input) > 1",
    "p if q with f as count\nq if f([1]) == 1\nf(_) := 0",
    "p if q with f as json.marshal\nq if f([1])\nf(_) := 0",
    "p if q with data.b.c as 1\nq if input.x",
    "p if data.b.c == 1 with data.b as {\"c\": 1}",
    "p if time.now_ns() > 0",
    "p contains msg if { x := input.x; msg := sprintf(\"%v\", [x]) }",
    "p.q := 1\np.r := 2\ns := p.q + p.r",
    "p.q contains 1\np.r contains 2",
    "p[\"x\"] := 1\np[\"y\"] := 2",
    "p[1] := 1\np[2] := 2",
    "p contains 1 if { true }\np contains 2",
    "p if { input.x } { input.y }",
    "p := x if { x := input.x } { x := input.y }",
    "p if { {x | x := input.xs[_]} == {y | y := input.ys[_]} }",
    "p if { a := input.xs[i].b[j]; c := input.ys[j][i]; a == c }",
    "p if { input[input.k] == 1 }",
    "p if { some k; input[k].x == 1 }",
    "p if { data.a.q[input.xs[i]] == i }\nq := {\"x\": 1}",
    "p if { x = y; y = z; z = 1 }",
    "p if { z = 1; y = z; x = y }",
    "p if { [x, [y, z]] = [1, w]; w = [2, 3] }",
    "p := sum([x | some x in input.xs]) / count(input.xs)",
    "p := x if { x := max([y | some y in input.xs]) }",
    "_p if input.x\np if _p",
    "contains_x if contains(input.s, \"x\")",
    "p if \"x\" in input.xs",
    "p if { x := 1 in input.xs; x }",
    "p if { x := {1, 2}; y := x | {3}; z := y & x; count(z - {1}) > 0 }",
    "p := {\"a\": 1}.a",
    "p := [1, 2][0]",
    "p := f(1).x\nf(x) := {\"x\": x}",
    "p := f(1)[_]\nf(x) := [x]",
    "p := {x | x := f(1)[_]}\nf(x) := [x]",
    "p if { x := input.x; y := {\"k\": x}; z := y[k]; k == z }",
    "p if true",
    "p := true if { false }",
    "p contains x if some x in {y | y := input.xs[_]}",
    "p := count(q) if { q := {x | some x in input.xs} }",
];

#[test]
fn valid_policies_have_no_findings() {
    for text in VALID {
        assert_eq!(gate(text), "", "{text}");
    }
}

#[test]
fn packages_see_each_other() {
    let sources = [
        ("lib.rego", "package a.lib\nf(x) := x + limit\nlimit := 3\nsub.g(x) := x\nnames contains \"x\""),
        (
            "main.rego",
            "package a\nimport data.a.lib\nimport data.a.lib.f as h\nimport data.config\nimport data.a.lib.names
p := lib.f(1) + h(2) + data.a.lib.f(3) + lib.sub.g(1) + data.a[\"lib\"].limit
q := config.limits.x + data.config.limits[input.k] + data.config[\"limits\"].x
r := data.a.lib
s if \"x\" in names
t := config.list[0].x
u := data.config.limits.x.deeper.than.data",
        ),
        ("main_test.rego", "package a_test\nimport data.a\ntest_p if a.p == 1 with data.config.other as 3\ntest_q if data.a.q"),
    ];
    let data = json!({"config": {"limits": {"x": {"deeper": {"than": {"data": 1}}}}, "list": [1]}});
    assert_eq!(findings_of(&sources, &data, GATE), "");
}

/// What OPA accepts and the engine does not: it is told as the engine tells it.
const REFUSED_BY_THE_ENGINE: &[&str] = &[
    "q := 1\np := [q | some q in input.xs]",
    "p if q with f as count\nq if f([1]) == 1\nf(_) := 0",
    "p if q with f as json.marshal\nq if f([1])\nf(_) := 0",
];

#[test]
fn the_engine_prepares_every_valid_policy() {
    let refused = VALID.iter().filter(|text| {
        let mut engine = regorus::Engine::new();
        engine.set_gather_prints(true);
        let text = format!("package a\n{text}\nready := true");
        engine.add_policy("a.rego".to_owned(), text).is_err()
            || engine.eval_rule("data.a.ready".to_owned()).is_err()
    });
    assert_eq!(refused.copied().collect::<Vec<_>>(), REFUSED_BY_THE_ENGINE);
}
