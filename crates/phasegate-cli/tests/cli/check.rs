//! `phasegate check`: findings about a policy set.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Folder, bundle, run, run_with};

#[test]
fn the_shipped_policies_have_no_findings() {
    assert_snapshot!(run(&["check", "policies"]), @"
    exit 0
    --- stdout
    no findings
    ");
    let ran = run(&["check", "policies", "--output", "json"]);
    assert_eq!(ran.json(), json!({"diagnostics": [], "errors": 0, "warnings": 0}));
}

#[test]
fn findings_are_shown_in_their_place() {
    let folder = Folder::of(&[
        (
            "promotion.rego",
            "package lifecycle.promotion\n\nallow if {\n\tinput.metrics.error_rate < limit\n\tnope(1)\n}\n\nlimit := data.limits.missing\n\na if b\n\nb if a\n\nc if input[input.key]\n",
        ),
        ("limits/data.yaml", "error_rate: 0.1\n"),
    ]);
    let ran = run(&["check", &folder.path("")]);
    assert_snapshot!(ran, @"
    exit 1
    --- stdout
    error[rego_type_error]: undefined function `nope`
     --> promotion.rego:5:2
      |
    5 |     nope(1)
      |     ^^^^
      |
      = help: define it, or import the package that does

    error[rego_type_error]: `data.limits.missing` is no rule, no package and no base data
     --> promotion.rego:8:10
      |
    8 | limit := data.limits.missing
      |          ^^^^^^^^^^^^^^^^^^^
      |
      = help: define it, or add the file that does

    error[rego_recursion_error]: `data.lifecycle.promotion.a` depends on itself: data.lifecycle.promotion.a -> data.lifecycle.promotion.b -> data.lifecycle.promotion.a
      --> promotion.rego:10:1
       |
    10 | a if b
       | ^
       |
       = help: break the cycle; a reference with a step that is not constant depends on everything it may reach

    3 errors, 0 warnings
    ");
}

#[test]
fn syntax_errors_of_all_files_are_shown_at_once() {
    let folder = Folder::of(&[
        ("a.rego", "package lifecycle.promotion\n\nallow if {\n\tinput.x ==\n}\n"),
        ("b.rego", "package b\n\np := \"open\n"),
        ("c/data.yaml", "a: 1\nb: [1,\nc: 2\n"),
        ("d/data.json", "{\"a\": 1, \"a\": 2}"),
    ]);
    let ran = run(&["check", &folder.path("")]);
    assert_snapshot!(ran, @r#"
    exit 1
    --- stdout
    error[rego_parse_error]: expecting expression
     --> a.rego:5:1
      |
    5 | }
      | ^
      |
      = help: correct the text here; it is read as Rego v1

    error[rego_parse_error]: this string does not end on its line
     --> b.rego:3:6
      |
    3 | p := "open
      |      ^
      |
      = help: close it with `"`, or use a raw string

    error[data_parse_error]: `b[1]`: not valid YAML: unclosed bracket '['
     --> c/data.yaml:2:4
      |
    2 | b: [1,
      |    ^
      |
      = help: mend the file; base data must be one JSON or YAML document

    error[data_parse_error]: `a`: key given twice; remove one
     --> d/data.json:1:15
      |
    1 | {"a": 1, "a": 2}
      |               ^
      |
      = help: mend the file; base data must be one JSON or YAML document

    4 errors, 0 warnings
    "#);
}

#[test]
fn findings_are_data_for_programs() {
    let folder = Folder::of_policy("allow if nope(input.x)");
    let ran = run(&["check", &folder.path(""), "--output", "json"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 1), "{ran}");
    let found = ran.json();
    assert_eq!(found["errors"], json!(1), "{found:#}");
    let first = &found["diagnostics"][0];
    assert_eq!(
        [&first["file"], &first["row"], &first["col"], &first["code"], &first["severity"]],
        [
            &json!("promotion.rego"),
            &json!(3),
            &json!(10),
            &json!("rego_type_error"),
            &json!("error")
        ]
    );
    assert_eq!(first["line"], json!("allow if nope(input.x)"));
}

#[test]
fn what_is_shown_cannot_speak_to_the_terminal() {
    let folder = Folder::of_policy(
        "allow if nope(\"\u{1b}[2J\u{202e}\") # \u{9b}2J\u{7}\n\nx := \u{1b}[31m",
    );
    for output in ["text", "json"] {
        let ran = run(&["check", &folder.path(""), "--output", output]);
        assert_eq!(ran.code, 1, "{ran}");
        let hostile = |c: char| c.is_control() && c != '\n';
        assert!(output == "json" || !ran.stdout.contains(hostile), "{:?}", ran.stdout);
    }
}

#[test]
fn a_set_comes_from_anywhere() {
    let rule = "package lifecycle.promotion\n\nallow if input.ok\n";
    let folder = Folder::of(&[("one.rego", rule)]);
    let bytes = bundle(&[("one.rego", rule)]);
    let archive = folder.add("set.tar.gz", &bytes);
    assert_eq!(run(&["check", &folder.path("one.rego")]).code, 0);
    assert_eq!(run(&["check", &archive]).code, 0);
    assert_eq!(run_with(&["check", "-"], rule).code, 0);
    assert_eq!(run_with(&["check", "-"], &bytes).code, 0);
    let ran = run_with(&["check", "-"], "package lifecycle.promotion\n\nallow if\n");
    assert_snapshot!(ran, @"
    exit 1
    --- stdout
    error[rego_parse_error]: the text ends too early: expecting expression
     --> stdin.rego:3:9
      |
    3 | allow if
      |         ^
      |
      = help: complete the last rule

    1 error, 0 warnings
    ");
    run(&["check", &folder.path("none")]).fails(2, "does not exist");
    run(&["check"]).fails(2, "required");
}

#[test]
fn packages_and_depth_are_options() {
    let folder =
        Folder::of(&[("a.rego", "package team.gate\n\nallow if a\n\na if b\n\nb if input.ok\n")]);
    let policy = folder.path("");
    assert_eq!(run(&["check", &policy]).code, 1);
    assert_eq!(run(&["check", &policy, "--promotion-package", "team.gate"]).code, 0);
    let shallow = run(&["check", &policy, "--promotion-package", "team.gate", "--max-depth", "2"]);
    assert_eq!(shallow.code, 1);
    assert!(shallow.stdout.contains("rego_depth_error"), "{shallow}");
}

#[test]
fn warnings_alone_are_no_error() {
    let folder = Folder::of_policy(
        "allow if input[input.key] # phasegate: unguarded the key is one of ours",
    );
    let ran = run(&["check", &folder.path("")]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn what_loads_and_is_worth_a_look_is_a_warning() {
    let folder = Folder::of_policy("deny contains \"slow\" if input.ms > 3\n\nallow if not deny");
    let ran = run(&["check", &folder.path("")]);
    assert_snapshot!(ran, @"
    exit 0
    --- stdout
    warning[untested_rule]: the policy set has no test
     --> promotion.rego:1:1
      |
    1 | package lifecycle.promotion
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `test_` rules in a `_test.rego` file, or a `.cases.yaml` table beside it

    warning[set_as_condition]: `not deny` never holds: `data.lifecycle.promotion.deny` is a set, true even when empty
     --> promotion.rego:5:10
      |
    5 | allow if not deny
      |          ^^^^^^^^
      |
      = help: write `count(deny) == 0`

    0 errors, 2 warnings
    ");
    assert_eq!(run(&["check", &folder.path(""), "--deny-warnings"]).code, 1);
    assert_eq!(run(&["check", "policies", "--deny-warnings"]).code, 0);
}

/// The engine would write there what it cannot order and what it finds redundant.
#[test]
fn nothing_but_our_own_words_reaches_standard_error() {
    let cases = [
        (
            "allow if { {\"a\": x, \"b\": 1} = {\"a\": 1, \"b\": y}; x == y }",
            "rego_unsafe_var_error",
        ),
        ("allow if { [x, z] = [1, y]; y = x; z == 1 }", "rego_unsafe_var_error"),
        ("import input\n\nallow if input.x == 1", "rego_compile_error"),
    ];
    for (rules, code) in cases {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("package lifecycle.promotion\n\n{rules}\n");
        std::fs::write(folder.path().join("p.rego"), text).unwrap();
        let path = folder.path().to_str().unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_phasegate"))
            .args(["check", path, "--output", "json"])
            .output()
            .unwrap();
        let [out, err] =
            [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        assert!(out.contains(code), "{rules}: {out}{err}");
        assert!(
            !err.contains("could not schedule") && !err.contains("redundant"),
            "{rules}: {err}"
        );
    }
}
