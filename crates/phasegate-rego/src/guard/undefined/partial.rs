//! Which values may be undefined although all their facts are there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scope::{declared_in_expr, declared_within, pattern_names};
use crate::{
    check::{Callee, Global, Lookup, PolicyIndex, Shape},
    syntax::{
        AssignOp, Body, Expr, ExprKind, HeadKind, Query, Reference, Rule, Scalar, Statement,
        StatementKind, Step, walk_expr, walk_outside_closures,
    },
};

/// Where an expression stands: its module, and the names that are local in its rule.
#[derive(Debug, Clone)]
pub(super) struct InRule<'a> {
    pub(super) module: usize,
    pub(super) locals: BTreeSet<&'a str>,
    /// Those of them that have one value: parameters, and what is assigned from input or others of
    /// them.
    pub(super) fixed: BTreeSet<&'a str>,
    /// Those that something else than an index below `data` binds: what is looked up by them has to
    /// be there.
    drawn: BTreeSet<&'a str>,
}

impl<'a> InRule<'a> {
    pub(super) fn of(module: usize, rule: &'a Rule) -> Self {
        let locals = locals(rule);
        let mut fixed = BTreeSet::new();
        if let HeadKind::Function { args } = &rule.head.kind {
            for arg in args {
                pattern_names(arg, &mut fixed);
            }
        }
        for statement in rule.bodies.iter().flat_map(|body| &body.query.statements) {
            if let StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, right },
                ..
            }) = &statement.kind
            {
                let mut iterates = false;
                walk_expr(right, &mut |part| {
                    if let ExprKind::Var(name) = &part.kind {
                        let name = name.as_str();
                        iterates |= name == "_" || locals.contains(name) && !fixed.contains(name);
                    }
                });
                if !iterates {
                    pattern_names(left, &mut fixed);
                }
            }
        }
        let drawn = drawn(rule);
        Self { module, locals, fixed, drawn }
    }
}

/// What an expression names below `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// A rule or function, and whether steps go on into its value: none, or whether the first is
    /// constant.
    Definition(usize, Option<StepKind>),
    /// Everything below a node.
    Below(Vec<usize>),
    /// Input, base data, a builtin or a local variable.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    Constant,
    /// By facts or constants alone.
    Computed,
    /// The same, and further steps follow.
    ComputedBefore,
    /// By a local variable that something else binds, as `t` is in `some t in input.items`.
    Drawn,
    /// By a local variable that this binds: it goes through what is there.
    Iterated,
}

/// The partial definitions of a policy, looked at once each.
#[derive(Debug)]
pub(super) struct Partial<'a, 'i> {
    pub(super) index: &'i PolicyIndex<'a>,
    known: BTreeMap<usize, bool>,
}

impl<'a, 'i> Partial<'a, 'i> {
    pub(super) fn new(index: &'i PolicyIndex<'a>) -> Self {
        Self { index, known: BTreeMap::new() }
    }

    /// What a variable, reference or call names.
    pub(super) fn named(&self, place: &InRule<'a>, expr: &Expr) -> Named {
        let (root, steps): (&str, &[Step]) = match &expr.kind {
            ExprKind::Var(name) => (name, &[]),
            ExprKind::Ref(Reference { base, steps }) => match &base.kind {
                ExprKind::Var(name) => (name, steps),
                _ => return Named::Other,
            },
            ExprKind::Call { function, .. } => {
                return match self.index.callee(place.module, function) {
                    Callee::Definition(at) => Named::Definition(at, None),
                    Callee::Nothing | Callee::Builtin => Named::Other,
                };
            }
            _ => return Named::Other,
        };
        if place.locals.contains(root) {
            return Named::Other;
        }
        let before: Vec<&str> = match self.index.global(place.module, root) {
            Some(Global::Data) => Vec::new(),
            Some(Global::Rule(name)) => {
                let module = self.index.modules().get(place.module);
                let package = module.map(|m| m.package.as_slice()).unwrap_or_default();
                package.iter().map(String::as_str).chain([name]).collect()
            }
            Some(Global::Import(path)) if path.first().is_some_and(|root| root == "data") => {
                path.iter().skip(1).map(String::as_str).collect()
            }
            Some(Global::Input | Global::Import(_)) | None => return Named::Other,
        };
        let own = steps.iter().map(|step| match step {
            Step::Field(name) => Some(name.text.as_str()),
            Step::Index(_) => None,
        });
        match self.index.lookup(before.iter().copied().map(Some).chain(own)) {
            Lookup::Definition { definition, used } => {
                let mut into = steps.iter().skip(used.saturating_sub(before.len()));
                let first = into.next().map(|step| step_kind(place, step));
                // The members of one table need not have the same members.
                let first = match (first, into.next()) {
                    (Some(StepKind::Computed), Some(_)) => Some(StepKind::ComputedBefore),
                    (first, _) => first,
                };
                Named::Definition(definition, first)
            }
            Lookup::Below { node } => Named::Below(self.index.definitions_below(node)),
            Lookup::Missing { .. } => Named::Other,
        }
    }

