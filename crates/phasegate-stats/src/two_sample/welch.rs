//! Welch's t test and interval.

use crate::error::Error;
use crate::outcome::{Outcome, Question};
use crate::summary::Moments;
use crate::two_sample::linear_contrast;

/// Do two means differ, or differ by more than a margin?
///
/// The estimand is the candidate's mean less the baseline's; variances need not be equal. For
/// non-inferiority with margin 5 where less is better ask for `less` than 5.
///
/// - Hypotheses: the difference is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent values; normal ones, or enough of them.
/// - True level of a two-sided test at 5 % of normal values, from 1,000,000 seeded samples each:
///
/// | candidate's spread, times the baseline's | baseline | candidate | true level |
/// |---|---|---|---|
/// | 1 | 5 | 5 | 0.044 |
/// | 3 | 10 | 30 | 0.050 |
/// | 3 | 30 | 10 | 0.051 |
/// | 3 | 30 | 30 | 0.050 |
///
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Documented region, edge cases, cost: as [`linear_contrast`], of which this is the ratio 1.
/// - Source: Welch, "The generalization of Student's problem when several different population
///   variances are involved" (1947), with degrees of freedom after Satterthwaite (1946).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::{Moments, Summary as _};
/// use phasegate_stats::two_sample::welch;
///
/// let (mut baseline, mut candidate) = (Moments::default(), Moments::default());
/// baseline.update_slice(&[27.5, 21.0, 19.0, 23.6, 17.0, 17.9])?;
/// candidate.update_slice(&[27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8])?;
/// // scipy 1.17.1: stats.ttest_ind(candidate, baseline, equal_var=False).pvalue
/// let outcome = welch(&baseline, &candidate, &Question::differs_from(0.0))?;
/// assert!((outcome.p.unwrap() - 0.17493355071052127).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`linear_contrast`].
pub fn welch(
    baseline: &Moments,
    candidate: &Moments,
    question: &Question,
) -> Result<Outcome, Error> {
    Ok(Outcome { method: "welch", ..linear_contrast(baseline, candidate, 1.0, question)? })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    welch: "Do two means differ, or differ by more than a margin?",
    {
        baseline: Moments,
        candidate: Moments,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": [27.5, 21, 19, 23.6, 17], "candidate": [27.1, 22, 20.8, 23.4, 25.8]}"#,
    welch(&baseline, &candidate, &question),
}
