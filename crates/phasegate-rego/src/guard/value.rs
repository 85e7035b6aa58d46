//! Abstract values: what is known of a Rego value before there is an input.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    path::Place,
    types::{JsonType, TypeSet},
};
use crate::syntax::Scalar;

/// Names one choice, so that two values that hang on the same choice are compared case by case and
/// never across.
pub(super) type Site = u32;

/// In a site: one of the cases holds and it is not known which. Without it all of them are gone
/// through, one after the other.
pub(super) const ONE_OF: Site = 1 << 31;

/// What kind of collection a rule, comprehension or builtin makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CollectionKind {
    Array,
    Object,
    Set,
}

/// What is known of a Rego value before there is an input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// No value at all: the expression is undefined whatever the input.
    Never,
    /// The fact at a place in the input.
    Input(Place),
    /// A key or index of the collection at a place in the input.
    Key(Place),
    /// A literal, or base data.
    Const(Arc<Json>),
    /// An array literal.
    Array(Arc<[Self]>),
    /// An object literal.
    Object(Arc<[(Self, Self)]>),
    /// A collection of which only the members' shape is known.
    Collection { kind: CollectionKind, key: Arc<Self>, element: Arc<Self> },
    /// Only the type is known, and whether it was made from input. A Rego set counts as no JSON
    /// type, so that an empty type set is one.
    Opaque { types: TypeSet, derived: bool },
    /// A text made from the key of a collection in the input, or from facts of whatever type:
    /// nothing may hang on what it says.
    Rendered,
    /// One of several, by one choice.
    Choice(Site, Arc<[Self]>),
    /// A part of `data` that holds rules.
    Document(Arc<[String]>),
}

/// How many alternatives are told apart; more are widened to what they have in common.
pub(super) const MAX_CASES: usize = 1024;
/// How many nodes a value may have; a larger one is known by its type alone.
pub(super) const MAX_WEIGHT: usize = 16_384;
/// How deep a value may nest; a deeper one is known by its type alone.
const MAX_NESTING: usize = 64;

impl Value {
    pub(super) fn constant(json: Json) -> Self {
        Self::Const(Arc::new(json))
    }

    pub(super) const fn opaque(types: TypeSet, derived: bool) -> Self {
        Self::Opaque { types, derived }
    }

    /// A value of which what was known is given up. A comparison of it is refused: `ANY` would say
    /// that where it comes from is reported already.
    pub(super) fn lost(types: TypeSet, derived: bool) -> Self {
        let unknown = derived && types == TypeSet::ANY;
        Self::opaque(if unknown { TypeSet::NOT_NULL } else { types }, derived)
    }

    pub(super) fn collection(kind: CollectionKind, key: Self, element: Self) -> Self {
        Self::Collection { kind, key: Arc::new(key), element: Arc::new(element) }.bounded()
    }

    pub(super) fn set(element: Self) -> Self {
        Self::collection(CollectionKind::Set, element.clone(), element)
    }

    pub(super) fn array(element: Self) -> Self {
        Self::collection(CollectionKind::Array, Self::opaque(TypeSet::NUMBER, false), element)
    }

    /// One of `cases`: equal ones once, a single one itself, too many widened.
    pub(super) fn one_of(site: Site, cases: impl IntoIterator<Item = Self>) -> Self {
        let mut distinct: Vec<Self> = Vec::new();
        let mut widened: Option<Self> = None;
        for case in cases {
            if matches!(case, Self::Never) {
                continue;
            }
            if let Some(wide) = widened {
                widened = Some(wide.widen(&case));
            } else if !distinct.contains(&case) {
                distinct.push(case);
                if distinct.len() > MAX_CASES {
                    widened = distinct.drain(..).reduce(|a, b| a.widen(&b));
                }
            }
        }
        if let Some(wide) = widened {
            return wide;
        }
        match distinct.len() {
            0 => Self::Never,
            1 => distinct.pop().unwrap_or(Self::Never),
            _ => Self::Choice(site, distinct.into()).bounded(),
        }
    }

    /// A choice whose cases line up with another's of the same site, so that none may be dropped.
    pub(super) fn aligned(site: Site, cases: Vec<Self>) -> Self {
        match cases.as_slice() {
            [] => Self::Never,
            [first, rest @ ..] if rest.iter().all(|c| c == first) => first.clone(),
            _ => Self::Choice(site, cases.into()).bounded(),
        }
    }

