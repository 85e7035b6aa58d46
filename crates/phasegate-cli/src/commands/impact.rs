//! `phasegate impact`: what a policy change would have done to decisions that were made already.

use std::fs::File;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

use phasegate::rego::PolicyOptions;
use phasegate_lab::LabError;
use phasegate_lab::impact::{
    self, AllowedFlip, AllowedFlips, Comparison, Deciding, Flip, FlipKind, Impact, ImpactOptions,
    Key, Listing, RawRecord, RecordReader, RecordRef, Side,
};
use serde_json::json;

use super::present;
use crate::exit::Exit;
use crate::lab_args::{Impact as Args, ImpactFormat};
use crate::output::{BAD, FAINT, GOOD, Output, Problem, WAIT, paint};
use crate::progress::Progress;
use crate::text::clean;
use crate::{input, render};

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Problem> {
    let given = args.records.iter().chain([&args.old, &args.new]).chain(&args.allow_flips);
    input::one_standard_input(given)?;
    let mut options = ImpactOptions::at(args.now.unwrap_or_else(present));
    options.policy = input::options(&args.load);
    options.parallel = NonZeroUsize::new(args.parallel);
    options.most = args.most;
    if let Some(path) = &args.allow_flips {
        options.allowed = allowed(path)?;
    }
    let old = side(&args.old, &options.policy, output)?;
    let new = side(&args.new, &options.policy, output)?;
    let progress = Progress::new("records");
    let records = args.records.iter().flat_map(|path| records(path));
    let found = impact::run(&old, &new, records, &options, &mut |done| progress.show(done, None));
    progress.clear();
    let found = found.map_err(|error| Problem::of(&error))?;
    match args.output {
        ImpactFormat::Json => output.data(json!(found).to_string().as_bytes())?,
        ImpactFormat::Markdown => output.raw(impact::markdown(&found).as_bytes())?,
        ImpactFormat::Text => text(&found, output)?,
    }
    Ok(if found.is_clean() { Exit::Ok } else { Exit::Found })
}

fn side(path: &Path, options: &PolicyOptions, output: &mut Output) -> Result<Side, Problem> {
    Side::load(&input::policies(path)?, options).map_err(|error| {
        render::diagnostics::note_all(&error.diagnostics, output);
        Problem::new(format!("the policies of {} do not load", input::name(path)))
    })
}

/// The records of one file, read as they are asked for.
fn records(path: &Path) -> Box<dyn Iterator<Item = Result<RawRecord, LabError>> + '_> {
    let source: Result<Box<dyn Read>, _> = if input::is_standard_input(path) {
        Ok(Box::new(std::io::stdin().lock()))
    } else {
        File::open(path).map(|file| Box::new(file) as Box<dyn Read>)
    };
    let io = |source| LabError::Io { path: path.to_owned(), source };
    match source.and_then(|source| RecordReader::new(&input::name(path), source)) {
        Ok(reader) => Box::new(reader.map(move |record| record.map_err(io))),
        Err(error) => Box::new(std::iter::once(Err(io(error)))),
    }
}

fn allowed(path: &Path) -> Result<Vec<AllowedFlip>, Problem> {
    let read = input::typed(path, impact::MAX_ALLOWED_BYTES, AllowedFlips::read)?;
    Ok(read.flips)
}

fn text(found: &Impact, output: &mut Output) -> Result<(), Problem> {
    output.text(&matrix(found))?;
    for flip in &found.flips.listed {
        output.text(&told(flip))?;
    }
    list(output, "flips", &found.flips, |_| None)?;
    list(
        output,
        "records with other reasons for the same outcome",
        &found.reason_changes,
        |one| {
            let (gone, added) = (keys(&one.gone), keys(&one.added));
            Some(format!(
                "{} {}: without {gone}; with {added}",
                named(&one.record),
                one.outcome.as_str()
            ))
        },
    )?;
    list(output, "records with new errors", &found.new_errors, |one| {
        Some(format!("{}: {}", named(&one.record), keys(&one.errors)))
    })?;
    list(output, "records that the old policies now answer differently", &found.drift, |one| {
        let logged = match one.logged.outcome {
            Some(outcome) => outcome.as_str(),
            None if one.logged.approved => "approved",
            None => "refused",
        };
        let now = format!("now {}: {}", one.outcome.as_str(), keys(&one.keys));
        Some(format!("{}: logged {logged}, {now}", named(&one.record)))
    })?;
    list(output, "records that cannot be replayed", &found.unreplayable, |one| {
        let id = one.id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        Some(format!("{}:{}{id}: {}: {}", one.file, one.line, one.why.as_str(), one.message))
    })?;
    for (what, reviews) in [("unused", &found.unused_reviews), ("expired", &found.expired_reviews)]
    {
        for one in reviews {
            let (from, to) = (one.from.as_str(), one.to.as_str());
            let line = format!("{what} review: {} {from} to {to}: {}", one.id, one.reason);
            output.text(&paint(&clean(&line), WAIT))?;
        }
    }
    let (style, verdict) = match found.unreviewed {
        0 => (GOOD, "nothing that was refused is approved without a review".to_owned()),
        count => (BAD, format!("what was refused is approved without a review: {count}")),
    };
    output.text(&format!("{} records replayed; {}", found.replayed, paint(&verdict, style)))
}

