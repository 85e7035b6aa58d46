//! McNemar's test, exactly.

use crate::dist::Binomial;
use crate::error::Error;
use crate::outcome::{Note, Outcome, Question};
use crate::paired::outcome;
use crate::significance::doubled;
use crate::summary::PairTally;

/// Are the rates of two versions on the same items equal?
///
/// Given the discordant pairs, those that the candidate gained are binomial with rate one half; the
/// two-sided p is twice the smaller tail. Only equality can be tested (another `null` is refused,
/// and `alpha` is not used): for a margin and for an interval use [`tango`](super::tango).
///
/// - Hypotheses: both rates are equal; the candidate's is less, greater, or differs.
/// - Assumes: independent items; when items form clusters use the clustered methods.
/// - Edge cases: no discordant pairs gives p = 1, marked
///   [`NoDiscordantPairs`](crate::Degenerate::NoDiscordantPairs); no pairs is an error.
/// - Units: the estimate is a difference of rates from -1 to 1; the statistic counts pairs.
/// - Cost: constant, some microseconds, up to 1e10 discordant pairs.
/// - Source: McNemar (1947); R's `mcnemar.test` gives the corrected chi-square form, statsmodels'
///   `mcnemar` this one.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::mcnemar_exact;
/// use phasegate_stats::summary::PairTally;
///
/// // statsmodels 0.15.0: mcnemar([[80, 4], [12, 4]], exact=True).pvalue
/// let outcome = mcnemar_exact(&PairTally::new(80, 4, 12, 4)?, &Question::differs_from(0.0))?;
/// assert!((outcome.p.unwrap() - 0.076812744140625).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value than 0;
/// [`TooFew`](crate::ErrorKind::TooFew) without pairs; [`OutOfRange`](crate::ErrorKind::OutOfRange)
/// for more than 1e10 discordant ones.
pub fn mcnemar_exact(pairs: &PairTally, question: &Question) -> Result<Outcome, Error> {
    question.tests_only("mcnemar_exact", 0.0)?;
    let outcome = outcome("mcnemar_exact", pairs, question)?;
    let gained = Binomial::new(pairs.discordant(), 0.5)?;
    let ln_p = doubled(&gained, pairs.only_candidate(), question.alternative)?;
    Ok(Outcome {
        null: Some(0.0),
        statistic: Some(pairs.only_candidate() as f64),
        notes: vec![Note::Conservative],
        ..outcome.with_ln_p(ln_p)
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mcnemar_exact: "Are the rates of two versions on the same items equal, exactly?",
    {
        pairs: PairTally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": {"both": 80, "only_baseline": 4, "only_candidate": 12, "neither": 4}}"#,
    mcnemar_exact(&pairs, &question),
}
