//! A contrast of the means of two arms, watched: asymptotic.

use crate::anytime::mean::with_note;
use crate::anytime::standard_mixture::{Standardized, effective_size, too_early};
use crate::anytime::{Arms, Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::summary::Moments;
use crate::two_sample::contrast;

/// Is the candidate's mean above or below `ratio` times the baseline's, for independent arms,
/// whenever one looks?
///
/// The estimand is mean(candidate) - `ratio` mean(baseline); variances need not be equal.
///
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Hypotheses, edge cases, cost, source: as [`mean_sequence`](super::mean_sequence); the first
///   look is where both arms have that many values.
/// - Assumes: independent arms whose sizes keep about the same proportion while they are watched:
///   start anew when the share of traffic changes.
/// - `planned` is an [effective size](super#effective-size).
/// - Documented region: [false alarms over 1,000 looks](super#how-far-the-asymptotic-methods-hold).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, mean_contrast_sequence};
/// use phasegate_stats::summary::Moments;
///
/// let baseline = Moments::from_parts(2000, 1.00, 1999.0 * 0.25)?;
/// let candidate = Moments::from_parts(2000, 1.20, 1999.0 * 0.25)?;
/// let harm = Target::new(Question::greater_than(0.0), 1000)?;
/// let outcome = mean_contrast_sequence(&baseline, &candidate, 1.1, &harm)?;
/// assert!(outcome.p.unwrap() < 0.001);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`mean_sequence`](super::mean_sequence), and [`NonFinite`](crate::ErrorKind::NonFinite) for
/// such a ratio.
pub fn mean_contrast_sequence(
    baseline: &Moments,
    candidate: &Moments,
    ratio: f64,
    target: &Target,
) -> Result<Outcome, Error> {
    const METHOD: &str = "mean_contrast_sequence";
    let sample = Sample::Arms { baseline: baseline.count(), candidate: candidate.count() };
    let ratio = crate::error::finite("the ratio", ratio)?;
    if baseline.count().min(candidate.count()) < target.first() {
        let estimate = candidate.mean().zip(baseline.mean()).map(|(c, b)| c - ratio * b);
        return too_early(METHOD, estimate, target, sample);
    }
    let contrast = contrast(baseline, candidate, ratio)?;
    let standardized = Standardized {
        estimate: contrast.estimate,
        standard_error: contrast.standard_error,
        size: effective_size(baseline.count(), candidate.count()),
        df: None,
    };
    Ok(with_note(standardized.outcome(METHOD, target, sample)?))
}

/// [`mean_contrast_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct MeanContrast {
    /// What the baseline's mean is multiplied by: 1 for a difference.
    pub ratio: f64,
}

impl Sequence for MeanContrast {
    type Seen = Arms<Moments>;

    const FORM: &'static str = "mean_contrast_sequence/1";

    fn look(&self, seen: &Arms<Moments>, target: &Target) -> Result<Outcome, Error> {
        mean_contrast_sequence(&seen.baseline, &seen.candidate, self.ratio, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mean_contrast_sequence: "Is the candidate's mean above a multiple of the baseline's, whenever one looks?",
    {
        baseline: Moments,
        candidate: Moments,
        ratio: f64,
        target: Target,
    },
    r#"{"baseline": [27.5, 21, 19, 23.6, 17], "candidate": [27.1, 22, 20.8, 23.4, 25.8], "ratio": 1.1, "target": {"null": 0, "alternative": "greater", "planned": 100, "first": 5}}"#,
    mean_contrast_sequence(&baseline, &candidate, ratio, &target),
}
