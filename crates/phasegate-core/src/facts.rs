//! Facts: the input of a policy, read strictly and named by a digest.

use serde_json::Value;

use crate::canonical;
use crate::read::{self, Fault, Format, ReadError};
use crate::{Digest, Path};

/// How many bytes a policy input may have. A usual one has half a kilobyte.
pub const MAX_INPUT_BYTES: usize = 16 << 20;

/// The input of a policy: an object of facts, in the one form that equal documents share.
///
/// Both the bare object and OPA's `{"input": {...}}` are understood. The digest is over the
/// canonical form (RFC 8785) of the bare object, so that the wrapper, white space, key order and
/// the choice of JSON or YAML do not enter.
///
/// ```
/// use phasegate_core::Facts;
/// let wrapped = Facts::from_json(br#"{"input": {"a": 1.0}}"#).unwrap();
/// let bare = Facts::from_yaml(b"a: 1").unwrap();
/// assert_eq!(wrapped.digest(), bare.digest());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    value: Value,
    digest: Digest,
}

impl Facts {
    /// Reads JSON.
    ///
    /// # Errors
    /// Everything that [`read::read`] refuses, with its path; a document that is not an object;
    /// more than [`MAX_INPUT_BYTES`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadError> {
        read::read(bytes, Format::Json, MAX_INPUT_BYTES).and_then(Self::unwrap)
    }

    /// Reads YAML.
    ///
    /// # Errors
    /// As [`Facts::from_json`].
    pub fn from_yaml(bytes: &[u8]) -> Result<Self, ReadError> {
        read::read(bytes, Format::Yaml, MAX_INPUT_BYTES).and_then(Self::unwrap)
    }

    /// Takes a value built in process.
    ///
    /// # Errors
    /// As [`Facts::from_json`]: a value is held to what a document is.
    pub fn from_value(value: &Value) -> Result<Self, ReadError> {
        read::normalize(value).and_then(Self::unwrap)
    }

    /// Takes the object from under OPA's one key `input`.
    ///
    /// With other keys beside it, it is neither the wrapped form nor a bare input: facts under
    /// `input` would all be missing.
    fn unwrap(mut value: Value) -> Result<Self, ReadError> {
        if let Some(object) = value.as_object_mut()
            && let Some(inner) = object.get("input")
            && (object.len() == 1 || inner.is_object())
        {
            if let Some(other) = object.keys().find(|key| *key != "input") {
                return Err(fault(&format!(
                    "`{other}` stands beside `input`; give the facts bare, or under the one key `input`"
                )));
            }
            value = object.remove("input").unwrap_or_default();
        }
        Self::of(value)
    }

    fn of(value: Value) -> Result<Self, ReadError> {
        if !value.is_object() {
            return Err(fault(
                "the input must be an object of facts, bare or under the one key `input`",
            ));
        }
        let bytes = canonical::value_to_bytes(&value).map_err(|error| fault(&error.to_string()))?;
        if bytes.len() > MAX_INPUT_BYTES {
            return Err(fault(&format!(
                "{} bytes are more than the limit of {MAX_INPUT_BYTES}",
                bytes.len()
            )));
        }
        Ok(Self { value, digest: Digest::of(&bytes) })
    }

    /// The same facts with one of them changed, as a what-if.
    ///
    /// # Errors
    /// When the path goes through something that is not an object or array, or the result is not an
    /// input.
    pub fn with(&self, path: &Path, value: &Value) -> Result<Self, ReadError> {
        let mut changed = self.value.clone();
        *path.entry(&mut changed).map_err(|error| fault(&error.to_string()))? = value.clone();
        read::normalize(&changed).and_then(Self::of)
    }

    /// The bare object.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The digest of the bare object's canonical form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

fn fault(message: &str) -> ReadError {
    let fault =
        Fault { path: String::new(), line: None, column: None, message: message.to_owned() };
    ReadError { faults: vec![fault] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let outcome = Facts::from_json(text.as_bytes());
        let shown = outcome.map_or_else(|error| error.to_string(), |facts| facts.value.to_string());
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_wrapper_is_taken_off_or_refused() {
        let not_an_object =
            "the input must be an object of facts, bare or under the one key `input`";
        check(r#"{"input": {"a": 1}}"#, r#"{"a":1}"#);
        check(r#"{"a": 1}"#, r#"{"a":1}"#);
        check(r#"{"input": "text", "a": 1}"#, r#"{"a":1,"input":"text"}"#);
        check(r#"{"input": 5}"#, not_an_object);
        check("[1]", not_an_object);
        check(
            r#"{"input": {"a": 1}, "other": 2}"#,
            "`other` stands beside `input`; give the facts bare, or under the one key `input`",
        );
    }
}
