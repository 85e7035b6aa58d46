//! `phasegate decide`: what it reads, and what it refuses.

use insta::assert_snapshot;
use phasegate_fixtures::PROMOTION_INPUT;
use serde_json::Value;

use crate::support::{Folder, PROMOTED, run, run_with};

/// A YAML document of the bare facts, as people write it.
const YAML: &str = "\
# the runbook's example
version: {id: v1-abc123, model: gpt-4o-2024-05-13, prompt: code-review-v4-exp, state: shadow}
metrics:
  p95_latency_ms: 2500.0
  error_rate: 0.01
  accuracy_delta: 0.03
  security_pass_rate: 0.995
  cost_delta: 5e-2
statistical_tests: {accuracy_p_value: 0.02, latency_p_value: 0.15, cost_p_value: 0.08}
thresholds:
  p95_latency_ms: 3000
  error_rate: 0.02
  accuracy_delta: 0.02
  security_pass_rate: 0.99
  cost_increase_max: 0.1
  statistical_significance_p: 0.05
";

#[test]
fn every_form_of_the_same_facts_gives_the_same_bytes() {
    let wrapped: Value = serde_json::from_str(PROMOTION_INPUT).expect("JSON");
    let bare = wrapped.get("input").expect("the facts").to_string();
    let folder = Folder::of(&[
        ("facts.json", &bare),
        ("facts.yaml", YAML),
        ("facts.yml", YAML),
        ("facts", &bare),
        ("with-mark.json", &format!("\u{feff}{bare}")),
    ]);
    let expected = run(&["decide", "--input", PROMOTED, "--output", "json"]);
    assert_eq!(expected.code, 0, "{expected}");
    for name in ["facts.json", "facts.yaml", "facts.yml", "facts", "with-mark.json"] {
        let ran = run(&["decide", "-i", &folder.path(name), "-o", "json"]);
        assert_eq!(ran.stdout, expected.stdout, "{name}: {}", ran.stderr);
    }
    for stdin in [PROMOTION_INPUT, &bare, YAML, &wrapped.to_string()] {
        let ran = run_with(&["decide", "--input", "-", "--output", "json"], stdin);
        assert_eq!(ran.stdout, expected.stdout, "{stdin}: {}", ran.stderr);
    }
}

#[track_caller]
fn refused(stdin: impl AsRef<[u8]>) -> String {
    let ran = run_with(&["decide", "--input", "-"], stdin);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    ran.stderr
}