    /// Whether a value rule or function is undefined for some inputs. A rule that is only true is a
    /// condition; sets and partial objects are always there.
    pub(super) fn definition(&mut self, at: usize) -> bool {
        if let Some(&known) = self.known.get(&at) {
            return known;
        }
        // Recursion is refused by the checks.
        self.known.insert(at, false);
        let partial = self.look(at);
        self.known.insert(at, partial);
        partial
    }

    fn look(&mut self, at: usize) -> bool {
        let index = self.index;
        let Some(definition) = index.definition(at) else { return false };
        if matches!(definition.shape, Shape::Set | Shape::Object) {
            return false;
        }
        let statements: Vec<_> =
            definition.statements.iter().filter_map(|&p| Some((p, index.rule(p)?.1))).collect();
        if statements.iter().any(|(_, rule)| rule.is_default)
            || statements.iter().all(|(_, rule)| is_condition(rule))
        {
            return false;
        }
        !statements.iter().any(|(place, rule)| {
            let place = InRule::of(place.module, rule);
            self.is_total(&place, rule)
        })
    }

    /// Whether a statement gives a value whatever the input.
    fn is_total(&mut self, place: &InRule<'a>, rule: &'a Rule) -> bool {
        if let HeadKind::Function { args } = &rule.head.kind
            && !args.iter().all(|arg| matches!(arg.kind, ExprKind::Var(_)))
        {
            return false;
        }
        let mut values = rule.head.value.iter().chain(rule.bodies.iter().filter_map(value_of));
        if values.any(|value| self.expr(place, value)) {
            return false;
        }
        rule.bodies.is_empty()
            || rule.bodies.iter().any(|body| {
                body.query.statements.iter().all(|statement| match &statement.kind {
                    StatementKind::Expr(Expr {
                        kind: ExprKind::Assign { op: AssignOp::Bind, left, right },
                        ..
                    }) => matches!(left.kind, ExprKind::Var(_)) && !self.expr(place, right),
                    StatementKind::SomeVars(_)
                    | StatementKind::Expr(Expr {
                        kind: ExprKind::Scalar(Scalar::Bool(true)),
                        ..
                    }) => true,
                    _ => false,
                })
            })
    }

