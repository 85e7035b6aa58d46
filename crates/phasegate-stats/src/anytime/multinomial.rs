//! Shares of categories, watched.

use crate::anytime::beta_mixture::{BetaMixture, Counts};
use crate::anytime::{Sequence, Target};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alternative, Note, Outcome, Question, Sample};
use crate::summary::{Reader, Summary, Writer};

/// How often each category was seen.
///
/// ```
/// use phasegate_stats::anytime::CategoryCounts;
/// use phasegate_stats::summary::Summary as _;
///
/// let mut arms = CategoryCounts::of(3);
/// arms.update_slice(&[0, 2, 2])?;
/// assert_eq!(arms.counts(), [1, 0, 2]);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<u64>", into = "Vec<u64>")
)]
pub struct CategoryCounts {
    counts: Vec<u64>,
}

impl CategoryCounts {
    /// Nothing seen yet of so many categories.
    #[must_use]
    pub fn of(categories: usize) -> Self {
        Self { counts: vec![0; categories] }
    }

    /// How often each category was seen.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

impl From<CategoryCounts> for Vec<u64> {
    fn from(counts: CategoryCounts) -> Self {
        counts.counts
    }
}

impl TryFrom<Vec<u64>> for CategoryCounts {
    type Error = Error;

    fn try_from(counts: Vec<u64>) -> Result<Self, Error> {
        total(&counts)?;
        Ok(Self { counts })
    }
}

impl Summary for CategoryCounts {
    /// The index of a category.
    type Item = usize;

    const TAG: [u8; 4] = *b"pgN1";

    fn update(&mut self, category: usize) -> Result<(), Error> {
        self.update_slice(&[category])
    }

    fn update_slice(&mut self, categories: &[usize]) -> Result<(), Error> {
        let mut seen = Self::of(self.counts.len());
        for category in categories {
            let Some(count) = seen.counts.get_mut(*category) else {
                let message =
                    format!("there is no category {category} among {}", self.counts.len());
                return Err(Error::new(ErrorKind::OutOfRange, message));
            };
            *count += 1;
        }
        self.merge(&seen)
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.counts.len() != other.counts.len() {
            let message = format!(
                "counts of {} and of {} categories cannot be merged",
                self.counts.len(),
                other.counts.len()
            );
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let sums = self.counts.iter().zip(&other.counts).map(|(a, b)| a.saturating_add(*b));
        *self = Self::try_from(sums.collect::<Vec<_>>())?;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.counts.len() as u64);
        for count in &self.counts {
            to.u64(*count);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let counts = (0..from.length(8)?).map(|_| from.u64()).collect::<Result<Vec<_>, _>>()?;
        Self::try_from(counts)
    }
}

/// Do categories have the given shares, whenever one looks?
///
/// Watches the split of the traffic: three arms at 50, 45 and 5 %, or the kinds of answers that the
/// baseline gives. The e-value mixes over shares with a Dirichlet distribution about the given
/// ones; for two categories it is the two-sided [`bernoulli_sequence`](super::bernoulli_sequence).
///
/// - Hypotheses: the shares are those given; they differ. The question's null value and alternative
///   are not used.
/// - Assumes: independent observations.
/// - Edge cases: no observations give an e-value of 1.
/// - Units: shares from 0 to 1; `planned` counts observations.
/// - Cost: two evaluations of the incomplete beta function a category, up to 1e10 observations.
/// - Source: Lindon and Malek, "Anytime-valid inference for multinomial count data" (2022).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, multinomial_sequence};
///
/// let target = Target::new(Question::differs_from(0.0), 1000)?;
/// let even = multinomial_sequence(&[502, 448, 50], &[0.5, 0.45, 0.05], &target)?;
/// assert_eq!(even.p, Some(1.0));
/// let lost = multinomial_sequence(&[502, 448, 10], &[0.5, 0.45, 0.05], &target)?;
/// assert!(lost.p.unwrap() < 1e-6);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](ErrorKind::Mismatch) for other numbers of counts than of shares;
/// [`OutOfRange`](ErrorKind::OutOfRange) for fewer than two shares, or ones that are not positive
/// or do not sum to 1 within 1e-9; [`TooLarge`](ErrorKind::TooLarge) for counts beyond 1e10.
pub fn multinomial_sequence(
    counts: &[u64],
    shares: &[f64],
    target: &Target,
) -> Result<Outcome, Error> {
    let (total, target) = checked(counts, shares, target)?;
    let mixture = BetaMixture::new(&target);
    // Category by category: each against those after it, given that it is none of those before.
    let (mut seen, mut share_left, mut ln_e) = (total, 1.0, 0.0);
    for (count, share) in counts.iter().zip(shares).take(counts.len() - 1) {
        seen -= count;
        let counts = Counts { successes: *count, failures: seen };
        // Rounding may leave the shares a last digit over 1.
        let rate = (share / share_left).min(1.0 - 1e-15);
        ln_e += mixture.within(share_left).ln_e(rate, counts)?;
        share_left -= share;
    }
    let outcome = Outcome {
        notes: vec![Note::Conservative],
        ..Outcome::new("multinomial_sequence", Alternative::TwoSided, Sample::One(total))
    };
    Ok(outcome.with_ln_e(ln_e))
}

/// The total, and the target as a two-sided one.
pub(super) fn checked(
    counts: &[u64],
    shares: &[f64],
    target: &Target,
) -> Result<(u64, Target), Error> {
    if counts.len() != shares.len() {
        let message = format!("there are {} counts, but {} shares", counts.len(), shares.len());
        return Err(Error::new(ErrorKind::Mismatch, message));
    }
    let sum: f64 = shares.iter().sum();
    let all_positive = shares.iter().all(|share| *share > 0.0);
    if shares.len() < 2 || !all_positive || (sum - 1.0).abs() > 1e-9 {
        let message = "there must be at least two shares, all positive, which sum to 1";
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let question = Question { alternative: Alternative::TwoSided, ..*target.question() };
    Ok((total(counts)?, Target::new(question, target.planned())?))
}

fn total(counts: &[u64]) -> Result<u64, Error> {
    const MOST: u64 = 10_000_000_000;
    counts
        .iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(*count).filter(|sum| *sum <= MOST))
        .ok_or_else(|| {
            let message = format!("there are more than {MOST} observations");
            Error::new(ErrorKind::TooLarge, message)
        })
}

/// [`multinomial_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Multinomial {
    /// The share of each category; they sum to 1.
    pub shares: Vec<f64>,
}

impl Sequence for Multinomial {
    type Seen = CategoryCounts;

    const FORM: &'static str = "multinomial_sequence/1";

    fn look(&self, seen: &CategoryCounts, target: &Target) -> Result<Outcome, Error> {
        multinomial_sequence(seen.counts(), &self.shares, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    multinomial_sequence: "Do categories have the given shares, whenever one looks?",
    {
        counts: Vec<u64>,
        shares: Vec<f64>,
        target: Target,
    },
    r#"{"counts": [502, 448, 10], "shares": [0.5, 0.45, 0.05], "target": {"null": 0, "planned": 1000}}"#,
    multinomial_sequence(&counts, &shares, &target),
}
