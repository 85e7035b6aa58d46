//! A query as one expression whose value holds everything that a query answers.
//!
//! The engine answers a query of several statements, or one that iterates, only in part. Its
//! comprehensions are complete, so that a query becomes one:
//!
//! ```rego
//! some x in [1, 2]; x > 1
//! # is asked as
//! [[[true, value1], {"x": x}] | some x in [1, 2]; value1 := (x > 1); value1]
//! ```
//!
//! Which values are shown, and when a false one is no answer, is as in OPA: `rego.Rego` captures
//! the value of each expression that is no assignment, unification or negation; it demands that
//! each is true when there are several, or when the query iterates.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::bounded::{Edit, edits};
use crate::check::{Builtin, builtin};
use crate::engine::QueryLocation;
use crate::syntax::{
    Expr, ExprKind, ParsedQuery, Reference, Span, Statement, StatementKind, Step, free_name,
    walk_outside_closures,
};

/// A query as the engine is asked it.
#[derive(Debug)]
pub(crate) struct Captured {
    /// One expression, whose value is an array with one `[values, bindings]` for each answer.
    pub(crate) text: String,
    /// The expressions whose values are told, in order.
    pub(crate) expressions: Vec<Told>,
    /// What was copied from the query: offsets in [`Captured::text`] and in the parsed query.
    copies: Vec<Copy>,
}

/// An expression of a query as its answer shows it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) location: QueryLocation,
}

#[derive(Debug, Clone, Copy)]
struct Copy {
    here: usize,
    there: usize,
    length: usize,
}

impl Captured {
    /// Writes the expression. `arity` says how many arguments a function of the policy takes.
    pub(crate) fn new(query: &ParsedQuery, arity: impl Fn(&[String]) -> Option<usize>) -> Self {
        let statements = &query.statements().statements;
        let demanded = statements.len() > 1 || statements.iter().any(iterates);
        let prefix = free_name("value__", query.text());
        let mut told = Vec::new();
        let mut values = Vec::new();
        let edits = edits(&query.module);
        let mut body = Body { query, edits, text: String::new(), copies: Vec::new() };
        let mut at = query.start();
        for statement in statements {
            body.copy(at, statement.span.start);
            at = statement.span.end;
            if matches!(statement.kind, StatementKind::SomeVars(_)) {
                body.copy(statement.span.start, at);
                continue;
            }
            let (row, col) = query.position(statement.span.start);
            told.push(Told {
                text: body.original(statement.span).to_owned(),
                location: QueryLocation { row: short(row), col: short(col) },
            });
            match shown(statement, &arity) {
                Shown::AsTrue => {
                    body.copy(statement.span.start, at);
                    values.push("true".to_owned());
                }
                // The engine does not know, in a query, how many arguments a function takes.
                Shown::Output { inputs, output } => {
                    body.copy(output.start, output.end);
                    body.text.push_str(" = ");
                    body.copy(statement.span.start, inputs);
                    body.text.push_str(") ");
                    let end = statement.with.first().map_or(at, |with| with.span.start);
                    body.copy(end, at);
                    values.push("true".to_owned());
                }
                Shown::Value => {
                    let name = format!("{prefix}{}", values.len());
                    let end = statement.with.first().map_or(at, |with| with.span.start);
                    let _ = write!(body.text, "{name} := (");
                    body.copy(statement.span.start, end);
                    body.text.push_str(") ");
                    body.copy(end, at);
                    if demanded {
                        let _ = write!(body.text, "; {name}");
                    }
                    values.push(name);
                }
            }
        }
        body.copy(at, query.end());
        let bindings: Vec<String> =
            names(statements).iter().map(|name| format!("\"{name}\": {name}")).collect();
        let head = format!("[[[{}], {{{}}}] | ", values.join(", "), bindings.join(", "));
        let shift = head.len();
        let copies = body.copies.iter().map(|copy| Copy { here: copy.here + shift, ..*copy });
        let copies = copies.collect();
        // A comment may end the query.
        Self { text: format!("{head}{}\n]", body.text), expressions: told, copies }
    }

