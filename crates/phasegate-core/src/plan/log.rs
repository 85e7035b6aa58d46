//! Request logs: which columns mean what, and how answers to one request find each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Which columns of a request log mean what; metrics name their own columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The column that says which version answered.
    #[serde(default = "arm")]
    #[schemars(length(min = 1))]
    pub arm: String,
    /// What the column says for the candidate.
    #[serde(default = "candidate")]
    pub candidate: String,
    /// What the column says for the baseline.
    #[serde(default = "baseline")]
    pub baseline: String,
    /// The column with the time of the request.
    #[serde(default = "time")]
    #[schemars(length(min = 1))]
    pub time: String,
    /// How the time is written.
    #[serde(default)]
    pub time_unit: TimeUnit,
    /// The column with the phase's id; without it all rows are of the first phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub phase: Option<String>,
}

/// How a log writes a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// `2026-03-01T10:00:00Z`.
    #[default]
    Rfc3339,
    /// Seconds since 1970, with or without a fraction.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

/// How the answers of both versions to one request find each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// The column that is equal in the answers to one request.
    #[serde(default = "request_id")]
    #[schemars(length(min = 1))]
    pub key: String,
    /// The column that says whether a request was mirrored; without it every request of a shadow
    /// phase is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub mirrored: Option<String>,
    /// How long an answer may take: only then is a missing one missing, and its latency is counted
    /// as this.
    pub answer_deadline: Span,
}

fn arm() -> String {
    "arm".to_owned()
}

fn candidate() -> String {
    "candidate".to_owned()
}

fn baseline() -> String {
    "baseline".to_owned()
}

fn time() -> String {
    "time".to_owned()
}

fn request_id() -> String {
    "request_id".to_owned()
}
