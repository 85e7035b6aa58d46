//! Whether a policy reads a fact.

use phasegate_core::path::{Path, Step as PathStep};

use super::Policy;
use crate::check::suggest::nearest;
use crate::guard::Step;

/// A fact that no rule reads: changing it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The fact that may have been meant.
    pub nearest: Option<String>,
}

impl Policy {
    /// `None` when the asked packages read the fact, something in it, or what it stands in.
    #[must_use]
    pub fn unread(&self, fact: &Path) -> Option<Unread> {
        let asked = || self.requirements().flat_map(|(_, needs)| &needs.requirements);
        let meets = |own: &Step, step: &PathStep| match (own, step) {
            (Step::Field(own), PathStep::Field(name)) => **own == *name.as_str(),
            (Step::Index(own), PathStep::Index(index)) => own == index,
            (Step::Each, _) => true,
            _ => false,
        };
        let is_read = asked()
            .any(|one| one.path.steps.iter().zip(fact.steps()).all(|(own, step)| meets(own, step)));
        if is_read {
            return None;
        }
        let paths: Vec<String> = asked().map(|one| one.path.to_string()).collect();
        let nearest = nearest(&fact.to_string(), paths.iter().map(String::as_str));
        Some(Unread { nearest: nearest.map(str::to_owned) })
    }
}
