//! One JSON object a line.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use phasegate_core::observations::SourceRole;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Intake;
use super::draft::{Bad, Cell, Draft, Layout, Named, Slot, Space};
use super::lines::Lines;
use crate::SourceError;
use crate::json::{self, Lenient};

/// Reads all rows into the intake.
pub(super) fn read(
    lines: &mut Lines<'_, '_>,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), SourceError> {
    let names = intake.layout.names();
    let mut met = vec![false; names.len()];
    let mut first: Vec<String> = Vec::new();
    let mut lenient = Lenient::default();
    while let Some(record) = lines.next(false)? {
        if record.bytes.trim_ascii().is_empty() {
            continue;
        }
        intake.row(record.line, |intake, place| {
            let text = json::utf8(record.bytes).map_err(Bad::whole)?;
            if first.is_empty() {
                first = keys(text);
            }
            let layout = &intake.layout;
            let seen = lenient.read(text, |text, not_numbers| {
                let mut draft = Draft::new(&mut intake.space, layout.columns);
                intake.space.not_numbers += not_numbers;
                let bad = RefCell::new(None);
                let object = Object {
                    names: &names,
                    layout,
                    draft: &mut draft,
                    space: &mut intake.space,
                    seen: vec![false; names.len()],
                    bad: &bad,
                };
                let mut deserializer = serde_json::Deserializer::from_str(text);
                let seen = object
                    .deserialize(&mut deserializer)
                    .and_then(|seen| deserializer.end().map(|()| seen));
                match (bad.into_inner(), seen) {
                    (Some(bad), _) => Ok(Err(bad)),
                    (None, Err(error)) => Err(error),
                    (None, Ok(seen)) => {
                        Ok(draft.push(&intake.space, layout, place, intake.fold).map(|()| seen))
                    }
                }
            });
            let hint = |problem| Bad::whole(format!("{problem}; give one object a line"));
            let seen = seen.map_err(hint)??;
            met.iter_mut().zip(seen).for_each(|(met, seen)| *met |= seen);
            Ok(())
        })?;
    }
    if intake.rows > intake.bad_rows {
        absent(&names, &met, &first, &intake.layout)
            .map_err(|problem| SourceError::unusable(name, problem))?;
    }
    Ok(())
}

/// What the key of this name says at a line, for messages about rows that were read before.
pub(super) fn cell_at(lines: &mut Lines<'_, '_>, key: &str, line: u64) -> Option<String> {
    while let Some(record) = lines.next(false).ok()? {
        if record.line == line {
            let (value, _) = json::value(json::utf8(record.bytes).ok()?).ok()?;
            return value.get(key)?.as_str().map(str::to_owned);
        }
    }
    None
}

/// A column that no row has is a name that is misspelled.
fn absent(
    names: &[Named<'_>],
    met: &[bool],
    first: &[String],
    layout: &Layout<'_>,
) -> Result<(), String> {
    // Given keys of the first row, what is missing is told as for a header; but only what no
    // other row has either.
    let known = names.iter().zip(met).filter(|(_, met)| **met).map(|((name, _), _)| *name);
    let mut header: Vec<&str> = first.iter().map(String::as_str).collect();
    header.extend(known);
    header.sort_unstable();
    header.dedup();
    let problems = layout.problems(&header);
    let problems: Vec<&str> = problems
        .iter()
        .map(String::as_str)
        .filter(|problem| problem.starts_with("there is no column"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

/// The keys of an object, for hints.
fn keys(text: &str) -> Vec<String> {
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(text);
    object.map(|object| object.into_iter().map(|(key, _)| key).collect()).unwrap_or_default()
}

/// Reads one object into a draft.
struct Object<'d, 'r, 'a> {
    names: &'d [Named<'a>],
    layout: &'d Layout<'a>,
    draft: &'d mut Draft<'r>,
    space: &'d mut Space,
    seen: Vec<bool>,
    bad: &'d RefCell<Option<Bad>>,
}

impl<'r> DeserializeSeed<'r> for Object<'_, 'r, '_> {
    type Value = Vec<bool>;

    fn deserialize<D: Deserializer<'r>>(self, deserializer: D) -> Result<Vec<bool>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'r> Visitor<'r> for Object<'_, 'r, '_> {
    type Value = Vec<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'r>>(mut self, mut map: A) -> Result<Vec<bool>, A::Error> {
        let stop = |bad: Bad| {
            *self.bad.borrow_mut() = Some(bad);
            A::Error::custom("a cell that cannot be read")
        };
        while let Some(key) = map.next_key_seed(Text)? {
            let mut cell = None;
            for (named, seen) in self.names.iter().zip(&mut self.seen) {
                if named.0 != key {
                    continue;
                }
                if *seen {
                    return Err(stop(Bad::whole(format!("`{key}` is given twice; keep one"))));
                }
                *seen = true;
                let said = match named.1 {
                    Slot::Arm => self.layout.given.arm.map(arm),
                    Slot::Phase => self.layout.given.phase.as_ref().map(|_| "phase"),
                    _ => None,
                };
                if let Some(field) = said {
                    let problem = format!("`{key}` says it for each row; drop the log's `{field}`");
                    return Err(stop(Bad::whole(problem)));
                }
                if cell.is_none() {
                    cell = Some(map.next_value_seed(Value)?);
                }
                let cell = cell.clone().unwrap_or(Cell::Missing);
                self.draft.set(self.space, self.layout, *named, cell).map_err(stop)?;
            }
            if cell.is_none() {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(self.seen)
    }
}

fn arm(_: SourceRole) -> &'static str {
    "arm"
}

/// A key, borrowed where it has no escapes.
struct Text;

impl<'r> DeserializeSeed<'r> for Text {
    type Value = Cow<'r, str>;

    fn deserialize<D: Deserializer<'r>>(self, deserializer: D) -> Result<Cow<'r, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'r> Visitor<'r> for Text {
    type Value = Cow<'r, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'r str) -> Result<Cow<'r, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'r, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A value, of which lists and objects are not looked into.
struct Value;

impl<'r> DeserializeSeed<'r> for Value {
    type Value = Cell<'r>;

    fn deserialize<D: Deserializer<'r>>(self, deserializer: D) -> Result<Cell<'r>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'r> Visitor<'r> for Value {
    type Value = Cell<'r>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'r str) -> Result<Cell<'r>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell<'r>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Cell<'r>, E> {
        Ok(Cell::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell<'r>, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell<'r>, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell<'r>, E> {
        Ok(Cell::Number(number))
    }

    fn visit_unit<E>(self) -> Result<Cell<'r>, E> {
        Ok(Cell::Missing)
    }

    fn visit_seq<A: SeqAccess<'r>>(self, mut list: A) -> Result<Cell<'r>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Nested)
    }

    fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<Cell<'r>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Nested)
    }
}
