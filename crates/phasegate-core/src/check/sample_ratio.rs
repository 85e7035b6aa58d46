//! The arms got the shares of traffic that were declared.
//!
//! Where the versions serve different requests the counts are tested against the share of each
//! phase, exactly; below a probability of 0.001 nothing that compares the arms is believed. Where
//! traffic is mirrored each request should have a row of the baseline: more than one percent
//! without one is as bad. A candidate that did not answer is its own error, and no mismatch.

use phasegate_stats::design::{ArmCount, sample_ratio};

use super::found;
use crate::case::{Case, Reached};
use crate::finding::{Finding, Status};
use crate::plan::Stage;

/// Below this probability counts are not those of the declared shares: customary.
const LEAST_P: f64 = 1e-3;

/// The largest share of mirrored requests without a row of the baseline.
const MOST_MISSING: f64 = 0.01;

/// What is wrong with the counts of a phase, in words.
pub(crate) fn ratio_of(reached: &Reached<'_>) -> Result<(), String> {
    let id = &reached.phase.id;
    if let (Some(pairs), Stage::Shadow) = (reached.seen.pairs, reached.phase.stage) {
        let missing = pairs.baseline_missing;
        let mirrored = pairs.compared().saturating_add(missing);
        if missing as f64 > MOST_MISSING * mirrored as f64 {
            return Err(format!(
                "in `{id}` {missing} of {mirrored} mirrored requests have no row of the baseline, \
                 more than 1 %"
            ));
        }
        return Ok(());
    }
    let weight = reached.weight();
    let (baseline, candidate) = match reached.phase.stage {
        Stage::Gray if weight >= 1.0 => return Ok(()),
        Stage::Gray => (1.0 - weight, weight),
        Stage::Shadow => (1.0, weight),
    };
    let arms = [
        ArmCount { count: reached.seen.baseline_requests, weight: baseline },
        ArmCount { count: reached.seen.candidate_requests, weight: candidate },
    ];
    let [of_baseline, of_candidate] = arms.map(|arm| arm.count);
    let declared = candidate / (baseline + candidate);
    match sample_ratio(&arms) {
        Ok(outcome) if outcome.p.is_some_and(|p| p < LEAST_P) => Err(format!(
            "in `{id}` {of_candidate} of {} requests went to the candidate, where its share is \
             {declared}",
            of_baseline.saturating_add(of_candidate)
        )),
        // No requests at all are told by what needs some.
        _ => Ok(()),
    }
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    let wrong: Vec<String> =
        case.reached(case.phase().stage).filter_map(|reached| ratio_of(&reached).err()).collect();
    if wrong.is_empty() {
        let message = "each version got its share of the traffic";
        found("sample_ratio", Status::Pass, "as_declared", message)
    } else {
        found("sample_ratio", Status::Invalid, "sample_ratio_mismatch", wrong.join("; "))
    }
}
