//! What did not hold in a failed test, and the values in it.
//!
//! The engine keeps no trace. The failing statement is the first one with which the statements up
//! to it have no solution, found by rules of ours; its values are those of the last solution before
//! it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use phasegate::Timestamp;
use phasegate::rego::lab::{Lab, LabSetup};
use phasegate::rego::syntax::{Expr, ExprKind, Module, Rule, Span, Statement, StatementKind, Step};

use super::cases::{self, bound, header};
use super::result::Location;

/// A statement that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it begins.
    pub location: Location,
    /// Its lines, the first one with what stands before it replaced by white space.
    pub lines: Vec<String>,
    /// The values in it, by place.
    pub values: Vec<ValueAt>,
}

/// A value within a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueAt {
    /// Which line of the statement, from 0.
    pub line: usize,
    /// How many characters stand before it in the line.
    pub column: usize,
    /// The expression.
    pub text: String,
    /// Its value as Rego writes it, or `undefined`.
    pub value: String,
}

/// Looks for what did not hold.
pub(crate) struct Search<'a> {
    pub(crate) texts: &'a [(String, String)],
    pub(crate) setup: LabSetup<'a>,
    pub(crate) now: Timestamp,
    pub(crate) module: &'a Module,
}

const PACKAGE_RULE: &str = "phasegate_probe";

impl Search<'_> {
    /// What did not hold in a rule, for the case that `is_case` tells by an expression.
    pub(crate) fn rule(&self, rule: &Rule, is_case: Option<&(usize, String)>) -> Option<Failure> {
        let body = rule.bodies.last()?;
        let known = Known { statements: Vec::new(), bound: BTreeSet::new() };
        self.query(&body.query.statements, known, is_case)
    }

    fn query(
        &self,
        statements: &[Statement],
        mut known: Known,
        is_case: Option<&(usize, String)>,
    ) -> Option<Failure> {
        for (at, statement) in statements.iter().enumerate() {
            let mut with = known.clone();
            with.take(self.module, statement);
            if let Some((after, is_case)) = is_case
                && at + 1 == *after
            {
                with.statements.push(is_case.clone());
            }
            if self.solutions(&with, "[1]").is_some_and(|found| found.is_empty()) {
                return self.failed(statement, known);
            }
            known = with;
        }
        None
    }

    /// A statement that has no solution where those before it have one.
    fn failed(&self, statement: &Statement, mut known: Known) -> Option<Failure> {
        let query = match &statement.kind {
            StatementKind::Every { key, value, domain, query } => {
                // The failing statement within the body is the one to tell.
                let mut inner = known.clone();
                let key = key.as_ref().map(|key| format!("{}, ", key.text)).unwrap_or_default();
                inner.statements.push(format!(
                    "some {key}{} in {}",
                    value.text,
                    self.module.text_of(domain.span)
                ));
                inner.bound.insert(value.text.clone());
                Some((inner, query))
            }
            _ => None,
        };
        if let Some((inner, query)) = query {
            let mut known = inner;
            for statement in &query.statements {
                let text = self.module.text_of(statement.span);
                let mut without = known.clone();
                if let StatementKind::Every { .. } = &statement.kind {
                    if let Some(failure) = self.failed(statement, known.clone()) {
                        return Some(failure);
                    }
                } else if matches!(statement.kind, StatementKind::Expr(_)) {
                    without.statements.push(format!("not {text}"));
                    if self.solutions(&without, "[1]").is_some_and(|found| !found.is_empty()) {
                        return Some(self.told(statement, without, Pick::First));
                    }
                }
                known.take(self.module, statement);
            }
            return None;
        }
        known.bound.retain(|name| name != "_");
        Some(self.told(statement, known, Pick::Last))
    }

    /// The statement with its values in one solution of what is known.
    fn told(&self, statement: &Statement, mut known: Known, pick: Pick) -> Failure {
        let names: Vec<&str> = known.bound.iter().map(String::as_str).collect();
        let names = format!("[{}]", names.join(", "));
        let found = self.solutions(&known, &names).unwrap_or_default();
        let one = match pick {
            Pick::First => found.first(),
            Pick::Last => found.last(),
        };
        if let Some(one) = one.filter(|one| !one.is_empty()) {
            known.statements.push(format!("{names} == [{}]", one.join(", ")));
        }
        let first = self.module.position(statement.span.start);
        let mut values = Vec::new();
        for expr in shown(statement, &known.bound) {
            let text = self.module.text_of(expr.span);
            // The mocks of a statement hold for what is in it.
            let mut with = String::new();
            if !statement.with.iter().any(|with| covers(with.span, expr.span)) {
                for mock in &statement.with {
                    let _ = write!(with, " {}", self.module.text_of(mock.span));
                }
            }
            let mut one = known.clone();
            one.statements.push(format!("phasegate_value := {text}{with}"));
            let value = self.solutions(&one, "[phasegate_value]");
            let value = value.and_then(|mut found| found.pop()?.pop());
            let position = self.module.position(expr.span.start);
            values.push(ValueAt {
                line: position.row - first.row,
                column: position.col - 1,
                text: text.to_owned(),
                value: value.clone().unwrap_or_else(|| "undefined".to_owned()),
            });
            // What follows was not evaluated.
            if value.is_none() {
                break;
            }
        }
        let last = self.module.position(statement.span.end.max(1) - 1).row;
        let lines = (first.row..=last).map(|row| self.module.line(row).to_owned()).collect();
        let location = Location { file: self.module.file.clone(), row: first.row, col: first.col };
        Failure { location, lines, values }
    }

    /// The solutions of statements; `None` when they cannot stand alone.
    fn solutions(&self, known: &Known, row: &str) -> Option<Vec<Vec<String>>> {
        let mut text = header(self.module);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{PACKAGE_RULE} contains {row} if {{");
        for statement in &known.statements {
            let _ = writeln!(text, "{statement}");
        }
        text.push_str("true\n}\n");
        let modules = self.texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        let modules = modules.chain([("phasegate_probe.rego", text.as_str())]);
        let lab = Lab::load(modules, &self.setup).ok()?;
        let package = self.module.package.iter().map(String::as_str).chain([PACKAGE_RULE]);
        let path = phasegate::rego::check::render_path(package);
        lab.texts(&path, Some(self.now))
    }
}

/// Statements that hold, and the variables that they bind.
#[derive(Clone)]
struct Known {
    statements: Vec<String>,
    bound: BTreeSet<String>,
}

impl Known {
    fn take(&mut self, module: &Module, statement: &Statement) {
        self.statements.push(module.text_of(statement.span).to_owned());
        bound(statement, &mut self.bound);
        self.bound.remove("_");
    }
}

/// Which solution is told: `every` ends at the first element that does not hold, a search at the
/// last one.
#[derive(Clone, Copy)]
enum Pick {
    First,
    Last,
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// What of a statement has a value that tells something, in the order in which it is evaluated.
fn shown<'a>(statement: &'a Statement, locals: &BTreeSet<String>) -> Vec<&'a Expr> {
    let mut found = Vec::new();
    match &statement.kind {
        StatementKind::Expr(expr) | StatementKind::Not(expr) => {
            parts(expr, true, locals, &mut found);
        }
        StatementKind::SomeIn { collection, .. } => parts(collection, false, locals, &mut found),
        StatementKind::SomeVars(_) | StatementKind::Every { .. } => {}
    }
    for with in &statement.with {
        parts(&with.value, false, locals, &mut found);
    }
    found
}

