//! What benchmarks share: the rival of decisions, which is regorus as one would embed it by hand,
//! with the same policies and the same questions; and the time that a program computes.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod processor_time;

pub use processor_time::ProcessorTime;

use phasegate::{Facts, rego::Policy};
use serde_json::Value;

/// What a decision asks, in the rival's words: the names that the gate asks for too.
pub const QUESTIONS: [&str; 4] = [
    "data.lifecycle.promotion.allow",
    "data.lifecycle.promotion.violations",
    "data.lifecycle.promotion.warnings",
    "data.lifecycle.rollback.reasons",
];

/// The rule that asks all of them in one evaluation.
pub const ENTRY: &str = "data.plain.answer";

/// A prepared engine over the modules and data of a policy.
///
/// # Panics
/// When the engine refuses the policy.
#[must_use]
pub fn plain(policy: &Policy) -> regorus::Engine {
    let mut engine = unprepared(policy);
    let facts =
        Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture");
    engine.set_input(input(facts.value()));
    engine.eval_rule(ENTRY.to_owned()).expect("the policy evaluates");
    engine
}

/// The same before its first evaluation.
///
/// # Panics
/// When the engine refuses the policy.
#[must_use]
pub fn unprepared(policy: &Policy) -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    for module in policy.modules() {
        engine.add_policy(module.file.clone(), module.text.clone()).expect("it loads");
    }
    let pairs = QUESTIONS.map(|question| {
        format!("answer contains [\"{question}\", value] if value := {question}\n")
    });
    engine
        .add_policy("plain.rego".to_owned(), format!("package plain\n\n{}", pairs.concat()))
        .expect("it loads");
    engine.add_data(input(policy.data())).expect("it loads");
    engine
}

/// A document in the rival's words.
///
/// # Panics
/// Never for a document.
#[must_use]
pub fn input(value: &Value) -> regorus::Value {
    regorus::Value::from_json_str(&value.to_string()).expect("a document")
}
