//! Regular expressions and globs.
//!
//! A match takes time with the length of the text, and the engine bounds what a pattern is compiled
//! to; finding all matches can take time with the square of the length.

use regorus::Value;

use super::{Failure, Limits, bound, text_at};

/// Each inserts itself into pattern and text.
const MAX_DELIMITERS: usize = 16;

fn pattern(text: &str, limits: &Limits) -> Result<(), Failure> {
    bound(text.len(), limits.pattern_bytes, "bytes of pattern")
}

pub(super) fn only(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    pattern(text_at(arguments, 0), limits)
}

pub(super) fn regex_match(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    pattern(text_at(arguments, 0), limits)?;
    bound(text_at(arguments, 1).len(), limits.matched_bytes, "bytes of text")
}

pub(super) fn find(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    pattern(text_at(arguments, 0), limits)?;
    bound(text_at(arguments, 1).len(), limits.searched_bytes, "bytes of text")
}

/// The text comes first here.
pub(super) fn replace(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let (text, replacement) = (text_at(arguments, 0), text_at(arguments, 2));
    pattern(text_at(arguments, 1), limits)?;
    bound(text.len(), limits.searched_bytes, "bytes of text")?;
    // Each `$` may stand for a match; all matches together are no longer than the text.
    let references = replacement.matches('$').count();
    let grown = (text.len() + 1).saturating_mul(replacement.len() + references + 1);
    bound(grown, limits.grown_bytes, "bytes")
}

pub(super) fn glob(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    pattern(text_at(arguments, 0), limits)?;
    if let Some(Value::Array(delimiters)) = arguments.get(1) {
        bound(delimiters.len(), MAX_DELIMITERS, "delimiters")?;
    }
    bound(text_at(arguments, 2).len(), limits.matched_bytes, "bytes of text")
}

/// `regex.template_match(template, text, from, to)`.
pub(super) fn template(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    pattern(text_at(arguments, 0), limits)?;
    bound(text_at(arguments, 1).len(), limits.matched_bytes, "bytes of text")
}
