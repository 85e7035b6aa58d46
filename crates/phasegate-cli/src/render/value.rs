//! Values as people read them: numbers in few digits, texts in few columns.

use serde_json::Value;

use crate::text::{clean, shorten};

/// A value in at most so many columns.
pub(crate) fn value(value: &Value, columns: usize) -> String {
    match value {
        // A text that reads like something else says that it is a text.
        Value::String(text) if serde_json::from_str::<Value>(text).is_ok() => {
            shorten(&clean(&value.to_string()), columns).into_owned()
        }
        Value::String(text) if !text.trim().is_empty() => {
            shorten(&clean(text), columns).into_owned()
        }
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), plain),
        _ => shorten(&clean(&value.to_string()), columns).into_owned(),
    }
}

/// Two values that are compared: in all their digits when fewer would make them look equal.
pub(crate) fn pair(a: &Value, b: &Value, columns: usize) -> [String; 2] {
    let both = [value(a, columns), value(b, columns)];
    if both[0] == both[1] && a != b {
        return [a, b].map(|value| shorten(&clean(&value.to_string()), columns).into_owned());
    }
    both
}

/// A number in at most six significant digits.
pub(crate) fn plain(number: f64) -> String {
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    if rounded == 0.0 || (1e-5..1e12).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// A share as percent, one decimal.
pub(crate) fn percent(share: f64) -> String {
    let percent = format!("{:.1}", share * 100.0);
    let percent = percent.strip_suffix(".0").unwrap_or(&percent);
    if share > 0.0 && percent == "0" {
        "< 0.1 %".to_owned()
    } else if share >= 100.0 {
        "> 9999 %".to_owned()
    } else {
        format!("{percent} %")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_few_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (3000.0, "3000"),
            (0.1 + 0.2, "0.3"),
            (0.005_000_000_000_000_004_4, "0.005"),
            (1_234_567.0, "1234570"),
            (0.000_012_3, "0.0000123"),
            (1.5e-9, "1.5e-9"),
            (9.007_199_254_740_991e15, "9.0072e15"),
        ];
        for (number, expected) in cases {
            assert_eq!(plain(number), expected);
        }
    }

    #[test]
    fn shares_are_percent() {
        let cases = [
            (0.0, "0 %"),
            (0.5, "50 %"),
            (1.0 / 6.0, "16.7 %"),
            (1e-9, "< 0.1 %"),
            (9.0, "900 %"),
            (1e300, "> 9999 %"),
        ];
        for (share, expected) in cases {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn values_that_differ_look_different() {
        assert_eq!(pair(&json!(0.05), &json!(0.050_000_000_1), 20), ["0.05", "0.0500000001"]);
        assert_eq!(pair(&json!("3000"), &json!(3000), 20), ["\"3000\"", "3000"]);
        assert_eq!(value(&json!("shadow"), 20), "shadow");
        assert_eq!(value(&json!(""), 20), "\"\"");
        assert_eq!(value(&json!("a\u{1b}[2J"), 20), "a\\u{1b}[2J");
        assert_eq!(value(&json!([1, 2, {"a": "\n"}]), 12), "[1,2,{\"a\"...");
    }
}
