//! Observations one by one, as a stream brings them: read strictly, and fast where nothing is
//! amiss.

use serde::Deserialize as _;
use serde_json::Value;

use super::Observation;
use super::observation::{MAX_COST_USD, MAX_COUNT, MAX_OBSERVATION_BYTES, Sample};
use crate::document::{self, Document as _};
use crate::read::{Format, ReadError, read};

/// The largest count of one record; the schema says so.
const MAX_OF_RECORD: u64 = 1_000_000_000_000;

impl Observation {
    /// Reads one line of a stream of JSON Lines.
    ///
    /// # Errors
    /// All its faults.
    pub fn from_line(line: &[u8]) -> Result<Self, ReadError> {
        Self::from_value(&read(line, Format::Json, MAX_OBSERVATION_BYTES)?)
    }

    /// Takes a record from a value that was read strictly.
    ///
    /// # Errors
    /// All its faults.
    pub fn from_value(value: &Value) -> Result<Self, ReadError> {
        match Self::deserialize(value) {
            Ok(record) if record.is_in_range() && record.contradictions().is_empty() => Ok(record),
            // The shape is walked only where there is a fault: it is slower, and says all of them.
            _ => document::from_value(value),
        }
    }

    /// What the schema asks of numbers and names, asked without walking it.
    fn is_in_range(&self) -> bool {
        let is_name = |name: &str, most| !name.is_empty() && name.chars().count() <= most;
        is_name(&self.source, 40)
            && self.phase.as_ref().is_none_or(|name| is_name(name, 64))
            && self.sequence <= MAX_COUNT
            && self.cost_usd.is_none_or(|usd| (0.0..=MAX_COST_USD).contains(&usd))
            && self.candidate.is_in_range()
            && self.baseline.is_in_range()
    }
}

impl Sample {
    fn is_in_range(&self) -> bool {
        let checks = self.security.map(|checks| [checks.passed, checks.total]);
        let counts = [self.requests, self.errors].into_iter().flatten();
        counts.chain(checks.into_iter().flatten()).all(|count| count <= MAX_OF_RECORD)
            && self.p95_latency_ms.is_none_or(|ms| ms >= 0.0)
            && self.latency_ms.as_ref().is_none_or(|kept| kept.upper_ms.len() <= 500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line is taken exactly when the document's schema and checks take it.
    #[test]
    fn a_line_is_held_to_the_schema() {
        let line = |more: &str| {
            format!(
                r#"{{"schema": "phasegate/observation/v1", "source": "a", "sequence": 1,
                    "time": "2026-03-01T10:00:00Z"{more}}}"#
            )
        };
        let buckets = |count: usize| {
            let bounds: Vec<usize> = (1..=count).collect();
            let counts = vec![1; count + 1];
            format!(
                r#", "candidate": {{"latency_ms": {{"upper_ms": {bounds:?}, "counts": {counts:?}}}}}"#
            )
        };
        let long = format!(r#", "phase": "{}""#, "p".repeat(65));
        let cases = [
            (String::new(), true),
            (r#", "cost_usd": 1000000"#.to_owned(), true),
            (r#", "cost_usd": 1000001"#.to_owned(), false),
            (r#", "cost_usd": -1"#.to_owned(), false),
            (r#", "phase": """#.to_owned(), false),
            (long, false),
            (r#", "candidate": {"requests": 1000000000000}"#.to_owned(), true),
            (r#", "candidate": {"requests": 1000000000001}"#.to_owned(), false),
            (r#", "candidate": {"p95_latency_ms": -0.5}"#.to_owned(), false),
            (r#", "baseline": {"security": {"passed": 2, "total": 1}}"#.to_owned(), false),
            (r#", "other": 1"#.to_owned(), false),
            (buckets(500), true),
            (buckets(501), false),
        ];
        for (more, taken) in cases {
            let text = line(&more);
            let here = Observation::from_line(text.as_bytes());
            let whole: Result<Observation, _> =
                document::read(text.as_bytes(), Format::Json, MAX_OBSERVATION_BYTES);
            assert_eq!(here.is_ok(), taken, "{more}");
            assert_eq!(here.ok(), whole.ok(), "{more}");
        }
        for wrong in [line(r#", "source": """#), "[]".to_owned(), "nope".to_owned()] {
            assert!(Observation::from_line(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
