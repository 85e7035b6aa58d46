//! `phasegate decide`: whatever a policy or an input says, the text is a page that a terminal can
//! show.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::support::{Folder, PROMOTED, Ran, joined, run, run_with};

/// At most 40 lines of 100 columns, and nothing that a terminal obeys.
#[track_caller]
fn is_a_page(ran: &Ran) {
    let is_note = |line: &str| line.starts_with("note: no rule reads ");
    assert!(ran.stderr.lines().all(is_note), "{}", ran.stderr);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!((3..=40).contains(&lines.len()), "{} lines:\n{}", lines.len(), ran.stdout);
    for line in &lines {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
        assert!(line.len() <= 1000, "{} bytes: {line}", line.len());
    }
    let hostile = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!ran.stdout.contains(hostile), "{:?}", ran.stdout);
}

#[test]
fn the_shipped_policy_fits() {
    for case in phasegate_fixtures::cases(40) {
        let ran = run_with(&["decide", "-i", "-"], &case.input);
        is_a_page(&ran);
    }
    for options in [&["--require-checklist"][..], &["--now", "2026-03-01T10:00:00.123456789Z"]] {
        is_a_page(&run(&[&["decide", "-i", PROMOTED], options].concat()));
    }
}

/// Messages nobody should write.
fn nasty() -> Vec<String> {
    vec![
        String::new(),
        "x".repeat(10_000),
        "many words ".repeat(1000),
        "\u{4e16}\u{754c}".repeat(5000),
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} ".repeat(500),
        format!("z{}", "\u{301}".repeat(5000)),
        "\u{1b}[2J\u{1b}]0;title\u{7}red\u{1b}[31m".to_owned(),
        "\u{9b}2J\u{90}q\u{9c}\u{7f}\0\u{8}".to_owned(),
        "one\ntwo\r\nthree\tfour\u{2028}five\u{85}".to_owned(),
        "\u{202e}gnp.exe\u{2066}\u{200b}".to_owned(),
    ]
}

/// A policy that says whatever the input says.
const ECHO: &str = "
violations contains object.union(said, {\"effect\": \"reject\"}) if some said in input.said
warnings contains said if some said in input.warned
default allow := false
allow if count(violations) == 0
";

fn said(messages: &[String]) -> Value {
    messages.iter().map(|text| json!({ "code": text, "path": text, "message": text })).collect()
}

#[test]
fn what_a_policy_says_fits() {
    let folder = Folder::of_policy(ECHO);
    let policy = folder.path("");
    let decide = |said: &Value, warned: &Value| {
        let input = json!({
            "version": { "id": nasty().join(" "), "state": nasty().concat() },
            "said": said,
            "warned": warned,
        });
        run_with(&["decide", "-i", "-", "-p", &policy], input.to_string())
    };
    let none = json!([]);
    for message in nasty() {
        let one = said(std::slice::from_ref(&message));
        is_a_page(&decide(&one, &none));
        is_a_page(&decide(&none, &one));
    }
    let all = said(&nasty());
    is_a_page(&decide(&all, &all));
    let hundreds: Vec<String> = (0..500).map(|i| format!("violation number {i}")).collect();
    let hundreds = said(&hundreds);
    let ran = decide(&hundreds, &hundreds);
    is_a_page(&ran);
    assert!(ran.stdout.contains("; `--output json` has all"), "{ran}");
}

#[test]
fn names_of_facts_and_values_fit() {
    // Facts and limits with any name and value, compared in the policy.
    let names: Vec<String> = nasty().into_iter().filter(|name| !name.is_empty()).collect();
    let quoted = |text: &str| Value::from(text.chars().take(300).collect::<String>()).to_string();
    let rules = joined(names.iter().map(|name| {
        let name = quoted(name);
        format!(
            "violations contains {{\"code\": \"c\", \"message\": {name}, \"effect\": \"hold\"}} if \
             input[{name}] > 0.1\n"
        )
    }));
    let folder = Folder::of_policy(&format!("{rules}\nallow if count(violations) == 0\n"));
    for value in [
        json!(1e-300),
        json!(9_007_199_254_740_991_i64),
        json!(0.100_000_000_000_1),
        json!(nasty()),
    ] {
        let facts: serde_json::Map<String, Value> =
            names.iter().map(|name| (name.chars().take(300).collect(), value.clone())).collect();
        let input = Value::Object(facts).to_string();
        let ran = run_with(&["decide", "-i", "-", "-p", &folder.path("")], input);
        is_a_page(&ran);
    }
}

#[test]
fn many_checks_and_many_changes_fit() {
    let rules = joined((0..300).map(|i| {
        format!(
            "violations contains {{\"code\": \"c{i}\", \"message\": \"m\"}} if \
             input.metrics.m{i} > {i}\n"
        )
    }));
    let folder = Folder::of_policy(&format!("{rules}\nallow if count(violations) == 0\n"));
    let facts: serde_json::Map<String, Value> =
        (0..300).map(|i| (format!("m{i}"), json!(if i % 2 == 0 { 1000 } else { 0 }))).collect();
    let input = json!({ "metrics": facts }).to_string();
    let mut args = vec!["decide", "-i", "-"];
    let policy = folder.path("");
    args.extend(["-p", &policy]);
    let changes: Vec<String> =
        (0..50).map(|i| format!("metrics.extra{i}={}", "y".repeat(50))).collect();
    for change in &changes {
        args.extend(["--set", change]);
    }
    let ran = run_with(&args, input);
    is_a_page(&ran);
    assert!(ran.stdout.contains("; `--output json --explain` has all"), "{ran}");
}
