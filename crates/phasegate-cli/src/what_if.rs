//! What-ifs: `--set metrics.error_rate=0.03`.

use std::str::FromStr;

use phasegate::Path;
use phasegate::facts::MAX_INPUT_BYTES;
use phasegate::read::{Format, read};
use serde::de::IgnoredAny;
use serde_json::Value;

/// One changed fact.
#[derive(Debug, Clone)]
pub(crate) struct WhatIf {
    pub(crate) path: Path,
    pub(crate) value: Value,
}

impl FromStr for WhatIf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) =
            split(text).ok_or("write it as PATH=VALUE, like metrics.error_rate=0.03")?;
        // A policy writes `input.metrics.error_rate`; the path of the fact begins below `input`.
        let path = path.trim();
        let path = path.strip_prefix("input.").unwrap_or(path);
        let path = path.parse().map_err(|error: phasegate::path::PathError| error.to_string())?;
        Ok(Self { path, value: parse(value)? })
    }
}

/// The first `=` outside of quotes: a quoted key may hold one.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    let at = text.find(|c| {
        let ends = c == '=' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What is JSON is read as strictly as an input is; what begins like JSON and is none is a slip;
/// all else is text.
fn parse(text: &str) -> Result<Value, String> {
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json || text.trim_start().starts_with(['{', '[', '"']) {
        return read(text.as_bytes(), Format::Json, MAX_INPUT_BYTES)
            .map_err(|error| format!("the value is refused: {error}"));
    }
    Ok(Value::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let told = match text.parse::<WhatIf>() {
            Ok(change) => format!("{} = {}", change.path, change.value),
            Err(message) => message,
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value_is_json_or_else_text() {
        check("metrics.error_rate=0.03", "metrics.error_rate = 0.03");
        check("input.metrics.error_rate = 3e-2", "metrics.error_rate = 0.03");
        check("version.state=gray", "version.state = \"gray\"");
        check("version.state=\"gray\"", "version.state = \"gray\"");
        check("a=null", "a = null");
        check("a=", "a = \"\"");
        check("a=b=c", "a = \"b=c\"");
        check("incidents=[]", "incidents = []");
        check("incidents[0].active=true", "incidents[0].active = true");
        check(r#"metrics["a=b"]=1"#, r#"metrics["a=b"] = 1"#);
        check(r#"metrics["a\"=b"]=1"#, r#"metrics["a\"=b"] = 1"#);
    }

    #[test]
    fn slips_are_refused() {
        check("metrics.error_rate", "write it as PATH=VALUE, like metrics.error_rate=0.03");
        check(
            "=1",
            "`` is not a path; write it like `metrics.error_rate` or `incidents[0].active`",
        );
        check(
            "a..b=1",
            "`a..b` is not a path; write it like `metrics.error_rate` or `incidents[0].active`",
        );
        check(
            "a={\"b\": 1, \"b\": 2}",
            "the value is refused: line 1, column 15: `b`: key given twice; remove one",
        );
        check(
            "a=1e999",
            "the value is refused: line 1, column 5: the number is beyond the range of a double; give a finite one",
        );
        check(
            "a=[1, 2",
            "the value is refused: line 1, column 5: `[2]`: not valid JSON: EOF while parsing a list",
        );
    }
}
