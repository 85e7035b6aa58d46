//! Comma-separated values with a header (RFC 4180).

use memchr::memchr_iter;

use super::Intake;
use super::draft::{Bad, Cell, Draft, Layout, Named};
use super::lines::Lines;
use crate::{SourceError, shorten};

/// Reads all rows into the intake.
pub(super) fn read(
    lines: &mut Lines<'_, '_>,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), SourceError> {
    let mut fields = Fields::default();
    let header = loop {
        let Some(record) = lines.next(true)? else {
            let problem = "it is empty; its first line names the columns".to_owned();
            return Err(SourceError::unusable(name, problem));
        };
        if !record.bytes.is_empty() {
            let text = utf8(record.bytes).map_err(|bad| intake.error(record.line, &bad))?;
            let cut = fields.cut(text, record.quoted);
            break cut
                .and_then(|()| header(text, &fields, &intake.layout))
                .map_err(|bad| intake.error(record.line, &bad))?;
        }
    };
    let width = fields.ends.len();
    while let Some(record) = lines.next(true)? {
        if record.bytes.is_empty() {
            continue;
        }
        let taken = intake.row(record.line, |intake, place| {
            let text = utf8(record.bytes)?;
            fields.cut(text, record.quoted)?;
            if fields.ends.len() != width {
                return Err(Bad::whole(format!(
                    "it has {} fields and the header {width}",
                    fields.ends.len()
                )));
            }
            let mut draft = Draft::new(&mut intake.space, intake.layout.columns);
            for (at, named) in &header {
                let cell = Cell::Text(fields.get(text, *at).into());
                draft.set(&mut intake.space, &intake.layout, *named, cell)?;
            }
            draft.push(&intake.space, &intake.layout, place, intake.fold)
        });
        taken?;
    }
    Ok(())
}

/// What the column of this name says at a line, for messages about rows that were read before.
pub(super) fn cell_at(lines: &mut Lines<'_, '_>, column: &str, line: u64) -> Option<String> {
    let mut fields = Fields::default();
    let mut place = None;
    while let Some(record) = lines.next(true).ok()? {
        let is_header = place.is_none() && !record.bytes.is_empty();
        if !(is_header || record.line == line) {
            continue;
        }
        let text = utf8(record.bytes).ok()?;
        fields.cut(text, record.quoted).ok()?;
        if let Some(at) = place {
            return Some(fields.get(text, at).to_owned());
        }
        place = (0..fields.ends.len()).find(|at| fields.get(text, *at).trim() == column);
        place?;
    }
    None
}

/// Which field is which column.
fn header<'a>(
    text: &str,
    fields: &Fields,
    layout: &Layout<'a>,
) -> Result<Vec<(usize, Named<'a>)>, Bad> {
    let names: Vec<&str> = (0..fields.ends.len()).map(|at| fields.get(text, at).trim()).collect();
    let mut problems = layout.problems(&names);
    if let ([only], false) = (names.as_slice(), problems.is_empty())
        && let Some(mark) = [';', '\t', '|'].into_iter().find(|mark| only.contains(*mark))
    {
        let mark = mark.escape_default();
        problems = vec![format!("its columns are separated by `{mark}`; separate them by commas")];
    }
    if !problems.is_empty() {
        return Err(Bad::whole(problems.join("; ")));
    }
    let places = layout
        .names()
        .into_iter()
        .filter_map(|named| names.iter().position(|name| *name == named.0).map(|at| (at, named)));
    Ok(places.collect())
}

fn utf8(bytes: &[u8]) -> Result<&str, Bad> {
    std::str::from_utf8(bytes).map_err(|error| {
        Bad::whole(format!("byte {} is not UTF-8; save it as UTF-8", error.valid_up_to() + 1))
    })
}

/// Where the fields of a record are.
#[derive(Debug, Default)]
struct Fields {
    /// Where each ends; it starts one byte after the end before.
    ends: Vec<usize>,
    /// Whether the record had no quotes.
    is_plain: bool,
    /// The record without its quotes, where it had some.
    plain: String,
}

impl Fields {
    /// Finds the fields of a record.
    fn cut(&mut self, text: &str, quoted: bool) -> Result<(), Bad> {
        self.ends.clear();
        self.is_plain = !quoted;
        if quoted {
            return self.unquote(text);
        }
        self.ends.extend(memchr_iter(b',', text.as_bytes()));
        self.ends.push(text.len());
        Ok(())
    }

    /// Copies the fields without their quotes.
    fn unquote(&mut self, text: &str) -> Result<(), Bad> {
        self.plain.clear();
        let mut rest = text;
        loop {
            let after = if let Some(quoted) = rest.strip_prefix('"') {
                self.quoted(quoted)?
            } else {
                let end = rest.find(',').unwrap_or(rest.len());
                let (field, after) = rest.split_at_checked(end).unwrap_or_default();
                if field.contains('"') {
                    let problem = "a quote within a field; put the field in quotes and double \
                                       the quote";
                    return Err(Bad { value: Some(shorten(field)), ..Bad::whole(problem) });
                }
                self.plain.push_str(field);
                after
            };
            self.ends.push(self.plain.len());
            // The gap of one byte where the comma was, as in a record without quotes.
            self.plain.push(',');
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None => return Ok(()),
            }
        }
    }

    /// Copies one field after its opening quote; what follows its closing one is returned.
    fn quoted<'t>(&mut self, text: &'t str) -> Result<&'t str, Bad> {
        let mut rest = text;
        loop {
            let Some((piece, after)) = rest.split_once('"') else {
                return Err(Bad::whole("a quote that opens here is never closed"));
            };
            self.plain.push_str(piece);
            match after.strip_prefix('"') {
                Some(more) => {
                    self.plain.push('"');
                    rest = more;
                }
                None if after.is_empty() || after.starts_with(',') => return Ok(after),
                None => {
                    let problem = "text after a closing quote; double a quote within a field";
                    return Err(Bad { value: Some(shorten(after)), ..Bad::whole(problem) });
                }
            }
        }
    }

    /// A field of the record that was cut last; nothing beyond its fields.
    fn get<'t>(&'t self, text: &'t str, at: usize) -> &'t str {
        let text = if self.is_plain { text } else { &self.plain };
        let start = match at.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).map_or(text.len(), |end| end + 1),
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        text.get(start..end).unwrap_or_default()
    }
}
