//! How two sorted samples interleave, and how surprising that is when both come from one
//! distribution: what all methods on ranks share.

use std::f64::consts::LN_2;

use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::{ln, to_count};
use crate::outcome::{Alternative, Sample};

/// Below this size in both arms the exact distribution is the automatic choice.
const SMALL: usize = 50;

/// Which reference distribution a method on ranks reads its p-value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum RankReference {
    /// The exact one where both arms have fewer than 50 values and that is cheap, the normal one
    /// elsewhere.
    #[default]
    Automatic,
    /// The exact one; an error where it would take more than a second or so.
    Exact,
    /// The normal one, corrected for ties and for continuity.
    Normal,
}

#[cfg(feature = "registry")]
crate::registry::words! {
    RankReference "reference" { "automatic" => Automatic, "exact" => Exact, "normal" => Normal }
}

impl RankReference {
    pub(crate) fn is_exact(self, baseline: &[f64], candidate: &[f64]) -> bool {
        match self {
            Self::Automatic => baseline.len() < SMALL && candidate.len() < SMALL,
            Self::Exact => true,
            Self::Normal => false,
        }
    }
}

/// How the candidate's values, less a shift, stand among the baseline's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    /// Pairs in which the candidate's value is greater.
    pub(crate) greater: u64,
    /// Pairs in which both are equal.
    pub(crate) equal: u64,
    /// All pairs.
    pub(crate) pairs: u64,
    /// The sum of t^3 - t over all groups of t equal values.
    ties: f64,
    /// All values of both arms.
    values: f64,
}

impl Standing {
    /// Both slices in ascending order, of finite values. A difference counts as the double nearest
    /// to it, so that it is the same wherever it is compared.
    pub(crate) fn new(baseline: &[f64], candidate: &[f64], shift: f64) -> Result<Self, Error> {
        let pairs = (baseline.len() as u64).checked_mul(candidate.len() as u64);
        let Some(pairs) = pairs.filter(|pairs| *pairs > 0) else {
            return Err(Error::new(ErrorKind::TooFew, "an arm has no values; ranks need some"));
        };
        let (mut greater, mut equal) = (0_u64, 0_u64);
        let mut ties = tied_within(baseline);
        let (mut below, mut up_to) = (0, 0);
        for group in tied_groups(candidate) {
            let Some(value) = group.first() else { continue };
            while baseline.get(below).is_some_and(|other| value - other > shift) {
                below += 1;
            }
            up_to = up_to.max(below);
            while baseline.get(up_to).is_some_and(|other| value - other >= shift) {
                up_to += 1;
            }
            let (own, tied) = (group.len() as u64, (up_to - below) as u64);
            greater += own * below as u64;
            equal += own * tied;
            let (own, tied) = (own as f64, tied as f64);
            // (own + tied)^3 is more than both cubes by the second term.
            ties += own * own * own - own + 3.0 * own * tied * (own + tied);
        }
        let values = (baseline.len() + candidate.len()) as f64;
        Ok(Self { greater, equal, pairs, ties, values })
    }

    /// The standing after a shift that ties no value to one of the other arm.
    fn without_ties_across(self, baseline: &[f64], candidate: &[f64]) -> Self {
        Self { equal: 0, ties: tied_within(baseline) + tied_within(candidate), ..self }
    }

    /// The Mann-Whitney statistic: pairs in which the candidate's value is greater, ties by half.
    pub(crate) fn statistic(&self) -> f64 {
        self.greater as f64 + 0.5 * self.equal as f64
    }

    pub(crate) fn all_tied(&self) -> bool {
        self.equal == self.pairs
    }

    /// The standard deviation of the statistic under the null hypothesis, given the ties.
    fn deviation(&self) -> f64 {
        let n = self.values;
        let spread = n + 1.0 - self.ties / (n * (n - 1.0));
        (self.pairs as f64 / 12.0 * spread.max(0.0)).sqrt()
    }

    /// How many differences may be cut off at either end for a bound at `alpha`, by the normal
    /// distribution; none where no difference is a bound.
    pub(crate) fn normal_cut(
        &self,
        baseline: &[f64],
        candidate: &[f64],
        alpha: f64,
    ) -> Result<u64, Error> {
        // Between differences only ties within an arm are left.
        let deviation = self.without_ties_across(baseline, candidate).deviation();
        let reach = Normal.upper_quantile(alpha)? * deviation;
        Ok(to_count((0.5 * self.pairs as f64 + 0.5 - reach).floor()).min(self.pairs))
    }

    /// The logarithm of p from the normal distribution, corrected for continuity.
    pub(crate) fn ln_p_normal(&self, alternative: Alternative) -> Result<f64, Error> {
        // Half of the pairs is subtracted without rounding: both counts are whole.
        let excess = (self.greater as f64 - 0.5 * (self.pairs - self.equal) as f64).abs();
        let above = 2 * u128::from(self.greater) + u128::from(self.equal) >= u128::from(self.pairs);
        let excess = if above { excess } else { -excess };
        let deviation = self.deviation();
        let z = |moved: f64| if deviation > 0.0 { moved / deviation } else { 0.0 };
        Ok(match alternative {
            Alternative::TwoSided => {
                let z = z((excess.abs() - 0.5).max(0.0));
                (LN_2 + Normal.tails(z)?.ln_upper).min(0.0)
            }
            Alternative::Less => Normal.tails(z(excess + 0.5))?.ln_lower,
            Alternative::Greater => Normal.tails(z(excess - 0.5))?.ln_upper,
        })
    }
}

