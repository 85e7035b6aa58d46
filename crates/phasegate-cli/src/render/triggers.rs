//! Triggers in plain words.

use phasegate::plan::{Missing, Plan, Trigger};
use phasegate::trigger::{BurnWindows, Condition, FalseAlarm, Healthy, Limit, Signal, SrePeriod};

use crate::output::{FAINT, paint};
use crate::text::clean;

/// How deep conditions are told; a plan nests them no deeper.
const MAX_DEPTH: usize = 8;

/// One block per trigger.
pub(crate) fn text(plan: &Plan, healthy: Option<&Healthy>, alarms: &[FalseAlarm]) -> String {
    let mut lines = Vec::new();
    if plan.triggers.is_empty() {
        lines.push("the plan has no triggers".to_owned());
    }
    for (index, trigger) in plan.triggers.iter().enumerate() {
        lines.push(format!("{}  {}", clean(&trigger.id), clean(&words(trigger, plan))));
        lines.extend(alarms.get(index).map(|alarm| format!("  {}", clean(&alarm_words(alarm)))));
    }
    if let Some(healthy) = healthy {
        lines.push(paint(&assumed(healthy), FAINT));
    }
    lines.join("\n")
}

/// What a trigger watches for and asks for.
pub(crate) fn words(trigger: &Trigger, plan: &Plan) -> String {
    let mut told =
        vec![format!("{} when {}", trigger.action.as_str(), condition(&trigger.when, plan, 0))];
    let window = trigger.window;
    match (trigger.consecutive, trigger.hold_for) {
        (Some(1) | None, None) if is_reported(&trigger.when) => {}
        (Some(windows), _) if is_reported(&trigger.when) => {
            told.push(format!(", {windows} times in a row"));
        }
        (Some(windows), _) => {
            told.push(format!(", in {windows} windows of {window} in a row"));
        }
        (None, held) => {
            if has_window(&trigger.when, 0) {
                told.push(format!(", over {window}"));
            }
            if let Some(held) = held {
                told.push(format!(", for {held} without a break"));
            }
        }
    }
    if let Some(least) = trigger.min_samples {
        let below = match trigger.missing {
            Missing::Ignore => "it is quiet",
            Missing::Hold => "it holds",
            Missing::Fail => "it fires",
        };
        told.push(format!("; below {least} observations {below}"));
    } else if trigger.missing == Missing::Fail {
        told.push("; without observations it fires".to_owned());
    }
    if let Some(part) = trigger.hysteresis {
        told.push(format!("; it ends {} % within the limit", shown(part * 100.0)));
    }
    if let Some(cooldown) = trigger.cooldown {
        told.push(format!("; it goes on for {cooldown} after it was last met"));
    }
    told.concat()
}

fn is_reported(condition: &Condition) -> bool {
    matches!(condition, Condition::Slo(_))
}

/// Whether the trigger's window matters to it.
fn has_window(condition: &Condition, depth: usize) -> bool {
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            depth < MAX_DEPTH && inner.iter().any(|one| has_window(one, depth + 1))
        }
        Condition::Not(inner) => depth < MAX_DEPTH && has_window(inner, depth + 1),
        single => matches!(single, Condition::Threshold(_)),
    }
}

