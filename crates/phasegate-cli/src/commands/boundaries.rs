//! `phasegate boundaries`: what the gate decides on each side of every limit.

use phasegate::Facts;
use phasegate_lab::boundaries::{self, Boundaries, Boundary, BoundaryOptions, Probe};
use phasegate_lab::{LabError, Project, cases};
use serde_json::json;

use super::mutate::{project, told};
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::lab_args::Boundaries as Args;
use crate::output::{BAD, GOOD, Output, Problem, paint};
use crate::text::clean;

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Problem> {
    let project = project(&args.paths).map_err(|error| told(&error, output))?;
    let base = base(args, &project, output)?;
    let gate = cases::gate(&project, &input::options(&args.load));
    let gate = gate.map_err(|error: LabError| told(&error, output))?;
    let mut options = BoundaryOptions::default();
    options.now = args.now;
    options.pairs = args.pairs;
    options.seed = args.seed;
    options.better.extend(args.better.iter().cloned());
    let found = boundaries::run(&project, &gate, &base, &options);
    match args.output {
        Format::Json => output.data(json!(found).to_string().as_bytes())?,
        Format::Text => text(&found, output)?,
    }
    Ok(if found.is_clean() { Exit::Ok } else { Exit::Found })
}

/// The facts that probes move: given, or those of the first row of the first case table.
fn base(args: &Args, project: &Project, output: &mut Output) -> Result<Facts, Problem> {
    if let Some(path) = &args.input {
        return input::facts(path);
    }
    let tables = cases::tables(project).map_err(|error| told(&error, output))?;
    let row = tables.iter().flat_map(|table| &table.rows).next();
    row.map(|row| row.facts.clone()).ok_or_else(|| {
        Problem::new("there is no input to start from; give --input, or a case table")
    })
}

fn text(found: &Boundaries, output: &mut Output) -> Result<(), Problem> {
    for boundary in &found.boundaries {
        output.text(&table(boundary))?;
    }
    for example in &found.counterexamples {
        output.text(&paint(
            &clean(&format!(
                "{}: {} is {}, and the worse {} is promoted",
                example.fact,
                example.refused,
                example.outcome.as_str(),
                example.promoted
            )),
            BAD,
        ))?;
    }
    let never = found.boundaries.iter().filter(|one| one.never_changes).count();
    let style = if found.is_clean() { GOOD } else { BAD };
    output.text(&paint(
        &format!(
            "{} comparisons, {never} that never change the answer, {} counterexamples",
            found.boundaries.len(),
            found.counterexamples.len()
        ),
        style,
    ))
}

fn table(boundary: &Boundary) -> String {
    let never = if boundary.never_changes { "; never changes the answer" } else { "" };
    let head = format!("{}:{} {}{never}", boundary.file, boundary.row, boundary.text);
    let mut lines = vec![clean(&head).to_string()];
    lines.extend(boundary.probes.iter().map(row));
    lines.push(String::new());
    lines.join("\n")
}

fn row(probe: &Probe) -> String {
    let value = probe.value.as_ref().map(ToString::to_string).unwrap_or_default();
    let codes = probe.codes.join(", ");
    let line = format!("  {:<11}{value:<20} {:<9} {codes}", probe.what, probe.outcome.as_str());
    clean(line.trim_end()).to_string()
}
