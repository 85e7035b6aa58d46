//! Canonical bytes: RFC 8785, the one form that digests are taken over.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::Digest;

/// The canonical form of a document.
///
/// # Errors
/// When the value holds what JSON cannot: a number that is not finite, or a map whose keys are not
/// text.
pub fn to_bytes<T: Serialize>(document: &T) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(document).map_err(|source| CanonicalError { source })
}

/// The canonical form of a value, in a fifth of the time where its keys allow.
///
/// The serializer keeps keys in the order of their bytes and writes texts and integers as RFC 8785
/// does. For keys in ASCII only the numbers with a fraction are left to be written differently; any
/// other key goes through [`to_bytes`].
///
/// # Errors
/// As [`to_bytes`].
pub fn value_to_bytes(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    if !keys_are_ascii(value) {
        return to_bytes(value);
    }
    let mut bytes = Vec::with_capacity(1024);
    let mut serializer = Serializer::with_formatter(&mut bytes, EcmaNumbers);
    value.serialize(&mut serializer).map_err(|source| CanonicalError { source })?;
    Ok(bytes)
}

fn keys_are_ascii(value: &Value) -> bool {
    match value {
        Value::Object(entries) => {
            entries.iter().all(|(key, value)| key.is_ascii() && keys_are_ascii(value))
        }
        Value::Array(items) => items.iter().all(keys_are_ascii),
        _ => true,
    }
}

/// The serializer's compact form with numbers as ECMAScript writes them.
struct EcmaNumbers;

impl Formatter for EcmaNumbers {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(ryu_js::Buffer::new().format_finite(value).as_bytes())
    }
}

/// The digest of the canonical form of a document.
///
/// # Errors
/// As [`to_bytes`].
pub fn digest<T: Serialize>(document: &T) -> Result<Digest, CanonicalError> {
    to_bytes(document).map(|bytes| Digest::of(&bytes))
}

/// A document that has no canonical form.
#[derive(Debug, thiserror::Error)]
#[error("the document has no canonical form")]
pub struct CanonicalError {
    source: serde_json::Error,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            proptest::num::f64::NORMAL.prop_map(|number| json!(number)),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(|number| json!(number)),
            // Around the exponents at which the two ways of writing part.
            "[1-9]{1,3}e-[1-9]".prop_map(|text| json!(text.parse::<f64>().expect("a number"))),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            number,
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop_oneof!["[a-z_]{1,8}", any::<String>()];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_ways_give_the_same_bytes(value in any_value()) {
            prop_assert_eq!(value_to_bytes(&value).expect("finite"), to_bytes(&value).expect("finite"));
        }
    }

    #[test]
    fn numbers_are_written_as_rfc_8785_shows_them() {
        // RFC 8785, section 3.2.2, and appendix B.
        let value = json!([333_333_333.333_333_3, 1e30, 4.50, 2e-3, 1e-27, 1e-6, 1e-7, 0.000_01]);
        let text = "[333333333.3333333,1e+30,4.5,0.002,1e-27,0.000001,1e-7,0.00001]";
        assert_eq!(value_to_bytes(&value).expect("finite"), text.as_bytes());
        assert_eq!(to_bytes(&value).expect("finite"), text.as_bytes());
    }
}
