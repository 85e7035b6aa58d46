//! The policy input: the runbook's facts, computed from the observations, with the evidence.
//!
//! Names and units are those of the runbook. A quantity that could not be computed is absent, and
//! the evidence guard then holds; nothing is ever filled in.
//!
//! | fact | from |
//! |---|---|
//! | `metrics.p95_latency_ms` | the candidate's 0.95 quantile of the metric `latency` in the present phase; its unit must be `ms` or `s` |
//! | `metrics.error_rate` | the candidate's share of the metric `error_rate` in the present phase |
//! | `metrics.accuracy_delta` | the effect of the metric `accuracy` |
//! | `metrics.cost_delta`, `metrics.latency_delta` | the effects of `cost` and `latency`, relative to the baseline |
//! | `metrics.security_pass_rate`, `gold_set` | the candidate's pass rates over the gold set: of the category `security`, of all cases |
//! | `statistical_tests` | two-sided p-values of "no difference", whatever the plan claims |
//! | `shadow`, `incidents`, `quarantine`, `budget` | the checklist, as observed |

use serde_json::{Map, Value, json};

use crate::case::Case;
use crate::check;
use crate::comparison::{Claim, Comparison};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::gold_set::{OVERALL, SECURITY};
use crate::metric::candidate_quantile;
use crate::observations::{MetricData, Place};
use crate::plan::{Margin, Measure, Metric, Stage};
use crate::read::ReadError;
use crate::state::GoldRecord;
use crate::strata;

/// An object that takes only what is there.
#[derive(Default)]
struct Section(Map<String, Value>);

impl Section {
    fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            self.0.insert(name.to_owned(), value);
        }
    }

    fn number(&mut self, name: &str, value: Option<f64>) {
        self.put(name, value.filter(|value| value.is_finite()).map(Value::from));
    }

    /// Absent when nothing is in it.
    fn finish(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }
}

/// The facts that the policy is asked about.
pub(crate) fn facts(
    case: &Case<'_>,
    evidence: &Evidence,
    gold: Option<&GoldRecord>,
) -> Result<Facts, ReadError> {
    let mut input = Section::default();
    input.put("version", Some(version(case)));
    input.put("metrics", metrics(case, gold).finish());
    input.put("statistical_tests", tests(case, gold).finish());
    input.put("thresholds", serde_json::to_value(&case.plan.thresholds).ok());
    input.put("shadow", shadow(case));
    input.put("gold_set", gold_set(gold).finish());
    input.put("incidents", incidents(case));
    input.put("budget", budget(case));
    input.put("quarantine", quarantine(case));
    input.put("evidence", serde_json::to_value(evidence).ok());
    input.put("options", Some(json!({"require_checklist": true})));
    input.put("plan", evidence.plan.map(|digest| json!(digest)));
    Facts::from_value(&Value::Object(input.0))
}

fn version(case: &Case<'_>) -> Value {
    let candidate = &case.seen.candidate;
    let place = candidate.state.unwrap_or(match case.phase().stage {
        Stage::Shadow => Place::Shadow,
        Stage::Gray => Place::Gray,
    });
    json!({
        "id": candidate.id,
        "model": candidate.model,
        "prompt": candidate.prompt,
        "state": place,
    })
}

fn metric<'a>(case: &Case<'a>, id: &str) -> Option<&'a Metric> {
    case.plan.metrics.iter().find(|metric| metric.id == id)
}

/// The comparisons of a metric in the present stage, for a claim about this margin.
fn compared(case: &Case<'_>, metric: &Metric, margin: Option<Margin>) -> Option<Vec<Comparison>> {
    case.observed(metric, Claim { better: metric.better, margin }).ok()
}

