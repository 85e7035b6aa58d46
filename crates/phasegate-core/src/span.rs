//! Spans of time as people write them: `30s`, `5m`, `1h30m`, `7d`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The name under which a schema says that a text is a span.
pub(crate) const FORMAT: &str = "phasegate-span";

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// A span of time, longer than nothing and at most ten years, to the millisecond.
///
/// ```
/// let span: phasegate_core::Span = "90m".parse().unwrap();
/// assert_eq!(span.nanos(), 5_400_000_000_000);
/// assert_eq!(span.to_string(), "1h30m");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Span {
    nanos: u64,
}

const MAX_NANOS: u64 = 3653 * 86_400_000_000_000;

impl Span {
    /// The usual window of a trigger.
    pub(crate) const FIVE_MINUTES: Self = Self { nanos: 300_000_000_000 };

    /// From nanoseconds, to the millisecond below; none outside of the range.
    pub(crate) fn from_nanos(nanos: u64) -> Option<Self> {
        let nanos = nanos / 1_000_000 * 1_000_000;
        (0 < nanos && nanos <= MAX_NANOS).then_some(Self { nanos })
    }

    /// In nanoseconds.
    #[must_use]
    pub fn nanos(self) -> u64 {
        self.nanos
    }
}

/// A text that is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a span of time; write `30s`, `5m`, `1h30m` or `7d`, up to ten years")]
pub struct SpanParseError {
    text: String,
}

impl FromStr for Span {
    type Err = SpanParseError;

    fn from_str(text: &str) -> Result<Self, SpanParseError> {
        parse(text)
            .map(|nanos| Self { nanos })
            .ok_or_else(|| SpanParseError { text: text.chars().take(40).collect() })
    }
}

fn parse(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut nanos = 0_u64;
    // Units descend, so that a span has one way to be written too large and none to be repeated.
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (count, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len());
        let (name, tail) = tail.split_at_checked(letters)?;
        let (_, size) = units.find(|(unit, _)| *unit == name)?;
        nanos = nanos.checked_add(count.parse::<u64>().ok()?.checked_mul(*size)?)?;
        rest = tail;
    }
    (0 < nanos && nanos <= MAX_NANOS).then_some(nanos)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.nanos;
        for (name, size) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                write!(f, "{count}{name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = SpanParseError;

    fn try_from(text: String) -> Result<Self, SpanParseError> {
        text.parse()
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": FORMAT,
            "description": "A span of time: `30s`, `5m`, `1h30m`, `7d`.",
            "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_text() {
        for (text, shown) in [
            ("30s", "30s"),
            ("90m", "1h30m"),
            ("24h", "1d"),
            ("1h30m", "1h30m"),
            ("1500ms", "1s500ms"),
            ("3653d", "3653d"),
        ] {
            let span: Span = text.parse().expect(text);
            assert_eq!(span.to_string(), shown);
            assert_eq!(shown.parse(), Ok(span));
        }
    }

    #[test]
    fn what_is_not_a_span_is_refused() {
        for text in [
            "",
            "5",
            "h",
            "0s",
            "5x",
            "-5m",
            "1.5h",
            "5m1h",
            "5m5m",
            "3654d",
            "1 h",
            "99999999999999999999s",
            "９s",
            "5m ",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
