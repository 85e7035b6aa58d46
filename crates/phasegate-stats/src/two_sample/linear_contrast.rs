//! A mean against a multiple of another.

use crate::error::Error;
use crate::outcome::{Outcome, Question, Sample};
use crate::standardized::{Standardized, squared_error_of_mean, standard_error};
use crate::summary::Moments;

/// Is the candidate's mean more than `ratio` times the baseline's?
///
/// The estimand is mean(candidate) - ratio * mean(baseline). "Cost may rise by at most 10 %" is the
/// ratio 1.1 and the question `less` than 0. The hypothesis about the ratio is kept as it stands:
/// no ratio of estimates is taken, whose interval by the delta method misses its level by a factor
/// of up to three on skewed costs.
///
/// - Hypotheses: the contrast is `null`; it is less, greater, or differs.
/// - Assumes: independent arms of independent values; normal ones, or enough of them.
/// - Documented region: 30 values in each arm, below which the outcome carries
///   [`SmallSample`](crate::Note::SmallSample), and arms of like size where values are skewed. The
///   true level of a one-sided test at 5 % that the contrast is less than 0, at equality, for
///   lognormal values (40,000 seeded samples each, measured by the crate's own tests):
///
/// | standard deviation of ln | baseline | candidate | true level |
/// |---|---|---|---|
/// | 0.5 | 30 | 30 | 0.050 |
/// | 1.0 | 30 | 30 | 0.046 |
/// | 1.5 | 30 | 30 | 0.038 |
/// | 1.0 | 200 | 200 | 0.049 |
/// | 1.5 | 200 | 200 | 0.046 |
/// | 1.5 | 1000 | 1000 | 0.048 |
/// | 1.5 | 1000 | 910 | 0.051 |
/// | 1.5 | 910 | 1000 | 0.047 |
/// | 1.5 | 1000 | 800 | 0.056 |
/// | 1.5 | 800 | 1000 | 0.042 |
/// | 1.5 | 1000 | 500 | 0.072 |
/// | 1.0 | 1000 | 200 | 0.080 |
/// | 1.5 | 1000 | 200 | 0.113 |
///
/// Where one arm is larger than the other by more than a tenth the outcome carries
/// [`UnequalArms`](crate::Note::UnequalArms): a one-sided test that the smaller, candidate arm is
/// cheaper errs too often on skewed values.
///
/// - Edge cases: fewer than two values in an arm, or two arms of equal values each, are errors.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: constant.
/// - Source: Welch (1947) and Satterthwaite (1946) for the degrees of freedom; Fieller (1954) for
///   the contrast.
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::summary::Moments;
/// use phasegate_stats::two_sample::linear_contrast;
///
/// // Mean cost 1.00 against 1.03, standard deviation 0.5, a thousand requests each:
/// // not above 1.1 times.
/// let baseline = Moments::from_parts(1000, 1.00, 999.0 * 0.25)?;
/// let candidate = Moments::from_parts(1000, 1.03, 999.0 * 0.25)?;
/// let outcome = linear_contrast(&baseline, &candidate, 1.1, &Question::less_than(0.0))?;
/// assert!(outcome.p.unwrap() < 0.05 && outcome.interval.unwrap().upper < 0.0);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew), [`ZeroVariance`](crate::ErrorKind::ZeroVariance),
/// [`NonFinite`](crate::ErrorKind::NonFinite) for such a ratio or null value,
/// [`TooLarge`](crate::ErrorKind::TooLarge).
pub fn linear_contrast(
    baseline: &Moments,
    candidate: &Moments,
    ratio: f64,
    question: &Question,
) -> Result<Outcome, Error> {
    let sample = Sample::Arms { baseline: baseline.count(), candidate: candidate.count() };
    contrast(baseline, candidate, ratio)?.outcome("linear_contrast", question, sample)
}

/// The contrast with its error, for methods that ask of several ratios.
pub(crate) fn contrast(
    baseline: &Moments,
    candidate: &Moments,
    ratio: f64,
) -> Result<Standardized, Error> {
    let ratio = crate::error::finite("the ratio", ratio)?;
    let part_b = squared_error_of_mean("the baseline", baseline)? * ratio * ratio;
    let part_c = squared_error_of_mean("the candidate", candidate)?;
    let squared = part_b + part_c;
    let standard_error = standard_error(squared)?;
    // As shares, which neither overflow nor underflow when squared.
    let (share_b, share_c) = (part_b / squared, part_c / squared);
    let of = |share: f64, moments: &Moments| share * share / (moments.count() as f64 - 1.0);
    Ok(Standardized {
        estimate: candidate.known_mean() - ratio * baseline.known_mean(),
        standard_error,
        df: 1.0 / (of(share_b, baseline) + of(share_c, candidate)),
    })
}

#[cfg(feature = "registry")]
crate::registry::method! {
    linear_contrast: "Is the candidate's mean more than a multiple of the baseline's?",
    {
        baseline: Moments,
        candidate: Moments,
        ratio: f64,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"baseline": [27.5, 21, 19, 23.6, 17], "candidate": [27.1, 22, 20.8, 23.4, 25.8], "ratio": 1.1, "question": {"alternative": "less"}}"#,
    linear_contrast(&baseline, &candidate, ratio, &question),
}
