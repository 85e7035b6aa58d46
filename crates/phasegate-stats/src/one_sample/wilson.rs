//! The interval of Wilson.

use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::one_sample::{checked, has_both};
use crate::outcome::{Interval, Note, Outcome, Question, Sample};
use crate::significance::normal;
use crate::summary::Tally;

/// How low or high may the rate be, at a level that is right on average?
///
/// The interval inverts the score test, whose variance is that of the null rate: unlike the
/// estimate plus and minus its standard error it keeps its level near 0 and 1. Its coverage
/// oscillates about the nominal one and may fall below it for single rates;
/// [`clopper_pearson`](super::clopper_pearson) never does.
///
/// - Hypotheses: the rate is `null`; it is less, greater, or differs.
/// - Assumes: independent trials with one rate.
/// - Documented region: at least 5 successes and 5 failures; below it the outcome carries
///   [`SmallSample`](Note::SmallSample), for the end on the side of the rarer answer may then
///   miss far too often. True error at 5 %, every outcome summed:
///
/// | trials | rate | two-sided | greater | less |
/// |---|---|---|---|---|
/// | 20 | 0.5 | 0.041 | 0.058 | 0.058 |
/// | 20 | 0.9 | 0.043 | 0.000 | 0.043 |
/// | 20 | 0.98 | 0.060 | 0.000 | 0.060 |
/// | 100 | 0.5 | 0.057 | 0.044 | 0.044 |
/// | 100 | 0.9 | 0.064 | 0.058 | 0.073 |
/// | 100 | 0.98 | 0.051 | 0.000 | 0.051 |
/// | 500 | 0.5 | 0.054 | 0.049 | 0.049 |
/// | 500 | 0.9 | 0.044 | 0.039 | 0.046 |
/// | 500 | 0.98 | 0.036 | 0.028 | 0.047 |
/// | 2000 | 0.5 | 0.052 | 0.051 | 0.051 |
/// | 2000 | 0.9 | 0.048 | 0.045 | 0.048 |
/// | 2000 | 0.98 | 0.045 | 0.042 | 0.051 |
///
/// - Edge cases: defined for no and for all successes; a null rate of 0 or 1 has no variance and is
///   refused; no trials is an error.
/// - Units: the rate is a share from 0 to 1; trials are counted.
/// - Cost: constant, below a microsecond.
/// - Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927);
///   Brown, Cai and `DasGupta` (2001).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::one_sample::wilson;
/// use phasegate_stats::summary::Tally;
///
/// // Newcombe (1998a), table I, method 3: 81 of 263.
/// let interval = wilson(&Tally::new(81, 263)?, &Question::differs_from(0.5))?.interval.unwrap();
/// assert!((interval.lower - 0.2553).abs() < 5e-5 && (interval.upper - 0.3662).abs() < 5e-5);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](ErrorKind::TooFew) without trials; [`OutOfRange`](ErrorKind::OutOfRange) for a null
/// value that is not above 0 and below 1.
pub fn wilson(tally: &Tally, question: &Question) -> Result<Outcome, Error> {
    let rate = checked(tally, question)?;
    let Question { null, alternative, .. } = *question;
    if null <= 0.0 || null >= 1.0 {
        let message =
            format!("the null rate is {null}; the score test needs one above 0 and below 1");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let z = (rate - null) / (null * (1.0 - null) / tally.trials() as f64).sqrt();
    Ok(Outcome {
        estimate: Some(rate),
        interval: Some(bounds(tally, question)?),
        null: Some(null),
        statistic: Some(z),
        notes: Note::large_sample(has_both(tally)),
        ..Outcome::new("wilson", alternative, Sample::One(tally.trials()))
    }
    .with_ln_p(normal(z, alternative)?))
}

/// The interval alone, for at least one trial.
pub(crate) fn bounds(tally: &Tally, question: &Question) -> Result<Interval, Error> {
    let n = tally.trials() as f64;
    // The lower bound in the form that does not subtract; the upper one is its mirror image.
    let lower = |k: f64, rest: f64, z: f64| {
        let root = z * (z * z + 4.0 * k * (rest / n)).sqrt();
        2.0 * k * (k / n) / (2.0 * k + z * z + root)
    };
    let upper = |k: f64, rest: f64, z: f64| {
        let root = z * (z * z + 4.0 * k * (rest / n)).sqrt();
        (2.0 * k + z * z + root) / (2.0 * (n + z * z))
    };
    let (good, bad) = (tally.successes() as f64, tally.failures() as f64);
    question.alpha.interval(
        question.alternative,
        (0.0, 1.0),
        |alpha| {
            let z = Normal.upper_quantile(alpha)?;
            // Above one half the bound on the other side would be taken: the same formula with the
            // sign of z.
            Ok(if z >= 0.0 { lower(good, bad, z) } else { upper(good, bad, -z) })
        },
        |alpha| {
            let z = Normal.upper_quantile(alpha)?;
            Ok(match (bad > 0.0, z >= 0.0) {
                (false, true) => 1.0,
                (_, true) => upper(good, bad, z),
                (_, false) => lower(good, bad, -z),
            })
        },
    )
}

#[cfg(feature = "registry")]
crate::registry::method! {
    wilson: "How low or high may a rate be, at a level that is right on average?",
    {
        tally: Tally,
        question: Question = Question::differs_from(0.5),
    },
    r#"{"tally": {"successes": 81, "trials": 263}}"#,
    wilson(&tally, &question),
}
