//! One row before the gate.

use std::collections::BTreeSet;

use phasegate::rego::explain::{Check, Seen};
use phasegate::{Decision, Gate, ReasonSource, Request};
use serde_json::json;

use super::{CaseResult, CaseRow, CaseTable, Mismatch};

/// Whether the gate decides about a row as it says; nothing is explained.
#[must_use]
pub fn holds(gate: &Gate, table: &CaseTable, row: &CaseRow) -> bool {
    mismatches(&gate.decide(&request(table, row)), row).is_empty()
}

fn request(table: &CaseTable, row: &CaseRow) -> Request {
    let request = Request::new(row.facts.clone());
    match row.now.or(table.now) {
        Some(now) => request.now(now),
        None => request,
    }
}

/// Asks the gate about one row, and says what differs from what the row expects.
#[must_use]
pub fn judge(gate: &Gate, table: &CaseTable, row: &CaseRow) -> CaseResult {
    let mut result = CaseResult {
        file: table.file.clone(),
        line: row.line,
        name: row.name.clone(),
        mismatches: Vec::new(),
        explanation: Vec::new(),
    };
    let request = request(table, row);
    let decision = gate.decide(&request);
    result.mismatches = mismatches(&decision, row);
    if !result.passed() {
        // The decision is about this request, which is all that an explanation can refuse.
        let explained = gate.explain(&request, &decision);
        let checks = explained.map(|explanation| explanation.checks).unwrap_or_default();
        result.explanation = checks.iter().flat_map(against).collect();
    }
    result
}

fn mismatches(decision: &Decision, row: &CaseRow) -> Vec<Mismatch> {
    let expected = &row.expected;
    let mut found = Vec::new();
    let mut compare = |what: &'static str, expected: String, got: String| {
        if expected != got {
            found.push(Mismatch { what, expected, got });
        }
    };
    let (outcome, got) = (expected.outcome.as_str(), decision.outcome.as_str());
    compare("outcome", outcome.to_owned(), got.to_owned());
    let codes = decision.violations.iter().map(|violation| violation.code.as_str());
    compare("violations", shown(expected.violations.iter().map(String::as_str)), shown(codes));
    if let Some(warnings) = &expected.warnings {
        let codes = decision.warnings.iter().map(|warning| warning.code.as_str());
        compare("warnings", shown(warnings.iter().map(String::as_str)), shown(codes));
    }
    if let Some(reasons) = &expected.reasons {
        let codes = decision.reasons.iter().map(|reason| reason.code.as_str());
        compare("reasons", shown(reasons.iter().map(String::as_str)), shown(codes));
    }
    let blocks = || decision.reasons.iter().filter(|one| one.source == ReasonSource::Block);
    compare("errors", expected.errors.to_string(), blocks().count().to_string());
    if let Some(paths) = &expected.blocked {
        let got = blocks().filter_map(|block| block.path.as_deref());
        compare("blocked", shown(paths.iter().map(String::as_str)), shown(got));
    }
    found
}

/// A set of words in one order.
fn shown<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: BTreeSet<_> = words.collect();
    json!(words).to_string()
}

/// What a comparison says against the version.
fn against(check: &Check) -> Vec<String> {
    let line = |seen: &Seen| {
        let fact = check.fact.as_deref().unwrap_or(&check.text);
        format!(
            "{}:{} {fact}: observed {}, required {} {}",
            check.file, check.row, seen.observed, seen.required, seen.limit
        )
    };
    check.seen.iter().filter(|seen| seen.ok == Some(false)).map(line).collect()
}
