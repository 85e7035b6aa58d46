//! The observations are of the time they should be of.

use super::found;
use crate::case::Case;
use crate::finding::{Finding, Status};

/// Why the observations cannot be judged at that moment: a code and a sentence.
pub(crate) fn problem(case: &Case<'_>) -> Option<(&'static str, String)> {
    let Some(window) = case.seen.window else {
        return Some(("window_missing", "the observations do not say when they ended".to_owned()));
    };
    let now = case.now?;
    let Some(age) = now.unix_nanos().checked_sub(window.end.unix_nanos()) else {
        return Some(("stale", "the observations are centuries away".to_owned()));
    };
    let Ok(age) = u64::try_from(age) else {
        return Some((
            "from_the_future",
            format!("the observations end at {}, after {now}", window.end),
        ));
    };
    (age > case.plan.max_age.nanos()).then(|| {
        let message = format!(
            "the observations ended at {}, longer before {now} than {}",
            window.end, case.plan.max_age
        );
        ("stale", message)
    })
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    match problem(case) {
        Some((reason, message)) => found("window", Status::Invalid, reason, message),
        None => found("window", Status::Pass, "recent", "the observations are recent"),
    }
}
