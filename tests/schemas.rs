//! The JSON Schemas of the documents are generated from their types; the committed ones are
//! current.

use std::path::Path;

use phasegate::action::{EmergencyFacts, Target, TroubleFacts};
use phasegate::audit::AuditRecord;
use phasegate::lifecycle::Lifecycle;
use phasegate::trigger::{Observation, TriggerState};
use phasegate::{Decision, Evidence, Observations, Plan, State};
use schemars::JsonSchema;

#[track_caller]
fn check<T: JsonSchema>(name: &str) {
    let mut generated = serde_json::to_string_pretty(&schemars::schema_for!(T)).expect("JSON");
    generated.push('\n');
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/phasegate-core/schemas").join(name);
    if std::env::var_os("PHASEGATE_UPDATE").is_some() {
        std::fs::write(&path, &generated).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "{name} is not current: run the tests with PHASEGATE_UPDATE=1");
}

#[test]
fn decision() {
    check::<Decision>("decision.v1.schema.json");
}

#[test]
fn evidence() {
    check::<Evidence>("evidence.v1.schema.json");
}

#[test]
fn observations() {
    check::<Observations>("observations.v1.schema.json");
}

#[test]
fn state() {
    check::<State>("state.v1.schema.json");
}

#[test]
fn observation() {
    check::<Observation>("observation.v1.schema.json");
}

#[test]
fn trigger_state() {
    check::<TriggerState>("trigger-state.v1.schema.json");
}

#[test]
fn lifecycle() {
    check::<Lifecycle>("lifecycle.v1.schema.json");
}

#[test]
fn target() {
    check::<Target>("target.v1.schema.json");
}

#[test]
fn emergency() {
    check::<EmergencyFacts>("emergency.v1.schema.json");
}

#[test]
fn trouble() {
    check::<TroubleFacts>("trouble.v1.schema.json");
}

#[test]
fn audit() {
    check::<AuditRecord>("audit.v1.schema.json");
}

#[test]
fn plan() {
    check::<Plan>("plan.v1.schema.json");
}
