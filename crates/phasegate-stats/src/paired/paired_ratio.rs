//! Fieller's interval of a ratio of means, on the same items.

use crate::error::Error;
use crate::outcome::{Outcome, Question, Sample};
use crate::ratio;
use crate::standardized::{Standardized, squared_error_of_mean, standard_error};
use crate::summary::PairMoments;

/// By what factor may the means of two versions on the same items differ?
///
/// The estimand is the candidate's mean divided by the baseline's. The interval holds every ratio
/// whose [`paired_contrast`](super::paired_contrast) the data do not reject, so that both always
/// agree.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: independent items with positive means; contrasts that are normal, or enough of them.
/// - Documented region: 30 pairs; below it the outcome carries
///   [`SmallSample`](crate::Note::SmallSample). Its levels are those of
///   [`paired_t`](super::paired_t).
/// - Edge cases: where the baseline's mean is not told from 0 there is no upper bound, and the
///   outcome carries [`Unbounded`](crate::Note::Unbounded); means that are not positive, fewer than
///   two pairs, or a candidate that is an exact multiple of the baseline at the null ratio, are
///   errors.
/// - Units: the ratio has none: 1.1 is ten percent more.
/// - Cost: some hundred evaluations of Student's distribution, below a millisecond.
/// - Source: Fieller, "Some problems in interval estimation" (1954).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::paired_ratio;
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut cost = PairMoments::default();
/// for item in 0..50 {
///     let baseline = 1.0 + f64::from(item) / 10.0;
///     let candidate = baseline * if item % 2 == 0 { 1.01 } else { 1.05 };
///     cost.update(Pair { baseline, candidate })?;
/// }
/// let interval = paired_ratio(&cost, &Question::differs_from(1.0))?.interval.unwrap();
/// assert!(interval.lower > 1.02 && interval.upper < 1.04);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for means or a null ratio that are not positive;
/// otherwise as [`paired_contrast`](super::paired_contrast).
pub fn paired_ratio(pairs: &PairMoments, question: &Question) -> Result<Outcome, Error> {
    let means = (pairs.baseline().known_mean(), pairs.candidate().known_mean());
    let contrast = |ratio: f64| {
        let differences = pairs.contrast(ratio)?;
        let squared = squared_error_of_mean("the sample", &differences)?;
        Ok(Standardized {
            estimate: differences.known_mean(),
            standard_error: standard_error(squared)?,
            df: pairs.count() as f64 - 1.0,
        })
    };
    // Too few pairs and the like are found before the means are judged.
    contrast(question.null)?;
    ratio::outcome("paired_ratio", means, question, Sample::Pairs(pairs.count()), contrast)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_ratio: "By what factor may the means of two versions on the same items differ?",
    {
        pairs: PairMoments,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]]}"#,
    paired_ratio(&pairs, &question),
}
