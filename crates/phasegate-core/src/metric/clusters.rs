//! Pairs that come in clusters: a repository, a customer.

use phasegate_stats::design::power::ClustersDesign;
use phasegate_stats::{Draws, paired};

use super::Asked;
use crate::comparison::{Ask, Comparison, Estimand, Planned, Refusal, Size, choose, planned};
use crate::observations::ClusterTotal;
use crate::summaries;

/// From so many clusters on their standard error is trusted.
const ENOUGH: usize = 40;

/// One less than a round number makes the p-values round.
const DRAWS: u32 = 9999;

pub(super) fn comparison(
    asked: &Asked<'_>,
    totals: &[ClusterTotal],
) -> Result<Comparison, Refusal> {
    let sums = summaries::clusters(totals)?;
    let (groups, units) = (sums.clusters(), sums.count());
    let fits: &[&'static str] = if groups < ENOUGH {
        &["wild_cluster", "clustered_t"]
    } else {
        &["clustered_t", "wild_cluster"]
    };
    let method = choose(asked.method, fits)?;
    let baseline = sums.totals().map(|(_, total)| total.baseline_sum).sum::<f64>() / units as f64;
    let (estimand, ratio) = contrast(asked.claim.ratio(), baseline)?;
    let (asked_of, planned_of) = (sums.clone(), sums);
    let draws = Draws { seed: asked.seed, count: DRAWS };
    let ask: Ask = if method == "wild_cluster" {
        Box::new(move |question| paired::wild_cluster(&asked_of, ratio, question, draws))
    } else {
        Box::new(move |question| paired::clustered_t(&asked_of, ratio, question))
    };
    Ok(Comparison {
        method,
        estimand,
        size: Size::Pairs(units),
        outside: None,
        ask,
        exact: None,
        planning: Box::new(move |question, assumed| {
            let have = groups as u64;
            let design = ClustersDesign::observed(&planned_of, ratio, *question);
            let in_clusters = planned(design, have, assumed);
            // Told in pairs, as the finding counts, for clusters of the size of these.
            let further = in_clusters.further.map(|clusters| {
                let each = units.div_ceil(have.max(1));
                clusters.saturating_mul(each)
            });
            Planned { further, ..in_clusters }
        }),
    })
}

/// The estimand of means, and what the baseline's is multiplied by.
pub(super) fn contrast(ratio: Option<f64>, baseline: f64) -> Result<(Estimand, f64), Refusal> {
    match ratio {
        None => Ok((Estimand::Difference, 1.0)),
        Some(ratio) if baseline > 0.0 => Ok((Estimand::Contrast { ratio, baseline }, ratio)),
        Some(_) => Err(Refusal::data(
            "baseline_not_positive",
            format!(
                "the baseline's mean is {baseline}; a margin relative to it needs a positive one, \
                 give an absolute margin"
            ),
        )),
    }
}
