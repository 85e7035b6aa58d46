//! The chi-square distribution.

use crate::dist::incomplete_gamma::GammaShape;
use crate::dist::newton::{Slope, root};
use crate::dist::{
    Continuous, Normal, Side, Tails, parameter, point, quantile_between, upper_quantile_between,
};
use crate::error::Error;
use crate::math::{exp, ln};

/// The chi-square distribution.
///
/// ```
/// use phasegate_stats::dist::{ChiSquared, Continuous as _};
///
/// // scipy 1.17.1: stats.chi2.ppf(0.95, 1), stats.chi2.sf(1000, 1)
/// let chi = ChiSquared::new(1.0)?;
/// assert!((chi.quantile(0.95)? - 3.841458820694124).abs() < 1e-14);
/// assert!((chi.sf(1000.0)? / 1.7958327848007363e-219 - 1.0).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    shape: GammaShape,
}

impl ChiSquared {
    /// With degrees of freedom from 0.001 to 1e10.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) outside of that range.
    pub fn new(df: f64) -> Result<Self, Error> {
        let df = parameter("degrees of freedom", df)?;
        Ok(Self { shape: GammaShape::new(0.5 * df) })
    }

    fn at_side(&self, side: Side) -> Result<f64, Error> {
        let (sign, ln_p, z) = match side {
            Side::Lower(p) => (1.0, ln(p), -Normal.upper_quantile(p)?),
            Side::Upper(q) => (-1.0, ln(q), Normal.upper_quantile(q)?),
        };
        let a = self.shape.a;
        // Near normal in ln x for large shapes; for small ones that start could lie beyond all
        // mass, which Laurent and Massart (2000, lemma 1) bound.
        let beyond = ln(a - 2.0 * ln_p + 2.0 * (-a * ln_p).sqrt());
        let start = (ln(a) + z / a.sqrt()).min(beyond);
        let ln_half = root("the chi-square quantile", start, |ln_x| {
            let x = exp(ln_x);
            let tails = self.shape.tails(x, ln_x)?;
            let ln_tail = if sign > 0.0 { tails.ln_lower } else { tails.ln_upper };
            let derivative = exp(self.shape.ln_kernel(x, ln_x) - ln_tail);
            Ok(Slope { value: sign * (ln_tail - ln_p), derivative })
        })?;
        Ok(2.0 * exp(ln_half))
    }
}

impl Continuous for ChiSquared {
    fn tails(&self, x: f64) -> Result<Tails, Error> {
        let x = point(x)?;
        if x <= 0.0 {
            Ok(Tails::NOTHING_BELOW)
        } else if x.is_infinite() {
            Ok(Tails::NOTHING_ABOVE)
        } else {
            let half = 0.5 * x;
            self.shape.tails(half, ln(half))
        }
    }

    fn upper_quantile(&self, q: f64) -> Result<f64, Error> {
        upper_quantile_between((0.0, f64::INFINITY), q, |side| self.at_side(side))
    }

    /// Quantiles below the smallest double are 0: with 0.001 degrees of freedom the median is
    /// 1e-602.
    fn quantile(&self, p: f64) -> Result<f64, Error> {
        quantile_between((0.0, f64::INFINITY), p, |side| self.at_side(side))
    }
}
