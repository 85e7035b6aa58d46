//! Fieller's interval of a ratio of means.

use crate::error::Error;
use crate::outcome::{Outcome, Question, Sample};
use crate::ratio;
use crate::summary::Moments;
use crate::two_sample::contrast;

/// By what factor may two means differ?
///
/// The estimand is the candidate's mean divided by the baseline's. The interval holds every ratio
/// whose [`linear_contrast`](super::linear_contrast) the data do not reject, so that both always
/// agree; Fieller's closed form is this with degrees of freedom that do not move with the ratio.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent values with positive means; normal ones, or enough of
///   them.
/// - Documented region: as [`linear_contrast`](super::linear_contrast).
/// - Edge cases: where the baseline's mean is not told from 0 there is no upper bound, and the
///   outcome carries [`Unbounded`](crate::Note::Unbounded); means that are not positive, fewer than
///   two values in an arm, or two arms of equal values each, are errors.
/// - Units: the ratio has none: 1.1 is ten percent more.
/// - Cost: some hundred evaluations of Student's distribution, below a millisecond.
/// - Source: Fieller, "Some problems in interval estimation" (1954).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Moments;
/// use phasegate_stats::two_sample::fieller;
///
/// let baseline = Moments::from_parts(1000, 1.00, 999.0 * 0.25)?;
/// let candidate = Moments::from_parts(1000, 1.03, 999.0 * 0.25)?;
/// let outcome = fieller(&baseline, &candidate, &Question::less_than(1.1))?;
/// assert!(outcome.interval.unwrap().upper < 1.1);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for means or a null ratio that are not positive;
/// otherwise as [`linear_contrast`](super::linear_contrast).
pub fn fieller(
    baseline: &Moments,
    candidate: &Moments,
    question: &Question,
) -> Result<Outcome, Error> {
    let sample = Sample::Arms { baseline: baseline.count(), candidate: candidate.count() };
    let means = (baseline.known_mean(), candidate.known_mean());
    // Too few values and the like are found before the means are judged.
    contrast(baseline, candidate, 1.0)?;
    ratio::outcome("fieller", means, question, sample, |ratio| contrast(baseline, candidate, ratio))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    fieller: "By what factor may two means differ?",
    {
        baseline: Moments,
        candidate: Moments,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"baseline": [27.5, 21, 19, 23.6, 17], "candidate": [27.1, 22, 20.8, 23.4, 25.8], "question": {"null": 1.1, "alternative": "less"}}"#,
    fieller(&baseline, &candidate, &question),
}
