//! Unsafe variables: those that nothing binds, whatever the order of the statements.
//!
//! As in OPA, a variable of a body is safe when some statement outside `not` gives it a value: an
//! assignment or unification with something that has one, the key of a reference that is iterated,
//! `some ... in`, the output of a call. What a variable could mean is followed only as far as is
//! certain: where OPA is stricter, this keeps silent and the engine decides.
//!
//! Where the engine is stricter, this is as strict: it runs a statement when everything in it can
//! have a value, so that two objects are unified only when one of them has all its values before,
//! and `[x, z] = [1, y]` does not give `x` a value for the statement that gives `y` one. Of a body
//! that it cannot order it would write a line to standard error, and run it as it stands.

use std::collections::BTreeSet;

use super::builtins;
use super::closures::{names_of, used_in_closures};
use super::index::{Callee, PolicyIndex, Shape};
use super::{Context, Findings};
use crate::diagnostic::Code;
use crate::syntax::{
    AssignOp, Expr, ExprKind, HeadKind, Module, QUERY_FILE, Query, Reference, Rule, Span,
    Statement, StatementKind, Step, walk_outside_closures, walk_query,
};

/// How often a body's statements are gone through.
const MAX_ROUNDS: usize = 64;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for (number, module) in context.index.modules().iter().enumerate() {
        for rule in &module.rules {
            let find = |lenient, in_parts| {
                let mut safety = Safety {
                    index: &context.index,
                    module: number,
                    lenient,
                    in_parts,
                    faults: Vec::new(),
                };
                safety.rule(rule);
                safety.faults
            };
            let strict = find(false, false);
            if strict.is_empty() {
                continue;
            }
            let mut faults = find(false, true);
            if faults.is_empty() {
                mutual(module, &strict, findings);
                continue;
            }
            // What is assigned something unsafe is not itself the fault, unless there is no other.
            let roots = find(true, true);
            if !roots.is_empty() {
                faults = roots;
            }
            let mut told = BTreeSet::new();
            for fault in faults {
                if told.insert(fault.name) {
                    findings.at(
                        module,
                        fault.span,
                        Code::RegoUnsafeVarError,
                        format!(
                            "the variable `{}` is unsafe: nothing gives it a value",
                            fault.name
                        ),
                        remedy(module, &fault),
                    );
                }
            }
        }
    }
}

/// Variables that are unsafe only because the engine does not run a statement part by part.
fn mutual(module: &Module, faults: &[Fault<'_>], findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for fault in faults {
        if told.insert(fault.name) {
            findings.at(
                module,
                fault.span,
                Code::RegoUnsafeVarError,
                format!(
                    "the variable `{}` is unsafe: it gets its value from a statement that waits \
                     for others",
                    fault.name
                ),
                "give each variable its value in a statement of its own",
            );
        }
    }
}

fn remedy(module: &Module, fault: &Fault<'_>) -> &'static str {
    let imports = module.imports.iter().any(|import| import.binds.is_some());
    let rules = imports || module.file == QUERY_FILE;
    match fault {
        Fault { inside: true, .. } => "give the variable of the comprehension another name",
        Fault { name: "_", .. } => {
            "`not` cannot iterate: write `not` before a rule or comprehension that does"
        }
        Fault { negated: true, .. } => "give it a value in a statement without `not`",
        _ if rules => "assign it, iterate over it with `some ... in`, or correct the name",
        _ => "assign it, iterate over it with `some ... in`, correct the name, or import it",
    }
}

/// An unsafe variable where it is used.
#[derive(Debug)]
struct Fault<'a> {
    name: &'a str,
    span: Span,
    negated: bool,
    /// Whether it is used in a comprehension that its own value comes from.
    inside: bool,
}

struct Safety<'a, 'i> {
    index: &'i PolicyIndex<'a>,
    module: usize,
    /// Whether what could be given a value counts as safe although that value is unsafe.
    lenient: bool,
    /// Whether the parts of two patterns count as statements of their own.
    in_parts: bool,
    faults: Vec<Fault<'a>>,
}

/// The names in sight: variables that have a value, and rules or imports that a declaration hides.
#[derive(Debug, Clone, Default)]
struct Names<'a> {
    safe: BTreeSet<&'a str>,
    hidden: BTreeSet<&'a str>,
}

