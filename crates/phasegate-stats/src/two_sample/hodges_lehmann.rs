//! The shift between two samples after Hodges and Lehmann.

use crate::error::{Error, finite};
use crate::outcome::{Degenerate, Note, Outcome, Question};
use crate::pair_differences::{check_range, median_difference, nth_difference};
use crate::rank_sum::{RankReference, RankSums, Standing, arms, exact_ln_p, tied_within};
use crate::summary::SortedRun;
use crate::two_sample::mann_whitney::normal_notes;

/// By how much are the values of one version shifted?
///
/// The estimand is the shift of the candidate's distribution, in the units of the values; the
/// estimate is the median of all differences between a candidate's value and a baseline's (not the
/// difference of medians). The test is that of [`mann_whitney`](super::mann_whitney) after the
/// shift `null` was taken off the candidate, so that a margin is a null value; the interval holds
/// all shifts that it does not reject, closed at its ends.
///
/// - Hypotheses: the shift is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent values; distributions that differ by a shift alone.
/// - Reference: [`RankReference::Automatic`] takes the exact distribution where both arms have
///   fewer than 50 values and no two values are equal (as R's `wilcox.test`), the normal one
///   elsewhere. Under the exact one equal values count against the alternative.
/// - R finds the ends of the normal reference's interval by a root finder with tolerance 1e-4, and
///   its estimate likewise; here they are the exact order statistics to which it converges.
/// - Documented region of the normal reference: 8 values an arm; below it the outcome carries
///   [`SmallSample`](Note::SmallSample).
/// - True level of the two-sided question at 5 %, by the normal reference, where both versions have
///   one distribution, from 40,000 seeded samples each (the crate's own tests hold it to these):
///
/// | values of both versions | baseline | candidate | interval without 0 | p at most 0.05 |
/// |---|---|---|---|---|
/// | lognormal, standard deviation of ln 1.5 | 8 | 12 | 0.048 | 0.048 |
/// | lognormal, standard deviation of ln 1.5 | 20 | 20 | 0.046 | 0.046 |
/// | lognormal, standard deviation of ln 1.5 | 50 | 50 | 0.049 | 0.049 |
/// | lognormal, standard deviation of ln 1.5 | 200 | 200 | 0.049 | 0.049 |
/// | lognormal, standard deviation of ln 1.5 | 20 | 50 | 0.048 | 0.048 |
/// | lognormal, standard deviation of ln 1.5 | 50 | 200 | 0.050 | 0.050 |
/// | lognormal, standard deviation of ln 1.5 | 200 | 20 | 0.050 | 0.050 |
/// | Poisson counts, mean 1.5 | 8 | 12 | 0.005 | 0.046 |
/// | Poisson counts, mean 1.5 | 20 | 20 | 0.002 | 0.048 |
/// | Poisson counts, mean 1.5 | 50 | 50 | 0.000 | 0.048 |
/// | Poisson counts, mean 1.5 | 200 | 200 | 0.000 | 0.050 |
/// | Poisson counts, mean 1.5 | 20 | 50 | 0.001 | 0.048 |
/// | Poisson counts, mean 1.5 | 50 | 200 | 0.000 | 0.050 |
/// | Poisson counts, mean 1.5 | 200 | 20 | 0.000 | 0.050 |
///
/// Of values with many ties the closed interval is wide: a difference that ties is often its end.
/// There p keeps the level, and the interval errs to the safe side.
///
/// - Edge cases: too few values for a difference to be a bound give an infinite end, note
///   [`Unbounded`](Note::Unbounded); values all equal after the shift give p = 1 (one-sided 0.5
///   from the normal distribution), marked [`AllTied`](Degenerate::AllTied); an empty arm is an
///   error.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: some thirty passes over both runs for the estimate and for each end (about a second for
///   1e6 values an arm); memory of the size of both runs.
/// - Source: Hodges and Lehmann, "Estimates of location based on rank tests" (1963); Bauer,
///   "Constructing confidence sets using rank statistics" (1972).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::SortedRun;
/// use phasegate_stats::two_sample::{RankReference, hodges_lehmann};
///
/// // R 4.2.2: wilcox.test(x, y, conf.int = TRUE, conf.level = 0.9), the example of its manual
/// let candidate = vec![0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
/// let baseline = vec![1.15, 0.88, 0.90, 0.74, 1.21];
/// let (baseline, candidate) = (SortedRun::try_from(baseline)?, SortedRun::try_from(candidate)?);
/// let question = Question::differs_from(0.0).at(phasegate_stats::Alpha::new(0.1)?);
/// let outcome = hodges_lehmann(&baseline, &candidate, &question, RankReference::Automatic)?;
/// assert!((outcome.estimate.unwrap() - 0.305).abs() < 1e-12);
/// assert!((outcome.p.unwrap() - 0.2544122544122544).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) for an empty arm;
/// [`NonFinite`](crate::ErrorKind::NonFinite) for such a null value;
/// [`TooLarge`](crate::ErrorKind::TooLarge) where differences leave the range of doubles, or where
/// the exact distribution was asked for and is too much work.
pub fn hodges_lehmann(
    baseline: &SortedRun,
    candidate: &SortedRun,
    question: &Question,
    reference: RankReference,
) -> Result<Outcome, Error> {
    let null = finite("the null value", question.null)?;
    let (b, c) = (baseline.values(), candidate.values());
    let standing = Standing::new(b, c, null)?;
    check_range(b, c)?;
    // Ties that the shift makes do not change how the interval is found.
    let within = tied_within(b) + tied_within(c) > 0.0;
    let tied = within || Standing::new(b, c, 0.0)?.equal > 0;
    let automatic = reference == RankReference::Automatic;
    let exact = reference.is_exact(b, c) && !(automatic && tied);
    let exact = if exact { Some(RankSums::untied(b.len(), c.len())?) } else { None };

    let pairs = standing.pairs;
    let cut = |alpha: f64| match &exact {
        Some(sums) => Ok(sums.cut(alpha)),
        None => standing.normal_cut(b, c, alpha),
    };
    let interval = question.alpha.interval(
        question.alternative,
        (f64::NEG_INFINITY, f64::INFINITY),
        |alpha| match cut(alpha)? {
            0 => Ok(f64::NEG_INFINITY),
            rank => Ok(nth_difference(b, c, rank)),
        },
        |alpha| match cut(alpha)? {
            0 => Ok(f64::INFINITY),
            rank => Ok(nth_difference(b, c, pairs + 1 - rank)),
        },
    )?;
    let (ln_p, mut notes) = match &exact {
        Some(sums) => {
            // Equal values count against the alternative: with the greater for `less`, and not with
            // them for `greater`.
            let at_most = sums.at_most_at_least(2 * (standing.greater + standing.equal)).0;
            let at_least = sums.at_most_at_least(2 * standing.greater).1;
            (exact_ln_p((at_most, at_least), question.alternative), vec![Note::Conservative])
        }
        None => (standing.ln_p_normal(question.alternative)?, normal_notes(b, c)),
    };
    if interval.lower.is_infinite() && interval.upper.is_infinite() {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate: Some(median_difference(b, c)),
        interval: Some(interval),
        null: Some(null),
        statistic: Some(standing.statistic()),
        degenerate: standing.all_tied().then_some(Degenerate::AllTied),
        notes,
        ..Outcome::new("hodges_lehmann", question.alternative, arms(b, c))
    }
    .with_ln_p(ln_p))
}

#[cfg(feature = "registry")]
crate::registry::method! {
    hodges_lehmann: "By how much are the values of one version shifted?",
    {
        baseline: SortedRun,
        candidate: SortedRun,
        question: Question = Question::differs_from(0.0),
        reference: RankReference = RankReference::Automatic,
    },
    r#"{"baseline": [1.15, 0.88, 0.9, 0.74, 1.21], "candidate": [0.8, 0.83, 1.89, 1.04, 1.45, 1.38]}"#,
    hodges_lehmann(&baseline, &candidate, &question, reference),
}
