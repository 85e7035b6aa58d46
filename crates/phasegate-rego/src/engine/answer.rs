//! What an entry answered, read where the engine has it: only what a decision keeps is copied.

use phasegate_core::verdict::Block;

use super::{ANSWER_TOO_LARGE, MAX_ANSWER_BYTES};

/// The answer of an entry rule, a set of `[name, value]` pairs, by name.
#[derive(Debug, Clone)]
pub(crate) struct Answer(Vec<(regorus::Rc<str>, regorus::Value)>);

impl Answer {
    /// `None` when the value is no such set, which an entry rule never gives.
    pub(super) fn of(value: &regorus::Value) -> Option<Self> {
        let regorus::Value::Set(pairs) = value else {
            return matches!(value, regorus::Value::Undefined).then(|| Self(Vec::new()));
        };
        let mut answer = Vec::with_capacity(pairs.len());
        for pair in pairs.iter() {
            let regorus::Value::Array(pair) = pair else { return None };
            let [regorus::Value::String(name), value] = pair.as_slice() else { return None };
            answer.push((name.clone(), value.clone()));
        }
        answer.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Some(Self(answer))
    }

    /// What was answered under a name; `None` when that is undefined.
    pub(crate) fn get(&self, name: &str) -> Option<Part<'_>> {
        let at = self.0.binary_search_by(|(one, _)| one.as_ref().cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| Part(value))
    }
}

/// A part of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a>(&'a regorus::Value);

impl<'a> Part<'a> {
    pub(crate) fn as_bool(self) -> Option<bool> {
        self.0.as_bool().ok().copied()
    }

    pub(crate) fn as_u64(self) -> Option<u64> {
        self.0.as_u64().ok()
    }

    pub(crate) fn as_text(self) -> Option<&'a str> {
        match self.0 {
            regorus::Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What a set or an array holds, in order.
    pub(crate) fn items(self) -> Option<Vec<Self>> {
        match self.0 {
            regorus::Value::Array(items) => Some(items.iter().map(Part).collect()),
            regorus::Value::Set(items) => Some(items.iter_sorted().map(Part).collect()),
            _ => None,
        }
    }

    /// The fields of an object, in order: the key and the value.
    pub(crate) fn fields(self) -> Option<impl Iterator<Item = (Self, Self)>> {
        match self.0 {
            regorus::Value::Object(fields) => {
                Some(fields.iter_sorted().map(|(key, value)| (Part(key), Part(value))))
            }
            _ => None,
        }
    }

    /// What it is, for a sentence.
    pub(crate) fn kind(self) -> &'static str {
        match self.0 {
            regorus::Value::Null => "null",
            regorus::Value::Bool(_) => "a boolean",
            regorus::Value::Number(_) => "a number",
            regorus::Value::String(_) => "a text",
            regorus::Value::Array(_) | regorus::Value::Set(_) => "an array",
            regorus::Value::Object(_) => "an object",
            regorus::Value::Undefined => "undefined",
        }
    }
}

/// How many bytes of an answer may still be copied.
///
/// In the engine equal parts are shared: a list that holds one long text a million times is small
/// there.
#[derive(Debug)]
pub(crate) struct Allowance(usize);

impl Allowance {
    /// As much as an input may have.
    pub(crate) fn new() -> Self {
        Self(MAX_ANSWER_BYTES)
    }

    /// Takes so many bytes; false when there are no more.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    /// What to say when there are no more.
    pub(crate) fn used_up() -> Block {
        Block {
            code: "answer_too_large".to_owned(),
            path: None,
            message: ANSWER_TOO_LARGE.to_owned(),
        }
    }
}
