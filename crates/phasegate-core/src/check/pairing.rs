//! Mirrored traffic: what became of the requests.

use super::found;
use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::observations::PairAccount;
use crate::plan::Stage;

pub(super) fn finding(case: &Case<'_>) -> Option<Finding> {
    let mut all = PairAccount::default();
    let mut counted = false;
    for pairs in case.reached(Stage::Shadow).filter_map(|reached| reached.seen.pairs) {
        counted = true;
        for (sum, part) in [
            (&mut all.matched, pairs.matched),
            (&mut all.candidate_missing, pairs.candidate_missing),
            (&mut all.baseline_missing, pairs.baseline_missing),
            (&mut all.pending, pairs.pending),
            (&mut all.not_mirrored, pairs.not_mirrored),
        ] {
            *sum = sum.saturating_add(part);
        }
    }
    // Summaries that were given as they are may come without an account.
    if !counted {
        return None;
    }
    let PairAccount { matched, candidate_missing, baseline_missing, pending, not_mirrored } = all;
    let message = format!(
        "{matched} requests answered by both, {candidate_missing} not by the candidate, \
         {baseline_missing} not by the baseline, {pending} pending, {not_mirrored} not mirrored"
    );
    Some(if all.compared() == 0 {
        found("pairing", Status::Invalid, "no_pairs", message)
    } else {
        found("pairing", Status::Pass, "paired", message)
    })
}
