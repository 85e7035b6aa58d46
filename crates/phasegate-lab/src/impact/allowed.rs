//! Flips that somebody has reviewed: from a refusal to an approval, and that is as it should be.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::document::{Contradiction, Document};
use phasegate::read::{Format, ReadError};
use phasegate::{Outcome, Path, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema id of [`AllowedFlips`].
pub const SCHEMA: &str = "phasegate/allowed-flips/v1";

/// How many bytes such a file may have.
pub const MAX_BYTES: usize = 16 << 20;

/// Reviewed flips.
///
/// ```
/// use phasegate::read::Format;
/// use phasegate_lab::impact::AllowedFlips;
///
/// let text = "
/// schema: phasegate/allowed-flips/v1
/// flips:
///   - {id: r-17, from: reject, to: promote, reason: the limit was a slip of the pen}
/// ";
/// assert_eq!(AllowedFlips::read(text.as_bytes(), Format::Yaml)?.flips.len(), 1);
/// # Ok::<(), phasegate::read::ReadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedFlips {
    /// Always `phasegate/allowed-flips/v1`.
    pub schema: AllowedFlipsSchema,
    /// Each of them.
    pub flips: Vec<AllowedFlip>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AllowedFlipsSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/allowed-flips/v1")]
    V1,
}

/// A reviewed flip of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedFlip {
    /// The record, by its id as the report has it.
    pub id: String,
    /// What the old policies decide.
    pub from: Outcome,
    /// What the new policies decide.
    pub to: Outcome,
    /// Why that is as it should be.
    pub reason: String,
    /// From when on it has to be reviewed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl Document for AllowedFlips {
    const SCHEMA: &'static str = SCHEMA;

    fn contradictions(&self) -> Vec<Contradiction> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (number, flip) in self.flips.iter().enumerate() {
            let mut at = |field: &str, message: &str| {
                let mut path = Path::default();
                path.push_field("flips");
                path.push_index(number);
                path.push_field(field);
                found.push(Contradiction { path, message: message.to_owned() });
            };
            if flip.reason.trim().is_empty() {
                at("reason", "is empty; say why the flip is as it should be");
            }
            if flip.from == flip.to {
                at("to", "is what `from` says; a flip has two outcomes");
            }
            if !seen.insert((&flip.id, flip.from, flip.to)) {
                at("id", "is listed with these outcomes already; leave one of them out");
            }
        }
        found
    }
}

impl AllowedFlips {
    /// Reads such a file.
    ///
    /// # Errors
    /// All faults at once, each with its line.
    pub fn read(bytes: &[u8], format: Format) -> Result<Self, ReadError> {
        phasegate::document::read(bytes, format, MAX_BYTES)
    }
}

/// What was reviewed, by record and outcomes.
pub(super) struct Reviewed<'a> {
    flips: BTreeMap<(&'a str, Outcome, Outcome), (usize, &'a AllowedFlip)>,
    used: BTreeSet<usize>,
    now: Timestamp,
}

impl<'a> Reviewed<'a> {
    pub(super) fn new(allowed: &'a [AllowedFlip], now: Timestamp) -> Self {
        let flips = allowed.iter().enumerate();
        let flips = flips.map(|(at, one)| ((one.id.as_str(), one.from, one.to), (at, one)));
        Self { flips: flips.collect(), used: BTreeSet::new(), now }
    }

    /// The review of a flip, unless there is none or it has expired.
    pub(super) fn of(&mut self, id: &str, from: Outcome, to: Outcome) -> Option<&'a AllowedFlip> {
        let (at, flip) = *self.flips.get(&(id, from, to))?;
        self.used.insert(at);
        flip.expires.is_none_or(|expires| self.now < expires).then_some(flip)
    }

    /// Those that no record asked for.
    pub(super) fn unused(&self) -> Vec<AllowedFlip> {
        let unused = self.flips.values().filter(|(at, _)| !self.used.contains(at));
        let mut unused: Vec<_> = unused.copied().collect();
        unused.sort_by_key(|(at, _)| *at);
        unused.into_iter().map(|(_, flip)| flip.clone()).collect()
    }

    /// Those that some record asked for too late.
    pub(super) fn expired(&self) -> Vec<AllowedFlip> {
        let is_late = |flip: &AllowedFlip| flip.expires.is_some_and(|expires| expires <= self.now);
        let used = self.flips.values().filter(|(at, _)| self.used.contains(at));
        let mut late: Vec<_> = used.filter(|(_, flip)| is_late(flip)).copied().collect();
        late.sort_by_key(|(at, _)| *at);
        late.into_iter().map(|(_, flip)| flip.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = "schema: phasegate/allowed-flips/v1\nflips:\n\
                    - {id: a, from: reject, to: reject, reason: \" \"}\n\
                    - {id: b, from: hold, to: promote, reason: x}\n\
                    - {id: b, from: hold, to: promote, reason: y}\n";
        let error = AllowedFlips::read(text.as_bytes(), Format::Yaml).unwrap_err();
        let told: Vec<_> = error.faults.iter().map(|one| (one.line, one.path.as_str())).collect();
        let expected =
            [(Some(3), "flips[0].to"), (Some(3), "flips[0].reason"), (Some(5), "flips[2].id")];
        assert_eq!(told, expected);
        let unknown = "schema: phasegate/allowed-flips/v1\nflips: []\nflip: 1\n";
        assert!(AllowedFlips::read(unknown.as_bytes(), Format::Yaml).is_err());
    }

    #[test]
    fn a_review_ends() {
        let flip = |expires: Option<&str>| AllowedFlip {
            id: "a".to_owned(),
            from: Outcome::Hold,
            to: Outcome::Promote,
            reason: "x".to_owned(),
            expires: expires.map(|text| text.parse().unwrap()),
        };
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        for (expires, holds) in [
            (None, true),
            (Some("2026-03-01T00:00:01Z"), true),
            (Some("2026-03-01T00:00:00Z"), false),
        ] {
            let flips = [flip(expires)];
            let mut reviewed = Reviewed::new(&flips, now);
            assert_eq!(reviewed.unused().len(), 1);
            let found = reviewed.of("a", Outcome::Hold, Outcome::Promote);
            assert_eq!(found.is_some(), holds, "{expires:?}");
            assert_eq!(reviewed.of("a", Outcome::Reject, Outcome::Promote), None);
            assert_eq!(
                (reviewed.unused().len(), reviewed.expired().len()),
                (0, usize::from(!holds))
            );
        }
    }
}