fn parts<'a>(expr: &'a Expr, top: bool, locals: &BTreeSet<String>, found: &mut Vec<&'a Expr>) {
    let inner = |exprs: &[&'a Expr], found: &mut Vec<&'a Expr>| {
        for expr in exprs {
            parts(expr, false, locals, found);
        }
    };
    match &expr.kind {
        ExprKind::Scalar(_) => {}
        ExprKind::Var(name) if name == "_" => {}
        ExprKind::Var(_)
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. } => found.push(expr),
        ExprKind::Ref(reference) => {
            if matches!(&reference.base.kind, ExprKind::Var(name) if locals.contains(name)) {
                found.push(&reference.base);
            }
            for step in &reference.steps {
                if let Step::Index(index) = step {
                    inner(&[index], found);
                }
            }
            found.push(expr);
        }
        ExprKind::Array(items) | ExprKind::Set(items) => {
            for item in items {
                inner(&[item], found);
            }
        }
        ExprKind::Object(fields) => {
            for (key, value) in fields {
                inner(&[key, value], found);
            }
        }
        ExprKind::Call { args, .. } => {
            for item in args {
                inner(&[item], found);
            }
            if !top {
                found.push(expr);
            }
        }
        ExprKind::Arithmetic { left, right, .. } | ExprKind::SetOperation { left, right, .. } => {
            inner(&[left, right], found);
            found.push(expr);
        }
        ExprKind::Compare { left, right, .. } => inner(&[left, right], found),
        // The left side of `:=` has no value when the right side has none.
        ExprKind::Assign { right, .. } => inner(&[right], found),
        ExprKind::Membership { key, value, collection } => {
            if let Some(key) = key {
                inner(&[key], found);
            }
            inner(&[value, collection], found);
        }
    }
}

/// The last statement of a rule that names its cases, and how to tell one of them.
pub(crate) fn is_case(
    module: &Module,
    rule: &Rule,
    test: &super::discover::Test,
    path: &[&str],
) -> (usize, String) {
    let names = cases::names(module, rule, test);
    let told = names.iter().zip(path).map(|(name, value)| {
        let text = serde_json::Value::from(*value).to_string();
        // A case that is not named by a text is named by its JSON.
        format!("{text} in [{name}, json.marshal({name})]")
    });
    let told = told.collect::<Vec<_>>().join("\n");
    (cases::prefix(rule, test).len(), told)
}
