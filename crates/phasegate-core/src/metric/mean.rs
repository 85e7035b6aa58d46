//! Means, and ratios of sums by their linearized deviations.

use phasegate_stats::design::power::{MeansDesign, PairedMeansDesign};
use phasegate_stats::summary::{Moments, PairMoments};
use phasegate_stats::{paired, two_sample};

use super::clusters::{self, contrast};
use super::{Asked, wrong_data};
use crate::comparison::{Ask, Comparison, Refusal, Size, choose, planned};
use crate::observations::{MetricData, MetricObservations};
use crate::summaries;

/// Below this many values of an arm the level of a t-interval is not documented.
const FEW: u64 = 30;

/// Where one arm is more than twice the other, the smaller one needs this many: skewed costs miss
/// the level below it.
const FEW_OF_UNEQUAL: u64 = 1000;

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    match &seen.data {
        MetricData::Means { baseline, candidate } => {
            arms(asked, summaries::moments(*baseline)?, summaries::moments(*candidate)?)
        }
        MetricData::PairedMeans { baseline, candidate, covariance } => {
            of_pairs(asked, summaries::pair_moments(*baseline, *candidate, *covariance)?)
        }
        MetricData::Clusters(totals) => clusters::comparison(asked, totals),
        data => Err(wrong_data("mean", data, "`means`, `paired_means` or `clusters`")),
    }
}

fn arms(asked: &Asked<'_>, baseline: Moments, candidate: Moments) -> Result<Comparison, Refusal> {
    let (estimand, ratio) = contrast(asked.claim.ratio(), baseline.mean().unwrap_or_default())?;
    let is_relative = asked.claim.ratio().is_some();
    let method = choose(asked.method, if is_relative { &["linear_contrast"] } else { &["welch"] })?;
    let ask: Ask = if is_relative {
        Box::new(move |question| {
            two_sample::linear_contrast(&baseline, &candidate, ratio, question)
        })
    } else {
        Box::new(move |question| two_sample::welch(&baseline, &candidate, question))
    };
    let (least, most) =
        (baseline.count().min(candidate.count()), baseline.count().max(candidate.count()));
    let needed = if most > least.saturating_mul(2) { FEW_OF_UNEQUAL } else { FEW };
    let units = candidate.count();
    Ok(Comparison {
        method,
        estimand,
        size: Size::Arms { baseline: baseline.count(), candidate: units },
        outside: too_few(least, needed),
        ask,
        exact: None,
        planning: Box::new(move |question, assumed| {
            let design = MeansDesign::observed(&baseline, &candidate, ratio, *question);
            planned(design, units, assumed)
        }),
    })
}

/// Of pairs; the gold set's scores too.
pub(super) fn of_pairs(asked: &Asked<'_>, pairs: PairMoments) -> Result<Comparison, Refusal> {
    let baseline = pairs.baseline().mean().unwrap_or_default();
    let (estimand, ratio) = contrast(asked.claim.ratio(), baseline)?;
    let is_relative = asked.claim.ratio().is_some();
    let method =
        choose(asked.method, if is_relative { &["paired_contrast"] } else { &["paired_t"] })?;
    let ask: Ask = if is_relative {
        Box::new(move |question| paired::paired_contrast(&pairs, ratio, question))
    } else {
        Box::new(move |question| paired::paired_t(&pairs, question))
    };
    let units = pairs.count();
    Ok(Comparison {
        method,
        estimand,
        size: Size::Pairs(units),
        outside: too_few(units, FEW),
        ask,
        exact: None,
        planning: Box::new(move |question, assumed| {
            planned(PairedMeansDesign::observed(&pairs, ratio, *question), units, assumed)
        }),
    })
}

fn too_few(have: u64, needed: u64) -> Option<String> {
    (have < needed).then(|| {
        format!("{have} values are fewer than the {needed} for which the level is documented")
    })
}
