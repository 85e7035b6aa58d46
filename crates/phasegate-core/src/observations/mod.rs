//! Observations: what was seen of two versions, as summaries and never as rows.
//!
//! Rows enter through the fold in `rows`; what is already summed up (counts, means,
//! histograms) may be given as it is, freely mixed per metric and phase. Files still to be read
//! stand under `raw`: a reader replaces them by summaries and by what it read, and only then are
//! the observations closed and can be judged.

mod check;
mod gold;
mod metric;
mod phase;
mod raw;
mod surroundings;
mod version;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use gold::{GoldObservations, GoldRuns};
pub use metric::{
    ClusterTotal, Count, EventCount, Histogram, MeanOf, MetricData, MetricObservations, SeenTwice,
};
pub use phase::{PairAccount, PhaseObservations};
pub use raw::{
    Compression, GoldFormat, RawGold, RawLog, RawSources, RowFormat, Source, SourceRole,
};
pub use surroundings::{Budget, Incident, QuarantineRecord};
pub use version::{Identity, Place, Version, VersionPin};

use crate::canonical::{self, CanonicalError};
use crate::document::{Contradiction, Document};
use crate::{Digest, Timestamp, trigger};

/// The schema id of [`Observations`].
pub const SCHEMA: &str = "phasegate/observations/v1";

/// How many bytes the document may have: paired quantiles keep all their values.
pub const MAX_OBSERVATIONS_BYTES: usize = 256 << 20;

/// What was seen of a candidate and its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observations {
    /// Always `phasegate/observations/v1`.
    pub schema: ObservationsSchema,
    /// The version that is to move.
    pub candidate: Version,
    /// The version that serves.
    pub baseline: Version,
    /// The phase that the candidate is in, by its id in the plan; when absent, the last phase of
    /// the plan that has observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub phase: Option<String>,
    /// When observing began and ended; when absent, the first and the last row say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What was seen in each phase, by the phase's id in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub phases: BTreeMap<String, PhaseObservations>,
    /// What triggers are fed with: records of rows, and those of monitors, as `phasegate watch`
    /// takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stream: Vec<trigger::Observation>,
    /// Since when there are records of rows, where earlier ones were too many to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_from: Option<Timestamp>,
    /// What both versions answered to the gold set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<GoldObservations>,
    /// Incidents of the serving side; an empty list says that there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incidents: Option<Vec<Incident>>,
    /// What evaluation has cost today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Quarantine records that were found; an empty list says that there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Vec<QuarantineRecord>>,
    /// Files still to be read. Observations that have some are not closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawSources>,
    /// What was read, and how much of it was unusable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ObservationsSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/observations/v1")]
    V1,
}

/// A span of observed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When observing began.
    pub start: Timestamp,
    /// When it ended: the moment of which the observations speak.
    pub end: Timestamp,
}

impl Document for Observations {
    const SCHEMA: &'static str = SCHEMA;

    fn contradictions(&self) -> Vec<Contradiction> {
        check::contradictions(self)
    }
}

impl Observations {
    /// The digest of the canonical form.
    ///
    /// # Errors
    /// When they hold a number that is not finite, which no reader of ours lets through.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        canonical::to_bytes(self).map(|bytes| Digest::of(&bytes))
    }
}
