//! `phasegate verify`: a decision derived again from what it rests on.

use phasegate::{Decision, Difference, Request};
use serde::Serialize;

use super::decide;
use super::observed::Places;
use crate::args::{Format, Verify};
use crate::exit::Exit;
use crate::input;
use crate::output::{BAD, GOOD, Output, Problem, paint};
use crate::text::{clean, shorten};

/// How many bytes a decision may have.
pub(super) const MAX_DECISION_BYTES: usize = 16 << 20;
/// How many differences are told to a person, and how wide.
const MOST: usize = 30;
const COLUMNS: usize = 160;

pub(crate) fn run(args: &Verify, output: &mut Output) -> Result<Exit, Problem> {
    let decision: Decision = input::ours(&args.decision, MAX_DECISION_BYTES)?;
    let differences = match (&args.plan, &args.observations, &args.input) {
        (Some(plan), Some(observations), _) => {
            let (plan, observations) = (plan.clone(), observations.clone());
            let (state, max_bad_rows) = (args.state.as_deref(), args.max_bad_rows);
            let documents = Places { plan, observations, state, max_bad_rows }.read()?;
            if let (Some(path), None) = (&args.state, &documents.state) {
                let path = path.display();
                return Err(Problem::new(format!("{path} is not there; give the state as it was")));
            }
            let asked = decide::Asked { checklist: false, plan: Some(&documents.plan) };
            let Some(gate) = decide::gate(&args.policy, asked, output)? else {
                return Ok(Exit::NoDecision);
            };
            let state = documents.state.as_ref();
            gate.verify(&decision, &documents.plan, &documents.observations, state)
                .map_err(|error| Problem::of(&error))?
        }
        (_, _, Some(path)) => {
            let checklist = decision.basis.require_checklist;
            let asked = decide::Asked { checklist, plan: None };
            let Some(gate) = decide::gate(&args.policy, asked, output)? else {
                return Ok(Exit::NoDecision);
            };
            gate.verify_input(&decision, &Request::new(input::facts(path)?))
        }
        _ => return Err(Problem::new("give `--plan` and `--observations`, or `--input`")),
    };
    match args.output {
        Format::Text => output.text(&text(&decision, &differences))?,
        Format::Json => output.data(&json(&decision, &differences)?)?,
    }
    Ok(if differences.is_empty() { Exit::Ok } else { Exit::Found })
}

fn text(decision: &Decision, differences: &[Difference]) -> String {
    let id = decision.id;
    if differences.is_empty() {
        return format!("{}  {id} is what its documents give", paint("VERIFIED", GOOD));
    }
    let count = differences.len();
    let many = if count == 1 { "place" } else { "places" };
    let mut lines = vec![format!(
        "{}  {id} is not what the documents give: {count} {many}",
        paint("DIFFERS", BAD)
    )];
    lines.extend(
        differences
            .iter()
            .take(MOST)
            .map(|difference| format!("  {}", shorten(&clean(&difference.to_string()), COLUMNS))),
    );
    if count > MOST {
        lines.push(format!("  and {} more; `--output json` has all", count - MOST));
    }
    lines.join("\n")
}

#[derive(Serialize)]
struct Answer<'a> {
    decision: String,
    verified: bool,
    differences: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    path: String,
    stored: &'a Option<serde_json::Value>,
    derived: &'a Option<serde_json::Value>,
}

fn json(decision: &Decision, differences: &[Difference]) -> Result<Vec<u8>, Problem> {
    let told = differences.iter().map(|difference| Told {
        path: difference.path.to_string(),
        stored: &difference.stored,
        derived: &difference.derived,
    });
    let answer = Answer {
        decision: decision.id.to_string(),
        verified: differences.is_empty(),
        differences: told.collect(),
    };
    phasegate::canonical::to_bytes(&answer).map_err(|error| Problem::of(&error))
}