    /// Whether an expression may be undefined. What its local variables are bound to is not asked
    /// here, nor what is inside a comprehension, which always has a value.
    pub(super) fn expr(&mut self, place: &InRule<'a>, expr: &'a Expr) -> bool {
        match &expr.kind {
            ExprKind::Scalar(_)
            | ExprKind::ArrayComprehension { .. }
            | ExprKind::SetComprehension { .. }
            | ExprKind::ObjectComprehension { .. } => false,
            ExprKind::Var(_) => self.name(place, expr),
            ExprKind::Ref(Reference { base, steps }) => {
                let base_may = match &base.kind {
                    ExprKind::Var(_) => self.name(place, expr),
                    ExprKind::ArrayComprehension { .. }
                    | ExprKind::ObjectComprehension { .. }
                    | ExprKind::Call { .. } => true,
                    _ => self.expr(place, base),
                };
                base_may
                    || steps.iter().any(|step| match step {
                        Step::Field(_) => false,
                        Step::Index(index) => self.expr(place, index),
                    })
            }
            ExprKind::Call { args, .. } => {
                self.name(place, expr) || args.iter().any(|arg| self.expr(place, arg))
            }
            ExprKind::Array(items) | ExprKind::Set(items) => {
                items.iter().any(|item| self.expr(place, item))
            }
            ExprKind::Object(members) => {
                members.iter().any(|(k, v)| self.expr(place, k) || self.expr(place, v))
            }
            ExprKind::Compare { left, right, .. }
            | ExprKind::Arithmetic { left, right, .. }
            | ExprKind::SetOperation { left, right, .. } => {
                self.expr(place, left) || self.expr(place, right)
            }
            ExprKind::Assign { right, .. } => self.expr(place, right),
            ExprKind::Membership { key, value, collection } => {
                key.iter().any(|key| self.expr(place, key))
                    || self.expr(place, value)
                    || self.expr(place, collection)
            }
        }
    }

    fn name(&mut self, place: &InRule<'a>, expr: &'a Expr) -> bool {
        match self.named(place, expr) {
            Named::Other => false,
            Named::Below(definitions) => definitions.into_iter().any(|at| self.definition(at)),
            Named::Definition(at, step) => {
                self.definition(at) || step.is_some_and(|step| self.members(at, step))
            }
        }
    }

    /// Whether a member of the value of a definition may be absent.
    pub(super) fn members(&mut self, at: usize, step: StepKind) -> bool {
        let index = self.index;
        let Some(definition) = index.definition(at) else { return false };
        match (definition.shape, step) {
            (_, StepKind::Iterated) | (Shape::Set, _) => false,
            // What a table that is written out does not name is passed over by iteration; the keys
            // that facts have to have are asked before.
            (Shape::Object, StepKind::Drawn) => definition
                .statements
                .iter()
                .any(|&place| index.rule(place).is_some_and(|(_, rule)| !is_written_out(rule))),
            (Shape::Object | Shape::Function { .. }, _) | (_, StepKind::ComputedBefore) => true,
            (Shape::Value, step) => definition.statements.iter().any(|&place| {
                let Some((_, rule)) = index.rule(place) else { return false };
                let at = InRule::of(place.module, rule);
                let several = definition.statements.len() > 1 || rule.bodies.len() > 1;
                let mut values =
                    rule.head.value.iter().chain(rule.bodies.iter().filter_map(value_of));
                values.any(|value| self.made(&at, value, step, several))
            }),
        }
    }

    /// Whether a value is made by conditions, or is one of several, so that not every member is
    /// there.
    pub(super) fn made(
        &mut self,
        place: &InRule<'a>,
        value: &'a Expr,
        step: StepKind,
        several: bool,
    ) -> bool {
        match &value.kind {
            ExprKind::ArrayComprehension { .. }
            | ExprKind::ObjectComprehension { .. }
            | ExprKind::Call { .. } => step != StepKind::Iterated,
            ExprKind::Object(_) | ExprKind::Array(_) => several && step != StepKind::Iterated,
            ExprKind::Var(_) | ExprKind::Ref(_) => match self.named(place, value) {
                Named::Definition(at, None) => self.members(at, step),
                _ => false,
            },
            _ => false,
        }
    }
}

fn value_of(body: &Body) -> Option<&Expr> {
    body.value.as_ref()
}

/// Whether a rule statement only ever is true.
fn is_condition(rule: &Rule) -> bool {
    let is_true = |value: &Expr| matches!(value.kind, ExprKind::Scalar(Scalar::Bool(true)));
    rule.head.value.as_ref().is_none_or(is_true)
        && rule.bodies.iter().filter_map(value_of).all(is_true)
}

