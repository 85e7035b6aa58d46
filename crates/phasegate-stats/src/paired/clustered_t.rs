//! The t test and interval of pairs that come in clusters.

use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::standardized::{Standardized, standard_error};
use crate::summary::{ClusterSums, ClusterTotal};

/// Below this many clusters the outcome says so.
const FEW: usize = 40;

/// Is the candidate's mean more than `ratio` times the baseline's, when items come in clusters?
///
/// The estimand is mean(candidate) - ratio * mean(baseline) over all pairs; the ratio 1 asks for
/// their difference. Several findings of one change, several requests of one user are not
/// independent: the standard error takes the sum of each cluster as one observation (with the
/// factor G / (G - 1)), and the reference is Student's t with G - 1 degrees of freedom.
///
/// - Hypotheses: the contrast is `null`; it is less, greater, or differs.
/// - Assumes: independent clusters of any inner dependence, none of which dominates.
/// - Documented region: 40 clusters; below it the outcome carries
///   [`FewClusters`](Note::FewClusters), for the level is then too high: use
///   [`wild_cluster`](super::wild_cluster).
/// - True level of a two-sided test at 5 %, of clusters of 1 to 9 pairs whose normal differences
///   correlate by one half, from 40,000 seeded samples each:
///
/// | clusters | true level |
/// |---|---|
/// | 5 | 0.056 |
/// | 6 | 0.055 |
/// | 8 | 0.056 |
/// | 10 | 0.055 |
/// | 15 | 0.054 |
/// | 20 | 0.053 |
/// | 30 | 0.053 |
/// | 40 | 0.051 |
/// | 80 | 0.050 |
///
/// - Edge cases: fewer than two clusters, or contrasts that are all equal, are errors.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: proportional to the clusters.
/// - Source: Liang and Zeger (1986); Cameron and Miller, "A practitioner's guide to cluster-robust
///   inference" (2015). statsmodels' `OLS(d, 1).fit(cov_type="cluster", use_t=True)` is the same
///   but for its factor (n - 1) / (n - k).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::clustered_t;
/// use phasegate_stats::summary::{ClusterSums, ClusteredPair, Pair, Summary as _};
///
/// let mut accuracy = ClusterSums::default();
/// for item in 0..200_u32 {
///     let cluster = format!("repository {}", item % 50);
///     let pair = Pair { baseline: 0.5, candidate: f64::from(u8::from(item % 3 != 0)) };
///     accuracy.update(ClusteredPair { cluster, pair })?;
/// }
/// let outcome = clustered_t(&accuracy, 1.0, &Question::greater_than(0.0))?;
/// assert_eq!(outcome.df, Some(49.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) for fewer than two clusters,
/// [`ZeroVariance`](ErrorKind::ZeroVariance), [`NonFinite`](ErrorKind::NonFinite) for such a ratio
/// or null value, [`TooLarge`](ErrorKind::TooLarge).
pub fn clustered_t(pairs: &ClusterSums, ratio: f64, question: &Question) -> Result<Outcome, Error> {
    let clusters = Clusters::new(pairs, ratio)?;
    let mut outcome =
        clusters.standardized()?.outcome("clustered_t", question, Sample::Pairs(pairs.count()))?;
    if pairs.clusters() < FEW {
        outcome.notes.push(Note::FewClusters);
    }
    Ok(outcome)
}

/// The contrast with its error, for plans.
pub(crate) fn contrast(pairs: &ClusterSums, ratio: f64) -> Result<Standardized, Error> {
    Clusters::new(pairs, ratio)?.standardized()
}

/// For each cluster its size and the sum of its contrasts.
#[derive(Debug, Clone)]
pub(super) struct Clusters {
    pub(super) sizes: Vec<f64>,
    pub(super) sums: Vec<f64>,
    pub(super) count: f64,
}

impl Clusters {
    pub(super) fn new(pairs: &ClusterSums, ratio: f64) -> Result<Self, Error> {
        let ratio = finite("the ratio", ratio)?;
        if pairs.clusters() < 2 {
            let message =
                format!("there are {} clusters; a standard error needs two", pairs.clusters());
            return Err(Error::new(ErrorKind::TooFew, message));
        }
        let of = |(_, total): (&str, &ClusterTotal)| {
            let sum = total.candidate_sum - ratio * total.baseline_sum;
            if sum.is_finite() {
                return Ok((total.count as f64, sum));
            }
            let message = "a cluster's contrast leaves the range of doubles; scale the values down";
            Err(Error::new(ErrorKind::TooLarge, message))
        };
        let (sizes, sums) =
            pairs.totals().map(of).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok(Self { sizes, sums, count: pairs.count() as f64 })
    }

    /// The mean contrast with its cluster-robust error.
    pub(super) fn standardized(&self) -> Result<Standardized, Error> {
        let estimate = self.sums.iter().sum::<f64>() / self.count;
        let mut squares = 0.0;
        let mut rounding = 0.0;
        for (size, sum) in self.sizes.iter().zip(&self.sums) {
            let residual = sum - size * estimate;
            squares += residual * residual;
            // What equal contrasts leave by rounding.
            let unit = 4.0 * f64::EPSILON * (sum.abs() + size * estimate.abs());
            rounding += unit * unit;
        }
        if squares <= rounding {
            squares = 0.0;
        }
        let groups = self.sizes.len() as f64;
        let squared = squares / self.count / self.count * groups / (groups - 1.0);
        Ok(Standardized { estimate, standard_error: standard_error(squared)?, df: groups - 1.0 })
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    clustered_t: "Is the candidate's mean more than a multiple of the baseline's, of items in clusters?",
    {
        pairs: ClusterSums,
        ratio: f64 = 1.0,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": [["a", 0, 1], ["a", 1, 1], ["b", 0, 2], ["c", 0, 3], ["d", 1, 5], ["e", 0, 5], ["f", 0, 6]]}"#,
    clustered_t(&pairs, ratio, &question),
}
