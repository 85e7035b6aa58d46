//! Reading the inputs of a method: every fault is gathered with its path before anything runs.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::registry::Field;

/// How many faults are listed; the first ones tell what is wrong with the rest.
const MAX_FAULTS: usize = 20;

/// One fault of a method's inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the inputs: `baseline[3]`, `question.alpha`; empty for the whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a method gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The inputs are not what the method takes: every fault, in order, at most 20.
    #[error("{}", list(.0))]
    Inputs(Vec<Fault>),
    /// The method itself refuses them.
    #[error(transparent)]
    Method(#[from] Error),
}

impl Refused {
    /// The stable code: `invalid_inputs`, or that of the method's error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Inputs(_) => "invalid_inputs",
            Self::Method(error) => error.code(),
        }
    }

    /// The faults of the inputs; none when the method itself refused them.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Inputs(faults) => faults,
            Self::Method(_) => &[],
        }
    }
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault; nothing can be made of the value then.
    pub(crate) fn add<T>(&mut self, path: &str, message: impl Into<String>) -> Option<T> {
        if self.0.len() < MAX_FAULTS {
            self.0.push(Fault::new(path, message));
        }
        None
    }

    /// The value, or its error as a fault.
    pub(crate) fn accept<T>(&mut self, path: &str, outcome: Result<T, Error>) -> Option<T> {
        outcome.map_or_else(|error| self.add(path, error.to_string()), Some)
    }

    /// Whether there are so many that the rest is not listed.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_FAULTS
    }
}

/// The keys of an object, taken one by one; what is left over at the end is a fault.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    map: &'a Map<String, Value>,
    path: &'a str,
    known: BTreeSet<&'static str>,
}

impl<'a> Object<'a> {
    /// The value as an object.
    pub(crate) fn of(value: &'a Value, path: &'a str, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self { map, path, known: BTreeSet::new() }),
            _ => faults.add(path, format!("is {}, not an object", kind(value))),
        }
    }

    /// Whether there is such a key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// The value of a key; without a default it is required.
    pub(crate) fn take<T: Field>(
        &mut self,
        name: &'static str,
        default: Option<T>,
        faults: &mut Faults,
    ) -> Option<T> {
        self.known.insert(name);
        let path = below(self.path, name);
        match (self.map.get(name), default) {
            (None, None) => faults.add(&path, format!("is missing; write it as {}", T::FORM)),
            (None | Some(Value::Null), Some(default)) => Some(default),
            (Some(value), default) => T::read(value, default, &path, faults),
        }
    }

    /// Keys that nobody took are faults.
    pub(crate) fn close(&self, faults: &mut Faults) {
        for name in self.map.keys().filter(|name| !self.known.contains(name.as_str())) {
            let known = self.known.iter().copied().collect::<Vec<_>>().join("`, `");
            faults.add::<()>(&below(self.path, name), format!("is not known; there is `{known}`"));
        }
    }
}

/// The inputs of one run.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    object: Option<Object<'a>>,
    faults: Faults,
}

impl<'a> Given<'a> {
    pub(crate) fn new(inputs: &'a Value) -> Self {
        let mut faults = Faults::default();
        let object = Object::of(inputs, "", &mut faults);
        Self { object, faults }
    }

    pub(crate) fn take<T: Field>(&mut self, name: &'static str, default: Option<T>) -> Option<T> {
        self.object.as_mut()?.take(name, default, &mut self.faults)
    }

    pub(crate) fn close(&mut self) {
        if let Some(object) = &self.object {
            object.close(&mut self.faults);
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.faults.0.is_empty()
    }

    pub(crate) fn refused(self) -> Refused {
        Refused::Inputs(self.faults.0)
    }
}

/// A method's answer as a document.
pub(crate) fn answer<T: Serialize>(outcome: Result<T, Error>) -> Result<Value, Refused> {
    Ok(json(&outcome?))
}

/// Any of our values as a document.
pub(crate) fn json<T: Serialize>(value: &T) -> Value {
    // Only maps with keys that are no text and writers that fail can err; there are none.
    serde_json::to_value(value).unwrap_or_default()
}

/// What a JSON value is, with its article.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The path of a key.
pub(crate) fn below(path: &str, name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_word) {
        return format!("{path}[{}]", Value::from(name));
    }
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path of an item.
pub(crate) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}
