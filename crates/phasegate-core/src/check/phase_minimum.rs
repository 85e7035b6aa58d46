//! The present phase has lasted long enough and seen enough.

use super::found;
use crate::case::{Case, Reached};
use crate::finding::{Finding, Status};

/// What the phase still lacks, in words.
pub(crate) fn shortfall(reached: &Reached<'_>) -> Option<String> {
    let phase = reached.phase;
    if let Some(needed) = phase.min_samples
        && reached.units() < needed
    {
        let units = reached.units();
        return Some(format!("`{}` has {units} candidate requests of {needed}", phase.id));
    }
    if let Some(needed) = phase.min_duration {
        let needed_ms = needed.nanos() / 1_000_000;
        if reached.seen.covered_ms < needed_ms {
            let hours = reached.seen.covered_ms as f64 / 3_600_000.0;
            return Some(format!("`{}` has covered {hours:.1} hours of {needed}", phase.id));
        }
    }
    None
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    let phase = case.phase();
    let Some(reached) = case.here() else {
        let message = format!("nothing was seen in `{}`", phase.id);
        return found("phase", Status::Invalid, "no_data", message);
    };
    if let Some(lacks) = shortfall(&reached) {
        return found("phase", Status::Inconclusive, "phase_minimum", lacks);
    }
    let message = format!("`{}` has lasted long enough", phase.id);
    found("phase", Status::Pass, "phase_minimum_met", message)
}
