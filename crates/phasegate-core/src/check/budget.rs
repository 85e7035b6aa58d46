//! Within the day's budget; what it pauses is not promoted either.

use super::{found, measured};
use crate::case::Case;
use crate::finding::{Finding, Status};

pub(super) fn finding(case: &Case<'_>) -> Option<Finding> {
    let limit = case.plan.checklist.daily_budget_usd?;
    let Some(budget) = case.seen.budget else {
        let message = "what evaluation cost today is not told; give `budget`";
        return Some(found("budget", Status::Invalid, "budget_unknown", message));
    };
    let spent = budget.spent_today_usd;
    let (status, reason) = if spent > limit {
        (Status::Inconclusive, "daily_budget_exceeded")
    } else {
        (Status::Pass, "within_budget")
    };
    let message = format!("{spent} USD spent today of {limit} USD");
    Some(measured(found("budget", status, reason, message), spent, limit, limit - spent))
}
