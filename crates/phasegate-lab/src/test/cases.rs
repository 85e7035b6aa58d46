//! The cases of a test whose head names them: `test_a[case.note] if { some case in cases ... }`.
//!
//! The engine gives the cases that hold. For the others a rule of ours keeps the statements up to
//! the one that binds the last name, so that it finds every case, whatever follows; OPA records a
//! case at the same place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use phasegate::rego::syntax::{
    AssignOp, Expr, ExprKind, Module, Query, Rule, Statement, StatementKind, Step, walk_expr,
    walk_query,
};
use serde_json::Value;

use super::discover::Test;
use super::result::SubResult;

/// The rule of ours that finds the cases of a test.
pub(crate) fn rule_name(number: usize) -> String {
    format!("phasegate_cases_{number}")
}

/// A rule that finds the names of all cases of a test.
pub(crate) fn rule(module: &Module, rule: &Rule, test: &Test, number: usize) -> String {
    let names = names(module, rule, test).join(", ");
    let mut text = format!("{} contains [{names}] if {{\n", rule_name(number));
    for statement in prefix(rule, test) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", module.text_of(statement.span));
    }
    text.push_str("true\n}\n");
    text
}

/// The head of a module of ours that sees what another module sees.
pub(crate) fn header(module: &Module) -> String {
    let mut text = format!("{}\n\n", module.text_of(module.package_span));
    for import in &module.imports {
        let _ = writeln!(text, "{}", module.text_of(import.span));
    }
    text
}

/// What the head names cases by, in the words of the source.
pub(crate) fn names(module: &Module, rule: &Rule, test: &Test) -> Vec<String> {
    let steps = rule.head.reference.steps.iter().skip(test.named);
    steps
        .map(|step| match step {
            Step::Field(name) => Value::from(name.text.as_str()).to_string(),
            Step::Index(index) => module.text_of(index.span).to_owned(),
        })
        .collect()
}

/// The statements that name every case.
pub(crate) fn prefix<'a>(rule: &'a Rule, test: &Test) -> &'a [Statement] {
    let Some(body) = rule.bodies.first() else { return &[] };
    let mut wanted = BTreeSet::new();
    for step in rule.head.reference.steps.iter().skip(test.named) {
        if let Step::Index(index) = step {
            variables(index, &mut wanted);
        }
    }
    let statements = &body.query.statements;
    let end = wanted.iter().filter_map(|name| introduced(&body.query, name)).max();
    end.and_then(|end| statements.get(..=end)).unwrap_or_default()
}

/// The first statement that binds a variable, else the first that mentions it.
fn introduced(query: &Query, name: &str) -> Option<usize> {
    let find = |names: fn(&Statement, &mut BTreeSet<String>)| {
        query.statements.iter().position(|statement| {
            let mut found = BTreeSet::new();
            names(statement, &mut found);
            found.contains(name)
        })
    };
    find(bound).or_else(|| find(mentioned))
}

/// The variables that a statement can bind.
pub(crate) fn bound(statement: &Statement, names: &mut BTreeSet<String>) {
    match &statement.kind {
        StatementKind::SomeIn { key, value, collection } => {
            for pattern in key.iter().chain([value]) {
                variables(pattern, names);
            }
            iterated(collection, names);
        }
        StatementKind::Expr(expr) => {
            match &expr.kind {
                ExprKind::Assign { op: AssignOp::Bind, left, .. } => variables(left, names),
                ExprKind::Assign { op: AssignOp::Unify, left, right } => {
                    variables(left, names);
                    variables(right, names);
                }
                _ => {}
            }
            iterated(expr, names);
        }
        StatementKind::SomeVars(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {}
    }
}

/// `items[i]` binds `i`.
fn iterated(expr: &Expr, names: &mut BTreeSet<String>) {
    walk_expr(expr, &mut |expr| {
        if let ExprKind::Ref(reference) = &expr.kind {
            for step in &reference.steps {
                if let Step::Index(Expr { kind: ExprKind::Var(name), .. }) = step {
                    names.insert(name.clone());
                }
            }
        }
    });
}

fn mentioned(statement: &Statement, names: &mut BTreeSet<String>) {
    if matches!(statement.kind, StatementKind::SomeVars(_)) {
        return;
    }
    let query = Query { statements: vec![statement.clone()], span: statement.span };
    walk_query(&query, &mut |expr| {
        if let ExprKind::Var(name) = &expr.kind {
            names.insert(name.clone());
        }
    });
}

/// Every variable of an expression.
pub(crate) fn variables(expr: &Expr, names: &mut BTreeSet<String>) {
    walk_expr(expr, &mut |expr| {
        if let ExprKind::Var(name) = &expr.kind {
            names.insert(name.clone());
        }
    });
}

/// The results of the cases that hold, or that have another value.
pub(crate) fn of_value(value: &Value) -> BTreeMap<String, SubResult> {
    let Value::Object(fields) = value else { return BTreeMap::new() };
    fields.iter().map(|(name, value)| (name.clone(), of_case(name, value))).collect()
}

fn of_case(name: &str, value: &Value) -> SubResult {
    let name = name.to_owned();
    match value {
        // OPA reads a null as a case without a name that holds.
        Value::Null => SubResult::default(),
        Value::Object(_) => {
            let sub_results = of_value(value);
            let fail = sub_results.values().any(|result| result.fail);
            SubResult { name, fail, sub_results, failure: None }
        }
        value => SubResult { name, fail: *value != Value::Bool(true), ..SubResult::default() },
    }
}

/// Adds a case by its path; one that is not there yet did not hold. Says whether it failed.
pub(crate) fn add(results: &mut BTreeMap<String, SubResult>, path: &[String]) -> bool {
    let Some((name, inner)) = path.split_first() else { return true };
    let entry = results.entry(name.clone()).or_insert_with(|| SubResult {
        name: name.clone(),
        fail: true,
        ..SubResult::default()
    });
    if inner.is_empty() {
        return entry.fail;
    }
    let fail = add(&mut entry.sub_results, inner);
    // An outer case that was not there yet is as its inner ones are.
    entry.fail = entry.sub_results.values().any(|result| result.fail);
    fail
}

/// A found path: texts as they are, other values as JSON.
pub(crate) fn path(found: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    found.as_array().map(|names| names.iter().map(text).collect()).unwrap_or_default()
}
