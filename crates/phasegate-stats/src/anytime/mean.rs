//! A mean, watched: asymptotic.

use crate::anytime::standard_mixture::{Standardized, too_early};
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Note, Outcome, Sample};
use crate::standardized::{squared_error_of_mean, standard_error};
use crate::summary::Moments;

/// Is a mean above, below, or different from a value, whenever one looks?
///
/// The e-value mixes over effects that are normal about the null value, or half normal on the side
/// of the alternative, with the deviation that the sample shows taken as known. It needs no bounds
/// on the values, and pays with a level that holds for large samples: so that it says nothing
/// before [`Target::first`] values.
///
/// - Hypotheses: the mean is `null`, or one-sided at most (at least) that; it differs, is greater,
///   or less.
/// - Assumes: independent values of finite variance, and a first look late enough for their skew.
/// - Documented region: [false alarms over 1,000 looks](super#how-far-the-asymptotic-methods-hold).
/// - Edge cases: before the first look the e-value is 1 and the interval without ends, with the
///   notes `small_sample` and `unbounded`; equal values have no variance and are an error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: constant, some microseconds.
/// - Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory
///   and asymptotic confidence sequences" (2024); one-sided it is the half-normal mixture itself,
///   of which their closed form is a bound.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, mean_sequence};
/// use phasegate_stats::summary::Moments;
///
/// let cost = Moments::from_parts(1000, 0.42, 999.0 * 0.04)?;
/// let harm = Target::new(Question::greater_than(0.40), 1000)?;
/// let outcome = mean_sequence(&cost, &harm)?;
/// // A single look would have p = 0.0008; to look as often as one likes costs this much.
/// assert!((0.01..0.03).contains(&outcome.p.unwrap()));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`ZeroVariance`](crate::ErrorKind::ZeroVariance), [`TooFew`](crate::ErrorKind::TooFew) below two
/// values where the first look is set that early, [`TooLarge`](crate::ErrorKind::TooLarge).
pub fn mean_sequence(values: &Moments, target: &Target) -> Result<Outcome, Error> {
    let sample = Sample::One(values.count());
    asymptotic("mean_sequence", values, target, sample)
}

/// The answer from the moments of one sample, of values or of differences.
pub(super) fn asymptotic(
    method: &'static str,
    values: &Moments,
    target: &Target,
    sample: Sample,
) -> Result<Outcome, Error> {
    if values.count() < target.first() {
        return too_early(method, values.mean(), target, sample);
    }
    let outcome = of_moments(values)?.outcome(method, target, sample)?;
    Ok(with_note(outcome))
}

pub(super) fn of_moments(values: &Moments) -> Result<Standardized, Error> {
    let squared = squared_error_of_mean("the sample", values)?;
    Ok(Standardized {
        estimate: values.known_mean(),
        standard_error: standard_error(squared)?,
        size: values.count() as f64,
        df: None,
    })
}

/// That the level holds for large samples only.
pub(super) fn with_note(mut outcome: Outcome) -> Outcome {
    outcome.notes.insert(0, Note::LargeSample);
    outcome
}

/// [`mean_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Mean {}

impl Sequence for Mean {
    type Seen = Moments;

    const FORM: &'static str = "mean_sequence/1";

    fn look(&self, seen: &Moments, target: &Target) -> Result<Outcome, Error> {
        mean_sequence(seen, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mean_sequence: "Is a mean above or below a value, whenever one looks, in large samples?",
    {
        values: Moments,
        target: Target,
    },
    r#"{"values": {"count": 1000, "mean": 0.42, "sum_of_squared_deviations": 40}, "target": {"null": 0.4, "alternative": "greater", "planned": 1000}}"#,
    mean_sequence(&values, &target),
}
