//! Fisher's exact test.

use crate::dist::Hypergeometric;
use crate::error::Error;
use crate::outcome::{Degenerate, Note, Outcome, Question, Sample};
use crate::significance::no_likelier;
use crate::summary::Tally;
use crate::two_sample::sample;

/// Are two rates equal, exactly?
///
/// Conditional on both margins, so that no nuisance rate remains; conservative, often much so. The
/// two-sided p is the probability of all tables no likelier than the observed one (as R and scipy).
/// The estimate is the odds ratio of the sample, candidate to baseline, as scipy's; it has no
/// interval here (ask [`miettinen_nurminen`](super::miettinen_nurminen) by how much rates differ).
/// Only equality can be tested: another `null` is refused, and `alpha` is not used.
///
/// - Hypotheses: the odds ratio is 1; it is less, greater, or differs.
/// - Assumes: independent arms of independent trials.
/// - Edge cases: no success or no failure at all leaves a single table: p = 1, marked
///   [`SingleTable`](Degenerate::SingleTable); the estimate is absent where it would divide by
///   zero; an empty arm is an error.
/// - Units: the estimate is an odds ratio, without a unit; trials are counted.
/// - Cost: proportional to the standard deviation of the count, some 10 microseconds for 1e5 trials
///   an arm; up to 4e9 trials together.
/// - Source: Fisher, "The design of experiments" (1935); R 4.2 `fisher.test`.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::fisher;
///
/// // scipy 1.17.1: stats.fisher_exact([[8, 2], [1, 5]]).pvalue
/// let (baseline, candidate) = (Tally::new(1, 6)?, Tally::new(8, 10)?);
/// let outcome = fisher(&baseline, &candidate, &Question::differs_from(1.0))?;
/// assert!((outcome.p.unwrap() - 0.03496503496503495).abs() < 1e-14);
/// assert_eq!(outcome.estimate, Some(20.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value;
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for more than 4e9 trials together.
pub fn fisher(baseline: &Tally, candidate: &Tally, question: &Question) -> Result<Outcome, Error> {
    question.tests_only("fisher", 1.0)?;
    let sample: Sample = sample(baseline, candidate)?;
    let population = baseline.trials().saturating_add(candidate.trials());
    let successes = baseline.successes().saturating_add(candidate.successes());
    let tables = Hypergeometric::new(population, successes, candidate.trials())?;
    let mean = candidate.trials() as f64 * (successes as f64 / population as f64);
    let ln_p = no_likelier(&tables, candidate.successes(), mean, question.alternative)?;
    let odds = |tally: &Tally| (tally.successes() as f64, tally.failures() as f64);
    let ((good_b, bad_b), (good_c, bad_c)) = (odds(baseline), odds(candidate));
    let defined = good_b > 0.0 && bad_c > 0.0;
    let single = successes == 0 || successes == population;
    Ok(Outcome {
        estimate: defined.then(|| good_c * bad_b / (bad_c * good_b)),
        null: Some(1.0),
        statistic: Some(good_c),
        degenerate: single.then_some(Degenerate::SingleTable),
        notes: vec![Note::Conservative],
        ..Outcome::new("fisher", question.alternative, sample)
    }
    .with_ln_p(ln_p))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    fisher: "Are two rates equal, exactly?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"baseline": {"successes": 1, "trials": 6}, "candidate": {"successes": 8, "trials": 10}}"#,
    fisher(&baseline, &candidate, &question),
}
