//! What an expression is known to be.

use std::{collections::BTreeSet, mem, sync::Arc};

use serde_json::Value as Json;

use super::{
    extract::{Extractor, Reach},
    facts::Need,
    path::{Place, Step as PathStep},
    scope::pattern_names,
    types::TypeSet,
    value::{CollectionKind, MAX_WEIGHT, Value, scalar_json},
};
use crate::syntax::{ArithmeticOp, AssignOp, Expr, ExprKind, Query, Reference, SetOp, Span, Step};

impl<'a> Extractor<'a> {
    /// What an expression is known to be; notes down what it reads.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Value {
        let value = if self.step_in(expr.span) {
            self.expr_inside(expr)
        } else {
            Value::opaque(TypeSet::ANY, true)
        };
        self.step_out();
        value
    }

    fn expr_inside(&mut self, expr: &'a Expr) -> Value {
        match &expr.kind {
            ExprKind::Scalar(scalar) => Value::constant(scalar_json(scalar)),
            ExprKind::Var(name) => self.variable(name, expr.span),
            ExprKind::Ref(reference) => {
                let value = self.reference(reference, expr.span);
                self.finish(value, expr.span)
            }
            ExprKind::Array(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.expr(item)).collect();
                array_literal(items)
            }
            ExprKind::Set(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.expr(item)).collect();
                let site = self.site(self.origin(expr.span), 0);
                Value::set(Value::one_of(site, items))
            }
            ExprKind::Object(members) => {
                let members: Vec<(Value, Value)> =
                    members.iter().map(|(k, v)| (self.expr(k), self.expr(v))).collect();
                object_literal(members)
            }
            ExprKind::ArrayComprehension { term, query } => {
                let element = self.comprehension(query, |this| this.expr(term));
                Value::array(element)
            }
            ExprKind::SetComprehension { term, query } => {
                let element = self.comprehension(query, |this| this.expr(term));
                Value::set(element)
            }
            ExprKind::ObjectComprehension { key, value, query } => {
                let (key, element) =
                    self.comprehension(query, |this| (this.expr(key), this.expr(value)));
                Value::collection(CollectionKind::Object, key, element)
            }
            ExprKind::Call { function, args, .. } => self.call(function, args, expr.span),
            ExprKind::Compare { op, left, right } => {
                let (a, b) = (self.expr(left), self.expr(right));
                self.compare(*op, &a, &b, expr.span);
                Value::opaque(TypeSet::BOOLEAN, a.is_derived() || b.is_derived())
            }
            ExprKind::Arithmetic { op, left, right } => {
                let (a, b) = (self.expr(left), self.expr(right));
                self.note(&a, &Need::Types(TypeSet::NUMBER), left.span);
                self.note(&b, &Need::Types(TypeSet::NUMBER), right.span);
                let derived = a.is_derived() || b.is_derived();
                if *op == ArithmeticOp::Subtract && (is_set(&a) || is_set(&b)) {
                    // What is taken away is what is equal.
                    self.share(&a, &b, (left.span, right.span), expr.span);
                    return a;
                }
                Value::opaque(TypeSet::NUMBER, derived)
            }
            ExprKind::SetOperation { op, left, right } => {
                let (a, b) = (self.expr(left), self.expr(right));
                let (from_left, from_right) = match op {
                    SetOp::Intersection => self.share(&a, &b, (left.span, right.span), expr.span),
                    SetOp::Union => (
                        self.iterate(&a, left.span, left.span).1,
                        self.iterate(&b, right.span, right.span).1,
                    ),
                };
                let site = self.site(self.origin(expr.span), 0);
                Value::set(Value::one_of(site, [from_left, from_right]))
            }
            ExprKind::Assign { op, left, right } => {
                self.assign(*op, left, right);
                Value::opaque(TypeSet::BOOLEAN, false)
            }
            ExprKind::Membership { key, value, collection } => {
                let key = key.as_ref().map(|key| self.expr(key));
                let value = self.expr(value);
                let values = self.expr(collection);
                self.membership(key.as_ref(), &value, &values, collection.span, expr.span);
                Value::opaque(TypeSet::BOOLEAN, value.is_derived() || values.is_derived())
            }
        }
    }

    /// Two sets that an operation compares element by element; gives the elements.
    fn share(
        &mut self,
        a: &Value,
        b: &Value,
        (left, right): (Span, Span),
        span: Span,
    ) -> (Value, Value) {
        let (_, from_left) = self.iterate(a, left, left);
        let (_, from_right) = self.iterate(b, right, right);
        self.equal(&from_left, &from_right, span);
        self.keys(&from_left, &from_right, span);
        (from_left, from_right)
    }

    fn comprehension<T>(&mut self, query: &'a Query, term: impl FnOnce(&mut Self) -> T) -> T {
        self.at.scopes.push();
        self.query(query);
        let value = term(self);
        self.at.scopes.pop();
        value
    }

    // --- names

    fn variable(&mut self, name: &str, span: Span) -> Value {
        match self.at.scopes.find(name) {
            Some((_, Some(value))) => value.clone(),
            Some((_, None)) => {
                self.at.pending = true;
                self.unbound(span);
                Value::opaque(TypeSet::ANY, false)
            }
            None => match self.global(name) {
                Some(value) => {
                    let value = self.settle(value);
                    self.finish(value, span)
                }
                None => Value::opaque(TypeSet::ANY, false),
            },
        }
    }

    /// All variables are bound by the time that reads are noted down, except those that are bound
    /// in a way that is not followed.
    fn unbound(&mut self, span: Span) {
        let text = self.text(span);
        self.unresolved(span, || format!("what `{text}` is bound to is only known at run time"));
    }

    /// What a name means outside local scopes: a path in the input, or one below `data` that is not
    /// looked up yet.
    pub(super) fn global(&self, name: &str) -> Option<Value> {
        match name {
            "input" => return Some(Value::Input(Place::ROOT)),
            "data" => return Some(Value::Document(Arc::from([]))),
            _ => {}
        }
        if let Some(import) = self.import(name) {
            return match import.path.split_first() {
                Some((root, path)) if root == "input" => {
                    Some(Value::Input(path.iter().fold(Place::ROOT, |place, name| {
                        place.then(PathStep::Field(Arc::from(name.as_str())), false)
                    })))
                }
                Some((root, path)) if root == "data" => Some(Value::Document(path.into())),
                _ => None,
            };
        }
        let mut path = self.module()?.package.clone();
        if !self.documents.node(&path)?.rule_names.contains(name) {
            return None;
        }
        path.push(name.to_owned());
        Some(Value::Document(path.into()))
    }

    /// Looks up a path below `data`.
    fn settle(&mut self, value: Value) -> Value {
        match value {
            Value::Document(path) => self.document(&path),
            other => other,
        }
    }

    /// An expression ends here: the facts it may be must be there, the rules below it are used.
    fn finish(&mut self, value: Value, span: Span) -> Value {
        self.note(&value, &Need::Present, span);
        self.touch(&value);
        value
    }

    fn reference(&mut self, reference: &'a Reference, span: Span) -> Value {
        // Whether an index may bind depends on what stands before it, not on the rest of the
        // statement.
        let pending = mem::replace(&mut self.at.pending, false);
        let value = self.follow(reference, span);
        self.at.pending |= pending;
        value
    }

    fn follow(&mut self, reference: &'a Reference, span: Span) -> Value {
        let mut value = match &reference.base.kind {
            ExprKind::Var(name) => match self.at.scopes.find(name) {
                Some(_) => self.variable(name, reference.base.span),
                None => match self.global(name) {
                    Some(global) => self.settle(global),
                    None => Value::opaque(TypeSet::ANY, false),
                },
            },
            _ => self.expr(&reference.base),
        };
        for step in &reference.steps {
            let below = match step {
                Step::Field(name) => {
                    let key = Value::constant(Json::from(name.text.as_str()));
                    self.member(&value, &key, false, span)
                }
                Step::Index(index) => self.index(&value, index, span),
            };
            if matches!(below, Value::Never) {
                self.without_member(&value, step, span);
            }
            value = below;
        }
        value
    }

    /// A lookup that finds nothing whatever the input: what it is compared with is passed over.
    fn without_member(&mut self, value: &Value, step: &'a Step, span: Span) {
        let names = match step {
            Step::Field(_) => true,
            // A key that is one of many may be meant for another table; of no key nothing is looked
            // up.
            Step::Index(index) => matches!(index.kind, ExprKind::Scalar(_) | ExprKind::Var(_)),
        };
        let known = match value {
            Value::Const(_) | Value::Array(_) | Value::Object(_) => true,
            Value::Choice(_, cases) => !cases.is_empty(),
            _ => false,
        };
        if !self.at.recording || self.at.condition || !names || !known {
            return;
        }
        if let Step::Index(index) = step
            && !matches!(self.expr(index), Value::Const(_))
        {
            return;
        }
        let text = self.text(span);
        self.unresolved(span, || {
            format!("`{text}` has no value: what it looks into has no such member")
        });
    }

    fn index(&mut self, value: &Value, index: &'a Expr, span: Span) -> Value {
        if matches!(&index.kind, ExprKind::Var(name) if name == "_") {
            return self.iterate(value, span, index.span).1;
        }
        if !self.has_unbound(index) {
            let key = self.expr(index);
            return self.member(value, &key, false, span);
        }
        let reachable = match self.at.reach {
            Reach::Nothing => false,
            Reach::Known => is_known(value),
            Reach::Input => true,
        };
        if self.at.pending || !reachable {
            self.at.pending = true;
            self.unbound(index.span);
            return Value::opaque(TypeSet::ANY, false);
        }
        let (key, element) = self.iterate(value, span, index.span);
        self.unify(index, &key);
        element
    }

    /// Whether an index or pattern has a variable that is not bound yet.
    fn has_unbound(&self, pattern: &Expr) -> bool {
        let mut names = BTreeSet::new();
        pattern_names(pattern, &mut names);
        names.iter().any(|name| matches!(self.at.scopes.find(name), Some((_, None))))
    }

    // --- assignment

    fn assign(&mut self, op: AssignOp, left: &'a Expr, right: &'a Expr) {
        match (op, &left.kind, &right.kind) {
            (AssignOp::Unify, ExprKind::Array(a), ExprKind::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| self.assign(op, a, b));
            }
            (AssignOp::Unify, ExprKind::Object(a), ExprKind::Object(b)) if same_keys(a, b) => {
                for (key, member) in a {
                    if let Some((_, other)) = b.iter().find(|(k, _)| is_same_scalar(k, key)) {
                        self.assign(op, member, other);
                    }
                }
            }
            (AssignOp::Unify, _, _) if self.has_unbound(right) && !self.has_unbound(left) => {
                self.assign_to(right, left);
            }
            _ => self.assign_to(left, right),
        }
    }

    fn assign_to(&mut self, pattern: &'a Expr, from: &'a Expr) {
        let value = self.expr(from);
        if !self.at.pending || self.at.recording {
            self.unify(pattern, &value);
        }
    }

    /// Binds the variables of a pattern to the parts of a value; what is bound or literal already
    /// is compared.
    pub(super) fn unify(&mut self, pattern: &'a Expr, value: &Value) {
        match &pattern.kind {
            ExprKind::Var(name) if name == "_" => {}
            ExprKind::Var(name) => match self.at.scopes.find(name) {
                Some((_, None)) => self.bind_variable(name, value.clone()),
                Some((_, Some(held))) => {
                    let held = held.clone();
                    self.same(&held, value, pattern.span);
                }
                None => {
                    let other = self.variable(name, pattern.span);
                    self.same(&other, value, pattern.span);
                }
            },
            ExprKind::Array(items) => {
                self.note(value, &Need::Types(TypeSet::ARRAY), pattern.span);
                self.refuse_destructuring(value, pattern.span);
                for (index, item) in items.iter().enumerate() {
                    let key = Value::constant(Json::from(index));
                    let part = self.member(value, &key, false, pattern.span);
                    self.note(&part, &Need::Present, pattern.span);
                    self.unify(item, &part);
                }
            }
            ExprKind::Object(members) => {
                self.note(value, &Need::Types(TypeSet::OBJECT), pattern.span);
                self.refuse_destructuring(value, pattern.span);
                for (key, member) in members {
                    let key = self.expr(key);
                    let part = self.member(value, &key, false, pattern.span);
                    self.note(&part, &Need::Present, pattern.span);
                    self.unify(member, &part);
                }
            }
            _ => {
                let other = self.expr(pattern);
                self.same(&other, value, pattern.span);
            }
        }
    }

    fn same(&mut self, left: &Value, right: &Value, span: Span) {
        // A variable that is bound meets its own value again when reads are noted down.
        if left != right {
            self.equal(left, right, span);
            self.named(left, right, span);
        }
    }

    /// A pattern fits only an array of its own length and an object of its own keys; the statement
    /// is undefined otherwise.
    fn refuse_destructuring(&mut self, value: &Value, span: Span) {
        if has_fact(value) {
            let text = self.text(span);
            self.unresolved(span, || {
                format!("whether the input fits the pattern `{text}` is only known at run time")
            });
        }
    }
}

