//! From observations to the summaries that statistical methods take.

use std::collections::BTreeMap;

use phasegate_stats::Error;
use phasegate_stats::summary::{
    ClassicHistogram, ClusterSums, ClusterTotal as ClusterSum, LogHistogram, Moments, PairMoments,
    PairTally, PairedValues, Ranked, Run, SortedRun, Tally,
};
use phasegate_stats::two_sample::Events;

use crate::observations::{ClusterTotal, Count, EventCount, Histogram, MeanOf, SeenTwice};

/// A share.
pub(crate) fn tally(count: Count) -> Result<Tally, Error> {
    Tally::new(count.k, count.n)
}

/// A share seen on pairs.
pub(crate) fn pair_tally(seen: SeenTwice) -> Result<PairTally, Error> {
    PairTally::new(seen.both, seen.baseline_only, seen.candidate_only, seen.neither)
}

/// A mean.
pub(crate) fn moments(mean: MeanOf) -> Result<Moments, Error> {
    Moments::from_parts(mean.n, mean.mean, mean.sd * mean.sd * beyond_one(mean.n))
}

/// Means of pairs.
pub(crate) fn pair_moments(
    baseline: MeanOf,
    candidate: MeanOf,
    covariance: f64,
) -> Result<PairMoments, Error> {
    let products = covariance * beyond_one(baseline.n);
    PairMoments::from_parts(moments(baseline)?, moments(candidate)?, products)
}

/// Sums of clusters.
pub(crate) fn clusters(totals: &[ClusterTotal]) -> Result<ClusterSums, Error> {
    let of = |total: &ClusterTotal| ClusterSum {
        count: total.n,
        baseline_sum: total.baseline,
        candidate_sum: total.candidate,
    };
    let totals: BTreeMap<String, ClusterSum> =
        totals.iter().map(|total| (total.name.clone(), of(total))).collect();
    ClusterSums::from_totals(totals)
}

/// Events over time; both arms in the same unit of exposure.
pub(crate) fn events(seen: EventCount, exposure_of_an_hour: f64) -> Events {
    Events { count: seen.events, exposure: seen.hours * exposure_of_an_hour }
}

/// Values of which the order is known.
#[derive(Debug, Clone)]
pub(crate) enum Ranks {
    Values(SortedRun),
    Native(LogHistogram),
    Classic(ClassicHistogram),
}

/// Stands for what is only known to be large; finite, as summaries ask.
pub(crate) const BEYOND_MEASURE: f64 = f64::MAX;

impl Ranks {
    /// Of all values; the largest `censored` ones are put beyond measure.
    pub(crate) fn of_values(values: &[f64], censored: u64) -> Result<Self, Error> {
        let mut values = values.to_vec();
        raise(&mut values, censored);
        SortedRun::try_from(values).map(Self::Values)
    }

    /// Of a histogram; the largest `censored` values are put into the last bucket.
    pub(crate) fn of_histogram(histogram: &Histogram, censored: u64) -> Result<Self, Error> {
        match histogram {
            Histogram::Classic { bounds, counts } => {
                let mut counts = counts.clone();
                let moved = take_from_the_top(counts.iter_mut().rev(), censored);
                if let Some(last) = counts.last_mut() {
                    *last = last.saturating_add(moved);
                }
                ClassicHistogram::from_counts(bounds, &counts).map(Self::Classic)
            }
            Histogram::Native { schema, zero_threshold, zero_count, positive } => {
                let mut buckets: BTreeMap<i32, u64> = BTreeMap::new();
                for &(index, count) in positive {
                    let bucket = buckets.entry(index).or_default();
                    *bucket = bucket.saturating_add(count);
                }
                let moved = take_from_the_top(buckets.values_mut().rev(), censored);
                if moved > 0 {
                    // The last bucket of each schema ends at the largest number.
                    let last = if *schema >= 0 { 1024 << *schema } else { 1024_i32 >> -*schema };
                    let bucket = buckets.entry(last).or_default();
                    *bucket = bucket.saturating_add(moved);
                }
                LogHistogram::from_buckets(
                    *schema,
                    *zero_threshold,
                    *zero_count,
                    buckets,
                    BTreeMap::new(),
                )
                .map(Self::Native)
            }
        }
    }
}

