//! A difference of the means of two normal arms, watched.

use crate::anytime::standard_mixture::{Standardized, effective_size};
use crate::anytime::{Arms, Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::standardized::{squared_error_of_mean, standard_error};
use crate::summary::Moments;

/// Do the means of two normal arms of equal variance differ, or differ by more than a margin,
/// whenever one looks?
///
/// The estimand is the candidate's mean less the baseline's; it is the linear model of the value on
/// the arm, with one variance for both.
///
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Hypotheses, edge cases, cost, source: as [`t_sequence`](super::t_sequence), with n the
///   effective size and two degrees of freedom less than values.
/// - Assumes: independent normal values with one variance; where the variances differ use
///   [`mean_contrast_sequence`](super::mean_contrast_sequence).
/// - `planned` is an [effective size](super#effective-size): for equal arms R's `avlm` is the same
///   with g four times that of the effective size.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, pooled_t_sequence};
/// use phasegate_stats::summary::{Moments, Summary as _};
///
/// let (mut baseline, mut candidate) = (Moments::default(), Moments::default());
/// baseline.update_slice(&[27.5, 21.0, 19.0, 23.6, 17.0, 17.9])?;
/// candidate.update_slice(&[27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8])?;
/// let target = Target::new(Question::differs_from(0.0), 5)?;
/// assert!(pooled_t_sequence(&baseline, &candidate, &target)?.p.unwrap() > 0.5);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) below two values in an arm,
/// [`ZeroVariance`](crate::ErrorKind::ZeroVariance), [`TooLarge`](crate::ErrorKind::TooLarge).
pub fn pooled_t_sequence(
    baseline: &Moments,
    candidate: &Moments,
    target: &Target,
) -> Result<Outcome, Error> {
    let sample = Sample::Arms { baseline: baseline.count(), candidate: candidate.count() };
    let squares = |what: &str, arm: &Moments| -> Result<f64, Error> {
        let n = arm.count() as f64;
        Ok(squared_error_of_mean(what, arm)? * n * (n - 1.0))
    };
    let squares = squares("the baseline", baseline)? + squares("the candidate", candidate)?;
    let df = baseline.count() as f64 + candidate.count() as f64 - 2.0;
    let size = effective_size(baseline.count(), candidate.count());
    let standardized = Standardized {
        estimate: candidate.known_mean() - baseline.known_mean(),
        standard_error: standard_error(squares / df / size)?,
        size,
        df: Some(df),
    };
    standardized.outcome("pooled_t_sequence", target, sample)
}

/// [`pooled_t_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct PooledT {}

impl Sequence for PooledT {
    type Seen = Arms<Moments>;

    const FORM: &'static str = "pooled_t_sequence/1";

    fn look(&self, seen: &Arms<Moments>, target: &Target) -> Result<Outcome, Error> {
        pooled_t_sequence(&seen.baseline, &seen.candidate, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    pooled_t_sequence: "Do the means of two normal arms differ by more than a margin, whenever one looks?",
    {
        baseline: Moments,
        candidate: Moments,
        target: Target,
    },
    r#"{"baseline": [27.5, 21, 19, 23.6, 17], "candidate": [27.1, 22, 20.8, 23.4, 25.8], "target": {"null": 0, "planned": 5}}"#,
    pooled_t_sequence(&baseline, &candidate, &target),
}