/// Whether two object literals have the same keys, all of them written out.
fn same_keys(a: &[(Expr, Expr)], b: &[(Expr, Expr)]) -> bool {
    let holds = |members: &[(Expr, Expr)], key: &Expr| {
        members.iter().any(|(other, _)| is_same_scalar(other, key))
    };
    a.len() == b.len()
        && a.iter().all(|(key, _)| holds(b, key))
        && b.iter().all(|(key, _)| holds(a, key))
}

fn is_same_scalar(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Scalar(a), ExprKind::Scalar(b)) => scalar_json(a) == scalar_json(b),
        _ => false,
    }
}

/// An array literal, a constant when all of it is.
fn array_literal(items: Vec<Value>) -> Value {
    match constants(items.iter()) {
        Constants::Known(items) => Value::constant(Json::Array(items)),
        Constants::TooLarge => Value::opaque(TypeSet::ARRAY, true),
        Constants::Unknown => Value::Array(items.into()).bounded(),
    }
}

/// An object literal, a constant when all of it is and JSON can hold it.
fn object_literal(members: Vec<(Value, Value)>) -> Value {
    let names: Option<Vec<String>> =
        members.iter().map(|(key, _)| key.as_str().map(str::to_owned)).collect();
    match (names, constants(members.iter().map(|(_, value)| value))) {
        (Some(names), Constants::Known(values)) => {
            Value::constant(Json::Object(names.into_iter().zip(values).collect()))
        }
        (Some(_), Constants::TooLarge) => Value::opaque(TypeSet::OBJECT, true),
        _ => Value::Object(members.into()).bounded(),
    }
}

