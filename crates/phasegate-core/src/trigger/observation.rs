//! What a trigger is fed: one time-stamped record of what was seen since the one before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::document::{Contradiction, Document};
use crate::path::Path;

/// The schema id of [`Observation`].
pub const SCHEMA: &str = "phasegate/observation/v1";

/// How many bytes one record may have. A usual one has a quarter of a kilobyte.
pub const MAX_OBSERVATION_BYTES: usize = 1 << 16;

/// The largest cost that a record carries.
pub(crate) const MAX_COST_USD: f64 = 1_000_000.0;

/// The largest count that documents carry.
pub(super) const MAX_COUNT: u64 = (1 << 53) - 1;

/// One record of a stream: what one source saw between its last record and `time`.
///
/// A stream is JSON Lines, one record a line. All counts are of that stretch alone, not since the
/// beginning. What was not measured is absent, and absent is never zero.
///
/// ```
/// use phasegate_core::{document, read::Format, trigger};
/// let line = br#"{"schema": "phasegate/observation/v1", "source": "gateway", "sequence": 7,
///     "time": "2026-03-01T10:00:30Z", "candidate": {"requests": 40, "errors": 1}}"#;
/// let observation: trigger::Observation =
///     document::read(line, Format::Json, trigger::MAX_OBSERVATION_BYTES).unwrap();
/// assert_eq!(observation.candidate.errors, Some(1));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Always `phasegate/observation/v1`.
    pub schema: ObservationSchema,
    /// Who saw it. Each source counts its own records.
    #[schemars(length(min = 1, max = 40))]
    pub source: String,
    /// The number of the record within its source, ascending; a record at or below the last one
    /// taken is late or a duplicate and changes nothing.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub sequence: u64,
    /// The end of the stretch.
    pub time: Timestamp,
    /// The phase that the candidate is in, by its id in the plan; when absent, that of the record
    /// before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub phase: Option<String>,
    /// Of the version that is to move.
    #[serde(default, skip_serializing_if = "Sample::is_empty")]
    pub candidate: Sample,
    /// Of the version that serves.
    #[serde(default, skip_serializing_if = "Sample::is_empty")]
    pub baseline: Sample,
    /// What evaluating the candidate cost, in US dollars, to a billionth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = MAX_COST_USD))]
    pub cost_usd: Option<f64>,
    /// How a window of the service's own SLO ended, where one closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloWindow>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ObservationSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/observation/v1")]
    V1,
}

/// What was seen of one version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How many requests ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000_000_000_000_u64))]
    pub requests: Option<u64>,
    /// How many of them failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000_000_000_000_u64))]
    pub errors: Option<u64>,
    /// How long they took, counted in buckets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latencies>,
    /// The 95th percentile of latency over a window of the source's own, for sources that give no
    /// counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub p95_latency_ms: Option<f64>,
    /// Security checks of its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityChecks>,
}

/// Latencies in buckets, as Prometheus counts them but not cumulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latencies {
    /// The upper bounds of the buckets in milliseconds, ascending, each within its bucket; a last
    /// bucket without bound follows. Give the limits of your triggers among them: they are then
    /// met exactly.
    #[schemars(length(max = 500))]
    pub upper_ms: Vec<f64>,
    /// How many in each bucket: one more than there are bounds.
    #[schemars(length(min = 1, max = 501))]
    pub counts: Vec<u64>,
}

/// How many security checks passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityChecks {
    /// How many passed.
    #[schemars(range(max = 1_000_000_000_000_u64))]
    pub passed: u64,
    /// How many there were.
    #[schemars(range(max = 1_000_000_000_000_u64))]
    pub total: u64,
}

/// How a window of an SLO ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SloWindow {
    /// Every objective was met.
    Met,
    /// One was missed.
    Missed,
}

impl Document for Observation {
    const SCHEMA: &'static str = SCHEMA;

    fn contradictions(&self) -> Vec<Contradiction> {
        let mut faults = Vec::new();
        for (arm, sample) in [("candidate", &self.candidate), ("baseline", &self.baseline)] {
            sample.check(&mut |field, message: &str| {
                let path: Path = format!("{arm}.{field}").parse().unwrap_or_default();
                faults.push(Contradiction { path, message: message.to_owned() });
            });
        }
        faults
    }
}

