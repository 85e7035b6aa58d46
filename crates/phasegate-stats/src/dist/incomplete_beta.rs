//! The regularized incomplete beta function, with both tails.
//!
//! Three choices keep its digits. The point carries x, 1 - x and `excess` = a (1 - x) - b x, each
//! to full relative accuracy: how far x lies from the mean a / (a + b) decides everything, and for
//! large parameters it cannot be recovered from x alone. The factor before the fraction follows
//! Loader (2000): deviances and Stirling remainders, never differences of large log-gammas. Only
//! the tail beyond the mean is computed, so that no tail is one minus a near one.
//!
//! The tail itself is the continued fraction of algorithm 708 (ACM TOMS 18, 1992, equation 9),
//! whose terms are positive there; where both parameters are large it is a quadrature of the
//! density outward from x, which needs a fixed number of steps at any size and does not accumulate
//! rounding.

use crate::dist::Tails;
use crate::dist::gauss::outward;
use crate::error::Error;
use crate::math::{
    LN_SQRT_2PI, exp, exp_m1, ln, ln_1p, ln_1p_minus, ln_gamma, product_minus, stirling_error,
    two_sum,
};

/// Above this value of the smaller parameter the quadrature takes over.
const LARGE: f64 = 2000.0;

/// The cap of the continued fraction. The slowest points, near the mean with one small and one huge
/// parameter, need a few hundred steps.
const STEPS: u32 = 20_000;

/// A pair of parameters with what depends on them alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BetaShape {
    pub(crate) a: f64,
    pub(crate) b: f64,
    /// ln of sqrt(a b / (2 pi (a + b))) times the Stirling remainders.
    ln_scale: f64,
}

/// A point of the unit interval as seen by a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BetaPoint {
    x: f64,
    y: f64,
    ln_x: f64,
    ln_y: f64,
    /// a y - b x = a - (a + b) x: positive below the mean.
    excess: f64,
}

impl BetaPoint {
    /// For a point given by parts that are accurate each.
    pub(crate) fn new(x: f64, y: f64, excess: f64) -> Self {
        let (ln_x, ln_y) = if x < y { (ln(x), ln_1p(-x)) } else { (ln_1p(-y), ln(y)) };
        Self { x, y, ln_x, ln_y, excess }
    }

    /// With logarithms that go on where x or y underflows.
    pub(crate) fn with_logarithms(self, ln_x: f64, ln_y: f64) -> Self {
        Self { ln_x, ln_y, ..self }
    }

    fn mirrored(self) -> Self {
        Self { x: self.y, y: self.x, ln_x: self.ln_y, ln_y: self.ln_x, excess: -self.excess }
    }
}

impl BetaShape {
    /// For parameters that are positive and below 1e150.
    pub(crate) fn new(a: f64, b: f64) -> Self {
        // ln(a b / (a + b)) without overflow, and for a b far apart in size.
        let (small, large) = if a < b { (a, b) } else { (b, a) };
        let harmonic = ln(small) - ln_1p(small / large);
        let ln_scale = 0.5 * harmonic - LN_SQRT_2PI + stirling_error(a + b)
            - stirling_error(a)
            - stirling_error(b);
        Self { a, b, ln_scale }
    }

    fn mirrored(self) -> Self {
        Self { a: self.b, b: self.a, ..self }
    }

    /// The point x, an exact double of (0, 1).
    pub(crate) fn at(&self, x: f64) -> BetaPoint {
        let (sum, rest) = two_sum(self.a, self.b);
        if x <= 0.5 {
            let excess = -(product_minus(sum, x, self.a) + rest * x);
            BetaPoint::new(x, 1.0 - x, excess)
        } else {
            let y = 1.0 - x;
            let excess = product_minus(sum, y, self.b) + rest * y;
            BetaPoint::new(x, y, excess)
        }
    }

    /// The point with ln(x / (1 - x)) = `logit`.
    pub(crate) fn at_logit(&self, logit: f64) -> BetaPoint {
        // The smaller of the two is accurate; the excess follows from it as in `at`.
        let (sum, rest) = two_sum(self.a, self.b);
        let ratio = exp(-logit.abs());
        let (small, large) = (ratio / (1.0 + ratio), 1.0 / (1.0 + ratio));
        let ln_large = -ln_1p(ratio);
        let ln_small = ln_large - logit.abs();
        if logit <= 0.0 {
            let excess = -(product_minus(sum, small, self.a) + rest * small);
            BetaPoint::new(small, large, excess).with_logarithms(ln_small, ln_large)
        } else {
            let excess = product_minus(sum, small, self.b) + rest * small;
            BetaPoint::new(large, small, excess).with_logarithms(ln_large, ln_small)
        }
    }

    /// ln(x^a y^b / B(a, b)).
    pub(crate) fn ln_kernel(&self, at: &BetaPoint) -> f64 {
        let ratio_a = -at.excess / self.a;
        let ratio_b = at.excess / self.b;
        // x = mean (1 + ratio_a) and y = (1 - mean) (1 + ratio_b); far from the mean the ratios are
        // near -1 and the logarithms say it better.
        let part = |size: f64, other: f64, ratio: f64, ln_at: f64| {
            if (-0.5..=1.0).contains(&ratio) {
                size * ln_1p_minus(ratio)
            } else {
                size * (ln_at + ln_1p(other / size)) - size * ratio
            }
        };
        self.ln_scale
            + part(self.a, self.b, ratio_a, at.ln_x)
            + part(self.b, self.a, ratio_b, at.ln_y)
    }

