//! Request logs: files of rows, read in one pass with memory that does not grow with them.
//!
//! | format | a row is | its columns |
//! |---|---|---|
//! | CSV | a record after the header | named by the header |
//! | JSON Lines | an object | its keys; a missing key is a missing value |
//! | Parquet, with the feature `parquet` | a row | named by the schema |
//!
//! All may be compressed with gzip or Zstandard, which their first bytes say. A file is UTF-8;
//! an empty cell, `null`, and what is not a number (`NaN`, `Infinity`) are missing values, the
//! last ones counted. Flags are `true`, `false`, 1 or 0. Other columns are ignored.

mod csv;
mod draft;
mod jsonl;
mod lines;
mod number;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::Read;
use std::path::Path;

use phasegate_core::observations::{RawLog, RowFormat, Source};
use phasegate_core::plan::Plan;
use phasegate_core::rows::{Columns, Place, RowFold};

pub use lines::MAX_LINE_BYTES;

use crate::SourceError;
use crate::stream::{STANDARD_INPUT, Stream, Watch};
use draft::{Bad, Layout, MAX_CLUSTERS, Space};
use lines::Lines;

/// One log to read, and how.
#[derive(Debug)]
pub(crate) struct LogRequest<'a> {
    /// What the observations say about it.
    pub(crate) log: &'a RawLog,
    /// Where it is; standard input when there is none.
    pub(crate) path: Option<&'a Path>,
    /// Its number, for the places of rows.
    pub(crate) number: u32,
    pub(crate) columns: &'a Columns,
    /// Columns that it may lack.
    pub(crate) optional: &'a [String],
    /// How many bad rows are passed over.
    pub(crate) max_bad_rows: u64,
}

/// Reads a log from anywhere into a fold of the same plan; the path of `log` names it in messages
/// and says its format, `number` is that of the source in the places of rows.
///
/// # Errors
/// `unusable` for the log as a whole, `row` for the first bad row.
pub fn from_reader(
    log: &RawLog,
    reader: impl Read,
    number: u32,
    plan: &Plan,
    fold: &mut RowFold,
) -> Result<Source, SourceError> {
    let columns = Columns::of(plan);
    let request =
        LogRequest { log, path: None, number, columns: &columns, optional: &[], max_bad_rows: 0 };
    let stream = Stream::of(&log.path, Box::new(reader), None, log.compression, None)?;
    read_stream(&request, stream, fold)
}

/// Reads a log from a file, or from standard input, into a fold.
pub(crate) fn read<'a>(
    request: &'a LogRequest<'a>,
    fold: &mut RowFold,
    watch: Option<Watch<'a>>,
) -> Result<Source, SourceError> {
    let log = request.log;
    read_stream(request, Stream::open(&log.path, request.path, log.compression, watch)?, fold)
}

fn read_stream(
    request: &LogRequest<'_>,
    stream: Stream<'_>,
    fold: &mut RowFold,
) -> Result<Source, SourceError> {
    let log = request.log;
    let name = log.path.as_str();
    let format = log.format.map_or_else(|| by_name(name), Ok);
    let format = format.map_err(|problem| SourceError::unusable(name, problem))?;
    if request.columns.clusters.len() > MAX_CLUSTERS {
        let problem = format!("the plan reads more than {MAX_CLUSTERS} columns of clusters");
        return Err(SourceError::unusable(name, problem));
    }
    let layout = Layout { columns: request.columns, given: log, optional: request.optional };
    let mut intake = Intake {
        name,
        layout,
        fold,
        number: request.number,
        space: Space::default(),
        rows: 0,
        bad_rows: 0,
        max_bad_rows: request.max_bad_rows,
    };
    let digest = match format {
        RowFormat::Csv => {
            let mut lines = Lines::new(name, stream)?;
            csv::read(&mut lines, name, &mut intake)?;
            lines.finish().finish()?
        }
        RowFormat::Jsonl => {
            let mut lines = Lines::new(name, stream)?;
            jsonl::read(&mut lines, name, &mut intake)?;
            lines.finish().finish()?
        }
        #[cfg(feature = "parquet")]
        RowFormat::Parquet => parquet::read(stream, name, &mut intake)?,
        _ => {
            let problem = "this command was built without the feature `parquet`; build it with \
                           that, or write CSV or JSON Lines";
            return Err(SourceError::unusable(name, problem.to_owned()));
        }
    };
    Ok(Source {
        path: name.to_owned(),
        format: match format {
            RowFormat::Csv => "csv",
            RowFormat::Jsonl => "jsonl",
            _ => "parquet",
        }
        .to_owned(),
        rows: intake.rows,
        bad_rows: intake.bad_rows,
        not_numbers: intake.space.not_numbers,
        digest,
    })
}

/// The key of a row that was read before, for messages; the file is read again.
pub(crate) fn key_at(log: &RawLog, path: &Path, key: &str, line: u64) -> Option<String> {
    let name = log.path.as_str();
    let format = log.format.map_or_else(|| by_name(name), Ok).ok()?;
    let stream = Stream::open(name, Some(path), log.compression, None).ok()?;
    match format {
        RowFormat::Csv => csv::cell_at(&mut Lines::new(name, stream).ok()?, key, line),
        RowFormat::Jsonl => jsonl::cell_at(&mut Lines::new(name, stream).ok()?, key, line),
        #[cfg(feature = "parquet")]
        RowFormat::Parquet => parquet::cell_at(stream, key, line),
        _ => None,
    }
}

/// The format that a name ends with.
fn by_name(name: &str) -> Result<RowFormat, String> {
    if name == STANDARD_INPUT {
        return Err("say its `format`: `csv` or `jsonl`".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    let plain = [".gz", ".zst", ".zstd"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .unwrap_or(&lower);
    [
        (".csv", RowFormat::Csv),
        (".jsonl", RowFormat::Jsonl),
        (".ndjson", RowFormat::Jsonl),
        (".parquet", RowFormat::Parquet),
    ]
    .into_iter()
    .find(|(ending, _)| plain.ends_with(ending))
    .map(|(_, format)| format)
    .ok_or_else(|| "its name does not say its format; give `format: csv` or `jsonl`".to_owned())
}

/// Takes rows, and passes over as many bad ones as allowed.
struct Intake<'a> {
    name: &'a str,
    layout: Layout<'a>,
    fold: &'a mut RowFold,
    number: u32,
    space: Space,
    rows: u64,
    bad_rows: u64,
    max_bad_rows: u64,
}

impl Intake<'_> {
    /// Takes the row at a line.
    fn row(
        &mut self,
        line: u64,
        take: impl FnOnce(&mut Self, Place) -> Result<(), Bad>,
    ) -> Result<(), SourceError> {
        self.rows += 1;
        let not_numbers = self.space.not_numbers;
        let place = Place { source: self.number, row: line };
        let Err(bad) = take(self, place) else { return Ok(()) };
        // What a row that does not count had is not counted.
        self.space.not_numbers = not_numbers;
        if self.bad_rows >= self.max_bad_rows {
            return Err(self.error(line, &bad));
        }
        self.bad_rows += 1;
        Ok(())
    }

    #[cold]
    fn error(&self, line: u64, bad: &Bad) -> SourceError {
        let mut problem = bad.problem.clone();
        if self.bad_rows > 0 {
            problem = format!("{problem} ({} bad rows before it were passed over)", self.bad_rows);
        }
        SourceError::Row {
            path: self.name.into(),
            line,
            column: bad.column.clone(),
            value: bad.value.clone(),
            problem,
        }
    }
}
