//! How large a value is when it is written out or walked through.
//!
//! Values share their parts: a few rules that put the last one twice into the next make a value of
//! a few kilobytes that is terabytes when written out. What is shared is counted each time it
//! stands somewhere, and counting ends at the limit.

use regorus::Value;

use super::{MAX_GROWN_BYTES, at_most, text_at};

/// Elements of an array, entries of an object, and all that they hold.
const MAX_GROWN_ITEMS: usize = 1 << 20;

/// Bytes of a JSON text that is read: each of its values takes ten times its letters.
const MAX_READ_BYTES: usize = 1 << 20;

/// Bits of a number that is written out: those of the largest double.
const MAX_BITS: u64 = 1_024;

/// The digits of a double or an integer of that size, and a sign, at most.
const NUMBER_BYTES: usize = 330;

/// That values, written as JSON one after another, stay below the limit of a text.
pub(super) fn written<'a>(
    values: impl IntoIterator<Item = &'a Value>,
    before: usize,
) -> Result<(), String> {
    let mut bytes = before;
    each_part(values, |value| {
        bytes = bytes.saturating_add(match value {
            Value::String(text) => text.len().saturating_add(escapes(text)).saturating_add(4),
            Value::Number(number) if number.as_i64().is_some() => 22,
            Value::Number(number) if number.to_big().is_ok_and(|big| big.bits() > MAX_BITS) => {
                return Err("would write a number beyond a double".to_owned());
            }
            Value::Number(_) => NUMBER_BYTES,
            _ => 8,
        });
        at_most(bytes, MAX_GROWN_BYTES, "bytes")
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
    mut visit: impl FnMut(&Value) -> Result<(), String>,
) -> Result<(), String> {
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

pub(super) fn marshal(arguments: &[Value]) -> Result<(), String> {
    written(arguments, 0)
}

pub(super) fn unmarshal(arguments: &[Value]) -> Result<(), String> {
    at_most(text_at(arguments, 0).len(), MAX_READ_BYTES, "bytes of JSON")
}

pub(super) fn encode(arguments: &[Value]) -> Result<(), String> {
    let length = text_at(arguments, 0).len();
    at_most(length.saturating_add(length / 3), MAX_GROWN_BYTES, "bytes")
}

pub(super) fn array_concat(arguments: &[Value]) -> Result<(), String> {
    let length = |argument: &Value| match argument {
        Value::Array(items) => items.len(),
        _ => 0,
    };
    let items = arguments.iter().map(length).fold(0, usize::saturating_add);
    at_most(items, MAX_GROWN_ITEMS, "elements")
}

/// Objects are united field by field, all the way down.
pub(super) fn union(arguments: &[Value]) -> Result<(), String> {
    let mut items = 0_usize;
    each_part(arguments, |_| {
        items += 1;
        at_most(items, MAX_GROWN_ITEMS, "values")
    })
}
