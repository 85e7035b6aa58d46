//! Harm: watched at every call, in each gray phase anew, one-sided toward harm.
//!
//! The error probability of a false alarm is that of the plan per metric and phase, however often
//! one looks; evidence of an improvement, however strong, never fires. The limit is the metric's
//! `harm_limit`, else its margin, else no difference.
//!
//! | data | evidence | level |
//! |---|---|---|
//! | counts | confidence sequences of both shares, each at half of the error probability | guaranteed |
//! | values, histograms | the same of both quantiles | guaranteed |
//! | events | the sequence of the ratio of rates | guaranteed |
//! | means | the sequence of the contrast, from 100 values of each arm; 1000 where less is worse | for large samples |
//! | paired means | the same of the contrast within pairs | for large samples |

use phasegate_stats::anytime::{
    Target, bernoulli_sequence, event_ratio_sequence, mean_contrast_sequence, paired_mean_sequence,
    quantile_sequence,
};
use phasegate_stats::summary::{Ranked, Tally};
use phasegate_stats::{Alpha, Error, Outcome, Question};

use crate::case::{Case, Reached};
use crate::check::{found, ratio_of, shortfall};
use crate::comparison::{Estimand, Refusal};
use crate::finding::{Finding, Scale, Statistics, Status};
use crate::metric::{both_ranks, exposures, quantile_of};
use crate::observations::{MetricData, MetricObservations};
use crate::plan::{Better, Margin, Metric, Stage};
use crate::state::{HarmRecord, State};
use crate::summaries;

/// At how many candidate requests the bounds are tightest, where the phase names no minimum.
const PLANNED: u64 = 1000;

/// From how many values of each arm on means are watched for less; for more it is 100.
const FIRST_FOR_LESS: u64 = 1000;

/// What one look at a phase says.
struct Look {
    ln_e: f64,
    detected: bool,
    statistics: Statistics,
}

/// What is watched for.
#[derive(Clone, Copy)]
struct Watched {
    /// How much worse than the baseline is harm.
    limit: Margin,
    better: Better,
    alpha: Alpha,
    planned: u64,
}

/// The finding of a metric about harm in the present phase, under this id.
pub(crate) fn finding(
    case: &Case<'_>,
    metric: &Metric,
    id: String,
    next: &mut State,
) -> Result<Finding, Refusal> {
    let phase = case.phase();
    let Some(here) = case.here() else {
        let message = format!("nothing was seen in `{}`", phase.id);
        return Ok(found(id, Status::Invalid, "no_data", message));
    };
    let has_baseline = here.weight() < 1.0;
    let look = match here.seen.metrics.get(&metric.id) {
        Some(seen) if has_baseline => Some(look(case, metric, &here, seen)),
        _ => None,
    };
    if let Some(Ok(look)) = &look {
        record(case, metric, look, next);
    }
    if let Some((phase, since)) = detected(metric, next) {
        let message = format!("harm was detected in `{phase}`{since}");
        let finding = found(id, Status::Fail, "harm_detected", message);
        let statistics = look.and_then(Result::ok).map(|look| look.statistics);
        return Ok(Finding { statistics, ..finding });
    }
    let (status, reason, message) = match &look {
        None if !has_baseline => {
            let message = "none so far; this phase has no baseline to compare with";
            (Status::Pass, "no_baseline", message.to_owned())
        }
        None => {
            let message = format!("`{}` was not seen in `{}`", metric.id, phase.id);
            (Status::Invalid, "no_data", message)
        }
        Some(Err(refusal)) => return Err(refusal.clone()),
        Some(Ok(_)) => match (ratio_of(&here), shortfall(&here)) {
            (Err(message), _) => (Status::Invalid, "sample_ratio_mismatch", message),
            (Ok(()), Some(lacks)) => (Status::Inconclusive, "phase_minimum", lacks),
            (Ok(()), None) => {
                let message = format!("no harm detected in `{}`", phase.id);
                (Status::Pass, "no_harm_detected", message)
            }
        },
    };
    let finding = found(id, status, reason, message);
    let statistics = look.and_then(Result::ok).map(|look| look.statistics);
    Ok(Finding { statistics, ..finding })
}

/// Keeps the strongest evidence, and when harm was detected first.
fn record(case: &Case<'_>, metric: &Metric, look: &Look, next: &mut State) {
    let of_phase = next.harm.entry(case.phase().id.clone()).or_default();
    let record = of_phase.entry(metric.id.clone()).or_insert(HarmRecord {
        ln_e: 0.0,
        detected: None,
        since: None,
    });
    record.ln_e = record.ln_e.max(look.ln_e);
    if look.detected && record.detected.is_none() {
        record.detected = Some(case.digest);
        record.since = case.seen.window.map(|window| window.end);
    }
}

/// In which phase harm was detected, and since when, in words.
fn detected<'a>(metric: &Metric, state: &'a State) -> Option<(&'a str, String)> {
    state.harm.iter().find_map(|(phase, metrics)| {
        let record = metrics.get(&metric.id)?;
        record.detected?;
        let since = record.since.map_or_else(String::new, |since| format!(" at {since}"));
        Some((phase.as_str(), since))
    })
}

