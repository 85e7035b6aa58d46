//! What is measured of a version, as a count of bad ones among all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::observation::Sample;
use crate::plan::Plan;

/// An observed value that has a bad side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The share of requests that fail; more is bad.
    ErrorRate,
    /// The 95th percentile of latency in milliseconds; more is bad.
    P95LatencyMs,
    /// The share of security checks that pass; less is bad.
    SecurityPassRate,
}

/// What a value must not be beyond.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// This value.
    Absolute(#[schemars(range(min = 0.0))] f64),
    /// So many times the plan's threshold of the same name.
    Threshold(#[schemars(extend("exclusiveMinimum" = 0.0))] f64),
    /// So many times what the baseline shows in the same window.
    Baseline(#[schemars(extend("exclusiveMinimum" = 0.0))] f64),
}

impl Signal {
    /// The name in documents and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::P95LatencyMs => "p95_latency_ms",
            Self::SecurityPassRate => "security_pass_rate",
        }
    }

    /// The plan's threshold of the same name.
    pub(super) fn threshold(self, plan: &Plan) -> f64 {
        match self {
            Self::ErrorRate => plan.thresholds.error_rate,
            Self::P95LatencyMs => plan.thresholds.p95_latency_ms,
            Self::SecurityPassRate => plan.thresholds.security_pass_rate,
        }
    }

    /// How many were bad, and how many there were; none when it was not measured. For latencies
    /// those beyond `slow_ms` are bad: a 95th percentile is beyond a limit exactly when more than
    /// 5 % of the values are.
    pub(super) fn counts(self, sample: &Sample, slow_ms: f64) -> Option<[u64; 2]> {
        match self {
            Self::ErrorRate => Some([sample.errors?, sample.requests?]),
            Self::P95LatencyMs => Some(sample.latency_ms.as_ref()?.longer_than(slow_ms)),
            Self::SecurityPassRate => {
                let checks = sample.security?;
                Some([checks.total.saturating_sub(checks.passed), checks.total])
            }
        }
    }

    /// The share of bad ones that a limit allows, for all but latencies the limit itself or what
    /// is left of one.
    pub(super) fn bad_share(self, limit: Decimal) -> Option<Decimal> {
        match self {
            Self::ErrorRate => Some(limit),
            Self::P95LatencyMs => Some(Decimal::FIVE_PERCENT),
            Self::SecurityPassRate => limit.complement(),
        }
    }

    /// The value that counts stand for; of a 95th percentile they give none.
    pub(super) fn value(self, [bad, all]: [u64; 2]) -> Option<f64> {
        match self {
            _ if all == 0 => None,
            Self::ErrorRate => Some(bad as f64 / all as f64),
            Self::P95LatencyMs => None,
            Self::SecurityPassRate => Some(all.saturating_sub(bad) as f64 / all as f64),
        }
    }

    /// The side that is bad, in words.
    pub(super) fn beyond(self) -> &'static str {
        match self {
            Self::ErrorRate | Self::P95LatencyMs => "above",
            Self::SecurityPassRate => "below",
        }
    }
}
