//! The interval of Clopper and Pearson.

use crate::dist::{Beta, Binomial, Continuous as _};
use crate::error::Error;
use crate::one_sample::checked;
use crate::outcome::{Interval, Note, Outcome, Question, Sample};
use crate::significance::doubled;
use crate::summary::Tally;

/// How low or high may the rate be, at a guaranteed level?
///
/// The interval covers the true rate with at least its confidence, at any rate and any number of
/// trials; a safety threshold must not rest on less. It inverts the exact binomial test whose
/// two-sided p is twice the smaller tail, and that is the p given here, so that interval and p
/// always agree.
///
/// - Hypotheses: the rate is `null`; it is less, greater, or differs.
/// - Assumes: independent trials with one rate.
/// - Edge cases: no success gives a lower bound of 0 and the upper bound 1 - alpha^(1/n), all
///   successes the mirror image; no trials is an error.
/// - Units: the rate is a share from 0 to 1; trials are counted.
/// - Cost: constant, some microseconds, up to 1e10 trials.
/// - Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case
///   of the binomial" (1934).
///
/// ```
/// use phasegate_stats::one_sample::clopper_pearson;
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::summary::Tally;
///
/// // 59 of 59 is the smallest flawless run that certifies 95 % at 5 %.
/// let certify = Question::greater_than(0.95).at(Alpha::FIVE_PERCENT);
/// let outcome = clopper_pearson(&Tally::new(59, 59)?, &certify)?;
/// assert!(outcome.interval.unwrap().lower > 0.95 && outcome.p.unwrap() < 0.05);
/// let outcome = clopper_pearson(&Tally::new(58, 58)?, &certify)?;
/// assert!(outcome.interval.unwrap().lower < 0.95 && outcome.p.unwrap() > 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without trials;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for a null value that is no rate or more than 1e10
/// trials.
pub fn clopper_pearson(tally: &Tally, question: &Question) -> Result<Outcome, Error> {
    let rate = checked(tally, question)?;
    let null = Binomial::new(tally.trials(), question.null)?;
    let ln_p = doubled(&null, tally.successes(), question.alternative)?;
    Ok(Outcome {
        estimate: Some(rate),
        interval: Some(bounds(tally, question)?),
        null: Some(question.null),
        statistic: Some(tally.successes() as f64),
        notes: vec![Note::Conservative],
        ..Outcome::new("clopper_pearson", question.alternative, Sample::One(tally.trials()))
    }
    .with_ln_p(ln_p))
}

/// The interval alone, for at least one trial.
pub(crate) fn bounds(tally: &Tally, question: &Question) -> Result<Interval, Error> {
    let (good, bad) = (tally.successes() as f64, tally.failures() as f64);
    question.alpha.interval(
        question.alternative,
        (0.0, 1.0),
        |alpha| if good == 0.0 { Ok(0.0) } else { Beta::new(good, bad + 1.0)?.quantile(alpha) },
        |alpha| {
            if bad == 0.0 { Ok(1.0) } else { Beta::new(good + 1.0, bad)?.upper_quantile(alpha) }
        },
    )
}

#[cfg(feature = "registry")]
crate::registry::method! {
    clopper_pearson: "How low or high may a rate be, at a guaranteed level?",
    {
        tally: Tally,
        question: Question = Question::differs_from(0.5),
    },
    r#"{"tally": {"successes": 58, "trials": 60}, "question": {"null": 0.9, "alternative": "greater"}}"#,
    clopper_pearson(&tally, &question),
}
