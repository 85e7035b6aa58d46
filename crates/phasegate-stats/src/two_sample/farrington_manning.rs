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
/// - Documented region: 20 trials in each arm; below it the outcome carries
///   [`SmallSample`](crate::Note::SmallSample). True level of a test at 5 %, every outcome summed:
///
/// | baseline | candidate | baseline's rate | difference | two-sided | greater | less |
/// |---|---|---|---|---|---|---|
/// | 20 | 20 | 0.5 | 0 | 0.043 | 0.042 | 0.042 |
/// | 20 | 20 | 0.9 | -0.05 | 0.046 | 0.045 | 0.063 |
/// | 20 | 20 | 0.98 | 0 | 0.001 | 0.005 | 0.005 |
/// | 100 | 100 | 0.5 | 0 | 0.056 | 0.052 | 0.052 |
/// | 100 | 100 | 0.9 | -0.05 | 0.049 | 0.050 | 0.049 |
/// | 100 | 100 | 0.98 | 0 | 0.040 | 0.058 | 0.058 |
/// | 200 | 50 | 0.5 | 0 | 0.054 | 0.052 | 0.052 |
/// | 200 | 50 | 0.9 | -0.05 | 0.048 | 0.042 | 0.058 |
/// | 200 | 50 | 0.98 | 0 | 0.049 | 0.001 | 0.064 |
/// | 50 | 200 | 0.5 | 0 | 0.054 | 0.052 | 0.052 |
/// | 50 | 200 | 0.9 | -0.05 | 0.050 | 0.053 | 0.042 |
/// | 50 | 200 | 0.98 | 0 | 0.049 | 0.064 | 0.001 |
/// | 500 | 500 | 0.95 | -0.02 | 0.049 | 0.050 | 0.051 |
/// | 10 | 10 | 0.9 | 0 | 0.009 | 0.025 | 0.025 |
///
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
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
