//! The permutation test of pairs: each difference may have either sign.

use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Degenerate, Outcome, Question, Sample};
use crate::random::Draws;
use crate::rearrangement::{ENUMERATED, TyingShifts};
use crate::subset_sums::SubsetSums;
use crate::summary::PairedValues;

/// Do two means of the same items differ, or differ by more than a margin, whatever the shape?
///
/// The estimand is the mean of the candidate's value less the baseline's. Under the null hypothesis
/// the difference of each item, less the null value, is as likely to have either sign; p is the
/// share of all sign patterns whose mean is at least as extreme as the observed one. Up to 17 pairs
/// all patterns are tried and the answer is exact and free of the seed; above that p is (1 + the
/// number of patterns at least as extreme) / (1 + draws), and can be no smaller than 1 / (1 +
/// draws).
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs. Two-sided p is twice
///   the smaller tail, as scipy's.
/// - Assumes: independent pairs whose differences are symmetric about their mean.
/// - Interval: all null values that the same patterns do not reject, exactly: each pattern ties
///   with the data at one null value, the mean of the differences that it flips.
/// - Edge cases: differences all equal to the null value give p = 1, marked
///   [`AllTied`](Degenerate::AllTied); too few pairs for a small enough p give an infinite end,
///   note [`Unbounded`](crate::Note::Unbounded); no pairs are an error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: patterns times pairs, some 2 ms for 9,999 draws of 1000 pairs. Patterns are drawn in
///   blocks with a stream of their own each; nothing depends on threads or platform.
/// - Source: Fisher, "The design of experiments" (1935); Phipson and Smyth, "Permutation p-values
///   should never be zero" (2010).
///
/// ```
/// use phasegate_stats::paired::sign_flip;
/// use phasegate_stats::summary::PairedValues;
/// use phasegate_stats::{Draws, Question};
///
/// let pairs = vec![(1.0, 2.0), (1.0, 3.0), (2.0, 5.0), (3.0, 4.0), (0.0, 5.0)];
/// let pairs = PairedValues::try_from(pairs)?;
/// let draws = Draws { seed: 1, count: 9_999 };
/// let outcome = sign_flip(&pairs, &Question::greater_than(0.0), draws)?;
/// // All differences are positive: only the observed one of 2^5 patterns is as extreme.
/// assert_eq!(outcome.p, Some(1.0 / 32.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) for no pairs; [`NonFinite`](ErrorKind::NonFinite) for such a null
/// value; [`OutOfRange`](ErrorKind::OutOfRange) for a number of draws outside of its range;
/// [`TooLarge`](ErrorKind::TooLarge) where sums leave the range of doubles.
pub fn sign_flip(
    pairs: &PairedValues,
    question: &Question,
    draws: Draws,
) -> Result<Outcome, Error> {
    let draws = draws.checked()?;
    let null = finite("the null value", question.null)?;
    let differences: Vec<f64> =
        pairs.pairs().iter().map(|(baseline, candidate)| candidate - baseline).collect();
    if differences.is_empty() {
        let message = "there are no pairs; a difference needs at least one";
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    let n = differences.len();
    let size = differences.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    if !(size * n as f64).is_finite() {
        let message = "a sum leaves the range of doubles; scale the values down";
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let observed = differences.iter().sum::<f64>() / n as f64;

    let complete = n < 64 && 1_u64 << n <= ENUMERATED;
    let mut shifts = TyingShifts::new(size, complete);
    let mut push = |sum: f64, flipped: usize| match flipped {
        0 => shifts.push_unchanged(),
        flipped => shifts.push(sum / flipped as f64),
    };
    let sums = SubsetSums::new(&differences);
    if complete {
        for pattern in 0..1_u64 << n {
            push(sums.sum(&[pattern]), pattern.count_ones() as usize);
        }
    } else {
        let mut bits = vec![0; sums.words()];
        for (mut random, count) in draws.blocks() {
            for _ in 0..count {
                let flipped = sums.toss(&mut bits, &mut random);
                push(sums.sum(&bits), flipped);
            }
        }
    }
    let outcome =
        shifts.outcome("sign_flip", observed, null, question, Sample::Pairs(pairs.count()))?;
    let tied = differences.iter().all(|difference| (difference - null).abs() <= 0.0);
    Ok(Outcome { degenerate: tied.then_some(Degenerate::AllTied), ..outcome })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    sign_flip: "Do two means of the same items differ by more than a margin, whatever the shape?",
    {
        pairs: PairedValues,
        question: Question = Question::differs_from(0.0),
        draws: Draws,
    },
    r#"{"pairs": [[1, 2], [1, 3], [2, 5], [3, 4], [0, 5]], "draws": {"seed": 1, "count": 9999}}"#,
    sign_flip(&pairs, &question, draws),
}
