//! Long enough in shadow: the time that requests cover, gaps left out.

use super::{found, measured};
use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::plan::Stage;

/// How many hours the candidate's requests in shadow cover.
pub(crate) fn covered(case: &Case<'_>) -> f64 {
    let covered = case
        .reached(Stage::Shadow)
        .fold(0_u64, |sum, reached| sum.saturating_add(reached.seen.covered_ms));
    covered as f64 / 3_600_000.0
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    let needed = case.plan.checklist.min_hours;
    let hours = covered(case);
    let (status, reason) = if hours < needed {
        (Status::Inconclusive, "too_few_hours")
    } else {
        (Status::Pass, "enough_hours")
    };
    let message = format!("{hours:.1} hours in shadow of the {needed} needed");
    measured(found("hours", status, reason, message), hours, needed, hours - needed)
}
