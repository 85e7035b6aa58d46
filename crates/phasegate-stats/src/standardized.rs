//! An estimate divided by its standard error, against Student's t: what all methods on means share.

use crate::dist::{Continuous as _, StudentsT};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Note, Outcome, Question, Sample};
use crate::significance::symmetric;
use crate::summary::Moments;

/// Below this many values (or clusters) of an arm an outcome carries the note `small_sample`.
const SMALL: u64 = 30;

/// An estimate with its standard error and the degrees of freedom of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standardized {
    pub(crate) estimate: f64,
    pub(crate) standard_error: f64,
    pub(crate) df: f64,
}

impl Standardized {
    /// The whole answer.
    pub(crate) fn outcome(
        &self,
        method: &'static str,
        question: &Question,
        sample: Sample,
    ) -> Result<Outcome, Error> {
        let null = crate::error::finite("the null value", question.null)?;
        let Self { estimate, standard_error, df } = *self;
        if !(estimate.is_finite() && standard_error.is_finite()) {
            let message =
                "the estimate or its error leaves the range of doubles; scale the values down";
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let reference = self.reference()?;
        let statistic = (estimate - null) / standard_error;
        let each = question.alpha.per_bound(question.alternative);
        // Both bounds lie as far away: a quantile costs more than all else here.
        let reach = reference.upper_quantile(each)? * standard_error;
        let interval = question.alpha.interval(
            question.alternative,
            (f64::NEG_INFINITY, f64::INFINITY),
            |_| Ok(estimate - reach),
            |_| Ok(estimate + reach),
        )?;
        let notes = region_notes(sample);
        Ok(Outcome {
            estimate: Some(estimate),
            interval: Some(interval),
            null: Some(null),
            statistic: Some(statistic),
            df: Some(df),
            notes,
            ..Outcome::new(method, question.alternative, sample)
        }
        .with_ln_p(symmetric(&reference, statistic, question.alternative)?))
    }

    /// The distribution of the statistic under the null hypothesis.
    pub(crate) fn reference(&self) -> Result<StudentsT, Error> {
        // Above 1e10 it is the normal distribution to the last digit.
        StudentsT::new(self.df.min(1e10))
    }
}

/// What the sizes say about the level of a method on means.
pub(crate) fn region_notes(sample: Sample) -> Vec<Note> {
    let (smallest, largest) = match sample {
        Sample::One(n) | Sample::Pairs(n) => (n, n),
        Sample::Arms { baseline, candidate } => (baseline.min(candidate), baseline.max(candidate)),
    };
    let mut notes = vec![Note::LargeSample];
    if smallest < SMALL {
        notes.push(Note::SmallSample);
    }
    if largest - smallest > smallest / 10 {
        notes.push(Note::UnequalArms);
    }
    notes
}

/// The squared standard error of a mean, for at least two values that are not all equal.
pub(crate) fn squared_error_of_mean(what: &str, moments: &Moments) -> Result<f64, Error> {
    let variance = moments.variance().ok_or_else(|| {
        let message = format!("{what} has {} values; a standard error needs two", moments.count());
        Error::new(ErrorKind::TooFew, message)
    })?;
    if is_constant(moments) { Ok(0.0) } else { Ok(variance / moments.count() as f64) }
}

/// Whether the squared deviations are no more than the rounding of equal values leaves.
fn is_constant(moments: &Moments) -> bool {
    let rounding = 4.0 * f64::EPSILON * moments.known_mean();
    moments.sum_of_squared_deviations() <= moments.count() as f64 * rounding * rounding
}

/// The root of a squared standard error that is not zero.
pub(crate) fn standard_error(squared: f64) -> Result<f64, Error> {
    if squared > 0.0 {
        return Ok(squared.sqrt());
    }
    let message = "the values are equal, or as good as equal to a double; the method divides by their variance";
    Err(Error::new(ErrorKind::ZeroVariance, message))
}
