//! Walking the tree.

use super::tree::{
    Expr, ExprKind, HeadKind, Query, Reference, Rule, Statement, StatementKind, Step,
};

/// Calls `f` on an expression and on every expression below it, comprehension and `every` bodies
/// included, outer ones first.
///
/// It recurses as deep as the tree is high, which [`Module::parse`](super::Module::parse) bounds.
pub fn walk_expr<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a Expr)) {
    walk_while(expr, &mut |expr| {
        f(expr);
        true
    });
}

/// Calls `f` on an expression and on those below it that stand outside comprehensions: what is in
/// one names variables of its own.
pub(crate) fn walk_outside_closures<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a Expr)) {
    walk_while(expr, &mut |expr| {
        f(expr);
        !matches!(
            expr.kind,
            ExprKind::ArrayComprehension { .. }
                | ExprKind::SetComprehension { .. }
                | ExprKind::ObjectComprehension { .. }
        )
    });
}

/// Calls `f` on every expression of a query, `with` values included.
pub fn walk_query<'a>(query: &'a Query, f: &mut impl FnMut(&'a Expr)) {
    walk_query_while(query, &mut |expr| {
        f(expr);
        true
    });
}

/// Goes below an expression where `f` says so.
fn walk_while<'a>(expr: &'a Expr, f: &mut impl FnMut(&'a Expr) -> bool) {
    if !f(expr) {
        return;
    }
    match &expr.kind {
        ExprKind::Scalar(_) | ExprKind::Var(_) => {}
        ExprKind::Ref(Reference { base, steps }) => {
            walk_while(base, f);
            for step in steps {
                if let Step::Index(index) = step {
                    walk_while(index, f);
                }
            }
        }
        ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
            for item in items {
                walk_while(item, f);
            }
        }
        ExprKind::Object(fields) => {
            for (key, value) in fields {
                walk_while(key, f);
                walk_while(value, f);
            }
        }
        ExprKind::ArrayComprehension { term, query }
        | ExprKind::SetComprehension { term, query } => {
            walk_while(term, f);
            walk_query_while(query, f);
        }
        ExprKind::ObjectComprehension { key, value, query } => {
            walk_while(key, f);
            walk_while(value, f);
            walk_query_while(query, f);
        }
        ExprKind::Compare { left, right, .. }
        | ExprKind::Arithmetic { left, right, .. }
        | ExprKind::SetOperation { left, right, .. }
        | ExprKind::Assign { left, right, .. } => {
            walk_while(left, f);
            walk_while(right, f);
        }
        ExprKind::Membership { key, value, collection } => {
            if let Some(key) = key {
                walk_while(key, f);
            }
            walk_while(value, f);
            walk_while(collection, f);
        }
    }
}

fn walk_query_while<'a>(query: &'a Query, f: &mut impl FnMut(&'a Expr) -> bool) {
    for statement in &query.statements {
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                if let Some(key) = key {
                    walk_while(key, f);
                }
                walk_while(value, f);
                walk_while(collection, f);
            }
            StatementKind::Expr(expr) | StatementKind::Not(expr) => walk_while(expr, f),
            StatementKind::Every { domain, query, .. } => {
                walk_while(domain, f);
                walk_query_while(query, f);
            }
        }
        for with in &statement.with {
            walk_while(&with.value, f);
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

/// Calls `f` on every expression of a rule statement, those of its head included.
pub fn walk_rule_exprs<'a>(rule: &'a Rule, f: &mut impl FnMut(&'a Expr)) {
    walk_reference(&rule.head.reference, f);
    let parts = match &rule.head.kind {
        HeadKind::Set { key } => std::slice::from_ref(key),
        HeadKind::Function { args } => args,
        HeadKind::Complete => &[],
    };
    let values = rule.bodies.iter().filter_map(|body| body.value.as_ref());
    for expr in parts.iter().chain(&rule.head.value).chain(values) {
        walk_expr(expr, f);
    }
    for body in &rule.bodies {
        walk_query(&body.query, f);
    }
}

/// Calls `f` on every statement of a rule with the query it stands in, those of comprehensions and
/// `every` included.
pub fn walk_statements<'a>(rule: &'a Rule, f: &mut impl FnMut(&'a Query, &'a Statement)) {
    let mut queries: Vec<&'a Query> = rule.bodies.iter().map(|body| &body.query).collect();
    walk_rule_exprs(rule, &mut |expr| match &expr.kind {
        ExprKind::ArrayComprehension { query, .. }
        | ExprKind::SetComprehension { query, .. }
        | ExprKind::ObjectComprehension { query, .. } => queries.push(query),
        _ => {}
    });
    while let Some(query) = queries.pop() {
        for statement in &query.statements {
            if let StatementKind::Every { query, .. } = &statement.kind {
                queries.push(query);
            }
            f(query, statement);
        }
    }
}
