//! The README of the policies, and what the guard extracts from their text, say the same.

use std::collections::BTreeMap;

use phasegate::rego::guard::Requirement;
use phasegate::{Evidence, Facts, Gate, Outcome, Request};
use serde_json::json;

const README: &str = include_str!("../policies/README.md");

/// A fact's row of the README: whether it is required, and by which package it is read.
struct Row {
    required: String,
    read_by: String,
}

fn rows() -> BTreeMap<String, Row> {
    let table = README.split("## Input").nth(1).expect("the README documents the input");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    table
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .map(cells)
        .map(|row| {
            (row[1].replace('`', ""), Row { required: row[5].clone(), read_by: row[6].clone() })
        })
        .collect()
}

fn required(requirement: &Requirement) -> &'static str {
    match (requirement.optional, &requirement.required_with) {
        (true, _) => "no",
        (false, Some(_)) => "with its section",
        (false, None) => "yes",
    }
}

#[test]
fn the_guard_requires_what_the_readme_says() {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let rows = rows();
    let mut faults = Vec::new();
    for (entry, needs) in gate.policy().requirements() {
        let package = entry.package.rsplit('.').next().expect("a package");
        for requirement in &needs.requirements {
            let path = requirement.path.to_string().replace("[*]", "[]");
            match rows.get(&path) {
                None => faults.push(format!("{path}: read by {package}, not in the README")),
                Some(row) => {
                    if row.required != required(requirement) {
                        let guard = required(requirement);
                        faults.push(format!("{path}: README `{}`, guard `{guard}`", row.required));
                    }
                    if row.read_by != "both" && row.read_by != package {
                        faults.push(format!("{path}: README `{}`, read by {package}", row.read_by));
                    }
                }
            }
        }
        let guarded = |path: &str| {
            needs.requirements.iter().any(|one| one.path.to_string().replace("[*]", "[]") == path)
        };
        // A section itself is no fact; it is looked up with its members.
        let section = |path: &str| {
            rows.keys().any(|other| {
                other.starts_with(&format!("{path}.")) || other.starts_with(&format!("{path}[]"))
            })
        };
        for (path, row) in &rows {
            if [package, "both"].contains(&row.read_by.as_str()) && !guarded(path) && !section(path)
            {
                faults.push(format!(
                    "{path}: README says that {package} reads it; the guard knows nothing of it"
                ));
            }
        }
    }
    assert!(rows.len() > 30, "the table was found");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn an_evidence_document_with_every_field_is_an_input() {
    let document = json!({
        "schema": "phasegate/evidence/v1",
        "findings": [{
            "id": "latency", "status": "pass", "required": true, "reason": "within_margin",
            "message": "within its margin", "observed": 2500.0, "limit": 3000.0, "margin_left": 500.0
        }],
        "triggers": [{ "id": "budget", "action": "pause_evaluation", "message": "over the budget" }]
    });
    let evidence: Evidence =
        serde_json::from_value(document.clone()).expect("an Evidence document");
    let facts =
        Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture");
    let facts = facts.with(&"evidence".parse().expect("a path"), &document).expect("an input");
    let gate = Gate::builder().build().expect("the embedded policies load");
    let decision = gate.decide(&Request::new(facts));
    assert_eq!(decision.evidence, Some(evidence));
    assert_eq!(decision.outcome, Outcome::Hold, "the trigger pauses: {decision:#?}");
    let codes: Vec<_> = decision.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["budget"]);
}