fn look(
    case: &Case<'_>,
    metric: &Metric,
    here: &Reached<'_>,
    seen: &MetricObservations,
) -> Result<Look, Refusal> {
    let watched = Watched {
        limit: metric.harm_limit.or(metric.margin).unwrap_or(Margin::Absolute(0.0)),
        better: metric.better,
        alpha: Alpha::new(case.plan.monitoring.harm_alpha)?,
        planned: here.phase.min_samples.unwrap_or(PLANNED),
    };
    match &seen.data {
        MetricData::Counts { baseline, candidate } => {
            of_shares(watched, summaries::tally(*baseline)?, summaries::tally(*candidate)?)
        }
        MetricData::PairedCounts(pairs) => {
            let pairs = summaries::pair_tally(*pairs)?;
            of_shares(watched, pairs.baseline(), pairs.candidate())
        }
        MetricData::Means { baseline, candidate } => {
            let (of_baseline, of_candidate) =
                (summaries::moments(*baseline)?, summaries::moments(*candidate)?);
            of_means(watched, baseline.mean, [baseline.n, candidate.n], |ratio, target| {
                mean_contrast_sequence(&of_baseline, &of_candidate, ratio, target)
            })
        }
        MetricData::PairedMeans { baseline, candidate, covariance } => {
            let pairs = summaries::pair_moments(*baseline, *candidate, *covariance)?;
            of_means(watched, baseline.mean, [baseline.n, candidate.n], |ratio, target| {
                paired_mean_sequence(&pairs, ratio, target)
            })
        }
        data @ (MetricData::Values { .. }
        | MetricData::PairedValues { .. }
        | MetricData::Histograms { .. }) => {
            let quantile = quantile_of(&metric.measure)
                .ok_or_else(|| Refusal::data("wrong_data", "values are for quantiles"))?;
            let [baseline, candidate] = both_ranks(data, 0)?;
            by_both(
                watched,
                [baseline.count(), candidate.count()],
                |target| quantile_sequence(&baseline, quantile, target),
                |target| quantile_sequence(&candidate, quantile, target),
            )
        }
        MetricData::Events { baseline, candidate } => {
            let share = (here.phase.stage == Stage::Gray).then(|| here.weight());
            let [of_baseline, of_candidate] = exposures(*baseline, *candidate, share);
            let exposed = of_candidate.exposure / (of_baseline.exposure + of_candidate.exposure);
            of_events(watched, of_baseline.count, of_candidate.count, exposed)
        }
        MetricData::Clusters(_) => {
            Err(Refusal::data("wrong_data", "harm is not watched in clusters; give rows"))
        }
    }
}

fn of_shares(watched: Watched, baseline: Tally, candidate: Tally) -> Result<Look, Refusal> {
    if baseline.trials() == 0 || candidate.trials() == 0 {
        return Err(Refusal::data("no_data", "one version has no requests"));
    }
    by_both(
        watched,
        [baseline.trials(), candidate.trials()],
        |target| bernoulli_sequence(&baseline, &inside(target)?),
        |target| bernoulli_sequence(&candidate, &inside(target)?),
    )
}

/// A null rate must lie strictly within 0 and 1; at an end no data speak against it.
fn inside(target: &Target) -> Result<Target, Error> {
    let question = *target.question();
    let null = question.null.clamp(1e-12, 1.0 - 1e-12);
    Target::new(Question { null, ..question }, target.planned())
}

/// Harm is detected where the candidate's bound lies beyond the baseline's by more than the limit:
/// both hold at all looks together, each at half of the error probability.
fn by_both(
    watched: Watched,
    n: [u64; 2],
    baseline: impl Fn(&Target) -> Result<Outcome, Error>,
    candidate: impl Fn(&Target) -> Result<Outcome, Error>,
) -> Result<Look, Refusal> {
    let half = Alpha::new(0.5 * watched.alpha.get())?;
    let target = |question: Question| Target::new(question.at(half), watched.planned.max(1));
    let upward = watched.better == Better::Lower;
    // The bound of the baseline that favors the candidate.
    let toward = if upward { Question::less_than(0.5) } else { Question::greater_than(0.5) };
    let of_baseline = baseline(&target(toward)?)?;
    let bound = |outcome: &Outcome, upper: bool| {
        outcome.interval.map(|interval| if upper { interval.upper } else { interval.lower })
    };
    let Some(allowed) = bound(&of_baseline, upward).filter(|bound| bound.is_finite()) else {
        return Ok(nothing(watched, n, of_baseline.method));
    };
    let sign = if upward { 1.0 } else { -1.0 };
    let worst = match watched.limit {
        Margin::Absolute(size) => allowed + sign * size,
        Margin::Relative(size) => allowed * (1.0 + sign * size),
    };
    if !worst.is_finite() {
        return Ok(nothing(watched, n, of_baseline.method));
    }
    let away = if upward { Question::greater_than(worst) } else { Question::less_than(worst) };
    let of_candidate = candidate(&target(away)?)?;
    let reached = bound(&of_candidate, !upward).filter(|bound| bound.is_finite());
    let detected = reached.is_some_and(|reached| sign * (reached - worst) > 0.0);
    let told = |value: f64, of: f64| match watched.limit {
        Margin::Absolute(_) => Some(value - of),
        Margin::Relative(_) => Some(value / of - 1.0).filter(|effect| effect.is_finite()),
    };
    let effect = of_candidate.estimate.zip(of_baseline.estimate);
    let effect = effect.and_then(|(candidate, baseline)| told(candidate, baseline));
    let nearest = reached.and_then(|reached| told(reached, allowed));
    Ok(Look {
        ln_e: of_candidate.ln_e.filter(|ln_e| ln_e.is_finite()).unwrap_or(0.0),
        detected,
        statistics: Statistics {
            effect,
            lower: nearest.filter(|_| upward),
            upper: nearest.filter(|_| !upward),
            ..statistics(watched, n, of_candidate.method)
        },
    })
}

