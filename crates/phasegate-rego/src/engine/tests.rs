//! The net around the engine: the clock, panics, the deadline, and what its messages mean.

use std::thread;

use serde_json::json;

use super::*;
use crate::builtin::guarded;
use crate::syntax::ParsedQuery;

const SETUP: Setup = Setup {
    calling: Calling::Gate,
    deadline: Duration::from_mins(1),
    guarded: Vec::new(),
    called: None,
};

fn template(rules: &str, setup: &Setup) -> Result<Template, EngineError> {
    let text = format!("package a\n\nready := true\n\n{rules}\n");
    let mut template = Template::build([("a.rego", text.as_str())], &json!({}), setup)?;
    template.prepare("data.a.ready").map(|()| template)
}

/// What the rule `data.a.x` gives.
fn answer(rules: &str, setup: &Setup) -> Result<Option<Value>, EngineError> {
    let template = template(rules, setup)?;
    template.rule("data.a.x", None, None, template.deadline())
}

fn code(rules: &str, setup: &Setup) -> &'static str {
    answer(rules, setup).expect_err(rules).code
}

#[test]
fn the_clock_is_the_decisions_however_it_is_spelled() {
    for call in ["time.now_ns()", "time[\"now_ns\"]()"] {
        let template = template(&format!("x := {call}"), &SETUP).expect(call);
        let now = Timestamp::from_unix_nanos(1_600_000_000_000_000_000);
        let deadline = template.deadline();
        let given = template.rule("data.a.x", None, Some(now), deadline);
        assert_eq!(given, Ok(Some(json!(1_600_000_000_000_000_000_i64))), "{call}");
        let missing = template.rule("data.a.x", None, None, deadline).expect_err(call);
        assert_eq!(missing.code, "clock_missing", "{call}");
        let query = ParsedQuery::parse(call).expect(call);
        let query = Captured::new(&query, |_| None);
        let asked = template.query(&query, None, Some(now)).expect(call);
        assert_eq!(asked.results[0].expressions[0].value.as_str(), "1600000000000000000", "{call}");
        assert_eq!(template.query(&query, None, None).expect_err(call).code, "clock_missing");
    }
}

#[test]
fn what_is_refused_fails_or_is_undefined() {
    let setup = |calling| Setup { guarded: vec![builtin::GUARDED], calling, ..SETUP };
    for rules in ["x := time.now_ns()", "x := max([])", "x := sprintf(\"%2000d\", [1])"] {
        assert!(answer(rules, &setup(Calling::Gate)).is_err(), "{rules}");
        assert_eq!(answer(rules, &setup(Calling::Explanation)), Ok(None), "{rules}");
    }
}

#[test]
fn a_panic_inside_the_engine_is_an_error() {
    // Resumed rather than begun, so that no hook prints it.
    static PANICS: &[Guarded] =
        &[guarded("abs", 1, |_, _| std::panic::resume_unwind(Box::new("as a panic would")))];
    assert_eq!(code("x := abs(1)", &Setup { guarded: vec![PANICS], ..SETUP }), "engine_panic");
    // The template is as good as new.
    let template = template("x := abs(input)\n\ny := 1", &Setup { guarded: vec![PANICS], ..SETUP });
    let template = template.unwrap();
    assert!(template.rule("data.a.x", Some(&json!(1)), None, template.deadline()).is_err());
    let next = template.rule("data.a.y", None, None, template.deadline());
    assert_eq!(next, Ok(Some(json!(1))));
}

#[test]
fn a_builtin_that_outlasts_the_deadline_has_no_answer() {
    const DEADLINE: Duration = Duration::from_millis(5);
    static SLOW: &[Guarded] = &[guarded("abs", 1, slow)];
    #[expect(
        clippy::disallowed_methods,
        clippy::unnecessary_wraps,
        reason = "it stands for a builtin that takes long"
    )]
    fn slow(_: &[regorus::Value], _: &builtin::Limits) -> Result<(), Failure> {
        thread::sleep(DEADLINE * 4);
        Ok(())
    }
    let error = answer("x := abs(1)", &Setup { guarded: vec![SLOW], deadline: DEADLINE, ..SETUP });
    let error = error.unwrap_err();
    assert_eq!(error.code, DEADLINE_EXCEEDED);
    let says =
        "the evaluation took longer than its deadline of 5ms; simplify the policy or raise it";
    assert_eq!(error.message, says);
    // With time enough the same builtin answers.
    assert_eq!(answer("x := abs(1)", &Setup { guarded: vec![SLOW], ..SETUP }), Ok(Some(json!(1))));
}

#[test]
fn a_deadline_that_has_passed_or_never_does() {
    let passed = Setup { deadline: Duration::ZERO, ..SETUP };
    assert_eq!(code("x := 1", &passed), DEADLINE_EXCEEDED);
    let never = Setup { deadline: Duration::MAX, ..SETUP };
    assert_eq!(answer("x := 1", &never), Ok(Some(json!(1))));
}

/// Rules `x1`, `x2`, ..., each made of the one before.
fn chain(length: u32, next: impl Fn(&str) -> String) -> String {
    (1..length).fold(String::new(), |rules, n| {
        rules + &format!("x{n} := {}\n", next(&format!("x{}", n - 1)))
    })
}

/// Each text of the table, said by the engine itself.
#[test]
fn the_engine_says_what_the_codes_are_known_by() {
    let long =
        "x := count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000)])";
    let doubling = chain(40, |before| format!("[{before}, {before}]"));
    let cases = [
        ("x := time.now_ns()", CLOCK_MISSING, "clock_missing"),
        ("x := 1 if true\n\nx := 2 if true", "rule conflicts with", "eval_conflict_error"),
        ("x.y := 1\n\nx := 2", "multiple outputs", "eval_conflict_error"),
        ("f(_) := 1\n\nf(_) := 2\n\nx := f(1)", "multiple outputs", "eval_conflict_error"),
        ("x := {\"a\": n | some n in [1, 2]}", "value for key", "eval_conflict_error"),
        ("x := y if true", "is unsafe", "rego_unsafe_var_error"),
        ("x := nothing.at.all(1)", "could not find function", "rego_type_error"),
        ("f(a) := a\n\nx := f(1, 2, 3)", "mismatch in number of arguments", "rego_type_error"),
        ("x := y\n\ny := x", "recursi", "rego_recursion_error"),
        ("x := {", "expecting", "rego_parse_error"),
        ("x := 1 / 0", "divi", "eval_builtin_error"),
    ];
    let mut wrong = Vec::new();
    for (rules, says, code) in cases {
        match answer(rules, &SETUP) {
            Err(error) if error.code == code && error.message.contains(says) => {}
            other => wrong.push(format!("{rules}: {other:?}")),
        }
    }
    let short = Setup { deadline: Duration::from_millis(1), ..SETUP };
    match answer(long, &short) {
        Err(error) if error.code == DEADLINE_EXCEEDED => {}
        other => wrong.push(format!("{long}: {other:?}")),
    }
    let large = format!("x := x39\n\nx0 := 1\n{doubling}");
    match answer(&large, &SETUP) {
        Err(error) if error.code == "answer_too_large" => {}
        other => wrong.push(format!("{large}: {other:?}")),
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_number_beyond_a_double_is_an_error() {
    let squares = chain(13, |before| format!("{before} * {before}"));
    let rules = format!("x := x12\n\nx0 := 2\n{squares}");
    assert_eq!(code(&rules, &SETUP), "eval_builtin_error");
}
