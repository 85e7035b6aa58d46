//! The score test and interval of Farrington and Manning.

use crate::error::Error;
use crate::outcome::{Outcome, Question};
use crate::summary::Tally;
use crate::two_sample::score_difference::ScoreDifference;

/// Do two rates differ, or differ by more than a margin, in the form that sample-size tables for
/// non-inferiority use?
///
/// As [`miettinen_nurminen`](super::miettinen_nurminen) without the factor N / (N - 1); the
/// interval is that of Mee (1984).
///
/// - Hypotheses, assumptions, edge cases, cost: as there.
/// - Source: Farrington and Manning, "Test statistics and sample size formulae for comparative
///   binomial trials with null hypothesis of non-zero risk difference" (1990).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::farrington_manning;
///
/// let (baseline, candidate) = (Tally::new(90, 100)?, Tally::new(89, 100)?);
/// let outcome = farrington_manning(&baseline, &candidate, &Question::greater_than(-0.1))?;
/// assert!(outcome.p.unwrap() < 0.025);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`miettinen_nurminen`](super::miettinen_nurminen).
pub fn farrington_manning(
    baseline: &Tally,
    candidate: &Tally,
    question: &Question,
) -> Result<Outcome, Error> {
    ScoreDifference { baseline, candidate, factor: 1.0 }.outcome("farrington_manning", question)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    farrington_manning: "Do two rates differ, or differ by more than a margin, in the form of sample-size tables?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": {"successes": 90, "trials": 100}, "candidate": {"successes": 89, "trials": 100}, "question": {"null": -0.1, "alternative": "greater"}}"#,
    farrington_manning(&baseline, &candidate, &question),
}
