//! The paired t test and interval.

use crate::error::Error;
use crate::one_sample::mean_of_moments;
use crate::outcome::{Outcome, Question, Sample};
use crate::summary::PairMoments;

/// Do the means of two versions on the same items differ, or differ by more than a margin?
///
/// The estimand is the candidate's mean less the baseline's. What both share on an item cancels: at
/// a correlation of 0.9 a tenth of the items of independent arms give the same precision.
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs.
/// - Assumes: independent items; differences that are normal, or enough of them. When items form
///   clusters use [`clustered_t`](super::clustered_t).
/// - Documented region: 30 pairs; below it the outcome carries
///   [`SmallSample`](crate::Note::SmallSample). The true level of a one-sided test at 5 % that the
///   candidate's mean is less than 1.1 times the baseline's
///   ([`paired_contrast`](super::paired_contrast)), at equality, of lognormal values, from 40,000
///   seeded samples each:
///
/// | standard deviation of ln | correlation of ln | pairs | true level |
/// |---|---|---|---|
/// | 0.5 | 0.5 | 30 | 0.047 |
/// | 1 | 0.5 | 30 | 0.046 |
/// | 1.5 | 0.5 | 30 | 0.038 |
/// | 1.5 | 0.9 | 30 | 0.037 |
/// | 1.5 | 0.5 | 200 | 0.045 |
/// | 1.5 | 0.9 | 1000 | 0.048 |
///
///   What both versions share cancels its skew.
/// - Edge cases: fewer than two pairs, or differences that are all equal, are errors.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: constant.
/// - Source: Student, "The probable error of a mean" (1908).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::paired::paired_t;
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut sleep = PairMoments::default();
/// for (baseline, candidate) in [(0.7, 1.9), (-1.6, 0.8), (-0.2, 1.1), (-1.2, 0.1), (-0.1, -0.1)] {
///     sleep.update(Pair { baseline, candidate })?;
/// }
/// // scipy 1.17.1: stats.ttest_rel(candidate, baseline).pvalue
/// let outcome = paired_t(&sleep, &Question::differs_from(0.0))?;
/// assert!((outcome.p.unwrap() - 0.031054421487028173).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew), [`ZeroVariance`](crate::ErrorKind::ZeroVariance), or
/// [`NonFinite`](crate::ErrorKind::NonFinite) for such a null value.
pub fn paired_t(pairs: &PairMoments, question: &Question) -> Result<Outcome, Error> {
    let differences = pairs.contrast(1.0)?;
    mean_of_moments("paired_t", &differences, question, Sample::Pairs(pairs.count()))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_t: "Do the means of two versions on the same items differ, or differ by more than a margin?",
    {
        pairs: PairMoments,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"pairs": [[1, 1.5], [2, 2], [3, 4], [2, 3]]}"#,
    paired_t(&pairs, &question),
}
