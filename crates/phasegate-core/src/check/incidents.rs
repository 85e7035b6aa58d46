//! No active incident where versions serve.

use super::found;
use crate::Timestamp;
use crate::case::Case;
use crate::finding::{Finding, Status};
use crate::observations::Incident;

/// Whether it goes on at that moment; without one, whether it has not ended.
pub(crate) fn is_active(incident: &Incident, now: Option<Timestamp>) -> bool {
    let begun = match (incident.since, now) {
        (Some(since), Some(now)) => since <= now,
        _ => true,
    };
    let ended = match (incident.until, now) {
        (Some(until), Some(now)) => until <= now,
        (until, None) => until.is_some(),
        (None, Some(_)) => false,
    };
    begun && !ended
}

pub(super) fn finding(case: &Case<'_>) -> Option<Finding> {
    if !case.plan.checklist.no_active_incidents {
        return None;
    }
    let Some(incidents) = &case.seen.incidents else {
        let message = "incidents are not told; give `incidents`, an empty list if there are none";
        return Some(found("incidents", Status::Invalid, "incidents_unknown", message));
    };
    let active: Vec<&str> = incidents
        .iter()
        .filter(|incident| !matches!(incident.location.as_str(), "V1" | "V3"))
        .filter(|incident| is_active(incident, case.now))
        .map(|incident| incident.id.as_str())
        .collect();
    Some(if active.is_empty() {
        let message = "no incident is active where versions serve";
        found("incidents", Status::Pass, "no_active_incident", message)
    } else {
        let message = format!("active: {}", active.join(", "));
        found("incidents", Status::Inconclusive, "incident_active", message)
    })
}
