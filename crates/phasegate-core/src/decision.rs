//! Decision: the outcome with everything it rests on, and an id that anybody can derive again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::document::Document;
use crate::evidence::Evidence;
use crate::finding::TriggerAction;
use crate::resolve::{Outcome, Reason};
use crate::verdict::{Violation, Warning};
use crate::{Digest, Timestamp};

/// The schema id of [`Decision`].
pub const SCHEMA: &str = "phasegate/decision/v1";

/// What is to be done with a version, why, and what that rests on.
///
/// Equal input, policy, options and `now` give equal canonical bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Always `phasegate/decision/v1`.
    pub schema: DecisionSchema,
    /// Derived from `basis`; see [`Basis::id`].
    pub id: Digest,
    /// What is to be done.
    pub outcome: Outcome,
    /// Why; empty exactly for `promote`.
    pub reasons: Vec<Reason>,
    /// Everything the promotion policy holds against the version, whatever the outcome.
    pub violations: Vec<Violation>,
    /// What should be known and decided nothing.
    pub warnings: Vec<Warning>,
    /// The worst action of the triggers that fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<TriggerAction>,
    /// The findings it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// From when on the decision is too old to act on; absent when the plan sets no `max_age`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// What the decision rests on.
    pub basis: Basis,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecisionSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/decision/v1")]
    V1,
}

/// What a decision rests on: equal bases give equal decisions.
// The fields stand in the order of their names, which is the order of RFC 8785; `id` relies on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// How long one evaluation might take, in nanoseconds: whether it did not is the one thing
    /// about a decision that the machine decides.
    pub deadline_ns: u64,
    /// The canonical policy input.
    pub input: Digest,
    /// The moment of the decision; null when none was given (a policy that asks for the time then
    /// holds).
    pub now: Option<Timestamp>,
    /// The observations, when the input was derived from some.
    pub observations: Option<Digest>,
    /// The packages that were asked, promotion first.
    pub packages: [String; 2],
    /// The version of phasegate that decided.
    pub phasegate: String,
    /// The plan, when there is one.
    pub plan: Option<Digest>,
    /// The files of the policy set.
    pub policy: Digest,
    /// Whether an absent checklist section holds.
    pub require_checklist: bool,
    /// The state before, when there is one.
    pub state: Option<Digest>,
}

impl Basis {
    /// The decision id: the SHA-256 of the canonical form (RFC 8785) of this basis.
    #[must_use]
    pub fn id(&self) -> Digest {
        // A basis holds texts, booleans, nulls and an integer, and its fields stand in canonical
        // order, so that its compact form is the canonical one, and neither can fail.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Document for Decision {
    const SCHEMA: &'static str = SCHEMA;
}

impl Decision {
    /// The canonical bytes (RFC 8785) that stand for this decision.
    ///
    /// # Errors
    /// When a finding holds a number that is not finite, which no reader of ours lets through.
    pub fn to_canonical_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compact_form_of_a_basis_is_its_canonical_form() {
        let digest = Digest::of(b"x");
        for (optional, now) in [(None, None), (Some(digest), Some(Timestamp::from_unix_nanos(1)))] {
            let basis = Basis {
                deadline_ns: 1_000_000_000,
                input: digest,
                now,
                observations: optional,
                phasegate: "0.1.0".to_owned(),
                plan: optional,
                policy: digest,
                packages: ["lifecycle.promotion".to_owned(), "lifecycle.rollback".to_owned()],
                require_checklist: true,
                state: optional,
            };
            assert_eq!(
                basis.id(),
                canonical::digest(&basis).expect("texts, booleans, nulls, integers")
            );
        }
    }
}