fn condition(one: &Condition, plan: &Plan, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "...".to_owned();
    }
    let joined = |inner: &[Condition], word: &str| {
        let told = inner.iter().map(|one| match one {
            Condition::All(_) | Condition::Any(_) => {
                format!("({})", condition(one, plan, depth + 1))
            }
            single => condition(single, plan, depth + 1),
        });
        told.collect::<Vec<_>>().join(word)
    };
    match one {
        Condition::All(inner) => joined(inner, " and "),
        Condition::Any(inner) => joined(inner, " or "),
        Condition::Not(inner) => format!("not ({})", condition(inner, plan, depth + 1)),
        Condition::Threshold(one) => {
            format!("{} is {}", signal(one.metric), beyond(one.metric, one.limit, plan))
        }
        Condition::Harm(one) => {
            let limit = beyond(one.metric, one.limit, plan);
            format!("it is proved that {} is {limit}", signal(one.metric))
        }
        Condition::BurnRate(one) => {
            let windows = match &one.windows {
                BurnWindows::Sre(SrePeriod::Period(period)) => {
                    format!("the SRE workbook's pairs of windows for {period}")
                }
                BurnWindows::Sre(SrePeriod::Phase(phase)) => {
                    format!("the SRE workbook's pairs of windows for the phase `{phase}`")
                }
                BurnWindows::Pairs(pairs) => {
                    let told = pairs.iter().map(|pair| {
                        format!("{} times over {} and {}", pair.factor, pair.long, pair.short)
                    });
                    told.collect::<Vec<_>>().join(" or ")
                }
            };
            format!(
                "{} uses up the error budget of {} % too fast: {windows}",
                signal(one.metric),
                shown((1.0 - one.objective) * 100.0)
            )
        }
        Condition::ErrorBudget(one) => format!(
            "{} has used up the error budget of {} % of {}",
            signal(one.metric),
            shown((1.0 - one.objective) * 100.0),
            one.period
        ),
        Condition::DailyBudget(one) => {
            let limit = one.limit_usd.or(plan.checklist.daily_budget_usd).unwrap_or_default();
            format!("evaluation has cost more than {limit} USD today ({})", one.zone)
        }
        Condition::Slo(_) => "a window of the service's SLO was missed".to_owned(),
        Condition::Stale(one) => {
            let whom =
                one.source.as_ref().map_or_else(String::new, |source| format!(" from `{source}`"));
            format!("nothing has been heard{whom} for {}", one.after)
        }
    }
}

fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::ErrorRate => "the error rate",
        Signal::P95LatencyMs => "P95 latency",
        Signal::SecurityPassRate => "the security pass rate",
    }
}

fn beyond(metric: Signal, limit: Limit, plan: &Plan) -> String {
    let (side, threshold) = match metric {
        Signal::ErrorRate => ("above", plan.thresholds.error_rate),
        Signal::P95LatencyMs => ("above", plan.thresholds.p95_latency_ms),
        Signal::SecurityPassRate => ("below", plan.thresholds.security_pass_rate),
    };
    let value = |value: f64| match metric {
        Signal::P95LatencyMs => format!("{} ms", shown(value)),
        Signal::ErrorRate | Signal::SecurityPassRate => format!("{} %", shown(value * 100.0)),
    };
    match limit {
        Limit::Absolute(limit) => format!("{side} {}", value(limit)),
        Limit::Threshold(factor) => {
            format!("{side} {} ({factor} times its threshold)", value(factor * threshold))
        }
        Limit::Baseline(factor) => format!("{side} {factor} times the baseline's"),
    }
}

fn alarm_words(alarm: &FalseAlarm) -> String {
    let told = match (alarm.chance_ever, alarm.expected_hours, alarm.expected_windows) {
        (Some(ever), ..) => format!("fires falsely in at most {} % of phases", shown(ever * 100.0)),
        (None, Some(hours), _) if hours < 48.0 => {
            format!("a false alarm every {} hours", shown(hours))
        }
        (None, Some(hours), _) if hours < 24.0 * 36_525.0 => {
            format!("a false alarm every {} days", shown(hours / 24.0))
        }
        (None, Some(_), _) => "a false alarm in more than a hundred years".to_owned(),
        (None, None, Some(windows)) => format!("a false alarm every {} windows", shown(windows)),
        (None, None, None) if alarm.chance_per_window == Some(0.0) => "no false alarm".to_owned(),
        (None, None, None) => "nothing can be said of false alarms".to_owned(),
    };
    format!("{told}: {}", alarm.assumes)
}

fn assumed(healthy: &Healthy) -> String {
    let rate = |share: Option<f64>| shown(share.unwrap_or_default() * 100.0);
    format!(
        "A version that is well is taken to have {} requests an hour, of which {} % fail and {} % \
         are slow,\n{} security checks an hour, of which {} % fail, and {} % of SLO windows missed.",
        shown(healthy.requests_per_hour.unwrap_or_default()),
        rate(healthy.error_rate),
        rate(healthy.slow_share),
        shown(healthy.security_checks_per_hour.unwrap_or_default()),
        rate(healthy.security_failure_rate),
        rate(healthy.slo_miss_rate)
    )
}

/// Four significant digits, without zeros at the end.
fn shown(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{number}");
    }
    let digits = (3.0 - number.abs().log10().floor()).clamp(0.0, 9.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was brought between 0 and 9"
    )]
    let text = format!("{number:.*}", digits as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
