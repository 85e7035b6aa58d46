//! Emergencies: what is observed in trouble, who is at fault, and what is to be done, in order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Action, AuditField, Workload};
use crate::Timestamp;
use crate::document::Document;
use crate::plan::Thresholds;

/// The schema id of [`EmergencyFacts`].
pub const EMERGENCY_SCHEMA: &str = "phasegate/emergency/v1";

/// What is observed of both versions now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyFacts {
    /// Always `phasegate/emergency/v1`.
    pub schema: EmergencySchema,
    /// The candidate's name, for the audit trail.
    pub version: String,
    /// Of the candidate; absent when none is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Serving>,
    /// Of the stable version.
    pub stable: Serving,
    /// Whether the stable deployment was changed lately, so that undoing it may help.
    #[serde(default)]
    pub stable_changed: bool,
    /// How many replicas the stable version should have.
    #[serde(default)]
    pub stable_replicas: u32,
    /// What evaluation has cost today, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_today_usd: Option<f64>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_limit_usd: Option<f64>,
    /// When the day's budget begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_resets: Option<Timestamp>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EmergencySchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/emergency/v1")]
    V1,
}

impl Document for EmergencyFacts {
    const SCHEMA: &'static str = EMERGENCY_SCHEMA;
}

/// What is observed of one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Serving {
    /// How many of its replicas are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<u32>,
    /// The share of its requests that fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// The 95th percentile of its latency, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_latency_ms: Option<f64>,
}

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Nobody is answered.
    P0,
    /// Answers are late or fail.
    P1,
    /// Evaluation costs too much.
    P2,
}

/// Which version the trouble comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtFault {
    /// Neither is beyond a threshold.
    Neither,
    /// The candidate alone is.
    Candidate,
    /// The stable version alone is.
    Stable,
    /// Both are: what they share is at fault.
    Both,
    /// Too little is known of them.
    Unknown,
}

/// An emergency and what is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// How bad it is.
    pub level: Level,
    /// Which version it comes from.
    pub at_fault: AtFault,
    /// What was seen, in a sentence.
    pub message: String,
    /// What is to be done, in order.
    pub actions: Vec<Action>,
}

/// From this share of failing requests on nobody is served.
const OUTAGE: f64 = 0.5;

impl Serving {
    /// Whether it is beyond a threshold; none when nothing is known, and then nothing is said.
    pub(crate) fn is_ill(&self, thresholds: &Thresholds) -> Option<bool> {
        let ill = [
            self.ready_replicas.map(|ready| ready == 0),
            self.error_rate.map(|rate| rate > thresholds.error_rate),
            self.p95_latency_ms.map(|ms| ms > thresholds.p95_latency_ms),
        ];
        ill.into_iter().flatten().reduce(|one, other| one || other)
    }

    fn is_out(&self) -> bool {
        self.ready_replicas == Some(0) || self.error_rate.is_some_and(|rate| rate >= OUTAGE)
    }
}

/// Which version is at fault, by holding both to the same thresholds.
#[must_use]
pub fn at_fault(facts: &EmergencyFacts, thresholds: &Thresholds) -> AtFault {
    // Without a candidate there is none to be ill.
    let candidate = facts.candidate.map_or(Some(false), |candidate| candidate.is_ill(thresholds));
    match (candidate, facts.stable.is_ill(thresholds)) {
        (Some(false), Some(false)) => AtFault::Neither,
        (Some(true), Some(false)) => AtFault::Candidate,
        (Some(false), Some(true)) => AtFault::Stable,
        (Some(true), Some(true)) => AtFault::Both,
        (None, _) | (_, None) => AtFault::Unknown,
    }
}

/// The emergencies that the facts show, the worst first; none when all is well.
#[must_use]
pub fn emergency(facts: &EmergencyFacts, thresholds: &Thresholds) -> Vec<Emergency> {
    let fault = at_fault(facts, thresholds);
    let mut found = Vec::new();
    if facts.stable.is_out() {
        found.push(outage(facts, fault));
    } else {
        found.extend(degradation(facts, fault));
    }
    if let (Some(spent), Some(limit)) = (facts.spent_today_usd, facts.daily_limit_usd)
        && spent > limit
    {
        let message = format!("evaluation has cost {spent} USD today, more than {limit}");
        let actions = vec![
            Action::PauseEvaluation { until: facts.budget_resets },
            audit("budget_exceeded", facts, &message),
        ];
        found.push(Emergency { level: Level::P2, at_fault: fault, message, actions });
    }
    found
}

/// Everything that could stand in the way of answering goes, then the stable version comes back.
fn outage(facts: &EmergencyFacts, fault: AtFault) -> Emergency {
    let message = "the stable version answers nobody, or fails at least half of all requests";
    let mut actions = Vec::new();
    if facts.candidate.is_some() {
        actions.push(Action::Abort {});
    }
    actions.push(Action::PauseEvaluation { until: None });
    actions.push(Action::ScaleShadowDown {});
    if facts.stable_changed {
        actions.push(Action::UndoDeployment { workload: Workload::Stable });
    }
    actions.push(Action::ScaleStableUp { replicas: facts.stable_replicas.max(1) });
    if !facts.stable_changed {
        actions.push(Action::Restart { workload: Workload::Stable });
    }
    actions.push(Action::EnableFallback {});
    actions.push(Action::VerifyStatus {});
    actions.push(audit("outage", facts, message));
    Emergency { level: Level::P0, at_fault: fault, message: message.to_owned(), actions }
}

fn degradation(facts: &EmergencyFacts, fault: AtFault) -> Option<Emergency> {
    let (message, mut actions) = match fault {
        AtFault::Neither | AtFault::Unknown => return None,
        AtFault::Candidate => (
            "the candidate is beyond its thresholds, and the stable version is within them",
            vec![Action::Abort {}],
        ),
        AtFault::Stable => {
            let mend = if facts.stable_changed {
                Action::UndoDeployment { workload: Workload::Stable }
            } else {
                Action::Restart { workload: Workload::Stable }
            };
            let more = Action::ScaleStableUp { replicas: facts.stable_replicas.max(1) };
            (
                "the stable version is beyond its thresholds; the candidate is not at fault",
                vec![Action::PauseEvaluation { until: None }, more, mend],
            )
        }
        AtFault::Both => {
            let more = Action::ScaleStableUp { replicas: facts.stable_replicas.max(1) };
            (
                "both versions are beyond their thresholds; what they share is at fault",
                vec![
                    Action::Abort {},
                    Action::PauseEvaluation { until: None },
                    more,
                    Action::EnableFallback {},
                ],
            )
        }
    };
    actions.push(Action::VerifyStatus {});
    actions.push(audit("degradation", facts, message));
    Some(Emergency { level: Level::P1, at_fault: fault, message: message.to_owned(), actions })
}

fn audit(event: &str, facts: &EmergencyFacts, reason: &str) -> Action {
    Action::WriteAudit {
        event: event.to_owned(),
        field: AuditField::TriggeredBy,
        version: facts.version.clone(),
        reason: reason.to_owned(),
        decision: None,
    }
}
