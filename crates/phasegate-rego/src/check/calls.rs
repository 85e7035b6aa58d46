//! Calls: of functions that exist, that the profile allows, and with as many arguments as they
//! take.

use std::collections::BTreeSet;

use super::builtins::{self, Availability};
use super::index::{Callee, PolicyIndex, Shape, render_path};
use super::scope::{Scope, Visitor, walk_rule};
use super::suggest::nearest;
use super::{Context, Findings, Profile};
use crate::diagnostic::Code;
use crate::syntax::{Expr, ExprKind, Module, Span};

/// How many unknown names are compared with all known ones.
const SUGGESTIONS: usize = 50;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut calls = Calls { context, findings, suggested: 0 };
    for (number, module) in context.index.modules().iter().enumerate() {
        for rule in &module.rules {
            walk_rule(&context.index, number, rule, &mut calls);
        }
    }
}

struct Calls<'a, 'c, 'f> {
    context: &'c Context<'a>,
    findings: &'f mut Findings,
    suggested: usize,
}

impl<'a> Visitor<'a> for Calls<'a, '_, '_> {
    fn expr(&mut self, expr: &'a Expr, scope: &Scope<'a, '_>) {
        let ExprKind::Call { function, function_span, args } = &expr.kind else { return };
        let index = &self.context.index;
        let Some(module) = index.modules().get(scope.module()) else { return };
        let name = function.join(".");
        match index.callee(scope.module(), function) {
            Callee::Definition(at) => match index.definition(at).map(|d| d.shape) {
                Some(Shape::Function { arity }) => {
                    self.arity(module, *function_span, &name, args.len(), arity..=arity);
                }
                _ => self.findings.at(
                    module,
                    *function_span,
                    Code::RegoTypeError,
                    format!("`{name}` is a rule, not a function"),
                    "refer to it without parentheses",
                ),
            },
            Callee::Nothing => self.unknown(module, *function_span, &name),
            Callee::Builtin => match builtins::find(&name) {
                Some(builtin) => {
                    if self.allowed(module, *function_span, builtin) {
                        self.arity(module, *function_span, &name, args.len(), builtin.arity());
                    }
                }
                None => self.unknown(module, *function_span, &name),
            },
        }
    }
}

impl Calls<'_, '_, '_> {
    fn allowed(&mut self, module: &Module, span: Span, builtin: &builtins::Builtin) -> bool {
        let name = builtin.name;
        let (message, remedy) = match (self.context.options.profile, builtin.availability) {
            (_, Availability::Allowed | Availability::Guarded)
            | (Profile::Opa, Availability::OpaOnly { .. }) => return true,
            (Profile::Opa, Availability::Feature { .. }) if cfg!(feature = "opa-compat") => {
                return true;
            }
            (Profile::Opa, Availability::Feature { remedy }) => (
                format!("undefined function `{name}`: it is not part of this build"),
                format!("build with the feature `opa-compat`, or {remedy}"),
            ),
            (Profile::Opa, Availability::Never { remedy }) => {
                (format!("undefined function `{name}`: it is not offered"), remedy.to_owned())
            }
            (
                Profile::Gate,
                Availability::OpaOnly { remedy }
                | Availability::Feature { remedy }
                | Availability::Never { remedy },
            ) => (format!("`{name}` may not be called at the gate"), remedy.to_owned()),
        };
        self.findings.at(module, span, Code::RegoTypeError, message, &remedy);
        false
    }

    /// One argument more than a function takes is what its result is unified with.
    fn arity(
        &mut self,
        module: &Module,
        span: Span,
        name: &str,
        given: usize,
        takes: std::ops::RangeInclusive<usize>,
    ) {
        let (least, most) = (*takes.start(), *takes.end());
        if takes.contains(&given) || least == most && given == most + 1 {
            return;
        }
        let plural = if most == 1 { "" } else { "s" };
        let takes = if least == most { most.to_string() } else { format!("{least} to {most}") };
        self.findings.at(
            module,
            span,
            Code::RegoTypeError,
            format!("`{name}` takes {takes} argument{plural}, not {given}"),
            "give it as many as it takes",
        );
    }

    fn unknown(&mut self, module: &Module, span: Span, name: &str) {
        self.suggested += 1;
        let suggestion = if self.suggested > SUGGESTIONS {
            None
        } else {
            let known = known_names(&self.context.index, module);
            nearest(name, known.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"))
        };
        self.findings.at(
            module,
            span,
            Code::RegoTypeError,
            format!("undefined function `{name}`"),
            suggestion.as_deref().unwrap_or("define it, or import the package that does"),
        );
    }
}

/// The functions a module may call, as it would write them.
fn known_names(index: &PolicyIndex<'_>, module: &Module) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = builtins::all()
        .filter(|b| matches!(b.availability, Availability::Allowed | Availability::Guarded))
        .map(|b| b.name.to_owned())
        .collect();
    for definition in index.definitions() {
        if !matches!(definition.shape, Shape::Function { .. }) {
            continue;
        }
        let path = definition.path.iter().copied();
        names.insert(render_path(path.clone()));
        if path.clone().take(module.package.len()).eq(module.package.iter().map(String::as_str)) {
            names.insert(path.clone().skip(module.package.len()).collect::<Vec<_>>().join("."));
        }
        for import in &module.imports {
            let under_data = import.path.iter().skip(1).map(String::as_str);
            let length = import.path.len().saturating_sub(1);
            if let Some(binds) = &import.binds
                && path.clone().take(length).eq(under_data)
            {
                let steps = std::iter::once(binds.as_str()).chain(path.clone().skip(length));
                names.insert(steps.collect::<Vec<_>>().join("."));
            }
        }
    }
    names
}
