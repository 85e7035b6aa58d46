//! Nothing is printed but what the command itself says: the engine writes warnings to standard
//! error for some texts, and a program that reads the streams must never meet them.

use serde_json::{Value, json};

use crate::support::{Folder, joined, run, run_with};

/// Queries that are odd, most of them wrong.
const QUERIES: &[&str] = &[
    "x",
    "x = y",
    "x := x",
    "x; x = 1",
    "x = 1;",
    "not x",
    "some x",
    "some x; x",
    "some x, y in z",
    "[x, y] = [y, x]",
    "{\"a\": x} = {\"a\": y}",
    "{x, y} = {1, 2}",
    "[1, x] = y; y = [z, 2]",
    "[x | some x in x]",
    "some x in {1: x | x = input.a}",
    "some x, y in [[1 | y = 1]]",
    "some x in [x | some x in [1]]",
    "x = [y | y = z]",
    "{x: y | some x in [1]}",
    "every x in y { true }",
    "every x in [1] { y }",
    "x in y",
    "x = data.test.o[x]",
    "data[x][y]",
    "input.x[y].z[w]",
    "walk(x, y)",
    "walk([1], y)",
    "count(x) = y",
    "y = count(x)",
    "count()",
    "count([1], x)",
    "count([1], x, y)",
    "data.test.f(1, x)",
    "data.test.f(1, 2, 3)",
    "data.test.f()",
    "nope(1)",
    "nope(x, y)",
    "print(x)",
    "print(\"a\", 1, {\"b\": []})",
    "print()",
    "trace(\"a\")",
    "time.now_ns()",
    "opa.runtime()",
    "http.send({}, x)",
    "rego.parse_module(\"a\", \"b\")",
    "strings.count(\"a\", \"\")",
    "rand.intn(\"a\", 10)",
    "json.unmarshal(\"{\")",
    "import input",
    "import rego.v1",
    "import future.keywords.in; 1 in [1]",
    "if",
    "contains",
    "in",
    "x if y",
    "1 with input as x",
    "true with data.test.f as data.test.g",
    "\tx :=\t1 #\u{e9}",
    "1 } p if { 1",
    "__target__",
    "a.b.c.d",
    "\"\\u{1}\"",
];

/// Rules and imports that are odd, most of them wrong.
const RULES: &[&str] = &[
    "import input",
    "import input\n\np := input.x",
    "import input as i\n\np := i.x",
    "import input.x\n\np := x",
    "import data\n\np := data",
    "import data.test.q\n\np := q",
    "import rego.v1\n\np if true",
    "import rego.v1\nimport future.keywords.in\n\np if 1 in [1]",
    "import future.keywords\n\np if every x in [1] { x }",
    "import future.keywords.every\n\np if every x in xs { x }",
    "import nothing.at.all",
    "p if x",
    "p if { x = y; y = x }",
    "p if { [x, y] = [y, x] }",
    "p if { {\"a\": x, \"b\": 1} = {\"a\": 1, \"b\": y} }",
    "p contains x if true",
    "p[x] := y if { some x in [1]; z }",
    "p { true }",
    "p[x] { x := 1 }",
    "p = 1 { true }",
    "default p = x",
    "f(x) = y if true",
    "f(x, x) := 1",
    "f(x) := x\n\np if { f(1, y); y > 0 }",
    "f(x) := x\n\np if f(1, 2, 3)",
    "p if { print(\"a\"); true }",
    "p if print(x)",
    "p if { some i; q[i] }",
    "p := 1 if false else := x",
    "p := 1 if false else := 2 if { y }",
    "__target__ := \"a\"\n\np := 1",
    "p := [x | x]",
    "p := {x: y | x = [1][_]}",
    "p if not x",
    "p if { not x; x = 1 }",
    "p if { x = [y]; not y; y = 1 }",
    "p if { some x in y; input.a[y] > x }",
    "p if { w := [input.a[w], [1 | some w in w]] }",
    "p if { every z in [1] { some z in z } }",
    "p if { input.a[{\"k\": x}] > [1 | some x in input.a[y]]; {\"k\": y} = count(x) }",
    "p if { some y in w; some w in {\"k\": [y | 1 = y]} }",
    "if := 1",
    "contains := 1",
    "every := 1",
    "in := 1",
    "p if count(1, 2, 3)",
    "p if nope(x)",
    "p := strings.count(\"a\", \"\")",
];

/// What the engine prints, by the places in regorus 0.14.1 that write to standard error.
const ENGINE: [&str; 4] =
    ["could not schedule", "will be treated as identifier", "redundant import", "Target spec"];

fn long() -> [String; 4] {
    [
        format!("x = \"{}\"", "a".repeat(200_000)),
        format!("x = [{}]", joined((0..50_000).map(|i| format!("{i}, ")))),
        format!("x{}", " ".repeat(100_000)),
        format!("{}x", "\t".repeat(5_000)),
    ]
}

#[test]
fn a_batch_holds_answers_only() {
    let odd = "package test\n\nf(x) := x\n\ng(x) := x\n\no[x] := x if some x in [1]\n";
    let mut cases = Vec::new();
    let long = long();
    for query in QUERIES.iter().copied().chain(long.iter().map(String::as_str)) {
        cases.push(json!({"modules": [odd], "query": query}));
        cases.push(json!({"query": query, "strict": true}));
        // The same as the body of a rule.
        let module = format!("package test\n\np if {{\n{query}\n}}\n");
        cases.push(json!({"modules": [module], "query": "data.test.p = result"}));
    }
    for rules in RULES {
        let module = format!("package test\n\n{rules}\n");
        cases.push(json!({"modules": [module], "query": "data.test = x"}));
        cases.push(json!({"modules": [module, odd], "query": "data.test.p = x", "strict": true}));
    }
    for (id, case) in cases.iter_mut().enumerate() {
        case["id"] = json!(id);
    }
    let lines = joined(cases.iter().map(|case| format!("{case}\n")));
    let ran = run_with(&["eval", "--batch", "-", "--deadline", "0.5"], lines);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let ids: Vec<Value> = ran.json_lines().iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, cases.iter().map(|case| case["id"].clone()).collect::<Vec<_>>());
}

#[test]
fn commands_say_only_what_is_theirs() {
    for rules in RULES {
        let folder = Folder::of(&[("test.rego", &format!("package test\n\n{rules}\n"))]);
        let path = folder.path("");
        let gate = Folder::of_policy(&format!("{rules}\n\nallow := true"));
        let gated = gate.path("");
        let commands: [&[&str]; 4] = [
            &["eval", "data.test", "-d", &path],
            &["check", &path, "-o", "json"],
            &["check", &gated, "-o", "json"],
            &["decide", "-i", crate::support::PROMOTED, "-p", &gated, "-o", "json"],
        ];
        for args in commands {
            let ran = run(args);
            assert!(ran.stdout.is_empty() || ran.json() != Value::Null, "{args:?} {ran}");
            for text in ENGINE {
                assert!(!ran.stderr.contains(text), "{rules}: {args:?} {ran}");
            }
            let said = ran.stderr.is_empty()
                || ran.stderr.contains("test.rego:3: a")
                || ["error", "warning", "note"].iter().any(|start| ran.stderr.starts_with(start));
            assert!(said, "{rules}: {args:?} {ran}");
        }
    }
}
