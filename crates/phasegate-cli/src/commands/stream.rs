//! A stream of observations, JSON Lines or CSV: one after the other, in bounded memory, with the
//! line and the reason of each that cannot be used.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use phasegate::Timestamp;
use phasegate::trigger::{MAX_OBSERVATION_BYTES, Observation, SCHEMA};
use serde_json::{Map, Value};

use crate::input;
use crate::output::Problem;
use crate::watch_args::StreamFormat;

/// The columns of text; all others are numbers.
const TEXTS: [&str; 4] = ["source", "time", "phase", "slo"];
const NUMBERS: [&str; 12] = [
    "sequence",
    "cost_usd",
    "candidate.requests",
    "candidate.errors",
    "candidate.p95_latency_ms",
    "candidate.security.passed",
    "candidate.security.total",
    "baseline.requests",
    "baseline.errors",
    "baseline.p95_latency_ms",
    "baseline.security.passed",
    "baseline.security.total",
];

/// The source of rows without one.
const SOURCE: &str = "csv";

/// How many sources without numbers of their own are told apart; the triggers hear eight.
const MAX_SOURCES: usize = 64;

/// What comes next.
pub(super) enum Next {
    /// An observation, and whether its source numbers its records, so that a gap is one.
    Observation { seen: Box<Observation>, is_numbered: bool },
    /// A line that cannot be used, from 1, and why.
    Bad { line: u64, reason: String },
    /// There is no more, for now.
    End,
}

/// A stream that is being read.
pub(super) struct Stream {
    path: PathBuf,
    reader: Reader,
    format: StreamFormat,
    follows: bool,
    /// The names of the columns, once the header was read.
    header: Option<Vec<String>>,
    line: u64,
    /// The last number of each source whose records have none of their own.
    dated: BTreeMap<String, u64>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// Whether the rest of the line is passed over: it is too long.
    skips: bool,
}

enum Reader {
    File(BufReader<File>),
    Input(io::StdinLock<'static>),
}

impl Stream {
    pub(super) fn open(
        path: &Path,
        format: Option<StreamFormat>,
        follows: bool,
    ) -> Result<Self, Problem> {
        let reader = if input::is_standard_input(path) {
            Reader::Input(io::stdin().lock())
        } else {
            let file = File::open(path).map_err(|error| input::unreadable(path, &error))?;
            if file.metadata().is_ok_and(|meta| meta.is_dir()) {
                let path = path.display();
                return Err(Problem::new(format!("{path} is a folder; give a file")));
            }
            Reader::File(BufReader::new(file))
        };
        let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let by_name = if is_csv { StreamFormat::Csv } else { StreamFormat::Jsonl };
        Ok(Self {
            path: path.to_owned(),
            reader,
            format: format.unwrap_or(by_name),
            follows,
            header: None,
            line: 0,
            dated: BTreeMap::new(),
            begun: Vec::new(),
            skips: false,
        })
    }

    /// Whether more may come after the end: standard input that has ended has ended.
    pub(super) fn may_grow(&self) -> bool {
        self.follows && matches!(self.reader, Reader::File(_))
    }

    pub(super) fn next(&mut self) -> Result<Next, Problem> {
        while let Some(line) = self.whole_line()? {
            self.line += 1;
            let told = match line {
                Err(reason) => Err(reason),
                Ok(line) => {
                    let mark = "\u{feff}".as_bytes();
                    let first = self.line == 1;
                    let text = line.strip_prefix(mark).filter(|_| first).unwrap_or(&line);
                    if text.trim_ascii().is_empty() {
                        continue;
                    }
                    match self.format {
                        StreamFormat::Jsonl => one_line(text).map(|seen| (seen, true)),
                        StreamFormat::Csv if self.header.is_none() => {
                            self.header = Some(header(text).map_err(|reason| self.fault(&reason))?);
                            continue;
                        }
                        StreamFormat::Csv => {
                            let header = self.header.as_deref().unwrap_or_default();
                            row(header, &mut self.dated, text)
                        }
                    }
                }
            };
            return Ok(match told {
                Ok((seen, is_numbered)) => Next::Observation { seen: Box::new(seen), is_numbered },
                Err(reason) => Next::Bad { line: self.line, reason },
            });
        }
        Ok(Next::End)
    }

    /// The file begins anew when it was cut, or another one has its name: its writer turned it
    /// over.
    pub(super) fn turn_over(&mut self) -> Result<bool, Problem> {
        let Reader::File(reader) = &mut self.reader else { return Ok(false) };
        let fault = |error: io::Error| input::unreadable(&self.path, &error);
        let length = reader.get_ref().metadata().map_err(fault)?.len();
        let there = reader.stream_position().map_err(fault)?;
        // Between two files of one name there may be none for a moment.
        let other = File::open(&self.path).ok().filter(|file| !is_same(file, reader.get_ref()));
        if let Some(file) = other {
            *reader = BufReader::new(file);
        } else if length < there {
            reader.seek(SeekFrom::Start(0)).map_err(fault)?;
        } else {
            return Ok(false);
        }
        self.begun.clear();
        self.skips = false;
        self.header = None;
        self.line = 0;
        Ok(true)
    }

    pub(super) fn name(&self) -> String {
        input::name(&self.path)
    }

    fn fault(&self, reason: &str) -> Problem {
        Problem::new(format!("{}: line {}: {reason}", self.name(), self.line))
    }

