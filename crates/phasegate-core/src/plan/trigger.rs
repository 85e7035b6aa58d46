//! Triggers: what makes the candidate wait or go back while it is watched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::TriggerAction;
use crate::span::Span;
use crate::trigger::Condition;

/// A condition on what is observed, and what is to be done when it is met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Its name, by which findings refer to it.
    pub id: String,
    /// What it watches for.
    pub when: Condition,
    /// What it asks for.
    pub action: TriggerAction,
    /// The trailing window over which thresholds are observed; with `consecutive` the length of
    /// the windows that are counted.
    #[serde(default = "five_minutes")]
    pub window: Span,
    /// How many windows in a row must close with the condition met; a window in which it is not
    /// begins the count anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub consecutive: Option<u32>,
    /// How long the condition must be met without a break.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold_for: Option<Span>,
    /// How many observations a window must have for anything to be said; below it, `missing`
    /// rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub min_samples: Option<u64>,
    /// What too little data means.
    #[serde(default)]
    pub missing: Missing,
    /// By which fraction the observed value must fall below its limit before the trigger ceases to
    /// fire: 0.2 for a fifth. Of a pass rate it is a fraction of what may fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub hysteresis: Option<f64>,
    /// How long it goes on firing after its condition was last met, so that one incident is one
    /// firing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Span>,
}

/// What too little data means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nothing: the trigger is quiet.
    Ignore,
    /// Go no further until there are enough.
    #[default]
    Hold,
    /// As much as the condition being met.
    Fail,
}

fn five_minutes() -> Span {
    Span::FIVE_MINUTES
}
