//! The F distribution.

use crate::dist::beta::beta_logit;
use crate::dist::incomplete_beta::{BetaPoint, BetaShape};
use crate::dist::{
    Continuous, Side, Tails, parameter, point, quantile_between, upper_quantile_between,
};
use crate::error::Error;
use crate::math::{exp, ln, ln_1p};

/// Fisher's F distribution: the ratio of two independent mean squares.
///
/// ```
/// use phasegate_stats::dist::{Continuous as _, FisherF};
///
/// // scipy 1.17.1: stats.f.ppf(0.95, 3, 20)
/// assert!((FisherF::new(3.0, 20.0)?.quantile(0.95)? - 3.098391212140781).abs() < 1e-13);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherF {
    numerator_df: f64,
    denominator_df: f64,
    /// Of d1 f / (d1 f + d2).
    shape: BetaShape,
}

impl FisherF {
    /// With degrees of freedom from 0.001 to 1e10 each.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) outside of that range.
    pub fn new(numerator_df: f64, denominator_df: f64) -> Result<Self, Error> {
        let numerator_df = parameter("numerator degrees of freedom", numerator_df)?;
        let denominator_df = parameter("denominator degrees of freedom", denominator_df)?;
        let shape = BetaShape::new(0.5 * numerator_df, 0.5 * denominator_df);
        Ok(Self { numerator_df, denominator_df, shape })
    }

    fn at_side(&self, side: Side) -> Result<f64, Error> {
        let logit = beta_logit(&self.shape, side)?;
        Ok(exp(logit + ln(self.denominator_df / self.numerator_df)))
    }
}

impl Continuous for FisherF {
    fn tails(&self, f: f64) -> Result<Tails, Error> {
        let f = point(f)?;
        if f <= 0.0 {
            return Ok(Tails::NOTHING_BELOW);
        }
        if f.is_infinite() {
            return Ok(Tails::NOTHING_ABOVE);
        }
        let ln_odds = ln(f) + ln(self.numerator_df / self.denominator_df);
        if ln_odds.abs() > 200.0 {
            // The odds may leave the range of doubles; the logit does not.
            return self.shape.tails(&self.shape.at_logit(ln_odds));
        }
        let odds = f * (self.numerator_df / self.denominator_df);
        let (x, y) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        // a y - b x, in which 1 - f has no rounding near one.
        let excess = 0.5 * self.numerator_df * (1.0 - f) * y;
        let at = BetaPoint::new(x, y, excess).with_logarithms(ln_odds - ln_1p(odds), -ln_1p(odds));
        self.shape.tails(&at)
    }

    fn upper_quantile(&self, q: f64) -> Result<f64, Error> {
        upper_quantile_between((0.0, f64::INFINITY), q, |side| self.at_side(side))
    }

    fn quantile(&self, p: f64) -> Result<f64, Error> {
        quantile_between((0.0, f64::INFINITY), p, |side| self.at_side(side))
    }
}
