//! The interval of a ratio of means, by inverting the test of the contrast at each ratio.

use crate::bracket;
use crate::dist::Continuous as _;
use crate::error::{Error, ErrorKind};
use crate::math::exp;
use crate::outcome::{Interval, Note, Outcome, Question, Sample};
use crate::significance::symmetric;
use crate::standardized::{Standardized, region_notes};

/// The answer about mean(candidate) / mean(baseline), given the contrast mean(candidate) - ratio *
/// mean(baseline) at any ratio.
pub(crate) fn outcome(
    method: &'static str,
    (mean_b, mean_c): (f64, f64),
    question: &Question,
    sample: Sample,
    contrast: impl Fn(f64) -> Result<Standardized, Error>,
) -> Result<Outcome, Error> {
    let Question { null, alternative, alpha } = *question;
    if !(null > 0.0 && null.is_finite()) {
        let message = format!("the null ratio is {null}; it must be positive and finite");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    if !(mean_b > 0.0 && mean_c > 0.0) {
        let message = format!("the means are {mean_b} and {mean_c}; a ratio needs positive ones");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let at_null = contrast(null)?;
    let statistic = at_null.estimate / at_null.standard_error;
    let ln_p = symmetric(&at_null.reference()?, statistic, alternative)?;
    let estimate = mean_c / mean_b;
    let interval = alpha.interval(
        alternative,
        (0.0, f64::INFINITY),
        |alpha| bound(estimate, alpha, 1.0, &contrast),
        |alpha| bound(estimate, alpha, -1.0, &contrast),
    )?;
    let mut notes = region_notes(sample);
    if unbounded(&interval) {
        notes.push(Note::Unbounded);
    }
    Ok(Outcome {
        estimate: Some(estimate),
        interval: Some(interval),
        null: Some(null),
        statistic: Some(statistic),
        df: Some(at_null.df),
        notes,
        ..Outcome::new(method, alternative, sample)
    }
    .with_ln_p(ln_p))
}

fn unbounded(interval: &Interval) -> bool {
    use crate::outcome::Sides;
    match interval.sides {
        Sides::Both => interval.lower == 0.0 || interval.upper.is_infinite(),
        Sides::Lower => interval.lower == 0.0,
        Sides::Upper => interval.upper.is_infinite(),
    }
}

/// The ratio at which the one-sided test just rejects at `alpha`; 0 or infinity where it rejects at
/// none.
fn bound(
    estimate: f64,
    alpha: f64,
    sign: f64,
    contrast: &impl Fn(f64) -> Result<Standardized, Error>,
) -> Result<f64, Error> {
    // Ratios beyond exp(+-40) of the estimate are 0 and infinity.
    const FAR: f64 = 40.0;
    let gap = |log: f64| {
        let at = contrast(estimate * exp(log))?;
        let quantile = at.reference()?.upper_quantile(alpha)?;
        Ok(sign * at.estimate / at.standard_error - quantile)
    };
    // For alpha above one half the bound lies on the other side of the estimate.
    let outward = if alpha < 0.5 { -sign } else { sign };
    let end = outward * FAR;
    let (near, far) = (gap(0.0)?, gap(end)?);
    if near == 0.0 {
        return Ok(estimate);
    }
    if (near > 0.0) == (far > 0.0) {
        return Ok(if outward < 0.0 { 0.0 } else { f64::INFINITY });
    }
    Ok(estimate * exp(bracket::root("the interval of a ratio", end, 0.0, gap)?))
}
