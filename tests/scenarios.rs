//! The scenarios of the fixtures: each is as its generator makes it, and gives the decision that
//! lies beside it, byte by byte.
//!
//! `PHASEGATE_UPDATE=1` writes the decisions anew; `cargo xtask scenarios` the data.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use phasegate::document;
use phasegate::plan::MAX_PLAN_BYTES;
use phasegate::read::Format;
use phasegate::sources::observe::{ObserveOptions, observe};
use phasegate::{Decision, Gate, Plan, PlanRequest, State, canonical};
use phasegate_fixtures::{Scenario, scenarios};

fn folder(scenario: &Scenario) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scenarios");
    root.join(scenario.name)
}

fn decision_file(scenario: &Scenario, index: usize) -> PathBuf {
    let end = if scenario.steps.len() > 1 { format!("-{}", index + 1) } else { String::new() };
    folder(scenario).join(format!("decision{end}.json"))
}

#[test]
fn the_committed_data_are_the_generated_ones() {
    for scenario in scenarios() {
        let readme = ("README.md".to_owned(), scenario.readme());
        for (name, text) in scenario.files.iter().chain([&readme]) {
            let path = folder(&scenario).join(name);
            let bytes =
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let found = if path.extension().is_some_and(|end| end == "gz") {
                let mut text = String::new();
                flate2::read::GzDecoder::new(bytes.as_slice())
                    .read_to_string(&mut text)
                    .expect("gzip of text");
                text
            } else {
                String::from_utf8(bytes).expect("text")
            };
            assert!(found == *text, "{}: `cargo xtask scenarios` writes it anew", path.display());
        }
    }
}

#[test]
fn each_scenario_gives_its_decision() {
    let update = std::env::var_os("PHASEGATE_UPDATE").is_some();
    let mut wrong = Vec::new();
    for scenario in scenarios() {
        let mut state: Option<State> = None;
        for (index, step) in scenario.steps.iter().enumerate() {
            let carried = state.as_ref().filter(|_| step.carries_state);
            let (decision, next) = decide(&scenario, &step.observations, carried);
            state = Some(next);
            let found: Vec<String> = decision
                .reasons
                .iter()
                .filter(|reason| reason.path.as_deref() != Some("evidence.findings"))
                .map(|reason| {
                    let path = reason.path.as_deref().unwrap_or_default();
                    format!("{} {path}", reason.code).trim_end().to_owned()
                })
                .collect();
            if (decision.outcome.as_str(), &found) != (step.outcome, &own(&step.reasons)) {
                let outcome = decision.outcome.as_str();
                wrong.push(format!("{} {}: {outcome} {found:#?}", scenario.name, index + 1));
            }
            let mut bytes = decision.to_canonical_bytes().expect("a canonical form");
            bytes.push(b'\n');
            let path = decision_file(&scenario, index);
            if update {
                fs::write(&path, &bytes).expect("a file");
            } else if fs::read(&path).ok().as_ref() != Some(&bytes) {
                wrong.push(format!("{}: other bytes", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn decide(scenario: &Scenario, observations: &str, state: Option<&State>) -> (Decision, State) {
    let folder = folder(scenario);
    let plan = fs::read(folder.join("plan.yaml")).expect("a plan");
    let plan: Plan = document::read(&plan, Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
    let observations = observe(&folder.join(observations), &plan, ObserveOptions::default())
        .unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    let gate = Gate::builder().build().expect("the shipped policies");
    let request = PlanRequest { plan: &plan, observations: &observations, state, now: None };
    let planned = gate.decide_planned(&request).expect("documents that belong together");
    // What is remembered goes through its document, as it does between two calls.
    let state = canonical::to_bytes(&planned.state).expect("a canonical form");
    let state = serde_json::from_slice(&state).expect("a state");
    (planned.decision, state)
}
