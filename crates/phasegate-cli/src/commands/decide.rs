//! `phasegate decide`: the main job.

use phasegate::rego::explain::Explanation;
use phasegate::{Decision, Facts, Gate, Request, canonical};
use serde::Serialize;

use crate::args::{Decide, Format};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::render::decision::Told;
use crate::{input, render};

pub(crate) fn run(args: &Decide, output: &mut Output) -> Result<Exit, Problem> {
    input::one_standard_input([Some(&args.input), args.policy.as_ref()].into_iter().flatten())?;
    let Some(gate) = gate(args, output)? else { return Ok(Exit::NoDecision) };
    let mut request = Request::new(facts(args)?);
    if let Some(now) = args.now {
        request = request.now(now);
    }
    let decision = gate.decide(&request);
    match args.output {
        Format::Text => {
            let explanation = explain(&gate, &request, &decision)?;
            output.text(&render::decision::text(&Told {
                decision: &decision,
                explanation: &explanation,
                facts: request.facts(),
                what_ifs: &args.what_ifs,
                rollback_package: &args.load.rollback_package,
            }))?;
        }
        Format::Json if args.explain => {
            let explanation = explain(&gate, &request, &decision)?;
            output.data(&line(&Explained { decision: &decision, explanation })?)?;
        }
        Format::Json => output.data(&line(&decision)?)?,
    }
    Ok(decision.outcome.into())
}

fn explain(gate: &Gate, request: &Request, decision: &Decision) -> Result<Explanation, Problem> {
    gate.explain(request, decision).map_err(|error| Problem::of(&error))
}

#[derive(Serialize)]
struct Explained<'a, E> {
    decision: &'a Decision,
    explanation: E,
}

/// One canonical line.
fn line(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    canonical::to_bytes(value).map_err(|error| Problem::of(&error))
}

/// The gate; `None` when its policies do not load, which has been said then.
fn gate(args: &Decide, output: &mut Output) -> Result<Option<Gate>, Problem> {
    let mut builder = Gate::builder()
        .options(input::options(&args.load))
        .deadline(args.deadline)
        .require_checklist(args.require_checklist);
    if let Some(path) = &args.policy {
        builder = builder.policy(input::policies(path)?);
    }
    match builder.build() {
        Ok(gate) => {
            render::diagnostics::note_all(gate.policy().warnings(), output);
            Ok(Some(gate))
        }
        Err(error) => {
            render::diagnostics::note_all(&error.diagnostics, output);
            output.problem(&Problem::new("no decision: the policy set does not load"));
            Ok(None)
        }
    }
}

fn facts(args: &Decide) -> Result<Facts, Problem> {
    let mut facts = input::facts(&args.input)?;
    for what_if in &args.what_ifs {
        facts = facts
            .with(&what_if.path, &what_if.value)
            .map_err(|error| Problem::new(format!("--set {}: {error}", what_if.path)))?;
    }
    Ok(facts)
}
