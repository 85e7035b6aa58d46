//! The interval from the prior of Jeffreys.

use crate::dist::{Beta, Continuous as _};
use crate::error::Error;
use crate::one_sample::{checked, has_both};
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::summary::Tally;

/// How low or high may the rate be, at a level that is right on average, with equal tails?
///
/// The equal-tailed posterior interval of the prior Beta(1/2, 1/2), ending at 0 for no and at 1 for
/// all successes. It has no test beside it, and p is absent; `null` is not used.
///
/// - Hypotheses: none is tested; see [`binomial_exact`](super::binomial_exact) for a test of the
///   rate.
/// - Assumes: independent trials with one rate.
/// - Documented region: at least 5 successes and 5 failures; below it the outcome carries
///   [`SmallSample`](Note::SmallSample), for the end on the side of the rarer answer may then
///   miss far too often. True error at 5 %, every outcome summed:
///
/// | trials | rate | two-sided | greater | less |
/// |---|---|---|---|---|
/// | 20 | 0.5 | 0.041 | 0.058 | 0.058 |
/// | 20 | 0.9 | 0.043 | 0.122 | 0.043 |
/// | 20 | 0.98 | 0.060 | 0.000 | 0.060 |
/// | 100 | 0.5 | 0.057 | 0.044 | 0.044 |
/// | 100 | 0.9 | 0.044 | 0.058 | 0.040 |
/// | 100 | 0.98 | 0.015 | 0.133 | 0.051 |
/// | 500 | 0.5 | 0.054 | 0.049 | 0.049 |
/// | 500 | 0.9 | 0.052 | 0.055 | 0.046 |
/// | 500 | 0.98 | 0.054 | 0.065 | 0.047 |
/// | 2000 | 0.5 | 0.052 | 0.051 | 0.051 |
/// | 2000 | 0.9 | 0.053 | 0.053 | 0.048 |
/// | 2000 | 0.98 | 0.055 | 0.042 | 0.051 |
///
/// - Edge cases: defined for no and for all successes; no trials is an error.
/// - Units: the rate is a share from 0 to 1; trials are counted.
/// - Cost: constant, some microseconds, up to 1e10 trials.
/// - Source: Brown, Cai and `DasGupta`, "Interval estimation for a binomial proportion" (2001).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::one_sample::jeffreys;
/// use phasegate_stats::summary::Tally;
///
/// // statsmodels 0.15.0: proportion_confint(8, 10, method="jeffreys")
/// let interval = jeffreys(&Tally::new(8, 10)?, &Question::differs_from(0.5))?.interval.unwrap();
/// assert!((interval.lower - 0.4972255035600069).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without trials;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for more than 1e10 trials.
pub fn jeffreys(tally: &Tally, question: &Question) -> Result<Outcome, Error> {
    let rate = checked(tally, &Question { null: 0.5, ..*question })?;
    let (good, bad) = (tally.successes() as f64, tally.failures() as f64);
    let posterior = Beta::new(good + 0.5, bad + 0.5)?;
    let interval = question.alpha.interval(
        question.alternative,
        (0.0, 1.0),
        |alpha| if good == 0.0 { Ok(0.0) } else { posterior.quantile(alpha) },
        |alpha| if bad == 0.0 { Ok(1.0) } else { posterior.upper_quantile(alpha) },
    )?;
    Ok(Outcome {
        estimate: Some(rate),
        interval: Some(interval),
        notes: Note::large_sample(has_both(tally)),
        ..Outcome::new("jeffreys", question.alternative, Sample::One(tally.trials()))
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    jeffreys: "How low or high may a rate be, at a level that is right on average, with equal tails?",
    {
        tally: Tally,
        question: Question = Question::differs_from(0.5),
    },
    r#"{"tally": {"successes": 81, "trials": 263}}"#,
    jeffreys(&tally, &question),
}