    /// The next line without its end, or why it is none; nothing when there is no whole one. What
    /// is last counts without a line feed too, unless more may come.
    fn whole_line(&mut self) -> Result<Option<Result<Vec<u8>, String>>, Problem> {
        loop {
            let room = (MAX_OBSERVATION_BYTES + 2).saturating_sub(self.begun.len());
            let before = self.begun.len();
            let read = match &mut self.reader {
                Reader::File(reader) => {
                    reader.by_ref().take(room as u64).read_until(b'\n', &mut self.begun)
                }
                Reader::Input(reader) => {
                    reader.by_ref().take(room as u64).read_until(b'\n', &mut self.begun)
                }
            };
            read.map_err(|error| input::unreadable(&self.path, &error))?;
            let ends = self.begun.ends_with(b"\n");
            let came = self.begun.len() > before;
            if !ends && self.begun.len() >= MAX_OBSERVATION_BYTES + 2 {
                self.begun.clear();
                self.skips = true;
                continue;
            }
            let is_last = !ends && !came && !self.may_grow();
            if !ends && !is_last {
                if came {
                    continue;
                }
                return Ok(None);
            }
            if is_last && self.begun.is_empty() && !self.skips {
                return Ok(None);
            }
            let line = std::mem::take(&mut self.begun);
            if std::mem::take(&mut self.skips) {
                let limit = MAX_OBSERVATION_BYTES;
                return Ok(Some(Err(format!("it has more than the limit of {limit} bytes"))));
            }
            return Ok(Some(Ok(line)));
        }
    }
}

/// Whether two handles are of one file.
#[cfg(unix)]
fn is_same(one: &File, other: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |file: &File| file.metadata().map(|meta| (meta.dev(), meta.ino())).ok();
    place(one) == place(other)
}

/// Elsewhere a file is told from another by being cut alone.
#[cfg(not(unix))]
fn is_same(_: &File, _: &File) -> bool {
    true
}

fn one_line(text: &[u8]) -> Result<Observation, String> {
    Observation::from_line(text.trim_ascii()).map_err(|error| error.to_string())
}

/// The fields of one line of CSV.
fn fields(text: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .buffer_capacity(1024)
        .from_reader(text);
    match reader.records().next() {
        Some(Ok(record)) => Ok(record.iter().map(str::to_owned).collect()),
        Some(Err(_)) => Err("it is not UTF-8".to_owned()),
        None => Ok(Vec::new()),
    }
}

fn header(text: &[u8]) -> Result<Vec<String>, String> {
    let names = fields(text)?;
    for (index, name) in names.iter().enumerate() {
        if !TEXTS.contains(&name.as_str()) && !NUMBERS.contains(&name.as_str()) {
            let known: Vec<&str> = TEXTS.into_iter().chain(NUMBERS).collect();
            return Err(format!(
                "the column `{name}` is none of observations; rename or drop it; they have {}",
                known.join(", ")
            ));
        }
        if names.iter().take(index).any(|other| other == name) {
            return Err(format!("the column `{name}` is there twice; drop one"));
        }
    }
    if !names.iter().any(|name| name == "time") {
        return Err("there is no column `time`; the first line names the columns".to_owned());
    }
    Ok(names)
}

/// A row as the object that JSON Lines would have, and whether it has a number; an empty field is
/// an absent one.
fn row(
    header: &[String],
    dated: &mut BTreeMap<String, u64>,
    text: &[u8],
) -> Result<(Observation, bool), String> {
    let fields = fields(text)?;
    if fields.len() != header.len() {
        return Err(format!(
            "it has {} fields, and the header {} columns",
            fields.len(),
            header.len()
        ));
    }
    let mut record = Map::new();
    record.insert("schema".to_owned(), SCHEMA.into());
    record.insert("source".to_owned(), SOURCE.into());
    for (name, field) in header.iter().zip(fields).filter(|(_, field)| !field.is_empty()) {
        let value = if TEXTS.contains(&name.as_str()) {
            Value::from(field)
        } else {
            number(&field).ok_or_else(|| format!("`{name}`: `{field}` is not a number"))?
        };
        put(&mut record, name, value);
    }
    let is_numbered = record.contains_key("sequence");
    if !is_numbered {
        let number = number_of(&record, dated);
        record.insert("sequence".to_owned(), number.into());
    }
    let seen = Observation::from_value(&Value::Object(record));
    seen.map(|seen| (seen, is_numbered)).map_err(|error| error.to_string())
}

/// The number of a record that has none: its time in microseconds, above the one before. So the
/// same rows have the same numbers when they come again, and those of a later file higher ones.
fn number_of(record: &Map<String, Value>, dated: &mut BTreeMap<String, u64>) -> u64 {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let time: Option<Timestamp> = text("time").parse().ok();
    let micros = time.and_then(|time| u64::try_from(time.unix_nanos() / 1000).ok()).unwrap_or(0);
    let source = text("source");
    let number = dated.get(source).map_or(micros, |last| micros.max(last.saturating_add(1)));
    if dated.len() < MAX_SOURCES || dated.contains_key(source) {
        dated.insert(source.to_owned(), number);
    }
    number
}

fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, not negative and below 2^53"
    )]
    if number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number) {
        return Some((number as u64).into());
    }
    Some(number.into())
}

fn put(record: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            record.insert(name.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = record.entry(section).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(section) = section {
                put(section, rest, value);
            }
        }
    }
}
