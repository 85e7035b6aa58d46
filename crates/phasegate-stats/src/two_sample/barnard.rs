//! Barnard's exact test.

use crate::dist::{Discrete as _, Hypergeometric};
use crate::error::Error;
use crate::outcome::{Alternative, Degenerate, Note, Outcome, Question};
use crate::summary::Tally;
use crate::two_sample::sample;
use crate::two_sample::unconditional::{Extreme, SLACK, Tables, first_where, last_where};

/// Are two rates equal, exactly, in Barnard's order of tables?
///
/// The p-value is the largest probability, over all rates that both arms might share, of a table
/// whose difference of rates, divided by its pooled standard error, is at least as extreme as the
/// observed one (in absolute value, for two sides): the form that scipy has as the default. The
/// statistic is that quotient; the estimate is the difference of the rates. It has no interval,
/// and only equality can be tested: another `null` is refused, and `alpha` is not used.
///
/// - Hypotheses: the rates are equal; the candidate's is less, greater, or differs.
/// - Assumes: independent arms of independent trials.
/// - Edge cases: no success or no failure at all has the quotient 0 and is marked
///   [`AllTied`](Degenerate::AllTied), p = 1 in both directions; an empty arm is an error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: some milliseconds for 100 trials an arm, half a second for 1000, which is the most it
///   takes. The maximum is good to 1e-9 in relative size.
/// - Source: Barnard, "Significance tests for 2x2 tables" (1947); Suissa and Shuster, "Exact
///   unconditional sample sizes for the 2x2 binomial trial" (1985), for this order of tables.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::barnard;
///
/// // By enumeration (fixtures/reference/stats/unconditional.py). scipy 1.17.1 says 0.034077: it
/// // loses the table (8, 3), whose quotient is equal but for rounding.
/// let (baseline, candidate) = (Tally::new(12, 15)?, Tally::new(7, 15)?);
/// let outcome = barnard(&baseline, &candidate, &Question::less_than(0.0))?;
/// assert!((outcome.statistic.unwrap() + 1.894).abs() < 5e-4);
/// assert!((outcome.p.unwrap() - 0.0341091546616).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value;
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`TooLarge`](crate::ErrorKind::TooLarge) for more than 1000 trials in an arm.
pub fn barnard(baseline: &Tally, candidate: &Tally, question: &Question) -> Result<Outcome, Error> {
    question.tests_only("barnard", 0.0)?;
    let sample = sample(baseline, candidate)?;
    let tables = Tables::of(baseline, candidate)?;
    let successes = baseline.successes() + candidate.successes();
    let all = tables.baseline + tables.candidate;
    let seen = quotient(&tables, successes, candidate.successes());
    let ln_p = tables.ln_p(|given, successes| {
        let limit = match question.alternative {
            Alternative::TwoSided => seen.abs(),
            Alternative::Less | Alternative::Greater => seen,
        };
        extreme(&tables, given, successes, limit, question.alternative)
    })?;
    let tied = successes == 0 || successes == all;
    Ok(Outcome {
        estimate: Some(candidate.rate_difference(baseline)),
        null: Some(0.0),
        statistic: Some(seen),
        degenerate: tied.then_some(Degenerate::AllTied),
        notes: vec![Note::Conservative],
        ..Outcome::new("barnard", question.alternative, sample)
    }
    .with_ln_p(ln_p))
}

/// The difference of the rates divided by its pooled standard error; 0 where that is 0.
fn quotient(tables: &Tables, successes: u64, of_candidate: u64) -> f64 {
    let (n_b, n_c) = (tables.baseline as f64, tables.candidate as f64);
    let all = n_b + n_c;
    let rest = all - successes as f64;
    if successes == 0 || rest == 0.0 {
        return 0.0;
    }
    // n_b * x_c - n_c * x_b in whole numbers, which are exact here.
    let gap = of_candidate as f64 * n_b - (successes - of_candidate) as f64 * n_c;
    gap * (all / (n_b * n_c * successes as f64 * rest)).sqrt()
}

fn extreme(
    tables: &Tables,
    given: &Hypergeometric,
    successes: u64,
    limit: f64,
    alternative: Alternative,
) -> Result<Extreme, Error> {
    let slack = SLACK * limit.abs();
    let of = |count| quotient(tables, successes, count);
    let above = |from: f64| first_where(given.support(), |count| Ok(of(count) >= from - slack));
    let below = |to: f64| last_where(given.support(), |count| Ok(of(count) <= to + slack));
    Ok(match alternative {
        Alternative::Greater => Extreme { at_least: above(limit)?, at_most: None },
        Alternative::Less => Extreme { at_most: below(limit)?, at_least: None },
        // Every table is as extreme as no difference; the two sides would overlap.
        Alternative::TwoSided if limit == 0.0 => {
            Extreme { at_least: Some(given.support().0), at_most: None }
        }
        Alternative::TwoSided => Extreme { at_least: above(limit)?, at_most: below(-limit)? },
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    barnard: "Are two rates equal, exactly, in Barnard's order of tables?",
    {
        baseline: Tally,
        candidate: Tally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": {"successes": 12, "trials": 15}, "candidate": {"successes": 7, "trials": 15}}"#,
    barnard(&baseline, &candidate, &question),
}
