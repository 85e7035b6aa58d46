//! The normal mixture for an estimate with its standard error, known or with degrees of freedom.

use std::f64::consts::LN_2;

use crate::anytime::Target;
use crate::bracket;
use crate::dist::{Continuous as _, Normal, StudentsT};
use crate::error::{Error, ErrorKind};
use crate::math::{LN_SQRT_2PI, exp, exp_m1, ln, ln_1p};
use crate::outcome::{Alternative, Note, Outcome, Sample};

/// An estimate, its standard error, and the number of observations the pair is worth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standardized {
    pub(super) estimate: f64,
    pub(super) standard_error: f64,
    /// The squared ratio of one observation's deviation to the standard error.
    pub(super) size: f64,
    /// Of the standard error; none for one that is taken as known.
    pub(super) df: Option<f64>,
}

/// The effective size of two arms: that of a sample whose mean has the standard error of their
/// difference.
pub(super) fn effective_size(baseline: u64, candidate: u64) -> f64 {
    1.0 / (1.0 / baseline as f64 + 1.0 / candidate as f64)
}

impl Standardized {
    pub(super) fn outcome(
        &self,
        method: &'static str,
        target: &Target,
        sample: Sample,
    ) -> Result<Outcome, Error> {
        let Self { estimate, standard_error, .. } = *self;
        if !(estimate.is_finite() && standard_error.is_finite()) {
            let message =
                "the estimate or its error leaves the range of doubles; scale the values down";
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let question = target.question();
        let statistic = (estimate - question.null) / standard_error;
        let mixture = Mixture::new(target, self);
        let half = mixture.needed(target.ln_needed())? * standard_error;
        let interval = question.alpha.interval(
            question.alternative,
            (f64::NEG_INFINITY, f64::INFINITY),
            |_| Ok(estimate - half),
            |_| Ok(estimate + half),
        )?;
        let notes = if half.is_infinite() { vec![Note::Unbounded] } else { Vec::new() };
        let toward = if question.alternative == Alternative::Less { -statistic } else { statistic };
        Ok(Outcome {
            estimate: Some(estimate),
            interval: Some(interval),
            null: Some(question.null),
            statistic: Some(statistic),
            df: self.df,
            notes,
            ..Outcome::new(method, question.alternative, sample)
        }
        .with_ln_e(mixture.ln_e(toward)?))
    }
}

/// The answer before the first look: nothing is known yet, and nothing can fire.
pub(super) fn too_early(
    method: &'static str,
    estimate: Option<f64>,
    target: &Target,
    sample: Sample,
) -> Result<Outcome, Error> {
    let question = target.question();
    let ends = (f64::NEG_INFINITY, f64::INFINITY);
    let interval =
        question.alpha.interval(question.alternative, ends, |_| Ok(ends.0), |_| Ok(ends.1))?;
    Ok(Outcome {
        estimate,
        interval: Some(interval),
        null: Some(question.null),
        notes: vec![Note::LargeSample, Note::SmallSample, Note::Unbounded],
        ..Outcome::new(method, question.alternative, sample)
    }
    .with_ln_e(0.0))
}

/// The mixture of likelihood ratios over effects that are normal about the null value, or over the
/// half of them on the side of the alternative.
#[derive(Debug, Clone, Copy)]
struct Mixture {
    /// The mixture's share of the information: g / (g + n).
    share: f64,
    df: Option<f64>,
    is_one_sided: bool,
}

impl Mixture {
    fn new(target: &Target, of: &Standardized) -> Self {
        let weight = target.weight();
        Self {
            share: weight / (weight + of.size),
            df: of.df,
            is_one_sided: target.question().alternative != Alternative::TwoSided,
        }
    }

    /// ln of the e-value of a statistic that is large under the alternative.
    fn ln_e(&self, t: f64) -> Result<f64, Error> {
        let Self { share, df, is_one_sided } = *self;
        let ln_root = 0.5 * ln(share);
        // The effect given the data is normal, or Student's t with one degree of freedom more for
        // the deviation that was integrated out; twice its share on the one side is what the half
        // mixture has of the whole one.
        let Some(df) = df else {
            let z = t * (1.0 - share).sqrt();
            if is_one_sided && z < 0.0 {
                // Far on the other side the whole mixture and the share on the one side cancel.
                return Ok(ln_root + LN_2 + Normal::ln_mills(-z) - LN_SQRT_2PI);
            }
            let on_side = if is_one_sided { LN_2 + Normal.tails(z)?.ln_lower } else { 0.0 };
            return Ok(ln_root + 0.5 * z * z + on_side);
        };
        let square = t * t;
        let both = ln_root + 0.5 * (df + 1.0) * (ln_1p(square / df) - ln_1p(share * square / df));
        if !is_one_sided {
            return Ok(both);
        }
        let scale = ((1.0 - share) * (df + 1.0) / (df + share * square)).sqrt();
        let on_side = StudentsT::new((df + 1.0).min(1e10))?.tails(t * scale)?;
        let ln_e = both + LN_2 + on_side.ln_lower;
        // It rises with t, whatever rounding leaves far on the other side.
        Ok(if t <= 0.0 { ln_e.min(ln_root) } else { ln_e })
    }

    /// The statistic whose e-value is enough; infinite where none is.
    fn needed(&self, ln_needed: f64) -> Result<f64, Error> {
        let Self { share, df, is_one_sided } = *self;
        let two_sided = match df {
            None => ((2.0 * ln_needed - ln(share)) / (1.0 - share)).sqrt(),
            Some(df) => {
                let ln_rest = (ln(share) - 2.0 * ln_needed) / (df + 1.0);
                let gap = exp(ln_rest) - share;
                if gap > 0.0 { (df * -exp_m1(ln_rest) / gap).sqrt() } else { f64::INFINITY }
            }
        };
        if !is_one_sided {
            return Ok(two_sided);
        }
        // The one-sided e-value of a positive statistic is at least the two-sided one.
        let mut high = two_sided;
        if high.is_infinite() {
            high = 1.0;
            while self.ln_e(high)? < ln_needed {
                high *= 4.0;
                if high > 1e30 {
                    return Ok(f64::INFINITY);
                }
            }
        }
        bracket::root("the boundary of a mixture", 0.0, high, |t| Ok(self.ln_e(t)? - ln_needed))
    }
}
