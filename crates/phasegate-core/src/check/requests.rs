//! Enough mirrored requests that were answered.

use super::{found, measured};
use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::plan::Stage;

/// How many mirrored requests the candidate answered.
pub(crate) fn answered(case: &Case<'_>) -> u64 {
    case.reached(Stage::Shadow).fold(0, |sum, reached| {
        let answered = reached.seen.pairs.map_or(reached.seen.candidate_requests, |pairs| {
            pairs.matched.saturating_add(pairs.baseline_missing)
        });
        sum.saturating_add(answered)
    })
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    let needed = case.plan.checklist.min_requests;
    let requests = answered(case);
    let (status, reason) = if requests < needed {
        (Status::Inconclusive, "too_few_requests")
    } else {
        (Status::Pass, "enough_requests")
    };
    let message = format!("{requests} shadow requests of the {needed} needed");
    let left = requests as f64 - needed as f64;
    let finding = found("requests", status, reason, message);
    measured(finding, requests as f64, needed as f64, left)
}
