//! `phasegate eval --batch`, thousands of cases of every kind through one process.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::run_with;

/// Numbers that look random and are the same in every run: Knuth's 64-bit generator (MMIX).
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const ATOMS: &[&str] = &[
    "x",
    "y",
    "z",
    "w",
    "_",
    "1",
    "0",
    "-2.5",
    "\"a\"",
    "null",
    "true",
    "input",
    "input.a",
    "input.b[x]",
    "data.base",
    "data.base.list[y]",
    "data.test.q",
    "q",
    "r",
    "data.test.f",
];

const CALLS: &[&str] = &[
    "count",
    "sum",
    "nope",
    "f",
    "data.test.f",
    "strings.count",
    "sprintf",
    "to_number",
    "json.unmarshal",
    "numbers.range",
    "regex.match",
    "bits.lsh",
    "walk",
    "print",
    "object.get",
    "time.now_ns",
    "object.subset",
    "crypto.md5",
    "http.send",
    "split",
    "array.slice",
];

const HOSTILE: &[&str] = &[
    "strings.count(\"aaa\", \"\")",
    "object.subset([1], [])",
    "x := numbers.range(1, 100000000)",
    "x := sprintf(\"%200000000d\", [1])",
    "x := bits.lsh(1, 1000000000)",
    "x := regex.match(\"(\", \"a\")",
    "x := time.add_date(1, 1000000000, 0, 0)",
    "x := json.unmarshal(\"[[[[\")",
    "x := 1 / 0",
    "x := sum([1e308, 1e308])",
    "data.test.loop(1)",
    "} p if {",
    "\u{0}",
    "\"",
    "`",
    "[[[[[[[[[[[[[[[[[[[[[[",
];

/// A term, not deep.
fn term(draws: &mut Draws, depth: usize) -> String {
    if depth == 0 {
        return draws.of(ATOMS).to_owned();
    }
    let mut part = || term(draws, depth - 1);
    let (one, two) = (part(), part());
    match draws.below(12) {
        0 => format!("[{one}, {two}]"),
        1 => format!("{{{one}, {two}}}"),
        2 => format!("{{\"a\": {one}, \"b\": {two}}}"),
        3 => format!("{}({one})", draws.of(CALLS)),
        4 => format!("{}({one}, {two})", draws.of(CALLS)),
        5 => format!("({one} {} {two})", draws.of(&["+", "-", "*", "/", "%", "|", "&"])),
        6 => format!("[{one} | {two}]"),
        7 => format!("{{{one}: {two} | x = {two}}}"),
        8 => format!("{{{one} | some x in {two}}}"),
        _ => one,
    }
}

fn statement(draws: &mut Draws) -> String {
    if draws.below(12) == 0 {
        return draws.of(HOSTILE).to_owned();
    }
    let (one, two) = (term(draws, 1), term(draws, 2));
    match draws.below(12) {
        0..=3 => format!("{one} = {two}"),
        4 => format!("{one} := {two}"),
        5 => format!("{one} {} {two}", draws.of(&["==", "!=", "<", ">="])),
        6 => format!("some x in {two}"),
        7 => format!("some x, y in {two}"),
        8 => format!("not {two}"),
        9 => format!("every x in {one} {{ {two} }}"),
        10 => format!("{one} in {two}"),
        _ => format!("{two} with input as {one}"),
    }
}

fn body(draws: &mut Draws) -> String {
    let count = 1 + draws.below(3);
    let statements: Vec<String> = (0..count).map(|_| statement(draws)).collect();
    statements.join("; ")
}

fn module(draws: &mut Draws) -> Value {
    let mut text =
        draws.of(&["package test", "package test", "package test.a", "pakage test"]).to_owned();
    text.push_str("\n\n");
    text.push_str(draws.of(&[
        "",
        "",
        "",
        "import input\n",
        "import data.base\n",
        "import rego.v1\n",
    ]));
    for _ in 0..draws.below(4) {
        let body = body(draws);
        let value = term(draws, 1);
        let rule = match draws.below(7) {
            0 => format!("p if {{ {body} }}\n"),
            1 => format!("p := {value} if {{ {body} }}\n"),
            2 => format!("q contains {value} if {{ {body} }}\n"),
            3 => format!("r[{value}] := x if {{ {body} }}\n"),
            4 => format!("f(x) := {value} if {{ {body} }}\n"),
            5 => format!("default d := {value}\n"),
            _ => format!("d := {value} if {{ {body} }} else := y if {{ {body} }}\n"),
        };
        text.push_str(&rule);
    }
    json!(text)
}

