//! The mean grade of gold-set cases: repeats are averaged within a case, cases are pairs, and
//! clustered where they name clusters.

use phasegate_stats::summary::{Pair, PairMoments, Summary as _};

use super::gold_pass::Totals;
use super::{Asked, mean, wrong_data};
use crate::comparison::{Comparison, Refusal};
use crate::gold::GoldCase;
use crate::observations::{MeanOf, MetricData, MetricObservations};

pub(super) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    match &seen.data {
        MetricData::PairedMeans { .. } | MetricData::Clusters(_) => mean::comparison(asked, seen),
        data => Err(wrong_data("gold-set score", data, "`paired_means` or `clusters`")),
    }
}

/// The mean score of a case. Absent where an answer has none; no answer scores 0.
fn score(case: &GoldCase) -> Option<f64> {
    let mut sum = 0.0;
    for answer in &case.answers {
        sum += answer.score.or(answer.error.is_some().then_some(0.0))?;
    }
    (!case.answers.is_empty()).then(|| sum / case.answers.len() as f64)
}

/// The scores of the cases that both versions answered.
pub(crate) fn data(
    pairs: &[(&GoldCase, &GoldCase)],
    in_clusters: bool,
) -> Result<MetricData, Refusal> {
    let mut moments = PairMoments::default();
    let mut totals = Totals::default();
    for (baseline, candidate) in pairs {
        let (Some(was), Some(is)) = (score(baseline), score(candidate)) else {
            return Err(Refusal::data(
                "gold_without_score",
                format!("case `{}` has an answer without a score", candidate.id),
            ));
        };
        moments.update(Pair { baseline: was, candidate: is })?;
        totals.add(candidate, was, is);
    }
    if in_clusters || pairs.iter().any(|(_, candidate)| candidate.cluster.is_some()) {
        return Ok(totals.finish());
    }
    let of = |arm: &phasegate_stats::summary::Moments| MeanOf {
        n: arm.count(),
        mean: arm.mean().unwrap_or_default(),
        sd: arm.variance().unwrap_or_default().sqrt(),
    };
    Ok(MetricData::PairedMeans {
        baseline: of(moments.baseline()),
        candidate: of(moments.candidate()),
        covariance: moments.covariance().unwrap_or_default(),
    })
}
