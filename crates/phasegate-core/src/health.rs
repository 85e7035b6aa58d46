//! Health: candidate against stable version in the phase they are in, and which of the two is at
//! fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use phasegate_stats::one_sample::quantile_interval;
use phasegate_stats::{Question, summary::Ranked as _};

use crate::action::{AtFault, EmergencyFacts, Serving, at_fault};
use crate::analyze::{AnalyzeError, analyze};
use crate::finding::{Status, TriggerAction};
use crate::metric::{both_ranks, quantile_of};
use crate::observations::{MetricData, MetricObservations};
use crate::plan::{Measure, Plan};
use crate::{Observations, Timestamp};

/// How many requests of a version there must be for a word about it.
pub const MIN_SAMPLES: u64 = 50;

/// Candidate against stable version, now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Which version the trouble comes from.
    pub at_fault: AtFault,
    /// Why, in a sentence.
    pub message: String,
    /// The phase that the candidate is in.
    pub phase: String,
    /// The candidate.
    pub candidate: VersionHealth,
    /// The version that serves.
    pub stable: VersionHealth,
    /// The metrics of requests in which the candidate is proved to be worse than the plan allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proved_worse: Vec<String>,
}

/// What is seen of one version, and what of it is beyond a threshold of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionHealth {
    /// Its requests in this phase.
    pub requests: u64,
    /// The share of them that failed; absent when too few were seen, or none is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// The 95th percentile of its latency in milliseconds; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_latency_ms: Option<f64>,
    /// What is beyond its threshold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<String>,
}

/// Compares both versions in the phase that the candidate is in.
///
/// Answers: is one of them ill, and which? Both are held to the same thresholds of the plan by what
/// is observed, strictly, as rollback triggers are; beside that, a candidate that is proved to be
/// worse than the stable version is at fault even within the thresholds, and so is one that a
/// trigger asks to take back. With fewer than `min_samples` requests nothing is said of a version,
/// and where a metric of the plan is not known of one nobody is called well. The metrics are those
/// that the plan calls `error_rate` and `latency` (a 95th percentile in `ms` or `s`).
///
/// # Errors
/// When the documents do not belong together, as for [`analyze()`].
pub fn health(
    plan: &Plan,
    observations: &Observations,
    now: Option<Timestamp>,
    min_samples: u64,
) -> Result<Health, AnalyzeError> {
    let evidence = analyze(plan, None, observations, now)?.evidence;
    let phase = evidence.phase.unwrap_or_default();
    let seen = observations.phases.get(&phase);
    let [mut stable, mut candidate] = [VersionHealth::default(), VersionHealth::default()];
    if let Some(seen) = seen {
        stable.requests = seen.baseline_requests;
        candidate.requests = seen.candidate_requests;
        for metric in &plan.metrics {
            let Some(data) = seen.metrics.get(&metric.id) else { continue };
            if metric.id == "error_rate" {
                let [of_stable, of_candidate] = shares(&data.data, min_samples);
                (stable.error_rate, candidate.error_rate) = (of_stable, of_candidate);
            } else if metric.id == "latency" {
                let [of_stable, of_candidate] = tails(&metric.measure, data, min_samples);
                (stable.p95_latency_ms, candidate.p95_latency_ms) = (of_stable, of_candidate);
            }
        }
    }
    for version in [&mut stable, &mut candidate] {
        version.beyond = beyond(version, plan);
    }
    let of_requests = |id: &str| {
        let name = id.strip_prefix("harm.").unwrap_or(id);
        plan.metrics.iter().any(|metric| metric.id == name && !metric.measure.is_gold())
    };
    let mut proved_worse: Vec<String> = evidence
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Fail && of_requests(&finding.id))
        .map(|finding| finding.id.strip_prefix("harm.").unwrap_or(&finding.id).to_owned())
        .collect();
    proved_worse.sort();
    proved_worse.dedup();
    let taken_back: Vec<&str> = evidence
        .triggers
        .iter()
        .filter(|fired| fired.action >= TriggerAction::Abort)
        .map(|fired| fired.id.as_str())
        .collect();
    let facts = EmergencyFacts {
        candidate: Some(serving(&candidate)),
        stable: serving(&stable),
        ..EmergencyFacts::default()
    };
    let by_thresholds = at_fault(&facts, &plan.thresholds);
    let (at_fault, message) = verdict(&Told {
        by_thresholds,
        taken_back: taken_back.first().copied(),
        is_proved_worse: !proved_worse.is_empty(),
        not_known: not_known(plan, &stable, &candidate),
        least: min_samples,
    });
    Ok(Health { at_fault, message, phase, candidate, stable, proved_worse })
}

