//! What a policy answers when something goes wrong on the way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::*;

fn files(promotion: &str, rollback: &str) -> PolicyFiles {
    let file = |package: &str, rules: &str| format!("package lifecycle.{package}\n\n{rules}\n");
    let files = BTreeMap::from([
        ("p.rego".to_owned(), file("promotion", promotion).into_bytes()),
        ("r.rego".to_owned(), file("rollback", rollback).into_bytes()),
    ]);
    PolicyFiles { files, ..PolicyFiles::default() }
}

const LONG: &str =
    "allow if count([1 | some i in numbers.range(1, 9000); some j in numbers.range(1, 9000)]) > 0";
const REASON: &str = "reasons contains {\"code\": \"down\", \"message\": \"down\"} if input.down";

fn codes<T>(answer: &Result<T, Vec<Block>>) -> Vec<&str> {
    answer.as_ref().err().into_iter().flatten().map(|block| block.code.as_str()).collect()
}

#[test]
fn a_promotion_that_runs_out_of_time_leaves_the_rollback_its_own() {
    let options =
        PolicyOptions { deadline: Duration::from_millis(200), ..PolicyOptions::default() };
    let policy = Policy::load(&files(LONG, REASON), &options).unwrap();
    let answer = policy.evaluate(&json!({ "down": true }), None);
    assert_eq!(codes(&answer.promotion), ["deadline_exceeded"]);
    let reasons = answer.rollback.unwrap();
    assert_eq!(reasons.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(), ["down"]);
}

#[test]
fn without_time_nothing_is_promoted() {
    let options = PolicyOptions { deadline: Duration::ZERO, ..PolicyOptions::default() };
    let policy = Policy::load(&files("allow := true", REASON), &options).unwrap();
    let answer = policy.evaluate(&json!({ "down": true }), None);
    assert_eq!(codes(&answer.promotion), ["deadline_exceeded"]);
    assert_eq!(codes(&answer.rollback), ["deadline_exceeded"]);
}

#[test]
fn one_failing_rule_leaves_the_values_of_the_others() {
    let rules = "
allow if count(violations) == 0

violations contains {\"code\": \"a\", \"message\": \"a\"} if input.errors > 0.02
violations contains {\"code\": \"b\", \"message\": \"b\"} if max(input.list) > 3
violations contains {\"code\": \"c\", \"message\": \"c\"} if time.now_ns() > input.end
";
    let policy = Policy::load(&files(rules, REASON), &PolicyOptions::default()).unwrap();
    let input = json!({ "errors": 0.5, "list": [], "end": 1, "down": false });
    assert_eq!(codes(&policy.evaluate(&input, None).promotion).len(), 1);
    let question = Question { promoted: false, promotes: &|_| false };
    let explanation = policy.explain(&input, None, &question);
    let seen = |text: &str| {
        let check = explanation.checks.iter().find(|check| check.text == text);
        check.map(|check| check.seen.iter().map(|seen| seen.observed.clone()).collect::<Vec<_>>())
    };
    assert_eq!(seen("input.errors > 0.02"), Some(vec![json!(0.5)]));
    assert_eq!(seen("max(input.list) > 3"), Some(vec![]));
    assert_eq!(seen("time.now_ns() > input.end"), Some(vec![]));
}

/// Integers are exact and have no end; what comes out of them does not promote.
#[test]
fn repeated_squaring_holds() {
    let mut rules = "x0 := input.x\n".to_owned();
    for n in 1..16 {
        writeln!(rules, "x{n} := x{} * x{}", n - 1, n - 1).unwrap();
    }
    for shown in ["sprintf(\"%v\", [x15])", "json.marshal(x15)", "x15"] {
        let text = format!(
            "{rules}\nallow := true\n\nviolations contains {{\"code\": \"a\", \"message\": {shown}}}"
        );
        let policy = Policy::load(&files(&text, REASON), &PolicyOptions::default()).unwrap();
        let answer = policy.evaluate(&json!({ "x": 3, "down": false }), None);
        assert!(answer.promotion.is_err(), "{shown}: {answer:?}");
        assert_eq!(answer.rollback, Ok(Vec::new()), "{shown}");
    }
}

#[test]
fn a_set_that_is_too_much_work_for_the_parser_is_refused_in_time() {
    let nested = format!("x := {}1{}\n", "[".repeat(8), "]".repeat(8));
    let text = format!("package a\n{}", nested.repeat(1_000));
    let files = (0..400).map(|n| (format!("{n}.rego"), text.clone().into_bytes())).collect();
    let set = PolicyFiles { files, ..PolicyFiles::default() };
    let error = Policy::load(&set, &PolicyOptions::default()).unwrap_err();
    let found: Vec<_> = error.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(found, [Code::RegoLimitError], "{error}");
}

#[test]
fn a_byte_order_mark_does_not_change_a_policy() {
    let plain = Policy::load(&files("allow := true", REASON), &PolicyOptions::default()).unwrap();
    let mut set = files("allow := true", REASON);
    for bytes in set.files.values_mut() {
        bytes.splice(0..0, "\u{feff}".bytes());
    }
    let marked = Policy::load(&set, &PolicyOptions::default()).unwrap();
    let input = json!({ "down": false });
    assert_eq!(marked.evaluate(&input, None), plain.evaluate(&input, None));
}

/// The engine goes through its modules at every reference into `data`.
#[test]
fn what_is_asked_takes_one_module() {
    let policy =
        Policy::load(&files("allow if input.up", REASON), &PolicyOptions::default()).unwrap();
    let mut packages = policy.packages_asked();
    packages.sort();
    let own = format!("data.{}", entry::PACKAGE);
    assert_eq!(packages, ["data.lifecycle.promotion", "data.lifecycle.rollback", own.as_str()]);
}