    /// What two values have in common.
    fn widen(self, other: &Self) -> Self {
        if self == *other {
            return self;
        }
        let (Some(mut merged), Some(theirs)) = (self.members(), other.members()) else {
            let derived = self.is_derived() || other.is_derived();
            return Self::lost(self.types().or(other.types()), derived);
        };
        for (key, value) in theirs {
            match merged.iter_mut().find(|(k, _)| *k == key) {
                Some((_, held)) => *held = held.clone().widen(&value),
                None => merged.push((key, value)),
            }
        }
        Self::Object(merged.into()).bounded()
    }

    /// The members of an object that is known by its keys.
    pub(super) fn members(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::Object(members) => Some(members.to_vec()),
            Self::Const(json) => {
                let members = json.as_object()?.iter();
                let constant = |(k, v): (&String, &Json)| {
                    (Self::constant(k.as_str().into()), Self::constant(v.clone()))
                };
                Some(members.map(constant).collect())
            }
            _ => None,
        }
    }

    /// The JSON types it may have, all of them for a fact.
    pub(super) fn types(&self) -> TypeSet {
        match self {
            Self::Never => TypeSet::NONE,
            Self::Input(_) => TypeSet::ANY,
            Self::Key(_) => TypeSet::NUMBER.or(TypeSet::STRING),
            Self::Const(json) => TypeSet::of(json),
            Self::Array(_) => TypeSet::ARRAY,
            Self::Object(_) | Self::Document(_) => TypeSet::OBJECT,
            Self::Collection { kind, .. } => match kind {
                CollectionKind::Array => TypeSet::ARRAY,
                CollectionKind::Object => TypeSet::OBJECT,
                CollectionKind::Set => TypeSet::NONE,
            },
            Self::Rendered => TypeSet::STRING,
            Self::Opaque { types, .. } => *types,
            Self::Choice(_, cases) => {
                cases.iter().fold(TypeSet::NONE, |types, case| types.or(case.types()))
            }
        }
    }

    /// Whether any of it was made from input.
    pub(super) fn is_derived(&self) -> bool {
        match self {
            Self::Input(_) | Self::Key(_) | Self::Rendered => true,
            Self::Never | Self::Const(_) | Self::Document(_) => false,
            Self::Array(items) => items.iter().any(Self::is_derived),
            Self::Object(members) => {
                members.iter().any(|(key, value)| key.is_derived() || value.is_derived())
            }
            Self::Collection { key, element, .. } => key.is_derived() || element.is_derived(),
            Self::Opaque { derived, .. } => *derived,
            Self::Choice(_, cases) => cases.iter().any(Self::is_derived),
        }
    }

    /// Whether any of it is a key of a collection in the input, or a text made from one.
    pub(super) fn has_key(&self) -> bool {
        match self {
            Self::Key(_) | Self::Rendered => true,
            Self::Array(items) | Self::Choice(_, items) => items.iter().any(Self::has_key),
            Self::Object(members) => members.iter().any(|(k, v)| k.has_key() || v.has_key()),
            Self::Collection { key, element, .. } => key.has_key() || element.has_key(),
            Self::Never
            | Self::Input(_)
            | Self::Const(_)
            | Self::Opaque { .. }
            | Self::Document(_) => false,
        }
    }

    /// Whether any of it was made from input and may be of several types.
    pub(super) fn has_unknown(&self) -> bool {
        match self {
            Self::Input(_) | Self::Key(_) | Self::Rendered => true,
            Self::Never | Self::Const(_) | Self::Document(_) => false,
            Self::Array(items) | Self::Choice(_, items) => items.iter().any(Self::has_unknown),
            Self::Object(members) => {
                members.iter().any(|(key, value)| key.has_unknown() || value.has_unknown())
            }
            Self::Collection { key, element, .. } => key.has_unknown() || element.has_unknown(),
            Self::Opaque { types, derived } => *derived && !types.is_scalar(),
        }
    }

    /// The string it is, when it is a known one.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Const(json) => json.as_str(),
            _ => None,
        }
    }

    /// The elements of an array that is known element by element.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::Array(items) => Some(items.to_vec()),
            Self::Const(json) => {
                Some(json.as_array()?.iter().cloned().map(Self::constant).collect())
            }
            _ => None,
        }
    }

    /// The same value with every choice renamed.
    pub(super) fn rename(&self, name: &mut impl FnMut(Site) -> Site) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(|v| v.rename(name)).collect()),
            Self::Object(members) => Self::Object(
                members.iter().map(|(k, v)| (k.rename(name), v.rename(name))).collect(),
            ),
            Self::Collection { kind, key, element } => Self::Collection {
                kind: *kind,
                key: Arc::new(key.rename(name)),
                element: Arc::new(element.rename(name)),
            },
            Self::Choice(site, cases) => {
                let site = name(*site);
                Self::Choice(site, cases.iter().map(|v| v.rename(name)).collect())
            }
            Self::Never
            | Self::Input(_)
            | Self::Key(_)
            | Self::Const(_)
            | Self::Rendered
            | Self::Opaque { .. }
            | Self::Document(_) => self.clone(),
        }
    }

    /// The same value when the choice at `site` fell on `case`.
    pub(super) fn given(&self, site: Site, case: usize) -> Self {
        match self {
            Self::Choice(own, cases) if *own == site => {
                cases.get(case).map_or(Self::Never, |v| v.given(site, case))
            }
            Self::Choice(own, cases) => {
                Self::Choice(*own, cases.iter().map(|v| v.given(site, case)).collect())
            }
            Self::Array(items) => Self::Array(items.iter().map(|v| v.given(site, case)).collect()),
            Self::Object(members) => Self::Object(
                members.iter().map(|(k, v)| (k.given(site, case), v.given(site, case))).collect(),
            ),
            Self::Collection { kind, key, element } => Self::Collection {
                kind: *kind,
                key: Arc::new(key.given(site, case)),
                element: Arc::new(element.given(site, case)),
            },
            Self::Never
            | Self::Input(_)
            | Self::Key(_)
            | Self::Const(_)
            | Self::Rendered
            | Self::Opaque { .. }
            | Self::Document(_) => self.clone(),
        }
    }

    /// Itself, or only its type when it has grown beyond what is worth following.
    pub(super) fn bounded(self) -> Self {
        let mut left = MAX_WEIGHT;
        if self.weigh(&mut left, MAX_NESTING) {
            self
        } else {
            // Whether it is made from input may take as long to find out as the value is large; say
            // that it is.
            let types = match &self {
                Self::Choice(..) => TypeSet::ANY,
                other => other.types(),
            };
            Self::lost(types, true)
        }
    }

    fn weigh(&self, left: &mut usize, levels: usize) -> bool {
        let (Some(rest), Some(levels)) = (left.checked_sub(1), levels.checked_sub(1)) else {
            return false;
        };
        *left = rest;
        match self {
            Self::Array(items) | Self::Choice(_, items) => {
                items.iter().all(|v| v.weigh(left, levels))
            }
            Self::Object(members) => {
                members.iter().all(|(k, v)| k.weigh(left, levels) && v.weigh(left, levels))
            }
            Self::Collection { key, element, .. } => {
                key.weigh(left, levels) && element.weigh(left, levels)
            }
            Self::Input(_)
            | Self::Key(_)
            | Self::Never
            | Self::Const(_)
            | Self::Rendered
            | Self::Opaque { .. }
            | Self::Document(_) => true,
        }
    }
}