fn metrics(case: &Case<'_>, gold: Option<&GoldRecord>) -> Section {
    let mut section = Section::default();
    section.number("p95_latency_ms", p95_latency_ms(case));
    section.number("error_rate", error_rate(case));
    section.number(
        "accuracy_delta",
        metric(case, "accuracy").and_then(|metric| {
            if metric.measure.is_gold() {
                return gold?.effects.get(&metric.id).map(|found| found.effect);
            }
            strata::effect(&compared(case, metric, None)?)
        }),
    );
    let security = gold.and_then(|gold| gold.pass_rates.get(SECURITY).copied());
    section.number("security_pass_rate", security);
    for (fact, id) in [("cost_delta", "cost"), ("latency_delta", "latency")] {
        let effect = metric(case, id).and_then(|metric| {
            strata::effect(&compared(case, metric, Some(Margin::Relative(0.0)))?)
        });
        section.number(fact, effect);
    }
    section
}

fn p95_latency_ms(case: &Case<'_>) -> Option<f64> {
    let metric = metric(case, "latency")?;
    let Measure::Quantile { quantile, unit, .. } = &metric.measure else { return None };
    let in_ms = match unit.as_str() {
        "ms" => 1.0,
        "s" => 1000.0,
        _ => return None,
    };
    if (quantile - 0.95).abs() > 1e-12 {
        return None;
    }
    let seen = case.here()?.seen.metrics.get(&metric.id)?;
    candidate_quantile(seen, *quantile).map(|value| value * in_ms)
}

fn error_rate(case: &Case<'_>) -> Option<f64> {
    let metric = metric(case, "error_rate")?;
    let (errors, requests) = match &case.here()?.seen.metrics.get(&metric.id)?.data {
        MetricData::Counts { candidate, .. } => (candidate.k as f64, candidate.n as f64),
        MetricData::PairedCounts(pairs) => {
            let errors = pairs.both as f64 + pairs.candidate_only as f64;
            (errors, errors + pairs.baseline_only as f64 + pairs.neither as f64)
        }
        MetricData::Clusters(totals) => totals
            .iter()
            .fold((0.0, 0.0), |(sum, n), total| (sum + total.candidate, n + total.n as f64)),
        _ => return None,
    };
    (requests > 0.0).then(|| errors / requests)
}

fn tests(case: &Case<'_>, gold: Option<&GoldRecord>) -> Section {
    let mut section = Section::default();
    for (fact, id) in
        [("accuracy_p_value", "accuracy"), ("latency_p_value", "latency"), ("cost_p_value", "cost")]
    {
        let p = metric(case, id).and_then(|metric| {
            if metric.measure.is_gold() {
                return gold?.effects.get(id).map(|found| found.p);
            }
            strata::p_of_no_difference(&compared(case, metric, None)?)
        });
        section.number(fact, p);
    }
    section
}

fn shadow(case: &Case<'_>) -> Option<Value> {
    case.reached(Stage::Shadow).next()?;
    Some(json!({"requests": check::answered(case), "hours": check::covered(case)}))
}

fn gold_set(gold: Option<&GoldRecord>) -> Section {
    let mut section = Section::default();
    for (fact, category) in [("security_pass_rate", SECURITY), ("overall_pass_rate", OVERALL)] {
        section.number(fact, gold.and_then(|gold| gold.pass_rates.get(category).copied()));
    }
    section
}

fn incidents(case: &Case<'_>) -> Option<Value> {
    let incidents = case.seen.incidents.as_ref()?;
    let told = incidents.iter().map(|incident| {
        let place = match incident.location.as_str() {
            known @ ("V1" | "V3") => known,
            _ => "V2",
        };
        let active = check::is_active(incident, case.now);
        json!({"id": incident.id, "version_place": place, "active": active})
    });
    Some(Value::Array(told.collect()))
}

fn budget(case: &Case<'_>) -> Option<Value> {
    let limit = case.plan.checklist.daily_budget_usd?;
    let budget = case.seen.budget?;
    Some(json!({"spent_today": budget.spent_today_usd, "daily_limit": limit}))
}

/// The records of this version's content, whatever its name.
fn quarantine(case: &Case<'_>) -> Option<Value> {
    let records = case.seen.quarantine.as_ref()?;
    let content = case.seen.candidate.pin().ok()?.content;
    let told = records.iter().filter(|record| record.content == content).map(|record| {
        let live = check::is_live(record, case.now);
        json!({"digest": record.content, "live": live, "reason": record.reason})
    });
    Some(Value::Array(told.collect()))
}
