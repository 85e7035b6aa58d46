//! The extraction: goes through every rule that an entry can reach, once, with abstract values in
//! place of the input.
//!
//! A rule is gone through when something first uses it, a function once per set of abstract
//! arguments; both are kept as a [`Frame`]. Within a query the statements may stand in any order,
//! so that variables are bound first, in three rounds: from assignments, then from indexes into
//! what is known (`data.limits[name]`), last from indexes into the input (`input.rows[i]`). Only
//! then are the statements gone through once more, and what they read is noted down.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use serde_json::Value as Json;

use super::{
    constants::Constants,
    documents::{Documents, RuleAt, ground_path},
    facts::{Frame, Need, Origin, Read, Unresolved, UnresolvedKind},
    path::Place,
    scope::{Scopes, declared, pattern_names, used},
    types::TypeSet,
    value::{CollectionKind, MAX_CASES, ONE_OF, Site, Value},
};
use crate::syntax::{
    AssignOp, Body, Expr, ExprKind, HeadKind, Import, Module, Query, Rule, Span, Statement,
    StatementKind, Step,
};

/// How many steps an extraction may take: a thousand times what policies need.
const FUEL: u64 = 5_000_000;
/// How deep expressions, queries and calls may nest: the longest chain the load checks allow needs
/// some 1,000, and 1 MiB of stack takes 1,400.
const MAX_DEPTH: usize = 1_400;
/// Sites below are those of arguments; sites of a frame's own start here.
const FIRST_SITE: Site = 1 << 20;

/// What an unbound index may be bound from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Reach {
    /// From nothing: assignments and `some ... in` come first.
    Nothing,
    /// From the keys of constants and rules.
    Known,
    /// From the input's keys as well.
    #[default]
    Input,
}

/// Where the extraction is.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
pub(super) struct Context {
    pub(super) frame: usize,
    pub(super) module: usize,
    pub(super) scopes: Scopes,
    /// Variables of scopes below this depth belong to an outer query, which alone may bind them.
    pub(super) floor: usize,
    /// Whether what is read is noted down.
    pub(super) recording: bool,
    pub(super) reach: Reach,
    /// Something in the expression hangs on a variable that is not bound yet.
    pub(super) pending: bool,
    /// A variable was bound in this round.
    pub(super) changed: bool,
    /// Under `not`, where an equality with a name leaves that name out.
    pub(super) negated: bool,
    /// In a reference that is a statement by itself, where nothing is an answer.
    pub(super) condition: bool,
}

#[derive(Debug)]
pub(super) struct Extractor<'a> {
    pub(super) documents: Documents<'a>,
    pub(super) frames: Vec<Frame>,
    memo: BTreeMap<String, usize>,
    sites: BTreeMap<(usize, Origin, Site), Site>,
    pub(super) constants: Constants,
    pub(super) at: Context,
    fuel: u64,
    depth: usize,
    finished: usize,
    /// The expression gone into last.
    here: Option<Origin>,
    /// Where it gave up, when it did.
    pub(super) exhausted: Option<Origin>,
}

/// What one body of a rule makes.
enum Made {
    Value(Value),
    Member { kind: CollectionKind, key: Value, element: Value },
}

impl<'a> Extractor<'a> {
    pub(super) fn new(documents: Documents<'a>) -> Self {
        Self {
            documents,
            frames: Vec::new(),
            memo: BTreeMap::new(),
            sites: BTreeMap::new(),
            constants: Constants::default(),
            at: Context::default(),
            fuel: FUEL,
            depth: 0,
            finished: 0,
            here: None,
            exhausted: None,
        }
    }

    /// Goes through all that the names of a package can reach; gives the frame that uses it all.
    pub(super) fn entry(&mut self, package: &[String], names: &[String]) -> usize {
        let root = self.frames.len();
        self.frames.push(Frame::default());
        self.at = Context { frame: root, recording: true, ..Context::default() };
        for name in names {
            let path: Vec<String> = package.iter().chain([name]).cloned().collect();
            if self.documents.node(&path).is_some() {
                let value = self.document(&path);
                self.touch(&value);
            }
        }
        root
    }

