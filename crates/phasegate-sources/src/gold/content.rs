//! What a file of results holds: an archive, a document, or lines of objects.

use serde_json::{Map, Value};

use super::Problem;
use crate::json;

/// The first bytes of a zip archive (APPNOTE, section 4.3.7).
const ZIP: &[u8] = b"PK\x03\x04";

/// How many lines results may have.
const MAX_LINES: usize = 1_000_000;

/// The content of a file.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) shape: Shape,
    /// How many values were not numbers.
    pub(super) not_numbers: u64,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// A zip archive.
    Archive(Vec<u8>),
    /// One document.
    Whole(Value),
    /// Objects, each with its line.
    Lines(Vec<(u64, Map<String, Value>)>),
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.starts_with(ZIP) {
            return Ok(Self { shape: Shape::Archive(bytes.to_vec()), not_numbers: 0 });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = json::utf8(bytes)?;
        if text.trim().is_empty() {
            return Err("it is empty".to_owned().into());
        }
        // A first line that is an object and is not all: lines of objects. One object alone may
        // be either, and the formats know.
        let (first, rest) = text.trim_start().split_once('\n').unwrap_or((text, ""));
        let is_lines =
            !rest.trim().is_empty() && json::value(first).is_ok_and(|(value, _)| value.is_object());
        if !is_lines {
            let (value, not_numbers) = json::value(text)?;
            return Ok(Self { shape: Shape::Whole(value), not_numbers });
        }
        let mut lines = Vec::new();
        let mut not_numbers = 0;
        for (line, number) in text.lines().zip(1_u64..) {
            if line.trim().is_empty() {
                continue;
            }
            if lines.len() == MAX_LINES {
                return Err(format!("it has more than {MAX_LINES} lines").into());
            }
            let (value, count) = json::value(line).map_err(Problem::at(number))?;
            not_numbers += count;
            match value {
                Value::Object(object) => lines.push((number, object)),
                _ => return Err(Problem::at(number)("give one object a line".to_owned())),
            }
        }
        Ok(Self { shape: Shape::Lines(lines), not_numbers })
    }

    /// The document, if it is one object.
    pub(super) fn document(&self) -> Option<&Map<String, Value>> {
        match &self.shape {
            Shape::Whole(Value::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// The objects, line by line; one alone is a line too, and so are those of a list.
    pub(super) fn rows(&self) -> Vec<(u64, &Map<String, Value>)> {
        match &self.shape {
            Shape::Lines(lines) => lines.iter().map(|(line, object)| (*line, object)).collect(),
            Shape::Whole(Value::Object(object)) => vec![(1, object)],
            Shape::Whole(Value::Array(items)) => {
                items.iter().filter_map(Value::as_object).map(|object| (1, object)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the first object has all of these fields.
    pub(super) fn starts_with(&self, fields: &[&str]) -> bool {
        let first = match &self.shape {
            Shape::Lines(lines) => lines.first().map(|(_, object)| object),
            Shape::Whole(Value::Object(object)) => Some(object),
            Shape::Whole(Value::Array(items)) => items.first().and_then(Value::as_object),
            _ => None,
        };
        first.is_some_and(|object| fields.iter().all(|field| object.contains_key(*field)))
    }
}
