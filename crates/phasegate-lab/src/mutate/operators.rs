//! The faults that people make in gates, each an edit of the source at the place of one node.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::rego::check::PolicyIndex;
use phasegate::rego::syntax::{
    CompareOp, Expr, ExprKind, Module, Query, Reference, Rule, Scalar, Span, Statement,
    StatementKind, Step, walk_rule_exprs, walk_statements,
};
use serde::Serialize;

use super::{Mutant, is_policy};
use crate::Project;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operator {
    /// `<` for `<=`, and the other way round.
    RelaxComparison,
    /// `<` for `>`, `==` for `!=`.
    FlipComparison,
    /// A literal limit that is a little higher.
    NudgeUp,
    /// A literal limit that is a little lower.
    NudgeDown,
    /// Another metric of the same section.
    SwapMetric,
    /// A condition that always holds.
    DropConjunct,
    /// A statement of a rule that is missing.
    DropRule,
    /// `not` where there is none, and none where there is one.
    Negate,
    /// Another default.
    ChangeDefault,
    /// Another value of a constant rule.
    ChangeConstant,
    /// One of them is enough where each had to be.
    EveryToSome,
}

impl Operator {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RelaxComparison => "relax_comparison",
            Self::FlipComparison => "flip_comparison",
            Self::NudgeUp => "nudge_up",
            Self::NudgeDown => "nudge_down",
            Self::SwapMetric => "swap_metric",
            Self::DropConjunct => "drop_conjunct",
            Self::DropRule => "drop_rule",
            Self::Negate => "negate",
            Self::ChangeDefault => "change_default",
            Self::ChangeConstant => "change_constant",
            Self::EveryToSome => "every_to_some",
        }
    }
}

/// Every mutant of a project's policies; none that says what stands there already.
pub(super) fn mutants(project: &Project) -> Vec<Mutant> {
    let siblings = siblings(project);
    let index = PolicyIndex::new(&project.modules);
    let mut mutants = Vec::new();
    for definition in index.definitions() {
        for &place in &definition.statements {
            let Some((module, rule)) = index.rule(place) else { continue };
            if !is_policy(module) {
                continue;
            }
            let mut found = Found { module, mutants: Vec::new() };
            found.rule(rule, &siblings);
            // A rule without any statement would leave references to it dangling.
            if definition.statements.len() > 1 {
                found.edit(Operator::DropRule, rule.span, String::new());
            }
            mutants.append(&mut found.mutants);
        }
    }
    mutants.sort_by(|a, b| {
        (&a.file, a.span, a.operator, &a.after).cmp(&(&b.file, b.span, b.operator, &b.after))
    });
    let mut seen = BTreeSet::new();
    mutants.retain(|one| seen.insert((one.file.clone(), one.span, one.after.clone())));
    mutants
}

/// The facts that the policies read, by section: `metrics` to `cost_delta`, `error_rate`, ...
fn siblings(project: &Project) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in project.policies().flat_map(|module| &module.rules) {
        walk_rule_exprs(rule, &mut |expr| {
            if let Some((section, last)) = fact(expr) {
                sections.entry(section).or_default().insert(last.text.clone());
            }
        });
    }
    sections
}

/// A fact in a section of the input: the section's path, and the last step.
fn fact(expr: &Expr) -> Option<(String, &phasegate::rego::syntax::Name)> {
    let ExprKind::Ref(Reference { base, steps }) = &expr.kind else { return None };
    if !matches!(&base.kind, ExprKind::Var(root) if root == "input") {
        return None;
    }
    let names: Option<Vec<_>> = steps
        .iter()
        .map(|step| match step {
            Step::Field(name) => Some(name),
            Step::Index(_) => None,
        })
        .collect();
    let names = names?;
    let (last, section) = names.split_last()?;
    let section: Vec<&str> = section.iter().map(|name| name.text.as_str()).collect();
    (!section.is_empty()).then(|| (section.join("."), *last))
}

struct Found<'a> {
    module: &'a Module,
    mutants: Vec<Mutant>,
}

