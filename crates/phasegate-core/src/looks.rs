//! Looks: when a metric is looked at, and what stands between two looks.
//!
//! A look belongs to the observations and not to the call: the same observations give the stored
//! result again and spend nothing.
//!
//! | stage | a look is due | afterwards |
//! |---|---|---|
//! | shadow | once: when requests, hours and the phases' minimums of the plan are reached | the result stands; further data need a new plan |
//! | gray | when the requests pass the next planned fraction of the maximum | what was proved bad stands, everything else is `between_looks`; after the last look the result stands |
//!
//! Looks that were skipped spend nothing, and the next one may spend it. Data that cannot carry a
//! verdict are no look. Without a state all looks before the present one count as taken.

use phasegate_stats::sequential::{Looks, Spending as StatsSpending};
use phasegate_stats::{Alpha, Alternative};

use crate::case::Case;
use crate::check::{self, found};
use crate::comparison::{Claim, Comparison, Refusal};
use crate::finding::{Finding, LookTaken, Scale, Status};
use crate::plan::{Better, Hypothesis, Metric, Role, Spending, Stage};
use crate::state::{GrayLooks, State, StoredLook};
use crate::strata;

/// The one-sided error probability of a metric's claim.
pub(crate) fn alpha(metric: &Metric) -> f64 {
    metric.alpha.unwrap_or(match metric.hypothesis {
        Hypothesis::Superiority => 0.025,
        Hypothesis::NonInferiority => 0.05,
    })
}

/// The finding of a metric that is measured on requests.
pub(crate) fn finding(
    case: &Case<'_>,
    metric: &Metric,
    former: Option<&State>,
    next: &mut State,
) -> Result<Finding, Refusal> {
    match case.phase().stage {
        Stage::Shadow => shadow(case, metric, next),
        Stage::Gray => gray(case, metric, former.is_some(), next),
    }
}

/// The finding of a claim judged once, at the error probability `alpha`.
pub(crate) fn judged(
    metric: &Metric,
    strata: &[Comparison],
    alpha: Alpha,
) -> Result<Finding, Refusal> {
    let claim = Claim::of(metric);
    let judged = strata::judge(claim, strata, alpha)?;
    let mut finding = found(metric.id.as_str(), judged.status, judged.reason, "");
    let limit = claim.limit();
    let left = match claim.better {
        Better::Higher => judged.bound - limit,
        Better::Lower => limit - judged.bound,
    };
    finding.observed = judged.statistics.effect;
    finding.limit = Some(limit);
    finding.margin_left = Some(left).filter(|left| left.is_finite());
    finding.message = sentence(&judged, claim);
    finding.statistics = Some(judged.statistics);
    Ok(finding)
}

fn sentence(judged: &strata::Judged, claim: Claim) -> String {
    let of = |effect: f64| match judged.statistics.scale {
        Scale::Relative => format!("{:+.2} %", 100.0 * effect),
        Scale::Absolute => format!("{effect:+.4}"),
    };
    let effect = judged.statistics.effect.map_or_else(|| "not defined".to_owned(), of);
    let bound =
        if judged.bound.is_finite() { of(judged.bound) } else { "without an end".to_owned() };
    let limit = of(claim.limit());
    let mut sentence = match claim.margin {
        // Whatever is better is beyond no difference.
        None => format!("effect {effect}, bound {bound}, to be {}", beyond(claim.better)),
        Some(_) => format!("effect {effect}, bound {bound}, margin {limit}"),
    };
    if let Some(detectable) = judged.statistics.detectable {
        sentence = format!("{sentence}; an effect of {} would have been seen", of(detectable));
    }
    match judged.statistics.further_n {
        Some(0) | None => sentence,
        Some(more) => format!("{sentence}; about {more} more observations are needed"),
    }
}

/// Where the bound of a superiority claim has to lie.
fn beyond(better: Better) -> &'static str {
    match better {
        Better::Higher => "above 0",
        Better::Lower => "below 0",
    }
}

fn shadow(case: &Case<'_>, metric: &Metric, next: &mut State) -> Result<Finding, Refusal> {
    if let Some(stored) = next.shadow.get(&metric.id) {
        if stored.observations == case.digest {
            return Ok(stored.finding.clone());
        }
        return Ok(standing(stored, "the one look was taken; further data need a new plan"));
    }
    if let Some(lacks) = not_due(case) {
        return Ok(found(metric.id.as_str(), Status::Inconclusive, "before_look", lacks));
    }
    let strata = case.strata(metric, Claim::of(metric))?;
    let finding = judged(metric, &strata, Alpha::new(alpha(metric))?)?;
    let requests = case.units(Stage::Shadow);
    let stored = StoredLook { observations: case.digest, requests, finding: finding.clone() };
    next.shadow.insert(metric.id.clone(), stored);
    Ok(finding)
}