impl Ranked for Ranks {
    fn count(&self) -> u64 {
        match self {
            Self::Values(values) => values.count(),
            Self::Native(histogram) => histogram.count(),
            Self::Classic(histogram) => histogram.count(),
        }
    }

    fn run_of_rank(&self, rank: u64) -> Option<Run> {
        match self {
            Self::Values(values) => values.run_of_rank(rank),
            Self::Native(histogram) => histogram.run_of_rank(rank),
            Self::Classic(histogram) => histogram.run_of_rank(rank),
        }
    }

    fn surely_below(&self, limit: f64) -> u64 {
        match self {
            Self::Values(values) => values.surely_below(limit),
            Self::Native(histogram) => histogram.surely_below(limit),
            Self::Classic(histogram) => histogram.surely_below(limit),
        }
    }

    fn possibly_at_most(&self, limit: f64) -> u64 {
        match self {
            Self::Values(values) => values.possibly_at_most(limit),
            Self::Native(histogram) => histogram.possibly_at_most(limit),
            Self::Classic(histogram) => histogram.possibly_at_most(limit),
        }
    }
}

/// Pairs of values; the largest `censored` ones of the candidate are put beyond measure.
pub(crate) fn paired_values(
    baseline: &[f64],
    candidate: &[f64],
    censored: u64,
) -> Result<PairedValues, Error> {
    let mut candidate = candidate.to_vec();
    raise(&mut candidate, censored);
    let pairs: Vec<(f64, f64)> = baseline.iter().copied().zip(candidate).collect();
    PairedValues::try_from(pairs)
}

fn raise(values: &mut [f64], censored: u64) {
    let count = usize::try_from(censored).unwrap_or(usize::MAX).min(values.len());
    if count == 0 {
        return;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| match (values.get(one), values.get(other)) {
        (Some(one), Some(other)) => other.total_cmp(one),
        _ => std::cmp::Ordering::Equal,
    });
    for index in order.into_iter().take(count) {
        if let Some(value) = values.get_mut(index) {
            *value = BEYOND_MEASURE;
        }
    }
}

fn take_from_the_top<'a>(counts: impl Iterator<Item = &'a mut u64>, wanted: u64) -> u64 {
    let mut taken = 0;
    for count in counts {
        let some = (*count).min(wanted - taken);
        *count -= some;
        taken += some;
    }
    taken
}

fn beyond_one(n: u64) -> f64 {
    n.saturating_sub(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_censored_goes_to_the_top() {
        let ranks = Ranks::of_values(&[5.0, 1.0, 3.0], 1).expect("values");
        assert_eq!(ranks.run_of_rank(3).map(|run| run.upper), Some(BEYOND_MEASURE));
        assert_eq!(ranks.run_of_rank(2).map(|run| run.upper), Some(3.0));
        let classic = Histogram::Classic { bounds: vec![1.0, 2.0], counts: vec![3, 2, 0] };
        let ranks = Ranks::of_histogram(&classic, 3).expect("a histogram");
        assert_eq!(ranks.possibly_at_most(2.0), 2);
        for schema in [-4_i8, 0, 8] {
            let native = Histogram::Native {
                schema,
                zero_threshold: 0.0,
                zero_count: 0,
                positive: vec![(1, 4)],
            };
            let ranks = Ranks::of_histogram(&native, 1).expect("a histogram");
            assert_eq!(ranks.run_of_rank(4).map(|run| run.upper), Some(BEYOND_MEASURE));
            assert_eq!(ranks.count(), 4);
        }
    }
}
