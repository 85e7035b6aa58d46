//! Counts of given buckets, as monitoring systems keep them.

use crate::error::{Error, ErrorKind};
use crate::summary::bytes::{Reader, Writer};
use crate::summary::{Bucket, Summary, Tally, add, all_finite};

/// Counts of values in buckets with given bounds: each holds the values above the bound before it,
/// up to and including its own; a last one holds the rest.
///
/// These are the buckets that Prometheus calls classic; its counts are cumulative and are
/// differences here.
///
/// ```
/// use phasegate_stats::summary::ClassicHistogram;
///
/// // le="0.1" 8, le="0.5" 11, le="+Inf" 12
/// let latency = ClassicHistogram::from_cumulative(&[0.1, 0.5], &[8, 11, 12])?;
/// assert_eq!(latency.counts(), [8, 3, 1]);
/// // At a bound the count of larger values is exact.
/// assert_eq!(latency.exceeding(0.1).unwrap().successes(), 4);
/// assert_eq!(latency.exceeding(0.2), None);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct ClassicHistogram {
    bounds: Vec<f64>,
    counts: Vec<u64>,
    count: u64,
}

document!(
    ClassicHistogram { bounds: Vec<f64> = bounds, counts: Vec<u64> = counts },
    |bounds: Vec<f64>, counts: Vec<u64>| Self::from_counts(&bounds, &counts)
);

impl ClassicHistogram {
    /// An empty histogram with these upper bounds, in ascending order; the last bucket has none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for a bound that is not finite, [`ErrorKind::Inconsistent`] for
    /// bounds that do not ascend.
    pub fn new(bounds: &[f64]) -> Result<Self, Error> {
        Self::from_counts(bounds, &vec![0; bounds.len() + 1])
    }

    /// From the count of each bucket: one more than bounds.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`ErrorKind::Mismatch`] for another number of counts,
    /// [`ErrorKind::TooLarge`] for more values than 64 bits hold.
    pub fn from_counts(bounds: &[f64], counts: &[u64]) -> Result<Self, Error> {
        if let Some(index) = bounds.iter().position(|bound| !bound.is_finite()) {
            let message = format!("bound {index} is `{}`; it must be finite", bounds[index]);
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        let mut neighbors = bounds.iter().zip(bounds.iter().skip(1));
        if let Some((first, second)) = neighbors.find(|(first, second)| first >= second) {
            let message = format!("bound {second} does not lie above {first}");
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        if counts.len() != bounds.len() + 1 {
            let message = format!(
                "{} bounds have {} counts; each has one, and one more counts what lies above",
                bounds.len(),
                counts.len()
            );
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let count = counts.iter().try_fold(0, |sum, count| add(sum, *count))?;
        let bounds = bounds.iter().map(|bound| bound + 0.0).collect();
        Ok(Self { bounds, counts: counts.to_vec(), count })
    }

    /// From cumulative counts, the last of which is that of all values.
    ///
    /// # Errors
    ///
    /// As [`from_counts`](Self::from_counts); [`ErrorKind::Inconsistent`] for counts that descend.
    pub fn from_cumulative(bounds: &[f64], cumulative: &[u64]) -> Result<Self, Error> {
        let mut before = 0;
        let mut counts = Vec::with_capacity(cumulative.len());
        for count in cumulative {
            let Some(within) = count.checked_sub(before) else {
                let message = format!("the cumulative count {count} follows the larger {before}");
                return Err(Error::new(ErrorKind::Inconsistent, message));
            };
            counts.push(within);
            before = *count;
        }
        Self::from_counts(bounds, &counts)
    }

    /// The upper bounds; the last bucket has none.
    #[must_use]
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// The count of each bucket.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many values were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many values lie above a limit, among all; none unless the limit is a bound, for only
    /// there the count is exact.
    #[must_use]
    pub fn exceeding(&self, limit: f64) -> Option<Tally> {
        let index = self.bounds.iter().position(|bound| bound.total_cmp(&(limit + 0.0)).is_eq())?;
        let above = self.counts.iter().skip(index + 1).sum();
        Some(Tally::known(above, self.count))
    }

    /// The buckets that hold values, in ascending order; the first and the last one are unbounded.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let lower = std::iter::once(f64::NEG_INFINITY).chain(self.bounds.iter().copied());
        let upper = self.bounds.iter().copied().chain(std::iter::once(f64::INFINITY));
        lower
            .zip(upper)
            .zip(&self.counts)
            .map(|((lower, upper), count)| Bucket { lower, upper, count: *count })
            .filter(|bucket| bucket.count > 0)
    }

    /// The bucket of the value of this rank, counted from 1; none beyond the count.
    #[must_use]
    pub fn bucket_of_rank(&self, rank: u64) -> Option<Bucket> {
        let mut seen = 0;
        self.buckets().find(|bucket| {
            seen += bucket.count;
            rank >= 1 && rank <= seen
        })
    }
}

impl Summary for ClassicHistogram {
    type Item = f64;

    const TAG: [u8; 4] = *b"pgB1";

    fn update(&mut self, value: f64) -> Result<(), Error> {
        self.update_slice(&[value])
    }

    fn update_slice(&mut self, values: &[f64]) -> Result<(), Error> {
        all_finite(values)?;
        self.count = add(self.count, values.len() as u64)?;
        for value in values {
            let index = self.bounds.partition_point(|bound| bound < value);
            if let Some(count) = self.counts.get_mut(index) {
                *count += 1;
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.bounds != other.bounds {
            let message = "histograms with different bounds cannot be merged";
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        self.count = add(self.count, other.count)?;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            // No bucket exceeds the sum, which was checked.
            *count += more;
        }
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.bounds.len() as u64);
        for bound in &self.bounds {
            to.f64(*bound);
        }
        for count in &self.counts {
            to.u64(*count);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let length = from.length(16)?;
        let bounds = (0..length).map(|_| from.f64()).collect::<Result<Vec<_>, _>>()?;
        let counts = (0..=length).map(|_| from.u64()).collect::<Result<Vec<_>, _>>()?;
        Self::from_counts(&bounds, &counts)
    }
}
