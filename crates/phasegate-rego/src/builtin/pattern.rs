//! Regular expressions and globs.
//!
//! A match takes time with the length of the text, and the engine bounds what a pattern is compiled
//! to; finding all matches can take time with the square of the length.

use regorus::Value;

use super::{MAX_GROWN_BYTES, at_most, text_at};

/// Bytes of a pattern.
const MAX_PATTERN_BYTES: usize = 1_000;

/// Bytes of a text that is matched once.
const MAX_MATCHED_BYTES: usize = 64 << 10;

/// Bytes of a text in which all matches are looked for: a tenth of a second at worst.
const MAX_SEARCHED_BYTES: usize = 8 << 10;

/// Each inserts itself into pattern and text.
const MAX_DELIMITERS: usize = 16;

fn pattern(text: &str) -> Result<(), String> {
    at_most(text.len(), MAX_PATTERN_BYTES, "bytes of pattern")
}

pub(super) fn only(arguments: &[Value]) -> Result<(), String> {
    pattern(text_at(arguments, 0))
}

pub(super) fn regex_match(arguments: &[Value]) -> Result<(), String> {
    pattern(text_at(arguments, 0))?;
    at_most(text_at(arguments, 1).len(), MAX_MATCHED_BYTES, "bytes of text")
}

pub(super) fn find(arguments: &[Value]) -> Result<(), String> {
    pattern(text_at(arguments, 0))?;
    at_most(text_at(arguments, 1).len(), MAX_SEARCHED_BYTES, "bytes of text")
}

/// The text comes first here.
pub(super) fn replace(arguments: &[Value]) -> Result<(), String> {
    let (text, replacement) = (text_at(arguments, 0), text_at(arguments, 2));
    pattern(text_at(arguments, 1))?;
    at_most(text.len(), MAX_SEARCHED_BYTES, "bytes of text")?;
    // Each `$` may stand for a match; all matches together are no longer than the text.
    let references = replacement.matches('$').count();
    let grown = (text.len() + 1).saturating_mul(replacement.len() + references + 1);
    at_most(grown, MAX_GROWN_BYTES, "bytes")
}

pub(super) fn glob(arguments: &[Value]) -> Result<(), String> {
    pattern(text_at(arguments, 0))?;
    if let Some(Value::Array(delimiters)) = arguments.get(1) {
        at_most(delimiters.len(), MAX_DELIMITERS, "delimiters")?;
    }
    at_most(text_at(arguments, 2).len(), MAX_MATCHED_BYTES, "bytes of text")
}
