//! What a variable or reference means where it stands.

use std::collections::BTreeSet;

use super::index::{Global, PolicyIndex};
use crate::syntax::{
    AssignOp, Expr, ExprKind, HeadKind, Query, Reference, Rule, Statement, StatementKind, Step,
    With,
};

/// What a name means where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// `_`: a new variable every time.
    Wildcard,
    /// A local variable, function arguments included.
    Local,
    /// Something that the whole module knows.
    Global(Global<'a>),
}

/// The names in sight at one place of a rule.
#[derive(Debug)]
pub struct Scope<'a, 'i> {
    index: &'i PolicyIndex<'a>,
    module: usize,
    locals: Vec<BTreeSet<&'a str>>,
    mocked: Vec<&'a [String]>,
}

/// What a path begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `input`.
    Input,
    /// `data`.
    Data,
}

/// A reference with its names resolved: everything begins with `input` or `data`.
#[derive(Debug, Clone, PartialEq)]
pub struct Absolute<'a> {
    /// Where it begins.
    pub root: Root,
    /// Its steps, those of imports and packages included.
    pub steps: Vec<AbsoluteStep<'a>>,
}

/// One step of a resolved reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AbsoluteStep<'a> {
    /// A string that is known.
    Constant(&'a str),
    /// An expression.
    Dynamic(&'a Expr),
}

impl<'a> Absolute<'a> {
    /// The steps as the index looks them up.
    pub fn lookup_steps(&self) -> impl Iterator<Item = Option<&'a str>> {
        self.steps.iter().map(|step| match step {
            AbsoluteStep::Constant(text) => Some(*text),
            AbsoluteStep::Dynamic(_) => None,
        })
    }
}

/// What is told of each place of a rule.
pub trait Visitor<'a> {
    /// An expression, outer ones before inner ones. The base of a reference and the name of a call
    /// are not expressions of their own here.
    fn expr(&mut self, expr: &'a Expr, scope: &Scope<'a, '_>);

    /// A `with` modifier; its value is told as an expression, too, unless it is a plain name or
    /// reference, which may mean a function.
    fn with(&mut self, _with: &'a With, _scope: &Scope<'a, '_>) {}

    /// A statement, before its expressions.
    fn statement(&mut self, _statement: &'a Statement, _scope: &Scope<'a, '_>) {}
}

impl<'a> Scope<'a, '_> {
    /// The module.
    #[must_use]
    pub fn module(&self) -> usize {
        self.module
    }

    /// The paths that `with` modifiers replace here, root first.
    #[must_use]
    pub fn mocked(&self) -> &[&'a [String]] {
        &self.mocked
    }

    /// What a name means here.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Meaning<'a> {
        if name == "_" {
            return Meaning::Wildcard;
        }
        if self.locals.iter().any(|scope| scope.contains(name)) {
            return Meaning::Local;
        }
        self.index.global(self.module, name).map_or(Meaning::Local, Meaning::Global)
    }

    /// A variable or reference as a path from `input` or `data`; `None` when it begins with a local
    /// variable or another expression.
    #[must_use]
    pub fn absolute(&self, expr: &'a Expr) -> Option<Absolute<'a>> {
        let (name, steps): (&str, &'a [Step]) = match &expr.kind {
            ExprKind::Var(name) => (name, &[]),
            ExprKind::Ref(Reference { base, steps }) => match &base.kind {
                ExprKind::Var(name) => (name, steps),
                _ => return None,
            },
            _ => return None,
        };
        let Meaning::Global(global) = self.meaning(name) else { return None };
        let mut absolute = Absolute { root: Root::Data, steps: Vec::new() };
        match global {
            Global::Input => absolute.root = Root::Input,
            Global::Data => {}
            Global::Import(path) => {
                if path.first().is_some_and(|root| root == "input") {
                    absolute.root = Root::Input;
                }
                absolute.steps.extend(path.iter().skip(1).map(|s| AbsoluteStep::Constant(s)));
            }
            Global::Rule(name) => {
                let package = &self.index.modules().get(self.module)?.package;
                absolute.steps.extend(package.iter().map(|s| AbsoluteStep::Constant(s)));
                absolute.steps.push(AbsoluteStep::Constant(name));
            }
        }
        absolute.steps.extend(steps.iter().map(|step| match step {
            Step::Field(name) => AbsoluteStep::Constant(&name.text),
            Step::Index(expr) => AbsoluteStep::Dynamic(expr),
        }));
        Some(absolute)
    }

    fn declare(&mut self, name: &'a str) {
        if name != "_"
            && let Some(scope) = self.locals.last_mut()
        {
            scope.insert(name);
        }
    }

    fn declare_pattern(&mut self, pattern: &'a Expr) {
        match &pattern.kind {
            ExprKind::Var(name) => self.declare(name),
            ExprKind::Array(items) => items.iter().for_each(|item| self.declare_pattern(item)),
            ExprKind::Object(fields) => {
                for (_, value) in fields {
                    self.declare_pattern(value);
                }
            }
            _ => {}
        }
    }
}

/// Tells a visitor of every expression of a rule statement, with the names in sight where it
/// stands.
///
/// Names are declared where OPA declares them: by `:=` and `some` from their statement on, in the
/// body and what it decides; by `every` in its body; by a function's arguments everywhere.
pub fn walk_rule<'a>(
    index: &PolicyIndex<'a>,
    module: usize,
    rule: &'a Rule,
    visitor: &mut impl Visitor<'a>,
) {
    let scope = Scope { index, module, locals: vec![BTreeSet::new()], mocked: Vec::new() };
    let mut walk = Walk { scope, visitor };
    if let HeadKind::Function { args } = &rule.head.kind {
        for arg in args {
            walk.scope.declare_pattern(arg);
        }
        for arg in args {
            walk.expr(arg);
        }
    }
    // The head belongs to the first body: the others either have values of their own or bind the
    // same names.
    for (at, body) in rule.bodies.iter().enumerate() {
        walk.scope.locals.push(BTreeSet::new());
        walk.query(&body.query);
        if at == 0 {
            walk.head(rule);
        }
        if let Some(value) = &body.value {
            walk.expr(value);
        }
        walk.scope.locals.pop();
    }
    if rule.bodies.is_empty() {
        walk.head(rule);
    }
}

