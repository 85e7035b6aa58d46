//! How large a value is when it is written out or walked through.
//!
//! Values share their parts: a few rules that put the last one twice into the next make a value of
//! a few kilobytes that is terabytes when written out. What is shared is counted each time it
//! stands somewhere, and counting ends at the limit.

use regorus::Value;

use super::{Failure, Limits, bound, over, text_at};

/// The digits of a double and a sign, at most.
const NUMBER_BYTES: usize = 330;

/// That values, written as JSON one after another, stay below the limit of a text.
pub(super) fn written<'a>(
    values: impl IntoIterator<Item = &'a Value>,
    before: usize,
    limits: &Limits,
) -> Result<(), Failure> {
    let mut bytes = before;
    each_part(values, |value| {
        bytes = bytes.saturating_add(match value {
            Value::String(text) => text.len().saturating_add(escapes(text)).saturating_add(4),
            Value::Number(number) if number.as_i64().is_some() => 22,
            Value::Number(number) => match number.to_big().map_or(0, |big| big.bits()) {
                bits if bits > limits.written_bits => {
                    return over("would write a number beyond a double".to_owned());
                }
                // A digit for each three bits, and more.
                bits => NUMBER_BYTES.max(usize::try_from(bits / 3).unwrap_or(usize::MAX)),
            },
            _ => 8,
        });
        bound(bytes, limits.grown_bytes, "bytes")
    })
}

/// How many bytes more a text takes in JSON.
fn escapes(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' => 1,
        0..0x20 => 5,
        _ => 0,
    };
    text.bytes().map(more).sum()
}

/// Visits the values and everything in them, without recursion.
fn each_part<'a>(
    values: impl IntoIterator<Item = &'a Value>,
    mut visit: impl FnMut(&Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut waiting: Vec<&Value> = values.into_iter().collect();
    while let Some(value) = waiting.pop() {
        visit(value)?;
        match value {
            Value::Array(items) => waiting.extend(items.iter()),
            Value::Set(items) => waiting.extend(items.iter()),
            Value::Object(fields) => {
                waiting.extend(fields.iter().flat_map(|(key, value)| [key, value]));
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn marshal(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    written(arguments, 0, limits)
}

pub(super) fn unmarshal(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    bound(text_at(arguments, 0).len(), limits.read_bytes, "bytes of JSON")
}

pub(super) fn encode(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let length = text_at(arguments, 0).len();
    bound(length.saturating_add(length / 3), limits.grown_bytes, "bytes")
}

pub(super) fn array_concat(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let length = |argument: &Value| match argument {
        Value::Array(items) => items.len(),
        _ => 0,
    };
    let items = arguments.iter().map(length).fold(0, usize::saturating_add);
    bound(items, limits.grown_items, "elements")
}

/// Objects are united field by field, all the way down.
pub(super) fn union(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let mut items = 0_usize;
    each_part(arguments, |_| {
        items += 1;
        bound(items, limits.grown_items, "values")
    })
}
