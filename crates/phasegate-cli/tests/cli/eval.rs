//! `phasegate eval`: one query, as OPA answers it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Folder, PROMOTED, joined, run, run_with};

/// The values of a query, by the text form.
#[track_caller]
fn values(query: &str, more: &[&str]) -> String {
    let ran = run(&[&["eval", query, "--output", "text"], more].concat());
    assert_eq!(ran.code, 0, "{ran}");
    ran.stdout.trim_end().to_owned()
}

#[track_caller]
fn fails(query: &str, more: &[&str], says: &str) {
    run(&[&["eval", query], more].concat()).fails(2, says);
}

#[test]
fn the_shape_is_that_of_opa() {
    assert_snapshot!(run(&["eval", "x := {3, 1, 2}; y := count(x)"]), @r#"
    exit 0
    --- stdout
    {
      "result": [
        {
          "bindings": {
            "x": [
              1,
              2,
              3
            ],
            "y": 3
          },
          "expressions": [
            {
              "location": {
                "col": 1,
                "row": 1
              },
              "text": "x := {3, 1, 2}",
              "value": true
            },
            {
              "location": {
                "col": 17,
                "row": 1
              },
              "text": "y := count(x)",
              "value": true
            }
          ]
        }
      ]
    }
    "#);
    // Undefined has no key at all.
    assert_snapshot!(run(&["eval", "input.nothing"]), @"
    exit 0
    --- stdout
    {}
    ");
    assert_snapshot!(run(&["eval", "false"]), @r#"
    exit 0
    --- stdout
    {
      "result": [
        {
          "expressions": [
            {
              "location": {
                "col": 1,
                "row": 1
              },
              "text": "false",
              "value": false
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_query_needs_no_policy() {
    assert_eq!(values("1 + 1", &[]), "2");
    assert_eq!(values("data", &[]), "{}");
    assert_eq!(values("input", &["-i", PROMOTED]).lines().next(), Some("{"));
    let ran = run(&["eval", "some x in [1, 2]", "--output", "json"]).json();
    let bindings: Vec<&Value> = ran["result"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["bindings"])
        .collect();
    assert_eq!(bindings, [&json!({"x": 1}), &json!({"x": 2})]);
}

#[test]
fn a_package_is_a_document_whose_sets_are_arrays() {
    let folder = Folder::of(&[(
        "a.rego",
        "package a\n\np := 1\n\nq if input.never\n\ns contains x if some x in [\"b\", \"a\"]\n\nf(x) := x\n",
    )]);
    let ran = run(&["eval", "data.a", "-d", &folder.path("")]).json();
    assert_eq!(ran["result"][0]["expressions"][0]["value"], json!({"p": 1, "s": ["a", "b"]}));
    let ran = run(&["eval", "data.a.q", "-d", &folder.path("")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "{}\n"));
}

#[test]
fn the_shipped_policy_answers() {
    let args = ["eval", "data.lifecycle.promotion", "-i", PROMOTED, "-d", "policies"];
    let ran = run(&args).json();
    let value = &ran["result"][0]["expressions"][0]["value"];
    assert_eq!(value["allow"], json!(true), "{value:#}");
    assert_eq!(value["violations"], json!([]), "{value:#}");
    assert_eq!(values("data.lifecycle.floors.error_rate", &["-d", "policies"]), "0.1");
}

#[test]
fn a_failing_builtin_is_undefined_or_an_error() {
    let folder =
        Folder::of(&[("a.rego", "package a\n\np := 1 / input.zero\n\nq := to_number(\"x\")\n")]);
    let policy = folder.path("");
    for query in ["1 / 0", "to_number(\"x\")", "data.a.p with input as {\"zero\": 0}", "data.a.q"] {
        let ran = run(&["eval", query, "-d", &policy]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "{}\n"), "{query}");
        fails(query, &["-d", &policy, "--strict-builtin-errors"], "error: eval_builtin_error: ");
    }
}

#[test]
fn what_is_printed_stays_beside_the_data() {
    let ran = run(&["eval", "print(\"hello\", 1, \"\\u001b[31m\"); x := 1", "--output", "text"]);
    assert_snapshot!(ran, @r"
    exit 0
    --- stdout
    true
    true

    --- stderr
    <query.rego>:1: hello 1 \u{1b}[31m
    ");
}

#[test]
fn defined_and_undefined_can_be_exit_codes() {
    let cases = [
        ("true", "--fail", 0),
        ("false", "--fail", 0),
        ("input.x", "--fail", 1),
        ("true", "--fail-defined", 1),
        ("input.x", "--fail-defined", 0),
    ];
    for (query, option, code) in cases {
        assert_eq!(run(&["eval", query, option]).code, code, "{query} {option}");
    }
    fails("true", &["--fail", "--fail-defined"], "cannot be used with");
    let undefined = run(&["eval", "input.x", "--output", "text"]);
    assert_snapshot!(undefined, @"
    exit 0
    --- stderr
    undefined
    ");
}

#[test]
fn the_time_can_be_given() {
    assert_eq!(values("time.now_ns()", &["--now", "1970-01-01T00:00:01Z"]), "1000000000");
    let present: i64 = values("time.now_ns()", &[]).parse().expect("a number");
    let start_of_2020 = 1_577_836_800_000_000_000;
    assert!(present > start_of_2020, "{present}");
}

#[test]
fn errors_have_a_code_and_a_place() {
    let of = |query: &str| run(&["eval", query]).stderr;
    assert_snapshot!(of("1 +"), @"error: rego_parse_error: <query.rego>:1:4: the query ends too early; complete it");
    assert_snapshot!(of(""), @"error: rego_parse_error: <query.rego>:1:1: the query ends too early; complete it");
    assert_snapshot!(of("x"), @"error: rego_unsafe_var_error: <query.rego>:1:1: the variable `x` is unsafe: nothing gives it a value; assign it, iterate over it with `some ... in`, or correct the name");
    assert_snapshot!(of("nope(1)"), @"error: rego_type_error: <query.rego>:1:1: undefined function `nope`; define it, or import the package that does");
    assert_snapshot!(of("http.send({})"), @"error: rego_type_error: <query.rego>:1:1: undefined function `http.send`: it is not offered; a decision depends on its documents alone: fetch it before and pass it in the input");
    assert_snapshot!(of("\"open"), @r#"error: rego_parse_error: <query.rego>:1:1: this string does not end on its line; close it with `"`, or use a raw string"#);
    assert_snapshot!(of("{\"a\": 1,, }"), @"error: rego_parse_error: <query.rego>:1:9: expecting expression; correct the text here; it is read as Rego v1");
}

#[test]
fn modules_that_do_not_load_are_shown() {
    let folder = Folder::of(&[
        ("a.rego", "package a\n\np if q\n\nq if p\n"),
        ("b.rego", "package b\n\nf(x) := f(x - 1)\n\np := nope(1)\n"),
    ]);
    let ran = run(&["eval", "data.a.p", "-d", &folder.path("")]);
    assert_snapshot!(folder.strip(&ran), @"
    exit 2
    --- stderr
    error[rego_recursion_error]: `data.a.p` depends on itself: data.a.p -> data.a.q -> data.a.p
     --> a.rego:3:1
      |
    3 | p if q
      | ^
      |
      = help: break the cycle; a reference with a step that is not constant depends on everything it may reach
    error[rego_recursion_error]: `data.b.f` depends on itself: data.b.f -> data.b.f
     --> b.rego:3:1
      |
    3 | f(x) := f(x - 1)
      | ^^^^^^^^^^^^^^^^
      |
      = help: break the cycle; a reference with a step that is not constant depends on everything it may reach
    error[rego_type_error]: undefined function `nope`
     --> b.rego:5:6
      |
    5 | p := nope(1)
      |      ^^^^
      |
      = help: define it, or import the package that does
    error: the policy set does not load
    ");
}

#[test]
fn deep_and_endless_policies_end() {
    let chain = |length: usize| -> String {
        let rules = joined((0..length).map(|i| format!("r{i} := r{}\n", i + 1)));
        format!("package a\n\n{rules}r{length} := 1\n")
    };
    let folder = Folder::of(&[
        ("deep/a.rego", &chain(250)),
        ("deeper/a.rego", &chain(5000)),
        (
            "endless/a.rego",
            "package a\n\nr := count([1 | some x in numbers.range(1, 10000); some y in numbers.range(1, 10000); x < y])\n",
        ),
    ]);
    assert_eq!(values("data.a.r0", &["-d", &folder.path("deep")]), "1");
    fails("data.a.r0", &["-d", &folder.path("deeper")], "rego_depth_error");
    let endless = ["-d", &folder.path("endless"), "--deadline", "0.2"];
    fails("data.a.r", &endless, "deadline_exceeded");
    // What the parser would take forever for is refused before.
    fails(&"[".repeat(100), &[], "rego_limit_error");
    fails(&"(".repeat(4000), &[], "rego_limit_error");
}

#[test]
fn a_panic_of_the_engine_is_an_error_in_a_sentence() {
    // A call that would panic is refused before.
    fails("strings.count(\"a\", \"\")", &[], "`strings.count` is given an empty text to count");
}

#[test]
fn documents_are_read_from_files_and_pipes() {
    let folder = Folder::of(&[("input.yaml", "a:\n  b: [1, 2]\n"), ("bad.json", "{\"a\": }")]);
    assert_eq!(values("input.a.b[1]", &["-i", &folder.path("input.yaml")]), "2");
    let ran = run_with(&["eval", "input.a", "-i", "-", "-o", "text"], "{\"a\": \"x\"}");
    assert_eq!(ran.stdout, "\"x\"\n", "{ran}");
    // An input of queries is any document.
    let ran = run_with(&["eval", "input[1]", "-i", "-", "-o", "text"], "[1, 2]");
    assert_eq!(ran.stdout, "2\n", "{ran}");
    fails("input", &["-i", &folder.path("bad.json")], "bad.json:1:7");
    fails("input", &["-i", "-", "-d", "-"], "`-` is given twice");
}
