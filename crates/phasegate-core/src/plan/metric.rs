//! Metrics: what is compared between candidate and baseline, and what is to be shown about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One comparison of candidate and baseline.
///
/// The effect is always candidate minus baseline (or divided by it, for a relative margin); the
/// alternative follows from `better` and `hypothesis`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name. `latency`, `error_rate`, `accuracy` and `cost` become the runbook's fields of the
    /// policy input.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// What is measured.
    pub measure: Measure,
    /// Which direction is good.
    pub better: Better,
    /// What is to be shown.
    pub hypothesis: Hypothesis,
    /// How much worse than the baseline is still acceptable; `non_inferiority` needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
    /// How much worse than the baseline is harm, watched in every gray phase; the margin when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harm_limit: Option<Margin>,
    /// The one-sided error probability; when absent 0.025 for superiority, 0.05 for
    /// non-inferiority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.000_001, max = 0.5))]
    pub alpha: Option<f64>,
    /// Whether the promotion is for it (a goal) or in spite of it (a guard).
    #[serde(default)]
    pub role: Role,
    /// The least number of observations (pairs, when paired; of the smaller arm, when not) for a
    /// verdict; fewer are `invalid: too_few`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_n: Option<u64>,
    /// The column that names the cluster of an observation (a repository, a customer), when
    /// observations within one are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub cluster_by: Option<String>,
    /// The statistical method, by the name that `phasegate stats --list` shows; the default of the
    /// measure when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub method: Option<String>,
    /// The phases that require it to be proved; when absent, superiority is required in shadow
    /// (where the plan has a shadow phase) and non-inferiority in every phase that concludes all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_in: Option<Vec<String>>,
}

/// What is measured, on each request or on each case of the gold set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The share of requests for which a column is true.
    Proportion {
        /// A column of true and false, or of 1 and 0.
        #[schemars(length(min = 1))]
        column: String,
    },
    /// The mean of a column.
    Mean {
        /// A column of numbers.
        #[schemars(length(min = 1))]
        column: String,
        /// The unit of the column, for people.
        unit: String,
    },
    /// A quantile of a column.
    Quantile {
        /// A column of numbers that are not negative.
        #[schemars(length(min = 1))]
        column: String,
        /// Which quantile: 0.95 for the 95th percentile.
        #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
        quantile: f64,
        /// The unit of the column, for people.
        unit: String,
    },
    /// The sum of one column divided by the sum of another: cost per finding.
    Ratio {
        /// A column of numbers.
        #[schemars(length(min = 1))]
        numerator: String,
        /// A column of numbers that are not negative.
        #[schemars(length(min = 1))]
        denominator: String,
        /// The unit of the ratio, for people.
        unit: String,
    },
    /// The number of events in a column per hour of covered time.
    Rate {
        /// A column of whole numbers, or of true and false.
        #[schemars(length(min = 1))]
        events: String,
    },
    /// The share of gold-set cases that pass.
    GoldPass {
        /// The category of the cases; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    },
    /// The mean grade of gold-set cases, repeats averaged within a case.
    GoldScore {
        /// The category of the cases; all of them when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    },
}

impl Measure {
    /// Whether it is measured on the gold set and not on requests.
    #[must_use]
    pub fn is_gold(&self) -> bool {
        matches!(self, Self::GoldPass { .. } | Self::GoldScore { .. })
    }
}

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What is to be shown about a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hypothesis {
    /// The candidate is better.
    Superiority,
    /// The candidate is worse by at most the margin.
    NonInferiority,
}

/// A distance from the baseline, in the direction that is worse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Margin {
    /// In the metric's own unit; for shares a fraction: 0.01 is one point.
    Absolute(#[schemars(range(min = 0.0))] f64),
    /// Relative to the baseline, as a fraction: 0.1 is ten percent of it.
    Relative(#[schemars(range(min = 0.0))] f64),
}

impl Margin {
    /// The number, in the margin's own scale.
    #[must_use]
    pub fn size(self) -> f64 {
        match self {
            Self::Absolute(size) | Self::Relative(size) => size,
        }
    }
}

/// What a metric is to the promotion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The promotion is for it: an answer is due at the planned maximum, and none is a rejection.
    Goal,
    /// It must not suffer.
    #[default]
    Guard,
}
