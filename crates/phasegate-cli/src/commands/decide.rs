//! `phasegate decide`: the main job, from observations or from a policy input.

use std::path::Path;

use phasegate::rego::explain::Explanation;
use phasegate::{Decision, Facts, Gate, Plan, PlanRequest, Request, canonical};
use serde::Serialize;

use super::observed::{Places, write_state};
use crate::args::{Decide, Format, PolicyArgs};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::render::decision::Told;
use crate::{input, render};

pub(crate) fn run(args: &Decide, output: &mut Output) -> Result<Exit, Problem> {
    let observed = &args.observed;
    let files = [
        args.input.as_ref(),
        observed.plan.as_ref(),
        observed.observations.as_ref(),
        args.policy.policy.as_ref(),
    ];
    input::one_standard_input(files.into_iter().flatten())?;
    match (Places::of(observed)?, &args.input) {
        (Some(places), _) => from_observations(args, &places, output),
        (None, Some(path)) => from_input(args, path, output),
        (None, None) => Err(Problem::new("give a folder, a plan with observations, or an input")),
    }
}

/// From a plan and what was observed.
fn from_observations(
    args: &Decide,
    places: &Places<'_>,
    output: &mut Output,
) -> Result<Exit, Problem> {
    let documents = places.read()?;
    let asked = Asked { checklist: args.require_checklist, plan: Some(&documents.plan) };
    let Some(gate) = gate(&args.policy, asked, output)? else { return Ok(Exit::NoDecision) };
    let planned = gate
        .decide_planned(&PlanRequest {
            plan: &documents.plan,
            observations: &documents.observations,
            state: documents.state.as_ref(),
            now: args.now,
        })
        .map_err(|error| Problem::of(&error))?;
    // First: nobody acts on a decision whose look is not remembered.
    if let Some(path) = places.state {
        write_state(path, &planned.state)?;
    }
    let decision = &planned.decision;
    match (args.output, &decision.evidence) {
        (Format::Text, Some(evidence)) => {
            output.text(&render::evidence::text(decision, evidence))?;
        }
        _ => show(args, &gate, &planned.request, decision, output)?,
    }
    Ok(decision.outcome.into())
}

/// From a policy input.
fn from_input(args: &Decide, path: &Path, output: &mut Output) -> Result<Exit, Problem> {
    let asked = Asked { checklist: args.require_checklist, plan: None };
    let Some(gate) = gate(&args.policy, asked, output)? else { return Ok(Exit::NoDecision) };
    note_unread(args, &gate, output);
    let mut request = Request::new(facts(args, path)?);
    if let Some(now) = args.now {
        request = request.now(now);
    }
    let decision = gate.decide(&request);
    show(args, &gate, &request, &decision, output)?;
    Ok(decision.outcome.into())
}

/// A change of a fact that no rule reads is a slip, most likely of the pen.
fn note_unread(args: &Decide, gate: &Gate, output: &mut Output) {
    let mut unread = args.what_ifs.iter().filter_map(|what_if| {
        gate.policy().unread(&what_if.path).map(|unread| (&what_if.path, unread.nearest))
    });
    let Some((path, nearest)) = unread.next() else { return };
    let meant = nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    match unread.count() {
        0 => {
            output
                .note(&format!("note: no rule reads `{path}`, so that it changes nothing{meant}"));
        }
        more => output.note(&format!(
            "note: no rule reads `{path}` and {more} more of what --set changes, so that they \
             change nothing{meant}"
        )),
    }
}

fn show(
    args: &Decide,
    gate: &Gate,
    request: &Request,
    decision: &Decision,
    output: &mut Output,
) -> Result<(), Problem> {
    match args.output {
        Format::Text => {
            let explanation = explain(gate, request, decision)?;
            let [_, rollback_package] = gate.policy().packages();
            output.text(&render::decision::text(&Told {
                decision,
                explanation: &explanation,
                facts: request.facts(),
                what_ifs: &args.what_ifs,
                rollback_package,
            }))
        }
        Format::Json if args.explain => {
            let explanation = explain(gate, request, decision)?;
            output.data(&line(&Explained { decision, explanation })?)
        }
        Format::Json => output.data(&line(decision)?),
    }
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

/// What decides beside the policies.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) checklist: bool,
    /// The plan, which names the packages.
    pub(super) plan: Option<&'a Plan>,
}

/// The gate; `None` when its policies do not load, which has been said then.
pub(super) fn gate(
    args: &PolicyArgs,
    asked: Asked<'_>,
    output: &mut Output,
) -> Result<Option<Gate>, Problem> {
    let mut builder = Gate::builder()
        .options(input::options(&args.load))
        .deadline(args.deadline)
        .require_checklist(asked.checklist);
    if let Some(plan) = asked.plan {
        if args.load.promotion_package.is_some() || args.load.rollback_package.is_some() {
            return Err(Problem::new(
                "the plan names the packages (`policy`); leave --promotion-package and \
                 --rollback-package out",
            ));
        }
        builder = builder
            .promotion_package(plan.policy.promotion.as_str())
            .rollback_package(plan.policy.rollback.as_str());
    }
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

fn facts(args: &Decide, path: &Path) -> Result<Facts, Problem> {
    let mut facts = input::facts(path)?;
    for what_if in &args.what_ifs {
        facts = facts
            .with(&what_if.path, &what_if.value)
            .map_err(|error| Problem::new(format!("--set {}: {error}", what_if.path)))?;
    }
    Ok(facts)
}
