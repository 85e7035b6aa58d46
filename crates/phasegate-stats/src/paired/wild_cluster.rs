//! The wild cluster bootstrap, for few clusters.

use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Alternative, Note, Outcome, Question, Sample};
use crate::paired::clustered_t::Clusters;
use crate::random::{Draws, Random};
use crate::standardized::Standardized;
use crate::summary::ClusterSums;

/// Up to this many clusters every sign pattern is tried, and nothing is drawn.
const ENUMERATED: usize = 14;

/// How many clusters times draws are summed for one p-value, at most: the interval takes a hundred
/// of these.
const MOST_STEPS: u64 = 10_000_000;

/// Is the candidate's mean more than `ratio` times the baseline's, when items come in few clusters?
///
/// As [`clustered_t`](super::clustered_t), but the statistic is compared with what it would be if
/// the residual of each cluster, taken at the null value, had either sign: the null hypothesis is
/// imposed. Up to 14 clusters all patterns are tried and the answer is exact and free of the seed;
/// above that p is (1 + the number of patterns at least as extreme) / (1 + draws). The smallest
/// possible p is given by the number of patterns: with G clusters 2 / 2^G two-sided, so that five
/// clusters cannot reach 0.05 two-sided.
///
/// - Hypotheses: the contrast is `null`; it is less, greater, or differs. Two-sided p is that of
///   the absolute statistic.
/// - Assumes: independent clusters of any inner dependence, contrasts symmetric about the null
///   value or of like size.
/// - Documented region: 6 clusters; below it the outcome carries
///   [`FewClusters`](Note::FewClusters).
/// - True level of a one-sided test at 5 % of the same clusters as in
///   [`clustered_t`](super::clustered_t), with 199 draws, from 20,000 seeded samples each:
///
/// | clusters | true level |
/// |---|---|
/// | 5 | 0.031 |
/// | 6 | 0.048 |
/// | 8 | 0.046 |
/// | 10 | 0.049 |
/// | 15 | 0.050 |
/// | 20 | 0.050 |
/// | 30 | 0.052 |
/// | 40 | 0.053 |
///
/// - Edge cases: fewer than two clusters, or contrasts that are all equal, are errors.
/// - Interval: all null values that the test does not reject, found by halving, so that interval
///   and p agree; unbounded where the smallest possible p is above its error probability.
/// - Limit: more than 14 clusters and so many draws that their product is above 1e7 are refused.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: patterns times clusters, for the interval times about a hundred: some 0.1 s for 14
///   clusters or 9,999 draws of 30.
/// - Source: Cameron, Gelbach and Miller, "Bootstrap-based improvements for inference with
///   clustered errors" (2008); Phipson and Smyth (2010) for the p-value.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::{Draws, wild_cluster};
/// use phasegate_stats::summary::{ClusterSums, ClusteredPair, Pair, Summary as _};
///
/// let mut gain = ClusterSums::default();
/// let gains = [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 5.0), ("f", 6.0)];
/// for (cluster, candidate) in gains {
///     let pair = Pair { baseline: 0.0, candidate };
///     gain.update(ClusteredPair { cluster: cluster.into(), pair })?;
/// }
/// let draws = Draws { seed: 1, count: 999 };
/// let outcome = wild_cluster(&gain, 1.0, &Question::greater_than(0.0), draws)?;
/// // All gains are positive: only the observed one of 2^6 patterns is as extreme.
/// assert_eq!(outcome.p, Some(1.0 / 64.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`clustered_t`](super::clustered_t), [`OutOfRange`](ErrorKind::OutOfRange) for a number of
/// draws outside of its range, and [`TooLarge`](ErrorKind::TooLarge) for more clusters than these
/// draws leave time for.
pub fn wild_cluster(
    pairs: &ClusterSums,
    ratio: f64,
    question: &Question,
    draws: Draws,
) -> Result<Outcome, Error> {
    const ENOUGH: usize = 6;
    let draws = draws.checked()?;
    let null = finite("the null value", question.null)?;
    let clusters = Clusters::new(pairs, ratio)?;
    let groups = clusters.sizes.len();
    if groups > ENUMERATED && groups as u64 > MOST_STEPS / u64::from(draws.count) {
        let message = format!(
            "{groups} clusters with {} draws are too many; ask for fewer draws, or use clustered_t",
            draws.count
        );
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let observed = clusters.standardized()?;
    let test = WildTest {
        clusters: &clusters,
        observed: &observed,
        patterns: patterns(clusters.sizes.len(), draws),
        alternative: question.alternative,
    };
    let p = test.p(null);
    // The two-sided test rejects at the whole error probability, so that each end is where it does.
    let alpha = question.alpha.get();
    let interval = question.alpha.interval(
        question.alternative,
        (f64::NEG_INFINITY, f64::INFINITY),
        |_| test.bound(alpha, -1.0),
        |_| test.bound(alpha, 1.0),
    )?;
    let mut notes = Vec::new();
    if clusters.sizes.len() < ENOUGH {
        notes.push(Note::FewClusters);
    }
    if clusters.sizes.len() > ENUMERATED {
        notes.push(Note::Randomized);
    }
    if interval.lower.is_infinite() && interval.upper.is_infinite() {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate: Some(observed.estimate),
        interval: Some(interval),
        null: Some(null),
        statistic: Some((observed.estimate - null) / observed.standard_error),
        notes,
        ..Outcome::new("wild_cluster", question.alternative, Sample::Pairs(pairs.count()))
    }
    .with_p(p))
}

