//! Tables that are gone through for the entry of a fact: `some tier, limit in limits; tier ==
//! input.tier`.
//!
//! A lookup, `limits[input.tier]`, has no value where the table has no such key, and neither has
//! what a search finds. A search is known by its shape: the key of a table, or a member of its
//! rows, is equal to something that is not the table's own. What only asks whether an entry is
//! there, and uses nothing of it, is a condition.

use std::collections::BTreeSet;

use super::{
    super::scope::pattern_names,
    analysis::Finder,
    partial::{Named, StepKind, step_kind},
};
use crate::{
    check::{Global, Shape},
    syntax::{
        AssignOp, CompareOp, Expr, ExprKind, Reference, Statement, StatementKind, Step, walk_expr,
    },
};

/// How many variables and rules are followed from a table to where it is written.
const MAX_FOLLOWED: usize = 8;

/// One search that an operand hangs on.
#[derive(Debug, Default)]
pub(super) struct Search<'a> {
    /// The variables that go through the table.
    pub(super) names: BTreeSet<&'a str>,
    /// The statements that say which entry is meant, by level and number.
    pub(super) equalities: Vec<(usize, usize)>,
    /// What the entry is found by.
    pub(super) by: Vec<&'a Expr>,
}

impl<'a> Finder<'a, '_, '_> {
    /// The search of `some key, value in table` for something of the value that is named.
    pub(super) fn search_in(&self, name: &str, statement: &'a Statement) -> Option<Search<'a>> {
        match &statement.kind {
            StatementKind::SomeIn { key, value, collection } => {
                let mut keys = BTreeSet::new();
                if let Some(key) = key {
                    pattern_names(key, &mut keys);
                }
                self.search_entry(name, &keys, value, collection)
            }
            // `row := table[_]`
            StatementKind::Expr(Expr { kind: ExprKind::Assign { left, right, .. }, .. }) => {
                let ExprKind::Ref(Reference { steps, .. }) = &right.kind else { return None };
                let last = steps.last()?;
                let Step::Index(index) = last else { return None };
                let mut keys = BTreeSet::new();
                pattern_names(index, &mut keys);
                self.iterates(last).then(|| self.search_entry(name, &keys, left, right)).flatten()
            }
            _ => None,
        }
    }

    fn search_entry(
        &self,
        name: &str,
        keys: &BTreeSet<&'a str>,
        value: &'a Expr,
        table: &'a Expr,
    ) -> Option<Search<'a>> {
        let mut values = BTreeSet::new();
        pattern_names(value, &mut values);
        if !values.contains(name) || !self.is_table(table, MAX_FOLLOWED) {
            return None;
        }
        let has_rows = self.is_written(table, MAX_FOLLOWED);
        let taken_apart = !matches!(value.kind, ExprKind::Var(_));
        let names = keys.union(&values).copied().collect();
        self.search(names, |side| match &side.kind {
            ExprKind::Var(own) => {
                let own = own.as_str();
                keys.contains(own) || has_rows && taken_apart && values.contains(own)
            }
            ExprKind::Ref(Reference { base, .. }) => {
                has_rows
                    && matches!(&base.kind, ExprKind::Var(own) if values.contains(own.as_str()))
            }
            _ => false,
        })
    }

    /// The searches of the indexes in an expression: `limits[tier]`, `rows[i].limit`.
    pub(super) fn searches_of(&self, expr: &'a Expr) -> Vec<Search<'a>> {
        let mut indexed: Vec<(&'a str, &'a Expr)> = Vec::new();
        walk_expr(expr, &mut |part| {
            let ExprKind::Ref(Reference { steps, .. }) = &part.kind else { return };
            for step in steps {
                if let Step::Index(Expr { kind: ExprKind::Var(name), .. }) = step
                    && name != "_"
                    && self.iterates(step)
                {
                    indexed.push((name, part));
                }
            }
        });
        indexed.retain(|(_, table)| self.is_table(table, MAX_FOLLOWED));
        let searches = indexed.into_iter().filter_map(|(name, table)| {
            let has_rows = self.is_written(table, MAX_FOLLOWED);
            self.search(BTreeSet::from([name]), |side| match &side.kind {
                ExprKind::Var(own) => own == name,
                ExprKind::Ref(Reference { steps, .. }) => {
                    let is_index = |step: &Step| {
                        matches!(step, Step::Index(Expr { kind: ExprKind::Var(own), .. })
                            if own == name)
                    };
                    has_rows && steps.iter().any(is_index)
                }
                _ => false,
            })
        });
        searches.collect()
    }

    /// The equalities of the queries around that have such a side, and another that is none of the
    /// names and no constant.
    fn search(
        &self,
        names: BTreeSet<&'a str>,
        is_entry: impl Fn(&Expr) -> bool,
    ) -> Option<Search<'a>> {
        let other = |side: &Expr| {
            let mut varies = false;
            let mut own = false;
            walk_expr(side, &mut |part| {
                if let ExprKind::Var(name) = &part.kind {
                    varies |= name != "_";
                    own |= names.contains(name.as_str());
                }
            });
            varies && !own
        };
        let mut equalities = Vec::new();
        let mut by = Vec::new();
        for (depth, level) in self.levels.iter().enumerate() {
            for (number, statement) in level.query.statements.iter().enumerate() {
                if level.at == Some(number) || !statement.with.is_empty() {
                    continue;
                }
                let StatementKind::Expr(expr) = &statement.kind else { continue };
                let (ExprKind::Compare { op: CompareOp::Equal, left, right }
                | ExprKind::Assign { op: AssignOp::Unify, left, right }) = &expr.kind
                else {
                    continue;
                };
                for (entry, fact) in [(left, right), (right, left)] {
                    if is_entry(entry) && other(fact) {
                        equalities.push((depth, number));
                        by.push(&**fact);
                    }
                }
            }
        }
        (!equalities.is_empty()).then_some(Search { names, equalities, by })
    }

