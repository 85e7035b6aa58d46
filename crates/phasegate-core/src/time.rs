//! Moments: RFC 3339 text in UTC outside, nanoseconds inside.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC between 1678 and 2262, to the nanosecond.
///
/// Any offset is read; it is written in UTC with `Z` and as many digits as it needs, so that one
/// moment has one text.
///
/// ```
/// let moment: phasegate_core::Timestamp = "2026-03-01T12:00:00+02:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "2026-03-01T10:00:00Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp {
    unix_nanos: i64,
}

impl Timestamp {
    /// From nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix_nanos(unix_nanos: i64) -> Self {
        Self { unix_nanos }
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_nanos(self) -> i64 {
        self.unix_nanos
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment: DateTime<Utc> = DateTime::from_timestamp_nanos(self.unix_nanos);
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time; write it as RFC 3339 like `2026-03-01T10:00:00Z`, between 1678 and 2262"
)]
pub struct TimestampParseError {
    text: String,
}

impl FromStr for Timestamp {
    type Err = TimestampParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|moment| moment.timestamp_nanos_opt())
            .map(|unix_nanos| Self { unix_nanos })
            .ok_or_else(|| TimestampParseError { text: text.chars().take(80).collect() })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}
