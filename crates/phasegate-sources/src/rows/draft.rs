//! Cells of a log on their way into a row.

use std::borrow::Cow;

use phasegate_core::Timestamp;
use phasegate_core::observations::{RawLog, SourceRole};
use phasegate_core::rows::{Columns, Place, Row, RowError, RowFold, ValueKind};

use super::number::{Parsed, flag, number};
use crate::shorten;

/// How many columns of clusters a plan may have.
pub(super) const MAX_CLUSTERS: usize = 8;

/// What a column of a file is to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Arm,
    Time,
    Phase,
    Key,
    Mirrored,
    Value(usize, ValueKind),
    Cluster(usize),
}

/// What one file has of the plan's columns, and what is said about all its rows.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) columns: &'a Columns,
    pub(super) given: &'a RawLog,
    /// Columns that a file may lack: their metrics are given summed up.
    pub(super) optional: &'a [String],
}

/// One name that a file may have, and what it is.
pub(super) type Named<'a> = (&'a str, Slot);

impl<'a> Layout<'a> {
    /// The names that the plan reads.
    pub(super) fn names(&self) -> Vec<Named<'a>> {
        let columns = self.columns;
        let mut names =
            vec![(columns.arm.as_str(), Slot::Arm), (columns.time.as_str(), Slot::Time)];
        names.extend(columns.phase.as_deref().map(|name| (name, Slot::Phase)));
        names.extend(columns.key.as_deref().map(|name| (name, Slot::Key)));
        names.extend(columns.mirrored.as_deref().map(|name| (name, Slot::Mirrored)));
        let values = columns.values.iter().enumerate();
        names.extend(
            values.map(|(at, column)| (column.name.as_str(), Slot::Value(at, column.kind))),
        );
        let clusters = columns.clusters.iter().enumerate();
        names.extend(clusters.map(|(at, name)| (name.as_str(), Slot::Cluster(at))));
        names
    }

    /// Whether a file without this column can be read.
    pub(super) fn may_lack(&self, name: &str, slot: Slot) -> bool {
        let pairs = || self.columns.pairs(self.given.phase.as_deref());
        match slot {
            Slot::Arm => self.given.arm.is_some(),
            Slot::Phase => self.given.phase.is_some(),
            Slot::Time => false,
            Slot::Key => !pairs(),
            // The candidate's rows need not say it.
            Slot::Mirrored => !pairs() || self.given.arm == Some(SourceRole::Candidate),
            Slot::Value(..) => self.optional.iter().any(|optional| optional == name),
            Slot::Cluster(_) => pairs() && self.given.arm == Some(SourceRole::Candidate),
        }
    }

    /// What is wrong with the columns of a file, each with what to do.
    pub(super) fn problems(&self, header: &[&str]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut told: Vec<&str> = Vec::new();
        for (name, slot) in self.names() {
            let count = header.iter().filter(|column| **column == name).count();
            if told.contains(&name) {
                continue;
            }
            if count > 1 {
                problems.push(format!("column `{name}` is there twice; rename one"));
                told.push(name);
            }
            if count == 0 && !self.may_lack(name, slot) {
                let hint = nearest(name, header)
                    .map_or_else(String::new, |near| format!("; is it `{}`?", shorten(near)));
                problems.push(format!("there is no column `{name}`{hint}"));
                told.push(name);
            }
            let said = match slot {
                Slot::Arm if self.given.arm.is_some() => Some("arm"),
                Slot::Phase if self.given.phase.is_some() => Some("phase"),
                _ => None,
            };
            if let Some(field) = said
                && count > 0
            {
                problems.push(format!(
                    "column `{name}` says it for each row; drop the log's `{field}`"
                ));
            }
        }
        problems
    }
}

/// The name that is most like another, if one is.
fn nearest<'h>(name: &str, header: &[&'h str]) -> Option<&'h str> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|letter| letter.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .take(80)
            .collect()
    };
    let wanted = plain(name);
    let close = (wanted.chars().count() / 3).max(1);
    header
        .iter()
        .map(|column| (strsim::damerau_levenshtein(&wanted, &plain(column)), *column))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= close)
        .map(|(_, column)| column)
}

/// A cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) column: Option<String>,
    pub(super) value: Option<String>,
    pub(super) problem: String,
}

impl Bad {
    pub(super) fn cell(column: &str, value: &str, problem: &str) -> Self {
        Self {
            column: Some(column.to_owned()),
            value: Some(shorten(value)),
            problem: problem.to_owned(),
        }
    }

    pub(super) fn whole(problem: impl Into<String>) -> Self {
        Self { column: None, value: None, problem: problem.into() }
    }
}

impl From<RowError> for Bad {
    fn from(error: RowError) -> Self {
        Self::whole(error.to_string())
    }
}

