//! Runs the policies in the plain engine: their own `test_` rules, and the inputs that other crates
//! share.

use std::collections::BTreeSet;

use phasegate_fixtures::{Expected, PROMOTION_INPUT, TWELVE_VIOLATIONS, cases};
use regorus::{Engine, Value};

use crate::{FILES, TEST_FILES};

/// The plain engine over everything in this folder.
fn engine() -> Engine {
    let mut engine = Engine::new();
    for (path, text) in FILES.iter().chain(TEST_FILES) {
        if let Some((_, "rego")) = path.rsplit_once('.') {
            engine.add_policy((*path).to_owned(), (*text).to_owned()).unwrap();
        } else if let Some(folder) = path.strip_suffix("/data.json") {
            let content: serde_json::Value = serde_json::from_str(text).unwrap();
            let mounted =
                folder.rsplit('/').fold(content, |data, key| serde_json::json!({ key: data }));
            engine.add_data(mounted.into()).unwrap();
        }
    }
    engine
}

/// The package of a test file, and the names of its test rules.
fn tests(text: &'static str) -> (&'static str, Vec<&'static str>) {
    let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap();
    let names = text.lines().filter(|line| line.starts_with("test_"));
    (package, names.filter_map(|line| line.split(' ').next()).collect())
}

#[test]
fn every_test_rule_is_true() {
    let mut engine = engine();
    let mut failed = Vec::new();
    let mut ran = 0;
    for (path, text) in TEST_FILES {
        let (package, names) = tests(text);
        for name in names {
            ran += 1;
            match engine.eval_rule(format!("data.{package}.{name}")) {
                Ok(Value::Bool(true)) => {}
                Ok(value) => failed.push(format!("{path}: {name} is {value}")),
                Err(error) => failed.push(format!("{path}: {name}: {error}")),
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(ran > 100, "only {ran} test rules were found");
}

#[test]
fn no_two_tests_of_a_file_share_a_name() {
    for (path, text) in TEST_FILES {
        let (_, names) = tests(text);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{path}");
    }
}

/// What the two policies answer: codes of violations by effect, warnings, reasons to roll back.
#[derive(Debug, PartialEq)]
struct Answer {
    allow: bool,
    rejects: Vec<String>,
    holds: Vec<String>,
    warnings: Vec<String>,
    reasons: Vec<String>,
}

fn ask(engine: &mut Engine, input: &serde_json::Value) -> Answer {
    engine.set_input(input.clone().into());
    let mut eval = |rule: &str| -> serde_json::Value {
        let value = engine.eval_rule(format!("data.lifecycle.{rule}")).unwrap();
        serde_json::to_value(&value).unwrap()
    };
    let codes = |set: &serde_json::Value, effect: Option<&str>| -> Vec<String> {
        let entries = set.as_array().unwrap().iter();
        entries
            .filter(|entry| effect.is_none_or(|effect| entry["effect"] == effect))
            .map(|entry| entry["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let violations = eval("promotion.violations");
    Answer {
        allow: eval("promotion.allow") == true,
        rejects: codes(&violations, Some("reject")),
        holds: codes(&violations, Some("hold")),
        warnings: codes(&eval("promotion.warnings"), None),
        reasons: codes(&eval("rollback.reasons"), None),
    }
}

fn wrapped(text: &str) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(text).unwrap()["input"].clone()
}

#[test]
fn the_runbook_input_is_allowed_with_one_warning() {
    let answer = ask(&mut engine(), &wrapped(PROMOTION_INPUT));
    let expected = Answer {
        allow: true,
        rejects: vec![],
        holds: vec![],
        warnings: vec!["checklist_not_evidenced".to_owned()],
        reasons: vec![],
    };
    assert_eq!(answer, expected);
}

#[test]
fn the_rego_tests_start_from_the_runbook_input() {
    let document = engine().eval_rule("data.lifecycle.promotion_test.document".to_owned()).unwrap();
    assert_eq!(serde_json::to_value(&document).unwrap(), wrapped(PROMOTION_INPUT));
}

#[test]
fn twelve_violations_are_twelve() {
    let answer = ask(&mut engine(), &wrapped(TWELVE_VIOLATIONS));
    assert_eq!((answer.rejects.len(), answer.holds.len()), (11, 1));
    assert!(!answer.allow && answer.reasons.is_empty(), "{answer:?}");
}

#[test]
fn generated_cases_come_out_as_they_say() {
    let mut engine = engine();
    for case in cases(1000) {
        let answer = ask(&mut engine, &serde_json::from_str(&case.input).unwrap());
        let Answer { allow, rejects, holds, reasons, .. } = &answer;
        let found = match (reasons.is_empty(), rejects.is_empty(), holds.is_empty()) {
            (false, _, _) => Expected::Rollback,
            (true, false, _) => Expected::Reject,
            (true, true, false) => Expected::Hold,
            (true, true, true) => Expected::Promote,
        };
        assert_eq!(*allow, rejects.is_empty() && holds.is_empty(), "{case:?}");
        // The guard blocks before the policy is asked; what plain Rego says then does not matter.
        if case.expected != Expected::Blocked {
            assert_eq!(found, case.expected, "{case:?} {answer:?}");
        }
    }
}