    // --- rules and functions

    /// The frame of the rules at a path.
    pub(super) fn rule_frame(&mut self, path: &[String]) -> usize {
        let rules = self.documents.node(path).map(|node| node.rules.clone()).unwrap_or_default();
        self.frame(path.join("\u{0}"), path, &rules, None)
    }

    /// The value of a function at a path for some arguments.
    pub(super) fn apply(&mut self, path: &[String], args: &[Value], origin: Origin) -> Value {
        let functions =
            self.documents.node(path).map(|node| node.functions.clone()).unwrap_or_default();
        // Sites are numbered anew in order of appearance, so that equal calls at different places
        // share a frame.
        let mut given: Vec<Site> = Vec::new();
        let args: Vec<Value> = args
            .iter()
            .map(|arg| {
                arg.rename(&mut |site| {
                    let position = given.iter().position(|s| *s == site).unwrap_or_else(|| {
                        given.push(site);
                        given.len() - 1
                    });
                    Site::try_from(position).unwrap_or(FIRST_SITE) | (site & ONE_OF)
                })
            })
            .collect();
        let mut key = path.join("\u{0}");
        for arg in &args {
            self.constants.write_key(arg, &mut key);
        }
        let frame = self.frame(key, path, &functions, Some(&args));
        let value = self.use_frame(frame);
        if given.is_empty() {
            return value;
        }
        value.rename(&mut |site| {
            let position = usize::try_from(site & !ONE_OF).ok();
            match position.and_then(|position| given.get(position)) {
                Some(outer) => *outer,
                // The function's own choices are made anew for other arguments.
                None => self.site(origin, site) | (site & ONE_OF),
            }
        })
    }

    /// Notes that the current frame uses another, and gives the other's value.
    pub(super) fn use_frame(&mut self, used: usize) -> Value {
        if self.at.recording
            && let Some(frame) = self.frames.get_mut(self.at.frame)
        {
            frame.uses.insert(used);
        }
        match self.frames.get(used).and_then(|frame| frame.value.clone()) {
            Some(value) => value,
            // It is being gone through: recursion, which the check of the call graph refuses.
            None => Value::opaque(TypeSet::ANY, true),
        }
    }

    fn frame(
        &mut self,
        key: String,
        path: &[String],
        definitions: &[RuleAt],
        args: Option<&[Value]>,
    ) -> usize {
        if let Some(known) = self.memo.get(&key) {
            return *known;
        }
        let id = self.frames.len();
        let package_length = self.documents.node(path).map_or(0, |node| node.package_length);
        let (package, rule) = path.split_at_checked(package_length).unwrap_or((path, &[]));
        self.frames.push(Frame {
            package: package.join("."),
            rule: rule.join("."),
            ..Frame::default()
        });
        self.memo.insert(key, id);
        let inside = Context { frame: id, recording: true, ..Context::default() };
        let outside = mem::replace(&mut self.at, inside);
        self.depth += 1;
        let mut made = Vec::new();
        let mut origin = None;
        for at in definitions {
            let Some((module, rule)) = self.documents.rule(*at) else { continue };
            self.at.module = at.module;
            origin = origin.or(Some(self.origin(rule.head.span)));
            self.definition(module, rule, args, &mut made);
        }
        let value = origin.map_or(Value::Never, |origin| self.assemble(origin, made));
        if let (Some(origin), Some(args)) = (origin, args)
            && !matches!(&value, Value::Const(json) if **json == Json::Bool(true))
        {
            self.handled(definitions, args, origin);
        }
        self.depth -= 1;
        self.at = outside;
        if let Some(frame) = self.frames.get_mut(id) {
            frame.value = Some(value);
            frame.finished = self.finished;
            self.finished += 1;
        }
        id
    }

