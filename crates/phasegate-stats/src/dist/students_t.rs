//! Student's t distribution.

use crate::dist::beta::{beta_logit, beta_logit_from};
use crate::dist::incomplete_beta::{BetaPoint, BetaShape};
use crate::dist::{Continuous, Normal, Tails, parameter, point, probability, smaller_tail};
use crate::error::Error;
use crate::math::{LN_SQRT_2PI, exp, exp_m1, ln, ln_1p};

/// Student's t distribution.
///
/// ```
/// use phasegate_stats::dist::{Continuous as _, StudentsT};
///
/// let t = StudentsT::new(23.0)?;
/// // scipy 1.17.1: stats.t.ppf(0.975, 23), stats.t.sf(40, 23)
/// assert!((t.quantile(0.975)? - 2.0686576104190486).abs() < 1e-14);
/// assert!((t.sf(40.0)? / 4.564403726527974e-23 - 1.0).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentsT {
    df: f64,
    /// Of df / (df + t^2).
    shape: BetaShape,
}

impl StudentsT {
    /// With degrees of freedom from 0.001 to 1e10.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) outside of that range.
    pub fn new(df: f64) -> Result<Self, Error> {
        let df = parameter("degrees of freedom", df)?;
        Ok(Self { df, shape: BetaShape::new(0.5 * df, 0.5) })
    }

    /// ln of the density at `t`.
    pub fn ln_density(&self, t: f64) -> f64 {
        let half = 0.5 * self.df;
        let stirling = crate::math::stirling_error(half + 0.5) - crate::math::stirling_error(half);
        // gamma(h + 1/2) / gamma(h) = sqrt(h) exp(h ln(1 + 1/(2h)) - 1/2) times the Stirling
        // remainders.
        let gammas = half * ln_1p(0.5 / half) - 0.5 + stirling;
        let ratio = t / self.df.sqrt();
        gammas - LN_SQRT_2PI - (half + 0.5) * ln_1p(ratio * ratio)
    }

    /// Whether this distribution at a point of that square is the normal one at
    /// [`normal_point`](Self::normal_point), to the last digits.
    ///
    /// Against mpmath 1.4.1 (`betainc`, 60 digits) the tail so found has a relative error below
    /// 4e-16 throughout, to which the rounding of the point adds its square times an epsilon.
    fn is_near_normal(&self, square: f64) -> bool {
        self.df >= 1000.0 && square <= (self.df / 60.0).min(64.0)
    }

    /// The point at which the normal distribution has the same tails: Hill, "Algorithm 395:
    /// Student's t-distribution" (1970). `t` is positive.
    fn normal_point(&self, t: f64) -> f64 {
        let z = ((self.df - 0.5) * ln_1p(t * t / self.df)).sqrt();
        z + self.skipped_by_logarithm(z)
    }

    /// The point with the same tails as `z`, which is positive, of the normal distribution.
    fn at_normal_point(&self, z: f64) -> f64 {
        // Each step adds seven digits to what is a correction in the seventh.
        let near = z - self.skipped_by_logarithm(z);
        let near = z - self.skipped_by_logarithm(near);
        (self.df * exp_m1(near * near / (self.df - 0.5))).sqrt()
    }

    /// The two terms of Hill's series after the logarithm.
    fn skipped_by_logarithm(&self, z: f64) -> f64 {
        let unit = 48.0 * (self.df - 0.5) * (self.df - 0.5);
        let square = z * z;
        let first = z * (square + 3.0);
        let second = z * (((4.0 * square + 33.0) * square + 240.0) * square + 855.0);
        (first - second / (10.0 * unit)) / unit
    }

    /// About the quantile where the normal distribution has `z`, which is positive and not far
    /// beyond the square root of the degrees of freedom, of which there are at least two:
    /// Abramowitz and Stegun 26.7.5.
    fn near_normal_quantile(&self, z: f64) -> f64 {
        let square = z * z;
        let terms = [
            1.0,
            (square + 1.0) / 4.0,
            ((5.0 * square + 16.0) * square + 3.0) / 96.0,
            (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0,
        ];
        z * terms.iter().rev().fold(0.0, |sum, term| sum / self.df + term)
    }
}

impl Continuous for StudentsT {
    fn tails(&self, t: f64) -> Result<Tails, Error> {
        let t = point(t)?;
        let size = t.abs();
        if size == 0.0 {
            return Ok(Tails::from_upper(0.0, 0.5));
        }
        if self.is_near_normal(size * size) {
            let tails = Normal.tails(self.normal_point(size))?;
            return Ok(if t < 0.0 { tails.swapped() } else { tails });
        }
        let beyond = if size.is_infinite() {
            Tails::NOTHING_BELOW
        } else {
            let ratio = size / self.df.sqrt();
            let square = ratio * ratio;
            let (x, y) = (1.0 / (1.0 + square), 1.0 / (1.0 + 1.0 / square));
            let excess = 0.5 * x * (size - 1.0) * (size + 1.0);
            let mut at =
                BetaPoint::new(x, y, if excess.is_finite() { excess } else { 0.5 * self.df });
            if !(1e-100..=1e100).contains(&ratio) {
                // The square leaves the range of doubles long before its logarithm does.
                let ln_square = 2.0 * ln(ratio);
                let (ln_x, ln_y) = if ratio > 1.0 { (-ln_square, 0.0) } else { (0.0, ln_square) };
                at = at.with_logarithms(ln_x, ln_y);
            }
            self.shape.tails(&at)?
        };
        // P(|T| > t) is the lower tail of the beta variable; half of it lies on each side.
        let upper = 0.5 * beyond.lower;
        let tails = Tails {
            lower: 0.5 + 0.5 * beyond.upper,
            upper,
            ln_lower: ln_1p(-upper),
            ln_upper: beyond.ln_lower - std::f64::consts::LN_2,
        };
        Ok(if t < 0.0 { tails.swapped() } else { tails })
    }

    /// Quantiles beyond the largest double are infinite: with 0.001 degrees of freedom most are.
    fn upper_quantile(&self, q: f64) -> Result<f64, Error> {
        let q = probability(q)?;
        if q > 0.5 {
            return Ok(0.0 - self.upper_quantile(1.0 - q)?);
        }
        if q == 0.0 {
            return Ok(f64::INFINITY);
        }
        if q >= 0.5 {
            return Ok(0.0);
        }
        let z = if self.df >= 2.0 { Normal.upper_quantile(q)? } else { f64::INFINITY };
        if self.is_near_normal(z * z) {
            return Ok(self.at_normal_point(z));
        }
        let side = smaller_tail(2.0 * q, 1.0 - 2.0 * q);
        let logit = if z * z <= self.df {
            let near = self.near_normal_quantile(z);
            beta_logit_from(&self.shape, side, ln(self.df) - 2.0 * ln(near))?
        } else {
            beta_logit(&self.shape, side)?
        };
        Ok(exp(0.5 * (ln(self.df) - logit)))
    }

    fn quantile(&self, p: f64) -> Result<f64, Error> {
        // Symmetric about zero; the difference turns -0 into 0.
        Ok(0.0 - self.upper_quantile(p)?)
    }
}
