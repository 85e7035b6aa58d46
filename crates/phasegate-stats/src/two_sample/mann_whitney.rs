//! The test of Mann, Whitney and Wilcoxon.

use crate::error::Error;
use crate::outcome::{Degenerate, Note, Outcome, Question};
use crate::rank_sum::{RankReference, RankSums, Standing, arms, exact_ln_p};
use crate::summary::SortedRun;

/// Does one version tend to give greater values than the other?
///
/// The estimand is the common-language effect: the probability that a value of the candidate is
/// greater than one of the baseline, ties by half. It is 0.5 where neither tends to be greater, and
/// only that can be tested: another `null` is refused, and `alpha` is not used, and there is no
/// interval (ask [`hodges_lehmann`](super::hodges_lehmann) by how much values are shifted). This is
/// not a test of means, medians or high quantiles: a 95th percentile half as high again is rejected
/// at the rate of the level where the medians agree.
///
/// - Hypotheses: both versions have one distribution; the candidate's values tend to be less,
///   greater, or either. Two-sided p is twice the smaller tail.
/// - Assumes: independent arms of independent values. Under unequal spreads the level is not kept;
///   [`brunner_munzel`](super::brunner_munzel) keeps it.
/// - Reference: [`RankReference::Automatic`] takes the exact distribution where both arms have
///   fewer than 50 values; with ties that is the distribution given the ties, where R and scipy
///   fall back to the normal one. scipy's own choice is exact up to 8 values. The normal one is
///   that of scipy's `method="asymptotic"` and of R's `exact=FALSE`.
/// - Documented region of the normal reference: 8 values an arm; below it the outcome carries
///   [`SmallSample`](Note::SmallSample). Its true level is tabulated in
///   [`hodges_lehmann`](super::hodges_lehmann).
/// - Statistic: the number of pairs in which the candidate is greater, ties by half; scipy's
///   `mannwhitneyu(candidate, baseline).statistic`, R's `W` of `wilcox.test(candidate, baseline)`.
/// - Edge cases: all values equal give p = 1 (one-sided 0.5 from the normal distribution), marked
///   [`AllTied`](Degenerate::AllTied); an empty arm is an error.
/// - Units: the effect is a probability from 0 to 1.
/// - Cost: one pass over both runs, some 15 ms for 1e6 values an arm; the exact distribution takes
///   some 10 ms for 49 values an arm, and is refused where it would take more than a second.
/// - Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically
///   larger than the other" (1947); Lehmann, "Nonparametrics" (1975) for ties.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::SortedRun;
/// use phasegate_stats::two_sample::{RankReference, mann_whitney};
///
/// let baseline = SortedRun::try_from(vec![19.0, 22.0, 16.0, 29.0, 24.0])?;
/// let candidate = SortedRun::try_from(vec![20.0, 11.0, 17.0, 12.0])?;
/// let question = Question::differs_from(0.5);
/// let outcome = mann_whitney(&baseline, &candidate, &question, RankReference::Automatic)?;
/// // scipy 1.17.1: stats.mannwhitneyu([20, 11, 17, 12], [19, 22, 16, 29, 24], method="exact")
/// assert_eq!(outcome.statistic, Some(3.0));
/// assert!((outcome.p.unwrap() - 0.1111111111111111).abs() < 1e-15);
/// assert_eq!(outcome.estimate, Some(3.0 / 20.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`Mismatch`](crate::ErrorKind::Mismatch) for another null value;
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`TooLarge`](crate::ErrorKind::TooLarge) where the exact distribution was asked for and is too
/// much work.
pub fn mann_whitney(
    baseline: &SortedRun,
    candidate: &SortedRun,
    question: &Question,
    reference: RankReference,
) -> Result<Outcome, Error> {
    question.tests_only("mann_whitney", 0.5)?;
    let (baseline, candidate) = (baseline.values(), candidate.values());
    let standing = Standing::new(baseline, candidate, 0.0)?;
    let (ln_p, notes) = if reference.is_exact(baseline, candidate) {
        let doubled = 2 * standing.greater + standing.equal;
        let tails = RankSums::given(baseline, candidate)?.at_most_at_least(doubled);
        (exact_ln_p(tails, question.alternative), vec![Note::Conservative])
    } else {
        (standing.ln_p_normal(question.alternative)?, normal_notes(baseline, candidate))
    };
    Ok(Outcome {
        estimate: Some(standing.statistic() / standing.pairs as f64),
        null: Some(0.5),
        statistic: Some(standing.statistic()),
        degenerate: standing.all_tied().then_some(Degenerate::AllTied),
        notes,
        ..Outcome::new("mann_whitney", question.alternative, arms(baseline, candidate))
    }
    .with_ln_p(ln_p))
}

/// What the normal reference distribution is good for.
pub(super) fn normal_notes(baseline: &[f64], candidate: &[f64]) -> Vec<Note> {
    const ENOUGH: usize = 8;
    let mut notes = vec![Note::LargeSample, Note::ContinuityCorrection];
    if baseline.len().min(candidate.len()) < ENOUGH {
        notes.push(Note::SmallSample);
    }
    notes
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mann_whitney: "Does one version tend to give greater values than the other?",
    {
        baseline: SortedRun,
        candidate: SortedRun,
        question: Question = Question::differs_from(0.5),
        reference: RankReference = RankReference::Automatic,
    },
    r#"{"baseline": [19, 22, 16, 29, 24], "candidate": [20, 11, 17, 12]}"#,
    mann_whitney(&baseline, &candidate, &question, reference),
}
