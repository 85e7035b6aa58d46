//! The candidate is not kept out, under this name or another.

use super::found;
use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::observations::QuarantineRecord;
use crate::{Digest, Timestamp};

/// Whether a record keeps this content out at that moment: it is neither released nor expired.
pub(crate) fn is_live(record: &QuarantineRecord, now: Option<Timestamp>) -> bool {
    let before = |moment: Option<Timestamp>| match (moment, now) {
        (Some(moment), Some(now)) => moment <= now,
        // Without a moment nothing has come to pass.
        _ => false,
    };
    !before(record.released) && !before(record.expires)
}

pub(super) fn finding(case: &Case<'_>) -> Finding {
    let Some(records) = &case.seen.quarantine else {
        let message = "quarantine is not told; give `quarantine`, an empty list if there is none";
        return found("quarantine", Status::Invalid, "quarantine_unknown", message);
    };
    let content: Option<Digest> = case.seen.candidate.pin().ok().map(|pin| pin.content);
    let live =
        records.iter().find(|record| Some(record.content) == content && is_live(record, case.now));
    if let Some(record) = live {
        return found("quarantine", Status::Fail, "quarantined", record.reason.clone());
    }
    let message = "no live record names the candidate";
    found("quarantine", Status::Pass, "not_quarantined", message)
}
