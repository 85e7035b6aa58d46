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
    /// How far it is on the good side of the limit, in the same unit; negative when beyond it. Of
    /// a comparison: how far its bound is, so that it is positive exactly where the claim is
    /// proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_left: Option<f64>,
    /// What a statistical method said, when one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
    /// The phases of the plan that require it to pass, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<String>,
}

/// What a statistical method said. What it does not define is absent, and so is an end of an
/// interval that is infinite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The method, by the name that `phasegate stats --list` shows.
    pub method: String,
    /// The scale of the effect and of its bounds.
    pub scale: Scale,
    /// Candidate minus baseline; of a threshold, the rate itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// The lower bound of the effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// The upper bound of the effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// The confidence of each bound alone, as a fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The one-sided p-value of the claim: small where it is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Its natural logarithm, which goes on where p underflows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ln_p: Option<f64>,
    /// How many pairs it rests on, when the versions were compared request by request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<u64>,
    /// How many observations of the baseline, when the arms are independent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_n: Option<u64>,
    /// How many of the candidate; of a threshold, how many cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_n: Option<u64>,
    /// The effect nearest to the limit that so many observations prove with a power of 80 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// How many more observations prove the claim with a power of 80 %, if the versions do not
    /// differ (of superiority: if they differ as was observed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub further_n: Option<u64>,
    /// Which look this was, where looks are planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<LookTaken>,
}

/// The scale of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// In the metric's own unit; of shares a fraction.
    Absolute,
    /// Relative to the baseline, as a fraction.
    Relative,
}

/// A look that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookTaken {
    /// Its place among the planned ones, from 1.
    pub number: u32,
    /// How many are planned.
    pub planned: u32,
    /// The share of the planned observations that was seen; above 1 beyond the planned maximum.
    pub fraction: f64,
    /// The one-sided error probability that is gone after it.
    pub alpha_spent: f64,
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
