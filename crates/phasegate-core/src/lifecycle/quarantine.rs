//! Quarantine: content that is kept out, by digest, until released or expired.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observations::QuarantineRecord;
use crate::{Digest, Timestamp};

/// One record of content that is kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// The evidence that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Digest>,
    /// Until when; until an operator releases it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Whether only an operator may let it in again.
    #[serde(default)]
    pub operator_only: bool,
    /// When an operator released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Timestamp>,
}

impl Quarantine {
    /// Whether it keeps its content out at a moment.
    #[must_use]
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.released.is_none_or(|released| at < released)
            && self.expires.is_none_or(|expires| at < expires)
    }
}

/// All records, by the digest of the content: the name of a version plays no part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Quarantines(
    #[schemars(with = "BTreeMap<String, Quarantine>")] BTreeMap<Digest, Quarantine>,
);

impl Quarantines {
    /// The record that keeps this content out at a moment.
    #[must_use]
    pub fn live(&self, content: Digest, at: Timestamp) -> Option<&Quarantine> {
        self.0.get(&content).filter(|record| record.is_live(at))
    }

    /// Every record, for the observations of a decision.
    #[must_use]
    pub fn records(&self) -> Vec<QuarantineRecord> {
        let each = |(content, record): (&Digest, &Quarantine)| QuarantineRecord {
            content: *content,
            reason: record.reason.clone(),
            expires: record.expires,
            released: record.released,
        };
        self.0.iter().map(each).collect()
    }

    /// Adds a record; of two live ones the stricter parts hold.
    pub(super) fn add(&mut self, content: Digest, record: Quarantine) {
        let former = self.0.get(&content).filter(|former| former.is_live(record.since));
        let merged = match former {
            None => record,
            Some(former) => Quarantine {
                expires: match (former.expires, record.expires) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                },
                operator_only: former.operator_only || record.operator_only,
                ..record
            },
        };
        self.0.insert(content, merged);
    }

    pub(super) fn release(&mut self, content: Digest, at: Timestamp) {
        if let Some(record) = self.0.get_mut(&content) {
            record.released = Some(at);
        }
    }
}
