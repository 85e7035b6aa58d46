//! What an evaluation gave, written as JSON.

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Value;

use super::{Budget, anyhow_of};

/// A JSON document as the text that an evaluation gave, number by number.
///
/// The engine computes with integers of any size, which a [`Value`] rounds beyond 64 bits; here
/// they keep their digits. Keys are in the order of their values, without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The document, its numbers rounded to 64 bits where they have more.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // What the writer wrote is JSON.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// The text on several lines, each level of nesting two spaces further in.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        pretty(&self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// JSON text without spaces, laid out on lines; numbers keep their digits.
#[must_use]
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut letters = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(letter) = letters.next() {
        if in_text {
            out.push(letter);
            in_text = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '{' | '[' => {
                out.push(letter);
                if let Some(close) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_text = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}

/// Bits of a number that is written out; what is longer takes the square of its length.
const MAX_BITS: u64 = 1 << 16;

impl Budget {
    /// A value of the engine as JSON text. Sets become arrays, keys that are not text become their
    /// JSON text, as in OPA.
    pub(super) fn json(&mut self, value: &regorus::Value) -> anyhow::Result<Json> {
        let mut text = String::new();
        self.append(value, &mut text)?;
        Ok(Json(text))
    }

    fn append(&mut self, value: &regorus::Value, out: &mut String) -> anyhow::Result<()> {
        self.enter()?;
        match value {
            regorus::Value::Null => out.push_str("null"),
            regorus::Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            regorus::Value::String(text) => self.quoted(text, out)?,
            regorus::Value::Array(items) => self.listed(items.iter(), out)?,
            regorus::Value::Set(items) => self.listed(items.iter_sorted(), out)?,
            regorus::Value::Object(fields) => {
                out.push('{');
                for (at, (key, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    match key {
                        regorus::Value::String(text) => self.quoted(text, out)?,
                        other => {
                            let mut text = String::new();
                            self.append(other, &mut text)?;
                            self.quoted(&text, out)?;
                        }
                    }
                    out.push(':');
                    self.append(value, out)?;
                }
                out.push('}');
            }
            regorus::Value::Number(number) => {
                let text = match (number.as_i64(), number.as_u64(), number.as_f64()) {
                    (Some(integer), _, _) => integer.to_string(),
                    (None, Some(integer), _) => integer.to_string(),
                    (None, None, double) => {
                        if number.to_big().is_ok_and(|big| big.bits() > MAX_BITS) {
                            return Err(anyhow_of(super::ANSWER_TOO_LARGE.to_owned()));
                        }
                        let digits = number.format_decimal();
                        match double.filter(|double| double.to_string() == digits) {
                            None if number.is_integer() => digits,
                            double => serde_json::Number::from_f64(double.unwrap_or(f64::NAN))
                                .ok_or_else(|| anyhow_of(NOT_FINITE.to_owned()))?
                                .to_string(),
                        }
                    }
                };
                self.spend(text.len())?;
                out.push_str(&text);
            }
            regorus::Value::Undefined => return Err(anyhow_of(UNDEFINED.to_owned())),
        }
        self.leave();
        Ok(())
    }

    fn listed<'v>(
        &mut self,
        items: impl Iterator<Item = &'v regorus::Value>,
        out: &mut String,
    ) -> anyhow::Result<()> {
        out.push('[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                out.push(',');
            }
            self.append(item, out)?;
        }
        out.push(']');
        Ok(())
    }

    fn quoted(&mut self, text: &str, out: &mut String) -> anyhow::Result<()> {
        self.spend(text.len())?;
        out.push_str(&serde_json::to_string(text)?);
        Ok(())
    }
}

pub(super) const NOT_FINITE: &str =
    "a number of the answer is beyond a double; keep the numbers below 1.8e308";
pub(super) const UNDEFINED: &str = "a part of the answer is undefined; give it a default";
