//! Looking into values: members, iteration, and what lies below `data`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    constants::Constants,
    extract::Extractor,
    facts::{Need, Origin},
    path::{Place, Step},
    types::TypeSet,
    value::{CollectionKind, MAX_CASES, ONE_OF, Site, Value, constant_step},
};
use crate::syntax::Span;

/// How many steps a path may have.
const MAX_STEPS: usize = 64;
/// How many pairs of alternatives are looked at for one operation.
const MAX_PAIRS: usize = 65_536;

impl Extractor<'_> {
    /// The member of a value under a key; `optional` when a default stands in for an absent one.
    pub(super) fn member(
        &mut self,
        value: &Value,
        key: &Value,
        optional: bool,
        span: Span,
    ) -> Value {
        if !optional {
            self.looked_up(value, key, span);
        }
        match (value, key) {
            (Value::Never, _) | (_, Value::Never) => Value::Never,
            (Value::Choice(..), _) | (_, Value::Choice(..)) => {
                self.pairwise(value, key, &mut |this, value, key| {
                    this.member(value, key, optional, span)
                })
            }
            (Value::Input(place), _) => self.fact_member(place, key, optional, span),
            (Value::Document(path), _) => self.document_member(path, key, optional, span),
            (Value::Const(json), Value::Const(key)) => self.constants.member(json, key),
            (Value::Const(json), _) => {
                // Which one is only known at run time, but all are known; a fact that names one has
                // the type of a name.
                let name = if json.is_array() { TypeSet::NUMBER } else { TypeSet::STRING };
                self.note(key, &Need::Literal(name), span);
                self.any_member(value, span)
            }
            (Value::Array(_) | Value::Object(_), Value::Const(key)) => {
                let found = match value {
                    Value::Array(items) => {
                        let index = key.as_u64().and_then(|index| usize::try_from(index).ok());
                        index.and_then(|index| items.get(index).cloned())
                    }
                    Value::Object(members) => {
                        let same = |own: &Value| matches!(own, Value::Const(own) if own == key);
                        let found = members.iter().find(|(own, _)| same(own));
                        match found {
                            Some((_, member)) => Some(member.clone()),
                            None if members.iter().all(|(k, _)| matches!(k, Value::Const(_))) => {
                                None
                            }
                            None => return self.any_member(value, span),
                        }
                    }
                    _ => None,
                };
                found.unwrap_or(Value::Never)
            }
            (Value::Array(_) | Value::Object(_), _) => self.any_member(value, span),
            (Value::Collection { kind: CollectionKind::Set, element, .. }, _) => {
                self.equal(element, key, span);
                self.named_among(key, element, span);
                key.clone()
            }
            (Value::Collection { key: own, element, .. }, _) => {
                if let (Value::Choice(site, cases), Value::Const(_)) = (&**own, key)
                    && let Some(case) = cases.iter().position(|case| case == key)
                {
                    return element.given(*site, case);
                }
                let open = own.is_derived()
                    || matches!(value, Value::Collection { kind: CollectionKind::Array, .. })
                        && element.is_derived();
                if open && !optional {
                    self.unresolved_member(span);
                }
                self.anew(element, span).rename(&mut |site| site | ONE_OF)
            }
            (Value::Key(_) | Value::Rendered, _) => Value::Never,
            (Value::Opaque { types, derived }, _) => {
                let scalar = TypeSet::NULL.or(TypeSet::BOOLEAN).or(TypeSet::NUMBER);
                let scalar = scalar.or(TypeSet::STRING);
                if types.is_empty() {
                    return key.clone();
                }
                if types.and(scalar) == *types {
                    return Value::Never;
                }
                if *derived {
                    self.unresolved_member(span);
                }
                Value::opaque(TypeSet::ANY, *derived)
            }
        }
    }

    /// A lookup in policy or data by a key of the input: what is known under a name applies to the
    /// member of that name, so that it has to be there.
    fn looked_up(&mut self, value: &Value, key: &Value, span: Span) {
        if !self.at.recording || is_set(value) {
            return;
        }
        match key {
            Value::Key(of) => match self.keys_of(value) {
                // `not data.ignored[name]` leaves the names out.
                Some(_) if self.at.negated && is_only_true(value) => {}
                Some(keys) => {
                    for step in keys.iter().filter_map(constant_step) {
                        self.note_place(&of.then(step, false), &Need::Present, span);
                    }
                }
                None if is_table(value) => self.unresolved_key(span),
                None => {}
            },
            Value::Input(fact) => self.looked_up_by(value, fact, span),
            Value::Rendered | Value::Opaque { derived: true, .. } if is_table(value) => {
                self.unresolved_key(span);
            }
            _ => {}
        }
    }

    /// A lookup in policy or data by the value of a fact: undefined when nothing is known under it.
    fn looked_up_by(&mut self, value: &Value, fact: &Place, span: Span) {
        match (self.keys_of(value), value) {
            (Some(keys), _) => {
                let types = keys.iter().fold(TypeSet::NONE, |all, key| all.or(TypeSet::of(key)));
                self.note_place(fact, &Need::Literal(types), span);
                // As in a set: nothing is what the others get.
                if !is_only_true(value) && !keys.is_empty() {
                    self.note_place(fact, &Need::OneOf(keys.into()), span);
                }
            }
            (None, Value::Const(table)) => {
                self.note_place(fact, &Need::KeyOf(table.clone()), span);
            }
            _ if is_table(value) => self.unresolved_key(span),
            _ => {}
        }
    }

    /// The keys of a value, when all are known and few enough to be gone through.
    fn keys_of(&self, value: &Value) -> Option<Vec<Json>> {
        let constant = |key: &Value| match key {
            Value::Const(json) => Some((**json).clone()),
            _ => None,
        };
        let keys: Vec<Json> = match value {
            Value::Const(json) if Constants::is_large(json) => return None,
            Value::Const(json) => Constants::entries(json).0.iter().map(constant).collect(),
            Value::Array(items) => Some((0..items.len()).map(Json::from).collect()),
            Value::Object(members) => members.iter().map(|(key, _)| constant(key)).collect(),
            Value::Collection { kind: CollectionKind::Object, key, .. } => match &**key {
                Value::Choice(_, keys) => keys.iter().map(constant).collect(),
                key => constant(key).map(|key| vec![key]),
            },
            Value::Document(path) if self.documents.node(path)?.rules.is_empty() => {
                Some(self.documents.names(path).into_iter().map(Json::String).collect())
            }
            _ => None,
        }?;
        (keys.len() <= MAX_CASES).then_some(keys)
    }

    fn fact_member(&mut self, place: &Place, key: &Value, optional: bool, span: Span) -> Value {
        let step = match key {
            Value::Const(json) => constant_step(json),
            Value::Key(of) if of.same_path(place) => Some(Step::Each),
            _ => None,
        };
        match step {
            Some(step) if place.steps.len() < MAX_STEPS => {
                if step == Step::Each {
                    self.note_place(place, &Need::Types(TypeSet::COLLECTION), span);
                }
                Value::Input(place.then(step, optional))
            }
            _ => {
                let text = self.text(span);
                let section = place.path();
                self.unresolved(span, || {
                    let section = match section.to_string() {
                        root if root == "input" => root,
                        path if path.starts_with('[') => format!("input{path}"),
                        path => format!("input.{path}"),
                    };
                    format!("which member of `{section}` `{text}` reads is only known at run time")
                });
                Value::opaque(TypeSet::ANY, true)
            }
        }
    }

    fn document_member(
        &mut self,
        path: &Arc<[String]>,
        key: &Value,
        optional: bool,
        span: Span,
    ) -> Value {
        let Value::Const(name) = key else {
            return self.any_member(&Value::Document(path.clone()), span);
        };
        let Some(name) = name.as_str() else { return Value::Never };
        let mut below = path.to_vec();
        below.push(name.to_owned());
        let has_rules = self.documents.node(path).is_some_and(|node| !node.rules.is_empty());
        if has_rules
            && self.documents.node(&below).is_none()
            && self.documents.data(&below).is_none()
        {
            let frame = self.rule_frame(path);
            let value = self.use_frame(frame);
            return self.member(&value, key, optional, span);
        }
        self.document(&below)
    }

    /// Any of the members, when the key says nothing.
    fn any_member(&mut self, value: &Value, span: Span) -> Value {
        let (_, element) = self.iterate(value, span, span);
        element.rename(&mut |site| site | ONE_OF)
    }

    fn unresolved_member(&mut self, span: Span) {
        let text = self.text(span);
        self.unresolved(span, || format!("`{text}` looks into a value that was made from input"));
    }

    /// What iterating a value gives: each key or index, and each element. `at` names the iteration:
    /// two are independent.
    pub(super) fn iterate(&mut self, value: &Value, span: Span, at: Span) -> (Value, Value) {
        let origin = self.origin(at);
        match value {
            Value::Never | Value::Key(_) | Value::Rendered => (Value::Never, Value::Never),
            Value::Input(place) => {
                self.note_place(place, &Need::Types(TypeSet::COLLECTION), span);
                if place.steps.len() >= MAX_STEPS {
                    self.unresolved_member(span);
                    return (Value::Never, Value::Never);
                }
                (Value::Key(place.clone()), Value::Input(place.then(Step::Each, false)))
            }
            Value::Const(json) if Constants::is_large(json) => {
                let (key, element) = self.constants.any_of(json);
                (self.anew(&key, at), self.anew(&element, at))
            }
            Value::Const(json) => {
                let (keys, elements) = Constants::entries(json);
                self.lined_up(origin, keys, elements)
            }
            Value::Array(items) => {
                let keys = (0..items.len()).map(|i| Value::constant(Json::from(i))).collect();
                self.lined_up(origin, keys, items.to_vec())
            }
            Value::Object(members) => {
                let (keys, elements) = members.iter().cloned().unzip();
                self.lined_up(origin, keys, elements)
            }
            Value::Collection { key, element, .. } => (self.anew(key, at), self.anew(element, at)),
            Value::Opaque { types, derived } => {
                let scalar = TypeSet::NULL.or(TypeSet::BOOLEAN).or(TypeSet::NUMBER);
                let scalar = scalar.or(TypeSet::STRING);
                if !types.is_empty() && types.and(scalar) == *types {
                    return (Value::Never, Value::Never);
                }
                if *derived {
                    self.unresolved_member(span);
                }
                let key = Value::opaque(TypeSet::NUMBER.or(TypeSet::STRING), *derived);
                (key, Value::opaque(TypeSet::ANY, *derived))
            }
            Value::Choice(site, cases) => {
                let (keys, elements) =
                    cases.iter().map(|case| self.iterate(case, span, at)).unzip();
                (Value::aligned(*site, keys), Value::aligned(*site, elements))
            }
            Value::Document(path) => {
                let names = self.documents.names(path);
                let mut keys = Vec::new();
                let mut elements = Vec::new();
                for name in names {
                    let mut below = path.to_vec();
                    below.push(name.clone());
                    elements.push(self.document(&below));
                    keys.push(Value::constant(Json::String(name)));
                }
                if self.documents.node(path).is_some_and(|node| !node.rules.is_empty()) {
                    let frame = self.rule_frame(path);
                    let value = self.use_frame(frame);
                    let (key, element) = self.iterate(&value, span, at);
                    keys.push(key);
                    elements.push(element);
                }
                self.lined_up(origin, keys, elements)
            }
        }
    }

    fn lined_up(
        &mut self,
        origin: Origin,
        keys: Vec<Value>,
        elements: Vec<Value>,
    ) -> (Value, Value) {
        let site = self.site(origin, 3);
        if keys.len() <= MAX_CASES && self.burn(keys.len()) {
            (Value::aligned(site, keys), Value::aligned(site, elements))
        } else {
            // Facts among so many are not told apart.
            if keys.iter().chain(&elements).any(Value::is_derived) {
                self.give_up();
            }
            (Value::one_of(site, keys), Value::one_of(site, elements))
        }
    }

    /// The same value with its choices made independently of other uses of it.
    fn anew(&mut self, value: &Value, at: Span) -> Value {
        let origin = self.origin(at);
        value.rename(&mut |site| self.site(origin, site) | (site & ONE_OF))
    }

    /// Applies `each` to the alternatives of two values: case by case where both hang on one
    /// choice, all pairs otherwise.
    pub(super) fn pairwise(
        &mut self,
        left: &Value,
        right: &Value,
        each: &mut dyn FnMut(&mut Self, &Value, &Value) -> Value,
    ) -> Value {
        self.pairwise_if(|_| true, left, right, each)
    }

    /// The same for the choices that are gone through case by case; values of which one holds stay
    /// together.
    pub(super) fn each_pair(
        &mut self,
        left: &Value,
        right: &Value,
        each: &mut dyn FnMut(&mut Self, &Value, &Value) -> Value,
    ) {
        self.pairwise_if(|site| site & ONE_OF == 0, left, right, each);
    }

    fn pairwise_if(
        &mut self,
        splits: fn(Site) -> bool,
        left: &Value,
        right: &Value,
        each: &mut dyn FnMut(&mut Self, &Value, &Value) -> Value,
    ) -> Value {
        let (choice, cases) = match (left, right) {
            (Value::Choice(choice, cases), _) | (_, Value::Choice(choice, cases))
                if splits(*choice) =>
            {
                (*choice, cases.clone())
            }
            _ => return each(self, left, right),
        };
        let others = match right {
            Value::Choice(other, cases) if *other != choice => cases.len(),
            _ => 1,
        };
        if cases.len().saturating_mul(others) > MAX_PAIRS || !self.burn(cases.len()) {
            // What concerns a fact is lost in what the cases have in common.
            if left.is_derived() || right.is_derived() {
                self.give_up();
            }
            return each(self, &flat(left), &flat(right));
        }
        let mut results = Vec::with_capacity(cases.len());
        for case in 0..cases.len() {
            let (a, b) = (left.given(choice, case), right.given(choice, case));
            results.push(self.pairwise_if(splits, &a, &b, each));
        }
        Value::aligned(choice, results)
    }

    // --- below `data`

    /// What stands at a path below `data`: base data, the value of a rule, or a part that holds
    /// rules.
    pub(super) fn document(&mut self, path: &[String]) -> Value {
        let Some(node) = self.documents.node(path) else {
            return match self.documents.data(path) {
                Some(json) => Value::Const(self.constants.base_data(path, json)),
                // The check of references reports it.
                None => Value::opaque(TypeSet::ANY, false),
            };
        };
        match (node.rules.is_empty(), node.children.is_empty()) {
            (false, true) => {
                let frame = self.rule_frame(path);
                self.use_frame(frame)
            }
            (true, true) => Value::opaque(TypeSet::ANY, false),
            (_, false) => Value::Document(path.into()),
        }
    }

    /// Uses every rule below a part of `data` that is taken as a whole.
    pub(super) fn touch(&mut self, value: &Value) {
        match value {
            Value::Document(path) => {
                for name in self.documents.names(path) {
                    let mut below = path.to_vec();
                    below.push(name);
                    if self.documents.node(&below).is_some() {
                        let value = self.document(&below);
                        self.touch(&value);
                    }
                }
                if self.documents.node(path).is_some_and(|node| !node.rules.is_empty()) {
                    let frame = self.rule_frame(path);
                    self.use_frame(frame);
                }
            }
            Value::Choice(_, cases) => cases.iter().for_each(|case| self.touch(case)),
            _ => {}
        }
    }
}

/// Only the type, in place of too many alternatives.
fn flat(value: &Value) -> Value {
    match value {
        Value::Choice(..) => Value::lost(value.types(), value.is_derived()),
        other => other.clone(),
    }
}

fn is_set(value: &Value) -> bool {
    matches!(value, Value::Collection { kind: CollectionKind::Set, .. })
}

/// Whether a lookup in the value is one in what the policy or its data say.
fn is_table(value: &Value) -> bool {
    matches!(
        value,
        Value::Const(_)
            | Value::Array(_)
            | Value::Object(_)
            | Value::Collection { .. }
            | Value::Document(_)
    )
}

/// Whether a lookup in the value finds `true` or nothing, as in a set.
fn is_only_true(value: &Value) -> bool {
    let is_true = |value: &Value| matches!(value, Value::Const(json) if **json == Json::Bool(true));
    match value {
        Value::Const(json) => json
            .as_object()
            .is_some_and(|members| members.values().all(|member| *member == Json::Bool(true))),
        Value::Object(members) => members.iter().all(|(_, member)| is_true(member)),
        Value::Collection { element, .. } => is_true(element),
        _ => false,
    }
}
