//! McNemar's test with the mid-p.

use crate::dist::{Binomial, Discrete as _};
use crate::error::Error;
use crate::math::{LN_HALF, ln_1m_exp, ln_sum};
use crate::outcome::{Alternative, Note, Outcome, Question};
use crate::paired::outcome;
use crate::significance::ln_at_most_at_least;
use crate::summary::PairTally;

/// Are the rates of two versions on the same items equal, at a level that is right on average?
///
/// As [`mcnemar_exact`](super::mcnemar_exact), with only half of the probability of the observed
/// count: less conservative, and slightly above the nominal level for some rates.
///
/// - True level of a test at 5 %, every outcome summed:
///
/// | pairs | discordant | difference | two-sided | greater | less |
/// |---|---|---|---|---|---|
/// | 20 | 0.05 | 0 | 0.000 | 0.001 | 0.001 |
/// | 20 | 0.2 | 0 | 0.017 | 0.025 | 0.025 |
/// | 100 | 0.05 | 0 | 0.025 | 0.030 | 0.030 |
/// | 100 | 0.2 | 0 | 0.046 | 0.049 | 0.049 |
/// | 300 | 0.05 | 0 | 0.046 | 0.048 | 0.048 |
/// | 300 | 0.2 | 0 | 0.049 | 0.049 | 0.049 |
///
/// - Units: the estimate is a difference of rates from -1 to 1; the statistic counts pairs.
/// - Hypotheses, assumptions, edge cases, cost: as there.
/// - Source: Fagerland, Lydersen and Laake, "The McNemar test for binary matched-pairs data: mid-p
///   and asymptotic are better than exact conditional" (2013).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::mcnemar_mid_p;
/// use phasegate_stats::summary::PairTally;
///
/// // Fagerland and others (2013), table 1: 1 and 7 discordant pairs of 21 give 0.039.
/// let outcome = mcnemar_mid_p(&PairTally::new(1, 1, 7, 12)?, &Question::differs_from(0.0))?;
/// assert!((outcome.p.unwrap() - 0.0390625).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`mcnemar_exact`](super::mcnemar_exact).
pub fn mcnemar_mid_p(pairs: &PairTally, question: &Question) -> Result<Outcome, Error> {
    question.tests_only("mcnemar_mid_p", 0.0)?;
    let outcome = outcome("mcnemar_mid_p", pairs, question)?;
    let gained = Binomial::new(pairs.discordant(), 0.5)?;
    let count = pairs.only_candidate();
    let half_mass = LN_HALF + gained.ln_pmf(count);
    let (at_most, at_least) = ln_at_most_at_least(&gained, count)?;
    // A tail that includes the whole mass, less half of it.
    let without_half = |ln_tail: f64| ln_tail + ln_1m_exp((half_mass - ln_tail).min(LN_HALF));
    let ln_p = match question.alternative {
        Alternative::Less => without_half(at_most),
        Alternative::Greater => without_half(at_least),
        Alternative::TwoSided => {
            let smaller = without_half(at_most.min(at_least));
            ln_sum(smaller, smaller)
        }
    };
    let ln_p = if pairs.discordant() == 0 { 0.0 } else { ln_p };
    Ok(Outcome {
        null: Some(0.0),
        statistic: Some(count as f64),
        notes: vec![Note::MidP],
        ..outcome.with_ln_p(ln_p)
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mcnemar_mid_p: "Are the rates of two versions on the same items equal, at a level right on average?",
    {
        pairs: PairTally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": {"both": 80, "only_baseline": 4, "only_candidate": 12, "neither": 4}}"#,
    mcnemar_mid_p(&pairs, &question),
}
