//! What was seen in one phase: traffic, pairs, covered time, and the summary of each metric.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MetricObservations;

/// What was seen in one phase. Rows of different phases are never pooled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseObservations {
    /// How many requests the candidate was seen with.
    pub candidate_requests: u64,
    /// How many the baseline was seen with.
    pub baseline_requests: u64,
    /// The candidate's share of the traffic as it was, as a fraction, where it was not the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: Option<f64>,
    /// How much time the candidate's requests cover, in milliseconds: a gap of more than a quarter
    /// of an hour between two of them does not count.
    #[serde(default)]
    pub covered_ms: u64,
    /// How the answers of both versions found each other, where traffic is mirrored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairAccount>,
    /// What was seen of each metric, by its id in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, MetricObservations>,
}

/// What became of the requests of mirrored traffic. Each request is in exactly one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairAccount {
    /// Both versions answered.
    pub matched: u64,
    /// Mirrored, and the candidate did not answer by the deadline: its error.
    #[serde(default)]
    pub candidate_missing: u64,
    /// The candidate answered and the baseline's row is missing: out of the comparison.
    #[serde(default)]
    pub baseline_missing: u64,
    /// Mirrored, and the deadline had not passed when observing ended; answered or not, or quick
    /// answers would be in before slow ones.
    #[serde(default)]
    pub pending: u64,
    /// Not mirrored: of the baseline alone, and no part of the comparison.
    #[serde(default)]
    pub not_mirrored: u64,
}

impl PairAccount {
    /// How many mirrored requests whose outcome is known take part in comparisons.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.matched.saturating_add(self.candidate_missing)
    }
}
