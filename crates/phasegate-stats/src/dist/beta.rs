//! The beta distribution.

use crate::dist::incomplete_beta::BetaShape;
use crate::dist::newton::{Slope, root};
use crate::dist::{
    Continuous, Normal, Side, Tails, parameter, point, quantile_between, upper_quantile_between,
};
use crate::error::Error;
use crate::math::{exp, ln, ln_1p};

/// The beta distribution with density proportional to x^(a-1) (1-x)^(b-1) on [0, 1].
///
/// ```
/// use phasegate_stats::dist::{Beta, Continuous as _};
///
/// // The exact lower bound of a rate after 59 successes in 59 trials: mpmath 1.4.1, 0.05^(1/59).
/// let bound = Beta::new(59.0, 1.0)?.quantile(0.05)?;
/// assert!((bound - 0.950492390111773).abs() < 1e-14);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    shape: BetaShape,
}

impl Beta {
    /// With shapes from 0.001 to 1e10.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) outside of that range.
    pub fn new(a: f64, b: f64) -> Result<Self, Error> {
        let a = parameter("beta shapes", a)?;
        let b = parameter("beta shapes", b)?;
        Ok(Self { shape: BetaShape::new(a, b) })
    }
}

/// The logit of the point that a probability cuts off.
pub(crate) fn beta_logit(shape: &BetaShape, side: Side) -> Result<f64, Error> {
    // On the logit scale the distribution is near normal for large shapes and exponential in its
    // tails for small ones; any start converges.
    let z = match side {
        Side::Lower(p) => -Normal.upper_quantile(p)?,
        Side::Upper(q) => Normal.upper_quantile(q)?,
    };
    let start = ln(shape.a / shape.b) + z * (1.0 / shape.a + 1.0 / shape.b).sqrt();
    beta_logit_from(shape, side, start)
}

/// The same for a caller that knows a better start.
pub(crate) fn beta_logit_from(shape: &BetaShape, side: Side, start: f64) -> Result<f64, Error> {
    let (sign, ln_p) = match side {
        Side::Lower(p) => (1.0, ln(p)),
        Side::Upper(q) => (-1.0, ln(q)),
    };
    root("the beta quantile", start, |logit| {
        let at = shape.at_logit(logit);
        let tails = shape.tails(&at)?;
        let ln_tail = if sign > 0.0 { tails.ln_lower } else { tails.ln_upper };
        Ok(Slope {
            value: sign * (ln_tail - ln_p),
            derivative: exp(shape.ln_kernel(&at) - ln_tail),
        })
    })
}

impl Continuous for Beta {
    fn tails(&self, x: f64) -> Result<Tails, Error> {
        let x = point(x)?;
        if x <= 0.0 {
            Ok(Tails::NOTHING_BELOW)
        } else if x >= 1.0 {
            Ok(Tails::NOTHING_ABOVE)
        } else {
            self.shape.tails(&self.shape.at(x))
        }
    }

    fn upper_quantile(&self, q: f64) -> Result<f64, Error> {
        upper_quantile_between((0.0, 1.0), q, |side| self.at_side(side))
    }

    fn quantile(&self, p: f64) -> Result<f64, Error> {
        quantile_between((0.0, 1.0), p, |side| self.at_side(side))
    }
}

impl Beta {
    /// The probability that this variable is greater than an independent one.
    ///
    /// The integral of the other's tail over this one's density on the logit scale, of which the
    /// narrower takes the part of the density. Both are analytic there and fall off exponentially,
    /// so that the plain sum over equal steps of half a standard deviation, at most a quarter, is
    /// good to the last digits.
    pub(crate) fn probability_greater(&self, other: &Self) -> Result<f64, Error> {
        const TAIL: f64 = 1e-25;
        let spread = |shape: &BetaShape| (1.0 / shape.a + 1.0 / shape.b).sqrt();
        if spread(&other.shape) < spread(&self.shape) {
            return Ok(1.0 - other.probability_greater(self)?);
        }
        let low = beta_logit(&self.shape, Side::Lower(TAIL))?;
        let high = beta_logit(&self.shape, Side::Upper(TAIL))?;
        let step = (0.5 * spread(&self.shape)).min(0.25);
        let steps = crate::math::to_count(((high - low) / step).ceil());
        let mut sum = 0.0;
        for index in 0..=steps {
            let logit = low + index as f64 * step;
            let density = exp(self.shape.ln_kernel(&self.shape.at_logit(logit)));
            sum += density * other.shape.tails(&other.shape.at_logit(logit))?.lower;
        }
        Ok((sum * step).min(1.0))
    }

    fn at_side(&self, side: Side) -> Result<f64, Error> {
        let logit = beta_logit(&self.shape, side)?;
        // Each form keeps the digits of what is small.
        Ok(if logit < 0.0 { exp(logit - ln_1p(exp(logit))) } else { 1.0 / (1.0 + exp(-logit)) })
    }
}
