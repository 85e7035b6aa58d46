//! What an entry requires of its input.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    path::InputPath,
    range::Range,
    run::{Blocks, Plan},
    types::TypeSet,
};
use crate::syntax::{CompareOp, Span};

/// What an entry of a policy set requires of its input, sorted by path.
///
/// It serializes as what `phasegate inputs` prints as JSON, and displays as the table it prints as
/// text.
#[derive(Debug, Clone, Serialize)]
pub struct Requirements {
    /// The package that is asked, without `data`.
    pub package: String,
    /// The names that are asked and that the package has.
    pub names: Vec<String>,
    /// The facts, sorted by path.
    pub requirements: Vec<Requirement>,
    #[serde(skip)]
    pub(super) rules: BTreeMap<String, BTreeSet<InputPath>>,
    #[serde(skip)]
    pub(super) comparisons: Vec<Comparison>,
    #[serde(skip)]
    pub(super) plan: Plan,
}

/// What is required of one fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Requirement {
    /// Where it stands; `[*]` is every element.
    pub path: InputPath,
    /// The JSON types it may have; with `null` among them it may be null.
    pub types: TypeSet,
    /// Whether it may be absent.
    pub optional: bool,
    /// The nearest optional section around it: it is required exactly when that section is present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_with: Option<InputPath>,
    /// What the input schema says of its value, and the keys among which it is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The facts it is compared with: whatever type they have, it has the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub same_type_as: Vec<InputPath>,
    /// Whether it must have at least one element, because `max` or `min` of nothing is undefined.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_empty: bool,
    /// The rules that read it.
    pub needed_by: Vec<RuleRow>,
}

/// A rule, and the row on which it reads a fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuleRow {
    /// The package, without `data`.
    pub package: String,
    /// The rule's name.
    pub rule: String,
    /// The file's path within its set.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// One fact, or each of a collection's.
    Input(InputPath),
    /// A literal, or base data.
    Const(Json),
    /// One of these: the greatest or least of them, the value of whichever rule body holds, a fact
    /// or its default.
    OneOf(Vec<Self>),
    /// Anything else.
    Other,
}

/// One comparison of a policy, with what is known of both sides. A comparison over several known
/// facts or limits is listed once for each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The package of the rule it stands in, without `data`.
    pub package: String,
    /// The rule or function it stands in.
    pub rule: String,
    /// The file's path within its set.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// Where it stands in the file.
    #[serde(skip)]
    pub span: Span,
    /// The operator.
    #[serde(skip)]
    pub op: CompareOp,
    /// The left side.
    pub left: Operand,
    /// The right side.
    pub right: Operand,
}

impl Requirements {
    /// Looks up every required fact in an input, before the policy runs. Nothing is allocated when
    /// all is well.
    #[must_use]
    pub fn check(&self, input: &Json) -> Blocks {
        self.plan.check(input)
    }

    /// The facts that a rule depends on, directly or through rules and functions it uses; `None`
    /// when the entry cannot reach it.
    #[must_use]
    pub fn paths_of_rule(&self, package: &str, rule: &str) -> Option<&BTreeSet<InputPath>> {
        self.rules.get(&rule_key(package, rule))
    }

    /// Every comparison that the entry can reach, in the order of files and rows.
    #[must_use]
    pub fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }
}

pub(super) fn rule_key(package: &str, rule: &str) -> String {
    format!("{package}\u{0}{rule}")
}
