//! Newcombe's hybrid interval of a paired difference.

use crate::error::Error;
use crate::one_sample::wilson_bounds;
use crate::outcome::{Alpha, Alternative, Note, Outcome, Question};
use crate::paired::{are_many, outcome};
use crate::summary::PairTally;

/// By how much may the rates of two versions on the same items differ?
///
/// Combines the Wilson intervals of both versions with the correlation of the answers, which is
/// corrected for continuity. It has no test of its own, and p is absent; `null` is not used.
///
/// - Hypotheses: none is tested; see [`tango`](super::tango) for a test of the difference.
/// - Assumes: independent items.
/// - Documented region: 20 pairs; below it the outcome carries
///   [`SmallSample`](Note::SmallSample). True error at 5 %, every outcome
///   summed, where nine in ten of the other pairs are right in both versions:
///
/// | pairs | discordant | difference | two-sided | greater | less |
/// |---|---|---|---|---|---|
/// | 20 | 0.2 | 0 | 0.017 | 0.030 | 0.030 |
/// | 20 | 0.15 | -0.05 | 0.015 | 0.033 | 0.020 |
/// | 20 | 0.04 | -0.02 | 0.000 | 0.001 | 0.002 |
/// | 100 | 0.2 | 0 | 0.043 | 0.049 | 0.049 |
/// | 100 | 0.15 | -0.05 | 0.042 | 0.050 | 0.043 |
/// | 100 | 0.04 | -0.02 | 0.010 | 0.033 | 0.013 |
///
/// - Edge cases: defined without discordant pairs, where it still has positive width; no pairs is
///   an error.
/// - Units: rates are shares from 0 to 1, their difference from -1 to 1: 0.02 is two points.
/// - Cost: constant, below a microsecond.
/// - Source: Newcombe, "Improved confidence intervals for the difference between binomial
///   proportions based on paired data" (1998b), method 10.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::newcombe_paired;
/// use phasegate_stats::summary::PairTally;
///
/// let pairs = PairTally::new(36, 2, 12, 0)?;
/// let outcome = newcombe_paired(&pairs, &Question::differs_from(0.0))?;
/// assert_eq!(outcome.estimate, Some(0.2));
/// assert!(outcome.interval.unwrap().contains(0.2));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without pairs.
pub fn newcombe_paired(pairs: &PairTally, question: &Question) -> Result<Outcome, Error> {
    let outcome = outcome("newcombe_paired", pairs, question)?;
    // Each bound needs both Wilson bounds at its own error probability: those of a two-sided
    // question.
    let error = match question.alternative {
        Alternative::TwoSided => question.alpha.get(),
        Alternative::Less | Alternative::Greater => {
            (2.0 * question.alpha.get()).min(1.0 - f64::EPSILON)
        }
    };
    let both =
        Question { alternative: Alternative::TwoSided, alpha: Alpha::new(error)?, ..*question };
    let (baseline, candidate) = (pairs.baseline(), pairs.candidate());
    let (wilson_b, wilson_c) =
        (wilson_bounds(&baseline, &both)?, wilson_bounds(&candidate, &both)?);
    let n = pairs.pairs() as f64;
    let (rate_b, rate_c) = (baseline.successes() as f64 / n, candidate.successes() as f64 / n);
    let estimate = outcome.estimate.unwrap_or(rate_c - rate_b);
    let correlation = correlation(pairs);
    let add = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
    let interval = question.alpha.interval(
        question.alternative,
        (-1.0, 1.0),
        |_| Ok((estimate - add(rate_c - wilson_c.lower, wilson_b.upper - rate_b)).max(-1.0)),
        |_| Ok((estimate + add(wilson_c.upper - rate_c, rate_b - wilson_b.lower)).min(1.0)),
    )?;
    Ok(Outcome { interval: Some(interval), notes: Note::large_sample(are_many(pairs)), ..outcome })
}

/// The correlation of the answers, moved toward zero if it is positive; 0 where a version always or
/// never succeeded.
fn correlation(pairs: &PairTally) -> f64 {
    let count = |value: u64| value as f64;
    let (both, neither) = (count(pairs.both()), count(pairs.neither()));
    let (lost, gained) = (count(pairs.only_baseline()), count(pairs.only_candidate()));
    let (baseline, candidate) = (pairs.baseline(), pairs.candidate());
    let margins = (count(baseline.successes()) * count(baseline.failures())).sqrt()
        * (count(candidate.successes()) * count(candidate.failures())).sqrt();
    if margins == 0.0 {
        return 0.0;
    }
    let excess = both * neither - lost * gained;
    let corrected =
        if excess > 0.0 { (excess - 0.5 * count(pairs.pairs())).max(0.0) } else { excess };
    corrected / margins
}

#[cfg(feature = "registry")]
crate::registry::method! {
    newcombe_paired: "By how much may the rates of two versions on the same items differ?",
    {
        pairs: PairTally,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": {"both": 80, "only_baseline": 4, "only_candidate": 12, "neither": 4}}"#,
    newcombe_paired(&pairs, &question),
}
