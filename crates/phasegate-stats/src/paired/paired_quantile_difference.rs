//! The difference of two quantiles, on the same items.

use crate::error::{Error, finite};
use crate::outcome::{Outcome, Question};
use crate::quantile_index::{Difference, paired};
use crate::summary::PairedValues;

/// By how much may the quantiles of two versions on the same items differ?
///
/// The estimand is the candidate's quantile less the baseline's. As
/// [`quantile_difference`](crate::two_sample::quantile_difference), with the correlation of the two
/// sample quantiles taken into account: it is that of the events that each value lies at or below
/// its own version's quantile, counted jointly. What both versions share on an item cancels so far
/// as slow items are slow for both.
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs. p is the bootstrap
///   probability of the null side, twice the smaller for two sides.
/// - Assumes: independent items.
/// - Documented region: 30 items expected beyond the quantile (600 for the 95th percentile); below
///   it the outcome carries [`SmallSample`](crate::Note::SmallSample).
/// - True error at 5 % of a 95th percentile, of lognormal values whose logarithms have the standard
///   deviation 0.9 and this correlation, from 10,000 seeded samples each:
///
/// | pairs | correlation | two-sided | less |
/// |---|---|---|---|
/// | 100 | 0.5 | 0.009 | 0.014 |
/// | 600 | 0.5 | 0.030 | 0.033 |
/// | 600 | 0.9 | 0.013 | 0.018 |
/// | 2000 | 0.9 | 0.027 | 0.034 |
///
/// - Edge cases: where ranks beyond the sample are likely an end is infinite, and the outcome
///   carries [`Unbounded`](crate::Note::Unbounded). Pairs that all
///   differ by the null value have p = 1 (one-sided at least 0.5), marked
///   [`AllTied`](crate::Degenerate::AllTied). No pairs are an error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: as the independent form, times the cost of a normal tail: some milliseconds for 1e4
///   pairs.
/// - Source: Schultzberg and Ankargren (2022) for each rank; the limit law of two sample quantiles
///   for their dependence (Babu and Rao, "Joint asymptotic distribution of marginal quantiles",
///   1988).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::paired_quantile_difference;
/// use phasegate_stats::summary::{Pair, PairedValues, Summary as _};
///
/// let mut latency = PairedValues::default();
/// let pairs: Vec<_> = (0..1000)
///     .map(|i| Pair { baseline: f64::from(i), candidate: f64::from(i) + f64::from(i % 7) })
///     .collect();
/// latency.update_slice(&pairs)?;
/// let outcome = paired_quantile_difference(&latency, 0.95, &Question::differs_from(0.0))?;
/// // Of independent arms of this size the interval would be three times as wide.
/// let interval = outcome.interval.unwrap();
/// assert!(interval.lower > -3.0 && interval.upper < 9.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) without pairs; [`OutOfRange`](crate::ErrorKind::OutOfRange)
/// unless the quantile is above 0 and below 1; [`NonFinite`](crate::ErrorKind::NonFinite) for such
/// a null value.
pub fn paired_quantile_difference(
    pairs: &PairedValues,
    quantile: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    finite("the null value", question.null)?;
    paired::<Difference>("paired_quantile_difference", pairs, quantile, question)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_quantile_difference: "By how much may the quantiles of two versions on the same items differ?",
    {
        pairs: PairedValues,
        quantile: f64,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]], "quantile": 0.5}"#,
    paired_quantile_difference(&pairs, quantile, &question),
}
