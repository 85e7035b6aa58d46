//! A mean of normal values, watched.

use crate::anytime::mean::of_moments;
use crate::anytime::standard_mixture::Standardized;
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::summary::Moments;

/// Is the mean of normal values above, below, or different from a value, whenever one looks?
///
/// As [`mean_sequence`](super::mean_sequence), but with the deviation integrated out and not taken
/// as known: for normal values the level is exact from the second one on, and for others it is
/// nearer to it in small samples.
///
/// With r = g / (g + n) and nu degrees of freedom the logarithm of the e-value of t is ln(r) / 2
/// plus (nu + 1) / 2 times the difference of ln(1 + t^2 / nu) and ln(1 + r t^2 / nu). One-sided
/// that of twice the share of the effect's distribution given the data, Student's with nu + 1
/// degrees of freedom, on the side of the alternative is added. Given the proportions of the values
/// so far, those with one value more are stochastically smaller the smaller the effect, so that the
/// one-sided e-value falls under every mean on the other side.
///
/// - Hypotheses: the mean is `null`, or one-sided at most (at least) that; it differs, is greater,
///   or less.
/// - Assumes: independent normal values; others approximately.
/// - Edge cases: equal values have no variance and are an error, as are fewer than two; where no t
///   is enough the interval has no ends, with the note `unbounded`.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: some ten evaluations of Student's distribution.
/// - Source: Lindon, Ham, Tingley and Bojinov, "Anytime-valid linear models and regression adjusted
///   causal inference in randomized experiments" (2022); R's `avlm` gives the two-sided form.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, t_sequence};
/// use phasegate_stats::summary::{Moments, Summary as _};
///
/// let mut values = Moments::default();
/// values.update_slice(&[5.1, 4.9, 5.6, 5.8, 5.3, 5.5, 5.9, 5.2, 5.7, 5.4])?;
/// let outcome = t_sequence(&values, &Target::new(Question::greater_than(5.0), 10)?)?;
/// assert!(outcome.p.unwrap() < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew), [`ZeroVariance`](crate::ErrorKind::ZeroVariance),
/// [`TooLarge`](crate::ErrorKind::TooLarge).
pub fn t_sequence(values: &Moments, target: &Target) -> Result<Outcome, Error> {
    exact("t_sequence", values, target, Sample::One(values.count()))
}

/// The answer from the moments of one sample, of values or of differences.
pub(super) fn exact(
    method: &'static str,
    values: &Moments,
    target: &Target,
    sample: Sample,
) -> Result<Outcome, Error> {
    let standardized =
        Standardized { df: Some(values.count() as f64 - 1.0), ..of_moments(values)? };
    standardized.outcome(method, target, sample)
}

/// [`t_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct T {}

impl Sequence for T {
    type Seen = Moments;

    const FORM: &'static str = "t_sequence/1";

    fn look(&self, seen: &Moments, target: &Target) -> Result<Outcome, Error> {
        t_sequence(seen, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    t_sequence: "Is the mean of normal values above or below a value, whenever one looks?",
    {
        values: Moments,
        target: Target,
    },
    r#"{"values": [5.1, 4.9, 5.6, 5.8, 5.3, 5.5], "target": {"null": 5, "alternative": "greater", "planned": 10}}"#,
    t_sequence(&values, &target),
}
