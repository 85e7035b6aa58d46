//! Metrics: from what was seen of one in one phase to a comparison that can be asked.
//!
//! | kind | data | margin | methods, the default first |
//! |---|---|---|---|
//! | proportion | counts | none, absolute | `miettinen_nurminen`, `farrington_manning` |
//! | | counts | relative | `koopman` |
//! | | paired counts | none | `mcnemar_exact`, `mcnemar_mid_p`, `tango`, `newcombe_paired` |
//! | | paired counts | absolute | `tango`, `newcombe_paired` |
//! | | paired counts | relative | `koopman` of both shares |
//! | mean, ratio | means | none, absolute | `welch` |
//! | | means | relative | `linear_contrast` |
//! | | paired means | none, absolute | `paired_t` |
//! | | paired means | relative | `paired_contrast` |
//! | proportion, mean, gold | clusters | any | `clustered_t`; below 40 clusters `wild_cluster` |
//! | quantile | values, histograms | none, relative | `quantile_ratio` |
//! | | values, histograms | none, absolute | `quantile_difference` |
//! | | paired values | none, relative | `paired_quantile_ratio` |
//! | | paired values | none, absolute | `paired_quantile_difference` |
//! | rate | events | none, relative | `poisson_rate_ratio` |
//!
//! A relative margin of paired shares is judged by Koopman's interval of the two shares as if they
//! were independent: answers to one request fail together rather than apart, so that its level
//! holds and it only asks for more requests; a contrast of paired means has no variance where
//! nothing fails.

mod clusters;
mod gold_pass;
mod gold_score;
mod mean;
mod proportion;
mod quantile;
mod rate;
mod ratio;

pub(crate) use gold_pass::{data as gold_passes, passes};
pub(crate) use gold_score::data as gold_scores;
pub(crate) use quantile::{both as both_ranks, candidate_quantile, quantile_of};
pub(crate) use rate::exposures;

use crate::comparison::{Claim, Comparison, Refusal};
use crate::observations::{MetricData, MetricObservations};
use crate::plan::Measure;

/// What a comparison is built from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub measure: &'a Measure,
    pub claim: Claim,
    /// The method that the plan asks for.
    pub method: Option<&'a str>,
    /// For methods that draw.
    pub seed: u64,
    /// The candidate's share of the traffic, where both versions serve different requests.
    pub share: Option<f64>,
}

/// The comparison that answers from these data.
pub(crate) fn comparison(
    asked: &Asked<'_>,
    seen: &MetricObservations,
) -> Result<Comparison, Refusal> {
    let of = match asked.measure {
        Measure::Proportion { .. } => proportion::comparison,
        Measure::Mean { .. } => mean::comparison,
        Measure::Quantile { .. } => quantile::comparison,
        Measure::Ratio { .. } => ratio::comparison,
        Measure::Rate { .. } => rate::comparison,
        Measure::GoldPass { .. } => gold_pass::comparison,
        Measure::GoldScore { .. } => gold_score::comparison,
    };
    of(asked, seen)
}

