//! What triggers keep between observations: small, versioned, and no rows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Memory;
use crate::document::Document;
use crate::{Digest, Timestamp};

/// The schema id of [`TriggerState`].
pub const STATE_SCHEMA: &str = "phasegate/trigger-state/v1";

/// What triggers keep between observations.
///
/// It is bound to the plan that made it. Stored and read again between any two observations it
/// changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerState {
    /// Always `phasegate/trigger-state/v1`.
    pub schema: TriggerStateSchema,
    /// The digest of the plan.
    pub(super) plan: Digest,
    /// Up to where the observations reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clock: Option<Timestamp>,
    /// The phase that the last observation named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<String>,
    /// The last sequence number taken, per source.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) sources: BTreeMap<String, u64>,
    /// One per trigger of the plan, in its order.
    pub(super) triggers: Vec<TriggerMemory>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TriggerStateSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/trigger-state/v1")]
    V1,
}

/// What one trigger keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerMemory {
    /// One per condition.
    pub conditions: Vec<Memory>,
    pub standing: Standing,
    /// Since when the condition is met without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_since: Option<Timestamp>,
    /// How many windows in a row closed with it met.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub windows: u64,
    /// The window that is open, counted from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<i64>,
    /// What the last window that closed, or was reported, said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Said>,
}

/// What a window said when it closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    Good,
    Bad,
    Unknown,
}

/// How a trigger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Standing {
    Quiet,
    Holding {
        since: Timestamp,
    },
    Fired {
        since: Timestamp,
        /// When its condition was last met.
        last: Timestamp,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Document for TriggerState {
    const SCHEMA: &'static str = STATE_SCHEMA;
}

impl TriggerState {
    /// Up to where the observations reach.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        self.clock
    }

    /// The last sequence number that was taken from a source.
    #[must_use]
    pub fn watermark(&self, source: &str) -> Option<u64> {
        self.sources.get(source).copied()
    }
}

/// A state that does not belong to the plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It was made with another plan.
    #[error("the state belongs to the plan {state}, and this is {plan}; begin a new one")]
    OtherPlan {
        /// The digest of the plan at hand.
        plan: Digest,
        /// The digest of the plan in the state.
        state: Digest,
    },
    /// It names the plan, but is not one that it can have made.
    #[error("the state was changed by somebody else; begin a new one")]
    Damaged,
}
