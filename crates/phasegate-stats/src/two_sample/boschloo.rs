//! Boschloo's exact test.

use std::f64::consts::LN_2;

use crate::dist::Hypergeometric;
use crate::error::Error;
use crate::math::exp;
use crate::outcome::{Alternative, Degenerate, Note, Outcome, Question};
use crate::significance::ln_at_most_at_least;
use crate::summary::Tally;
use crate::two_sample::sample;
use crate::two_sample::unconditional::{Extreme, SLACK, Tables, first_where, last_where};

/// Are two rates equal, exactly, with more power than Fisher's test?
///
/// The p-value is the largest probability, over all rates that both arms might share, of a table
/// whose one-sided p of [`fisher`](super::fisher) is at most the observed one: never larger than
/// Fisher's. Two-sided is twice the smaller side, as scipy's; R's `Exact` orders tables by Fisher's
/// two-sided p instead. The statistic is the observed p of Fisher's test, on the smaller side; the
/// estimate the difference of the rates. It has no interval (ask
/// [`miettinen_nurminen`](super::miettinen_nurminen)), and only equality can be tested: another
/// `null` is refused, and `alpha` is not used.
///
/// - Hypotheses: the rates are equal; the candidate's is less, greater, or differs.
/// - Assumes: independent arms of independent trials.
/// - Edge cases: no success or no failure at all gives p = 1, marked
///   [`AllTied`](Degenerate::AllTied); an empty arm is an error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: some milliseconds for 100 trials an arm, a second for 1000, which is the most it takes.
///   The maximum is good to 1e-9 in relative size.
/// - Source: Boschloo, "Raised conditional level of significance for the 2x2-table when testing the
///   equality of two probabilities" (1970).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::boschloo;
///
/// // scipy 1.17.1: stats.boschloo_exact([[74, 31], [43, 32]], alternative="greater"), the arms
/// // in columns.
/// let (baseline, candidate) = (Tally::new(31, 63)?, Tally::new(74, 117)?);
/// let outcome = boschloo(&baseline, &candidate, &Question::greater_than(0.0))?;
/// assert!((outcome.statistic.unwrap() - 0.048312210086912).abs() < 1e-13);
/// assert!((outcome.p.unwrap() - 0.03556406430).abs() < 1e-10);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value;
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`TooLarge`](crate::ErrorKind::TooLarge) for more than 1000 trials in an arm.
pub fn boschloo(
    baseline: &Tally,
    candidate: &Tally,
    question: &Question,
) -> Result<Outcome, Error> {
    question.tests_only("boschloo", 0.0)?;
    let sample = sample(baseline, candidate)?;
    let tables = Tables::of(baseline, candidate)?;
    let successes = baseline.successes() + candidate.successes();
    let (at_most, at_least) =
        ln_at_most_at_least(&tables.given(successes)?, candidate.successes())?;
    let less = || tables.ln_p(|given, _| no_larger(given, at_most));
    let greater = || tables.ln_p(|given, _| no_smaller(given, at_least));
    let ln_p = match question.alternative {
        Alternative::Less => less()?,
        Alternative::Greater => greater()?,
        Alternative::TwoSided => (LN_2 + less()?.min(greater()?)).min(0.0),
    };
    let ln_fisher = match question.alternative {
        Alternative::Less => at_most,
        Alternative::Greater => at_least,
        Alternative::TwoSided => at_most.min(at_least),
    };
    let tied = successes == 0 || successes == tables.baseline + tables.candidate;
    Ok(Outcome {
        estimate: Some(candidate.rate_difference(baseline)),
        null: Some(0.0),
        statistic: Some(exp(ln_fisher)),
        degenerate: tied.then_some(Degenerate::AllTied),
        notes: vec![Note::Conservative],
        ..Outcome::new("boschloo", question.alternative, sample)
    }
    .with_ln_p(ln_p))
}

/// The candidate's successes whose lower tail is no larger than this.
fn no_larger(given: &Hypergeometric, ln_limit: f64) -> Result<Extreme, Error> {
    use crate::dist::Discrete as _;
    let holds = |count| Ok(ln_at_most_at_least(given, count)?.0 <= ln_limit + SLACK);
    Ok(Extreme { at_most: last_where(given.support(), holds)?, at_least: None })
}

/// The candidate's successes whose upper tail is no larger than this.
fn no_smaller(given: &Hypergeometric, ln_limit: f64) -> Result<Extreme, Error> {
    use crate::dist::Discrete as _;
    let holds = |count| Ok(ln_at_most_at_least(given, count)?.1 <= ln_limit + SLACK);
    Ok(Extreme { at_most: None, at_least: first_where(given.support(), holds)? })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    boschloo: "Are two rates equal, exactly, with more power than Fisher's test?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": {"successes": 1, "trials": 6}, "candidate": {"successes": 8, "trials": 10}}"#,
    boschloo(&baseline, &candidate, &question),
}