/// What the plan still asks for before the shadow gate is looked at.
fn not_due(case: &Case<'_>) -> Option<String> {
    let checklist = &case.plan.checklist;
    let requests = check::answered(case);
    if requests < checklist.min_requests {
        let needed = checklist.min_requests;
        return Some(format!("looked at once, at {needed} shadow requests; {requests} so far"));
    }
    let hours = check::covered(case);
    if hours < checklist.min_hours {
        let needed = checklist.min_hours;
        return Some(format!("looked at once, after {needed} hours in shadow; {hours:.1} so far"));
    }
    case.here().and_then(|here| check::shortfall(&here))
}

fn standing(stored: &StoredLook, why: &str) -> Finding {
    let finding = stored.finding.clone();
    let message = if finding.message.is_empty() {
        why.to_owned()
    } else {
        format!("{}; {why}", finding.message)
    };
    Finding { message, ..finding }
}

fn gray(
    case: &Case<'_>,
    metric: &Metric,
    has_state: bool,
    next: &mut State,
) -> Result<Finding, Refusal> {
    let monitoring = &case.plan.monitoring;
    let units = case.units(Stage::Gray);
    let fraction = units as f64 / monitoring.planned_maximum as f64;
    let planned = count(monitoring.looks.len());
    let reached = count(monitoring.looks.iter().filter(|&&look| look <= fraction).count());
    let mut taken = match next.gray.get(&metric.id) {
        Some(taken) => taken.clone(),
        None => untaken(case, metric, reached, has_state)?,
    };
    if reached == 0 || reached <= taken.number {
        let ahead = monitoring.looks.get(taken.number as usize).copied();
        return Ok(between(case, metric, &taken, units, ahead));
    }
    let strata = case.strata(metric, Claim::of(metric))?;
    let look = taken.looks.take(fraction)?;
    let mut finding = if let Some(nominal) = look.nominal() {
        judged(metric, &strata, nominal)?
    } else {
        let message = "so early that nothing may be spent on it";
        found(metric.id.as_str(), Status::Inconclusive, "look_too_early", message)
    };
    if let Some(statistics) = &mut finding.statistics {
        let alpha_spent = look.spent();
        statistics.look = Some(LookTaken { number: reached, planned, fraction, alpha_spent });
    }
    if reached == planned && metric.role == Role::Goal && finding.status == Status::Inconclusive {
        finding.status = Status::Fail;
        "planned_maximum_reached".clone_into(&mut finding.reason);
        finding.message = format!(
            "not proved at the planned maximum of {} requests; {}",
            monitoring.planned_maximum, finding.message
        );
    }
    taken.number = reached;
    taken.last =
        Some(StoredLook { observations: case.digest, requests: units, finding: finding.clone() });
    next.gray.insert(metric.id.clone(), taken);
    Ok(finding)
}

fn count(looks: usize) -> u32 {
    u32::try_from(looks).unwrap_or(u32::MAX)
}

/// Nothing looked at yet; without a state the looks before the present one count as taken.
fn untaken(
    case: &Case<'_>,
    metric: &Metric,
    reached: u32,
    has_state: bool,
) -> Result<GrayLooks, Refusal> {
    let monitoring = &case.plan.monitoring;
    let spending = match monitoring.spending {
        Spending::ObrienFleming => StatsSpending::ObrienFleming,
        Spending::Pocock => StatsSpending::Pocock,
        Spending::Power(rho) => StatsSpending::Power { rho },
    };
    let mut looks = Looks::new(spending, Alpha::new(alpha(metric))?, Alternative::Greater)?;
    let mut number = 0;
    if !has_state {
        for &look in monitoring.looks.iter().take(reached.saturating_sub(1) as usize) {
            looks.take(look)?;
            number += 1;
        }
    }
    Ok(GrayLooks { number, looks, last: None })
}

/// What stands where no look is due; `ahead` is the fraction of the next one.
fn between(
    case: &Case<'_>,
    metric: &Metric,
    taken: &GrayLooks,
    units: u64,
    ahead: Option<f64>,
) -> Finding {
    if let Some(last) = &taken.last {
        if last.observations == case.digest {
            return last.finding.clone();
        }
        if ahead.is_none() {
            return standing(last, "the last look was taken; further data need a new plan");
        }
        if last.finding.status == Status::Fail {
            return standing(last, "as of the last look");
        }
    }
    let reason = if taken.number == 0 { "before_look" } else { "between_looks" };
    let message = match ahead {
        Some(fraction) => {
            let at = (fraction * case.plan.monitoring.planned_maximum as f64).ceil();
            format!("the next look is at {at} candidate requests; {units} so far")
        }
        None => "all planned looks count as taken".to_owned(),
    };
    found(metric.id.as_str(), Status::Inconclusive, reason, message)
}
