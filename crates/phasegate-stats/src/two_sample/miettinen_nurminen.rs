//! The score test and interval of Miettinen and Nurminen.

use crate::error::Error;
use crate::outcome::{Outcome, Question};
use crate::summary::Tally;
use crate::two_sample::score_difference::ScoreDifference;

/// Do two rates differ, or differ by more than a margin?
///
/// The estimand is the candidate's rate less the baseline's. The statistic divides by the standard
/// error of the likeliest rates that differ by exactly the null value, which keeps the level near
/// rates of 0 and 1 and for any margin; the variance is multiplied by N / (N - 1). The interval
/// inverts the test. For non-inferiority with margin 0.02 ask for `greater` than -0.02.
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent trials; for the same items in both arms use
///   [`tango`](crate::paired::tango).
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
/// | 200 | 50 | 0.5 | 0 | 0.049 | 0.049 | 0.049 |
/// | 200 | 50 | 0.9 | -0.05 | 0.048 | 0.042 | 0.058 |
/// | 200 | 50 | 0.98 | 0 | 0.049 | 0.001 | 0.064 |
/// | 50 | 200 | 0.5 | 0 | 0.049 | 0.049 | 0.049 |
/// | 50 | 200 | 0.9 | -0.05 | 0.050 | 0.053 | 0.042 |
/// | 50 | 200 | 0.98 | 0 | 0.049 | 0.064 | 0.001 |
/// | 500 | 500 | 0.95 | -0.02 | 0.049 | 0.050 | 0.051 |
/// | 10 | 10 | 0.9 | 0 | 0.009 | 0.025 | 0.025 |
///
/// - Edge cases: 0 of n against 0 of n has an interval of positive width, and tests a null
///   difference of 0 with p = 1, marked [`AllTied`](crate::Degenerate::AllTied); an empty arm is an
///   error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: some thousand multiplications.
/// - Source: Miettinen and Nurminen, "Comparative analysis of two rates" (1985). statsmodels 0.15
///   differs in the third digit wherever the null difference is not 0, and so in its interval: the
///   rates that it takes for the likeliest ones are not.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::miettinen_nurminen;
///
/// let (baseline, candidate) = (Tally::new(48, 80)?, Tally::new(56, 70)?);
/// let outcome = miettinen_nurminen(&baseline, &candidate, &Question::differs_from(0.0))?;
/// // R package PropCIs 0.3: diffscoreci(56, 70, 48, 80, 0.95)
/// let interval = outcome.interval.unwrap();
/// assert!((interval.lower - 0.0528).abs() < 5e-4 && (interval.upper - 0.3382).abs() < 5e-4);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless the null difference is above -1 and below 1.
pub fn miettinen_nurminen(
    baseline: &Tally,
    candidate: &Tally,
    question: &Question,
) -> Result<Outcome, Error> {
    let all = baseline.trials() as f64 + candidate.trials() as f64;
    let factor = all / (all - 1.0);
    ScoreDifference { baseline, candidate, factor }.outcome("miettinen_nurminen", question)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    miettinen_nurminen: "Do two rates differ, or differ by more than a margin?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": {"successes": 90, "trials": 100}, "candidate": {"successes": 89, "trials": 100}, "question": {"null": -0.1, "alternative": "greater"}}"#,
    miettinen_nurminen(&baseline, &candidate, &question),
}
