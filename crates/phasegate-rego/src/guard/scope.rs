//! Local variables: which names a query declares, and what they are known to be.

use std::collections::{BTreeMap, BTreeSet};

use super::value::Value;
use crate::syntax::{AssignOp, Expr, ExprKind, Query, Statement, StatementKind, Step, walk_expr};

/// The local variables in sight, innermost scope last. A declared variable without a value is not
/// bound yet.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    stack: Vec<BTreeMap<String, Option<Value>>>,
}

impl Scopes {
    pub(super) fn push(&mut self) {
        self.stack.push(BTreeMap::new());
    }

    pub(super) fn pop(&mut self) {
        self.stack.pop();
    }

    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn declare(&mut self, name: &str) {
        if let Some(scope) = self.stack.last_mut() {
            scope.entry(name.to_owned()).or_insert(None);
        }
    }

    /// The scope a name lives in, counted from 1, and its value if it has one.
    pub(super) fn find(&self, name: &str) -> Option<(usize, Option<&Value>)> {
        let found = self.stack.iter().enumerate().rev().find_map(|(i, s)| Some((i, s.get(name)?)));
        found.map(|(index, value)| (index + 1, value.as_ref()))
    }

    /// Gives a variable its value in the scope it is declared in, else in the innermost.
    pub(super) fn bind(&mut self, name: &str, value: Value) {
        let position = self.stack.iter().rposition(|scope| scope.contains_key(name));
        let scope = match position {
            Some(index) => self.stack.get_mut(index),
            None => self.stack.last_mut(),
        };
        if let Some(scope) = scope {
            scope.insert(name.to_owned(), Some(value));
        }
    }
}

/// The names a query declares itself, hiding any outer meaning: `some x`, `x := ...`, `some x in
/// ...`.
pub(super) fn declared(query: &Query) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for statement in &query.statements {
        match &statement.kind {
            StatementKind::SomeVars(vars) => names.extend(vars.iter().map(|v| v.text.as_str())),
            StatementKind::SomeIn { key, value, .. } => {
                if let Some(key) = key {
                    pattern_names(key, &mut names);
                }
                pattern_names(value, &mut names);
            }
            StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, .. },
                ..
            }) => pattern_names(left, &mut names),
            StatementKind::Expr(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {}
        }
    }
    names
}

/// The names that a query and all queries nested in it declare.
pub(super) fn declared_within<'a>(query: &'a Query, names: &mut BTreeSet<&'a str>) {
    names.extend(declared(query));
    for statement in &query.statements {
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            StatementKind::SomeIn { collection: expr, .. }
            | StatementKind::Expr(expr)
            | StatementKind::Not(expr) => declared_in_expr(expr, names),
            StatementKind::Every { key, value, domain, query } => {
                names.extend(key.iter().chain([value]).map(|name| name.text.as_str()));
                declared_in_expr(domain, names);
                declared_within(query, names);
            }
        }
    }
}

/// The names that the comprehensions of an expression declare.
pub(super) fn declared_in_expr<'a>(expr: &'a Expr, names: &mut BTreeSet<&'a str>) {
    walk_expr(expr, &mut |part| match &part.kind {
        // `walk_expr` goes into nested ones by itself.
        ExprKind::ArrayComprehension { query, .. }
        | ExprKind::SetComprehension { query, .. }
        | ExprKind::ObjectComprehension { query, .. } => names.extend(declared(query)),
        _ => {}
    });
}

/// The variables of a pattern such as `[x, {"k": y}]`.
pub(super) fn pattern_names<'a>(pattern: &'a Expr, names: &mut BTreeSet<&'a str>) {
    match &pattern.kind {
        ExprKind::Var(name) if name != "_" => {
            names.insert(name);
        }
        ExprKind::Array(items) => items.iter().for_each(|item| pattern_names(item, names)),
        ExprKind::Object(members) => {
            for (_, value) in members {
                pattern_names(value, names);
            }
        }
        _ => {}
    }
}

/// Every name a statement uses outside the queries nested in it: those that mean nothing else are
/// variables of this query.
pub(super) fn used<'a>(statement: &'a Statement, names: &mut BTreeSet<&'a str>) {
    for with in &statement.with {
        used_in(&with.value, names);
    }
    match &statement.kind {
        StatementKind::SomeVars(_) => {}
        StatementKind::SomeIn { collection: expr, .. }
        | StatementKind::Expr(expr)
        | StatementKind::Not(expr)
        | StatementKind::Every { domain: expr, .. } => used_in(expr, names),
    }
}

fn used_in<'a>(expr: &'a Expr, names: &mut BTreeSet<&'a str>) {
    match &expr.kind {
        ExprKind::Var(name) => {
            if name != "_" {
                names.insert(name);
            }
        }
        ExprKind::Ref(reference) => {
            used_in(&reference.base, names);
            for step in &reference.steps {
                if let Step::Index(index) = step {
                    used_in(index, names);
                }
            }
        }
        ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
            for item in items {
                used_in(item, names);
            }
        }
        ExprKind::Object(members) => members.iter().for_each(|(key, value)| {
            used_in(key, names);
            used_in(value, names);
        }),
        ExprKind::Compare { left, right, .. }
        | ExprKind::Arithmetic { left, right, .. }
        | ExprKind::SetOperation { left, right, .. }
        | ExprKind::Assign { left, right, .. } => {
            used_in(left, names);
            used_in(right, names);
        }
        ExprKind::Membership { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|e| used_in(e, names));
        }
        ExprKind::Scalar(_)
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. } => {}
    }
}
