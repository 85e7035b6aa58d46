//! The ratio of two quantiles, on the same items.

use crate::error::Error;
use crate::outcome::{Outcome, Question};
use crate::quantile_index::{Ratio, paired};
use crate::summary::PairedValues;

/// By what factor may the quantiles of two versions on the same items differ?
///
/// The estimand is the candidate's quantile divided by the baseline's: "the 95th percentile of
/// latency may rise by at most 10 %" is the question `less` than 1.1. As
/// [`paired_quantile_difference`](super::paired_quantile_difference) in all else.
///
/// - Hypotheses: the ratio is `null`; it is less, greater, or differs.
/// - Assumes: independent items, values that are not negative.
/// - Units: the ratio has none: 1.1 is ten percent more.
/// - Documented region, edge cases, cost, source: as there. A baseline quantile that may be 0 has
///   no upper bound.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::paired_quantile_ratio;
/// use phasegate_stats::summary::{Pair, PairedValues, Summary as _};
///
/// let mut latency = PairedValues::default();
/// let pairs: Vec<_> = (1..=1000)
///     .map(|i| Pair { baseline: f64::from(i), candidate: 1.02 * f64::from(i) })
///     .collect();
/// latency.update_slice(&pairs)?;
/// // Every request is 2 % slower, and so is the 95th percentile, for sure.
/// let interval =
///     paired_quantile_ratio(&latency, 0.95, &Question::less_than(1.1))?.interval.unwrap();
/// assert!((interval.upper - 1.02).abs() < 1e-9);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for values that are negative or a null ratio that
/// is not positive and finite; otherwise as
/// [`paired_quantile_difference`](super::paired_quantile_difference).
pub fn paired_quantile_ratio(
    pairs: &PairedValues,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    Ratio::check(question, pairs.baseline(), pairs.candidate())?;
    paired::<Ratio>("paired_quantile_ratio", pairs, quantile, question)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_quantile_ratio: "By what factor may the quantiles of two versions on the same items differ?",
    {
        pairs: PairedValues,
        quantile: f64,
        question: Question = Question::differs_from(1.0),
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]], "quantile": 0.5}"#,
    paired_quantile_ratio(&pairs, quantile, &question),
}
