//! Files: which are still to be read, and what was read of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// Files still to be read, by their paths from the folder of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSources {
    /// Request logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<RawLog>,
    /// Runs over the gold set, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<RawGold>,
}

/// One request log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLog {
    /// The file; `-` for standard input.
    #[schemars(length(min = 1))]
    pub path: String,
    /// Its format; by the name's end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<RowFormat>,
    /// How it is compressed; by its first bytes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// Whose rows they are, where the file has no column for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<SourceRole>,
    /// Of which phase they are, where the file has no column for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
}

/// The format of a request log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet; read where phasegate was built with the feature `parquet`.
    Parquet,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Whose results a file has.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SourceRole {
    /// The version that serves.
    Baseline,
    /// The version that is to move.
    Candidate,
}

/// One run over the gold set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGold {
    /// The file.
    #[schemars(length(min = 1))]
    pub path: String,
    /// Whose answers they are.
    pub arm: SourceRole,
    /// Which tool wrote it; found by its content when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<GoldFormat>,
    /// What picks the run's rows out of a file of several: provider or prompt of promptfoo, scorer
    /// of inspect, metric or filter of lm-evaluation-harness, metric of deepeval.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub select: BTreeMap<String, String>,
}

/// Which tool wrote gold-set results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GoldFormat {
    /// Our own: one JSON object a line with `case`, `passed` or `score`, `category`, `cluster`,
    /// `repeat`.
    Native,
    /// promptfoo, its JSON or JSON Lines.
    Promptfoo,
    /// Inspect, its `.eval` or JSON log.
    Inspect,
    /// lm-evaluation-harness, a samples file.
    LmEval,
    /// `OpenAI` evals, a log of events.
    OpenaiEvals,
    /// deepeval, a test run.
    Deepeval,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its path as it was given.
    pub path: String,
    /// Its format: `csv`, `jsonl`, `promptfoo`.
    pub format: String,
    /// The digest of its bytes as they are stored.
    pub digest: Digest,
    /// How many rows it has, bad ones included.
    pub rows: u64,
    /// How many could not be used.
    #[serde(default)]
    pub bad_rows: u64,
    /// How many values were not numbers (`NaN`, `Infinity`) and count as missing.
    #[serde(default)]
    pub not_numbers: u64,
}
