//! Sums of pairs within clusters.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, finite};
use crate::summary::bytes::{Reader, Writer, malformed};
use crate::summary::{Pair, Summary, add};

/// A pair of numbers and the cluster it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredPair {
    /// The cluster: a repository, a user, an hour.
    pub cluster: String,
    /// The numbers; of one variable alone the baseline is 0.
    pub pair: Pair,
}

/// What is kept of one cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct ClusterTotal {
    /// How many pairs.
    pub count: u64,
    /// The sum over the baseline.
    pub baseline_sum: f64,
    /// The sum over the candidate.
    pub candidate_sum: f64,
}

/// For each cluster the count and the sums of its pairs, which is all that cluster-robust methods
/// read.
///
/// ```
/// use phasegate_stats::summary::{ClusterSums, ClusteredPair, Pair, Summary as _};
///
/// let mut accuracy = ClusterSums::default();
/// for (cluster, baseline, candidate) in [("a", 0.0, 1.0), ("b", 1.0, 1.0), ("a", 1.0, 1.0)] {
///     let pair = Pair { baseline, candidate };
///     accuracy.update(ClusteredPair { cluster: cluster.into(), pair })?;
/// }
/// assert_eq!((accuracy.clusters(), accuracy.count()), (2, 3));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "BTreeMap<String, ClusterTotal>", into = "BTreeMap<String, ClusterTotal>")
)]
pub struct ClusterSums {
    totals: BTreeMap<String, ClusterTotal>,
    count: u64,
}

impl From<ClusterSums> for BTreeMap<String, ClusterTotal> {
    fn from(sums: ClusterSums) -> Self {
        sums.totals
    }
}

impl TryFrom<BTreeMap<String, ClusterTotal>> for ClusterSums {
    type Error = Error;

    fn try_from(totals: BTreeMap<String, ClusterTotal>) -> Result<Self, Error> {
        Self::from_totals(totals)
    }
}

impl ClusterSums {
    /// From totals that were summed elsewhere.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for such sums; [`ErrorKind::Inconsistent`] for a cluster without
    /// pairs; [`ErrorKind::TooLarge`] for more pairs than 64 bits hold.
    pub fn from_totals(totals: BTreeMap<String, ClusterTotal>) -> Result<Self, Error> {
        let mut count = 0;
        for (cluster, total) in &totals {
            if total.count == 0 {
                let message = format!("cluster `{cluster}` has no pairs; leave it out");
                return Err(Error::new(ErrorKind::Inconsistent, message));
            }
            finite("a cluster's sum", total.baseline_sum)?;
            finite("a cluster's sum", total.candidate_sum)?;
            count = add(count, total.count)?;
        }
        Ok(Self { totals, count })
    }

    /// How many clusters were seen.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.totals.len()
    }

    /// How many pairs were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The clusters in the order of their names.
    pub fn totals(&self) -> impl Iterator<Item = (&str, &ClusterTotal)> {
        self.totals.iter().map(|(cluster, total)| (cluster.as_str(), total))
    }

    fn insert(&mut self, cluster: &str, part: &ClusterTotal) -> Result<(), Error> {
        let old = self.totals.get(cluster).copied().unwrap_or_default();
        let in_range = |sum: f64| {
            if sum.is_finite() {
                return Ok(sum);
            }
            let message = format!("a sum of cluster `{cluster}` leaves the range of doubles");
            Err(Error::new(ErrorKind::TooLarge, message))
        };
        let new = ClusterTotal {
            count: old.count + part.count,
            baseline_sum: in_range(old.baseline_sum + part.baseline_sum)?,
            candidate_sum: in_range(old.candidate_sum + part.candidate_sum)?,
        };
        match self.totals.get_mut(cluster) {
            Some(total) => *total = new,
            None => {
                self.totals.insert(cluster.to_owned(), new);
            }
        }
        Ok(())
    }
}

impl Summary for ClusterSums {
    type Item = ClusteredPair;

    const TAG: [u8; 4] = *b"pgG1";

    fn update(&mut self, item: ClusteredPair) -> Result<(), Error> {
        let baseline_sum = finite("the baseline's value", item.pair.baseline)?;
        let candidate_sum = finite("the candidate's value", item.pair.candidate)?;
        let count = add(self.count, 1)?;
        self.insert(&item.cluster, &ClusterTotal { count: 1, baseline_sum, candidate_sum })?;
        self.count = count;
        Ok(())
    }

    /// Each cluster's sum within the slice is added at once, so that a failed update changes
    /// nothing.
    fn update_slice(&mut self, items: &[ClusteredPair]) -> Result<(), Error> {
        let mut seen = Self::default();
        for (index, item) in items.iter().enumerate() {
            let Pair { baseline, candidate } = item.pair;
            if !(baseline.is_finite() && candidate.is_finite()) {
                let message =
                    format!("pair {index} is `{baseline}` and `{candidate}`; both must be finite");
                return Err(Error::new(ErrorKind::NonFinite, message));
            }
            let part = ClusterTotal { count: 1, baseline_sum: baseline, candidate_sum: candidate };
            seen.insert(&item.cluster, &part)?;
            seen.count += 1;
        }
        self.merge(&seen)
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let count = add(self.count, other.count)?;
        let mut merged = self.clone();
        for (cluster, total) in &other.totals {
            merged.insert(cluster, total)?;
        }
        merged.count = count;
        *self = merged;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.totals.len() as u64);
        for (cluster, total) in &self.totals {
            to.text(cluster);
            to.u64(total.count).f64(total.baseline_sum).f64(total.candidate_sum);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let length = from.length(32)?;
        let mut totals: BTreeMap<String, ClusterTotal> = BTreeMap::new();
        for _ in 0..length {
            let cluster = from.text()?;
            if totals.last_key_value().is_some_and(|(last, _)| *last >= cluster) {
                return Err(malformed("clusters are not in order"));
            }
            let total = ClusterTotal {
                count: from.u64()?,
                baseline_sum: from.f64()?,
                candidate_sum: from.f64()?,
            };
            totals.insert(cluster, total);
        }
        Self::from_totals(totals)
    }
}
