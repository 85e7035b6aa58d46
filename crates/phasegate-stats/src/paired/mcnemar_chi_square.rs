//! McNemar's test as a chi-square.

use crate::error::Error;
use crate::outcome::{Note, Outcome, Question};
use crate::paired::outcome;
use crate::significance::normal;
use crate::summary::PairTally;

/// Whether the difference of the discordant counts is moved toward zero by one before it is
/// squared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Continuity {
    /// By one, as R's default: closer to the exact test.
    Corrected,
    /// Not, as the original.
    Uncorrected,
}

/// Are the rates of two versions on the same items equal, for many discordant pairs?
///
/// The statistic is the square of the difference of the discordant counts divided by their sum,
/// chi-square with one degree of freedom; one-sided p-values are those of its signed root. Here to
/// compare with other tools: [`mcnemar_exact`](super::mcnemar_exact) costs nothing more and holds
/// its level always.
///
/// - Hypotheses, assumptions, edge cases: as there.
/// - Documented region: at least 25 discordant pairs; below it the outcome carries
///   [`SmallSample`](Note::SmallSample).
/// - True level of a two-sided test at 5 %, every outcome summed:
///
/// | pairs | discordant | corrected | uncorrected |
/// |---|---|---|---|
/// | 50 | 0.1 | 0.009 | 0.047 |
/// | 50 | 0.2 | 0.022 | 0.043 |
/// | 125 | 0.1 | 0.023 | 0.044 |
/// | 125 | 0.2 | 0.029 | 0.053 |
/// | 300 | 0.1 | 0.031 | 0.052 |
/// | 300 | 0.2 | 0.037 | 0.049 |
///
/// - Units: the estimate is a difference of rates from -1 to 1; the statistic has none.
/// - Cost: constant, below a microsecond.
/// - Source: McNemar (1947); the correction after Edwards (1948).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::{Continuity, mcnemar_chi_square};
/// use phasegate_stats::summary::PairTally;
///
/// // statsmodels 0.15.0: mcnemar([[794, 86], [150, 570]], exact=False)
/// let pairs = PairTally::new(794, 86, 150, 570)?;
/// let outcome = mcnemar_chi_square(&pairs, &Question::differs_from(0.0), Continuity::Corrected)?;
/// assert!((outcome.statistic.unwrap() - 16.817796610169493).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value than 0;
/// [`TooFew`](crate::ErrorKind::TooFew) without pairs.
pub fn mcnemar_chi_square(
    pairs: &PairTally,
    question: &Question,
    continuity: Continuity,
) -> Result<Outcome, Error> {
    const ENOUGH: u64 = 25;
    question.tests_only("mcnemar_chi_square", 0.0)?;
    let outcome = outcome("mcnemar_chi_square", pairs, question)?;
    let difference = pairs.only_candidate() as f64 - pairs.only_baseline() as f64;
    let mut notes = vec![Note::LargeSample];
    let distance = match continuity {
        Continuity::Corrected => {
            notes.push(Note::ContinuityCorrection);
            (difference.abs() - 1.0).max(0.0)
        }
        Continuity::Uncorrected => difference.abs(),
    };
    let discordant = pairs.discordant();
    if discordant < ENOUGH {
        notes.push(Note::SmallSample);
    }
    let root = if discordant == 0 { 0.0 } else { distance / (discordant as f64).sqrt() };
    let signed = if difference < 0.0 { 0.0 - root } else { root };
    let ln_p = if discordant == 0 { 0.0 } else { normal(signed, question.alternative)? };
    Ok(Outcome {
        null: Some(0.0),
        statistic: Some(root * root),
        df: Some(1.0),
        notes,
        ..outcome.with_ln_p(ln_p)
    })
}

#[cfg(feature = "registry")]
crate::registry::words! {
    Continuity "continuity" { "corrected" => Corrected, "uncorrected" => Uncorrected }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mcnemar_chi_square: "Are the rates of two versions on the same items equal, for many discordant pairs?",
    {
        pairs: PairTally,
        question: Question = Question::differs_from(0.0),
        continuity: Continuity = Continuity::Corrected,
    },
    r#"{"pairs": {"both": 794, "only_baseline": 86, "only_candidate": 150, "neither": 570}}"#,
    mcnemar_chi_square(&pairs, &question, continuity),
}