/// What speaks for and against both.
struct Told<'a> {
    by_thresholds: AtFault,
    /// The trigger that asks to take the candidate back.
    taken_back: Option<&'a str>,
    is_proved_worse: bool,
    /// What is not known of a version.
    not_known: Option<String>,
    /// How many requests a version must have.
    least: u64,
}

fn verdict(told: &Told<'_>) -> (AtFault, String) {
    use AtFault::{Both, Candidate, Neither, Stable, Unknown};
    if let Some(trigger) = told.taken_back {
        let asks = format!("the trigger `{trigger}` asks to take the candidate back");
        return match told.by_thresholds {
            Stable | Both => (Both, format!("the stable version is beyond a threshold; {asks}")),
            Neither | Candidate | Unknown => (Candidate, asks),
        };
    }
    match (told.by_thresholds, told.is_proved_worse, &told.not_known) {
        (Neither, true, _) => (
            Candidate,
            "both are within their thresholds; the candidate is proved to be worse than the \
             stable version"
                .to_owned(),
        ),
        (Unknown, true, _) => (
            Candidate,
            "too little is seen for the thresholds; the candidate is proved to be worse than the \
             stable version"
                .to_owned(),
        ),
        (Neither, false, Some(not_known)) => (Unknown, not_known.clone()),
        (Neither, false, None) => (Neither, "neither is beyond a threshold".to_owned()),
        (Candidate, ..) => {
            (Candidate, "the candidate is beyond a threshold, the stable version is not".to_owned())
        }
        (Stable, ..) => {
            (Stable, "the stable version is beyond a threshold, the candidate is not".to_owned())
        }
        (Both, ..) => (Both, "both are beyond a threshold; what they share is at fault".to_owned()),
        (Unknown, false, _) => {
            (Unknown, format!("a version has fewer than {} requests", told.least))
        }
    }
}

/// What the plan measures and is not known of a version.
fn not_known(plan: &Plan, stable: &VersionHealth, candidate: &VersionHealth) -> Option<String> {
    let measured = |id: &str| plan.metrics.iter().find(|metric| metric.id == id);
    let error_rate = measured("error_rate").is_some();
    let latency = measured("latency").is_some_and(|metric| tail_in_ms(&metric.measure).is_some());
    for (name, version) in [("candidate", candidate), ("stable version", stable)] {
        let what = match (version.error_rate, version.p95_latency_ms) {
            (None, _) if error_rate => "error rate",
            (_, None) if latency => "P95 latency",
            _ => continue,
        };
        return Some(format!("the {what} of the {name} is not known: too little was measured"));
    }
    None
}

fn serving(version: &VersionHealth) -> Serving {
    Serving {
        ready_replicas: None,
        error_rate: version.error_rate,
        p95_latency_ms: version.p95_latency_ms,
    }
}

fn beyond(version: &VersionHealth, plan: &Plan) -> Vec<String> {
    let mut names = Vec::new();
    if version.error_rate.is_some_and(|rate| rate > plan.thresholds.error_rate) {
        names.push("error_rate".to_owned());
    }
    if version.p95_latency_ms.is_some_and(|ms| ms > plan.thresholds.p95_latency_ms) {
        names.push("p95_latency_ms".to_owned());
    }
    names
}

/// Stable version, then candidate.
fn shares(data: &MetricData, least: u64) -> [Option<f64>; 2] {
    let share = |k: u64, n: u64| (n >= least && n > 0).then(|| k as f64 / n as f64);
    match data {
        MetricData::Counts { baseline, candidate } => {
            [share(baseline.k, baseline.n), share(candidate.k, candidate.n)]
        }
        MetricData::PairedCounts(pairs) => {
            let (of_stable, of_candidate) = (
                pairs.both.saturating_add(pairs.baseline_only),
                pairs.both.saturating_add(pairs.candidate_only),
            );
            let n = of_stable.saturating_add(pairs.candidate_only).saturating_add(pairs.neither);
            [share(of_stable, n), share(of_candidate, n)]
        }
        MetricData::Clusters(totals) => {
            let n = totals.iter().fold(0_u64, |sum, total| sum.saturating_add(total.n));
            let enough = n >= least && n > 0;
            let sum = |of: fn(&crate::observations::ClusterTotal) -> f64| {
                enough.then(|| totals.iter().map(of).sum::<f64>() / n as f64)
            };
            [sum(|total| total.baseline), sum(|total| total.candidate)]
        }
        _ => [None, None],
    }
}