/// Runs of equal values; summaries know one zero only.
fn tied_groups(sorted: &[f64]) -> impl Iterator<Item = &[f64]> {
    sorted.chunk_by(|one, other| one.total_cmp(other).is_eq())
}

/// The sum of t^3 - t over groups of t equal values.
pub(crate) fn tied_within(sorted: &[f64]) -> f64 {
    let groups = tied_groups(sorted).map(|group| group.len() as f64);
    groups.map(|size| size * size * size - size).sum()
}

pub(crate) fn arms(baseline: &[f64], candidate: &[f64]) -> Sample {
    Sample::Arms { baseline: baseline.len() as u64, candidate: candidate.len() as u64 }
}

/// The exact distribution of the statistic over all ways to share the values out to the arms.
#[derive(Debug, Clone)]
pub(crate) struct RankSums {
    /// How many ways give each value of the doubled statistic, divided by `step`.
    ways: Vec<f64>,
    /// The doubled statistic takes multiples of this: 2 without ties.
    step: usize,
    total: f64,
}

impl RankSums {
    /// Of values without ties.
    pub(crate) fn untied(baseline: usize, candidate: usize) -> Result<Self, Error> {
        let ranks: Vec<usize> = (1..=baseline.saturating_add(candidate).min(LARGEST + 1)).collect();
        Self::of_ranks(&ranks, baseline, candidate, 2)
    }

    /// Of these values, given their ties.
    pub(crate) fn given(baseline: &[f64], candidate: &[f64]) -> Result<Self, Error> {
        let mut pooled = [baseline, candidate].concat();
        pooled.sort_unstable_by(f64::total_cmp);
        let mut doubled = Vec::with_capacity(pooled.len());
        for group in tied_groups(&pooled) {
            let rank = 2 * doubled.len() + group.len() + 1;
            doubled.extend(std::iter::repeat_n(rank, group.len()));
        }
        if doubled.iter().enumerate().all(|(index, rank)| *rank == 2 * index + 2) {
            return Self::untied(baseline.len(), candidate.len());
        }
        Self::of_ranks(&doubled, baseline.len(), candidate.len(), 1)
    }

    /// Counts the subsets of each rank sum, of the size of the smaller arm.
    ///
    /// The counts are sums of positive numbers, so that their relative error stays below the number
    /// of values times the last digit.
    fn of_ranks(
        ranks: &[usize],
        baseline: usize,
        candidate: usize,
        step: usize,
    ) -> Result<Self, Error> {
        let drawn = baseline.min(candidate);
        let largest: usize = ranks.iter().rev().take(drawn).sum();
        let work = (ranks.len() as f64) * (drawn as f64) * (largest as f64);
        if ranks.len() > LARGEST || work > MOST_WORK {
            let message = format!(
                "{baseline} and {candidate} values are too many for the exact distribution; \
                 ask for the normal one"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let width = largest + 1;
        let mut counts = vec![vec![0.0_f64; width]; drawn + 1];
        if let Some(first) = counts.first_mut().and_then(|row| row.first_mut()) {
            *first = 1.0;
        }
        for (seen, rank) in ranks.iter().enumerate() {
            for size in (1..=drawn.min(seen + 1)).rev() {
                let (smaller, larger) = counts.split_at_mut(size);
                let (Some(from), Some(to)) = (smaller.last(), larger.first_mut()) else { continue };
                for (to, from) in to.iter_mut().skip(*rank).zip(from) {
                    *to += from;
                }
            }
        }
        let sums = counts.pop().unwrap_or_default();
        // The least rank sum is that of the smallest ranks; without ties and doubling that is
        // drawn (drawn + 1) / 2.
        let least = drawn * (drawn + 1) / step;
        let most = 2 * baseline * candidate / step;
        let mut ways: Vec<f64> = sums.into_iter().skip(least).collect();
        ways.resize(most + 1, 0.0);
        if baseline < candidate {
            ways.reverse();
        }
        let total = ways.iter().sum();
        Ok(Self { ways, step, total })
    }

    /// P(statistic <= doubled / 2) and P(statistic >= doubled / 2).
    pub(crate) fn at_most_at_least(&self, doubled: u64) -> (f64, f64) {
        let doubled = usize::try_from(doubled).unwrap_or(usize::MAX);
        let at_most = self.ways.iter().take((doubled / self.step).saturating_add(1));
        let at_least = self.ways.iter().skip(doubled.div_ceil(self.step));
        let share = |ways: f64| (ways / self.total).min(1.0);
        (share(at_most.sum()), share(at_least.sum()))
    }

    /// The greatest whole number k with P(statistic <= k - 1) <= `alpha`: as many differences may
    /// be cut off at either end.
    pub(crate) fn cut(&self, alpha: f64) -> u64 {
        let mut sum = 0.0;
        let within = self.ways.iter().take_while(|ways| {
            sum += *ways;
            sum <= alpha * self.total
        });
        within.count() as u64
    }
}

const LARGEST: usize = 20_000;
const MOST_WORK: f64 = 2e9;

/// The logarithm of an exact p from both tails.
pub(crate) fn exact_ln_p((at_most, at_least): (f64, f64), alternative: Alternative) -> f64 {
    ln(match alternative {
        Alternative::TwoSided => (2.0 * at_most.min(at_least)).min(1.0),
        Alternative::Less => at_most,
        Alternative::Greater => at_least,
    })
}
