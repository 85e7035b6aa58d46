//! The ratio of two quantiles.

use crate::error::Error;
use crate::outcome::{Outcome, Question};
use crate::quantile_index::{Ratio, independent};
use crate::summary::Ranked;

/// By what factor may two quantiles differ?
///
/// The estimand is the candidate's quantile divided by the baseline's: "the 95th percentile of
/// latency may rise by at most 10 %" is the question `less` than 1.1. The answer about the
/// logarithm of the ratio is the same, for the order of ratios is that of their logarithms. As
/// [`quantile_difference`](super::quantile_difference) in all else.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent values that are not negative.
/// - Units: the ratio has none: 1.1 is ten percent more.
/// - Documented region, edge cases, cost, source: as there. A baseline quantile that may be 0 has
///   no upper bound.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::{LogHistogram, Summary as _};
/// use phasegate_stats::two_sample::quantile_ratio;
///
/// let (mut baseline, mut candidate) = (LogHistogram::new(8, 0.0)?, LogHistogram::new(8, 0.0)?);
/// for i in 1..=5000 {
///     baseline.update(f64::from(i) / 10.0)?;
///     candidate.update(f64::from(i) / 10.0 * 1.02)?;
/// }
/// let outcome = quantile_ratio(&baseline, &candidate, 0.95, &Question::less_than(1.1))?;
/// let upper = outcome.interval.unwrap().upper;
/// assert!(upper > 1.02 && upper < 1.1 && outcome.p.unwrap() < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for values that are negative or a null ratio that
/// is not positive and finite; otherwise as [`quantile_difference`](super::quantile_difference).
pub fn quantile_ratio(
    baseline: &impl Ranked,
    candidate: &impl Ranked,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    Ratio::check(question, baseline, candidate)?;
    independent::<Ratio>("quantile_ratio", baseline, candidate, quantile, question)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    quantile_ratio: "By what factor may two quantiles differ?",
    {
        baseline: crate::registry::Ranks,
        candidate: crate::registry::Ranks,
        quantile: f64,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"baseline": [11, 12, 13, 14, 15], "candidate": [11, 13, 14, 15, 16], "quantile": 0.5}"#,
    quantile_ratio(&baseline, &candidate, quantile, &question),
}
