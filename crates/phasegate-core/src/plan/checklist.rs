//! The checklist: what must be so before a promotion, apart from metrics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must be so before a promotion, apart from metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// The least number of mirrored requests that were answered.
    #[serde(default = "requests")]
    #[schemars(range(min = 1))]
    pub min_requests: u64,
    /// The least time in shadow that traffic covered, in hours; gaps of more than a quarter of an
    /// hour do not count.
    #[serde(default = "hours")]
    #[schemars(range(min = 0.0))]
    pub min_hours: f64,
    /// Whether an active incident of the serving version holds.
    #[serde(default = "yes")]
    pub no_active_incidents: bool,
    /// The most that evaluation may cost in a day, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub daily_budget_usd: Option<f64>,
}

fn requests() -> u64 {
    1000
}

fn hours() -> f64 {
    24.0
}

fn yes() -> bool {
    true
}
