//! `phasegate eval --batch`: many cases, one answer a line, whatever a case holds.

use serde_json::{Value, json};

use crate::support::{Folder, joined, run, run_with};

/// The answers to cases.
#[track_caller]
fn answers(cases: &[Value]) -> Vec<Value> {
    answers_to(joined(cases.iter().map(|case| format!("{case}\n"))))
}

#[track_caller]
fn answers_to(lines: impl AsRef<[u8]>) -> Vec<Value> {
    let ran = run_with(&["eval", "--batch", "-", "--deadline", "0.5"], lines);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    ran.json_lines()
}

/// The bindings that a case gives.
#[track_caller]
fn gives(case: Value, bindings: Value) {
    let id = case["id"].clone();
    assert_eq!(answers(&[case]), [object([("id", id), ("result", bindings)])]);
}

/// The code of the error that a case gives.
#[track_caller]
fn refuses(mut case: Value, code: &str) {
    case["id"] = json!(code);
    let [answer] = answers(&[case]).try_into().expect("one answer");
    assert_eq!(answer["error"]["code"], json!(code), "{answer}");
    assert_eq!(answer["id"], json!(code));
    assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn module(rules: &str) -> Value {
    json!([format!("package test\n\n{rules}\n")])
}

#[test]
fn queries_give_their_bindings() {
    gives(
        json!({"id": 1, "modules": module("p := 1"), "query": "data.test.p = x"}),
        json!([{"x": 1}]),
    );
    gives(json!({"id": "two", "query": "x = [3, 4][_]"}), json!([{"x": 3}, {"x": 4}]));
    gives(json!({"id": null, "query": "x = 1; y = x + 1"}), json!([{"x": 1, "y": 2}]));
    gives(json!({"id": [1, {"a": 2.5}], "query": "true"}), json!([{}]));
    gives(json!({"id": true, "query": "false"}), json!([]));
    let never = json!({"id": 0, "modules": module("p if input.never"), "query": "data.test.p = x"});
    gives(never, json!([]));
    let sets = json!({"id": 0, "modules": module("p contains x if some x in [2, 1]"), "query": "data.test.p = x"});
    gives(sets, json!([{"x": [1, 2]}]));
    let two = json!(["package test\n\np := 1\n", "package test\n\nq := p + 1\n"]);
    gives(json!({"id": 0, "modules": two, "query": "data.test.q = x"}), json!([{"x": 2}]));
}

#[test]
fn data_and_input_may_be_absent_or_null() {
    let of = |mut case: Value, query: &str| {
        case["query"] = json!(query);
        answers(&[case]).remove(0)["result"].clone()
    };
    assert_eq!(of(json!({}), "input = x"), json!([]));
    assert_eq!(of(json!({"input": null}), "input = x"), json!([{"x": null}]));
    assert_eq!(of(json!({"input": {"a": [1]}}), "input.a[0] = x"), json!([{"x": 1}]));
    for data in [json!({}), json!({"data": null}), json!({"data": {}})] {
        assert_eq!(of(data, "data = x"), json!([{"x": {}}]));
    }
    assert_eq!(of(json!({"data": {"a": {"b": 1}}}), "data.a.b = x"), json!([{"x": 1}]));
    assert_eq!(of(json!({"modules": null, "strict": null}), "x = 1"), json!([{"x": 1}]));
}

#[test]
fn errors_have_the_codes_of_opa() {
    let of = |rules: &str| json!({"modules": module(rules), "query": "data.test.p = x"});
    refuses(of("p if"), "rego_parse_error");
    refuses(json!({"query": "1 +"}), "rego_parse_error");
    refuses(of("p if p"), "rego_recursion_error");
    refuses(of("f(x) := f(x)\n\np := f(1)"), "rego_recursion_error");
    refuses(of("p := x if not y"), "rego_unsafe_var_error");
    refuses(json!({"query": "x"}), "rego_unsafe_var_error");
    refuses(of("p := nope(1)"), "rego_type_error");
    refuses(json!({"query": "nope(1)"}), "rego_type_error");
    refuses(of("p := 1\n\np := 2"), "eval_conflict_error");
    refuses(of("f(x) := 1\n\nf(x) := 2 if x > 0\n\np := f(1)"), "eval_conflict_error");
    refuses(json!({"strict": true, "query": "x := 1 / 0"}), "eval_builtin_error");
    refuses(json!({"data": [1], "query": "x = 1"}), "invalid_case");
    // Shared parts are small in the engine and would fill the memory as a document.
    let pairs = joined((0..60).map(|i| format!("r{i} := [r{0}, r{0}]\n", i + 1)));
    refuses(of(&format!("{pairs}r60 := 1\n\np := r0")), "answer_too_large");
    gives(json!({"id": 1, "strict": false, "query": "x := 1 / 0"}), json!([]));
    gives(json!({"id": 1, "query": "x := 1 / 0"}), json!([]));
}

#[test]
fn lines_that_are_no_case_are_answered_too() {
    let lines = b"\
not json
{\"id\": 1, \"query\": \"x = 1\"}

[1, 2]
{\"id\": 2, \"query\": \"x = 1\", \"unknown\": 1}
{\"id\": 3}
{\"id\": 4, \"query\": 5}
{\"id\": 5, \"query\": \"x = 1\", \"query\": \"x = 2\"}
{\"id\": \"\xff\"}
{\"id\": 123456789012345678901234567890.10, \"query\": \"x = 1\"}
{\"id\": 6, \"query\": \"x = 6\"}";
    let ran = run_with(&["eval", "--batch", "-"], lines);
    let answers = ran.json_lines();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    let expected = json!([null, 1, null, 2, 3, 4, 5, null]);
    assert_eq!(
        ids.iter().take(8).copied().collect::<Vec<_>>(),
        expected.as_array().expect("a list").iter().collect::<Vec<_>>()
    );
    assert_eq!(answers.len(), 10, "{ran}");
    let codes: Vec<&Value> = answers.iter().map(|answer| &answer["error"]["code"]).collect();
    let invalid = codes.iter().filter(|code| **code == &json!("invalid_case")).count();
    assert_eq!(invalid, 7, "{ran}");
    // An id is echoed digit by digit.
    assert!(
        ran.stdout.contains("{\"id\":123456789012345678901234567890.10,\"result\":[{\"x\":1}]}"),
        "{ran}"
    );
    assert!(ran.stdout.ends_with("{\"id\":6,\"result\":[{\"x\":6}]}\n"), "{ran}");
}

#[test]
fn hostile_cases_do_not_end_the_process() {
    let chain = joined((0..5000).map(|i| format!("r{i} := r{}\n", i + 1)));
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let many = "some x in numbers.range(1, 10000); some y in numbers.range(1, 10000); x + y == 0";
    let cases = [
        json!({"modules": module(&format!("{chain}r5000 := 1")), "query": "data.test.r0"}),
        json!({"modules": module("f(x) := g(x)\n\ng(x) := f(x)"), "query": "data.test.f(1)"}),
        json!({"modules": module("p := data[input.x]"), "query": "data.test.p", "input": {"x": "test"}}),
        json!({"modules": module(&format!("p := {}", nested(4000))), "query": "data.test.p"}),
        json!({"modules": module(&format!("p := {}", nested(40))), "query": "data.test.p"}),
        json!({"query": nested(1000)}),
        json!({"query": nested(40)}),
        json!({"query": format!("x := {}1", "1 + ".repeat(900))}),
        json!({"query": format!("x := input{}", ".a".repeat(1500))}),
        json!({"query": "strings.count(\"a\", \"\")"}),
        json!({"query": format!("x := count([1 | {many}])")}),
        json!({"modules": module(&format!("p := count([1 | {many}])")), "query": "data.test.p"}),
        json!({"query": "x := regex.match(\"((((a*)*)*)*)*b\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")"}),
        json!({"modules": module("f(x) := g(x)\n\ng(x) := x"), "query": "data.test.f(1) with data.test.g as data.test.f"}),
        json!({"modules": ["", "package", "package test\n\np := \"\u{0}\u{1b}\""], "query": "data"}),
        json!({"modules": vec!["package test\n\np := 1"; 500], "query": "data.test.p"}),
        json!({"query": ""}),
        json!({"query": "\u{0}"}),
    ];
    let mut cases: Vec<Value> = cases.into();
    for (id, case) in cases.iter_mut().enumerate() {
        case["id"] = json!(id);
    }
    cases.push(json!({"id": "last", "query": "x = 1"}));
    let answers = answers(&cases);
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, cases.iter().map(|case| &case["id"]).collect::<Vec<_>>());
    assert_eq!(answers.last(), Some(&json!({"id": "last", "result": [{"x": 1}]})));
}

#[test]
fn cases_do_not_see_each_other() {
    let one = json!({"id": 1, "modules": module("p := 1"), "data": {"a": 1}, "input": 1, "query": "data.test.p = x"});
    let two = json!({"id": 2, "query": "data = x"});
    let three = json!({"id": 3, "query": "input = x"});
    let expected = [
        json!({"id": 1, "result": [{"x": 1}]}),
        json!({"id": 2, "result": [{"x": {}}]}),
        json!({"id": 3, "result": []}),
    ];
    assert_eq!(answers(&[one, two, three]), expected);
}

#[test]
fn cases_come_from_a_file_too() {
    let folder = Folder::of(&[("cases.jsonl", "{\"id\": 1, \"query\": \"x = 1\"}\n")]);
    let ran = run(&["eval", "--batch", &folder.path("cases.jsonl")]);
    assert_eq!(ran.stdout, "{\"id\":1,\"result\":[{\"x\":1}]}\n", "{ran}");
    run(&["eval", "--batch", &folder.path("none")]).fails(2, "cannot read");
    run(&["eval", "--batch", "-", "1 + 1"]).fails(2, "cannot be used with");
    assert_eq!(run(&["eval", "--batch", "-"]).stdout, "");
}

/// The line is that of the file, empty ones counted, and an error is an answer.
#[test]
fn a_line_that_is_no_case_is_told_by_its_number() {
    let ran =
        run_with(&["eval", "--batch", "-"], "\n{\"query\": \"x = 1\"}\n\n  \n{\"query\": }\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 2);
    assert_eq!(
        answers[1]["error"],
        json!({
            "code": "invalid_case",
            "message": "line 5, column 11: not a case: expected value; a line has id, modules, \
                        data, input, query, strict"
        })
    );
}
