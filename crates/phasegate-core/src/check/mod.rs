//! Checks: what must be so apart from metrics and the gold set. Each gives one finding.

mod budget;
mod hours;
mod incidents;
mod pairing;
mod phase_minimum;
mod quarantine;
mod requests;
mod sample_ratio;
mod window;

pub(crate) use hours::covered;
pub(crate) use incidents::is_active;
pub(crate) use phase_minimum::shortfall;
pub(crate) use quarantine::is_live;
pub(crate) use requests::answered;
pub(crate) use sample_ratio::ratio_of;
pub(crate) use window::problem as window_problem;

use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::plan::{Phase, Stage};

/// A check: its finding, when the plan asks for it, and the phases that require it.
type Check = fn(&Case<'_>) -> Option<Finding>;

/// Whether a phase requires a check.
type Requires = fn(&Phase) -> bool;

/// One line per check, in the order of their findings.
const CHECKS: [(Check, Requires); 9] = [
    (|case| Some(window::finding(case)), everywhere),
    (|case| Some(requests::finding(case)), in_shadow),
    (|case| Some(hours::finding(case)), in_shadow),
    (|case| Some(phase_minimum::finding(case)), everywhere),
    (pairing::finding, in_shadow),
    (|case| Some(sample_ratio::finding(case)), everywhere),
    (incidents::finding, everywhere),
    (budget::finding, everywhere),
    (|case| Some(quarantine::finding(case)), everywhere),
];

/// The findings of all checks.
pub(crate) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let found = CHECKS.iter().filter_map(|(check, requires)| {
        check(case).map(|finding| Finding { phases: case.phases_where(requires), ..finding })
    });
    found.collect()
}

fn everywhere(_: &Phase) -> bool {
    true
}

fn in_shadow(phase: &Phase) -> bool {
    phase.stage == Stage::Shadow
}

/// A finding of which nothing is measured.
pub(crate) fn found(
    id: impl Into<String>,
    status: Status,
    reason: &str,
    message: impl Into<String>,
) -> Finding {
    Finding {
        id: id.into(),
        status,
        required: false,
        reason: reason.to_owned(),
        message: message.into(),
        observed: None,
        limit: None,
        margin_left: None,
        statistics: None,
        phases: Vec::new(),
    }
}

/// The same with what was seen and what was asked for; `margin_left` is positive on the good side.
pub(crate) fn measured(finding: Finding, observed: f64, limit: f64, margin_left: f64) -> Finding {
    Finding {
        observed: Some(observed),
        limit: Some(limit),
        margin_left: Some(margin_left),
        ..finding
    }
}
