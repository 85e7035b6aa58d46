//! What order statistics are read from.

use crate::summary::{Bucket, ClassicHistogram, LogHistogram, SortedRun};

/// Values of which the order is known: exactly, or to within buckets.
///
/// Methods on quantiles read values through this, so that they answer from raw values and from
/// histograms alike; what a bucket leaves open shows in their intervals.
pub trait Ranked {
    /// How many values.
    fn count(&self) -> u64;

    /// The bucket of the value of this rank, counted from 1, with the greatest rank that the same
    /// bucket holds; a known value is a bucket without width. None beyond the count.
    fn run_of_rank(&self, rank: u64) -> Option<Run>;

    /// At least so many values lie below `limit`.
    fn surely_below(&self, limit: f64) -> u64;

    /// At most so many values lie below or at `limit`.
    fn possibly_at_most(&self, limit: f64) -> u64;
}

/// Ranks whose values share a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The greatest rank of the bucket.
    pub last_rank: u64,
    /// No value of the bucket is less.
    pub lower: f64,
    /// No value of the bucket is greater.
    pub upper: f64,
}

impl Ranked for SortedRun {
    fn count(&self) -> u64 {
        Self::count(self)
    }

    fn run_of_rank(&self, rank: u64) -> Option<Run> {
        let index = usize::try_from(rank.checked_sub(1)?).ok()?;
        let value = *self.values().get(index)?;
        Some(Run { last_rank: rank, lower: value, upper: value })
    }

    fn surely_below(&self, limit: f64) -> u64 {
        self.values().partition_point(|value| *value < limit) as u64
    }

    fn possibly_at_most(&self, limit: f64) -> u64 {
        self.values().partition_point(|value| *value <= limit) as u64
    }
}

/// The value that all are equal to, or the bucket that holds all; none where they are told apart.
pub(crate) fn tied(values: &impl Ranked) -> Option<Run> {
    let (first, last) = (values.run_of_rank(1)?, values.run_of_rank(values.count())?);
    let is_same = |one: f64, other: f64| one.total_cmp(&other).is_eq();
    (is_same(first.lower, last.lower) && is_same(first.upper, last.upper)).then_some(last)
}

/// The run of a rank among buckets in ascending order.
fn run_among(buckets: impl Iterator<Item = Bucket>, rank: u64) -> Option<Run> {
    let mut last_rank = 0;
    for bucket in buckets {
        last_rank += bucket.count;
        if rank >= 1 && rank <= last_rank {
            return Some(Run { last_rank, lower: bucket.lower, upper: bucket.upper });
        }
    }
    None
}

/// How many values lie in buckets that pass.
fn count_in(buckets: impl Iterator<Item = Bucket>, passes: impl Fn(&Bucket) -> bool) -> u64 {
    buckets.filter(passes).map(|bucket| bucket.count).sum()
}

impl Ranked for LogHistogram {
    fn count(&self) -> u64 {
        Self::count(self)
    }

    fn run_of_rank(&self, rank: u64) -> Option<Run> {
        run_among(self.buckets(), rank)
    }

    fn surely_below(&self, limit: f64) -> u64 {
        count_in(self.buckets(), |bucket| bucket.upper < limit)
    }

    fn possibly_at_most(&self, limit: f64) -> u64 {
        count_in(self.buckets(), |bucket| bucket.lower <= limit)
    }
}

impl Ranked for ClassicHistogram {
    fn count(&self) -> u64 {
        Self::count(self)
    }

    fn run_of_rank(&self, rank: u64) -> Option<Run> {
        run_among(self.buckets(), rank)
    }

    fn surely_below(&self, limit: f64) -> u64 {
        count_in(self.buckets(), |bucket| bucket.upper < limit)
    }

    fn possibly_at_most(&self, limit: f64) -> u64 {
        // Lower bounds are excluded: at a bound the count is exact.
        count_in(self.buckets(), |bucket| bucket.lower < limit)
    }
}
