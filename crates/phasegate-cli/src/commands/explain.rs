//! `phasegate explain`: why a decision came out as it did, and what would change it.

use phasegate::needs::Need;
use phasegate::{Decision, Digest, Outcome, Reason, Timestamp};
use serde::Serialize;

use super::json_line;
use super::verify::MAX_DECISION_BYTES;
use crate::args::Format;
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::rollout_args::Explain;
use crate::{input, render};

#[derive(Serialize)]
struct Answer<'a> {
    decision: Digest,
    outcome: Outcome,
    reasons: &'a [Reason],
    needs: &'a [Need],
    now: Option<Timestamp>,
    valid_until: Option<Timestamp>,
}

pub(crate) fn run(args: &Explain, output: &mut Output) -> Result<Exit, Problem> {
    let decision: Decision = input::ours(&args.decision, MAX_DECISION_BYTES)?;
    let needs = decision.needs();
    match args.output {
        Format::Text => output.text(&render::explain::text(&decision, &needs))?,
        Format::Json => output.data(&json_line(&Answer {
            decision: decision.id,
            outcome: decision.outcome,
            reasons: &decision.reasons,
            needs: &needs,
            now: decision.basis.now,
            valid_until: decision.valid_until,
        })?)?,
    }
    Ok(Exit::Ok)
}
