//! State: what is remembered of a rollout between two analyses.
//!
//! It is a value: whoever analyzes gives the last one and keeps the next one. A look that was taken
//! stays taken, harm that was detected stays detected, and the first complete run over the gold set
//! stays the one that counts.

use std::collections::BTreeMap;

use phasegate_stats::sequential::Looks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::document::Document;
use crate::evidence::GoldChanges;
use crate::finding::{Finding, Fired};
use crate::observations::VersionPin;
use crate::trigger::{SecurityChecks, TriggerState};
use crate::{Digest, Timestamp};

/// The schema id of [`State`].
pub const SCHEMA: &str = "phasegate/state/v1";

/// How many bytes a state may have. A usual one has some ten kilobytes.
pub const MAX_STATE_BYTES: usize = 16 << 20;

/// What is remembered of one rollout: of one plan, one candidate and one baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Always `phasegate/state/v1`.
    pub schema: StateSchema,
    /// The plan that is followed.
    pub plan: Digest,
    /// The version that is to move.
    pub candidate: VersionPin,
    /// The version that serves.
    pub baseline: VersionPin,
    /// The one look at each metric in shadow, by the metric's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shadow: BTreeMap<String, StoredLook>,
    /// The looks at each metric in gray, by the metric's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gray: BTreeMap<String, GrayLooks>,
    /// The evidence of harm so far, by the phase's and the metric's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub harm: BTreeMap<String, BTreeMap<String, HarmRecord>>,
    /// The first complete run over the gold set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<GoldRecord>,
    /// What the plan's triggers keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<TriggerRecord>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StateSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/state/v1")]
    V1,
}

/// A look with what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredLook {
    /// The observations that it belongs to: they give this result again.
    pub observations: Digest,
    /// How many candidate requests there were.
    pub requests: u64,
    /// What was found.
    pub finding: Finding,
}

/// The looks at one metric in gray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrayLooks {
    /// The number of the last planned look that was taken, or counts as taken.
    pub number: u32,
    /// What each look spent, from which the next bound follows.
    #[schemars(with = "LooksDocument")]
    pub looks: Looks,
    /// The last look that was taken; absent where the looks only count as taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<StoredLook>,
}

/// What a document says of looks.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it is the schema of a type that has none")]
struct LooksDocument {
    /// How the error probability is spent.
    spending: SpendingDocument,
    /// The error probability of all looks together.
    alpha: f64,
    /// The direction.
    alternative: String,
    /// One per look.
    looks: Vec<LookDocument>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is the schema of a type that has none")]
enum SpendingDocument {
    /// Little early, nearly all at the end.
    ObrienFleming,
    /// About evenly.
    Pocock,
    /// Like a power of the fraction.
    Power {
        /// The exponent.
        rho: f64,
    },
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it is the schema of a type that has none")]
struct LookDocument {
    /// The share of the planned observations that was seen.
    fraction: f64,
    /// The error probability that was gone after it.
    spent: f64,
    /// How many standard errors a proof needed; null where none was possible.
    bound: Option<f64>,
}

/// The evidence of harm by one metric in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HarmRecord {
    /// The natural logarithm of the strongest e-value so far.
    pub ln_e: f64,
    /// The observations in which harm was detected first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<Digest>,
    /// When those observations ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// The first complete run over the gold set, with what it showed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldRecord {
    /// The candidate's run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Digest>,
    /// The baseline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Digest>,
    /// What was found, by the finding's id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Which cases changed, by category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<String, GoldChanges>,
    /// The candidate's pass rates as fractions, by category; `overall` for all cases.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pass_rates: BTreeMap<String, f64>,
    /// How many of the candidate's cases of the category `security` passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityChecks>,
    /// By how much the versions differ, by the metric's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub effects: BTreeMap<String, GoldEffect>,
    /// Later complete runs of either version; they are recorded and replace nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reruns: Vec<Digest>,
}

/// What the plan's triggers keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerRecord {
    /// What they keep between observations.
    pub state: TriggerState,
    /// The phase that the candidate was in.
    pub phase: String,
    /// Those that asked in this phase to take the version back, by their names, with what was seen
    /// when they first did: that is not undone by better observations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fired: BTreeMap<String, Fired>,
}

/// By how much the versions differ on the gold set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldEffect {
    /// Candidate minus baseline.
    pub effect: f64,
    /// The two-sided p-value of no difference.
    pub p: f64,
}

impl Document for State {
    const SCHEMA: &'static str = SCHEMA;
}

/// A state of another rollout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the state is of another rollout: its {differs} {verb}; give the state that belongs to these \
     documents, or none to begin anew (all looks so far then count as taken)"
)]
pub struct StateMismatch {
    differs: String,
    verb: &'static str,
}

impl State {
    /// A rollout about which nothing is remembered.
    #[must_use]
    pub fn new(plan: Digest, candidate: VersionPin, baseline: VersionPin) -> Self {
        Self {
            schema: StateSchema::V1,
            plan,
            candidate,
            baseline,
            shadow: BTreeMap::new(),
            gray: BTreeMap::new(),
            harm: BTreeMap::new(),
            gold: None,
            triggers: None,
        }
    }

    /// The digest of the canonical form.
    ///
    /// # Errors
    /// When it holds a number that is not finite, which no reader of ours lets through.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        canonical::digest(self)
    }

    /// Whether it is that of another rollout, and in what.
    pub(crate) fn check(
        &self,
        plan: Digest,
        candidate: &VersionPin,
        baseline: &VersionPin,
    ) -> Result<(), StateMismatch> {
        let mut differs = Vec::new();
        if self.plan != plan {
            differs.push(format!("plan (`{}`, not `{plan}`)", self.plan));
        }
        for (arm, mine, given) in
            [("candidate", &self.candidate, candidate), ("baseline", &self.baseline, baseline)]
        {
            if mine.digest != given.digest {
                differs.push(format!(
                    "{arm} (`{}` with `{}`, not `{}` with `{}`)",
                    mine.id, mine.digest, given.id, given.digest
                ));
            }
        }
        if differs.is_empty() {
            return Ok(());
        }
        let verb = if differs.len() == 1 { "differs" } else { "differ" };
        Err(StateMismatch { differs: differs.join(" and its "), verb })
    }
}
