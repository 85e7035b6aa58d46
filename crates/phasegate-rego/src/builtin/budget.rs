//! What the builtins of one evaluation give together.
//!
//! Each call is bounded by itself; a comprehension may call a thousand times, and keep what each
//! gives. An evaluation runs on one thread, which counts.

use std::cell::{Cell, RefCell};

use regorus::Value;

use super::{Failure, Limits, bound};

thread_local! {
    static GIVEN: Cell<usize> = const { Cell::new(0) };
    static REFUSED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Begins an evaluation.
pub(crate) fn begin() {
    GIVEN.set(0);
    REFUSED.take();
}

/// What was refused since the evaluation began: where errors make an expression undefined, the
/// engine loses those inside a function of the policy.
pub(crate) fn refused() -> Option<String> {
    REFUSED.take()
}

pub(super) fn note(message: &str) {
    REFUSED.with_borrow_mut(|refused| {
        refused.get_or_insert_with(|| message.to_owned());
    });
}

/// Bytes of an element of an array, and of an entry of a set or an object with its share of the
/// tree.
const ITEM_BYTES: usize = 24;
const ENTRY_BYTES: usize = 96;

/// Adds a value that a builtin gave. What its parts hold was given before, or was counted by the
/// length of the text that it was read from.
pub(super) fn spend(value: &Value, limits: &Limits) -> Result<(), Failure> {
    let bytes = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.len().saturating_mul(ITEM_BYTES),
        Value::Set(items) => items.len().saturating_mul(ENTRY_BYTES),
        Value::Object(fields) => fields.len().saturating_mul(ENTRY_BYTES),
        Value::Number(number) if number.as_i64().is_none() => {
            usize::try_from(number.to_big().map_or(0, |big| big.bits() / 8)).unwrap_or(usize::MAX)
        }
        _ => 0,
    };
    let given = GIVEN.get().saturating_add(bytes);
    GIVEN.set(given);
    bound(given, limits.total_bytes, "bytes with what was given before")
}
