//! Boundaries that are documented: whether a fact that is exactly at its limit is still allowed.
//!
//! A rule says so in its metadata:
//!
//! ```rego
//! # METADATA
//! # title: The error rate meets its threshold
//! # custom:
//! #   at_limit: {metrics.error_rate: allowed}
//! ```

use phasegate::read::{Format, read};
use phasegate::rego::syntax::Module;
use serde::Serialize;

use super::Boundary;

/// On which side a fact is that is exactly at its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It is still good.
    Allowed,
    /// It is already bad.
    Refused,
}

impl Side {
    /// The word in metadata and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Allowed, Self::Refused].into_iter().find(|side| side.as_str() == word)
    }

    /// What an operator that the version must satisfy does at the limit.
    fn of_required(required: &str) -> Self {
        if ["<=", ">=", "=="].contains(&required) { Self::Allowed } else { Self::Refused }
    }
}

/// A documented boundary that is not the one of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Contradiction {
    /// The file.
    pub file: String,
    /// The row of the comparison, else of the metadata, from 1.
    pub row: usize,
    /// The fact.
    pub fact: String,
    /// What is wrong, in words.
    pub message: String,
}

/// How many bytes one block of metadata may have.
const MAX_BYTES: usize = 1 << 20;

pub(super) fn contradictions(modules: &[Module], boundaries: &[Boundary]) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for module in modules {
        for metadata in &module.metadata {
            let row = module.position(metadata.span.start).row;
            let rule = module
                .rules
                .iter()
                .find(|rule| module.position(rule.span.start).row == metadata.annotates_row);
            let custom = read(metadata.yaml.as_bytes(), Format::Yaml, MAX_BYTES).ok();
            let limits = custom.as_ref().and_then(|all| all.get("custom")?.get("at_limit"));
            let (Some(rule), Some(limits)) = (rule, limits) else { continue };
            let rows = metadata.annotates_row..=module.position(rule.span.end).row;
            let of_rule = || {
                boundaries.iter().filter(|one| one.file == module.file && rows.contains(&one.row))
            };
            let mut tell = |row: usize, fact: &str, message: String| {
                let (file, fact) = (module.file.clone(), fact.to_owned());
                found.push(Contradiction { file, row, fact, message });
            };
            let Some(limits) = limits.as_object() else {
                tell(row, "at_limit", "must be an object of facts and words".to_owned());
                continue;
            };
            for (fact, word) in limits {
                let Some(documented) = word.as_str().and_then(Side::of_word) else {
                    tell(row, fact, format!("{word} is neither `allowed` nor `refused`"));
                    continue;
                };
                let mut compared = of_rule().filter(|one| one.fact == *fact).peekable();
                if compared.peek().is_none() {
                    let message = "the rule does not hold it against a limit that was probed";
                    tell(row, fact, message.to_owned());
                }
                let wrong = compared.find(|one| Side::of_required(one.required) != documented);
                if let Some(wrong) = wrong {
                    let message = format!(
                        "at its limit it is documented as {} and is {}: `{}`",
                        documented.as_str(),
                        Side::of_required(wrong.required).as_str(),
                        wrong.text
                    );
                    tell(wrong.row, fact, message);
                }
            }
        }
    }
    found
}