/// Sign patterns, 64 clusters to a word.
fn patterns(clusters: usize, draws: Draws) -> Vec<Vec<u64>> {
    if clusters <= ENUMERATED {
        return (0..1_u64 << clusters).map(|pattern| vec![pattern]).collect();
    }
    let words = clusters.div_ceil(64);
    (0..draws.count)
        .map(|index| {
            let mut random = Random::new(draws.seed, u64::from(index));
            (0..words).map(|_| random.bits()).collect()
        })
        .collect()
}

#[derive(Debug)]
struct WildTest<'a> {
    clusters: &'a Clusters,
    observed: &'a Standardized,
    patterns: Vec<Vec<u64>>,
    alternative: Alternative,
}

impl WildTest<'_> {
    /// The share of patterns at least as extreme as the observed one.
    fn p(&self, null: f64) -> f64 {
        // Sums in another order differ in the last digits; what is equal but for them counts as
        // equal.
        const SLACK: f64 = 1e-9;
        let residuals: Vec<f64> = self
            .clusters
            .sizes
            .iter()
            .zip(&self.clusters.sums)
            .map(|(size, sum)| sum - size * null)
            .collect();
        let observed = (self.observed.estimate - null) / self.observed.standard_error;
        let slack = SLACK * (1.0 + observed.abs());
        let extreme = |statistic: f64| match self.alternative {
            Alternative::TwoSided => statistic.abs() >= observed.abs() - slack,
            Alternative::Less => statistic <= observed + slack,
            Alternative::Greater => statistic >= observed - slack,
        };
        let as_extreme =
            self.patterns.iter().filter(|pattern| extreme(self.statistic(&residuals, pattern)));
        let (hits, all) = (as_extreme.count() as f64, self.patterns.len() as f64);
        if self.clusters.sizes.len() <= ENUMERATED {
            hits / all
        } else {
            (1.0 + hits) / (1.0 + all)
        }
    }

    /// The statistic after each cluster's residual took the sign of its bit.
    fn statistic(&self, residuals: &[f64], pattern: &[u64]) -> f64 {
        let signed = |index: usize, residual: f64| {
            let word = pattern.get(index / 64).copied().unwrap_or_default();
            if (word >> (index % 64)) & 1 == 0 { residual } else { -residual }
        };
        let sum: f64 = residuals.iter().enumerate().map(|(index, r)| signed(index, *r)).sum();
        let mean = sum / self.clusters.count;
        let squares: f64 = residuals
            .iter()
            .zip(&self.clusters.sizes)
            .enumerate()
            .map(|(index, (residual, size))| {
                let left = signed(index, *residual) - size * mean;
                left * left
            })
            .sum();
        let groups = residuals.len() as f64;
        let error =
            (squares / self.clusters.count / self.clusters.count * groups / (groups - 1.0)).sqrt();
        if error > 0.0 {
            mean / error
        } else if mean == 0.0 {
            0.0
        } else {
            mean.signum() * f64::INFINITY
        }
    }

    /// The null value beyond which the test rejects: downward for `sign` -1, upward for 1; infinite
    /// where it rejects nowhere.
    fn bound(&self, alpha: f64, sign: f64) -> Result<f64, Error> {
        // The smallest possible p is reached within some thousand standard errors, or never.
        const DOUBLINGS: u32 = 20;
        let rejects = |null: f64| self.p(null) <= alpha;
        let mut inside = self.observed.estimate;
        if rejects(inside) {
            // Only for alpha near one: the estimate itself is the best that can be said.
            return Ok(inside);
        }
        let mut step = self.observed.standard_error;
        let mut outside = inside + sign * step;
        let mut doublings = 0;
        while !rejects(outside) {
            if doublings == DOUBLINGS {
                return Ok(sign * f64::INFINITY);
            }
            inside = outside;
            step *= 2.0;
            outside = self.observed.estimate + sign * step;
            doublings += 1;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if rejects(middle) { outside = middle } else { inside = middle }
        }
        finite("the bound", inside)
    }
}

#[cfg(feature = "registry")]
crate::registry::object! {
    Draws "draws" { seed: u64, count: u32 }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    wild_cluster: "Is the candidate's mean more than a multiple of the baseline's, of items in few clusters?",
    {
        pairs: ClusterSums,
        ratio: f64 = 1.0,
        question: Question = Question::differs_from(0.0),
        draws: Draws,
    },
    r#"{"pairs": [["a", 0, 1], ["a", 1, 1], ["b", 0, 2], ["c", 0, 3], ["d", 1, 5], ["e", 0, 5], ["f", 0, 6]], "draws": {"seed": 1, "count": 999}}"#,
    wild_cluster(&pairs, ratio, &question, draws),
}
