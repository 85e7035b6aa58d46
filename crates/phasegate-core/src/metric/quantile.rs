//! Quantiles: of pairs where traffic is mirrored, of values or histograms where it is not.
//!
//! A candidate that has not answered by the deadline has a latency that is only known to be at
//! least that. For the upper bound such values lie beyond measure, so that the bound has no end
//! once the quantile reaches them; for the lower bound they stand with the deadline.

use std::rc::Rc;

use phasegate_stats::design::power::{QuantileArm, QuantileEffect, QuantilesDesign};
use phasegate_stats::one_sample::quantile_interval;
use phasegate_stats::summary::{PairedValues, Ranked};
use phasegate_stats::{Alternative, Error, Outcome, Question, paired, two_sample};

use super::{Asked, wrong_data};
use crate::comparison::{Ask, Comparison, Estimand, Refusal, Size, choose, planned};
use crate::observations::{MetricData, MetricObservations};
use crate::plan::{Margin, Measure};
use crate::summaries::{self, BEYOND_MEASURE, Ranks};

/// So many observations must be expected beyond the quantile.
const FEW: f64 = 30.0;

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    let quantile = quantile_of(asked.measure).unwrap_or(0.5);
    match &seen.data {
        MetricData::PairedValues { baseline, candidate } => {
            let lower = Rc::new(summaries::paired_values(baseline, candidate, 0)?);
            let upper = if seen.censored == 0 {
                Rc::clone(&lower)
            } else {
                Rc::new(summaries::paired_values(baseline, candidate, seen.censored)?)
            };
            of_pairs(asked, quantile, lower, upper)
        }
        MetricData::Values { .. } | MetricData::Histograms { .. } => {
            let [baseline, lower] = both(&seen.data, 0)?.map(Rc::new);
            let upper = if seen.censored == 0 {
                Rc::clone(&lower)
            } else {
                let [_, upper] = both(&seen.data, seen.censored)?;
                Rc::new(upper)
            };
            arms(asked, quantile, baseline, lower, upper)
        }
        data => Err(wrong_data("quantile", data, "`paired_values`, `values` or `histograms`")),
    }
}

/// Which quantile a metric is about.
pub(crate) fn quantile_of(measure: &Measure) -> Option<f64> {
    match measure {
        Measure::Quantile { quantile, .. } => Some(*quantile),
        _ => None,
    }
}

/// The candidate's own quantile, in the unit of its column.
pub(crate) fn candidate_quantile(seen: &MetricObservations, quantile: f64) -> Option<f64> {
    let [_, candidate] = both(&seen.data, 0).ok()?;
    quantile_interval(&candidate, quantile, &Question::differs_from(0.0)).ok()?.estimate
}

/// Baseline and candidate, each with the order of its values.
pub(crate) fn both(data: &MetricData, censored: u64) -> Result<[Ranks; 2], Refusal> {
    match data {
        MetricData::PairedValues { baseline, candidate }
        | MetricData::Values { baseline, candidate } => {
            Ok([Ranks::of_values(baseline, 0)?, Ranks::of_values(candidate, censored)?])
        }
        MetricData::Histograms { baseline, candidate } => {
            Ok([Ranks::of_histogram(baseline, 0)?, Ranks::of_histogram(candidate, censored)?])
        }
        data => Err(wrong_data("quantile", data, "`paired_values`, `values` or `histograms`")),
    }
}

