//! A mean against a multiple of another, on the same items.

use crate::error::Error;
use crate::one_sample::mean_of_moments;
use crate::outcome::{Outcome, Question, Sample};
use crate::summary::PairMoments;

/// Is the candidate's mean more than `ratio` times the baseline's, on the same items?
///
/// The estimand is mean(candidate) - ratio * mean(baseline), tested as the mean of the differences
/// item by item. "Cost may rise by at most 10 %" is the ratio 1.1 and the question `less` than 0.
///
/// - Hypotheses: the contrast is `null`; it is less, greater, or differs.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Assumes, documented region, edge cases, cost: as [`paired_t`](super::paired_t), of which this
///   is any ratio.
/// - Source: Fieller, "Some problems in interval estimation" (1954).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::paired_contrast;
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut cost = PairMoments::default();
/// for item in 0..50 {
///     let baseline = 1.0 + f64::from(item) / 10.0;
///     let candidate = baseline * if item % 2 == 0 { 1.01 } else { 1.05 };
///     cost.update(Pair { baseline, candidate })?;
/// }
/// let outcome = paired_contrast(&cost, 1.1, &Question::less_than(0.0))?;
/// assert!(outcome.p.unwrap() < 1e-6);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`paired_t`](super::paired_t), and [`NonFinite`](crate::ErrorKind::NonFinite) for such a
/// ratio.
pub fn paired_contrast(
    pairs: &PairMoments,
    ratio: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    let differences = pairs.contrast(ratio)?;
    mean_of_moments("paired_contrast", &differences, question, Sample::Pairs(pairs.count()))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_contrast: "Is the candidate's mean more than a multiple of the baseline's, on the same items?",
    {
        pairs: PairMoments,
        ratio: f64,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]], "ratio": 1.1}"#,
    paired_contrast(&pairs, ratio, &question),
}
