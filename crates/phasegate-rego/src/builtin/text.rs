//! Texts: what makes them grow, and what compares them letter by letter.

use regorus::Value;

use super::{MAX_GROWN_BYTES, MAX_STEPS, at_most, size, text_at, texts_at};

/// Bytes of a text that is taken apart: each part takes a hundred times its letter.
const MAX_SPLIT_BYTES: usize = 1 << 20;

/// A field's width or precision in `sprintf`, and all of them together.
const MAX_WIDTH: usize = 1_000;
const MAX_WIDTHS: usize = 10_000;

pub(super) fn concat(arguments: &[Value]) -> Result<(), String> {
    let parts = texts_at(arguments, 1);
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let between = parts.len().saturating_mul(text_at(arguments, 0).len());
    at_most(bytes.saturating_add(between), MAX_GROWN_BYTES, "bytes")
}

pub(super) fn each_in_each(arguments: &[Value]) -> Result<(), String> {
    let steps = text_at(arguments, 0).len().saturating_mul(text_at(arguments, 1).len());
    at_most(steps, MAX_STEPS, "steps")
}

/// Counting nothing makes the engine panic.
pub(super) fn count(arguments: &[Value]) -> Result<(), String> {
    if matches!(arguments.get(1), Some(Value::String(part)) if part.is_empty()) {
        return Err("is given an empty text to count".to_owned());
    }
    each_in_each(arguments)
}

pub(super) fn any_in_any(arguments: &[Value]) -> Result<(), String> {
    let (texts, parts) = (texts_at(arguments, 0), texts_at(arguments, 1));
    let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
    at_most(bytes.saturating_mul(parts.len()), MAX_STEPS, "steps")
}

pub(super) fn replace(arguments: &[Value]) -> Result<(), String> {
    let (text, old, new) = (text_at(arguments, 0), text_at(arguments, 1), text_at(arguments, 2));
    let most = text.len().checked_div(old.len()).unwrap_or(text.len()) + 1;
    at_most(text.len().saturating_add(most.saturating_mul(new.len())), MAX_GROWN_BYTES, "bytes")
}

pub(super) fn split(arguments: &[Value]) -> Result<(), String> {
    at_most(text_at(arguments, 0).len(), MAX_SPLIT_BYTES, "bytes")
}

/// The engine makes any width that is asked for, and panics at digits that are not ASCII.
pub(super) fn sprintf(arguments: &[Value]) -> Result<(), String> {
    let mut widths = 0_usize;
    let mut letters = text_at(arguments, 0).chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            continue;
        }
        let mut width = 0_usize;
        while let Some(digit) = letters.next_if(|c| *c == '.' || c.is_numeric()) {
            let value = match digit.to_digit(10) {
                Some(value) => value as usize,
                None if digit == '.' => 0,
                None => return Err(format!("has the width `{digit}`, which is no digit")),
            };
            width = width.saturating_mul(10).saturating_add(value);
        }
        at_most(width, MAX_WIDTH, "places for one field")?;
        widths += width;
        // The verb; `%%` is none.
        letters.next();
    }
    at_most(widths, MAX_WIDTHS, "places")?;
    let length = text_at(arguments, 0).len().saturating_add(widths);
    match arguments.get(1) {
        Some(Value::Array(values)) => size::written(values.iter(), length),
        _ => Ok(()),
    }
}
