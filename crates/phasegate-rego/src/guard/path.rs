//! Paths into the input.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A member of an object.
    Field(Arc<str>),
    /// An element of an array, from 0.
    Index(usize),
    /// Every element of an array, every member of an object.
    Each,
}

/// A path into the input, such as `metrics.error_rate` or `incidents[*].severity`.
///
/// Names that are not identifiers are quoted: `metrics["p95 latency"]`. The whole input is written
/// `input`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct InputPath {
    /// From the root down.
    pub steps: Vec<Step>,
}

impl InputPath {
    /// The path of the section this one is in; `None` for the root.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, before) = self.steps.split_last()?;
        Some(Self { steps: before.to_vec() })
    }

    /// Whether `self` is `other` or a section around it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("input");
        }
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Field(name) => write_field(f, name, position == 0)?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Each => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for InputPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes `.name`, `name` at the start of a path, or `["any other name"]`.
pub(super) fn write_field(out: &mut impl fmt::Write, name: &str, first: bool) -> fmt::Result {
    if is_identifier(name) {
        if !first {
            out.write_char('.')?;
        }
        out.write_str(name)
    } else {
        write!(out, "[{}]", serde_json::Value::from(name))
    }
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A path as one read reached it: which of its steps may be absent, because `object.get` gives a
/// default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) steps: Vec<PlaceStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlaceStep {
    pub(super) step: Step,
    pub(super) optional: bool,
}

impl Place {
    pub(super) const ROOT: Self = Self { steps: Vec::new() };

    pub(super) fn then(&self, step: Step, optional: bool) -> Self {
        let mut steps = self.steps.clone();
        steps.push(PlaceStep { step, optional });
        Self { steps }
    }

    pub(super) fn path(&self) -> InputPath {
        InputPath { steps: self.steps.iter().map(|s| s.step.clone()).collect() }
    }

    /// Whether both lead to the same place, by whatever reads.
    pub(super) fn same_path(&self, other: &Self) -> bool {
        self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(|(a, b)| a.step == b.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_identifiers_are_quoted() {
        let field = |name: &str| Step::Field(Arc::from(name));
        for (steps, text) in [
            (vec![], "input"),
            (vec![field("metrics"), field("error_rate")], "metrics.error_rate"),
            (vec![field("metrics"), field("p95 latency")], "metrics[\"p95 latency\"]"),
            (vec![field("a\"b"), field("1st")], "[\"a\\\"b\"][\"1st\"]"),
            (vec![field("rows"), Step::Index(2), Step::Each, field("id")], "rows[2][*].id"),
            (vec![field("größe")], "[\"größe\"]"),
        ] {
            assert_eq!(InputPath { steps }.to_string(), text);
        }
    }
}