fn wrong_data(kind: &str, data: &MetricData, fitting: &str) -> Refusal {
    let found = match data {
        MetricData::Counts { .. } => "counts",
        MetricData::PairedCounts(_) => "paired_counts",
        MetricData::Means { .. } => "means",
        MetricData::PairedMeans { .. } => "paired_means",
        MetricData::Clusters(_) => "clusters",
        MetricData::Histograms { .. } => "histograms",
        MetricData::Values { .. } => "values",
        MetricData::PairedValues { .. } => "paired_values",
        MetricData::Events { .. } => "events",
    };
    Refusal::data("wrong_data", format!("a {kind} is not judged from `{found}`; give {fitting}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{ClusterTotal, Count, EventCount, MeanOf, SeenTwice};
    use crate::plan::{Better, Margin};

    const ABSOLUTE: Option<Margin> = Some(Margin::Absolute(0.01));
    const RELATIVE: Option<Margin> = Some(Margin::Relative(0.1));

    /// The method that is chosen for such data, and what is told when `mann_whitney` is asked for.
    #[track_caller]
    fn check(measure: &Measure, margin: Option<Margin>, data: &MetricData, expected: &str) {
        let seen = MetricObservations { data: data.clone(), unpaired: 0, censored: 0, missing: 0 };
        let claim = Claim { better: Better::Lower, margin };
        let asked = Asked { measure, claim, method: None, seed: 1, share: None };
        match comparison(&asked, &seen) {
            Ok(found) => assert_eq!(found.method, expected),
            Err(refusal) => panic!("{expected}: {refusal:?}"),
        }
        let other = Asked { method: Some("mann_whitney"), ..asked };
        let fits = match comparison(&other, &seen).err() {
            Some(Refusal::Method { fits, .. }) => fits,
            refusal => panic!("{expected}: {refusal:?}"),
        };
        assert!(fits.contains(&expected), "{fits:?}");
    }

    fn clusters(count: u64) -> MetricData {
        let total = |i: u64| ClusterTotal {
            name: format!("{i:03}"),
            n: 2 + i % 3,
            baseline: 1.0,
            candidate: 1.0 + (i % 2) as f64,
        };
        MetricData::Clusters((0..count).map(total).collect())
    }

    #[test]
    fn every_kind_has_a_method_for_its_data_and_margin() {
        let share = Measure::Proportion { column: "error".into() };
        let counts = MetricData::Counts {
            baseline: Count { k: 3, n: 90 },
            candidate: Count { k: 2, n: 90 },
        };
        let twice = SeenTwice { both: 1, baseline_only: 2, candidate_only: 3, neither: 94 };
        let twice = MetricData::PairedCounts(twice);
        check(&share, None, &counts, "miettinen_nurminen");
        check(&share, ABSOLUTE, &counts, "miettinen_nurminen");
        check(&share, RELATIVE, &counts, "koopman");
        check(&share, None, &twice, "mcnemar_exact");
        check(&share, ABSOLUTE, &twice, "tango");
        check(&share, RELATIVE, &twice, "koopman");
        check(&Measure::GoldPass { category: None }, None, &twice, "mcnemar_exact");

        let mean = Measure::Mean { column: "cost".into(), unit: "USD".into() };
        let ratio = Measure::Ratio {
            numerator: "cost".into(),
            denominator: "findings".into(),
            unit: "USD".into(),
        };
        let of = MeanOf { n: 100, mean: 1.0, sd: 0.5 };
        let means = MetricData::Means { baseline: of, candidate: of };
        let paired = MetricData::PairedMeans { baseline: of, candidate: of, covariance: 0.1 };
        for measure in [&mean, &ratio] {
            check(measure, None, &means, "welch");
            check(measure, RELATIVE, &means, "linear_contrast");
            check(measure, ABSOLUTE, &paired, "paired_t");
            check(measure, RELATIVE, &paired, "paired_contrast");
        }
        check(&Measure::GoldScore { category: None }, None, &paired, "paired_t");
        check(&mean, RELATIVE, &clusters(12), "wild_cluster");
        check(&mean, RELATIVE, &clusters(40), "clustered_t");

        let tail = Measure::Quantile { column: "ms".into(), quantile: 0.95, unit: "ms".into() };
        let values: Vec<f64> = (1..=100_u32).map(f64::from).collect();
        let arms = MetricData::Values { baseline: values.clone(), candidate: values.clone() };
        let pairs = MetricData::PairedValues { baseline: values.clone(), candidate: values };
        check(&tail, None, &arms, "quantile_ratio");
        check(&tail, RELATIVE, &arms, "quantile_ratio");
        check(&tail, ABSOLUTE, &arms, "quantile_difference");
        check(&tail, RELATIVE, &pairs, "paired_quantile_ratio");
        check(&tail, ABSOLUTE, &pairs, "paired_quantile_difference");

        let rate = Measure::Rate { events: "alerts".into() };
        let events = EventCount { events: 7, hours: 24.0 };
        let events = MetricData::Events { baseline: events, candidate: events };
        check(&rate, None, &events, "poisson_rate_ratio");
        check(&rate, RELATIVE, &events, "poisson_rate_ratio");
    }
}
