//! Where an undefined value would silence something, and which rules that reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::scope::pattern_names,
    partial::{InRule, Named, Partial, StepKind, step_kind},
};
use crate::{
    check::{Place, PolicyIndex, Shape},
    syntax::{
        AssignOp, Expr, ExprKind, HeadKind, Module, Query, Reference, Rule, Statement,
        StatementKind, Step, walk_expr,
    },
};

/// A query around a place, outermost first, and the statement of it in which the place is; `None`
/// when it is in the term that the query is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) query: &'a Query,
    /// The `every` statement whose query it is.
    pub(super) every: Option<&'a Statement>,
    pub(super) at: Option<usize>,
}

/// What would be silenced.
#[derive(Debug, Clone)]
pub(super) enum Silenced<'a> {
    /// What this operand stands in. The statements of its levels that its value hangs on and that
    /// may be undefined, the operand beside it, which may bind what it uses, and the variables that
    /// go through a table for what the operand is.
    Operand {
        operand: &'a Expr,
        within: &'a Expr,
        inside: BTreeSet<(usize, usize)>,
        beside: Option<&'a Expr>,
        searched: BTreeSet<&'a str>,
    },
    /// What is said by another rule, or by a function for these arguments.
    Use { definition: usize, args: &'a [Expr] },
}

/// One place in a rule statement.
#[derive(Debug, Clone)]
pub(super) struct Site<'a> {
    /// The body it is in, or whose value it is in.
    pub(super) body: usize,
    pub(super) levels: Vec<Level<'a>>,
    pub(super) silenced: Silenced<'a>,
}

/// What is known of all definitions.
#[derive(Debug)]
pub(super) struct Analysis<'a, 'i> {
    pub(super) index: &'i PolicyIndex<'a>,
    pub(super) partial: Partial<'a, 'i>,
    silenced: BTreeMap<usize, Vec<Place>>,
}

impl<'a, 'i> Analysis<'a, 'i> {
    pub(super) fn new(index: &'i PolicyIndex<'a>) -> Self {
        Self { index, partial: Partial::new(index), silenced: BTreeMap::new() }
    }

    /// The statements of a definition behind which something may be silenced.
    pub(super) fn silenced(&mut self, at: usize) -> &[Place] {
        if !self.silenced.contains_key(&at) {
            // Recursion is refused by the checks.
            self.silenced.insert(at, Vec::new());
            let index = self.index;
            let places = index.definition(at).map(|d| d.statements.clone()).unwrap_or_default();
            let silenced = places.into_iter().filter(|&place| {
                index.rule(place).is_some_and(|(module, rule)| {
                    !self.sites(at, place.module, module, rule).is_empty()
                })
            });
            let silenced = silenced.collect();
            self.silenced.insert(at, silenced);
        }
        self.silenced.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places in a rule statement where something may be silenced.
    pub(super) fn sites(
        &mut self,
        definition: usize,
        module_index: usize,
        module: &'a Module,
        rule: &'a Rule,
    ) -> Vec<Site<'a>> {
        let place = InRule::of(module_index, rule);
        let mut finder = Finder {
            analysis: self,
            module,
            place,
            body: 0,
            levels: Vec::new(),
            sites: Vec::new(),
        };
        finder.rule(definition, rule);
        finder.sites
    }
}

pub(super) struct Finder<'a, 'i, 'f> {
    pub(super) analysis: &'f mut Analysis<'a, 'i>,
    module: &'a Module,
    pub(super) place: InRule<'a>,
    body: usize,
    pub(super) levels: Vec<Level<'a>>,
    sites: Vec<Site<'a>>,
}