    fn definition(
        &mut self,
        module: &'a Module,
        rule: &'a Rule,
        args: Option<&[Value]>,
        made: &mut Vec<Made>,
    ) {
        let origin = Origin { module: self.at.module, span: rule.head.span };
        if self.depth > MAX_DEPTH || self.exhausted.is_some() {
            self.exhausted.get_or_insert(origin);
            return;
        }
        debug_assert!(!module.file.ends_with("_test.rego"), "tests are not gone through");
        self.at.scopes.push();
        let applies = match (&rule.head.kind, args) {
            (HeadKind::Function { args: parameters }, Some(args)) => {
                parameters.iter().zip(args).all(|(parameter, arg)| self.parameter(parameter, arg))
            }
            _ => true,
        };
        if applies {
            if rule.bodies.is_empty() {
                let value = self.head_value(rule, None);
                made.push(value);
            }
            for body in &rule.bodies {
                self.at.scopes.push();
                self.query(&body.query);
                let value = self.head_value(rule, Some(body));
                made.push(value);
                self.at.scopes.pop();
            }
        }
        self.at.scopes.pop();
    }

    /// Binds a parameter; false when the argument can never match it.
    fn parameter(&mut self, parameter: &'a Expr, arg: &Value) -> bool {
        let mut names = BTreeSet::new();
        pattern_names(parameter, &mut names);
        for name in names {
            self.at.scopes.declare(name);
        }
        if let (ExprKind::Scalar(_), Value::Const(given)) = (&parameter.kind, arg) {
            return matches!(self.expr(parameter), Value::Const(own) if own == *given);
        }
        self.unify(parameter, arg);
        true
    }

    fn head_value(&mut self, rule: &'a Rule, body: Option<&'a Body>) -> Made {
        let written = match body {
            Some(Body { is_else: true, value, .. }) => value.as_ref(),
            _ => rule.head.value.as_ref(),
        };
        let mut value = match written {
            Some(expr) => self.expr(expr),
            None => Value::constant(Json::Bool(true)),
        };
        let ground = ground_path(rule).count().saturating_sub(1);
        let mut steps = rule.head.reference.steps.iter().skip(ground).rev().peekable();
        if let HeadKind::Set { key } = &rule.head.kind {
            let element = self.expr(key);
            if steps.peek().is_none() {
                let kind = CollectionKind::Set;
                return Made::Member { kind, key: element.clone(), element };
            }
            value = Value::set(element);
        }
        while let Some(step) = steps.next() {
            let key = match step {
                Step::Field(name) => Value::constant(Json::from(name.text.as_str())),
                Step::Index(index) => self.expr(index),
            };
            if steps.peek().is_none() {
                return Made::Member { kind: CollectionKind::Object, key, element: value };
            }
            value = Value::collection(CollectionKind::Object, key, value);
        }
        Made::Value(value)
    }

    /// One value from all that the bodies made.
    fn assemble(&mut self, origin: Origin, made: Vec<Made>) -> Value {
        let mut values = Vec::new();
        let mut keys = Vec::new();
        let mut elements = Vec::new();
        let mut collection = CollectionKind::Set;
        for one in made {
            match one {
                Made::Value(value) => values.push(value),
                Made::Member { kind, key, element } => {
                    collection = kind;
                    keys.push(key);
                    elements.push(element);
                }
            }
        }
        let site = self.site(origin, 0);
        if !elements.is_empty() {
            let members = match collection {
                CollectionKind::Set => Value::set(Value::one_of(site, elements)),
                kind if elements.len() <= MAX_CASES => Value::collection(
                    kind,
                    Value::aligned(site, keys),
                    Value::aligned(site, elements),
                ),
                kind => {
                    let key = Value::one_of(site, keys);
                    Value::collection(kind, key, Value::one_of(site, elements))
                }
            };
            values.push(members);
        }
        Value::one_of(self.site(origin, 1) | ONE_OF, values)
    }

    // --- queries and statements

