//! Checks what no compiler checks: the shape of the repository. Nothing is built for it.
//!
//! A rule is one file with one function and one line in [`RULES`]; its tests run it on small trees
//! in memory.

mod fault;
mod source;
mod tree;
mod workspace;

mod architecture;
mod arrows;
mod leftovers;
mod licenses;
mod links;
mod manifests;
mod names;
mod policies;
mod purity;
mod shape;
#[cfg(test)]
mod testing;

use crate::run::{Failed, Runner};
use fault::{Fault, Severity};
use tree::Tree;
use workspace::Workspace;

/// Looks at files and packages, and says what is wrong.
type Rule = fn(&Tree, &Workspace) -> Vec<Fault>;

const RULES: &[Rule] = &[
    names::check,
    arrows::check,
    architecture::check,
    manifests::check,
    licenses::check,
    purity::check,
    policies::check,
    links::check,
    leftovers::check,
    shape::check,
];

/// Runs every rule and prints every fault, sorted by place.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    let tree = Tree::read(runner.root())?;
    let workspace = Workspace::read(runner)?;
    let mut faults: Vec<Fault> = RULES.iter().flat_map(|rule| rule(&tree, &workspace)).collect();
    faults.sort();
    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.iter().filter(|fault| fault.severity == Severity::Error).count() {
        0 => Ok(()),
        1 => Err(Failed("tidy found one fault".to_owned())),
        count => Err(Failed(format!("tidy found {count} faults"))),
    }
}