/// Stable version, then candidate; in milliseconds.
fn tails(measure: &Measure, seen: &MetricObservations, least: u64) -> [Option<f64>; 2] {
    let Some((quantile, in_ms)) = tail_in_ms(measure) else { return [None, None] };
    let Ok(ranks) = both_ranks(&seen.data, 0) else { return [None, None] };
    ranks.map(|ranks| {
        let enough = ranks.count() >= least;
        let found = quantile_interval(&ranks, quantile, &Question::differs_from(0.0));
        found.ok().filter(|_| enough)?.estimate.map(|value| value * in_ms)
    })
}

/// A 95th percentile, and how many milliseconds its unit has.
fn tail_in_ms(measure: &Measure) -> Option<(f64, f64)> {
    let (Measure::Quantile { unit, .. }, Some(quantile)) = (measure, quantile_of(measure)) else {
        return None;
    };
    let in_ms = match unit.as_str() {
        "ms" => 1.0,
        "s" => 1000.0,
        _ => return None,
    };
    ((quantile - 0.95).abs() <= 1e-12).then_some((quantile, in_ms))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document;
    use crate::plan::{MAX_PLAN_BYTES, RUNBOOK};
    use crate::read::Format;

    /// Errors of 1000 requests of each version in gray at 25 %, and the median of what else is the
    /// same latency for all.
    fn seen(errors: [u64; 2], ms: [f64; 2], n: usize) -> Observations {
        let [stable, candidate] = errors;
        let version = |id: &str| json!({"id": id, "model": "m", "prompt": id});
        let value = json!({
            "schema": "phasegate/observations/v1",
            "candidate": version("a"), "baseline": version("b"), "phase": "gray_25",
            "window": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00Z"},
            "phases": {"gray_25": {
                "candidate_requests": n, "baseline_requests": 3 * n, "covered_ms": 7_200_000,
                "metrics": {
                    "error_rate": {"data": {"counts": {
                        "baseline": {"k": 3 * stable, "n": 3 * n},
                        "candidate": {"k": candidate, "n": n}}}},
                    "latency": {"data": {"values": {
                        "baseline": vec![ms[0]; 3 * n], "candidate": vec![ms[1]; n]}}},
                }}},
            "incidents": [], "quarantine": [],
        });
        document::from_value(&value).expect("observations")
    }

    #[track_caller]
    fn check(errors: [u64; 2], ms: [f64; 2], n: usize, expected: AtFault) {
        let plan: Plan =
            document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
        let found = health(&plan, &seen(errors, ms, n), None, MIN_SAMPLES).expect("they fit");
        assert_eq!(found.at_fault, expected, "{found:?}");
        assert_eq!(found.phase, "gray_25");
    }

    #[test]
    fn the_version_beyond_its_thresholds_is_at_fault() {
        // The runbook's thresholds are 2 % and 3000 ms, and exactly that is within.
        let fast = [1000.0, 1000.0];
        check([10, 10], fast, 1000, AtFault::Neither);
        check([20, 20], [3000.0, 3000.0], 1000, AtFault::Neither);
        check([10, 21], fast, 1000, AtFault::Candidate);
        check([21, 10], fast, 1000, AtFault::Stable);
        check([21, 21], fast, 1000, AtFault::Both);
        check([10, 10], [1000.0, 3001.0], 1000, AtFault::Candidate);
        check([10, 10], [3001.0, 1000.0], 1000, AtFault::Stable);
        check([0, 0], fast, 49, AtFault::Unknown);
        // Within the thresholds, and yet twice as slow.
        check([10, 10], [1000.0, 2000.0], 1000, AtFault::Candidate);
    }

    #[test]
    fn a_trigger_that_asks_for_a_rollback_and_what_is_not_known_are_no_health() {
        let plan: Plan =
            document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
        let told = |observations: &Observations| {
            let found = health(&plan, observations, None, MIN_SAMPLES).expect("they fit");
            (found.at_fault, found.message)
        };
        let mut one = seen([10, 10], [1000.0, 1000.0], 1000);
        one.stream = vec![
            serde_json::from_value(json!({
                "schema": "phasegate/observation/v1", "source": "gateway", "sequence": 1,
                "time": "2026-03-01T11:00:00Z", "candidate": {"requests": 100, "errors": 90},
            }))
            .expect("an observation"),
        ];
        let asks = "the trigger `error_spike` asks to take the candidate back";
        assert_eq!(told(&one), (AtFault::Candidate, asks.to_owned()));
        let mut other = seen([10, 10], [1000.0, 1000.0], 1000);
        let phase = other.phases.get_mut("gray_25").expect("the phase");
        phase.metrics.remove("latency");
        let unknown = "the P95 latency of the candidate is not known: too little was measured";
        assert_eq!(told(&other), (AtFault::Unknown, unknown.to_owned()));
    }
}
