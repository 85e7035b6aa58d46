//! `phasegate audit`: the trail of what was decided and done.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use phasegate::audit::{Entry, Head, Report, append as line_for, verify as verified};
use phasegate::document::Document as _;
use phasegate::{Decision, canonical, document};
use serde::{Deserialize as _, Serialize};

use super::observed::write_state;
use super::present;
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::output::{BAD, GOOD, Output, Problem, WAIT, paint};
use crate::text::clean;
use crate::watch_args::{Audit, AuditAppend, AuditVerb, AuditVerify};

/// How many bytes a trail may have.
const MAX_TRAIL_BYTES: usize = 1 << 30;
/// How many bytes an entry may have: a decision with all its evidence.
const MAX_ENTRY_BYTES: usize = 16 << 20;
const MAX_HEAD_BYTES: usize = 4096;

pub(crate) fn run(args: &Audit, output: &mut Output) -> Result<Exit, Problem> {
    match &args.verb {
        AuditVerb::Verify(args) => verify(args, output),
        AuditVerb::Append(args) => append(args, output),
    }
}

fn verify(args: &AuditVerify, output: &mut Output) -> Result<Exit, Problem> {
    let head = args.head.as_deref().map(read_head).transpose()?;
    let bytes = input::bytes(&args.trail, MAX_TRAIL_BYTES)?;
    let report = verified(&bytes, head.as_ref());
    tell(&args.trail, &report, args.output, output)?;
    Ok(if report.is_sound() { Exit::Ok } else { Exit::Found })
}

#[derive(Serialize)]
struct Answer<'a> {
    sound: bool,
    head: &'a Head,
    breaks: Vec<Told>,
    torn: bool,
    sound_bytes: usize,
}

#[derive(Serialize)]
struct Told {
    line: u64,
    byte: usize,
    message: String,
}

fn tell(path: &Path, report: &Report, format: Format, output: &mut Output) -> Result<(), Problem> {
    if format == Format::Json {
        let breaks = report.breaks.iter().map(|found| Told {
            line: found.line,
            byte: found.byte,
            message: found.kind.to_string(),
        });
        return output.data(&json(&Answer {
            sound: report.is_sound(),
            head: &report.head,
            breaks: breaks.collect(),
            torn: report.torn,
            sound_bytes: report.sound_bytes,
        })?);
    }
    let name = input::name(path);
    let lines = report.head.lines;
    let heading = if report.is_sound() { paint("SOUND", GOOD) } else { paint("BROKEN", BAD) };
    let mut told = vec![format!("{heading}  {name}: {lines} lines")];
    told.extend(report.breaks.iter().map(|found| format!("  {}", clean(&found.to_string()))));
    if report.torn {
        told.push(format!(
            "  {} after byte {}: the last write was cut short; it vouches for nothing, and the \
             next `audit append` cuts it off, unless its line feed alone is missing",
            paint("TORN", WAIT),
            report.sound_bytes
        ));
    }
    output.text(&told.join("\n"))
}

/// Whether a torn last line is a record once its line feed is there; then it has it.
fn ends_whole(bytes: &mut Vec<u8>, head: Option<&Head>, report: &mut Report) -> bool {
    bytes.push(b'\n');
    let whole = verified(bytes, head);
    let is_whole = whole.is_sound() && !whole.torn;
    if is_whole {
        *report = whole;
    } else {
        bytes.pop();
    }
    is_whole
}

#[derive(Serialize)]
struct Appended<'a> {
    head: &'a Head,
    torn_bytes: usize,
}

fn append(args: &AuditAppend, output: &mut Output) -> Result<Exit, Problem> {
    let entry = read_entry(&args.entry)?;
    let kept = match &args.head {
        Some(path) if path.try_exists().map_err(|error| input::unreadable(path, &error))? => {
            Some(read_head(path)?)
        }
        _ => None,
    };
    let path = &args.trail;
    let fault = |error: std::io::Error| {
        Problem::new(format!("the trail {} cannot be written: {error}", path.display()))
    };
    let mut options = OpenOptions::new();
    let mut file =
        options.read(true).write(true).create(true).truncate(false).open(path).map_err(fault)?;
    // Two writers would chain two lines to the same one. The lock goes with the file.
    file.lock().map_err(fault)?;
    let mut bytes = Vec::new();
    let most = MAX_TRAIL_BYTES as u64;
    (&mut file).take(most + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() > MAX_TRAIL_BYTES {
        return Err(Problem::new(format!(
            "{}: more than the limit of {MAX_TRAIL_BYTES} bytes; begin a new trail",
            path.display()
        )));
    }
    let mut report = verified(&bytes, kept.as_ref());
    // A last line that lacks its line feed alone was written whole: nothing of it is cut off.
    let feed: &[u8] =
        if report.torn && ends_whole(&mut bytes, kept.as_ref(), &mut report) { b"\n" } else { b"" };
    if !report.is_sound() {
        tell(path, &report, args.output, output)?;
        output.note("nothing was appended: a broken trail vouches for nothing; begin a new one");
        return Ok(Exit::Found);
    }
    let time = args.time.unwrap_or_else(present);
    let (line, head) = line_for(&report.head, time, entry).map_err(|error| Problem::of(&error))?;
    let torn_bytes = bytes.len() - report.sound_bytes;
    let end = (report.sound_bytes - feed.len()) as u64;
    let mut written = || -> std::io::Result<()> {
        if torn_bytes > 0 {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end))?;
        file.write_all(&[feed, &line].concat())?;
        file.sync_all()?;
        // The name of a new trail is durable once its folder is.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if bytes.is_empty() {
            File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
        }
        Ok(())
    };
    written().map_err(fault)?;
    if torn_bytes > 0 {
        output.note(&format!(
            "a torn last line of {torn_bytes} bytes was cut off {}: its write was cut short",
            path.display()
        ));
    }
    if let Some(path) = &args.head {
        write_state(path, &head)?;
    }
    match args.output {
        Format::Text => {
            let digest = head.last.map_or_else(String::new, |last| format!(", {last}"));
            output.text(&format!("line {} of {}{digest}", head.lines, path.display()))?;
        }
        Format::Json => output.data(&json(&Appended { head: &head, torn_bytes })?)?,
    }
    Ok(Exit::Ok)
}

fn json(answer: &impl Serialize) -> Result<Vec<u8>, Problem> {
    canonical::to_bytes(answer).map_err(|error| Problem::of(&error))
}

fn read_head(path: &Path) -> Result<Head, Problem> {
    let value = input::document(path, MAX_HEAD_BYTES)?;
    Head::deserialize(&value).map_err(|error| {
        Problem::new(format!("{} is not the head of a trail: {error}", input::name(path)))
    })
}

/// A decision as `decide` prints it, or one of the entries.
fn read_entry(path: &Path) -> Result<Entry, Problem> {
    let value = input::document(path, MAX_ENTRY_BYTES)?;
    let name = input::name(path);
    if value.get("schema").and_then(|schema| schema.as_str()) == Some(Decision::SCHEMA) {
        let decision = document::from_value(&value)
            .map_err(|error| Problem::new(format!("{name}: {error}")))?;
        return Ok(Entry::Decision(Box::new(decision)));
    }
    Entry::deserialize(&value).map_err(|error| {
        Problem::new(format!(
            "{name} is no entry: {error}; give a decision, or an object with `event`, `decision`, \
             `trigger` or `cleared`"
        ))
    })
}
