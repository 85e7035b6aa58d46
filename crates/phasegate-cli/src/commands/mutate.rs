//! `phasegate mutate`: which faults would the tests of a policy not notice?

use std::num::NonZeroUsize;

use phasegate_lab::mutate::{self, MutateOptions, MutationRun};
use phasegate_lab::{LabError, LoadOptions, Project};
use serde_json::json;

use super::present;
use crate::exit::Exit;
use crate::input;
use crate::lab_args::{Mutate, ReportFormat};
use crate::output::{BAD, GOOD, Output, Problem, paint};
use crate::progress::Progress;
use crate::render;
use crate::text::clean;

pub(crate) fn run(args: &Mutate, output: &mut Output) -> Result<Exit, Problem> {
    let project = project(&args.paths).map_err(|error| told(&error, output))?;
    let mut options = MutateOptions::at(args.now.unwrap_or_else(present));
    options.policy = input::options(&args.load);
    options.parallel = NonZeroUsize::new(args.parallel);
    let progress = Progress::new("mutants");
    let run = mutate::run(&project, &options, &|done, all| progress.show(done, Some(all)));
    progress.clear();
    let run = run.map_err(|error| told(&error, output))?;
    match args.output {
        ReportFormat::Json => output.data(report(&run).to_string().as_bytes())?,
        ReportFormat::Github => github(&run, output)?,
        ReportFormat::Text => text(&project, &run, output)?,
    }
    Ok(if run.score() < args.threshold { Exit::Found } else { Exit::Ok })
}

/// Everything below the given paths.
pub(super) fn project(paths: &[std::path::PathBuf]) -> Result<Project, LabError> {
    Project::load(paths, &LoadOptions::default())
}

/// An error, the faults of the files before it.
pub(super) fn told(error: &LabError, output: &mut Output) -> Problem {
    if error.diagnostics().is_empty() {
        return Problem::of(error);
    }
    render::diagnostics::note_all(error.diagnostics(), output);
    Problem::new("the policies do not load")
}

fn report(run: &MutationRun) -> serde_json::Value {
    json!({
        "score": run.score(),
        "killed": run.killed(),
        "survived": run.survived(),
        "refused": run.refused(),
        "mutants": run.mutants,
    })
}

fn github(run: &MutationRun, output: &mut Output) -> Result<(), Problem> {
    for survivor in run.survivors() {
        let message = format!(
            "no test notices `{}` for `{}`",
            clean(&survivor.after),
            clean(&survivor.before)
        );
        output.text(&format!(
            "::warning file={},line={},col={},title={}::{}",
            survivor.file,
            survivor.row,
            survivor.col,
            survivor.operator.as_str(),
            message.replace('%', "%25").replace('\n', "%0A")
        ))?;
    }
    output.text(&summary(run))
}

fn text(project: &Project, run: &MutationRun, output: &mut Output) -> Result<(), Problem> {
    for survivor in run.survivors() {
        let diff = mutate::diff(project, survivor);
        for line in diff.lines() {
            let line = clean(line);
            let styled = match line.chars().next() {
                Some('-') => paint(&line, BAD),
                Some('+') => paint(&line, GOOD),
                _ => line.to_string(),
            };
            output.text(&styled)?;
        }
        output.text("")?;
    }
    output.text(&summary(run))
}

fn summary(run: &MutationRun) -> String {
    format!(
        "score {:.1} %: {} of {} mutants noticed, {} survived; {} did not load",
        run.score(),
        run.killed(),
        run.killed() + run.survived(),
        run.survived(),
        run.refused()
    )
}
