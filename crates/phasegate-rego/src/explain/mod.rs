//! Explanation: why and why not, for every comparison that the asked rules make, and the smallest
//! single change that would flip the decision.
//!
//! It is a value of its own: it is computed on request, after the decision, and no part of it
//! enters the decision's bytes.

mod comparison;
mod explainer;
mod flip;
mod probe;
mod rules;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::comparison::find as find_comparisons;
pub(crate) use self::explainer::Explainer;
pub use self::flip::Question;
pub(crate) use self::probe::RULE as PROBE_RULE;
pub(crate) use self::rules::Rules;

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Every comparison of the rules that the gate asks, in the order of files and rows.
    pub checks: Vec<Check>,
    /// What would flip the decision.
    pub flip: FlipSearch,
}

/// One comparison of a rule, with what it compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The rule: `lifecycle.promotion.violations`.
    pub rule: String,
    /// The file within the set.
    pub file: String,
    /// The row in it.
    pub row: usize,
    /// The comparison as written.
    pub text: String,
    /// The fact that it judges, when one side is a single fact: `metrics.error_rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// What the values were: one entry for each way the rule's variables can be bound. Empty when
    /// the statements that bind them cannot be separated from the rule, or were undefined.
    pub seen: Vec<Seen>,
}

/// What a comparison compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// The judged side's value.
    pub observed: Value,
    /// Which elements have this value, where the fact is one of many: `items[1].size` of
    /// `items[*].size`. Empty when it is a single fact, and when that cannot be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// How it must stand to the limit for the version to go forward: `<=`. When `ok` is absent, how
    /// the rule compares them.
    pub required: &'static str,
    /// The other side's value.
    pub limit: Value,
    /// Whether it does; absent when the comparison only helps to compute a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// How far the observed value is on the good side of the limit, in its own unit; negative
    /// beyond it. Only for numbers in an ordering comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// The same as a share of the limit's magnitude; absent for a limit of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_share: Option<f64>,
}

/// The search for the smallest single change that flips the decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum FlipSearch {
    /// This change alone flips it, verified by evaluation.
    Change(Flip),
    /// No single fact flips it: what is wrong rests on several facts.
    NoSingleFact,
    /// None of the nearest changes flips it; farther ones were not tried.
    NotAmongNearest {
        /// How many were tried.
        tried: usize,
    },
    /// Not all comparisons could be looked at, and none of the others flips it.
    NotExplained,
}

/// A single change of a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// The fact.
    pub path: String,
    /// What it is.
    pub from: Value,
    /// What it would have to be: the boundary, or the nearest number beyond it.
    pub to: Value,
    /// The boundary that it crosses or meets.
    pub boundary: Value,
    /// Whether the boundary itself already flips (`at most 3000`), or only what lies beyond
    /// (`above 3000`).
    pub at_boundary: bool,
    /// Whether the boundary alone flips: the fact is compared with it for equality.
    pub exactly: bool,
    /// `|to - from| / max(|from|, |boundary|)`; 1 for what is not a number.
    pub relative_change: f64,
}
