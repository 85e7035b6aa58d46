//! What goes on around the versions: incidents, the evaluation budget, quarantine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// Where: `V2` for the serving side; any place that is not known counts as it.
    pub location: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it ended; active when absent, or when that is after the observations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What evaluation has cost today.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// In US dollars, since the day's reset.
    #[schemars(range(min = 0.0))]
    pub spent_today_usd: f64,
}

/// A version that is kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantineRecord {
    /// The digest of the version's identity without its name.
    pub content: Digest,
    /// Why.
    pub reason: String,
    /// Until when; until an operator releases it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When an operator released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Timestamp>,
}
