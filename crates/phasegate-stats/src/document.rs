//! Numbers in documents: JSON has no infinity, so that what is infinite is null there, and what a
//! method does not define is absent.

use serde::ser::SerializeMap;
use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

use crate::outcome::Outcome;

/// What is absent is left out.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("method", self.method)?;
        entry(&mut map, "estimate", self.estimate.map(finite))?;
        entry(&mut map, "interval", self.interval)?;
        entry(&mut map, "null", self.null.map(finite))?;
        map.serialize_entry("alternative", &self.alternative)?;
        for (name, number) in [
            ("statistic", self.statistic),
            ("p", self.p),
            ("ln_p", self.ln_p),
            ("ln_e", self.ln_e),
            ("df", self.df),
        ] {
            entry(&mut map, name, number.map(finite))?;
        }
        map.serialize_entry("sample", &self.sample)?;
        entry(&mut map, "degenerate", self.degenerate)?;
        map.serialize_entry("notes", &self.notes)?;
        map.end()
    }
}

fn entry<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
}

/// The number, or none, which becomes null, for an infinite one.
fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

/// A number, or null for an infinite one.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    finite(*value).serialize(serializer)
}

/// The lower end of an interval, from null when there is none.
pub(crate) fn lower<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NEG_INFINITY))
}

/// A number without an upper end, from null.
pub(crate) fn upper<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}
