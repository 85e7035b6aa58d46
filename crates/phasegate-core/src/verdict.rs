//! Verdict: what the policy says about the evidence, strictly decoded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a promotion policy says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The policy's own answer. True only when there are no violations.
    pub allow: bool,
    /// What speaks against it, by code, path and message.
    pub violations: Vec<Violation>,
    /// What should be known and decides nothing.
    pub warnings: Vec<Warning>,
}

/// Something that speaks against promotion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// A stable code: `error_rate_exceeded`.
    pub code: String,
    /// The fact it is about: `metrics.error_rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why, in a sentence for people.
    pub message: String,
    /// Whether it is bad, or only not yet true.
    #[serde(default)]
    pub effect: Effect,
}

/// What a violation does to the decision.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is bad: the version is rejected.
    #[default]
    Reject,
    /// It is only not yet true: the version waits.
    Hold,
}

/// Something that should be known and decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// A stable code: `checklist_not_evidenced`.
    pub code: String,
    /// The fact it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What, in a sentence for people.
    pub message: String,
}

/// A reason of the policy to roll back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackReason {
    /// A stable code: `error_spike`.
    pub code: String,
    /// The fact it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why, in a sentence for people.
    pub message: String,
}

/// Why there is no answer: a fact that the policy needs is not there, or the policy failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// A stable code: `fact_missing`, `eval_builtin_error`, `deadline_exceeded`.
    pub code: String,
    /// The fact it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why and what to do, in a sentence for people.
    pub message: String,
}

/// What the policy answered about one input, each half on its own: an error in one never hides the
/// other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAnswer {
    /// May it be promoted? The blocks, at least one, when that could not be answered.
    pub promotion: Result<Verdict, Vec<Block>>,
    /// Must it be rolled back? The reasons (none means no), or the blocks when that could not be
    /// answered.
    pub rollback: Result<Vec<RollbackReason>, Vec<Block>>,
}
