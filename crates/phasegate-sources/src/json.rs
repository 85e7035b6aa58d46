//! JSON as Python writes it: with bare `NaN` and `Infinity`, which count as missing.

use phasegate_core::read::MAX_DEPTH;
use serde_json::{Map, Value};

/// The text, if it is UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8; save it as UTF-8", error.valid_up_to() + 1))
}

/// Reads JSON, and where it is none for the sake of such tokens, reads it again without them.
#[derive(Debug, Default)]
pub(crate) struct Lenient {
    plain: String,
}

impl Lenient {
    /// What `read` makes of the text; it is told how many tokens were taken out.
    pub(crate) fn read<T>(
        &mut self,
        text: &str,
        mut read: impl FnMut(&str, u64) -> Result<T, serde_json::Error>,
    ) -> Result<T, String> {
        let error = match read(text, 0) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let not_numbers = if error.is_syntax() { self.take_out(text) } else { 0 };
        if not_numbers == 0 {
            return Err(explain(&error, text));
        }
        read(&self.plain, not_numbers).map_err(|error| explain(&error, &self.plain))
    }

    /// Writes `null` for each `NaN`, `Infinity` and `-Infinity` outside of texts; how many.
    fn take_out(&mut self, text: &str) -> u64 {
        self.plain.clear();
        let mut count = 0;
        let mut rest = text;
        let mut within = false;
        let mut escaped = false;
        while let Some(letter) = rest.chars().next() {
            if !within {
                let token = ["NaN", "-Infinity", "Infinity"]
                    .iter()
                    .find_map(|token| rest.strip_prefix(token));
                if let Some(after) = token {
                    self.plain.push_str("null");
                    count += 1;
                    rest = after;
                    continue;
                }
            }
            match letter {
                _ if escaped => escaped = false,
                '\\' if within => escaped = true,
                '"' => within = !within,
                _ => {}
            }
            self.plain.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
        count
    }
}

/// What is wrong with a text that is not JSON; of several lines, at which.
fn explain(error: &serde_json::Error, text: &str) -> String {
    let told = error.to_string();
    let message = told.rsplit_once(" at line ").map_or(told.as_str(), |(before, _)| before);
    if error.is_data() {
        return message.to_owned();
    }
    if text.trim_end().contains('\n') && error.line() > 0 {
        return format!("not valid JSON at line {}: {message}", error.line());
    }
    format!("not valid JSON at column {}: {message}", error.column().max(1))
}

/// Reads a value of bounded depth; how many tokens were taken out stands beside it.
pub(crate) fn value(text: &str) -> Result<(Value, u64), String> {
    let mut out = 0;
    let value: Value = Lenient::default().read(text, |text, not_numbers| {
        out = not_numbers;
        serde_json::from_str(text)
    })?;
    if depth(&value, 0) > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    Ok((value, out))
}

/// The parser holds to 128 levels, so that this recursion does too.
fn depth(value: &Value, above: usize) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| depth(item, above + 1)).max(),
        Value::Object(fields) => fields.values().map(|item| depth(item, above + 1)).max(),
        _ => None,
    }
    .unwrap_or(above)
}

/// A text of an object.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, u64), &str>) {
        let outcome = value(text).map(|(value, count)| (value.to_string(), count));
        let expected =
            expected.map(|(value, count)| (value.to_owned(), count)).map_err(str::to_owned);
        assert_eq!(outcome, expected, "{text}");
    }

    #[test]
    fn tokens_of_python_are_missing_values() {
        check(
            r#"{"a":[NaN,-Infinity,{"b":Infinity}]}"#,
            Ok((r#"{"a":[null,null,{"b":null}]}"#, 3)),
        );
        check(r#"{"a":"NaN \" NaN"}"#, Ok((r#"{"a":"NaN \" NaN"}"#, 0)));
        check(r#"{"a":NaN,"b":"NaN \" é"}"#, Ok((r#"{"a":null,"b":"NaN \" é"}"#, 1)));
        check("NaNa", Err("not valid JSON at column 5: trailing characters"));
        check("{\n  \"a\": x\n}", Err("not valid JSON at line 2: expected value"));
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        check(&deep, Err("nested deeper than 64 levels"));
        let deeper = "[".repeat(1000);
        check(&deeper, Err("not valid JSON at column 128: recursion limit exceeded"));
    }
}
