//! The beta distribution.

use crate::dist::incomplete_beta::BetaShape;
use crate::dist::newton::{Slope, root};
use crate::dist::{Continuous, Normal, Side, Tails, parameter, point, probability, smaller_tail};
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
    let (sign, ln_p) = match side {
        Side::Lower(p) => (1.0, ln(p)),
        Side::Upper(q) => (-1.0, ln(q)),
    };
    // On the logit scale the distribution is near normal for large shapes and exponential in its
    // tails for small ones; any start converges.
    let z = match side {
        Side::Lower(p) => -Normal.upper_quantile(p)?,
        Side::Upper(q) => Normal.upper_quantile(q)?,
    };
    let start = ln(shape.a / shape.b) + z * (1.0 / shape.a + 1.0 / shape.b).sqrt();
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
        let q = probability(q)?;
        if q == 0.0 {
            return Ok(1.0);
        }
        if q >= 1.0 {
            return Ok(0.0);
        }
        self.at_side(smaller_tail(1.0 - q, q))
    }

    fn quantile(&self, p: f64) -> Result<f64, Error> {
        let p = probability(p)?;
        if p == 0.0 {
            return Ok(0.0);
        }
        if p >= 1.0 {
            return Ok(1.0);
        }
        self.at_side(smaller_tail(p, 1.0 - p))
    }
}

impl Beta {
    fn at_side(&self, side: Side) -> Result<f64, Error> {
        let logit = beta_logit(&self.shape, side)?;
        // Each form keeps the digits of what is small.
        Ok(if logit < 0.0 { exp(logit - ln_1p(exp(logit))) } else { 1.0 / (1.0 + exp(-logit)) })
    }
}
