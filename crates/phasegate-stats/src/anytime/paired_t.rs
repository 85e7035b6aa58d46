//! A contrast of paired means of normal differences, watched.

use crate::anytime::t::exact;
use crate::anytime::{Sequence, Target};
use crate::error::Error;
use crate::outcome::{Outcome, Sample};
use crate::summary::PairMoments;

/// Is the candidate's mean above or below `ratio` times the baseline's on the same items, for
/// normal differences, whenever one looks?
///
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Hypotheses, edge cases, cost, source: as [`t_sequence`](super::t_sequence), of which this is
///   the one of candidate - `ratio` baseline.
/// - Assumes: independent pairs whose differences are normal; others approximately.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::anytime::{Target, paired_t_sequence};
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut cost = PairMoments::default();
/// for item in 0..40 {
///     let baseline = 1.0 + f64::from(item % 7);
///     cost.update(Pair { baseline, candidate: baseline + f64::from(item % 5) - 1.0 })?;
/// }
/// let outcome = paired_t_sequence(&cost, 1.0, &Target::new(Question::greater_than(0.0), 40)?)?;
/// assert!(outcome.p.unwrap() < 0.01);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`t_sequence`](super::t_sequence), and [`NonFinite`](crate::ErrorKind::NonFinite) for such a
/// ratio.
pub fn paired_t_sequence(
    pairs: &PairMoments,
    ratio: f64,
    target: &Target,
) -> Result<Outcome, Error> {
    let sample = Sample::Pairs(pairs.count());
    exact("paired_t_sequence", &pairs.contrast(ratio)?, target, sample)
}

/// [`paired_t_sequence`], for a [`Watch`](super::Watch).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct PairedT {
    /// What the baseline's mean is multiplied by: 1 for a difference.
    pub ratio: f64,
}

impl Sequence for PairedT {
    type Seen = PairMoments;

    const FORM: &'static str = "paired_t_sequence/1";

    fn look(&self, seen: &PairMoments, target: &Target) -> Result<Outcome, Error> {
        paired_t_sequence(seen, self.ratio, target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_t_sequence: "Is the candidate's mean above a multiple of the baseline's, of normal pairs, at any look?",
    {
        pairs: PairMoments,
        ratio: f64,
        target: Target,
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]], "ratio": 1, "target": {"null": 0, "planned": 10}}"#,
    paired_t_sequence(&pairs, ratio, &target),
}