    /// Goes through a query, in the scope that is innermost now.
    pub(super) fn query(&mut self, query: &'a Query) {
        self.declare(query);
        let floor = mem::replace(&mut self.at.floor, self.at.scopes.depth());
        let (recording, reach, pending) = (self.at.recording, self.at.reach, self.at.pending);
        let changed = self.at.changed;
        let negated = mem::replace(&mut self.at.negated, false);
        let condition = mem::replace(&mut self.at.condition, false);
        self.at.recording = false;
        self.at.reach = Reach::Nothing;
        loop {
            self.at.changed = false;
            for statement in &query.statements {
                self.at.pending = false;
                self.bind(statement);
            }
            self.at.reach = match (self.at.changed, self.at.reach) {
                (true, _) => Reach::Nothing,
                (false, Reach::Nothing) => Reach::Known,
                (false, Reach::Known) => Reach::Input,
                (false, Reach::Input) => break,
            };
        }
        self.at.recording = recording;
        self.at.pending = pending;
        for statement in &query.statements {
            self.statement(statement);
        }
        self.at.reach = reach;
        self.at.changed = changed;
        self.at.negated = negated;
        self.at.condition = condition;
        self.at.floor = floor;
    }

    fn declare(&mut self, query: &'a Query) {
        for name in declared(query) {
            self.at.scopes.declare(name);
        }
        let mut names = BTreeSet::new();
        query.statements.iter().for_each(|statement| used(statement, &mut names));
        for name in names {
            if self.at.scopes.find(name).is_none() && self.global(name).is_none() {
                self.at.scopes.declare(name);
            }
        }
    }