/// What is known of several values at once.
enum Constants {
    /// All of them.
    Known(Vec<Json>),
    /// All of them, and together they are more than is worth copying: `x1 := [x0, x0]` doubles with
    /// every line.
    TooLarge,
    /// Not all.
    Unknown,
}

fn constants<'a>(values: impl Iterator<Item = &'a Value>) -> Constants {
    let mut left = MAX_WEIGHT;
    let mut known = Vec::new();
    for value in values {
        let Value::Const(json) = value else { return Constants::Unknown };
        if !weigh(json, &mut left) {
            return Constants::TooLarge;
        }
        known.push((**json).clone());
    }
    Constants::Known(known)
}

/// Takes the nodes of a constant off what is left; false when there are more.
fn weigh(json: &Json, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else { return false };
    *left = rest;
    match json {
        Json::Array(items) => items.iter().all(|item| weigh(item, left)),
        Json::Object(members) => members.values().all(|member| weigh(member, left)),
        _ => true,
    }
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Collection { kind, .. } => *kind == CollectionKind::Set,
        Value::Opaque { types, .. } => types.is_empty(),
        Value::Choice(_, cases) => cases.iter().any(is_set),
        _ => false,
    }
}

/// Whether the keys of a collection are known without the input.
fn is_known(value: &Value) -> bool {
    match value {
        Value::Const(_) | Value::Array(_) | Value::Object(_) | Value::Document(_) => true,
        Value::Collection { key, .. } => !key.is_derived(),
        Value::Choice(_, cases) => cases.iter().all(is_known),
        Value::Input(_) | Value::Key(_) | Value::Never | Value::Rendered | Value::Opaque { .. } => {
            false
        }
    }
}

fn has_fact(value: &Value) -> bool {
    match value {
        Value::Input(_) => true,
        Value::Choice(_, cases) => cases.iter().any(has_fact),
        _ => false,
    }
}
