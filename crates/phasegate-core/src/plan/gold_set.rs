//! The gold set: which pass rates must be proved before a promotion.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the gold set must show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldSet {
    /// All cases together.
    pub overall: PassRate,
    /// Per category of cases.
    #[serde(default)]
    pub categories: BTreeMap<String, PassRate>,
    /// How often each case is run; a case passes when most of its runs pass.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 1000))]
    pub repeats: u32,
}

/// A pass rate that must be proved: its lower confidence bound is at least the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassRate {
    /// The least pass rate, as a fraction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub threshold: f64,
    /// The confidence of the one-sided bound, as a fraction.
    #[serde(default = "confidence")]
    #[schemars(range(min = 0.5, max = 0.999_999))]
    pub confidence: f64,
}

fn once() -> u32 {
    1
}

fn confidence() -> f64 {
    0.95
}
