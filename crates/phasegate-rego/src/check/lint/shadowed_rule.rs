//! A name hides a rule of the same name, or a rule says again what another says: the reader and the
//! engine understand different things.

use super::super::index::Global;
use super::{Found, Linted};
use crate::syntax::{
    AssignOp, Expr, ExprKind, HeadKind, Module, Rule, Span, StatementKind, walk_rule_exprs,
    walk_statements,
};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    for (number, module) in linted.modules.iter().enumerate() {
        imports(linted, module, found);
        for rule in &module.rules {
            declared(rule, &mut |name, span| {
                let Some(hidden) = linted.index.global(number, name) else { return };
                let what = match hidden {
                    Global::Rule(_) => "the rule",
                    Global::Import(_) => "the import",
                    Global::Input | Global::Data => "the document",
                };
                let message = format!("the variable `{name}` hides {what} of that name");
                found.at(module, span, message, "give the variable another name");
            });
        }
    }
    repeated(linted, found);
}

/// Imports that hide a rule of their own package.
fn imports<'a>(linted: &Linted<'a>, module: &'a Module, found: &mut Found<'a>) {
    for import in &module.imports {
        let Some(name) = &import.binds else { continue };
        let same_package = linted.modules.iter().filter(|other| other.package == module.package);
        if same_package.flat_map(|other| &other.rules).any(|rule| names(rule, name)) {
            let message = format!("the import `{name}` hides the rule of that name");
            found.at(module, import.span, message, "import it under another name with `as`");
        }
    }
}

fn names(rule: &Rule, name: &str) -> bool {
    matches!(&rule.head.reference.base.kind, ExprKind::Var(own) if own == name)
}

/// Statements that are word for word an earlier one of the same rule.
fn repeated<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    for definition in linted.index.definitions() {
        let statements = definition.statements.iter().filter_map(|&at| linted.index.rule(at));
        let mut seen: Vec<(&Module, &Rule)> = Vec::new();
        for (module, rule) in statements {
            let text = module.text_of(rule.span);
            let earlier = seen.iter().find(|(other, old)| other.text_of(old.span) == text);
            if let Some((other, old)) = earlier {
                let row = other.position(old.span.start).row;
                let message = format!("the rule says what {}:{row} says already", other.file);
                found.at(module, rule.head.span, message, "remove one of the two");
            }
            seen.push((module, rule));
        }
    }
}

/// Calls `f` on every variable that a rule statement declares.
fn declared<'a>(rule: &'a Rule, f: &mut impl FnMut(&'a str, Span)) {
    if let HeadKind::Function { args } = &rule.head.kind {
        for arg in args {
            pattern(arg, f);
        }
    }
    walk_statements(rule, &mut |_, statement| match &statement.kind {
        StatementKind::SomeVars(names) => {
            for name in names {
                f(&name.text, name.span);
            }
        }
        StatementKind::SomeIn { key, value, .. } => {
            key.iter().chain([value]).for_each(|part| pattern(part, f));
        }
        StatementKind::Every { key, value, .. } => {
            key.iter().chain([value]).for_each(|name| f(&name.text, name.span));
        }
        StatementKind::Expr(_) | StatementKind::Not(_) => {}
    });
    walk_rule_exprs(rule, &mut |expr| {
        if let ExprKind::Assign { op: AssignOp::Bind, left, .. } = &expr.kind {
            pattern(left, f);
        }
    });
}

fn pattern<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a str, Span)) {
    match &expr.kind {
        ExprKind::Var(name) if name != "_" => f(name, expr.span),
        ExprKind::Array(items) => items.iter().for_each(|item| pattern(item, f)),
        ExprKind::Object(fields) => fields.iter().for_each(|(_, value)| pattern(value, f)),
        _ => {}
    }
}