impl Found<'_> {
    fn edit(&mut self, operator: Operator, span: Span, after: String) {
        let before = self.module.text_of(span).to_owned();
        if before == after {
            return;
        }
        let at = self.module.position(span.start);
        let file = self.module.file.clone();
        self.mutants.push(Mutant { operator, file, row: at.row, col: at.col, before, after, span });
    }

    fn rule(&mut self, rule: &Rule, siblings: &BTreeMap<String, BTreeSet<String>>) {
        if rule.is_default {
            if let Some(value) = &rule.head.value {
                self.constant(value, Operator::ChangeDefault);
            }
            return;
        }
        if rule.bodies.is_empty()
            && let Some(value) = &rule.head.value
        {
            self.constant(value, Operator::ChangeConstant);
        }
        walk_statements(rule, &mut |query, statement| self.statement(query, statement));
        walk_rule_exprs(rule, &mut |expr| {
            if let ExprKind::Compare { op, left, right } = &expr.kind {
                self.comparison(*op, left, right);
                for side in [left, right] {
                    self.limit(side);
                    self.swap(side, siblings);
                }
            }
        });
    }

    fn statement(&mut self, query: &Query, statement: &Statement) {
        let text = |span| self.module.text_of(span).to_owned();
        match &statement.kind {
            StatementKind::SomeVars(_) | StatementKind::SomeIn { .. } => {}
            StatementKind::Not(expr) => {
                self.edit(Operator::DropConjunct, statement.span, "true".to_owned());
                // The condition itself, in the place of its negation.
                let span = Span { start: statement.span.start, end: expr.span.start };
                if text(span).trim() == "not" {
                    self.edit(Operator::Negate, span, String::new());
                }
            }
            StatementKind::Every { key, value, domain, query: body } => {
                self.edit(Operator::DropConjunct, statement.span, "true".to_owned());
                let key = key.as_ref().map(|key| format!("{}, ", key.text)).unwrap_or_default();
                let (domain, body) = (text(domain.span), text(body.span));
                let some = format!("some {key}{} in {domain}\n{body}", value.text);
                self.edit(Operator::EveryToSome, statement.span, some);
            }
            StatementKind::Expr(expr) => {
                let binds = matches!(expr.kind, ExprKind::Assign { .. });
                let constant = matches!(expr.kind, ExprKind::Scalar(_));
                if binds || constant {
                    return;
                }
                self.edit(Operator::DropConjunct, statement.span, "true".to_owned());
                // The negation of a comparison is a comparison; see `comparison`.
                if !matches!(expr.kind, ExprKind::Compare { .. }) && query.statements.len() < 256 {
                    let negated = format!("not {}", text(statement.span));
                    self.edit(Operator::Negate, statement.span, negated);
                }
            }
        }
    }

    fn comparison(&mut self, op: CompareOp, left: &Expr, right: &Expr) {
        let (sign, relaxed, flipped) = match op {
            CompareOp::Less => ("<", Some("<="), ">"),
            CompareOp::LessOrEqual => ("<=", Some("<"), ">="),
            CompareOp::Greater => (">", Some(">="), "<"),
            CompareOp::GreaterOrEqual => (">=", Some(">"), "<="),
            CompareOp::Equal => ("==", None, "!="),
            CompareOp::NotEqual => ("!=", None, "=="),
        };
        let between = Span { start: left.span.end, end: right.span.start };
        let Some(at) = self.module.text_of(between).find(sign) else { return };
        let start = between.start + at;
        let span = Span { start, end: start + sign.len() };
        self.edit(Operator::FlipComparison, span, flipped.to_owned());
        if let Some(relaxed) = relaxed {
            self.edit(Operator::RelaxComparison, span, relaxed.to_owned());
        }
    }

    /// A literal that a fact is held against.
    fn limit(&mut self, expr: &Expr) {
        let ExprKind::Scalar(Scalar::Number(number)) = &expr.kind else { return };
        for (operator, up) in [(Operator::NudgeUp, true), (Operator::NudgeDown, false)] {
            self.edit(operator, expr.span, nudged(number, up));
        }
    }

    fn constant(&mut self, value: &Expr, operator: Operator) {
        match &value.kind {
            ExprKind::Scalar(Scalar::Bool(value_is)) => {
                self.edit(operator, value.span, (!value_is).to_string());
            }
            ExprKind::Scalar(Scalar::Number(number)) => {
                for up in [true, false] {
                    self.edit(operator, value.span, nudged(number, up));
                }
            }
            ExprKind::Call { function, args, .. } => {
                // The stricter of two limits becomes the laxer.
                let span = Span { start: value.span.start, end: value.span.start + 3 };
                match (function.as_slice(), args.as_slice()) {
                    ([name], [_]) if name == "min" => self.edit(operator, span, "max".to_owned()),
                    ([name], [_]) if name == "max" => self.edit(operator, span, "min".to_owned()),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn swap(&mut self, expr: &Expr, siblings: &BTreeMap<String, BTreeSet<String>>) {
        let Some((section, last)) = fact(expr) else { return };
        let Some(names) = siblings.get(&section) else { return };
        let next = names.iter().find(|name| **name > last.text).or_else(|| names.first());
        if let Some(next) = next.filter(|next| **next != last.text) {
            let before = self.module.text_of(last.span);
            let quoted = before.starts_with(['"', '`']);
            let after = if quoted { format!("\"{next}\"") } else { next.clone() };
            self.edit(Operator::SwapMetric, last.span, after);
        }
    }
}

/// A number a little higher or lower: by one when it is whole, else by a tenth of itself.
fn nudged(number: &serde_json::Number, up: bool) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => {
            let next = if up { whole.checked_add(1) } else { whole.checked_sub(1) };
            next.unwrap_or(0).to_string()
        }
        (None, Some(value)) => {
            let step = value.abs() / 10.0;
            let next = if up { value + step } else { value - step };
            // Twelve digits, so that a tenth more of 0.02 is 0.022 to the reader, too.
            let next = format!("{next:.12e}").parse().unwrap_or(next);
            serde_json::Value::from(next).to_string()
        }
        (None, None) => number.to_string(),
    }
}