/// The matrix: old outcomes downward, new ones across.
fn matrix(found: &Impact) -> String {
    let mut lines = vec![format!(
        "{:<12}{:>10}{:>10}{:>10}{:>10}",
        "old \\ new", "promote", "hold", "reject", "rollback"
    )];
    for row in found.matrix.chunks(4) {
        let old = row.first().map(|cell| cell.old.as_str()).unwrap_or_default();
        let cells: Vec<String> = row.iter().map(|cell| format!("{:>10}", cell.records)).collect();
        lines.push(format!("{old:<12}{}", cells.concat()));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn told(flip: &Flip) -> String {
    let (old, new) = (flip.old.outcome.as_str(), flip.new.outcome.as_str());
    let (review, style) = match (&flip.reviewed, flip.kind) {
        (Some(reason), _) => (format!("; reviewed: {reason}"), GOOD),
        (None, FlipKind::RefusalToApproval) => ("; not reviewed".to_owned(), BAD),
        (None, _) => (String::new(), WAIT),
    };
    let head = format!("{old} to {new}{review}");
    let mut lines =
        vec![format!("{} {}", clean(&named(&flip.record)), paint(&clean(&head), style))];
    lines.extend(side_lines("old", &flip.old));
    lines.extend(side_lines("new", &flip.new));
    lines.push(String::new());
    lines.join("\n")
}

fn side_lines(which: &str, side: &Deciding) -> Vec<String> {
    let reasons = side.reasons.iter().map(|reason| {
        let rules = reason.rules.iter().map(|one| format!("{}:{} {}", one.file, one.row, one.rule));
        let rules: Vec<String> = rules.collect();
        let at = if rules.is_empty() { String::new() } else { format!(" at {}", rules.join(", ")) };
        format!("  {which} {}{at}", reason.key)
    });
    let compared = side.comparisons.iter().map(|one| format!("  {which} {}", compared(one)));
    let mut lines: Vec<String> = reasons.chain(compared).collect();
    if lines.is_empty() {
        lines.push(format!("  {which} nothing speaks against it"));
    }
    lines.iter().map(|line| clean(line).to_string()).collect()
}

fn compared(one: &Comparison) -> String {
    let fact = one.fact.as_deref().unwrap_or(&one.text);
    let (file, row) = (&one.file, one.row);
    format!(
        "{file}:{row} {fact}: observed {}, required {} {}",
        one.observed, one.required, one.limit
    )
}

fn named(record: &RecordRef) -> String {
    format!("{}:{} {}", record.file, record.line, record.id)
}

fn keys(keys: &[Key]) -> String {
    let shown: Vec<String> = keys.iter().map(ToString::to_string).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// A listing under its head; nothing when it is empty.
fn list<T>(
    output: &mut Output,
    what: &str,
    listing: &Listing<T>,
    line: impl Fn(&T) -> Option<String>,
) -> Result<(), Problem> {
    let lines: Vec<String> = listing.listed.iter().filter_map(line).collect();
    if !lines.is_empty() {
        output.text(&format!("{} {what}:", listing.count))?;
    }
    for line in &lines {
        output.text(&format!("  {}", clean(line)))?;
    }
    if listing.unlisted() > 0 {
        output.text(&paint(&format!("  and {} more {what}", listing.unlisted()), FAINT))?;
    }
    if !lines.is_empty() {
        output.text("")?;
    }
    Ok(())
}