impl<'a> Finder<'a, '_, '_> {
    fn rule(&mut self, definition: usize, rule: &'a Rule) {
        let shape = self.analysis.index.definition(definition).map(|d| d.shape);
        let collects = matches!(shape, Some(Shape::Set | Shape::Object));
        let bodies: Vec<Option<&'a crate::syntax::Body>> = match rule.bodies.len() {
            0 => vec![None],
            _ => rule.bodies.iter().map(Some).collect(),
        };
        for (number, body) in bodies.into_iter().enumerate() {
            self.body = number;
            let level = body.map(|body| Level { query: &body.query, every: None, at: None });
            self.levels = level.into_iter().collect();
            let value = match body {
                Some(body) if body.is_else => body.value.as_ref(),
                _ => rule.head.value.as_ref(),
            };
            if let Some(value) = value {
                self.value(value, collects);
            }
            if number == 0 {
                if let HeadKind::Set { key } = &rule.head.kind {
                    self.value(key, true);
                }
                for step in &rule.head.reference.steps {
                    if let Step::Index(key) = step {
                        self.value(key, true);
                    }
                }
            }
            if let Some(body) = body {
                self.levels.clear();
                self.query(&body.query, None);
            }
        }
    }

    fn query(&mut self, query: &'a Query, every: Option<&'a Statement>) {
        for (at, statement) in query.statements.iter().enumerate() {
            self.levels.push(Level { query, every, at: Some(at) });
            if statement.with.is_empty() {
                self.statement(statement);
            }
            self.levels.pop();
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            // What it is drawn from matters where something drawn is an operand.
            StatementKind::SomeIn { collection, .. } => self.value(collection, false),
            StatementKind::Expr(expr) | StatementKind::Not(expr) => self.truth(expr),
            StatementKind::Every { domain, query, .. } => {
                self.value(domain, false);
                self.operand(domain, domain, None);
                self.query(query, Some(statement));
            }
        }
    }

    /// A statement that says yes or no, or binds.
    fn truth(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Assign { op: AssignOp::Bind, right, .. } => self.value(right, true),
            ExprKind::Assign { op: AssignOp::Unify, left, right } => {
                self.value(left, true);
                self.value(right, true);
                if !self.binds(left) && !self.binds(right) {
                    self.operand(left, expr, Some(right));
                    self.operand(right, expr, Some(left));
                }
            }
            _ => self.value(expr, true),
        }
    }

    /// Whether a side of a unification is a variable that nothing else binds.
    fn binds(&self, side: &Expr) -> bool {
        let mut names = BTreeSet::new();
        pattern_names(side, &mut names);
        let elsewhere = |name: &str| {
            self.levels.iter().any(|level| {
                level.query.statements.iter().enumerate().any(|(number, statement)| {
                    level.at != Some(number) && bound(statement).contains(name)
                })
            })
        };
        !names.is_empty()
            && names.iter().any(|name| {
                !self.place.fixed.contains(name)
                    && !elsewhere(name)
                    && self.analysis.index.global(self.place.module, name).is_none()
            })
    }

    /// An expression whose value is used. One that is `composed` of parts needs them; a rule that
    /// is named by itself is a condition.
    fn value(&mut self, expr: &'a Expr, composed: bool) {
        self.uses(expr);
        match &expr.kind {
            ExprKind::Scalar(_) | ExprKind::Var(_) => {}
            ExprKind::Ref(Reference { base, steps }) => {
                if !matches!(base.kind, ExprKind::Var(_)) {
                    self.value(base, false);
                }
                for step in steps {
                    if let Step::Index(index) = step {
                        self.value(index, false);
                    }
                }
            }
            ExprKind::ArrayComprehension { term, query }
            | ExprKind::SetComprehension { term, query } => {
                self.nested(query, &[term]);
            }
            ExprKind::ObjectComprehension { key, value, query } => {
                self.nested(query, &[key, value]);
            }
            ExprKind::Compare { left, right, .. } => {
                self.operand(left, expr, Some(right));
                self.operand(right, expr, Some(left));
                self.value(left, false);
                self.value(right, false);
            }
            ExprKind::Membership { key, value, collection } => {
                for part in key.iter().chain([value, collection]) {
                    self.operand(part, expr, None);
                    self.value(part, false);
                }
            }
            ExprKind::Call { args, .. } => {
                for arg in args {
                    if composed {
                        self.operand(arg, expr, None);
                    }
                    self.value(arg, false);
                }
            }
            ExprKind::Array(_)
            | ExprKind::Set(_)
            | ExprKind::Object(_)
            | ExprKind::Arithmetic { .. }
            | ExprKind::SetOperation { .. } => {
                if composed {
                    self.operand(expr, expr, None);
                }
                match &expr.kind {
                    ExprKind::Array(items) | ExprKind::Set(items) => {
                        for item in items {
                            self.value(item, false);
                        }
                    }
                    ExprKind::Object(members) => members.iter().for_each(|(key, value)| {
                        self.value(key, false);
                        self.value(value, false);
                    }),
                    ExprKind::Arithmetic { left, right, .. }
                    | ExprKind::SetOperation { left, right, .. } => {
                        self.value(left, false);
                        self.value(right, false);
                    }
                    _ => {}
                }
            }
            ExprKind::Assign { right, .. } => self.value(right, composed),
        }
    }

    fn nested(&mut self, query: &'a Query, terms: &[&'a Expr]) {
        self.levels.push(Level { query, every: None, at: None });
        for term in terms {
            self.value(term, true);
        }
        self.levels.pop();
        self.query(query, None);
    }

    /// What an expression says may hang on something that is silenced.
    fn uses(&mut self, expr: &'a Expr) {
        let args: &'a [Expr] = match &expr.kind {
            ExprKind::Call { args, .. } => args,
            ExprKind::Var(_) | ExprKind::Ref(_) => &[],
            _ => return,
        };
        let definitions = match self.analysis.partial.named(&self.place, expr) {
            Named::Definition(at, _) => vec![at],
            Named::Below(all) => all,
            Named::Other => return,
        };
        for definition in definitions {
            let shape = self.analysis.index.definition(definition).map(|d| d.shape);
            let called = matches!(expr.kind, ExprKind::Call { .. });
            let fits = match shape {
                Some(Shape::Function { arity }) => called && args.len() >= arity,
                Some(_) => !called,
                None => false,
            };
            if fits && !self.analysis.silenced(definition).is_empty() {
                let args = match shape {
                    Some(Shape::Function { arity }) => args.get(..arity).unwrap_or(args),
                    _ => &[],
                };
                self.push(Silenced::Use { definition, args });
            }
        }
    }

    fn push(&mut self, silenced: Silenced<'a>) {
        self.sites.push(Site { body: self.body, levels: self.levels.clone(), silenced });
    }

    /// An operand: noted when it, or what its variables are bound to, may be undefined.
    fn operand(&mut self, operand: &'a Expr, within: &'a Expr, beside: Option<&'a Expr>) {
        let unguarded = self.module.unguarded_reason(within.span.start).is_some();
        if unguarded {
            return;
        }
        let mut may = self.may(operand);
        // What the operand hangs on: where, the names it mentions, whether it may be undefined.
        let mut binding: Vec<((usize, usize), Vec<&'a str>, bool)> = Vec::new();
        let mut names: Vec<&'a str> = Vec::new();
        variables(operand, &mut names);
        let mut searches = self.searches_of(operand);
        let mut seen = BTreeSet::new();
        while let Some(name) = names.pop() {
            if !seen.insert(name) {
                continue;
            }
            for (depth, level) in self.levels.clone().into_iter().enumerate() {
                if let Some(StatementKind::Every { key, value, domain, .. }) =
                    level.every.map(|every| &every.kind)
                    && key.iter().chain([value]).any(|own| own.text == name)
                {
                    variables(domain, &mut names);
                }
                for (number, statement) in level.query.statements.iter().enumerate() {
                    if level.at == Some(number) || !bound(statement).contains(name) {
                        continue;
                    }
                    let mut uses = Vec::new();
                    searches.extend(self.search_in(name, statement));
                    let undefined = match &statement.kind {
                        StatementKind::SomeIn { collection, .. } => {
                            variables(collection, &mut uses);
                            self.may(collection)
                        }
                        StatementKind::Expr(Expr {
                            kind: ExprKind::Assign { left, right, .. },
                            ..
                        }) => [left, right].into_iter().fold(false, |may, side| {
                            variables(side, &mut uses);
                            searches.extend(self.searches_of(side));
                            may | self.may(side) | self.member(operand, name, side)
                        }),
                        // An index that the statement binds.
                        StatementKind::Expr(expr) => {
                            variables(expr, &mut names);
                            continue;
                        }
                        _ => continue,
                    };
                    may |= undefined;
                    names.extend(&uses);
                    binding.push(((depth, number), uses, undefined));
                }
            }
        }
        let mut searched = BTreeSet::new();
        for search in searches {
            may = true;
            let mut uses: Vec<&'a str> = search.names.iter().copied().collect();
            search.by.iter().for_each(|by| variables(by, &mut uses));
            let at = search.equalities.into_iter();
            binding.extend(at.map(|at| (at, uses.clone(), true)));
            searched.extend(search.names);
        }
        if may {
            // What goes through a table is asked where the operand is.
            for (at, _, undefined) in &mut binding {
                let level = self.levels.get(at.0);
                let statement = level.and_then(|level| level.query.statements.get(at.1));
                *undefined |= statement.is_some_and(|one| !bound(one).is_disjoint(&searched));
            }
            let inside = self.inside(&binding);
            // An `every` over what has no value says so of its domain.
            let mut absent = searched.clone();
            for &(depth, number) in &inside {
                let level = self.levels.get(depth);
                absent.extend(
                    level
                        .and_then(|level| level.query.statements.get(number))
                        .map(bound)
                        .into_iter()
                        .flatten(),
                );
            }
            let in_absent = self.levels.iter().any(|level| {
                let mut uses = Vec::new();
                if let Some(StatementKind::Every { domain, .. }) = level.every.map(|one| &one.kind)
                {
                    variables(domain, &mut uses);
                }
                uses.iter().any(|name| absent.contains(name))
            });
            if in_absent {
                return;
            }
            self.push(Silenced::Operand { operand, within, inside, beside, searched });
        }
    }

    /// The statements that may be undefined, and those that use what they bind.
    fn inside(&self, binding: &[((usize, usize), Vec<&'a str>, bool)]) -> BTreeSet<(usize, usize)> {
        let statement = |(depth, number): (usize, usize)| {
            self.levels.get(depth).and_then(|level| level.query.statements.get(number))
        };
        let mut inside: BTreeSet<(usize, usize)> =
            binding.iter().filter(|(_, _, may)| *may).map(|(at, _, _)| *at).collect();
        loop {
            let bound: BTreeSet<&str> =
                inside.iter().filter_map(|&at| statement(at)).flat_map(bound).collect();
            let more = binding.iter().find(|(at, uses, _)| {
                !inside.contains(at) && uses.iter().any(|name| bound.contains(name))
            });
            match more {
                Some((at, _, _)) => inside.insert(*at),
                None => return inside,
            };
        }
    }

    fn may(&mut self, expr: &'a Expr) -> bool {
        let place = self.place.clone();
        self.analysis.partial.expr(&place, expr)
    }

    /// Whether an operand takes a member of a variable that is bound to something made by
    /// conditions.
    fn member(&mut self, operand: &'a Expr, name: &str, made: &'a Expr) -> bool {
        let mut step = None;
        let place = self.place.clone();
        walk_expr(operand, &mut |part| {
            if let ExprKind::Ref(Reference { base, steps }) = &part.kind
                && matches!(&base.kind, ExprKind::Var(own) if own == name)
            {
                let kind = steps.first().map(|step| step_kind(&place, step));
                step = kind.filter(|kind| *kind != StepKind::Iterated).or(step);
            }
        });
        step.is_some_and(|step| self.analysis.partial.made(&place, made, step, false))
    }
}

/// The variables in an expression, those of its comprehensions included.
pub(super) fn variables<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    walk_expr(expr, &mut |part| {
        if let ExprKind::Var(name) = &part.kind
            && name != "_"
        {
            names.push(name);
        }
    });
}

/// The names that a statement binds by its own form.
pub(super) fn bound(statement: &Statement) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    match &statement.kind {
        StatementKind::SomeIn { key, value, .. } => {
            key.iter().chain([value]).for_each(|pattern| pattern_names(pattern, &mut names));
        }
        StatementKind::Expr(expr) => match &expr.kind {
            ExprKind::Assign { op: AssignOp::Bind, left, .. } => pattern_names(left, &mut names),
            ExprKind::Assign { op: AssignOp::Unify, left, right } => {
                pattern_names(left, &mut names);
                pattern_names(right, &mut names);
            }
            _ => {}
        },
        _ => {}
    }
    if let StatementKind::Expr(expr) = &statement.kind {
        walk_expr(expr, &mut |part| {
            if let ExprKind::Ref(Reference { steps, .. }) = &part.kind {
                for step in steps {
                    if let Step::Index(index) = step {
                        pattern_names(index, &mut names);
                    }
                }
            }
        });
    }
    names
}