fn id(draws: &mut Draws, number: usize) -> Value {
    match draws.below(7) {
        0 => json!(number),
        1 => json!(format!("case \u{1} {number} \"\\")),
        2 => json!([number, {"a": null}]),
        3 => json!({"n": number, "deep": [[[[[]]]]]}),
        4 => json!(number.is_multiple_of(2)),
        5 => Value::Null,
        _ => json!(-1.5),
    }
}

fn case(draws: &mut Draws, number: usize) -> Value {
    let mut case = json!({"id": id(draws, number), "query": body(draws)});
    if draws.below(3) == 0 {
        case["query"] =
            json!(draws.of(&["data.test.p = x", "data = x", "data.test", "data.test.f(1, x)"]));
    }
    if draws.below(4) > 0 {
        let modules: Vec<Value> = (0..draws.below(3)).map(|_| module(draws)).collect();
        case["modules"] = json!(modules);
    }
    match draws.below(6) {
        0 => case["data"] = json!({"base": {"list": [1, "a", null]}}),
        1 => case["data"] = json!({"base": {"list": {}}, "test": {"p": 1}}),
        2 => case["data"] = json!(number),
        _ => {}
    }
    match draws.below(5) {
        0 => case["input"] = json!({"a": number, "b": [1, 2]}),
        1 => case["input"] = json!(null),
        2 => case["input"] = json!({"b": {"x": {"y": "z"}}}),
        _ => {}
    }
    match draws.below(20) {
        0..=5 => case["strict"] = json!(true),
        6..=8 => case["strict"] = json!(false),
        9 => case["strict"] = json!("yes"),
        10 => case["unknown"] = json!(1),
        11 => drop(case.as_object_mut().and_then(|case| case.remove("query"))),
        _ => {}
    }
    case
}

#[test]
fn each_of_three_thousand_cases_has_its_answer() {
    let mut draws = Draws(20_260_901);
    let cases: Vec<Value> = (0..3_000).map(|number| case(&mut draws, number)).collect();
    let mut lines = Vec::new();
    for case in &cases {
        lines.extend(format!("{case}\n").bytes());
    }
    let ran = run_with(&["eval", "--batch", "-", "--deadline", "0.2"], &lines);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // Integers of results may be beyond what a `Value` can hold.
    let answers: Vec<BTreeMap<String, Box<RawValue>>> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(answers.len(), cases.len());
    let mut results = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let field = |name: &str| answer.get(name).map(|raw| raw.get());
        assert_eq!(field("id"), Some(case["id"].to_string().as_str()), "{case} {answer:?}");
        assert_eq!(answer.len(), 2, "{case} {answer:?}");
        if field("result").is_some_and(|result| result.starts_with('[')) {
            results += 1;
            continue;
        }
        let error: Value =
            field("error").and_then(|error| serde_json::from_str(error).ok()).expect("an error");
        let told = |field: &str| error[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(told("code") && told("message"), "{case} {error}");
        // Contained it is, and still a fault.
        assert_ne!(error["code"], "engine_panic", "{case} {error}");
    }
    // Both kinds are many, else the cases would show nothing.
    assert!((300..2_700).contains(&results), "{results}");
}

#[test]
fn numbers_are_exact_or_refused() {
    let of = |document: &str, query: &str| {
        let line = format!("{{\"id\": 1, {document}, \"query\": \"{query}\"}}\n");
        let ran = run_with(&["eval", "--batch", "-"], line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        ran.stdout.trim_end().to_owned()
    };
    for number in ["9223372036854775807", "-9223372036854775808", "18446744073709551615", "0.1"] {
        let answer = format!("{{\"id\":1,\"result\":[{{\"x\":{number}}}]}}");
        assert_eq!(of(&format!("\"input\": {number}"), "input = x"), answer);
        assert_eq!(of(&format!("\"data\": {{\"a\": {number}}}"), "data.a = x"), answer);
    }
    let more = "9223372036854775807 + 1 = x";
    assert_eq!(of("\"input\": 1", more), "{\"id\":1,\"result\":[{\"x\":9223372036854775808}]}");
    for number in
        ["18446744073709551616", "-9223372036854775809", "0.12345678901234567891", "1e400"]
    {
        for document in ["\"input\": [#]", "\"data\": {\"a\": #}"] {
            let answer = of(&document.replace('#', number), "true");
            assert!(answer.contains("\"invalid_case\"") && answer.contains(number), "{answer}");
        }
    }
}
