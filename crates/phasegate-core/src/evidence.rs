//! Evidence: all findings about one version at one moment.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Digest;
use crate::document::{self, Document};
use crate::finding::{Finding, Fired};
use crate::observations::{PairAccount, Source, VersionPin, Window};

/// The schema id of [`Evidence`].
pub const SCHEMA: &str = "phasegate/evidence/v1";

/// All findings about one version at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Always `phasegate/evidence/v1`.
    pub schema: EvidenceSchema,
    /// One per metric and check of the plan: metrics, the gold set, harm, checks.
    pub findings: Vec<Finding>,
    /// The triggers that fire, or fired in this phase and asked to take the version back; those
    /// that wait for data, where a monitor feeds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Fired>,
    /// The version that is to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<VersionPin>,
    /// The version that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<VersionPin>,
    /// The phase that the candidate is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// When observing began and ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// How the answers of both versions found each other, by phase.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<String, PairAccount>,
    /// Which cases of the gold set changed, by category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gold: BTreeMap<String, GoldChanges>,
    /// What was read, and how much of it was unusable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// The plan that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Digest>,
    /// The observations that were judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<Digest>,
}

/// Which cases of one category the two versions answered differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldChanges {
    /// How many cases the baseline passes and the candidate fails.
    pub newly_failing: u64,
    /// The first of them, by name.
    pub failing_cases: Vec<String>,
    /// How many cases the candidate passes and the baseline fails.
    pub newly_passing: u64,
    /// The first of them, by name.
    pub passing_cases: Vec<String>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EvidenceSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/evidence/v1")]
    V1,
}

/// The `evidence` section of a policy input is not an Evidence document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`evidence` is not a {SCHEMA} document: {problem}; policies/README.md says what it has")]
pub struct EvidenceError {
    problem: String,
}

impl Document for Evidence {
    const SCHEMA: &'static str = SCHEMA;
}

impl Evidence {
    /// These findings and nothing else.
    #[must_use]
    pub fn new(findings: Vec<Finding>) -> Self {
        Self {
            schema: EvidenceSchema::V1,
            findings,
            triggers: Vec::new(),
            candidate: None,
            baseline: None,
            phase: None,
            window: None,
            pairs: BTreeMap::new(),
            gold: BTreeMap::new(),
            sources: Vec::new(),
            plan: None,
            observations: None,
        }
    }

    /// The evidence that a policy input carries, if it carries any.
    ///
    /// # Errors
    /// When there is an `evidence` section that is not such a document.
    pub fn of_input(input: &Value) -> Result<Option<Self>, EvidenceError> {
        let Some(section) = input.get("evidence") else { return Ok(None) };
        // The shape is walked only where serde found a fault: it is slower, and says all of them.
        Self::deserialize(section).map(Some).map_err(|_| EvidenceError {
            problem: match document::from_value::<Self>(section) {
                Ok(_) => "it cannot be read".to_owned(),
                Err(error) => error.to_string(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_section_says_where() {
        let input = serde_json::json!({"evidence": {
            "schema": "phasegate/evidence/v1",
            "findings": [{"id": 5}],
        }});
        let error = Evidence::of_input(&input).expect_err("a number is not an id").to_string();
        assert!(error.contains("`findings[0].id`: `5` where text is asked for"), "{error}");
        assert!(error.contains("`findings[0].required`: missing; give true or false"), "{error}");
        let input = serde_json::json!({"evidence": []});
        let error = Evidence::of_input(&input).expect_err("not an object").to_string();
        assert!(error.contains("document: a list where an object is asked for;"), "{error}");
    }
}
