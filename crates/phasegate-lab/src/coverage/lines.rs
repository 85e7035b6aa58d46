//! Lines, as OPA counts them: those of heads and of statements.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::rego::syntax::{ExprKind, Module, Query, Rule, StatementKind, walk_query};
use serde::Serialize;

use crate::Project;

/// Which lines of all files are covered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineCoverage {
    /// By file.
    pub files: BTreeMap<String, FileCoverage>,
    /// Of all files.
    pub covered_lines: usize,
    /// Of all files.
    pub not_covered_lines: usize,
    /// In percent, from 0 to 100; 0 without lines.
    pub coverage: f64,
}

/// Which lines of a file are covered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileCoverage {
    /// Runs of lines, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Range>,
    /// Runs of lines, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_covered: Vec<Range>,
    /// How many there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub covered_lines: usize,
    /// How many there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_covered_lines: usize,
    /// In percent.
    #[serde(skip_serializing_if = "is_none")]
    pub coverage: f64,
}

/// A run of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The first.
    pub start: Row,
    /// The last.
    pub end: Row,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// From 1.
    pub row: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_none(percent: &f64) -> bool {
    *percent <= 0.0
}

/// Lines of a project, given which rows the engine evaluated something of, and which heads a body
/// held for.
pub(super) fn of(
    project: &Project,
    reached: &BTreeSet<(String, usize)>,
    fired: &BTreeSet<(String, usize)>,
) -> LineCoverage {
    let mut files = BTreeMap::new();
    let (mut all_covered, mut all_not) = (0, 0);
    for module in &project.modules {
        let has =
            |set: &BTreeSet<(String, usize)>, row: usize| set.contains(&(module.file.clone(), row));
        let (mut covered, mut not_covered) = (BTreeSet::new(), BTreeSet::new());
        for line in module.rules.iter().flat_map(|rule| lines(module, rule)) {
            let hit = match line.kind {
                Kind::Head => has(fired, line.first),
                // A rule that always holds is covered when it is asked for.
                Kind::Constant => (line.first..=line.last).any(|row| has(reached, row)),
                Kind::Statement | Kind::Declaration => {
                    (line.first..=line.last).any(|row| has(reached, row))
                }
            };
            if hit {
                covered.insert(line.first);
            } else if line.kind != Kind::Declaration {
                not_covered.insert(line.first);
            }
        }
        not_covered.retain(|row| !covered.contains(row));
        all_covered += covered.len();
        all_not += not_covered.len();
        files.insert(
            module.file.clone(),
            FileCoverage {
                covered_lines: covered.len(),
                not_covered_lines: not_covered.len(),
                coverage: percent(covered.len(), not_covered.len()),
                covered: ranges(&covered),
                not_covered: ranges(&not_covered),
            },
        );
    }
    LineCoverage {
        files,
        covered_lines: all_covered,
        not_covered_lines: all_not,
        coverage: percent(all_covered, all_not),
    }
}

fn percent(covered: usize, not_covered: usize) -> f64 {
    let all = covered + not_covered;
    if all == 0 { 0.0 } else { 100.0 * covered as f64 / all as f64 }
}

fn ranges(rows: &BTreeSet<usize>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for &row in rows {
        match ranges.last_mut() {
            Some(last) if last.end.row + 1 == row => last.end.row = row,
            _ => ranges.push(Range { start: Row { row }, end: Row { row } }),
        }
    }
    ranges
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Head,
    Constant,
    Statement,
    /// `some x in xs`: OPA counts it when it is reached, and never as missed.
    Declaration,
}

struct Line {
    kind: Kind,
    first: usize,
    last: usize,
}

fn lines(module: &Module, rule: &Rule) -> Vec<Line> {
    let rows = |start: usize, end: usize| {
        (module.position(start).row, module.position(end.max(1) - 1).row)
    };
    let mut found = Vec::new();
    let (first, last) = rows(rule.span.start, rule.span.end);
    if rule.bodies.is_empty() {
        found.push(Line { kind: Kind::Constant, first, last });
    }
    for body in &rule.bodies {
        let start = if body.is_else { body.span.start } else { rule.head.span.start };
        let (first, last) = rows(start, start + 1);
        found.push(Line { kind: Kind::Head, first, last });
    }
    let mut queries: Vec<&Query> = rule.bodies.iter().map(|body| &body.query).collect();
    while let Some(query) = queries.pop() {
        for statement in &query.statements {
            let kind = match &statement.kind {
                StatementKind::SomeIn { .. } => Kind::Declaration,
                StatementKind::SomeVars(_) => continue,
                StatementKind::Every { query, .. } => {
                    queries.push(query);
                    Kind::Statement
                }
                StatementKind::Expr(_) | StatementKind::Not(_) => Kind::Statement,
            };
            let (first, last) = rows(statement.span.start, statement.span.end);
            found.push(Line { kind, first, last });
        }
        walk_query(query, &mut |expr| match &expr.kind {
            ExprKind::ArrayComprehension { query, .. }
            | ExprKind::SetComprehension { query, .. }
            | ExprKind::ObjectComprehension { query, .. } => queries.push(query),
            _ => {}
        });
    }
    found
}
