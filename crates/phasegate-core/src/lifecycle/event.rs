//! Events: what happened to a version, who did it, and when.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observations::VersionPin;
use crate::{Digest, Timestamp};

/// Something that happened to a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// Who did it: a person, or a controller by name.
    #[schemars(length(min = 1, max = 200))]
    pub actor: String,
    /// The decision that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Digest>,
    /// What happened.
    pub what: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EventKind {
    /// A version enters shadow.
    Propose {
        /// Which one.
        version: VersionPin,
    },
    /// It was judged; this moves nothing.
    Evaluate {},
    /// It moves to the next phase.
    Promote {},
    /// It moves to the whole traffic at once, with analysis skipped.
    PromoteInFull {
        /// Who answers for that.
        permission: Override,
    },
    /// It is the new baseline.
    Complete {},
    /// It is taken back.
    Abort {
        /// Why.
        reason: String,
        /// Where it goes.
        #[serde(default)]
        then: AfterAbort,
    },
    /// Traffic goes back to a revision.
    RollBack {
        /// Which one; the one before when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
        /// Why.
        reason: String,
    },
    /// It is withdrawn and kept out.
    Quarantine {
        /// Why.
        reason: String,
        /// The evidence that it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Digest>,
        /// Until when; until an operator releases it when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
        /// Whether only an operator may let it in again: then it must be released before it is
        /// re-evaluated, whatever its parameters.
        #[serde(default)]
        operator_only: bool,
    },
    /// It goes back to shadow with other parameters, and so as other content.
    ReEvaluate {
        /// The version as modified.
        version: VersionPin,
    },
    /// An operator ends its quarantine.
    Release {
        /// Who answers for that.
        permission: Override,
    },
    /// It is no longer of use.
    Retire {},
    /// An operator's word that moves nothing: it is recorded, and hides no computed outcome.
    Note {
        /// What is permitted.
        permission: Override,
    },
}

/// Where a version goes that is taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterAbort {
    /// It is kept out until it is re-evaluated with other parameters, or released: after a
    /// rollback.
    #[default]
    Quarantine,
    /// It goes back to the first phase: after a rejection, which proves no harm.
    FirstPhase,
}

/// An operator's word against, or beside, what was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// What kind of word.
    pub kind: OverrideKind,
    /// Who gives it.
    #[schemars(length(min = 1, max = 200))]
    pub actor: String,
    /// Why.
    #[schemars(length(min = 1, max = 2000))]
    pub reason: String,
    /// From when on it no longer holds.
    pub expires: Timestamp,
}

/// What kind of word an operator gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverrideKind {
    /// Against what was computed, in an emergency.
    BreakGlass,
    /// An approval that the process asks for.
    Approval,
}

/// The name of an event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// [`EventKind::Propose`]
    Propose,
    /// [`EventKind::Evaluate`]
    Evaluate,
    /// [`EventKind::Promote`]
    Promote,
    /// [`EventKind::PromoteInFull`]
    PromoteInFull,
    /// [`EventKind::Complete`]
    Complete,
    /// [`EventKind::Abort`]
    Abort,
    /// [`EventKind::RollBack`]
    RollBack,
    /// [`EventKind::Quarantine`]
    Quarantine,
    /// [`EventKind::ReEvaluate`]
    ReEvaluate,
    /// [`EventKind::Release`]
    Release,
    /// [`EventKind::Retire`]
    Retire,
    /// [`EventKind::Note`]
    Note,
}

impl EventKind {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> EventName {
        match self {
            Self::Propose { .. } => EventName::Propose,
            Self::Evaluate {} => EventName::Evaluate,
            Self::Promote {} => EventName::Promote,
            Self::PromoteInFull { .. } => EventName::PromoteInFull,
            Self::Complete {} => EventName::Complete,
            Self::Abort { .. } => EventName::Abort,
            Self::RollBack { .. } => EventName::RollBack,
            Self::Quarantine { .. } => EventName::Quarantine,
            Self::ReEvaluate { .. } => EventName::ReEvaluate,
            Self::Release { .. } => EventName::Release,
            Self::Retire {} => EventName::Retire,
            Self::Note { .. } => EventName::Note,
        }
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Propose => "propose",
            Self::Evaluate => "evaluate",
            Self::Promote => "promote",
            Self::PromoteInFull => "promote in full",
            Self::Complete => "complete",
            Self::Abort => "abort",
            Self::RollBack => "roll back",
            Self::Quarantine => "quarantine",
            Self::ReEvaluate => "re-evaluate",
            Self::Release => "release",
            Self::Retire => "retire",
            Self::Note => "note",
        })
    }
}