/// Whether it is the ratio that is asked for.
fn is_ratio(
    asked: &Asked<'_>,
    methods: [&'static str; 2],
) -> Result<(bool, &'static str), Refusal> {
    let [ratio, difference] = methods;
    let fits: &[&'static str] = match asked.claim.margin {
        None => &[ratio, difference],
        Some(Margin::Relative(_)) => &[ratio],
        Some(Margin::Absolute(_)) => &[difference],
    };
    let method = choose(asked.method, fits)?;
    Ok((method == ratio, method))
}

fn effect_of(is_ratio: bool) -> (Estimand, QuantileEffect) {
    if is_ratio {
        (Estimand::Ratio, QuantileEffect::Ratio)
    } else {
        (Estimand::Difference, QuantileEffect::Difference)
    }
}

fn of_pairs(
    asked: &Asked<'_>,
    quantile: f64,
    lower: Rc<PairedValues>,
    upper: Rc<PairedValues>,
) -> Result<Comparison, Refusal> {
    let (is_ratio, method) =
        is_ratio(asked, ["paired_quantile_ratio", "paired_quantile_difference"])?;
    let (estimand, kind) = effect_of(is_ratio);
    let units = lower.count();
    let planned_of = Rc::clone(&lower);
    let one = move |pairs: &PairedValues, question: &Question| {
        if is_ratio {
            paired::paired_quantile_ratio(pairs, quantile, question)
        } else {
            paired::paired_quantile_difference(pairs, quantile, question)
        }
    };
    Ok(Comparison {
        method,
        estimand,
        size: Size::Pairs(units),
        outside: too_few(units, quantile),
        ask: by_side(move |question| one(&lower, question), move |question| one(&upper, question)),
        exact: None,
        planning: Box::new(move |question, assumed| {
            let design = QuantilesDesign::observed_pairs(quantile, &planned_of, kind, *question);
            planned(design, units, assumed)
        }),
    })
}

fn arms(
    asked: &Asked<'_>,
    quantile: f64,
    baseline: Rc<Ranks>,
    lower: Rc<Ranks>,
    upper: Rc<Ranks>,
) -> Result<Comparison, Refusal> {
    let (is_ratio, method) = is_ratio(asked, ["quantile_ratio", "quantile_difference"])?;
    let (estimand, kind) = effect_of(is_ratio);
    let size = Size::Arms { baseline: baseline.count(), candidate: lower.count() };
    let one = move |baseline: &Ranks, candidate: &Ranks, question: &Question| {
        if is_ratio {
            two_sample::quantile_ratio(baseline, candidate, quantile, question)
        } else {
            two_sample::quantile_difference(baseline, candidate, quantile, question)
        }
    };
    let (again, planned_of) = (Rc::clone(&baseline), [Rc::clone(&baseline), Rc::clone(&lower)]);
    Ok(Comparison {
        method,
        estimand,
        size,
        outside: too_few(size.smaller(), quantile),
        ask: by_side(
            move |question| one(&baseline, &lower, question),
            move |question| one(&again, &upper, question),
        ),
        exact: None,
        planning: Box::new(move |question, assumed| {
            let [baseline, candidate] = &planned_of;
            let per_candidate = baseline.count() as f64 / candidate.count().max(1) as f64;
            let design = QuantileArm::observed(quantile, &**baseline).and_then(|of_baseline| {
                let of_candidate = QuantileArm::observed(quantile, &**candidate)?;
                QuantilesDesign::new(of_baseline, of_candidate, kind, per_candidate, *question)
            });
            planned(design, candidate.count(), assumed)
        }),
    })
}

/// The lower bound from one, the upper from the other; both of two sides.
fn by_side(
    lower: impl Fn(&Question) -> Result<Outcome, Error> + 'static,
    upper: impl Fn(&Question) -> Result<Outcome, Error> + 'static,
) -> Ask {
    Box::new(move |question| {
        if question.alternative != Alternative::Less {
            return lower(question);
        }
        let mut outcome = upper(question)?;
        if let Some(interval) = &mut outcome.interval
            // What was divided by or subtracted from what lies beyond measure.
            && interval.upper > BEYOND_MEASURE * 1e-12
        {
            interval.upper = f64::INFINITY;
        }
        Ok(outcome)
    })
}

fn too_few(units: u64, quantile: f64) -> Option<String> {
    let beyond = units as f64 * quantile.min(1.0 - quantile);
    // A product that is whole but for rounding counts as whole.
    (beyond < FEW * (1.0 - 1e-9)).then(|| {
        format!(
            "of {units} values fewer than {FEW} lie beyond the quantile; the level is documented \
             from there on"
        )
    })
}
