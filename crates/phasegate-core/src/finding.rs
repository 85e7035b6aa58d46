//! Findings: one metric, check or trigger judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One metric, check or trigger judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its name in the plan: `latency`, `gold_set.security`.
    pub id: String,
    /// How it was judged.
    pub status: Status,
    /// Whether the decision needs it to pass. A finding that is not required is reported and
    /// decides nothing.
    pub required: bool,
    /// Why, as a stable code: `within_margin`, `sample_ratio_mismatch`.
    pub reason: String,
    /// Why, in a sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What was seen, in the metric's own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<f64>,
    /// What was asked for, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// How far it is on the good side of the limit, in the same unit; negative when beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_left: Option<f64>,
}

/// How a finding was judged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Proved good.
    Pass,
    /// Proved bad.
    Fail,
    /// Not enough data to say.
    Inconclusive,
    /// The data cannot carry a verdict.
    Invalid,
}

/// A rollback trigger that fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fired {
    /// Its name in the plan: `error_spike`.
    pub id: String,
    /// What it asks for.
    pub action: TriggerAction,
    /// Why, in a sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What a trigger asks for, mildest first; the worst that fires wins.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TriggerAction {
    /// Go no further for now.
    Hold,
    /// Stop the shadow traffic for now.
    PauseEvaluation,
    /// Take the version back.
    Abort,
    /// Take the version back and keep it out until an operator releases it.
    AbortAndQuarantine,
}

impl TriggerAction {
    /// The action in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::PauseEvaluation => "pause the evaluation",
            Self::Abort => "abort",
            Self::AbortAndQuarantine => "abort and quarantine",
        }
    }
}
