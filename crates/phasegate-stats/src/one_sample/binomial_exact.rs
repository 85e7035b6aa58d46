//! The exact binomial test.

use crate::dist::Binomial;
use crate::error::Error;
use crate::one_sample::{checked, clopper_pearson_bounds};
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::significance::no_likelier;
use crate::summary::Tally;

/// Does the rate differ from a value?
///
/// One-sided p-values are tails; the two-sided one is the probability of all counts that are no
/// likelier than the observed one, as R's `binom.test` and scipy's `binomtest` define it. The
/// interval is that of Clopper and Pearson, which inverts the doubled tail instead: near its ends a
/// two-sided p may say otherwise than the interval. Where that must not happen use
/// [`clopper_pearson`](super::clopper_pearson).
///
/// - Hypotheses: the rate is `null`; it is less, greater, or differs.
/// - Assumes: independent trials with one rate.
/// - Edge cases: a null rate of 0 or 1 is refuted, with p = 0, by one success or failure; no trials
///   is an error.
/// - Units: the rate is a share from 0 to 1; trials are counted.
/// - Cost: logarithmic in the trials, some microseconds, up to 1e10 trials.
/// - Source: R 4.2 `binom.test`, scipy `stats.binomtest`.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::one_sample::binomial_exact;
/// use phasegate_stats::summary::Tally;
///
/// // scipy 1.17.1: stats.binomtest(682, 925, 0.75).pvalue
/// let outcome = binomial_exact(&Tally::new(682, 925)?, &Question::differs_from(0.75))?;
/// assert!((outcome.p.unwrap() - 0.3824915595748517).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without trials;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for a null value that is no rate or more than 1e10
/// trials.
pub fn binomial_exact(tally: &Tally, question: &Question) -> Result<Outcome, Error> {
    let rate = checked(tally, question)?;
    let null = Binomial::new(tally.trials(), question.null)?;
    let mean = tally.trials() as f64 * question.null;
    let ln_p = no_likelier(&null, tally.successes(), mean, question.alternative)?;
    Ok(Outcome {
        estimate: Some(rate),
        interval: Some(clopper_pearson_bounds(tally, question)?),
        null: Some(question.null),
        statistic: Some(tally.successes() as f64),
        notes: vec![Note::Conservative],
        ..Outcome::new("binomial_exact", question.alternative, Sample::One(tally.trials()))
    }
    .with_ln_p(ln_p))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    binomial_exact: "Does a rate differ from a value, exactly?",
    {
        tally: Tally,
        question: Question = Question::differs_from(0.5),
    },
    r#"{"tally": {"successes": 58, "trials": 60}, "question": {"null": 0.9}}"#,
    binomial_exact(&tally, &question),
}
