//! What the tests share: a gate over a policy that is written in the test.

use phasegate::rego::{Diagnostic, LoadError};
use phasegate::{Decision, Facts, Gate, Outcome, PolicyFiles, Request};
use serde_json::Value;

/// A policy set of one module in the package that the gate asks.
pub(crate) fn policy(rules: &str) -> PolicyFiles {
    files(&[("promotion.rego", &format!("package lifecycle.promotion\n\n{rules}\n"))])
}

/// A policy set of these files.
pub(crate) fn files(files: &[(&str, &str)]) -> PolicyFiles {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    PolicyFiles { files: files.collect(), revision: None, roots: None }
}

/// A gate over these rules.
#[track_caller]
pub(crate) fn gate(rules: &str) -> Gate {
    build(policy(rules)).unwrap_or_else(|error| panic!("{:#?}", error.diagnostics))
}

pub(crate) fn build(files: PolicyFiles) -> Result<Gate, LoadError> {
    Gate::builder().policy(files).build()
}

/// What these rules decide about this input.
#[track_caller]
pub(crate) fn decide(rules: &str, input: &Value) -> Decision {
    gate(rules).decide(&Request::new(Facts::from_value(input).expect("an input")))
}

/// Decides, and checks the outcome and the codes of its reasons.
#[track_caller]
pub(crate) fn check(rules: &str, input: &Value, outcome: Outcome, codes: &[&str]) {
    let decision = decide(rules, input);
    let found: Vec<&str> = decision.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!((decision.outcome, found.as_slice()), (outcome, codes), "{decision:#?}");
}

/// The findings that keep a set from loading.
#[track_caller]
pub(crate) fn refused(files: PolicyFiles) -> Vec<Diagnostic> {
    match build(files) {
        Ok(_) => panic!("the set loads"),
        Err(error) => error.diagnostics,
    }
}

/// Checks that these rules do not load, with this code, and that the message or remedy says this.
#[track_caller]
pub(crate) fn refuses(rules: &str, code: &str, says: &str) {
    let found = refused(policy(rules));
    let told = found.iter().any(|one| {
        one.code.as_str() == code && (one.message.contains(says) || one.remedy.contains(says))
    });
    assert!(told, "no {code} that says `{says}` in {found:#?}");
    assert!(found.iter().all(|one| !one.remedy.is_empty()), "{found:#?}");
}
