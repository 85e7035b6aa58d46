//! What loads, and is worth a look all the same: faults that a gate's policy tends to have.
//!
//! Each lint is one file and one line in `LINTS`; its finding is a warning. `docs/lints.md` says
//! of each what it finds, why that matters and what to write instead. A line that ends with, or
//! stands below, `# phasegate: ignore <code> <reason>` is left alone; an `ignore` that ignores
//! nothing is a finding itself.

mod deprecated_syntax;
mod facts;
mod p_value_alone;
mod p_value_as_proof;
mod set_as_condition;
mod shadowed_rule;
#[cfg(test)]
mod tests;
mod unconditional_approval;
mod unguarded_fact;
mod untested_rule;
mod unused_rule;

use std::collections::BTreeSet;

use super::graph::Graph;
use super::index::{Lookup, PolicyIndex};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::entry::Entry;
use crate::guard::Requirements;
use crate::syntax::{Directive, DirectiveKind, ExprKind, Module, Rule, Span};

/// A lint: what it says, and how it finds it.
struct Lint {
    code: Code,
    run: for<'a, 'l, 'f> fn(&'l Linted<'a>, &'f mut Found<'a>),
}

const LINTS: [Lint; 9] = [
    Lint { code: Code::DeprecatedSyntax, run: deprecated_syntax::lint },
    Lint { code: Code::PValueAlone, run: p_value_alone::lint },
    Lint { code: Code::PValueAsProof, run: p_value_as_proof::lint },
    Lint { code: Code::SetAsCondition, run: set_as_condition::lint },
    Lint { code: Code::ShadowedRule, run: shadowed_rule::lint },
    Lint { code: Code::UnconditionalApproval, run: unconditional_approval::lint },
    Lint { code: Code::UnguardedFact, run: unguarded_fact::lint },
    Lint { code: Code::UntestedRule, run: untested_rule::lint },
    Lint { code: Code::UnusedRule, run: unused_rule::lint },
];

/// The codes of all lints that an `ignore` directive may name.
pub fn codes() -> impl Iterator<Item = Code> {
    LINTS.iter().map(|lint| lint.code)
}

/// The lint of a code as it is written.
pub(crate) fn code(text: &str) -> Option<Code> {
    codes().find(|code| code.as_str() == text)
}

/// Which case tables stand beside the policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaseTables {
    /// None.
    Absent,
    /// At least one: they ask the entries.
    Present,
}

/// What every lint looks at.
struct Linted<'a> {
    modules: &'a [Module],
    index: PolicyIndex<'a>,
    graph: Graph,
    entries: &'a [(&'a Entry, &'a Requirements)],
    cases: CaseTables,
}

/// Runs every lint over the modules of a set that loads, its tests among them.
///
/// The warnings are in no order yet.
pub(crate) fn lint(
    modules: &[Module],
    entries: &[(&Entry, &Requirements)],
    cases: CaseTables,
) -> Vec<Diagnostic> {
    let index = PolicyIndex::new(modules);
    let graph = Graph::new(&index);
    let linted = Linted { modules, index, graph, entries, cases };
    let mut found = Found::default();
    for lint in &LINTS {
        found.code = Some(lint.code);
        (lint.run)(&linted, &mut found);
    }
    found.without_ignored(modules)
}

impl<'a> Linted<'a> {
    /// The module of a file, and the rule statement around a span in it.
    fn statement(&self, file: &str, span: Span) -> Option<(&'a Module, &'a Rule)> {
        let module = self.modules.iter().find(|module| module.file == file)?;
        let around = |rule: &&Rule| rule.span.start <= span.start && span.end <= rule.span.end;
        Some((module, module.rules.iter().find(around)?))
    }

    /// The definitions that the gate asks for by name.
    fn asked(&self) -> Vec<usize> {
        let names = self.entries.iter().flat_map(|(entry, _)| {
            entry.names.iter().map(|name| (entry.package.as_str(), name.as_str()))
        });
        let lookup = |(package, name): (&'a str, &'a str)| match self
            .index
            .lookup(package.split('.').chain([name]).map(Some))
        {
            Lookup::Definition { definition, .. } => Some(definition),
            Lookup::Below { .. } | Lookup::Missing { .. } => None,
        };
        names.filter_map(lookup).collect()
    }

    /// Every definition that some others use, they themselves included.
    fn reached(&self, from: Vec<usize>) -> BTreeSet<usize> {
        let mut reached: BTreeSet<usize> = from.iter().copied().collect();
        let mut pending = from;
        while let Some(at) = pending.pop() {
            let next = self.graph.edges(at).iter().filter(|&&next| reached.insert(next));
            pending.extend(next);
        }
        reached
    }

    /// The definitions whose first statement decides, and is no test.
    fn policy_definitions(&self) -> impl Iterator<Item = (usize, &'a Module, &'a Rule)> {
        self.index.definitions().iter().enumerate().filter_map(|(at, definition)| {
            let (module, rule) = self.index.rule(*definition.statements.first()?)?;
            (!is_test_module(module) && !is_test(rule)).then_some((at, module, rule))
        })
    }
}

/// Whether a file holds tests alone, which no decision loads.
fn is_test_module(module: &Module) -> bool {
    module.file.ends_with("_test.rego")
}

/// Whether a rule is a test as `opa test` finds them.
fn is_test(rule: &Rule) -> bool {
    matches!(&rule.head.reference.base.kind, ExprKind::Var(name)
        if name.starts_with("test_") || name.starts_with("todo_test_"))
}

/// The findings so far.
#[derive(Default)]
struct Found<'a> {
    code: Option<Code>,
    told: Vec<Diagnostic>,
    places: BTreeSet<(Code, &'a str, Span)>,
}

impl<'a> Found<'a> {
    /// A finding of the lint that runs; the same place is told once.
    fn at(&mut self, module: &'a Module, span: Span, message: String, remedy: &str) {
        if let Some(code) = self.code
            && self.places.insert((code, &module.file, span))
        {
            let found = module.diagnostic(span, code, message, remedy);
            self.told.push(Diagnostic { severity: Severity::Warning, ..found });
        }
    }

    /// What no directive ignores, and the directives that ignore nothing.
    fn without_ignored(mut self, modules: &'a [Module]) -> Vec<Diagnostic> {
        let mut used = BTreeSet::new();
        self.told.retain(|found| {
            let module = modules.iter().find(|module| module.file == found.file);
            let ignored = module.and_then(|module| {
                module.directives.iter().find(|directive| ignores(directive, found))
            });
            if let Some(directive) = ignored {
                used.insert((found.file.clone(), directive.span));
            }
            ignored.is_none()
        });
        self.code = Some(Code::UnusedIgnore);
        for module in modules {
            for directive in &module.directives {
                if let DirectiveKind::Ignore { code, .. } = &directive.kind
                    && !used.contains(&(module.file.clone(), directive.span))
                {
                    let message = format!("there is no `{code}` here to ignore");
                    self.at(module, directive.span, message, "remove the directive");
                }
            }
        }
        self.told
    }
}

fn ignores(directive: &Directive, found: &Diagnostic) -> bool {
    match &directive.kind {
        DirectiveKind::Ignore { code, .. } => {
            *code == found.code && directive.covers_row == found.row
        }
        DirectiveKind::Unguarded { .. } | DirectiveKind::Better { .. } => false,
    }
}
