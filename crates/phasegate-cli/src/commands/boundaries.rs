//! `phasegate boundaries`: what the gate decides on each side of every limit.

use phasegate_lab::boundaries::{self, Base, Boundaries, Boundary, BoundaryOptions, Probe};
use phasegate_lab::{LabError, Project, cases};
use serde_json::json;

use super::mutate::{project, told};
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::lab_args::Boundaries as Args;
use crate::output::{BAD, FAINT, GOOD, Output, Problem, paint};
use crate::text::clean;

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Problem> {
    let project = project(&args.paths).map_err(|error| told(&error, output))?;
    let bases = bases(args, &project, output)?;
    let gate = cases::gate(&project, &input::options(&args.load));
    let gate = gate.map_err(|error: LabError| told(&error, output))?;
    let mut options = BoundaryOptions::default();
    options.now = args.now;
    options.pairs = args.pairs;
    options.seed = args.seed;
    options.better.extend(args.better.iter().cloned());
    let found = boundaries::run(&project, &gate, &bases, &options);
    match args.output {
        Format::Json => output.data(json!(found).to_string().as_bytes())?,
        Format::Text => text(&found, output)?,
    }
    Ok(if found.is_clean() { Exit::Ok } else { Exit::Found })
}

/// The facts that probes move: those that are given, then those of the rows of the case tables.
fn bases(args: &Args, project: &Project, output: &mut Output) -> Result<Vec<Base>, Problem> {
    let mut bases = Vec::new();
    if let Some(path) = &args.input {
        bases.push(Base { name: input::name(path), facts: input::facts(path)? });
    }
    let tables = cases::tables(project).map_err(|error| told(&error, output))?;
    for table in &tables {
        bases.extend(table.rows.iter().map(|row| Base {
            name: format!("{}:{}", table.file, row.line),
            facts: row.facts.clone(),
        }));
    }
    if bases.is_empty() {
        let problem = "there is no input to start from; give --input, or a case table";
        return Err(Problem::new(problem));
    }
    Ok(bases)
}

fn text(found: &Boundaries, output: &mut Output) -> Result<(), Problem> {
    for boundary in &found.boundaries {
        output.text(&table(boundary))?;
    }
    for one in &found.unreached {
        let line = format!("{}:{} {}: no input reaches it", one.file, one.row, one.text);
        output.text(&paint(&clean(&line), FAINT))?;
    }
    for one in &found.contradictions {
        let line = format!("{}:{} {}: {}", one.file, one.row, one.fact, one.message);
        output.text(&paint(&clean(&line), BAD))?;
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
            "{} boundaries, {never} that never change the answer, {} that are documented \
             otherwise, {} counterexamples",
            found.boundaries.len(),
            found.contradictions.len(),
            found.counterexamples.len()
        ),
        style,
    ))
}

fn table(boundary: &Boundary) -> String {
    let never = if boundary.never_changes { "; never changes the answer" } else { "" };
    let place = format!("{}:{}", boundary.file, boundary.row);
    let head = format!("{place} {}, around {}{never}", boundary.text, boundary.base);
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
