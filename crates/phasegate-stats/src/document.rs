//! Numbers in documents: JSON has no infinity, so that what is infinite is null there, and what a
//! method does not define is absent.

use serde::{Deserialize as _, Deserializer, Serializer};

/// A number, or null for an infinite one.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    optional(&Some(*value), serializer)
}

/// The same for a number that may be absent; leave it out of the document then.
#[expect(clippy::ref_option, reason = "the signature is serde's")]
pub(crate) fn optional<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value.filter(|number| number.is_finite()) {
        Some(value) => serializer.serialize_f64(value),
        None => serializer.serialize_none(),
    }
}

/// The lower end of an interval, from null when there is none.
pub(crate) fn lower<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NEG_INFINITY))
}

/// A number without an upper end, from null.
pub(crate) fn upper<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}
