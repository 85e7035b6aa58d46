//! Variables that a comprehension uses as its own although the statement around it gives them
//! their values.

use std::collections::BTreeSet;

use crate::syntax::{
    AssignOp, Expr, ExprKind, Query, Span, Statement, StatementKind, walk_outside_closures,
};

/// The names of a pattern's variables.
pub(super) fn names_of<'a>(patterns: impl IntoIterator<Item = &'a Expr>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for pattern in patterns {
        walk_outside_closures(pattern, &mut |expr| {
            if let ExprKind::Var(name) = &expr.kind {
                names.insert(name.as_str());
            }
        });
    }
    names.remove("_");
    names
}

/// The first use of one of the names in a comprehension of an expression that does not declare it
/// anew.
pub(super) fn used_in_closures<'a>(
    expr: &'a Expr,
    names: &BTreeSet<&str>,
) -> Option<(&'a str, Span)> {
    let mut found = None;
    walk_outside_closures(expr, &mut |expr| {
        if found.is_some() {
            return;
        }
        found = match &expr.kind {
            ExprKind::ArrayComprehension { term, query }
            | ExprKind::SetComprehension { term, query } => in_body(query, &[term], names),
            ExprKind::ObjectComprehension { key, value, query } => {
                in_body(query, &[key, value], names)
            }
            _ => None,
        };
    });
    found
}

fn in_body<'a>(
    query: &'a Query,
    terms: &[&'a Expr],
    names: &BTreeSet<&str>,
) -> Option<(&'a str, Span)> {
    let own: BTreeSet<&str> = query.statements.iter().flat_map(declared).collect();
    let names: BTreeSet<&str> = names.difference(&own).copied().collect();
    let mut statements = query.statements.iter();
    statements
        .find_map(|statement| in_statement(statement, &names))
        .or_else(|| terms.iter().find_map(|term| used(term, &names)))
}

/// The names that a statement declares.
fn declared(statement: &Statement) -> BTreeSet<&str> {
    match &statement.kind {
        StatementKind::SomeVars(vars) => vars.iter().map(|var| var.text.as_str()).collect(),
        StatementKind::SomeIn { key, value, .. } => names_of(key.iter().chain([value])),
        StatementKind::Expr(Expr {
            kind: ExprKind::Assign { op: AssignOp::Bind, left, .. },
            ..
        }) => names_of([&**left]),
        StatementKind::Expr(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {
            BTreeSet::new()
        }
    }
}

fn in_statement<'a>(statement: &'a Statement, names: &BTreeSet<&str>) -> Option<(&'a str, Span)> {
    let found = match &statement.kind {
        StatementKind::SomeVars(_) => None,
        StatementKind::SomeIn { collection, .. } => used(collection, names),
        StatementKind::Expr(expr) | StatementKind::Not(expr) => used(expr, names),
        StatementKind::Every { key, value, domain, query } => used(domain, names).or_else(|| {
            let own = key.iter().chain([value]).map(|name| name.text.as_str()).collect();
            let names: BTreeSet<&str> = names.difference(&own).copied().collect();
            in_body(query, &[], &names)
        }),
    };
    found.or_else(|| statement.with.iter().find_map(|with| used(&with.value, names)))
}

fn used<'a>(expr: &'a Expr, names: &BTreeSet<&str>) -> Option<(&'a str, Span)> {
    let mut found = None;
    walk_outside_closures(expr, &mut |expr| match &expr.kind {
        ExprKind::Var(name) if found.is_none() && names.contains(name.as_str()) => {
            found = Some((name.as_str(), expr.span));
        }
        _ => {}
    });
    found.or_else(|| used_in_closures(expr, names))
}
