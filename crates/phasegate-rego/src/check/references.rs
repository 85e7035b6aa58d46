//! References under `data`: to a rule, a package or base data.

use serde_json::Value;

use super::index::{Lookup, PolicyIndex, Shape, render_path};
use super::scope::{Absolute, AbsoluteStep, Root, Scope, Visitor, walk_rule};
use super::suggest::nearest;
use super::{Context, Findings};
use crate::diagnostic::Code;
use crate::syntax::{Expr, ExprKind, Module, Reference, Span};

/// How many paths that lead nowhere are compared with all known ones.
const SUGGESTIONS: usize = 50;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut references = References { context, findings, suggested: 0 };
    for (number, module) in context.index.modules().iter().enumerate() {
        for import in &module.imports {
            if import.path == ["input"] && import.binds.as_deref() == Some("input") {
                // The engine would write a warning to standard error.
                references.findings.at(
                    module,
                    import.span,
                    Code::RegoCompileError,
                    "`import input` gives `input` the name that it has".to_owned(),
                    "remove it",
                );
            }
            let steps =
                import.path.iter().skip(1).map(|step| AbsoluteStep::Constant(step)).collect();
            if import.path.first().is_some_and(|root| root == "data") {
                references.path(module, import.span, &Absolute { root: Root::Data, steps });
            }
        }
        for rule in &module.rules {
            walk_rule(&context.index, number, rule, &mut references);
        }
    }
}

struct References<'a, 'c, 'f> {
    context: &'c Context<'a>,
    findings: &'f mut Findings,
    suggested: usize,
}

impl<'a> Visitor<'a> for References<'a, '_, '_> {
    fn expr(&mut self, expr: &'a Expr, scope: &Scope<'a, '_>) {
        let Some(path) = scope.absolute(expr).filter(|path| path.root == Root::Data) else {
            return;
        };
        if scope.mocked().iter().any(|target| overlaps(target, &path)) {
            return;
        }
        let index = &self.context.index;
        let Some(module) = index.modules().get(scope.module()) else { return };
        // What goes through an import that leads nowhere is told once, at the import.
        let base = match &expr.kind {
            ExprKind::Ref(Reference { base, .. }) => base,
            _ => expr,
        };
        if let ExprKind::Var(name) = &base.kind
            && let Some(import) = module.imports.iter().find(|i| i.binds.as_ref() == Some(name))
            && name != "data"
        {
            let under_data = import.path.iter().skip(1).map(|step| Some(step.as_str()));
            let steps: Vec<_> = under_data.collect();
            if missing(index, self.context.data, &steps).is_some() {
                return;
            }
        }
        self.path(module, expr.span, &path);
    }
}

impl References<'_, '_, '_> {
    fn path(&mut self, module: &Module, span: Span, path: &Absolute<'_>) {
        let index = &self.context.index;
        let steps: Vec<Option<&str>> = path.lookup_steps().collect();
        if let Lookup::Definition { definition, .. } = index.lookup(steps.iter().copied()) {
            let definition = index.definition(definition);
            if let Some(definition) =
                definition.filter(|d| matches!(d.shape, Shape::Function { arity: 1.. }))
            {
                let is_import = module.imports.iter().any(|import| import.span == span);
                if !is_import {
                    self.findings.at(
                        module,
                        span,
                        Code::RegoTypeError,
                        format!(
                            "`{}` is a function, and is not called",
                            render_path(definition.path.iter().copied())
                        ),
                        "call it with its arguments",
                    );
                }
            }
            return;
        }
        let Some(step) = missing(index, self.context.data, &steps) else { return };
        let known = steps.iter().take(step + 1).filter_map(|step| *step);
        let name = render_path(known);
        self.suggested += 1;
        let suggestion = if self.suggested > SUGGESTIONS {
            None
        } else {
            let paths: Vec<String> =
                index.definitions().iter().map(|d| render_path(d.path.iter().copied())).collect();
            let whole = render_path(steps.iter().map_while(|step| *step));
            nearest(&whole, paths.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`?"))
        };
        self.findings.at(
            module,
            span,
            Code::RegoTypeError,
            format!("`{name}` is no rule, no package and no base data"),
            suggestion.as_deref().unwrap_or("define it, or add the file that does"),
        );
    }
}

/// The first step of a path that neither the policy nor the base data has.
fn missing(index: &PolicyIndex<'_>, data: &Value, steps: &[Option<&str>]) -> Option<usize> {
    let Lookup::Missing { step } = index.lookup(steps.iter().copied()) else { return None };
    let mut at = data;
    for (number, name) in steps.iter().enumerate() {
        let Some(name) = name else { return None };
        match at.as_object().and_then(|object| object.get(*name)) {
            Some(value) => at = value,
            None => return Some(number.max(step)),
        }
    }
    None
}

/// Whether a `with` modifier replaces what a path reads, above or below its end.
fn overlaps(target: &[String], path: &Absolute<'_>) -> bool {
    target.first().is_some_and(|root| root == "data")
        && target.iter().skip(1).zip(&path.steps).all(|(step, of_path)| match of_path {
            AbsoluteStep::Constant(text) => step == text,
            AbsoluteStep::Dynamic(_) => true,
        })
}