struct Walk<'a, 'i, 'v, V> {
    scope: Scope<'a, 'i>,
    visitor: &'v mut V,
}

impl<'a, V: Visitor<'a>> Walk<'a, '_, '_, V> {
    fn head(&mut self, rule: &'a Rule) {
        self.steps(&rule.head.reference.steps);
        if let HeadKind::Set { key } = &rule.head.kind {
            self.expr(key);
        }
        if let Some(value) = &rule.head.value {
            self.expr(value);
        }
    }

    fn query(&mut self, query: &'a Query) {
        for statement in &query.statements {
            let mocked = self.scope.mocked.len();
            for with in &statement.with {
                self.visitor.with(with, &self.scope);
                match &with.value.kind {
                    ExprKind::Var(_) => {}
                    ExprKind::Ref(Reference { steps, .. }) => self.steps(steps),
                    _ => self.expr(&with.value),
                }
            }
            self.scope.mocked.extend(statement.with.iter().map(|with| with.target.as_slice()));
            self.visitor.statement(statement, &self.scope);
            match &statement.kind {
                StatementKind::SomeVars(names) => {
                    for n in names {
                        self.scope.declare(&n.text);
                    }
                }
                StatementKind::SomeIn { key, value, collection } => {
                    self.expr(collection);
                    for pattern in key.iter().chain([value]) {
                        self.scope.declare_pattern(pattern);
                        self.expr(pattern);
                    }
                }
                StatementKind::Expr(expr) | StatementKind::Not(expr) => self.expr(expr),
                StatementKind::Every { key, value, domain, query } => {
                    self.expr(domain);
                    self.scope.locals.push(BTreeSet::new());
                    key.iter().chain([value]).for_each(|name| self.scope.declare(&name.text));
                    self.query(query);
                    self.scope.locals.pop();
                }
            }
            self.scope.mocked.truncate(mocked);
        }
    }

    fn steps(&mut self, steps: &'a [Step]) {
        for step in steps {
            if let Step::Index(index) = step {
                self.expr(index);
            }
        }
    }

    fn nested(&mut self, query: &'a Query, terms: [Option<&'a Expr>; 2]) {
        self.scope.locals.push(BTreeSet::new());
        self.query(query);
        terms.into_iter().flatten().for_each(|term| self.expr(term));
        self.scope.locals.pop();
    }

    /// It recurses as deep as the tree is high, which parsing bounds.
    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Assign { op: AssignOp::Bind, left, right } = &expr.kind {
            // The right side still sees what the name meant before.
            self.visitor.expr(expr, &self.scope);
            self.expr(right);
            self.scope.declare_pattern(left);
            self.expr(left);
            return;
        }
        self.visitor.expr(expr, &self.scope);
        match &expr.kind {
            ExprKind::Scalar(_) | ExprKind::Var(_) => {}
            ExprKind::Ref(Reference { base, steps }) => {
                if !matches!(base.kind, ExprKind::Var(_)) {
                    self.expr(base);
                }
                self.steps(steps);
            }
            ExprKind::Array(items) | ExprKind::Set(items) | ExprKind::Call { args: items, .. } => {
                for item in items {
                    self.expr(item);
                }
            }
            ExprKind::Object(fields) => {
                for (key, value) in fields {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::ArrayComprehension { term, query }
            | ExprKind::SetComprehension { term, query } => {
                self.nested(query, [Some(term), None]);
            }
            ExprKind::ObjectComprehension { key, value, query } => {
                self.nested(query, [Some(key), Some(value)]);
            }
            ExprKind::Compare { left, right, .. }
            | ExprKind::Arithmetic { left, right, .. }
            | ExprKind::SetOperation { left, right, .. }
            | ExprKind::Assign { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Membership { key, value, collection } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
        }
    }
}
