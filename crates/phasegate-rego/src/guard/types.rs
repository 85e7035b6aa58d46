//! Sets of JSON types.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// A type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonType {
    const ALL: [Self; 6] =
        [Self::Boolean, Self::Number, Self::String, Self::Array, Self::Object, Self::Null];

    /// The type of a value.
    #[must_use]
    pub fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(_) => Self::Boolean,
            Json::Number(_) => Self::Number,
            Json::String(_) => Self::String,
            Json::Array(_) => Self::Array,
            Json::Object(_) => Self::Object,
        }
    }

    /// The name JSON Schema gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// The name with its article, for sentences.
    pub(super) fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A set of JSON types: what a fact may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TypeSet(u8);

impl TypeSet {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self::one(JsonType::Null);
    pub(super) const BOOLEAN: Self = Self::one(JsonType::Boolean);
    pub(super) const NUMBER: Self = Self::one(JsonType::Number);
    pub(super) const STRING: Self = Self::one(JsonType::String);
    pub(super) const ARRAY: Self = Self::one(JsonType::Array);
    pub(super) const OBJECT: Self = Self::one(JsonType::Object);
    /// What can be iterated.
    pub(super) const COLLECTION: Self = Self::ARRAY.or(Self::OBJECT);
    pub(super) const ANY: Self = Self(0b11_1111);
    /// What a fact is when nothing more is known: anything but null.
    pub(super) const NOT_NULL: Self = Self(Self::ANY.0 & !Self::NULL.0);

    pub(super) const fn one(json_type: JsonType) -> Self {
        Self(1 << json_type as u8)
    }

    pub(super) fn of(value: &Json) -> Self {
        Self::one(JsonType::of(value))
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether a type is in the set.
    #[must_use]
    pub const fn contains(self, json_type: JsonType) -> bool {
        self.0 & Self::one(json_type).0 != 0
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn is_single(self) -> bool {
        self.0.is_power_of_two()
    }

    /// One type, and one that has no parts.
    pub(super) const fn is_scalar(self) -> bool {
        self.is_single() && self.and(Self::COLLECTION).is_empty()
    }

    /// The types in the set, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = JsonType> {
        JsonType::ALL.into_iter().filter(move |t| self.contains(*t))
    }

    /// For sentences: `a number`, `an array or an object`, `a value that is not null`.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::ANY => "a value".to_owned(),
            Self::NOT_NULL => "a value that is not null".to_owned(),
            _ => self.iter().map(JsonType::with_article).collect::<Vec<_>>().join(" or "),
        }
    }
}

impl fmt::Display for TypeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NOT_NULL => f.write_str("any"),
            Self::ANY => f.write_str("any or null"),
            _ => {
                for (position, json_type) in self.iter().enumerate() {
                    if position > 0 {
                        f.write_str(" or ")?;
                    }
                    f.write_str(json_type.name())?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for TypeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(JsonType::name))
    }
}
