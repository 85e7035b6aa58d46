//! The hybrid interval of Newcombe.

use crate::error::Error;
use crate::math::hypot;
use crate::one_sample::wilson_bounds;
use crate::outcome::{Alternative, Note, Outcome, Question};
use crate::summary::Tally;
use crate::two_sample::sample;

/// By how much may two rates differ?
///
/// Combines the Wilson intervals of both arms (square and add). It has no test of its own, and p is
/// absent; `null` is not used.
///
/// - Assumes: independent arms of independent trials.
/// - Edge cases: defined for no and for all successes; an empty arm is an error.
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
        notes: vec![Note::LargeSample],
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
