//! The t test and interval of a mean.

use crate::error::Error;
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::standardized::{Standardized, squared_error_of_mean, standard_error};
use crate::summary::Moments;

/// What is the mean, and does it differ from a value?
///
/// - Hypotheses: the mean is `null`; it is less, greater, or differs.
/// - Assumes: independent values; normal ones, or enough of them. With skewed values the one-sided
///   level suffers most (see the table of [`linear_contrast`](crate::two_sample::linear_contrast)).
/// - Documented region: 30 values, below which the outcome carries
///   [`SmallSample`](crate::Note::SmallSample), that are not skewed. Moments do not show a skew, so
///   that every outcome carries [`NotSkewed`](crate::Note::NotSkewed): one sample of skewed values
///   needs many more, for nothing cancels the skew, as it does in a difference of arms of like
///   size. True level of one-sided tests at 5 % of the true mean, for lognormal values, from 40,000
///   seeded samples each:
///
/// | standard deviation of ln | values | greater | less |
/// |---|---|---|---|
/// | 0.5 | 30 | 0.025 | 0.088 |
/// | 0.5 | 200 | 0.038 | 0.064 |
/// | 0.5 | 1000 | 0.044 | 0.058 |
/// | 1 | 30 | 0.010 | 0.154 |
/// | 1 | 200 | 0.023 | 0.096 |
/// | 1 | 1000 | 0.033 | 0.072 |
/// | 1.5 | 30 | 0.003 | 0.255 |
/// | 1.5 | 200 | 0.010 | 0.160 |
/// | 1.5 | 1000 | 0.019 | 0.112 |
///
/// - Edge cases: fewer than two values, or values that are all equal, are errors.
/// - Units: estimate, null value and interval have that of the values; p has none.
/// - Cost: constant.
/// - Source: Student, "The probable error of a mean" (1908).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::one_sample::mean_t;
/// use phasegate_stats::summary::{Moments, Summary as _};
///
/// let mut values = Moments::default();
/// values.update_slice(&[5.1, 4.9, 5.6, 5.8, 6.0])?;
/// // scipy 1.17.1: stats.ttest_1samp([5.1, 4.9, 5.6, 5.8, 6.0], 5.0).pvalue
/// let outcome = mean_t(&values, &Question::differs_from(5.0))?;
/// assert!((outcome.p.unwrap() - 0.08256829674577398).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew), [`ZeroVariance`](crate::ErrorKind::ZeroVariance), or
/// [`NonFinite`](crate::ErrorKind::NonFinite) for such a null value.
pub fn mean_t(values: &Moments, question: &Question) -> Result<Outcome, Error> {
    let mut outcome = of_moments("mean_t", values, question, Sample::One(values.count()))?;
    outcome.notes.push(Note::NotSkewed);
    Ok(outcome)
}

/// The same for what is a sample of differences.
pub(crate) fn of_moments(
    method: &'static str,
    values: &Moments,
    question: &Question,
    sample: Sample,
) -> Result<Outcome, Error> {
    let squared = squared_error_of_mean("the sample", values)?;
    Standardized {
        estimate: values.known_mean(),
        standard_error: standard_error(squared)?,
        df: values.count() as f64 - 1.0,
    }
    .outcome(method, question, sample)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mean_t: "What is a mean, and does it differ from a value?",
    {
        values: Moments,
        question: Question = Question::differs_from(0.0),
    },
    r#"{"values": [5.1, 4.9, 5.6, 5.8, 6], "question": {"null": 5}}"#,
    mean_t(&values, &question),
}