/// The value a scalar writes.
pub(super) fn scalar_json(scalar: &Scalar) -> Json {
    normal(match scalar {
        Scalar::Null => Json::Null,
        Scalar::Bool(value) => Json::Bool(*value),
        Scalar::Number(number) => Json::Number(number.clone()),
        Scalar::String(text) => Json::String(text.clone()),
    })
}

/// A value with one way to write each number, as the engine has it: whole floats are integers.
pub(super) fn normal(json: Json) -> Json {
    match json {
        Json::Number(ref number) => match number.as_f64() {
            Some(float) if number.is_f64() => phasegate_core::read::number(float),
            _ => json,
        },
        Json::Array(items) => items.into_iter().map(normal).collect(),
        Json::Object(members) => {
            members.into_iter().map(|(name, member)| (name, normal(member))).collect()
        }
        Json::Null | Json::Bool(_) | Json::String(_) => json,
    }
}

/// Whether a constant may stand as the member's name or index: what JSON objects and arrays have.
pub(super) fn constant_step(key: &Json) -> Option<super::path::Step> {
    match JsonType::of(key) {
        JsonType::String => key.as_str().map(|name| super::path::Step::Field(Arc::from(name))),
        JsonType::Number => {
            let index = usize::try_from(key.as_u64()?).ok()?;
            Some(super::path::Step::Index(index))
        }
        _ => None,
    }
}
