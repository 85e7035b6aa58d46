//! One line of the trail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::lifecycle::Event;
use crate::trigger::{Cleared, TriggerFinding};
use crate::{Decision, Digest, Timestamp};

/// The schema id of [`AuditRecord`].
pub const AUDIT_SCHEMA: &str = "phasegate/audit/v1";

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Always `phasegate/audit/v1`.
    pub schema: AuditSchema,
    /// Its number, from 0.
    pub sequence: u64,
    /// The digest of the bytes of the line before it, without the line feed; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// When it was written.
    pub time: Timestamp,
    /// What is recorded.
    pub entry: Entry,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AuditSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/audit/v1")]
    V1,
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Something happened to a version.
    Event(Event),
    /// A decision was made.
    Decision(Box<Decision>),
    /// A trigger began to fire, or to hold.
    Trigger(TriggerFinding),
    /// A trigger ceased to fire.
    Cleared(Cleared),
}

impl Document for AuditRecord {
    const SCHEMA: &'static str = AUDIT_SCHEMA;
}