fn of_means(
    watched: Watched,
    baseline_mean: f64,
    n: [u64; 2],
    ask: impl Fn(f64, &Target) -> Result<Outcome, Error>,
) -> Result<Look, Refusal> {
    let upward = watched.better == Better::Lower;
    let sign = if upward { 1.0 } else { -1.0 };
    let (ratio, null, estimand) = match watched.limit {
        Margin::Absolute(size) => (1.0, sign * size, Estimand::Difference),
        Margin::Relative(size) => {
            if baseline_mean <= 0.0 {
                let message = "the baseline's mean is not positive; give an absolute `harm_limit`";
                return Err(Refusal::data("baseline_not_positive", message));
            }
            let ratio = 1.0 + sign * size;
            (ratio, 0.0, Estimand::Contrast { ratio, baseline: baseline_mean })
        }
    };
    let question = if upward { Question::greater_than(null) } else { Question::less_than(null) };
    let target = Target::new(question.at(watched.alpha), watched.planned.max(1))?;
    let target = if upward { target } else { target.starting_at(FIRST_FOR_LESS) };
    let outcome = ask(ratio, &target)?;
    let end = outcome.interval.map(|interval| if upward { interval.lower } else { interval.upper });
    let shown = |value: f64| Some(estimand.effect(value)).filter(|effect| effect.is_finite());
    let bound = end.and_then(shown);
    let effect = outcome.estimate.and_then(shown);
    Ok(of_outcome(watched, n, &outcome, effect, bound))
}

fn of_events(
    watched: Watched,
    baseline: u64,
    candidate: u64,
    exposed: f64,
) -> Result<Look, Refusal> {
    let upward = watched.better == Better::Lower;
    let size = match watched.limit {
        Margin::Absolute(size) if size > 0.0 => {
            return Err(Refusal::data("no_method", "give a relative `harm_limit` of a rate"));
        }
        limit => limit.size(),
    };
    let question = if upward {
        Question::greater_than(1.0 + size)
    } else {
        Question::less_than((1.0 - size).max(1e-12))
    };
    let target = Target::new(question.at(watched.alpha), watched.planned.max(1))?;
    let outcome = event_ratio_sequence(baseline, candidate, exposed, &target)?;
    let end = outcome.interval.map(|interval| if upward { interval.lower } else { interval.upper });
    let shown = |value: f64| Some(value - 1.0).filter(|effect| effect.is_finite());
    let bound = end.and_then(shown);
    let effect = outcome.estimate.and_then(shown);
    Ok(of_outcome(watched, [baseline, candidate], &outcome, effect, bound))
}

fn of_outcome(
    watched: Watched,
    n: [u64; 2],
    outcome: &Outcome,
    effect: Option<f64>,
    bound: Option<f64>,
) -> Look {
    let upward = watched.better == Better::Lower;
    Look {
        ln_e: outcome.ln_e.filter(|ln_e| ln_e.is_finite()).unwrap_or(0.0),
        detected: outcome.p.is_some_and(|p| p <= watched.alpha.get()),
        statistics: Statistics {
            effect,
            lower: bound.filter(|_| upward),
            upper: bound.filter(|_| !upward),
            p: outcome.p,
            ln_p: outcome.ln_p.filter(|ln_p| ln_p.is_finite()),
            ..statistics(watched, n, outcome.method)
        },
    }
}

/// A look that says nothing yet.
fn nothing(watched: Watched, n: [u64; 2], method: &str) -> Look {
    Look { ln_e: 0.0, detected: false, statistics: statistics(watched, n, method) }
}

fn statistics(watched: Watched, [baseline, candidate]: [u64; 2], method: &str) -> Statistics {
    Statistics {
        method: method.to_owned(),
        scale: match watched.limit {
            Margin::Absolute(_) => Scale::Absolute,
            Margin::Relative(_) => Scale::Relative,
        },
        effect: None,
        lower: None,
        upper: None,
        confidence: Some(watched.alpha.confidence()),
        p: None,
        ln_p: None,
        pairs: None,
        baseline_n: Some(baseline),
        candidate_n: Some(candidate),
        detectable: None,
        further_n: None,
        look: None,
    }
}
