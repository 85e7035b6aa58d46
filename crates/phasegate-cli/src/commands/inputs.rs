//! `phasegate inputs`: the facts that a policy set needs.

use phasegate::rego::Policy;
use serde_json::{Map, json};

use crate::args::{Format, Inputs};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::text::clean_lines;
use crate::{input, render};

pub(crate) fn run(args: &Inputs, output: &mut Output) -> Result<Exit, Problem> {
    let files = match &args.policies {
        Some(path) => input::policies(path)?,
        None => phasegate::embedded(),
    };
    let policy = match Policy::load(&files, &input::options(&args.load)) {
        Ok(policy) => policy,
        Err(error) => {
            render::diagnostics::note_all(&error.diagnostics, output);
            return Err(Problem::new("the policy set does not load"));
        }
    };
    render::diagnostics::note_all(policy.warnings(), output);
    match args.output {
        Format::Json => {
            let entries: Map<_, _> = policy
                .requirements()
                .map(|(entry, needs)| (format!("data.{}", entry.package), json!(needs)))
                .collect();
            output.data(json!({ "inputs": entries }).to_string().as_bytes())?;
        }
        Format::Text => {
            let tables: Vec<_> =
                policy.requirements().map(|(_, needs)| clean_lines(&needs.to_string())).collect();
            output.text(&tables.join("\n\n"))?;
        }
    }
    Ok(Exit::Ok)
}
