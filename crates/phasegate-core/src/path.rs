//! Paths of facts: `metrics.error_rate`, `incidents[2].severity`, `metrics["p95 latency"]`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// A place in a document. The empty path is the document itself.
///
/// ```
/// use phasegate_core::path::Path;
/// let path: Path = "incidents[2].severity".parse().unwrap();
/// assert_eq!(path.to_string(), "incidents[2].severity");
/// let quoted: Path = r#"metrics["p95 latency"]"#.parse().unwrap();
/// assert_eq!(quoted.to_string(), r#"metrics["p95 latency"]"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of an object.
    Field(String),
    /// A position in an array, from 0.
    Index(usize),
}

impl Path {
    /// The steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Goes down into a key.
    pub fn push_field(&mut self, field: impl Into<String>) {
        self.steps.push(Step::Field(field.into()));
    }

    /// Goes down into a position.
    pub fn push_index(&mut self, index: usize) {
        self.steps.push(Step::Index(index));
    }

    /// Goes up one step; at the top it stays.
    pub fn pop(&mut self) {
        self.steps.pop();
    }

    /// What stands at this path in a document.
    #[must_use]
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(document, |value, step| match step {
            Step::Field(field) => value.as_object()?.get(field),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// The place of this path in a document, made when it is not there: missing objects are
    /// created; an array may grow by one.
    ///
    /// # Errors
    /// When a step goes through something that is neither, or leaves a gap in an array.
    pub fn entry<'a>(&self, document: &'a mut Value) -> Result<&'a mut Value, PathError> {
        let mut value = document;
        for (depth, step) in self.steps.iter().enumerate() {
            let blocked = || {
                let prefix = Self { steps: self.steps.get(..depth).unwrap_or_default().to_vec() };
                PathError { text: self.to_string(), problem: Problem::Blocked(prefix.to_string()) }
            };
            if value.is_null() && matches!(step, Step::Field(_)) {
                *value = Value::Object(serde_json::Map::new());
            }
            value = match step {
                Step::Field(field) => value
                    .as_object_mut()
                    .ok_or_else(blocked)?
                    .entry(field.clone())
                    .or_insert(Value::Null),
                Step::Index(index) => {
                    let array = value.as_array_mut().ok_or_else(blocked)?;
                    if *index == array.len() {
                        array.push(Value::Null);
                    }
                    array.get_mut(*index).ok_or_else(blocked)?
                }
            };
        }
        Ok(value)
    }
}

impl<S: Into<Step>> FromIterator<S> for Path {
    fn from_iter<I: IntoIterator<Item = S>>(steps: I) -> Self {
        Self { steps: steps.into_iter().map(Into::into).collect() }
    }
}

impl From<&str> for Step {
    fn from(field: &str) -> Self {
        Self::Field(field.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Field(field) if is_identifier(field) && position == 0 => {
                    f.write_str(field)?;
                }
                Step::Field(field) if is_identifier(field) => write!(f, ".{field}")?,
                Step::Field(field) => write!(f, "[{}]", Value::from(field.as_str()))?,
            }
        }
        Ok(())
    }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A text that is not a path, or a path that does not fit its document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {problem}")]
pub struct PathError {
    text: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Syntax,
    Blocked(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str(
                "is not a path; write it like `metrics.error_rate` or `incidents[0].active`",
            ),
            Self::Blocked(prefix) => {
                write!(f, "goes through `{prefix}`, which is not an object, nor an array that long")
            }
        }
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        steps(text).map(|steps| Self { steps }).ok_or_else(|| PathError {
            text: text.chars().take(200).collect(),
            problem: Problem::Syntax,
        })
    }
}

fn steps(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    loop {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = bracket(inside)?;
            steps.push(step);
            rest = after;
        } else {
            let name = match rest.strip_prefix('.') {
                Some(name) if !steps.is_empty() => name,
                None if steps.is_empty() => rest,
                _ => return None,
            };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (field, after) = name.split_at(end);
            if field.is_empty() || field.contains([']', '"']) {
                return None;
            }
            steps.push(Step::Field(field.to_owned()));
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
    }
}

/// What stands in brackets: a quoted key with JSON escapes, or a position.
fn bracket(inside: &str) -> Option<(Step, &str)> {
    if inside.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let key = keys.next()?.ok()?;
        let after = inside.get(keys.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Field(key), after));
    }
    let (digits, after) = inside.split_once(']')?;
    Some((Step::Index(digits.parse().ok()?), after))
}