/// Whether a member of a partial object is there whatever the input.
fn is_written_out(rule: &Rule) -> bool {
    let keys = rule.head.reference.steps.iter().all(|step| match step {
        Step::Field(_) => true,
        Step::Index(index) => matches!(index.kind, ExprKind::Scalar(_)),
    });
    let is_true = |statement: &Statement| {
        matches!(
            &statement.kind,
            StatementKind::Expr(Expr { kind: ExprKind::Scalar(Scalar::Bool(true)), .. })
        )
    };
    keys && rule.bodies.iter().all(|body| body.query.statements.iter().all(is_true))
}

pub(super) fn step_kind(place: &InRule<'_>, step: &Step) -> StepKind {
    let Step::Index(index) = step else { return StepKind::Constant };
    if matches!(index.kind, ExprKind::Scalar(_)) {
        return StepKind::Constant;
    }
    let mut local = false;
    walk_expr(index, &mut |part| {
        if let ExprKind::Var(name) = &part.kind {
            let name = name.as_str();
            local |= name == "_" || place.locals.contains(name) && !place.fixed.contains(name);
        }
    });
    // An index can only bind the names of a pattern.
    let mut pattern = BTreeSet::new();
    pattern_names(index, &mut pattern);
    let is_any = matches!(&index.kind, ExprKind::Var(name) if name == "_");
    let binds = is_any || pattern.iter().any(|name| !place.drawn.contains(name));
    match (local, binds) {
        (false, _) => StepKind::Computed,
        (true, true) => StepKind::Iterated,
        (true, false) => StepKind::Drawn,
    }
}

/// The names that a rule statement binds otherwise than by an index below `data`.
fn drawn(rule: &Rule) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut queries: Vec<&Query> = rule.bodies.iter().map(|body| &body.query).collect();
    let mut exprs: Vec<&Expr> = rule.head.value.iter().collect();
    exprs.extend(rule.bodies.iter().filter_map(value_of));
    if let HeadKind::Set { key } = &rule.head.kind {
        exprs.push(key);
    }
    loop {
        if let Some(query) = queries.pop() {
            for statement in &query.statements {
                match &statement.kind {
                    StatementKind::SomeVars(_) => {}
                    StatementKind::SomeIn { key, value, collection } => {
                        key.iter().chain([value]).for_each(|one| pattern_names(one, &mut names));
                        exprs.push(collection);
                    }
                    StatementKind::Every { key, value, domain, query } => {
                        names.extend(key.iter().chain([value]).map(|name| name.text.as_str()));
                        exprs.push(domain);
                        queries.push(query);
                    }
                    StatementKind::Expr(expr) | StatementKind::Not(expr) => exprs.push(expr),
                }
            }
        } else if let Some(expr) = exprs.pop() {
            walk_outside_closures(expr, &mut |part| match &part.kind {
                ExprKind::Assign { op, left, right } => {
                    pattern_names(left, &mut names);
                    if *op == AssignOp::Unify {
                        pattern_names(right, &mut names);
                    }
                }
                ExprKind::Ref(Reference { base, steps }) if is_input(base) => {
                    for step in steps {
                        if let Step::Index(index) = step {
                            pattern_names(index, &mut names);
                        }
                    }
                }
                ExprKind::ArrayComprehension { term, query }
                | ExprKind::SetComprehension { term, query } => {
                    queries.push(query);
                    exprs.push(term);
                }
                ExprKind::ObjectComprehension { key, value, query } => {
                    queries.push(query);
                    exprs.extend([key.as_ref(), value.as_ref()]);
                }
                _ => {}
            });
        } else {
            return names;
        }
    }
}

/// The names that are local somewhere in a rule statement.
fn locals(rule: &Rule) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    if let HeadKind::Function { args } = &rule.head.kind {
        for arg in args {
            pattern_names(arg, &mut names);
        }
    }
    for body in &rule.bodies {
        declared_within(&body.query, &mut names);
    }
    let key = match &rule.head.kind {
        HeadKind::Set { key } => Some(key),
        _ => None,
    };
    let values = rule.bodies.iter().filter_map(value_of);
    for expr in key.into_iter().chain(&rule.head.value).chain(values) {
        declared_in_expr(expr, &mut names);
    }
    names
}

/// Whether an expression is `input` itself.
fn is_input(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Var(name) if name == "input")
}
