//! What both versions answered to the gold set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gold::GoldRun;

/// What both versions answered to the gold set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldObservations {
    /// The candidate's runs, in the order in which they were made.
    pub candidate: GoldRuns,
    /// The baseline's.
    #[serde(default, skip_serializing_if = "GoldRuns::is_empty")]
    pub baseline: GoldRuns,
}

/// Runs of one version, the first one first. The first complete one counts; the others are
/// recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct GoldRuns(pub Vec<GoldRun>);

impl GoldRuns {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first run that came to its end.
    #[must_use]
    pub fn first_complete(&self) -> Option<&GoldRun> {
        self.0.iter().find(|run| run.error.is_none())
    }
}