    /// Both tails of the distribution at a point.
    pub(crate) fn tails(&self, at: &BetaPoint) -> Result<Tails, Error> {
        if self.is_near_zero(at) {
            return self.near_zero(at);
        }
        if self.mirrored().is_near_zero(&at.mirrored()) {
            return Ok(self.mirrored().near_zero(&at.mirrored())?.swapped());
        }
        let ln_kernel = self.ln_kernel(at);
        if at.excess >= 0.0 {
            Ok(Tails::from_lower(ln_kernel, self.lower_factor(at)?))
        } else {
            Ok(Tails::from_upper(ln_kernel, self.mirrored().lower_factor(&at.mirrored())?))
        }
    }

    /// Where the fraction is slow beyond the mean, and where the lower tail may lie so near one
    /// that its complement needs a form of its own.
    fn is_near_zero(&self, at: &BetaPoint) -> bool {
        self.a < 1.0 && at.x <= 0.5 && at.x * self.b <= 1.0
    }

    /// x^a / (a B(a, b)) times a series (NIST DLMF 8.17.7), with both tails from their own
    /// differences.
    fn near_zero(&self, at: &BetaPoint) -> Result<Tails, Error> {
        let Self { a, b, .. } = *self;
        let gammas = ln_gamma_ratio(a, b);
        let ln_front = a * at.ln_x + gammas - ln_gamma(1.0 + a);
        let (mut power, mut sum) = (1.0, 0.0_f64);
        for step in 1..=STEPS {
            let n = f64::from(step);
            power *= (n - b) / n * at.x;
            let term = power * a / (a + n);
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
        Err(Error::no_convergence("the series of the incomplete beta function", STEPS))
    }

    /// The lower tail divided by the kernel, for a point at or below the mean.
    fn lower_factor(&self, at: &BetaPoint) -> Result<f64, Error> {
        if self.a.min(self.b) > LARGE { self.quadrature(at) } else { self.fraction(at) }
    }

    fn fraction(&self, at: &BetaPoint) -> Result<f64, Error> {
        let Self { a, b, .. } = *self;
        let BetaPoint { x, y, excess, .. } = *at;
        // Lentz's method on 1 / (beta_1 + alpha_2 / (beta_2 + ...)).
        let beta = |n: f64| {
            let odd = a + 2.0 * n;
            n + n * (b - n) * x / (odd - 1.0)
                + (a + n) / (odd + 1.0) * (excess + 1.0 + n * (1.0 + y))
        };
        // The first is apart: at a = 1 its vanishing term would be 0 / 0.
        let mut value = a / (a + 1.0) * (excess + 1.0);
        let (mut c, mut d) = (value, 0.0);
        for step in 1..=STEPS {
            let n = f64::from(step);
            let odd = a + 2.0 * n - 1.0;
            let alpha = ((a + n - 1.0) / odd) * ((a + b + n - 1.0) / odd) * (n * (b - n) * x) * x;
            let term = beta(n);
            d = 1.0 / (term + alpha * d);
            c = term + alpha / c;
            let change = c * d;
            value *= change;
            if (change - 1.0).abs() <= 2.0 * f64::EPSILON {
                return Ok(1.0 / value);
            }
        }
        Err(Error::no_convergence("the continued fraction of the incomplete beta function", STEPS))
    }

    /// The integral of (t/x)^a ((1-t)/y)^b / (t (1-t)) for t from x down to 0.
    fn quadrature(&self, at: &BetaPoint) -> Result<f64, Error> {
        let Self { a, b, .. } = *self;
        let BetaPoint { x, y, excess, .. } = *at;
        // With t = x - s the logarithm falls as slope s + curvature s^2 / 2 + ...
        let slope = excess / (x * y);
        let curvature = a / (x * x) + b / (y * y);
        let scale = 1.0 / (slope + curvature.sqrt());
        outward(scale, x, |s| {
            let fall = a * ln_1p_minus(-s / x) + b * ln_1p_minus(s / y) - slope * s;
            exp(fall) / ((x - s) * (y + s))
        })
        .ok_or_else(|| Error::no_convergence("the quadrature of the incomplete beta function", 200))
    }
}

/// ln of gamma(a + b) / gamma(b) for `a` below one, to the relative accuracy of `a`.
fn ln_gamma_ratio(a: f64, b: f64) -> f64 {
    // Up by the recurrence to where Stirling's remainders are small, and their difference exact
    // enough.
    let (mut up, mut below) = (b, 0.0);
    while up < 16.0 {
        below += ln_1p(a / up);
        up += 1.0;
    }
    let stirling = stirling_error(a + up) - stirling_error(up);
    (up - 0.5) * ln_1p(a / up) + a * (ln(a + up) - 1.0) + stirling - below
}