    /// Where a place that the engine names stands in the query; it counts columns in bytes, and a
    /// tab four times.
    pub(crate) fn place(&self, query: &ParsedQuery, row: usize, col: usize) -> (usize, usize) {
        let line = row.saturating_sub(1);
        let start = match line {
            0 => 0,
            _ => self
                .text
                .match_indices('\n')
                .nth(line - 1)
                .map_or(self.text.len(), |(at, _)| at + 1),
        };
        let mut offset = start;
        let mut at = 1;
        for c in self.text.get(start..).unwrap_or_default().chars() {
            if at >= col || c == '\n' {
                break;
            }
            at += if c == '\t' { 4 } else { c.len_utf8() };
            offset += c.len_utf8();
        }
        let after = self.copies.partition_point(|copy| copy.here <= offset);
        let copy = after.checked_sub(1).and_then(|at| self.copies.get(at));
        // Behind a copy is what was inserted there: the engine places a call at its parenthesis.
        query.position(
            copy.map_or(query.start(), |copy| copy.there + (offset - copy.here).min(copy.length)),
        )
    }
}

struct Body<'q> {
    query: &'q ParsedQuery,
    edits: Vec<Edit>,
    text: String,
    copies: Vec<Copy>,
}

impl Body<'_> {
    fn original(&self, span: Span) -> &str {
        self.query.text().get(span.start..span.end).unwrap_or_default()
    }

    fn copy(&mut self, start: usize, end: usize) {
        let within = |edit: &&Edit| {
            if edit.opens {
                (start..end).contains(&edit.at)
            } else {
                start < edit.at && edit.at <= end
            }
        };
        let edits: Vec<Edit> = self.edits.iter().filter(within).copied().collect();
        let mut at = start;
        for edit in edits {
            self.copy_plain(at, edit.at);
            self.text.push_str(edit.inserts);
            at = edit.at + edit.removes;
        }
        self.copy_plain(at, end);
    }

    fn copy_plain(&mut self, start: usize, end: usize) {
        let text = self.query.text().get(start..end).unwrap_or_default();
        self.copies.push(Copy { here: self.text.len(), there: start, length: text.len() });
        self.text.push_str(text);
    }
}

fn short(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// How a statement is shown in an answer.
enum Shown {
    /// By its value.
    Value,
    /// As `true`: it has no value of its own.
    AsTrue,
    /// As `true`: a function of the policy, given one argument more than it takes, which its result
    /// is unified with. Its inputs end at an offset.
    Output { inputs: usize, output: Span },
}

fn shown(statement: &Statement, arity: impl Fn(&[String]) -> Option<usize>) -> Shown {
    let StatementKind::Expr(expr) = &statement.kind else { return Shown::AsTrue };
    let ExprKind::Call { function, args, .. } = &expr.kind else {
        return match expr.kind {
            ExprKind::Assign { .. } => Shown::AsTrue,
            _ => Shown::Value,
        };
    };
    match builtin(&function.join(".")) {
        Some(Builtin { name: "print", .. }) => Shown::AsTrue,
        Some(builtin) if args.len() > *builtin.arity().end() => Shown::AsTrue,
        Some(_) => Shown::Value,
        None => match args.as_slice() {
            [.., last, output] if arity(function).is_some_and(|takes| args.len() > takes) => {
                Shown::Output { inputs: last.span.end, output: output.span }
            }
            _ => Shown::Value,
        },
    }
}

/// Whether OPA takes a statement for one that iterates: a reference with a variable in it, or a
/// call of `walk`, outside comprehensions.
fn iterates(statement: &Statement) -> bool {
    let in_expr = |expr: &Expr| {
        let mut found = false;
        walk_outside_closures(expr, &mut |expr| match &expr.kind {
            ExprKind::Ref(Reference { steps, .. }) => {
                found |= steps
                    .iter()
                    .any(|step| matches!(step, Step::Index(Expr { kind: ExprKind::Var(_), .. })));
            }
            ExprKind::Call { function, .. } => found |= function == &["walk"],
            _ => {}
        });
        found
    };
    match &statement.kind {
        StatementKind::SomeVars(_) => false,
        StatementKind::SomeIn { .. } => true,
        StatementKind::Expr(expr) | StatementKind::Not(expr) => in_expr(expr),
        StatementKind::Every { domain, .. } => in_expr(domain),
    }
}

/// The variables of the query itself, which its answers bind. What only a negation or a `with`
/// names is bound elsewhere.
fn names(statements: &[Statement]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut note = |expr| {
        walk_outside_closures(expr, &mut |expr: &Expr| {
            if let ExprKind::Var(name) = &expr.kind
                && !["_", "input", "data"].contains(&name.as_str())
            {
                names.insert(name.as_str());
            }
        });
    };
    for statement in statements {
        match &statement.kind {
            StatementKind::SomeIn { key, value, collection } => {
                key.iter().chain([value, collection]).for_each(&mut note);
            }
            StatementKind::Expr(expr) => note(expr),
            StatementKind::Every { domain, .. } => note(domain),
            StatementKind::SomeVars(_) | StatementKind::Not(_) => {}
        }
    }
    names
}
