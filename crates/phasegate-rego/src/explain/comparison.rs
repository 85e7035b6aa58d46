//! Comparisons: every one that the asked rules make, and on which side of it the version may go
//! forward.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::Enclosing;
use super::rules::{RuleId, Rules};
use crate::entry::{Entry, Role};
use crate::syntax::{
    CompareOp, Expr, ExprKind, Module, Query, Rule, Scalar, Span, Statement, StatementKind,
    walk_expr,
};

/// A comparison in a rule that the gate asks, directly or through others.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) module: &'a Module,
    pub(crate) rule: &'a Rule,
    pub(crate) id: RuleId,
    pub(crate) span: Span,
    pub(crate) op: CompareOp,
    pub(crate) left: &'a Expr,
    pub(crate) right: &'a Expr,
    pub(crate) enclosing: Vec<Enclosing<'a>>,
    /// Whether the version may go forward when the comparison holds; `None` when it only helps to
    /// compute a value, or is used both ways.
    pub(crate) good_when_true: Option<bool>,
}

/// Whether more of something is good for the version; `None` when that cannot be said.
type Polarity = Option<bool>;

/// Where a comparison stands: the index of its module, and its span in it.
pub(crate) type Site = (usize, Span);

/// Finds the comparisons of the rules behind an entry, by site.
pub(crate) fn find<'a>(rules: &Rules<'a>, entry: &Entry) -> BTreeMap<Site, Comparison<'a>> {
    let mut finder = Finder::new(rules);
    for name in &entry.names {
        let polarity = match entry.role(name) {
            Some(Role::Allow) => Some(true),
            Some(role) if role.speaks() => Some(false),
            _ => continue,
        };
        if let Some(rule) = rules.named(&entry.package, name) {
            finder.push(rule, polarity);
        }
    }
    finder.run();
    finder.found
}

/// The sites of the comparisons that one rule statement rests on, directly or through other rules.
pub(crate) fn sites_of(
    rules: &Rules<'_>,
    statement: (usize, &Module, &Rule),
    id: RuleId,
) -> BTreeSet<Site> {
    let mut finder = Finder::new(rules);
    finder.rule(statement.0, statement.1, statement.2, id, Some(false));
    finder.run();
    finder.found.into_keys().collect()
}

struct Finder<'a, 'r> {
    rules: &'r Rules<'a>,
    pending: Vec<(RuleId, Polarity)>,
    seen: BTreeMap<RuleId, BTreeSet<Polarity>>,
    found: BTreeMap<Site, Comparison<'a>>,
}

/// Where the walk stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    module_index: usize,
    module: &'a Module,
    rule: &'a Rule,
    id: RuleId,
}

impl<'a, 'r> Finder<'a, 'r> {
    fn new(rules: &'r Rules<'a>) -> Self {
        Self { rules, pending: Vec::new(), seen: BTreeMap::new(), found: BTreeMap::new() }
    }

    fn run(&mut self) {
        while let Some((rule, polarity)) = self.pending.pop() {
            for (module_index, module, statement) in self.rules.statements(rule) {
                self.rule(module_index, module, statement, rule, polarity);
            }
        }
    }

    fn push(&mut self, rule: RuleId, polarity: Polarity) {
        if self.seen.entry(rule).or_default().insert(polarity) {
            self.pending.push((rule, polarity));
        }
    }

    fn rule(
        &mut self,
        module_index: usize,
        module: &'a Module,
        rule: &'a Rule,
        id: RuleId,
        polarity: Polarity,
    ) {
        let place = Place { module_index, module, rule, id };
        // A value that is computed, not asserted, says nothing of which side is good.
        let asserted = rule.head.value.as_ref().is_none_or(is_assertion) || is_set(rule);
        let polarity = if asserted { polarity } else { None };
        let first = rule.bodies.first().map(|body| Enclosing::Query(&body.query));
        if let Some(value) = &rule.head.value {
            self.truth(place, first.as_slice(), value, polarity);
        }
        if let crate::syntax::HeadKind::Set { key } = &rule.head.kind {
            self.value(place, first.as_slice(), key, None);
        }
        for body in &rule.bodies {
            if let Some(value) = &body.value {
                self.value(place, &[Enclosing::Query(&body.query)], value, None);
            }
            self.query(place, &mut vec![Enclosing::Query(&body.query)], &body.query, polarity);
        }
    }

    fn query(
        &mut self,
        place: Place<'a>,
        enclosing: &mut Vec<Enclosing<'a>>,
        query: &'a Query,
        polarity: Polarity,
    ) {
        for statement in &query.statements {
            self.statement(place, enclosing, statement, polarity);
        }
    }