/// A row while its cells come in.
#[derive(Debug)]
pub(super) struct Draft<'r> {
    arm: Option<SourceRole>,
    time: Option<Timestamp>,
    phase: Option<Cow<'r, str>>,
    key: Option<Cow<'r, str>>,
    mirrored: Option<bool>,
    clusters: [Option<Cow<'r, str>>; MAX_CLUSTERS],
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'r> {
    /// A text, which may be that of a number or a flag; nothing when empty.
    Text(Cow<'r, str>),
    Number(f64),
    Flag(bool),
    /// A moment, whatever unit the plan says.
    #[cfg(feature = "parquet")]
    Moment(Timestamp),
    Missing,
    /// A list or an object.
    Nested,
}

/// What of a row outlives it: space that the next row uses again.
#[derive(Debug, Default)]
pub(super) struct Space {
    pub(super) values: Vec<Option<f64>>,
    /// How many values were not numbers.
    pub(super) not_numbers: u64,
}

impl<'r> Draft<'r> {
    pub(super) fn new(space: &mut Space, columns: &Columns) -> Self {
        space.values.clear();
        space.values.resize(columns.values.len(), None);
        Self {
            arm: None,
            time: None,
            phase: None,
            key: None,
            mirrored: None,
            clusters: [const { None }; MAX_CLUSTERS],
        }
    }

    /// Puts a cell where it belongs.
    pub(super) fn set(
        &mut self,
        space: &mut Space,
        layout: &Layout<'_>,
        (name, slot): Named<'_>,
        cell: Cell<'r>,
    ) -> Result<(), Bad> {
        match slot {
            Slot::Value(at, kind) => {
                let value = value(name, kind, &cell, space)?;
                if let Some(place) = space.values.get_mut(at) {
                    *place = value;
                }
            }
            Slot::Mirrored => {
                let value = value(name, ValueKind::Flag, &cell, space)?;
                self.mirrored = value.map(|flag| flag > 0.0);
            }
            Slot::Time => self.time = time(name, layout.columns, &cell)?,
            Slot::Arm => {
                let Some(text) = text(name, cell)? else { return Ok(()) };
                let columns = layout.columns;
                let arm = columns.arm_of(&text).ok_or_else(|| {
                    let problem = format!("give `{}` or `{}`", columns.candidate, columns.baseline);
                    Bad::cell(name, &text, &problem)
                })?;
                self.arm = Some(arm);
            }
            Slot::Phase => self.phase = text(name, cell)?,
            Slot::Key => self.key = text(name, cell)?,
            Slot::Cluster(at) => {
                if let Some(place) = self.clusters.get_mut(at) {
                    *place = text(name, cell)?;
                }
            }
        }
        Ok(())
    }

    /// Gives the row to the fold.
    pub(super) fn push(
        &self,
        space: &Space,
        layout: &Layout<'_>,
        place: Place,
        fold: &mut RowFold,
    ) -> Result<(), Bad> {
        let absent = |name: &str| Bad::whole(format!("`{name}` is missing; every row has it"));
        let columns = layout.columns;
        let arm = layout.given.arm.or(self.arm).ok_or_else(|| absent(&columns.arm))?;
        let time = self.time.ok_or_else(|| absent(&columns.time))?;
        let mut clusters = [None; MAX_CLUSTERS];
        for (name, cluster) in clusters.iter_mut().zip(&self.clusters) {
            *name = cluster.as_deref();
        }
        fold.push(&Row {
            arm,
            phase: layout.given.phase.as_deref().or(self.phase.as_deref()),
            time,
            key: self.key.as_deref(),
            mirrored: self.mirrored,
            values: &space.values,
            clusters: clusters.get(..columns.clusters.len()).unwrap_or_default(),
            place,
        })
        .map_err(Bad::from)
    }
}

fn value(
    name: &str,
    kind: ValueKind,
    cell: &Cell<'_>,
    space: &mut Space,
) -> Result<Option<f64>, Bad> {
    let flags = matches!(kind, ValueKind::Flag | ValueKind::Count);
    let parsed = match cell {
        Cell::Text(text) if flags => flag(text),
        Cell::Text(text) => number(text),
        Cell::Number(number) => Parsed::Number(*number),
        Cell::Flag(flag) if flags => Parsed::Number(f64::from(u8::from(*flag))),
        Cell::Missing => Parsed::Missing,
        Cell::Flag(_) | Cell::Nested => Parsed::Other,
        #[cfg(feature = "parquet")]
        Cell::Moment(_) => Parsed::Other,
    };
    match parsed {
        Parsed::Number(value) if kind.allows(value) => Ok(Some(value)),
        Parsed::Missing => Ok(None),
        Parsed::NotANumber => {
            space.not_numbers += 1;
            Ok(None)
        }
        Parsed::Number(_) | Parsed::Other => Err(Bad::cell(name, &show(cell), kind.describe())),
    }
}

fn time(name: &str, columns: &Columns, cell: &Cell<'_>) -> Result<Option<Timestamp>, Bad> {
    let read = |text: &str| {
        columns.time_of(text).map(Some).map_err(|problem| Bad::cell(name, text, problem))
    };
    match cell {
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => read(text),
        Cell::Number(number) => read(&number.to_string()),
        Cell::Missing => Ok(None),
        #[cfg(feature = "parquet")]
        Cell::Moment(moment) => Ok(Some(*moment)),
        Cell::Flag(_) | Cell::Nested => {
            Err(Bad::cell(name, &show(cell), "give a time as the plan's `log.time_unit` says"))
        }
    }
}

fn text<'r>(name: &str, cell: Cell<'r>) -> Result<Option<Cow<'r, str>>, Bad> {
    match cell {
        Cell::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        // A whole number is a name that its writer did not quote.
        Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Ok(Some(Cow::Owned(number.to_string())))
        }
        Cell::Missing => Ok(None),
        cell => Err(Bad::cell(name, &show(&cell), "give a text")),
    }
}

fn show(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.clone().into_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        #[cfg(feature = "parquet")]
        Cell::Moment(moment) => moment.to_string(),
        Cell::Missing => String::new(),
        Cell::Nested => "a list or an object".to_owned(),
    }
}
