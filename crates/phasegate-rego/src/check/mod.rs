//! What is wrong with a policy set before anything is evaluated.
//!
//! The engine looks at a rule when it is asked for it, and then stops at the first fault; the
//! checks here look at all rules and tell all their faults at once. Each is one file and one line
//! in `CHECKS`.

mod arguments;
mod builtins;
mod calls;
mod closures;
mod conflicts;
mod defaults;
mod depth;
mod graph;
mod index;
pub mod lint;
mod recursion;
mod references;
mod safety;
mod scope;
pub(crate) mod suggest;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::builtins::{Availability, Builtin, Gives, all as builtins, find as builtin};
pub use self::index::{Callee, Definition, Global, Lookup, Place, PolicyIndex, Shape, render_path};
pub use self::scope::{Absolute, AbsoluteStep, Meaning, Root, Scope, Visitor, walk_rule};

use self::graph::Graph;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{Module, QUERY_FILE, Span};

/// How deep the chain of rules may be by default: see [`CheckOptions::max_depth`].
pub const DEFAULT_MAX_DEPTH: u32 = 32;

/// The greatest [`CheckOptions::max_depth`]: with it an evaluation may take 16 MiB of stack in a
/// build without optimization.
pub const LARGEST_MAX_DEPTH: u32 = 256;

/// How many findings a set gets at most; the rest is counted.
const MAX_FINDINGS: usize = 1_000;

/// What a policy set is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A gate: strict, with the builtins of an allow-list.
    Gate,
    /// OPA's own rules, with every builtin of the engine: only what the engine would fail at is a
    /// finding.
    Opa,
}

/// How a policy set is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckOptions {
    /// For what.
    pub profile: Profile,
    /// How deep the chain of rules may be, each rule weighing one, plus one for each query nested
    /// in it, plus one for every eight levels of its highest expression; taken as
    /// [`LARGEST_MAX_DEPTH`] when it is greater.
    pub max_depth: u32,
}

/// A check, and whether it is one for [`Profile::Opa`], too.
struct Check {
    run: fn(&Context<'_>, &mut Findings),
    for_opa: bool,
}

const CHECKS: [Check; 9] = [
    Check { run: recursion::check, for_opa: true },
    Check { run: depth::check, for_opa: true },
    Check { run: calls::check, for_opa: true },
    Check { run: arguments::check, for_opa: true },
    Check { run: conflicts::with_data, for_opa: true },
    Check { run: conflicts::check, for_opa: false },
    Check { run: references::check, for_opa: false },
    Check { run: safety::check, for_opa: true },
    Check { run: defaults::check, for_opa: true },
];

/// Checks a policy set with its base data.
///
/// The findings are sorted by file and place; there are at most 1,000, and one more that says how
/// many are left out.
#[must_use]
pub fn check(modules: &[Module], data: &Value, options: &CheckOptions) -> Vec<Diagnostic> {
    let index = PolicyIndex::new(modules);
    let graph = Graph::new(&index);
    let options = CheckOptions { max_depth: options.max_depth.min(LARGEST_MAX_DEPTH), ..*options };
    let context = Context { index, graph, data, options };
    let mut findings = Findings::default();
    for check in &CHECKS {
        if check.for_opa || options.profile == Profile::Gate {
            (check.run)(&context, &mut findings);
        }
    }
    findings.sorted()
}

/// Checks a query over a policy set that was checked: the last module is the query.
///
/// The findings are those of the query alone, in its own rows. It cannot take part in a recursion:
/// nothing can refer to it.
pub(crate) fn check_query(
    modules: &[Module],
    data: &Value,
    options: CheckOptions,
) -> Vec<Diagnostic> {
    let index = PolicyIndex::new(modules);
    let graph = Graph::new(&index);
    let context = Context { index, graph, data, options };
    let mut findings = Findings::default();
    for run in [calls::check, arguments::check, safety::check, depth::check] {
        run(&context, &mut findings);
    }
    findings.found.retain(|found| found.file == QUERY_FILE);
    findings.sorted()
}

/// What every check looks at.
struct Context<'a> {
    index: PolicyIndex<'a>,
    graph: Graph,
    data: &'a Value,
    options: CheckOptions,
}

/// The findings so far.
#[derive(Debug, Default)]
struct Findings {
    found: Vec<Diagnostic>,
    left_out: usize,
}

impl Findings {
    fn at(&mut self, module: &Module, span: Span, code: Code, message: String, remedy: &str) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(module.diagnostic(span, code, message, remedy));
        } else {
            self.left_out += 1;
        }
    }

    /// At the head of a definition's first statement.
    fn at_definition(
        &mut self,
        context: &Context<'_>,
        definition: usize,
        code: Code,
        message: String,
        remedy: &str,
    ) {
        let first = context.index.definition(definition).and_then(|d| d.statements.first());
        if let Some((module, rule)) = first.and_then(|&place| context.index.rule(place)) {
            self.at(module, rule.head.span, code, message, remedy);
        }
    }

    fn sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        if self.left_out > 0 {
            let message = format!("{} further findings are left out", self.left_out);
            self.found.push(Diagnostic::whole(
                "",
                Code::RegoCompileError,
                message,
                "correct the others first",
            ));
        }
        self.found
    }
}
