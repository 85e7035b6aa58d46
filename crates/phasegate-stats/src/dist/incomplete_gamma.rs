//! The regularized incomplete gamma function, with both tails.
//!
//! As for the beta function: the factor before the sum is Loader's, only the tail beyond the mean
//! is computed. The lower tail is the series of DLMF 8.7.1, the upper one the continued fraction of
//! DLMF 8.9.2; where the parameter is large both are a quadrature outward from the point.

use crate::dist::Tails;
use crate::dist::gauss::outward;
use crate::error::Error;
use crate::math::{LN_SQRT_2PI, exp, exp_m1, ln, ln_1p_minus, ln_gamma, stirling_error};

/// Above this parameter the quadrature takes over.
const LARGE: f64 = 2000.0;

/// The cap of the series and of the fraction.
const STEPS: u32 = 20_000;

/// The parameter with what depends on it alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GammaShape {
    pub(crate) a: f64,
    /// ln of sqrt(a / (2 pi)) less the Stirling remainder.
    ln_scale: f64,
}

impl GammaShape {
    /// For a positive parameter.
    pub(crate) fn new(a: f64) -> Self {
        Self { a, ln_scale: 0.5 * ln(a) - LN_SQRT_2PI - stirling_error(a) }
    }

    /// ln(x^a exp(-x) / gamma(a)) for positive x, whose logarithm goes on where x underflows.
    pub(crate) fn ln_kernel(&self, x: f64, ln_x: f64) -> f64 {
        let excess = x - self.a;
        let ratio = excess / self.a;
        let deviance = if (-0.5..=1.0).contains(&ratio) {
            self.a * ln_1p_minus(ratio)
        } else {
            self.a * (ln_x - ln(self.a)) - excess
        };
        self.ln_scale + deviance
    }

    /// Both tails at a positive finite x, whose logarithm goes on where x underflows.
    pub(crate) fn tails(&self, x: f64, ln_x: f64) -> Result<Tails, Error> {
        if self.a < 1.0 && x < 1.0 {
            return self.near_zero(x, ln_x);
        }
        let ln_kernel = self.ln_kernel(x, ln_x);
        let large = self.a > LARGE;
        if x < self.a {
            let factor = if large { self.quadrature(x)? } else { self.series(x)? };
            Ok(Tails::from_lower(ln_kernel, factor))
        } else {
            let factor = if large { self.quadrature(x)? } else { self.fraction(x)? };
            Ok(Tails::from_upper(ln_kernel, factor))
        }
    }

    /// For a and x below one, where the lower tail is x^a / gamma(1 + a) times an alternating
    /// series (DLMF 8.7.1): both tails from their own differences.
    fn near_zero(&self, x: f64, ln_x: f64) -> Result<Tails, Error> {
        let ln_front = self.a * ln_x - ln_gamma(1.0 + self.a);
        let (mut power, mut sum) = (1.0, 0.0);
        for step in 1..=STEPS {
            let n = f64::from(step);
            power *= -x / n;
            let term = power * self.a / (self.a + n);
            sum += term;
            if term.abs() <= 0.25 * f64::EPSILON * sum.abs() {
                let lower = exp(ln_front) * (1.0 + sum);
                if lower < 0.5 {
                    return Ok(Tails::from_lower(ln_front, 1.0 + sum));
                }
                let upper = -exp_m1(ln_front) - exp(ln_front) * sum;
                return Ok(Tails::from_upper(0.0, upper.max(0.0)));
            }
        }
        Err(Error::no_convergence("the series of the incomplete gamma function", STEPS))
    }

    fn series(&self, x: f64) -> Result<f64, Error> {
        let mut term = 1.0 / self.a;
        let mut sum = term;
        for step in 1..=STEPS {
            term *= x / (self.a + f64::from(step));
            sum += term;
            if term <= 0.25 * f64::EPSILON * sum {
                return Ok(sum);
            }
        }
        Err(Error::no_convergence("the series of the incomplete gamma function", STEPS))
    }

    fn fraction(&self, x: f64) -> Result<f64, Error> {
        let excess = x - self.a;
        let mut value = excess + 1.0;
        let (mut c, mut d) = (value, 0.0);
        for step in 1..=STEPS {
            let n = f64::from(step);
            let (alpha, beta) = (n * (self.a - n), excess + 2.0 * n + 1.0);
            d = 1.0 / (beta + alpha * d);
            c = beta + alpha / c;
            let change = c * d;
            value *= change;
            if (change - 1.0).abs() <= 2.0 * f64::EPSILON {
                return Ok(1.0 / value);
            }
        }
        Err(Error::no_convergence("the continued fraction of the incomplete gamma function", STEPS))
    }

    /// The integral of (t/x)^a exp(x - t) / t, away from the mean.
    fn quadrature(&self, x: f64) -> Result<f64, Error> {
        let slope = (x - self.a).abs() / x;
        let scale = 1.0 / (slope + self.a.sqrt() / x);
        let (sign, end) = if x < self.a { (-1.0, x) } else { (1.0, f64::INFINITY) };
        outward(scale, end, |s| {
            let fall = self.a * ln_1p_minus(sign * s / x) - slope * s;
            exp(fall) / (x + sign * s)
        })
        .ok_or_else(|| {
            Error::no_convergence("the quadrature of the incomplete gamma function", 200)
        })
    }
}
