//! A contrast of paired means, watched: asymptotic.

use crate::anytime::mean::asymptotic;
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::summary::PairMoments;

/// Is the candidate's mean above or below `ratio` times the baseline's on the same items, whenever
/// one looks?
///
/// The estimand is mean(candidate) - `ratio` mean(baseline), from the differences within pairs. To
/// watch for a cost that is more than 10 % higher ask for `greater` than 0 at ratio 1.1.
///
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Hypotheses, assumptions, documented region, edge cases, cost, source: as
///   [`mean_sequence`](super::mean_sequence), of which this is the one of candidate - `ratio`
///   baseline.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, paired_mean_sequence};
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut cost = PairMoments::default();
/// for item in 0..500 {
///     let baseline = 1.0 + f64::from(item % 7);
///     let candidate = baseline * if item % 2 == 0 { 1.15 } else { 1.25 };
///     cost.update(Pair { baseline, candidate })?;
/// }
/// let harm = Target::new(Question::greater_than(0.0), 500)?;
/// assert!(paired_mean_sequence(&cost, 1.1, &harm)?.p.unwrap() < 1e-6);
/// assert!(paired_mean_sequence(&cost, 1.3, &harm)?.p.unwrap() == 1.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`mean_sequence`](super::mean_sequence), and [`NonFinite`](crate::ErrorKind::NonFinite) for
/// such a ratio.
pub fn paired_mean_sequence(
    pairs: &PairMoments,
    ratio: f64,
    target: &Target,
) -> Result<Outcome, Error> {
    let sample = Sample::Pairs(pairs.count());
    asymptotic("paired_mean_sequence", &pairs.contrast(ratio)?, target, sample)
}

/// [`paired_mean_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct PairedMean {
    /// What the baseline's mean is multiplied by: 1 for a difference.
    pub ratio: f64,
}

impl Sequence for PairedMean {
    type Seen = PairMoments;

    const FORM: &'static str = "paired_mean_sequence/1";

    fn look(&self, seen: &PairMoments, target: &Target) -> Result<Outcome, Error> {
        paired_mean_sequence(seen, self.ratio, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_mean_sequence: "Is the candidate's mean above a multiple of the baseline's, on the same items, at any look?",
    {
        pairs: PairMoments,
        ratio: f64,
        target: Target,
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]], "ratio": 1.1, "target": {"null": 0, "alternative": "greater", "planned": 100, "first": 4}}"#,
    paired_mean_sequence(&pairs, ratio, &target),
}
