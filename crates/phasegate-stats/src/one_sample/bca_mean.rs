//! The bootstrap interval of a mean.

use crate::bootstrap::{ResampledArm, outcome};
use crate::error::Error;
use crate::outcome::{Outcome, Question, Sample};
use crate::random::Draws;
use crate::summary::SortedRun;

/// How low or high may a mean be, whatever the skew of the values?
///
/// Efron's bias-corrected and accelerated bootstrap: the interval ends at order statistics of the
/// means of resamples, moved for the share of them below the estimate (ties by half) and for the
/// skew of the values. It gives an interval and no p; the question's null value is not used.
///
/// - Hypotheses: none is tested; see [`mean_t`](super::mean_t) for a test of the mean.
/// - Assumes: independent values of finite variance.
/// - Documented region: 100 values; below it the outcome carries
///   [`SmallSample`](crate::Note::SmallSample). Heavier tails need more: see the coverage in
///   [`bca_difference`](crate::two_sample::bca_difference).
/// - Not for quantiles, of which the jackknife says nothing;
///   [`quantile_interval`](super::quantile_interval) is exact.
/// - Edge cases: fewer than two values, or values that are all equal, are errors; an end whose rank
///   lies outside of the draws is infinite, note [`Unbounded`](crate::Note::Unbounded).
/// - Accuracy: another seed moves an end by some 0.04 standard errors of the mean for 9,999 draws,
///   by the binomial errors of the share of resamples beyond the end (0.0016 of 0.025) and of the
///   share below the estimate (0.005 of a half); four times the draws halve it.
/// - Limit: more than 1e10 values in all resamples together are refused.
/// - Units: estimate and interval have that of the values.
/// - Cost: draws times values, some 0.1 s for 1e4 draws of 1e4 values. Draws come in
///   blocks with a stream of their own each; nothing depends on threads or platform.
/// - Source: Efron, "Better bootstrap confidence intervals" (1987); ranks of (draws + 1) as Davison
///   and Hinkley, "Bootstrap methods and their application" (1997).
///
/// ```
/// use phasegate_stats::one_sample::bca_mean;
/// use phasegate_stats::summary::SortedRun;
/// use phasegate_stats::{Draws, Question};
///
/// let values = SortedRun::try_from((1..=40).map(|i| f64::from(i * i)).collect::<Vec<_>>())?;
/// let draws = Draws { seed: 1, count: 9_999 };
/// let outcome = bca_mean(&values, &Question::differs_from(0.0), draws)?;
/// assert_eq!(outcome.estimate, Some(553.5));
/// // Longer upward, where the tail is.
/// let interval = outcome.interval.unwrap();
/// assert!(interval.upper - 553.5 > 553.5 - interval.lower);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) and [`ZeroVariance`](crate::ErrorKind::ZeroVariance) as
/// said above; [`OutOfRange`](crate::ErrorKind::OutOfRange) for a number of draws outside of its
/// range; [`TooLarge`](crate::ErrorKind::TooLarge) for too much work, or where sums leave the range
/// of doubles.
pub fn bca_mean(values: &SortedRun, question: &Question, draws: Draws) -> Result<Outcome, Error> {
    let arm = ResampledArm::new("the sample", values)?;
    outcome("bca_mean", &arm, None, question, draws, Sample::One(values.count()))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    bca_mean: "How low or high may a mean be, whatever the skew of the values?",
    {
        values: SortedRun,
        question: Question = Question::differs_from(0.0),
        draws: Draws,
    },
    r#"{"values": [1, 2, 2, 3, 5, 8, 13, 40], "draws": {"seed": 1, "count": 9999}}"#,
    bca_mean(&values, &question, draws),
}
