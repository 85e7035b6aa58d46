//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::dist::newton::{Slope, root};
use crate::dist::{Continuous, Tails, point, probability};
use crate::error::Error;
use crate::math::{LN_SQRT_2PI, erf, erfc, exp, ln, ln_1p};

/// The normal distribution with mean 0 and standard deviation 1.
///
/// Tails are the complementary error function (relative error below 1e-13 down to 1e-300); beyond
/// 30 standard deviations the logarithm is that of Laplace's continued fraction (NIST DLMF 7.9.1).
///
/// ```
/// use phasegate_stats::dist::{Continuous as _, Normal};
///
/// // scipy 1.17.1: stats.norm.ppf(0.975)
/// assert!((Normal.quantile(0.975)? - 1.959963984540054).abs() < 1e-15);
/// // scipy 1.17.1: stats.norm.logsf(100)
/// assert!((Normal.ln_sf(100.0)? - -5005.524208694205).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normal;

/// Where the tail itself nears the end of the doubles' range.
const FAR: f64 = 30.0;

impl Normal {
    /// ln of the density at `z`.
    pub fn ln_density(self, z: f64) -> f64 {
        -0.5 * z * z - LN_SQRT_2PI
    }

    /// P(Z > z); NaN for NaN.
    pub(crate) fn upper(z: f64) -> f64 {
        0.5 * erfc(z * FRAC_1_SQRT_2)
    }

    /// ln of P(Z > z), for `z` that is not negative.
    fn ln_upper(self, z: f64) -> f64 {
        if z > FAR { self.ln_density(z) + Self::ln_mills(z) } else { ln(Self::upper(z)) }
    }

    /// ln of P(Z > z) over the density at z, without the square that would cancel.
    pub(crate) fn ln_mills(z: f64) -> f64 {
        if z <= FAR {
            return ln(Self::upper(z)) - Self.ln_density(z);
        }
        // 1 / (z + 1 / (z + 2 / (z + ...))): at 30, 40 levels are exact to the last digit.
        let mut level = z;
        for n in (1..=40).rev() {
            level = z + f64::from(n) / level;
        }
        -ln(level)
    }
}

impl Continuous for Normal {
    fn tails(&self, z: f64) -> Result<Tails, Error> {
        let z = point(z)?;
        let far = z.abs();
        let small = Self::upper(far);
        let tails = Tails {
            lower: 1.0 - small,
            upper: small,
            ln_lower: ln_1p(-small),
            ln_upper: self.ln_upper(far),
        };
        Ok(if z < 0.0 { tails.swapped() } else { tails })
    }

    fn upper_quantile(&self, q: f64) -> Result<f64, Error> {
        let q = probability(q)?;
        if q > 0.5 {
            // Exact: 1 - q has no more digits than q.
            return Ok(0.0 - self.upper_quantile(1.0 - q)?);
        }
        if q == 0.0 {
            return Ok(f64::INFINITY);
        }
        if q > 0.25 {
            // Near the median the distance from one half is what must keep its digits.
            let distance = 0.5 - q;
            return root("the normal quantile", distance * 2.5, |z| {
                let value = 0.5 * erf(z / SQRT_2) - distance;
                Ok(Slope { value, derivative: exp(self.ln_density(z)) })
            });
        }
        let ln_q = ln(q);
        // Abramowitz and Stegun 26.2.22: within 0.003 of the root.
        let t = (-2.0 * ln_q).sqrt();
        let start = t - (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + t * 0.04481));
        root("the normal quantile", start, |z| {
            let ln_upper = self.ln_upper(z);
            Ok(Slope { value: ln_q - ln_upper, derivative: exp(self.ln_density(z) - ln_upper) })
        })
    }

    fn quantile(&self, p: f64) -> Result<f64, Error> {
        // Symmetric about zero; the difference turns -0 into 0.
        Ok(0.0 - self.upper_quantile(p)?)
    }
}