#[test]
fn syntax_errors_show_their_place() {
    assert_snapshot!(refused("{\"metrics\": {\n  \"error_rate\": ,\n}}"), @r#"
    error: `metrics.error_rate`: not valid JSON: expected value
     --> standard input:2:17
      |
    2 |   "error_rate": ,
      |                 ^
      |
      = help: correct it there; keys and texts have double quotes, and a comma stands only between elements
    "#);
    assert_snapshot!(refused("metrics:\n  error_rate: [0.1,\n  cost: 1\n"), @"
    error: `metrics.error_rate[1]`: not valid YAML: unclosed bracket '['
     --> standard input:2:15
      |
    2 |   error_rate: [0.1,
      |               ^
      |
      = help: correct it there; a text with `: `, ` #`, `[` or `{` in it needs quotes
    ");
    assert_snapshot!(refused("{\"a\": 1"), @r#"
    error: not valid JSON: EOF while parsing an object
     --> standard input:1:7
      |
    1 | {"a": 1
      |       ^
      |
      = help: correct it there; keys and texts have double quotes, and a comma stands only between elements
    "#);
    assert_snapshot!(refused("{} {}"), @"
    error: not valid JSON: trailing characters
     --> standard input:1:4
      |
    1 | {} {}
      |    ^
      |
      = help: correct it there; keys and texts have double quotes, and a comma stands only between elements
    ");
}

#[test]
fn facts_that_readers_could_take_differently_are_refused_with_their_path() {
    assert_snapshot!(refused(r#"{"a": 1, "m": {"x": 1, "x": 2}, "a": 3}"#), @r#"
    error: `m.x`: key given twice; remove one
     --> standard input:1:29
      |
    1 | {"a": 1, "m": {"x": 1, "x": 2}, "a": 3}
      |                             ^
    error: `a`: key given twice; remove one
     --> standard input:1:38
      |
    1 | {"a": 1, "m": {"x": 1, "x": 2}, "a": 3}
      |                                      ^
    "#);
    assert_snapshot!(refused("a: 1\nm:\n  x: 1\n  x: 2\n"), @r#"
    error: `m.x`: key given twice; remove one
     --> standard input:4:3
      |
    4 |   x: 2
      |   ^
    "#);
    assert_snapshot!(refused(r#"{"metrics": {"error_rate": 1e999}}"#), @r#"
    error: `metrics.error_rate`: the number is beyond the range of a double; give a finite one
     --> standard input:1:32
      |
    1 | {"metrics": {"error_rate": 1e999}}
      |                                ^
    "#);
    assert_snapshot!(refused("metrics:\n  error_rate: .nan\n"), @"
    error: `metrics.error_rate`: the number is not finite; give a finite one or leave the key out
     --> standard input:2:15
      |
    2 |   error_rate: .nan
      |               ^
    ");
    assert_snapshot!(refused(r#"{"requests": 9007199254740993}"#), @r#"
    error: `requests`: the number is beyond 2^53-1, where digits get lost; scale it
     --> standard input:1:29
      |
    1 | {"requests": 9007199254740993}
      |                             ^
    "#);
    assert_snapshot!(refused("1: one\n"), @"
    error: not valid YAML: invalid type: integer `1`, expected a text key; put it in quotes
     --> standard input:1:1
      |
    1 | 1: one
      | ^
      |
      = help: correct it there; a text with `: `, ` #`, `[` or `{` in it needs quotes
    ");
}

#[test]
fn what_is_no_document_is_refused() {
    assert_snapshot!(refused(b"{\"a\": \"\xff\"}"), @r#"
    error: the text is not UTF-8; save it as UTF-8
     --> standard input:1:8
      |
    1 | {"a": "�"}
      |        ^
    "#);
    assert_snapshot!(refused(""), @"error: standard input is empty; give a JSON or YAML document");
    assert_snapshot!(refused(" \n\n"), @"error: standard input is empty; give a JSON or YAML document");
    assert_snapshot!(refused("[1, 2]"), @"error: standard input: the input must be an object of facts, bare or under the one key `input`");
    assert_snapshot!(refused(r#"{"input": 1}"#), @"error: standard input: the input must be an object of facts, bare or under the one key `input`");
    assert_snapshot!(refused("just text"), @"error: standard input: the input must be an object of facts, bare or under the one key `input`");
    assert_snapshot!(refused([b'['; 200]), @"
    error: `[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0...`: not valid JSON: nested deeper than 64 levels; flatten it
     --> standard input:1:65
      |
    1 | [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                                 ^
      |
      = help: correct it there; keys and texts have double quotes, and a comma stands only between elements
    ");
    assert_snapshot!(refused(vec![b' '; 100_000_000]), @"error: standard input: more than the limit of 16777216 bytes; give a smaller file");
}

#[test]
fn a_line_that_no_person_wrote_is_not_shown() {
    let text = format!("{{\"a\": \"{}\", b}}", "x".repeat(2000));
    assert_snapshot!(refused(text), @"
    error: not valid JSON: key must be a string
    --> standard input:1:2011
     = help: correct it there; keys and texts have double quotes, and a comma stands only between elements
    ");
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let of = |path: &str| run(&["decide", "--input", path]).to_string();
    assert_snapshot!(of("fixtures"), @"
    exit 2
    --- stderr
    error: cannot read fixtures: Is a directory (os error 21)
    ");
    assert_snapshot!(of("no/such/file.json"), @"
    exit 2
    --- stderr
    error: cannot read no/such/file.json: No such file or directory (os error 2)
    ");
    assert_snapshot!(of("a\u{1b}[31m\nb"), @r"
    exit 2
    --- stderr
    error: cannot read a\u{1b}[31m b: No such file or directory (os error 2)
    ");
}

#[test]
fn names_in_messages_cannot_speak_to_the_terminal() {
    let stderr = refused(r#"{"\u001b[2J\u202e": 1, "\u001b[2J\u202e": 2}"#);
    assert!(!stderr.contains(['\u{1b}', '\u{202e}']), "{stderr:?}");
}

#[test]
fn standard_input_is_read_once() {
    let ran = run(&["decide", "--input", "-", "--policy", "-"]);
    assert_snapshot!(ran, @"
    exit 2
    --- stderr
    error: `-` is given twice; standard input can be read only once
    ");
}