    fn statement(
        &mut self,
        place: Place<'a>,
        enclosing: &mut Vec<Enclosing<'a>>,
        statement: &'a Statement,
        polarity: Polarity,
    ) {
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            // The more there is to iterate, the more often the rule holds.
            StatementKind::SomeIn { collection, .. } => {
                self.value(place, enclosing, collection, polarity);
            }
            StatementKind::Expr(expr) => self.truth(place, enclosing, expr, polarity),
            StatementKind::Not(expr) => {
                self.truth(place, enclosing, expr, polarity.map(|good| !good));
            }
            StatementKind::Every { domain, query, .. } => {
                self.value(place, enclosing, domain, polarity.map(|good| !good));
                enclosing.push(Enclosing::Every(statement));
                self.query(place, enclosing, query, polarity);
                enclosing.pop();
            }
        }
    }

    /// An expression that is asserted.
    fn truth(
        &mut self,
        place: Place<'a>,
        enclosing: &[Enclosing<'a>],
        expr: &'a Expr,
        polarity: Polarity,
    ) {
        match &expr.kind {
            ExprKind::Compare { op, left, right } => {
                self.record(place, enclosing, expr.span, *op, (left, right), polarity);
                let sides = counted(*op, left, right);
                for side in [left, right] {
                    let of_side = match sides {
                        Some((counted, more)) if std::ptr::eq(counted, side.as_ref()) => {
                            polarity.map(|good| good == more)
                        }
                        _ => None,
                    };
                    self.value(place, enclosing, side, of_side);
                }
            }
            _ => match self.rules.resolve(place.module_index, expr) {
                Some(rule) => {
                    self.push(rule, polarity);
                    self.arguments(place, enclosing, expr);
                }
                None => self.value(place, enclosing, expr, None),
            },
        }
    }

    fn arguments(&mut self, place: Place<'a>, enclosing: &[Enclosing<'a>], expr: &'a Expr) {
        if let ExprKind::Call { args, .. } = &expr.kind {
            for argument in args {
                self.value(place, enclosing, argument, None);
            }
        }
    }

    /// An expression whose value is used: rules behind it matter, comparisons in its comprehensions
    /// select.
    fn value(
        &mut self,
        place: Place<'a>,
        enclosing: &[Enclosing<'a>],
        expr: &'a Expr,
        polarity: Polarity,
    ) {
        let mut queries = Vec::new();
        let mut rules = Vec::new();
        walk_expr(expr, &mut |part| match &part.kind {
            ExprKind::ArrayComprehension { query, .. }
            | ExprKind::SetComprehension { query, .. }
            | ExprKind::ObjectComprehension { query, .. } => queries.push(query.as_ref()),
            _ => rules.extend(self.rules.resolve(place.module_index, part)),
        });
        for rule in rules {
            self.push(rule, polarity);
        }
        for query in queries {
            let mut enclosing = enclosing.to_vec();
            enclosing.push(Enclosing::Query(query));
            self.query(place, &mut enclosing, query, polarity);
        }
    }

    fn record(
        &mut self,
        place: Place<'a>,
        enclosing: &[Enclosing<'a>],
        span: Span,
        op: CompareOp,
        (left, right): (&'a Expr, &'a Expr),
        polarity: Polarity,
    ) {
        let found = self.found.entry((place.module_index, span)).or_insert_with(|| Comparison {
            module: place.module,
            rule: place.rule,
            id: place.id,
            span,
            op,
            left,
            right,
            enclosing: enclosing.to_vec(),
            good_when_true: polarity,
        });
        if found.good_when_true != polarity {
            found.good_when_true = None;
        }
    }
}

/// The side of a comparison that counts something against 0 or 1, and whether more of it makes the
/// comparison hold: `count(x) > 0`, `count(x) == 0`.
fn counted<'a>(op: CompareOp, left: &'a Expr, right: &'a Expr) -> Option<(&'a Expr, bool)> {
    let (count, number, op) = match (is_count(left), is_count(right)) {
        (true, false) => (left, right, op),
        (false, true) => (right, left, op.mirrored()),
        _ => return None,
    };
    let ExprKind::Scalar(Scalar::Number(number)) = &number.kind else { return None };
    match op {
        CompareOp::Greater | CompareOp::GreaterOrEqual => Some((count, true)),
        CompareOp::Less | CompareOp::LessOrEqual => Some((count, false)),
        CompareOp::NotEqual if number.as_u64() == Some(0) => Some((count, true)),
        CompareOp::Equal if number.as_u64() == Some(0) => Some((count, false)),
        CompareOp::Equal | CompareOp::NotEqual => None,
    }
}

fn is_count(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { function, .. } if function.as_slice() == ["count"])
}

/// A head value that makes a rule say yes or no: `true`, or a comparison.
fn is_assertion(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Scalar(Scalar::Bool(true)) | ExprKind::Compare { .. })
}

fn is_set(rule: &Rule) -> bool {
    matches!(rule.head.kind, crate::syntax::HeadKind::Set { .. })
}

impl CompareOp {
    /// The operator with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// The operator that holds exactly when this one does not: `a < b` fails when `a >= b`.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    /// The operator as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}
