//! What comparisons ask of the facts they compare.

use serde_json::Value as Json;

use super::{
    extract::Extractor,
    facts::{Compared, Need, Unresolved, UnresolvedKind},
    path::Place,
    types::{JsonType, TypeSet},
    value::{CollectionKind, Value, constant_step},
};
use crate::syntax::{CompareOp, Span};

impl Extractor<'_> {
    pub(super) fn compare(&mut self, op: CompareOp, left: &Value, right: &Value, span: Span) {
        if !self.at.recording {
            return;
        }
        match op {
            CompareOp::Equal => {
                self.equal(left, right, span);
                self.named(left, right, span);
            }
            CompareOp::NotEqual => self.equal(left, right, span),
            CompareOp::Less
            | CompareOp::LessOrEqual
            | CompareOp::Greater
            | CompareOp::GreaterOrEqual => self.ordered(left, right, span),
        }
        self.each_pair(left, right, &mut |this, left, right| {
            if matches!(left, Value::Never) || matches!(right, Value::Never) {
                return Value::Never;
            }
            let origin = this.origin(span);
            let compared = Compared { op, left: left.clone(), right: right.clone(), origin };
            this.current(|frame| frame.compared.push(compared));
            Value::Never
        });
    }

    /// An ordering comparison: Rego orders values of different types by their type, so
    /// that `"3000" > 2500` holds for any number.
    fn ordered(&mut self, left: &Value, right: &Value, span: Span) {
        self.pairwise(left, right, &mut |this, left, right| {
            match (left, right) {
                (Value::Key(a), Value::Key(b)) if a.same_path(b) => {}
                (Value::Key(of), other) | (other, Value::Key(of)) => match other {
                    Value::Never => {}
                    // An index is ordered, a name is looked for.
                    Value::Const(_) | Value::Opaque { .. } if other.types() == TypeSet::NUMBER => {
                        this.note_place(of, &Need::Types(TypeSet::ARRAY), span);
                    }
                    _ => this.unresolved_key(span),
                },
                (Value::Rendered, _) | (_, Value::Rendered) => this.unresolved_key(span),
                (Value::Input(a), Value::Input(b)) => {
                    this.note_place(a, &Need::SameAs(b.clone()), span);
                    this.note_place(b, &Need::SameAs(a.clone()), span);
                }
                (Value::Input(fact), other) | (other, Value::Input(fact)) => {
                    let types = other.types();
                    if let Some(items) = other.items() {
                        // Element by element, which all have to be there.
                        this.note_place(fact, &Need::Types(types), span);
                        for (index, item) in items.iter().enumerate() {
                            let key = Value::constant(Json::from(index));
                            let own = this.member(&Value::Input(fact.clone()), &key, false, span);
                            this.note(&own, &Need::Present, span);
                            this.ordered(&own, item, span);
                        }
                    } else if is_unknown(other) || is_structure(other) {
                        this.unresolved_order(span);
                    } else if let Value::Const(limit) = other
                        && measures_nothing(limit, this.text(span))
                    {
                        // The limit is wrong, not the fact that does not fit it.
                        this.wrong_limit(limit, span);
                    } else if let Value::Const(limit) = other
                        && limit.is_string()
                    {
                        this.note_place(fact, &Need::TextLimit(limit.clone()), span);
                    } else if types != TypeSet::ANY && !types.is_empty() {
                        this.note_place(fact, &Need::Types(types), span);
                    }
                }
                (a, b) if is_unknown(a) || is_unknown(b) => this.unresolved_order(span),
                (a, b) if a.is_derived() || b.is_derived() => match (a.items(), b.items()) {
                    (Some(a), Some(b)) => {
                        a.iter().zip(&b).for_each(|(a, b)| this.ordered(a, b, span));
                    }
                    _ if is_structure(a) || is_structure(b) => this.unresolved_order(span),
                    _ => {}
                },
                _ => {}
            }
            Value::Never
        });
    }

    fn unresolved_order(&mut self, span: Span) {
        let text = self.text(span);
        let message =
            format!("`{text}` compares a value made from input whose type the guard cannot know");
        let note = Unresolved { origin: self.origin(span), message, kind: UnresolvedKind::Follows };
        self.current(|frame| frame.unresolved.push(note));
    }

    fn wrong_limit(&mut self, limit: &Json, span: Span) {
        let text = self.text(span);
        let what = if limit.is_string() {
            format!("the text {limit}, which no number is measured by")
        } else {
            format!("{limit}, which nothing is measured by")
        };
        let message = format!("the limit of `{text}` is {what}");
        let note = Unresolved { origin: self.origin(span), message, kind: UnresolvedKind::Limit };
        self.current(|frame| frame.unresolved.push(note));
    }

    /// An equality: a fact that is compared with a literal has the literal's type, and two facts
    /// have the same.
    pub(super) fn equal(&mut self, left: &Value, right: &Value, span: Span) {
        if !self.at.recording {
            return;
        }
        self.pairwise(left, right, &mut |this, left, right| {
            match (left, right) {
                (Value::Never, _) | (_, Value::Never) => {}
                (Value::Rendered, other) | (other, Value::Rendered) => {
                    if other.types().contains(JsonType::String) {
                        this.unresolved_key(span);
                    }
                }
                (Value::Input(a), Value::Input(b)) => {
                    this.note_place(a, &Need::SameAs(b.clone()), span);
                    this.note_place(b, &Need::SameAs(a.clone()), span);
                }
                (Value::Opaque { types, derived: true }, other)
                | (other, Value::Opaque { types, derived: true })
                    // One of any type is reported where it comes from.
                    if !types.is_scalar()
                        && (*types != TypeSet::ANY || matches!(other, Value::Input(_)))
                        && *left != *right
                        && !is_empty(other) =>
                {
                    this.unresolved_order(span);
                }
                (Value::Input(fact), other) | (other, Value::Input(fact)) => {
                    let types = other.types();
                    this.equal_parts(fact, other, span);
                    if types != TypeSet::ANY && !types.is_empty() {
                        this.note_place(fact, &Need::Literal(types), span);
                    }
                }
                _ if !(left.is_derived() || right.is_derived()) => {}
                _ => {
                    if let (Some(a), Some(b)) = (left.items(), right.items())
                        && a.len() == b.len()
                    {
                        a.iter().zip(&b).for_each(|(a, b)| this.equal(a, b, span));
                    } else if let (Some(a), Some(b)) = (left.members(), right.members()) {
                        for (key, member) in &a {
                            if let Some((_, other)) = b.iter().find(|(k, _)| k == key) {
                                this.equal(member, other, span);
                            }
                        }
                    } else if is_structure(left) && is_structure(right) {
                        let (_, a) = this.iterate(left, span, span);
                        let (_, b) = this.iterate(right, span, span);
                        this.equal(&a, &b, span);
                        this.keys(&a, &b, span);
                    }
                }
            }
            Value::Never
        });
    }

    /// A fact that is equal to a value with parts has those parts: each member by its name, each
    /// element of one of the types.
    fn equal_parts(&mut self, fact: &Place, other: &Value, span: Span) {
        let whole = Value::Input(fact.clone());
        if let Some(members) = other.members() {
            if !self.burn_for(members.len()) {
                return;
            }
            for (key, member) in &members {
                let own = self.member(&whole, key, false, span);
                self.note(&own, &Need::Present, span);
                self.equal(&own, member, span);
            }
        } else if let Some(items) = other.items()
            && !items.is_empty()
            && self.burn_for(items.len())
        {
            let (_, each) = self.iterate(&whole, span, span);
            for item in &items {
                self.equal(&each, item, span);
            }
        }
    }

    /// `object.subset(whole, part)` looks for the members and elements of `part`.
    pub(super) fn subset(&mut self, whole: &Value, part: &Value, span: Span) {
        if !self.at.recording || !(whole.is_derived() || part.is_derived()) {
            return;
        }
        self.pairwise(whole, part, &mut |this, whole, part| {
            if let Some(members) = part.members() {
                this.note(whole, &Need::Types(TypeSet::OBJECT), span);
                for (key, member) in &members {
                    let own = this.member(whole, key, false, span);
                    this.note(&own, &Need::Present, span);
                    match member.members() {
                        Some(_) => this.subset(&own, member, span),
                        None => this.equal(&own, member, span),
                    }
                }
            } else if part.items().is_some() || is_set(part) {
                let (_, each) = this.iterate(whole, span, span);
                let (_, part) = this.iterate(part, span, span);
                this.equal(&each, &part, span);
                this.keys(&each, &part, span);
            } else if !matches!(part, Value::Never) {
                this.unresolved_order(span);
            }
            Value::Never
        });
    }

    /// A key that is looked for by its name: `some name, value in input.metrics; name ==
    /// "error_rate"` reads `metrics.error_rate`.
    pub(super) fn named(&mut self, left: &Value, right: &Value, span: Span) {
        if !self.at.recording || self.at.negated {
            return;
        }
        self.keys(left, right, span);
    }

    /// A value that is looked for among others: `not name in {"note"}` leaves a name out, while
    /// `not "security" in failing` hangs on the key that is not there.
    pub(super) fn named_among(&mut self, value: &Value, among: &Value, span: Span) {
        if !(self.at.negated && value.has_key()) {
            self.keys(value, among, span);
        }
    }

    /// Requires the keys that stand on either side by name.
    pub(super) fn keys(&mut self, left: &Value, right: &Value, span: Span) {
        if !self.at.recording || !(left.has_key() || right.has_key()) {
            return;
        }
        self.pairwise(left, right, &mut |this, left, right| {
            match (left, right) {
                (Value::Key(of), Value::Const(name)) | (Value::Const(name), Value::Key(of)) => {
                    if let Some(step) = constant_step(name) {
                        this.note_place(&of.then(step, false), &Need::Present, span);
                    }
                }
                (Value::Key(a), Value::Key(b)) if a.same_path(b) => {}
                (Value::Key(_), other) | (other, Value::Key(_)) => {
                    let name = TypeSet::NUMBER.or(TypeSet::STRING);
                    if !other.types().and(name).is_empty() {
                        this.unresolved_key(span);
                    }
                }
                _ => {}
            }
            Value::Never
        });
    }

    /// Which key a condition looks for cannot be told.
    pub(super) fn unresolved_key(&mut self, span: Span) {
        let text = self.text(span);
        self.unresolved(span, || {
            format!(
                "which of the input's keys or texts `{text}` looks for is only known at run time"
            )
        });
    }

    /// `value in values`: an equality with each of them.
    pub(super) fn membership(
        &mut self,
        key: Option<&Value>,
        value: &Value,
        values: &Value,
        collection: Span,
        span: Span,
    ) {
        let (each_key, each) = self.iterate(values, collection, span);
        if let Some(key) = key {
            self.equal(key, &each_key, span);
            self.named_among(key, &each_key, span);
        }
        self.equal(value, &each, span);
        self.named_among(value, &each, span);
    }
}

/// Whether a constant is no limit: an order against it says nothing, as null and `true` come before
/// or after every number, and a number in quotes after all of them. A text that is written in the
/// comparison itself is meant as one.
fn measures_nothing(limit: &Json, comparison: &str) -> bool {
    match limit {
        Json::Null | Json::Bool(_) => true,
        Json::String(text) => {
            text.trim().parse::<f64>().is_ok() && !comparison.contains(&limit.to_string())
        }
        _ => false,
    }
}

/// Whether a value was made from input and may be of several types.
fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Opaque { types, derived } => *derived && !types.is_single() && !types.is_empty(),
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Never => true,
        Value::Const(json) => match &**json {
            Json::Array(items) => items.is_empty(),
            Json::Object(members) => members.is_empty(),
            _ => false,
        },
        Value::Collection { element, .. } => **element == Value::Never,
        _ => false,
    }
}

fn is_set(value: &Value) -> bool {
    matches!(value, Value::Collection { kind: CollectionKind::Set, .. })
}

/// Whether an ordering compares the value part by part.
fn is_structure(value: &Value) -> bool {
    let structure = TypeSet::COLLECTION;
    matches!(value, Value::Collection { .. })
        || value.types() != TypeSet::ANY && !value.types().and(structure).is_empty()
}
