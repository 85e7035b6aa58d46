//! The hybrid interval of Newcombe.

use crate::error::Error;
use crate::math::hypot;
use crate::one_sample::wilson_bounds;
use crate::outcome::{Alternative, Note, Outcome, Question};
use crate::summary::Tally;
use crate::two_sample::{are_large, sample};

/// By how much may two rates differ?
///
/// Combines the Wilson intervals of both arms (square and add). It has no test of its own, and p is
/// absent; `null` is not used.
///
/// - Hypotheses: none is tested; see [`miettinen_nurminen`](super::miettinen_nurminen) for a test
///   of the difference.
/// - Assumes: independent arms of independent trials.
/// - Documented region: 20 trials in each arm; below it the outcome carries
///   [`SmallSample`](Note::SmallSample). True error at 5 %, every outcome summed:
///
/// | baseline | candidate | baseline's rate | difference | two-sided | greater | less |
/// |---|---|---|---|---|---|---|
/// | 20 | 20 | 0.5 | 0 | 0.043 | 0.042 | 0.042 |
/// | 20 | 20 | 0.9 | -0.05 | 0.029 | 0.045 | 0.041 |
/// | 20 | 20 | 0.98 | 0 | 0.000 | 0.005 | 0.005 |
/// | 100 | 100 | 0.5 | 0 | 0.056 | 0.052 | 0.052 |
/// | 100 | 100 | 0.9 | -0.05 | 0.047 | 0.050 | 0.049 |
/// | 100 | 100 | 0.98 | 0 | 0.016 | 0.024 | 0.024 |
/// | 200 | 50 | 0.5 | 0 | 0.054 | 0.053 | 0.053 |
/// | 200 | 50 | 0.9 | -0.05 | 0.048 | 0.042 | 0.058 |
/// | 200 | 50 | 0.98 | 0 | 0.030 | 0.000 | 0.057 |
/// | 50 | 200 | 0.5 | 0 | 0.054 | 0.053 | 0.053 |
/// | 50 | 200 | 0.9 | -0.05 | 0.047 | 0.056 | 0.040 |
/// | 50 | 200 | 0.98 | 0 | 0.030 | 0.057 | 0.000 |
/// | 500 | 500 | 0.95 | -0.02 | 0.048 | 0.050 | 0.049 |
/// | 10 | 10 | 0.9 | 0 | 0.009 | 0.025 | 0.025 |
///
/// - Edge cases: defined for no and for all successes; an empty arm is an error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: constant, below a microsecond.
/// - Source: Newcombe, "Interval estimation for the difference between independent proportions:
///   comparison of eleven methods" (1998a), method 10.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::newcombe;
///
/// // Newcombe (1998a), table II, contrast (a): 56/70 - 48/80.
/// let (baseline, candidate) = (Tally::new(48, 80)?, Tally::new(56, 70)?);
/// let interval = newcombe(&baseline, &candidate, &Question::differs_from(0.0))?.interval.unwrap();
/// assert!((interval.lower - 0.0524).abs() < 5e-5 && (interval.upper - 0.3339).abs() < 5e-5);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm.
pub fn newcombe(
    baseline: &Tally,
    candidate: &Tally,
    question: &Question,
) -> Result<Outcome, Error> {
    let sample = sample(baseline, candidate)?;
    // Each bound needs both Wilson bounds at its own error probability: those of a two-sided
    // question.
    let error = match question.alternative {
        Alternative::TwoSided => question.alpha.get(),
        Alternative::Less | Alternative::Greater => {
            (2.0 * question.alpha.get()).min(1.0 - f64::EPSILON)
        }
    };
    let both = Question {
        alternative: Alternative::TwoSided,
        alpha: crate::outcome::Alpha::new(error)?,
        ..*question
    };
    let (wilson_b, wilson_c) = (wilson_bounds(baseline, &both)?, wilson_bounds(candidate, &both)?);
    let rate = |tally: &Tally| tally.successes() as f64 / tally.trials() as f64;
    let (rate_b, rate_c) = (rate(baseline), rate(candidate));
    let estimate = rate_c - rate_b;
    let interval = question.alpha.interval(
        question.alternative,
        (-1.0, 1.0),
        |_| Ok((estimate - hypot(rate_c - wilson_c.lower, wilson_b.upper - rate_b)).max(-1.0)),
        |_| Ok((estimate + hypot(wilson_c.upper - rate_c, rate_b - wilson_b.lower)).min(1.0)),
    )?;
    Ok(Outcome {
        estimate: Some(estimate),
        interval: Some(interval),
        notes: Note::large_sample(are_large(baseline, candidate)),
        ..Outcome::new("newcombe", question.alternative, sample)
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    newcombe: "By how much may two rates differ?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": {"successes": 90, "trials": 100}, "candidate": {"successes": 89, "trials": 100}}"#,
    newcombe(&baseline, &candidate, &question),
}