impl Sample {
    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn check(&self, tell: &mut dyn FnMut(&str, &str)) {
        match (self.errors, self.requests) {
            (Some(_), None) => tell("requests", "missing; give it with `errors`"),
            (Some(errors), Some(requests)) if errors > requests => {
                tell("errors", "more than `requests`; a part is at most the whole");
            }
            _ => {}
        }
        if self.security.is_some_and(|checks| checks.passed > checks.total) {
            tell("security.passed", "more than `total`; a part is at most the whole");
        }
        let Some(Latencies { upper_ms, counts }) = &self.latency_ms else { return };
        if counts.len() != upper_ms.len() + 1 {
            tell("latency_ms.counts", "give one more than there are bounds");
        }
        let ascends = upper_ms.windows(2).all(|pair| pair.first() < pair.last());
        if !ascends || upper_ms.first().is_some_and(|&first| first <= 0.0) {
            tell("latency_ms.upper_ms", "bounds ascend from above 0");
        }
    }
}

impl Latencies {
    /// How many there are, and how many of them took longer than a limit in milliseconds.
    ///
    /// Where the limit is not among the bounds, its bucket is divided in proportion, as
    /// Prometheus's `histogram_quantile` does; of the bucket without bound all are longer.
    pub(super) fn longer_than(&self, limit_ms: f64) -> [u64; 2] {
        let (mut longer, mut all) = (0_u64, 0_u64);
        let mut lower = 0.0;
        for (index, &count) in self.counts.iter().enumerate() {
            all = all.saturating_add(count);
            let upper = self.upper_ms.get(index).copied().unwrap_or(f64::INFINITY);
            if upper > limit_ms {
                let whole = lower >= limit_ms || upper.is_infinite();
                let part = if whole {
                    count
                } else {
                    let share = (upper - limit_ms) / (upper - lower);
                    floor(count as f64 * share).min(count)
                };
                longer = longer.saturating_add(part);
            }
            lower = upper;
        }
        [longer, all]
    }

    /// The 95th percentile, interpolated within its bucket as Prometheus's `histogram_quantile`
    /// does, except that it is infinite in the bucket without bound.
    pub(super) fn p95_ms(&self) -> Option<f64> {
        let all: u64 = self.counts.iter().fold(0, |sum, &count| sum.saturating_add(count));
        let rank = 0.95 * all as f64;
        let (mut below, mut lower) = (0.0, 0.0);
        for (index, &count) in self.counts.iter().enumerate() {
            let upper = self.upper_ms.get(index).copied().unwrap_or(f64::INFINITY);
            if count > 0 && below + count as f64 >= rank {
                let share = (rank - below) / count as f64;
                let inside = if upper.is_infinite() { upper } else { (upper - lower) * share };
                return Some(lower + inside);
            }
            below += count as f64;
            lower = upper;
        }
        None
    }
}

/// The whole part; 0 for what is negative or no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and takes what is no number to 0, which is what is asked for"
)]
pub(super) fn floor(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_beyond_a_limit() {
        let latencies =
            Latencies { upper_ms: vec![100.0, 200.0, 400.0], counts: vec![50, 30, 15, 5] };
        for (limit, longer) in
            [(200.0, 20), (400.0, 5), (100.0, 50), (300.0, 12), (1000.0, 5), (0.0, 100)]
        {
            assert_eq!(latencies.longer_than(limit), [longer, 100], "{limit}");
        }
        // histogram_quantile(0.95) of these buckets is the bound 400.
        assert_eq!(latencies.p95_ms(), Some(400.0));
        let none = Latencies { upper_ms: vec![1.0], counts: vec![0, 0] };
        assert_eq!((none.p95_ms(), none.longer_than(1.0)), (None, [0, 0]));
    }

    #[test]
    fn contradictions() {
        let line = br#"{"schema": "phasegate/observation/v1", "source": "a", "sequence": 1,
            "time": "2026-03-01T10:00:00Z",
            "candidate": {"errors": 1, "security": {"passed": 3, "total": 2}},
            "baseline": {"requests": 1, "errors": 2, "latency_ms": {"upper_ms": [2, 1], "counts": [1]}}}"#;
        let error = crate::document::read::<Observation>(line, crate::read::Format::Json, 1 << 16)
            .expect_err("five faults")
            .faults;
        let paths: Vec<&str> = error.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "candidate.requests",
                "candidate.security.passed",
                "baseline.errors",
                "baseline.latency_ms.upper_ms",
                "baseline.latency_ms.counts",
            ]
        );
    }
}
