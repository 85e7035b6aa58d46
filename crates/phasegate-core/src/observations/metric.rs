//! What was seen of one metric in one phase.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was seen of one metric in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricObservations {
    /// The summary.
    pub data: MetricData,
    /// Mirrored requests that could not be compared in this metric, because one of the two values
    /// is missing.
    #[serde(default)]
    pub unpaired: u64,
    /// Candidate values that are only known to be at least the answer deadline; they stand in the
    /// summary with the deadline.
    #[serde(default)]
    pub censored: u64,
    /// Values that were missing or not a number, of both versions.
    #[serde(default)]
    pub missing: u64,
}

/// The summary of one metric: candidate and baseline apart, or pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MetricData {
    /// How many of how many.
    Counts {
        /// The baseline's.
        baseline: Count,
        /// The candidate's.
        candidate: Count,
    },
    /// How many pairs of which kind.
    PairedCounts(SeenTwice),
    /// Means, or ratios of sums with the linearized deviation of Taylor's method.
    Means {
        /// The baseline's.
        baseline: MeanOf,
        /// The candidate's.
        candidate: MeanOf,
    },
    /// Means of pairs.
    PairedMeans {
        /// The baseline's.
        baseline: MeanOf,
        /// The candidate's; it has the baseline's `n`.
        candidate: MeanOf,
        /// The sample covariance of both, in the squared unit.
        covariance: f64,
    },
    /// Sums of each cluster of pairs.
    Clusters(
        /// By ascending name.
        Vec<ClusterTotal>,
    ),
    /// Histograms, for quantiles.
    Histograms {
        /// The baseline's.
        baseline: Histogram,
        /// The candidate's; it has the baseline's buckets.
        candidate: Histogram,
    },
    /// All values, for quantiles of few observations.
    Values {
        /// The baseline's.
        baseline: Vec<f64>,
        /// The candidate's.
        candidate: Vec<f64>,
    },
    /// All values of pairs, for quantiles: the n-th of one belongs to the n-th of the other.
    PairedValues {
        /// The baseline's.
        baseline: Vec<f64>,
        /// The candidate's.
        candidate: Vec<f64>,
    },
    /// Events over time.
    Events {
        /// The baseline's.
        baseline: EventCount,
        /// The candidate's.
        candidate: EventCount,
    },
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// For how many it is true.
    pub k: u64,
    /// Of how many.
    pub n: u64,
}

/// For how many pairs it is true of which version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenTwice {
    /// True of both.
    pub both: u64,
    /// True of the baseline alone.
    pub baseline_only: u64,
    /// True of the candidate alone.
    pub candidate_only: u64,
    /// True of neither.
    pub neither: u64,
}

/// A mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanOf {
    /// Of how many values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their sample standard deviation (with n - 1); 0 for a single value.
    #[schemars(range(min = 0.0))]
    pub sd: f64,
}

/// One cluster of pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterTotal {
    /// The cluster's name.
    pub name: String,
    /// How many pairs it has.
    #[schemars(range(min = 1))]
    pub n: u64,
    /// The sum of the baseline's values.
    pub baseline: f64,
    /// The sum of the candidate's.
    pub candidate: f64,
}

/// A histogram as monitoring systems keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Histogram {
    /// Classic buckets: given upper bounds.
    Classic {
        /// The upper bounds, ascending, without the last one, which is infinite.
        bounds: Vec<f64>,
        /// How many values each bucket has, not cumulative; one more than bounds.
        counts: Vec<u64>,
    },
    /// Prometheus' native buckets: bounds grow by the factor 2^(2^-schema).
    Native {
        /// From -4 to 8.
        #[schemars(range(min = -4, max = 8))]
        schema: i8,
        /// Values up to this, in absolute terms, are in the zero bucket.
        #[schemars(range(min = 0.0))]
        zero_threshold: f64,
        /// How many values the zero bucket has.
        zero_count: u64,
        /// The buckets of positive values, by ascending index, without empty ones: index and count.
        positive: Vec<(i32, u64)>,
    },
}

/// Events over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventCount {
    /// How many events.
    pub events: u64,
    /// In how many hours.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub hours: f64,
}
