//! Walking the tree.

use super::tree::{Expr, ExprKind, Query, Reference, StatementKind, Step};

/// Calls `f` on an expression and on every expression below it, comprehension and `every` bodies
/// included, outer ones first.
///
/// It recurses as deep as the tree is high, which [`Module::parse`](super::Module::parse) bounds.
pub fn walk_expr<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a Expr)) {
    f(expr);
    match &expr.kind {
        ExprKind::Scalar(_) | ExprKind::Var(_) => {}
        ExprKind::Ref(reference) => walk_reference(reference, f),
        ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
            for item in items {
                walk_expr(item, f);
            }
        }
        ExprKind::Object(fields) => {
            for (key, value) in fields {
                walk_expr(key, f);
                walk_expr(value, f);
            }
        }
        ExprKind::ArrayComprehension { term, query }
        | ExprKind::SetComprehension { term, query } => {
            walk_expr(term, f);
            walk_query(query, f);
        }
        ExprKind::ObjectComprehension { key, value, query } => {
            walk_expr(key, f);
            walk_expr(value, f);
            walk_query(query, f);
        }
        ExprKind::Compare { left, right, .. }
        | ExprKind::Arithmetic { left, right, .. }
        | ExprKind::SetOperation { left, right, .. }
        | ExprKind::Assign { left, right, .. } => {
            walk_expr(left, f);
            walk_expr(right, f);
        }
        ExprKind::Membership { key, value, collection } => {
            if let Some(key) = key {
                walk_expr(key, f);
            }
            walk_expr(value, f);
            walk_expr(collection, f);
        }
    }
}

/// Calls `f` on every expression of a query, `with` values included.
pub fn walk_query<'a>(query: &'a Query, f: &mut impl FnMut(&'a Expr)) {
    for statement in &query.statements {
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                if let Some(key) = key {
                    walk_expr(key, f);
                }
                walk_expr(value, f);
                walk_expr(collection, f);
            }
            StatementKind::Expr(expr) | StatementKind::Not(expr) => walk_expr(expr, f),
            StatementKind::Every { domain, query, .. } => {
                walk_expr(domain, f);
                walk_query(query, f);
            }
        }
        for with in &statement.with {
            walk_expr(&with.value, f);
        }
    }
}

/// Calls `f` on the base of a reference and on the expressions of its steps.
pub fn walk_reference<'a>(reference: &'a Reference, f: &mut impl FnMut(&'a Expr)) {
    walk_expr(&reference.base, f);
    for step in &reference.steps {
        if let Step::Index(index) = step {
            walk_expr(index, f);
        }
    }
}