    /// Binds what a statement binds.
    fn bind(&mut self, statement: &'a Statement) {
        if !statement.with.is_empty() {
            self.bind_to_unknown(statement);
            return;
        }
        match &statement.kind {
            StatementKind::SomeIn { key, value, collection } => {
                let values = self.expr(collection);
                if !self.at.pending {
                    self.some_in(statement.span, key.as_ref(), value, &values, collection);
                }
            }
            StatementKind::Expr(expr) => {
                self.expr(expr);
            }
            StatementKind::SomeVars(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {}
        }
    }

    /// Notes down what a statement reads, once all variables are bound.
    fn statement(&mut self, statement: &'a Statement) {
        if !statement.with.is_empty() {
            self.with(statement);
            return;
        }
        match &statement.kind {
            StatementKind::SomeVars(_) => {}
            StatementKind::SomeIn { key, value, collection } => {
                let values = self.expr(collection);
                self.some_in(statement.span, key.as_ref(), value, &values, collection);
            }
            StatementKind::Expr(expr) | StatementKind::Not(expr) => {
                let negated = matches!(statement.kind, StatementKind::Not(_));
                let outside = mem::replace(&mut self.at.negated, negated);
                self.at.condition = matches!(expr.kind, ExprKind::Ref(_));
                let value = self.expr(expr);
                self.at.condition = false;
                self.note(&value, &Need::Truth, expr.span);
                self.at.negated = outside;
            }
            StatementKind::Every { key, value, domain, query } => {
                let values = self.expr(domain);
                let (each_key, each) = self.iterate(&values, domain.span, statement.span);
                self.at.scopes.push();
                if let Some(key) = key {
                    self.at.scopes.declare(&key.text);
                    self.at.scopes.bind(&key.text, each_key);
                }
                self.at.scopes.declare(&value.text);
                self.at.scopes.bind(&value.text, each);
                self.query(query);
                self.at.scopes.pop();
            }
        }
    }

    fn some_in(
        &mut self,
        span: Span,
        key: Option<&'a Expr>,
        value: &'a Expr,
        values: &Value,
        collection: &'a Expr,
    ) {
        let (each_key, each) = self.iterate(values, collection.span, span);
        if let Some(key) = key {
            self.unify(key, &each_key);
        }
        self.unify(value, &each);
    }

    /// `with` replaces what the guard looked up.
    fn with(&mut self, statement: &'a Statement) {
        for with in &statement.with {
            self.expr(&with.value);
            let target = with.target.join(".");
            self.unresolved(with.span, || {
                format!("`with {target}` replaces what the guard looked up")
            });
        }
        self.bind_to_unknown(statement);
    }

    fn bind_to_unknown(&mut self, statement: &'a Statement) {
        let mut names = BTreeSet::new();
        used(statement, &mut names);
        match &statement.kind {
            StatementKind::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|p| pattern_names(p, &mut names));
            }
            StatementKind::Expr(Expr {
                kind: ExprKind::Assign { op: AssignOp::Bind, left, .. },
                ..
            }) => pattern_names(left, &mut names),
            _ => {}
        }
        for name in names {
            if let Some((_, None)) = self.at.scopes.find(name) {
                self.bind_variable(name, Value::opaque(TypeSet::ANY, true));
            }
        }
    }

    /// Binds a variable, if it is this query's to bind.
    pub(super) fn bind_variable(&mut self, name: &str, value: Value) {
        match self.at.scopes.find(name) {
            Some((depth, None)) if depth < self.at.floor => self.at.pending = true,
            _ => {
                self.at.scopes.bind(name, value);
                self.at.changed = true;
            }
        }
    }

    // --- notes

    pub(super) fn origin(&self, span: Span) -> Origin {
        Origin { module: self.at.module, span }
    }

    /// A choice of its own for a place in the text; the same place in the same frame gives the
    /// same.
    pub(super) fn site(&mut self, origin: Origin, salt: Site) -> Site {
        let next = FIRST_SITE + Site::try_from(self.sites.len()).unwrap_or(Site::MAX - FIRST_SITE);
        *self.sites.entry((self.at.frame, origin, salt)).or_insert(next)
    }

    /// Notes a use of every fact the value may be.
    pub(super) fn note(&mut self, value: &Value, need: &Need, span: Span) {
        match value {
            Value::Input(place) => self.note_place(place, need, span),
            Value::Choice(_, cases) => cases.iter().for_each(|case| self.note(case, need, span)),
            _ => {}
        }
    }

    pub(super) fn note_place(&mut self, place: &Place, need: &Need, span: Span) {
        if self.at.recording {
            let origin = self.origin(span);
            let read = Read { place: place.clone(), need: need.clone(), origin };
            self.current(|frame| frame.reads.push(read));
        }
    }

    /// Notes that a read cannot be resolved.
    pub(super) fn unresolved(&mut self, span: Span, message: impl FnOnce() -> String) {
        if self.at.recording {
            let (origin, message) = (self.origin(span), message());
            let note = Unresolved { origin, message, kind: UnresolvedKind::Read };
            self.current(|frame| frame.unresolved.push(note));
        }
    }

    pub(super) fn current(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.get_mut(self.at.frame) {
            change(frame);
        }
    }

    pub(super) fn module(&self) -> Option<&'a Module> {
        self.documents.modules.get(self.at.module)
    }

    pub(super) fn import(&self, name: &str) -> Option<&'a Import> {
        self.module()?.imports.iter().find(|import| import.binds.as_deref() == Some(name))
    }

    pub(super) fn text(&self, span: Span) -> &'a str {
        self.module().map_or("", |module| module.text_of(span))
    }

    /// Takes one step; false when there are none left, or when it is too deep.
    pub(super) fn step_in(&mut self, span: Span) -> bool {
        self.depth += 1;
        self.here = Some(self.origin(span));
        match self.fuel.checked_sub(1) {
            Some(rest) if self.depth <= MAX_DEPTH && self.exhausted.is_none() => {
                self.fuel = rest;
                true
            }
            _ => {
                let origin = self.origin(span);
                self.exhausted.get_or_insert(origin);
                false
            }
        }
    }

    pub(super) fn step_out(&mut self) {
        self.depth -= 1;
    }

    /// Takes many steps; false when there are none left, so that it gives up.
    pub(super) fn burn_for(&mut self, steps: usize) -> bool {
        let left = self.burn(steps);
        if !left {
            self.give_up();
        }
        left
    }

    /// From here on nothing is gone through, and the policy is refused.
    pub(super) fn give_up(&mut self) {
        if self.exhausted.is_none() {
            self.exhausted = self.here;
        }
    }

    /// Takes many steps; false when there are none left.
    pub(super) fn burn(&mut self, steps: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(steps as u64);
        self.fuel > 0
    }
}