impl<'a> Safety<'a, '_> {
    fn rule(&mut self, rule: &'a Rule) {
        let mut names = Names::default();
        if let HeadKind::Function { args } = &rule.head.kind {
            for arg in args {
                self.declare(arg, &mut names);
            }
            for arg in args {
                self.bind_pattern(arg, &mut names);
            }
            for arg in args {
                self.demand(arg, &names, false);
            }
        }
        if rule.is_default {
            return;
        }
        if rule.bodies.is_empty() {
            self.head(rule, &names);
        }
        for body in &rule.bodies {
            let mut names = names.clone();
            self.query(&body.query, &mut names);
            if !body.is_else {
                self.head(rule, &names);
            }
            if let Some(value) = &body.value {
                self.demand(value, &names, false);
            }
        }
    }

    fn head(&mut self, rule: &'a Rule, names: &Names<'a>) {
        for step in &rule.head.reference.steps {
            if let Step::Index(index) = step {
                self.demand(index, names, false);
            }
        }
        if let HeadKind::Set { key } = &rule.head.kind {
            self.demand(key, names, false);
        }
        if let Some(value) = &rule.head.value {
            self.demand(value, names, false);
        }
    }

    /// Finds out which variables of a body are safe, then tells those that are not.
    fn query(&mut self, query: &'a Query, names: &mut Names<'a>) {
        let sights = self.solve(query, names);
        let after = std::mem::take(&mut names.hidden);
        for (statement, hidden) in query.statements.iter().zip(sights) {
            names.hidden = hidden;
            self.demand_statement(statement, names);
        }
        names.hidden = after;
    }

    /// Adds the variables that a body makes safe; the answer is, for each statement, the rules and
    /// imports that are hidden in it.
    fn solve(&self, query: &'a Query, names: &mut Names<'a>) -> Vec<BTreeSet<&'a str>> {
        let mut sights = Vec::with_capacity(query.statements.len());
        for statement in &query.statements {
            self.declare_statement(statement, names);
            sights.push(names.hidden.clone());
        }
        let after = std::mem::take(&mut names.hidden);
        let mut order: Vec<(&Statement, &BTreeSet<&str>)> =
            query.statements.iter().zip(&sights).collect();
        // Statements may stand in any order: they are gone through, forth and back, as long as that
        // makes something safe.
        for round in 0.. {
            let before = names.safe.len();
            for &(statement, hidden) in &order {
                names.hidden.clone_from(hidden);
                if self.lenient || self.in_parts {
                    self.bind_statement(statement, names);
                    continue;
                }
                let mut inside = names.clone();
                self.bind_statement(statement, &mut inside);
                if inside.safe.len() > names.safe.len() {
                    let mut waited_for = self.variables_of(query, names);
                    waited_for.extend(&inside.safe);
                    waited_for.retain(|name| !names.safe.contains(name));
                    if self.runs(statement, &waited_for, &inside) {
                        names.safe = inside.safe;
                    }
                }
            }
            if names.safe.len() == before {
                break;
            }
            if round == MAX_ROUNDS {
                // Nobody writes such an order by hand; the engine decides.
                walk_query(query, &mut |expr| self.bind_pattern(expr, names));
                break;
            }
            order.reverse();
        }
        names.hidden = after;
        sights
    }

    fn is_global(&self, name: &str, names: &Names<'a>) -> bool {
        !names.hidden.contains(name) && self.index.global(self.module, name).is_some()
    }

    /// A declared name no longer means a rule or import.
    fn declare(&self, pattern: &'a Expr, names: &mut Names<'a>) {
        match &pattern.kind {
            ExprKind::Var(name) => self.declare_name(name, names),
            ExprKind::Array(items) => items.iter().for_each(|item| self.declare(item, names)),
            ExprKind::Object(fields) => {
                for (_, value) in fields {
                    self.declare(value, names);
                }
            }
            _ => {}
        }
    }

    fn declare_name(&self, name: &'a str, names: &mut Names<'a>) {
        if self.index.global(self.module, name).is_some() {
            names.hidden.insert(name);
        }
    }

    fn declare_statement(&self, statement: &'a Statement, names: &mut Names<'a>) {
        match &statement.kind {
            StatementKind::SomeVars(vars) => {
                for var in vars {
                    self.declare_name(&var.text, names);
                }
            }
            StatementKind::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|pattern| self.declare(pattern, names));
            }
            StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, .. },
                ..
            }) => {
                self.declare(left, names);
            }
            StatementKind::Expr(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {}
        }
    }

    /// Adds what a statement makes safe.
    fn bind_statement(&self, statement: &'a Statement, names: &mut Names<'a>) {
        for with in &statement.with {
            self.bind_steps(&with.value, names);
        }
        match &statement.kind {
            StatementKind::SomeVars(_) | StatementKind::Not(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                self.bind_steps(collection, names);
                if self.has_value(collection, names) {
                    key.iter().chain([value]).for_each(|pattern| self.bind_pattern(pattern, names));
                }
            }
            StatementKind::Every { domain, .. } => self.bind_steps(domain, names),
            StatementKind::Expr(expr) => {
                self.bind_steps(expr, names);
                match &expr.kind {
                    ExprKind::Assign { op: AssignOp::Bind, left, right } => {
                        self.assign(left, right, &self.hidden_by(left), names);
                    }
                    ExprKind::Assign { op: AssignOp::Unify, left, right } => {
                        self.unify(left, right, names);
                    }
                    ExprKind::Call { function, args, .. } => {
                        if let Some((output, inputs)) = self.output(function, args)
                            && inputs.iter().all(|arg| self.has_value(arg, names))
                        {
                            self.bind_pattern(output, names);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// The argument that takes a call's result, when one more is given than the function takes.
    fn output<'e>(&self, function: &[String], args: &'e [Expr]) -> Option<(&'e Expr, &'e [Expr])> {
        let arity = match self.index.callee(self.module, function) {
            Callee::Definition(at) => match self.index.definition(at)?.shape {
                Shape::Function { arity } => arity,
                _ => return None,
            },
            Callee::Builtin => *builtins::find(&function.join("."))?.arity().end(),
            Callee::Nothing => return None,
        };
        args.split_last().filter(|(_, inputs)| inputs.len() == arity)
    }

    /// The rules and imports that an assignment hides from its own statement on; its right side
    /// still sees them.
    fn hidden_by(&self, left: &'a Expr) -> BTreeSet<&'a str> {
        let mut declared = Names::default();
        self.declare(left, &mut declared);
        declared.hidden
    }

    fn assign(
        &self,
        left: &'a Expr,
        right: &'a Expr,
        hides: &BTreeSet<&'a str>,
        names: &mut Names<'a>,
    ) {
        let has_value = |right: &'a Expr, names: &mut Names<'a>| {
            let hidden = names.hidden.clone();
            names.hidden.retain(|name| !hides.contains(name));
            let has_value = self.has_value(right, names);
            names.hidden = hidden;
            has_value
        };
        self.pairwise(
            (left, right),
            names,
            |left, right, names| {
                if has_value(right, names) {
                    self.bind_pattern(left, names);
                }
            },
            |_, right, names| has_value(right, names),
        );
    }

    fn unify(&self, left: &'a Expr, right: &'a Expr, names: &mut Names<'a>) {
        self.pairwise(
            (left, right),
            names,
            |left, right, names| {
                if self.has_value(right, names) {
                    self.bind_pattern(left, names);
                }
                if self.has_value(left, names) {
                    self.bind_pattern(right, names);
                }
            },
            |left, right, names| self.has_value(left, names) && self.has_value(right, names),
        );
    }

    /// Binds what stands in the same place of two patterns; the whole of it or nothing.
    fn pairwise(
        &self,
        (left, right): (&'a Expr, &'a Expr),
        names: &mut Names<'a>,
        bind: impl Fn(&'a Expr, &'a Expr, &mut Names<'a>),
        is_settled: impl Fn(&'a Expr, &'a Expr, &mut Names<'a>) -> bool,
    ) {
        let mut pairs = Vec::new();
        self.pairs(left, right, &mut pairs);
        if let [(left, right)] = pairs.as_slice() {
            bind(left, right, names);
            return;
        }
        let mut inside = names.clone();
        // Where the rounds do not suffice, the engine decides.
        let mut settled = true;
        for _ in 0..MAX_ROUNDS {
            let before = inside.safe.len();
            for (left, right) in &pairs {
                bind(left, right, &mut inside);
            }
            if inside.safe.len() == before {
                settled = self.in_parts
                    || pairs.iter().all(|(left, right)| is_settled(left, right, &mut inside));
                break;
            }
        }
        if settled {
            names.safe = inside.safe;
        }
    }

    fn pairs(&self, left: &'a Expr, right: &'a Expr, pairs: &mut Vec<(&'a Expr, &'a Expr)>) {
        match (&left.kind, &right.kind) {
            (ExprKind::Array(a), ExprKind::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| self.pairs(a, b, pairs));
            }
            (ExprKind::Object(a), ExprKind::Object(b)) if self.in_parts => {
                for (key, value) in a {
                    if let Some((_, other)) = b.iter().find(|(other, _)| other.kind == key.kind) {
                        self.pairs(value, other, pairs);
                    }
                }
            }
            _ => pairs.push((left, right)),
        }
    }

    /// The variables of a pattern get values.
    fn bind_pattern(&self, pattern: &'a Expr, names: &mut Names<'a>) {
        match &pattern.kind {
            ExprKind::Var(name) if name != "_" && !self.is_global(name, names) => {
                names.safe.insert(name);
            }
            ExprKind::Array(items) => items.iter().for_each(|item| self.bind_pattern(item, names)),
            ExprKind::Object(fields) => {
                for (_, value) in fields {
                    self.bind_pattern(value, names);
                }
            }
            _ => {}
        }
    }

    /// The keys of every reference that has something to iterate get values; nested queries keep
    /// theirs to themselves.
    fn bind_steps(&self, expr: &'a Expr, names: &mut Names<'a>) {
        match &expr.kind {
            ExprKind::Ref(Reference { base, steps }) => {
                self.bind_steps(base, names);
                let iterable = self.has_value(base, names);
                for step in steps {
                    if let Step::Index(index) = step {
                        self.bind_steps(index, names);
                        if iterable {
                            self.bind_pattern(index, names);
                        }
                    }
                }
            }
            ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
                for item in items {
                    self.bind_steps(item, names);
                }
            }
            ExprKind::Object(fields) => {
                for (key, value) in fields {
                    self.bind_steps(key, names);
                    self.bind_steps(value, names);
                }
            }
            ExprKind::Compare { left, right, .. }
            | ExprKind::Arithmetic { left, right, .. }
            | ExprKind::SetOperation { left, right, .. }
            | ExprKind::Assign { left, right, .. } => {
                self.bind_steps(left, names);
                self.bind_steps(right, names);
            }
            ExprKind::Membership { key, value, collection } => {
                if let Some(key) = key {
                    self.bind_steps(key, names);
                }
                self.bind_steps(value, names);
                self.bind_steps(collection, names);
            }
            ExprKind::Scalar(_)
            | ExprKind::Var(_)
            | ExprKind::ArrayComprehension { .. }
            | ExprKind::SetComprehension { .. }
            | ExprKind::ObjectComprehension { .. } => {}
        }
    }

    /// Whether an expression can be evaluated with what is safe now.
    fn has_value(&self, expr: &'a Expr, names: &Names<'a>) -> bool {
        if self.lenient {
            return true;
        }
        let mut probe = Safety {
            index: self.index,
            module: self.module,
            lenient: false,
            in_parts: self.in_parts,
            faults: Vec::new(),
        };
        probe.demand(expr, names, false);
        probe.faults.is_empty()
    }

    /// The variables that statements of a body may give values.
    fn variables_of(&self, query: &'a Query, names: &Names<'a>) -> BTreeSet<&'a str> {
        let mut found = Names::default();
        for statement in &query.statements {
            match &statement.kind {
                StatementKind::SomeIn { key, value, .. } => {
                    found.safe.extend(names_of(key.iter().chain([value])));
                }
                StatementKind::Expr(Expr {
                    kind: ExprKind::Assign { left, right, .. }, ..
                }) => {
                    self.bind_pattern(left, &mut found);
                    self.bind_pattern(right, &mut found);
                }
                _ => {}
            }
        }
        found.safe.retain(|name| !self.is_global(name, names));
        found.safe
    }

    /// Whether the engine runs a statement as a whole with what is safe then; comprehensions in it
    /// wait for the variables of the body, and get none from the statement that they stand in.
    fn runs(
        &self,
        statement: &'a Statement,
        waited_for: &BTreeSet<&'a str>,
        names: &Names<'a>,
    ) -> bool {
        let (StatementKind::Expr(expr)
        | StatementKind::SomeIn { collection: expr, .. }
        | StatementKind::Every { domain: expr, .. }) = &statement.kind
        else {
            return true;
        };
        if used_in_closures(expr, waited_for).is_some() {
            return false;
        }
        if let StatementKind::Expr(Expr {
            kind: ExprKind::Assign { op: AssignOp::Bind, left, .. },
            ..
        }) = &statement.kind
            && matches!(&left.kind, ExprKind::Var(name) if names.safe.contains(name.as_str()))
        {
            // It has its value because all on the other side have.
            return true;
        }
        let mut probe = Safety {
            index: self.index,
            module: self.module,
            lenient: false,
            in_parts: false,
            faults: Vec::new(),
        };
        probe.demand_statement(statement, names);
        probe.faults.is_empty()
    }

    fn demand_statement(&mut self, statement: &'a Statement, names: &Names<'a>) {
        for with in &statement.with {
            if !is_builtin(&with.value) {
                self.demand(&with.value, names, false);
            }
        }
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                self.demand(collection, names, false);
                key.iter().chain([value]).for_each(|pattern| self.demand(pattern, names, false));
                // The engine takes the two for one variable, and waits for its value.
                let own = names_of(key.iter().chain([value]));
                let mut used = None;
                walk_outside_closures(collection, &mut |part| {
                    if let ExprKind::Var(name) = &part.kind
                        && own.contains(name.as_str())
                    {
                        used = Some((name.as_str(), part.span));
                    }
                });
                if let Some((name, span)) = used.or_else(|| used_in_closures(collection, &own)) {
                    self.faults.push(Fault { name, span, negated: false, inside: true });
                }
            }
            StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, right },
                ..
            }) => {
                let hides = self.hidden_by(left);
                if hides.is_empty() {
                    self.demand(right, names, false);
                } else {
                    let mut before = names.clone();
                    before.hidden.retain(|name| !hides.contains(name));
                    self.demand(right, &before, false);
                }
                self.demand(left, names, false);
            }
            StatementKind::Expr(expr) => self.demand(expr, names, false),
            StatementKind::Not(expr) => self.demand(expr, names, true),
            StatementKind::Every { key, value, domain, query } => {
                self.demand(domain, names, false);
                let mut inner = names.clone();
                for name in key.iter().chain([value]) {
                    self.declare_name(&name.text, &mut inner);
                    inner.safe.insert(&name.text);
                }
                self.query(query, &mut inner);
            }
        }
    }

    /// Tells the variables of an expression that are not safe. It recurses as deep as the tree is
    /// high.
    fn demand(&mut self, expr: &'a Expr, names: &Names<'a>, negated: bool) {
        match &expr.kind {
            ExprKind::Scalar(_) => {}
            ExprKind::Var(name) => {
                let wildcard = name == "_" && !negated;
                if !wildcard && !names.safe.contains(name.as_str()) && !self.is_global(name, names)
                {
                    self.faults.push(Fault { name, span: expr.span, negated, inside: false });
                }
            }
            ExprKind::Ref(Reference { base, steps }) => {
                self.demand(base, names, negated);
                for step in steps {
                    if let Step::Index(index) = step {
                        self.demand(index, names, negated);
                    }
                }
            }
            ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
                for item in items {
                    self.demand(item, names, negated);
                }
            }
            ExprKind::Object(fields) => {
                for (key, value) in fields {
                    self.demand(key, names, negated);
                    self.demand(value, names, negated);
                }
            }
            ExprKind::ArrayComprehension { term, query }
            | ExprKind::SetComprehension { term, query } => {
                let mut inner = names.clone();
                self.query(query, &mut inner);
                self.demand(term, &inner, false);
            }
            ExprKind::ObjectComprehension { key, value, query } => {
                let mut inner = names.clone();
                self.query(query, &mut inner);
                self.demand(key, &inner, false);
                self.demand(value, &inner, false);
            }
            ExprKind::Compare { left, right, .. }
            | ExprKind::Arithmetic { left, right, .. }
            | ExprKind::SetOperation { left, right, .. }
            | ExprKind::Assign { left, right, .. } => {
                self.demand(left, names, negated);
                self.demand(right, names, negated);
            }
            ExprKind::Membership { key, value, collection } => {
                if let Some(key) = key {
                    self.demand(key, names, negated);
                }
                self.demand(value, names, negated);
                self.demand(collection, names, negated);
            }
        }
    }
}

/// Whether the value of a `with` is a builtin's name: a function may be replaced by one.
fn is_builtin(value: &Expr) -> bool {
    let mut name = String::new();
    let (base, steps): (&Expr, &[Step]) = match &value.kind {
        ExprKind::Ref(Reference { base, steps }) => (base, steps),
        _ => (value, &[]),
    };
    let ExprKind::Var(root) = &base.kind else { return false };
    name.push_str(root);
    for step in steps {
        let Step::Field(step) = step else { return false };
        name.push('.');
        name.push_str(&step.text);
    }
    builtins::find(&name).is_some()
}