    /// Whether a step goes through what is there, by a variable that need not be declared.
    fn iterates(&self, step: &Step) -> bool {
        let Step::Index(Expr { kind: ExprKind::Var(name), .. }) = step else { return false };
        step_kind(&self.place, step) == StepKind::Iterated
            || !self.place.locals.contains(name.as_str())
                && self.analysis.index.global(self.place.module, name).is_none()
    }

    /// Whether an expression is, or is drawn from, what the policy or its data say.
    fn is_table(&self, expr: &'a Expr, left: usize) -> bool {
        let Some(left) = left.checked_sub(1) else { return false };
        let base = match &expr.kind {
            ExprKind::Ref(Reference { base, .. }) => base,
            _ => expr,
        };
        match &base.kind {
            ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::ObjectComprehension { .. } => true,
            ExprKind::Var(name) if self.place.locals.contains(name.as_str()) => {
                self.assigned(name).is_some_and(|value| self.is_table(value, left))
            }
            ExprKind::Var(name) => match self.analysis.index.global(self.place.module, name) {
                Some(Global::Data) => !matches!(self.named(expr), Named::Below(_)),
                Some(Global::Rule(_)) => true,
                Some(Global::Import(path)) => path.first().is_some_and(|root| root == "data"),
                Some(Global::Input) | None => false,
            },
            _ => false,
        }
    }

    /// Whether a table is base data or written out, so that its rows do not hang on the input.
    fn is_written(&self, expr: &'a Expr, left: usize) -> bool {
        let Some(left) = left.checked_sub(1) else { return false };
        let base = match &expr.kind {
            ExprKind::Ref(Reference { base, .. }) => base,
            _ => expr,
        };
        match &base.kind {
            ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Set(_) => true,
            ExprKind::Var(name) if self.place.locals.contains(name.as_str()) => {
                self.assigned(name).is_some_and(|value| self.is_written(value, left))
            }
            ExprKind::Var(_) => match self.named(expr) {
                Named::Definition(at, _) => {
                    let index = self.analysis.index;
                    index.definition(at).is_some_and(|definition| {
                        let value = |expr: &Expr| {
                            matches!(
                                expr.kind,
                                ExprKind::Object(_) | ExprKind::Array(_) | ExprKind::Set(_)
                            )
                        };
                        definition.shape == Shape::Value
                            && definition.statements.iter().all(|&place| {
                                index.rule(place).is_some_and(|(_, rule)| {
                                    let bodies = rule.bodies.iter();
                                    let values = bodies.filter_map(|body| body.value.as_ref());
                                    rule.head.value.iter().chain(values).all(value)
                                })
                            })
                    })
                }
                Named::Below(_) => false,
                Named::Other => self.is_table(expr, left),
            },
            _ => false,
        }
    }

    fn named(&self, expr: &Expr) -> Named {
        self.analysis.partial.named(&self.place, expr)
    }

    /// What a query around assigns to a variable.
    fn assigned(&self, name: &str) -> Option<&'a Expr> {
        let statements = self.levels.iter().flat_map(|level| &level.query.statements);
        statements.into_iter().find_map(|statement| match &statement.kind {
            StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, right },
                ..
            }) if matches!(&left.kind, ExprKind::Var(own) if own == name) => Some(&**right),
            _ => None,
        })
    }
}
