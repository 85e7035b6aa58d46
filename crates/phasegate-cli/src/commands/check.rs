//! `phasegate check`: what is wrong with a policy set, before it decides anything.

use phasegate::rego::{Severity, check_files};
use serde_json::json;

use crate::args::{Check, Format};
use crate::exit::Exit;
use crate::output::{GOOD, Output, Problem, paint};
use crate::{input, render};

pub(crate) fn run(args: &Check, output: &mut Output) -> Result<Exit, Problem> {
    let files = input::policies(&args.policies)?;
    let found = check_files(&files, &input::options(&args.load));
    let errors = found.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    match args.output {
        Format::Json => {
            let found = json!({ "diagnostics": found, "errors": errors, "warnings": warnings });
            output.data(found.to_string().as_bytes())?;
        }
        Format::Text => {
            for diagnostic in &found {
                output.text(&render::diagnostics::snippet(diagnostic))?;
                output.text("")?;
            }
            let summary = match (errors, warnings) {
                (0, 0) => paint("no findings", GOOD),
                _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
            };
            output.text(&summary)?;
        }
    }
    let denied = errors + if args.deny_warnings { warnings } else { 0 };
    Ok(if denied == 0 { Exit::Ok } else { Exit::Found })
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
