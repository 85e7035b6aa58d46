//! `phasegate test`: the tests of policies, as `opa test` runs them.

use std::num::NonZeroUsize;
use std::time::Duration;

use phasegate::Timestamp;
use phasegate::rego::PolicyOptions;
use phasegate_lab::report::{self, PrettyOptions};
use phasegate_lab::test::{Status, TestOptions, TestResult, TestRun};
use phasegate_lab::{LabError, LoadOptions, Project, cases, test};

use super::present;
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::test_args::{Test, TestFormat};
use crate::{input, render};

/// Never a problem: for `opa test`, and for this command, usage and loading have the exit code 1.
pub(crate) fn run(args: &Test, output: &mut Output) -> Exit {
    tested(args, output).unwrap_or_else(|problem| {
        output.problem(&problem);
        Exit::Found
    })
}

fn tested(args: &Test, output: &mut Output) -> Result<Exit, Problem> {
    if let Some(why) = args.refusal() {
        return Err(Problem::new(why));
    }
    let project = project(args).map_err(|problem| match problem {
        Loading::Lab(error) => told(&error, args, output),
        Loading::Problem(problem) => problem,
    })?;
    let options = options(args, args.now.unwrap_or_else(present));
    let mut exit = Exit::Ok;
    for _ in 0..args.count {
        let mut run = test::run(&project, &options).map_err(|error| told(&error, args, output))?;
        // Rows of case tables have no name that `--run` could match.
        if args.run.is_none() {
            let rows = cases::run(&project, &PolicyOptions::default());
            let rows = rows.map_err(|error| told(&error, args, output))?;
            run.results.extend(cases::as_tests(&rows));
        }
        exit = reported(args, &project, &run, output)?;
        if exit != Exit::Ok {
            break;
        }
    }
    Ok(exit)
}

enum Loading {
    Lab(LabError),
    Problem(Problem),
}

fn project(args: &Test) -> Result<Project, Loading> {
    if args.paths.iter().any(|path| input::is_standard_input(path)) {
        let [path] = args.paths.as_slice() else {
            let problem = "`-` stands alone; give it everything in one bundle";
            return Err(Loading::Problem(Problem::new(problem)));
        };
        let files = input::policies(path).map_err(Loading::Problem)?;
        return Project::of_files(files.files).map_err(Loading::Lab);
    }
    let mut options = LoadOptions::default();
    options.ignore.clone_from(&args.ignore);
    options.bundles = args.bundle;
    Project::load(&args.paths, &options).map_err(Loading::Lab)
}

/// An error with the faults of the files before it, as many as asked for.
fn told(error: &LabError, args: &Test, output: &mut Output) -> Problem {
    let found = error.diagnostics();
    if found.is_empty() {
        return Problem::of(error);
    }
    let most = if args.max_errors == 0 { found.len() } else { args.max_errors };
    render::diagnostics::note_all(found.get(..most).unwrap_or(found), output);
    let more = found.len().saturating_sub(most);
    let more = if more > 0 { format!("; {more} more faults are not told") } else { String::new() };
    Problem::new(format!("the policies do not load{more}"))
}

fn options(args: &Test, now: Timestamp) -> TestOptions {
    let mut options = TestOptions::at(now);
    options.run.clone_from(&args.run);
    if args.timeout > Duration::ZERO {
        options.timeout = args.timeout;
    }
    options.parallel = NonZeroUsize::new(args.parallel);
    options.coverage = args.coverage || args.threshold > 0.0;
    let for_people = !matches!(args.format, TestFormat::Json);
    options.failures = for_people && (shows_failures(args) || is_annotated(args.format));
    options.strict_builtin_errors = args.strict_builtin_errors;
    options
}

fn shows_failures(args: &Test) -> bool {
    args.verbose || args.var_values || args.explain.is_some()
}

fn is_annotated(format: TestFormat) -> bool {
    matches!(format, TestFormat::Junit | TestFormat::Github)
}

fn reported(
    args: &Test,
    project: &Project,
    run: &TestRun,
    output: &mut Output,
) -> Result<Exit, Problem> {
    if run.coverage.is_none() || is_annotated(args.format) {
        write(args, &run.results, output)?;
    }
    if run.results.is_empty() && args.fail_on_empty {
        return Err(Problem::new("no tests were run"));
    }
    let exit = match run.exit_code(args.exit_zero_on_skipped) {
        0 => Exit::Ok,
        _ => Exit::TestFailed,
    };
    match &run.coverage {
        Some(coverage) => covered(args, project, run, coverage, exit, output),
        None => Ok(exit),
    }
}

/// The report of coverage: of tests that do not hold it says nothing, as in OPA.
fn covered(
    args: &Test,
    project: &Project,
    run: &TestRun,
    coverage: &phasegate_lab::coverage::Coverage,
    exit: Exit,
    output: &mut Output,
) -> Result<Exit, Problem> {
    let annotated = is_annotated(args.format);
    if let Some(error) = run.results.iter().find_map(|result| result.error.as_ref()) {
        return Err(Problem::new(error.to_string()));
    }
    let failed = run.results.iter().filter(|result| result.status() == Status::Fail);
    let failed: Vec<TestResult> = failed.cloned().collect();
    if let Some(first) = failed.first() {
        if !annotated {
            let options = PrettyOptions { verbose: args.verbose, var_values: args.var_values };
            output.raw(report::pretty(&failed, options).as_bytes())?;
        }
        return Err(Problem::new(format!("{}: FAIL", first.full_name())));
    }
    if let Some(message) = coverage.below(args.threshold, args.verbose) {
        if args.format == TestFormat::Text {
            output.raw(coverage.to_text(project).as_bytes())?;
        }
        output.note(&message);
        return Ok(Exit::TestFailed);
    }
    match args.format {
        TestFormat::Text => output.raw(coverage.to_text(project).as_bytes())?,
        _ if annotated => {}
        _ => {
            let text = serde_json::to_vec_pretty(coverage).map_err(|error| Problem::of(&error))?;
            output.data(&text)?;
        }
    }
    Ok(exit)
}

fn write(args: &Test, results: &[TestResult], output: &mut Output) -> Result<(), Problem> {
    let text = match args.format {
        TestFormat::Json => format!("{}\n", report::json(results)),
        TestFormat::Junit => report::junit(results),
        TestFormat::Github => report::github(results),
        TestFormat::Pretty | TestFormat::Text | TestFormat::Gobench => {
            let verbose = args.verbose || args.explain.is_some();
            report::pretty(results, PrettyOptions { verbose, var_values: args.var_values })
        }
    };
    output.raw(text.as_bytes())
}
