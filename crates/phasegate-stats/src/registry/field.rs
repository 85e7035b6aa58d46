//! What an input may be: numbers, words, and what is asked.

use serde_json::Value;

use crate::error::finite;
use crate::outcome::{Alpha, Alternative, Question};
use crate::registry::given::{Faults, Object, item, kind};

/// How many items an array of the inputs may have.
pub const MAX_ITEMS: usize = 1_000_000;

/// How many buckets a histogram of the inputs may have.
pub const MAX_BUCKETS: usize = 20_000;

/// A type that an input may have.
pub(crate) trait Field: Sized {
    /// What it is called, in a word.
    const KIND: &'static str;

    /// How a value is written, on one line.
    const FORM: &'static str;

    /// The value, or faults. What is absent within it is that of the default, where there is one.
    fn read(value: &Value, default: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self>;
}

impl Field for f64 {
    const KIND: &'static str = "number";
    const FORM: &'static str = "number";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        match value.as_f64() {
            Some(number) => faults.accept(path, finite("the number", number)),
            None => faults.add(path, format!("is {}, not a number", kind(value))),
        }
    }
}

impl Field for u64 {
    const KIND: &'static str = "count";
    const FORM: &'static str = "count";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        value.as_u64().or_else(|| {
            let what = if value.is_number() { "no whole number from 0" } else { kind(value) };
            faults.add(path, format!("is {what}; give a count"))
        })
    }
}

impl Field for u32 {
    const KIND: &'static str = "count";
    const FORM: &'static str = "count";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let count = u64::read(value, None, path, faults)?;
        Self::try_from(count).map_or_else(
            |_| faults.add(path, format!("is {count}; give at most {}", Self::MAX)),
            Some,
        )
    }
}

impl Field for bool {
    const KIND: &'static str = "boolean";
    const FORM: &'static str = "true | false";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        value
            .as_bool()
            .or_else(|| faults.add(path, format!("is {}, not true or false", kind(value))))
    }
}

impl Field for String {
    const KIND: &'static str = "text";
    const FORM: &'static str = "text";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let text = value.as_str().map(str::to_owned);
        text.or_else(|| faults.add(path, format!("is {}, not a text", kind(value))))
    }
}

impl Field for i8 {
    const KIND: &'static str = "integer";
    const FORM: &'static str = "whole number";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let small = value.as_i64().and_then(|number| Self::try_from(number).ok());
        small.or_else(|| faults.add(path, "is not a small whole number"))
    }
}

/// A type that arrays may hold.
pub(crate) trait ItemField: Field {
    /// What an array is called.
    const MANY: &'static str;

    /// How an array is written.
    const ARRAY: &'static str;
}

impl ItemField for f64 {
    const MANY: &'static str = "numbers";
    const ARRAY: &'static str = "[number, ...]";
}

impl ItemField for String {
    const MANY: &'static str = "texts";
    const ARRAY: &'static str = "[text, ...]";
}

impl ItemField for u64 {
    const MANY: &'static str = "counts";
    const ARRAY: &'static str = "[count, ...]";
}

impl<T: ItemField> Field for Vec<T> {
    const KIND: &'static str = T::MANY;
    const FORM: &'static str = T::ARRAY;

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        items(value, path, faults)
    }
}

crate::registry::words! {
    Alternative "alternative" { "two-sided" => TwoSided, "less" => Less, "greater" => Greater }
}

impl Field for Alpha {
    const KIND: &'static str = "probability";
    const FORM: &'static str = "above 0 and below 1";

    fn read(value: &Value, _: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let alpha = f64::read(value, None, path, faults)?;
        faults.accept(path, Self::new(alpha))
    }
}

impl Field for Question {
    const KIND: &'static str = "question";
    const FORM: &'static str =
        r#"{"null": number, "alternative": two-sided | less | greater, "alpha": probability}"#;

    fn read(value: &Value, default: Option<Self>, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut object = Object::of(value, path, faults)?;
        let null = object.take("null", default.map(|question| question.null), faults);
        let or = default.unwrap_or(Self::differs_from(0.0));
        let alternative = object.take("alternative", Some(or.alternative), faults);
        let alpha = object.take("alpha", Some(or.alpha), faults);
        object.close(faults);
        Some(Self { null: null?, alternative: alternative?, alpha: alpha? })
    }
}

/// One of some words.
pub(crate) fn word<T: Copy>(
    value: &Value,
    words: &[(&str, T)],
    path: &str,
    faults: &mut Faults,
) -> Option<T> {
    let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).or_else(|| {
        let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("`, `");
        faults.add(path, format!("is {}; give one of `{known}`", shown(value)))
    })
}

/// A value as a message names it: a short text itself, else its kind.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.chars().count() <= 40 => format!("`{text}`"),
        _ => kind(value).to_owned(),
    }
}

/// An array, item by item.
pub(crate) fn items<T: Field>(value: &Value, path: &str, faults: &mut Faults) -> Option<Vec<T>> {
    let Value::Array(array) = value else {
        return faults.add(path, format!("is {}, not an array", kind(value)));
    };
    if array.len() > MAX_ITEMS {
        let message = format!("has {} items; give at most {MAX_ITEMS}, or a summary", array.len());
        return faults.add(path, message);
    }
    let mut all = Some(Vec::with_capacity(array.len()));
    for (index, value) in array.iter().enumerate() {
        if faults.is_full() {
            return None;
        }
        match (T::read(value, None, &item(path, index), faults), &mut all) {
            (Some(item), Some(items)) => items.push(item),
            _ => all = None,
        }
    }
    all
}
