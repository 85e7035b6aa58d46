//! Power of statistics that are an estimate divided by its standard error.

use crate::design::power::region::sided;
use crate::dist::{Continuous as _, NoncentralT, Normal, StudentsT};
use crate::error::Error;
use crate::outcome::Question;

/// Of a statistic with Student's t distribution under the null value.
///
/// Source: Cohen, "Statistical power analysis for the behavioral sciences" (1988); Owen (1965).
pub(super) fn student(
    question: &Question,
    effect: f64,
    standard_error: f64,
    df: f64,
) -> Result<f64, Error> {
    // Above 1e10 it is the normal distribution to the last digit.
    let df = df.min(1e10);
    let critical =
        StudentsT::new(df)?.upper_quantile(question.alpha.per_bound(question.alternative))?;
    let shift = (effect - question.null) / standard_error;
    // Beyond this the power is 0 or 1 to the last digit.
    let shift = shift.clamp(-1e6, 1e6);
    let statistic = NoncentralT::new(df, shift)?;
    sided(
        question.alternative,
        || Ok(statistic.tails(critical)?.upper),
        || Ok(statistic.tails(-critical)?.lower),
    )
}

/// Of a statistic that is normal, with another standard error under the null value.
pub(super) fn normal(
    question: &Question,
    effect: f64,
    standard_error: f64,
    error_at_null: f64,
) -> Result<f64, Error> {
    let critical = Normal.upper_quantile(question.alpha.per_bound(question.alternative))?;
    let distance = effect - question.null;
    let reach = critical * error_at_null;
    let beyond = |gap: f64| if gap == 0.0 { 0.5 } else { Normal::upper(-gap / standard_error) };
    let (above, below) = (beyond(distance - reach), beyond(-distance - reach));
    sided(question.alternative, || Ok(above), || Ok(below))
}
