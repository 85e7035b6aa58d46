//! Texts: what makes them grow, and what compares them letter by letter.

use regorus::Value;

use super::{Failure, Limits, bound, over, text_at, texts_at};

pub(super) fn concat(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let parts = texts_at(arguments, 1);
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let between = parts.len().saturating_mul(text_at(arguments, 0).len());
    bound(bytes.saturating_add(between), limits.grown_bytes, "bytes")
}

pub(super) fn each_in_each(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let steps = text_at(arguments, 0).len().saturating_mul(text_at(arguments, 1).len());
    bound(steps, limits.steps, "steps")
}

/// Counting nothing makes the engine panic.
pub(super) fn count(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    if matches!(arguments.get(1), Some(Value::String(part)) if part.is_empty()) {
        return over("is given an empty text to count".to_owned());
    }
    each_in_each(arguments, limits)
}

pub(super) fn any_in_any(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let (texts, parts) = (texts_at(arguments, 0), texts_at(arguments, 1));
    let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
    bound(bytes.saturating_mul(parts.len()), limits.steps, "steps")
}

pub(super) fn replace(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let (text, old, new) = (text_at(arguments, 0), text_at(arguments, 1), text_at(arguments, 2));
    let most = text.len().checked_div(old.len()).unwrap_or(text.len()) + 1;
    bound(text.len().saturating_add(most.saturating_mul(new.len())), limits.grown_bytes, "bytes")
}

pub(super) fn split(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    bound(text_at(arguments, 0).len(), limits.split_bytes, "bytes")
}

/// Each replacement may make the text longer, and the next replaces in what the last one made.
pub(super) fn replace_n(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let Some(Value::Object(patterns)) = arguments.first() else { return Ok(()) };
    let mut bytes = text_at(arguments, 1).len();
    for (old, new) in patterns.iter() {
        if let (Value::String(old), Value::String(new)) = (old, new) {
            let most = bytes.checked_div(old.len()).unwrap_or(bytes) + 1;
            bytes = bytes.saturating_add(most.saturating_mul(new.len()));
        }
        bound(bytes, limits.grown_bytes, "bytes")?;
    }
    Ok(())
}
