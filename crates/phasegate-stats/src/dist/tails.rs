//! Both tails of a distribution at a point.

use crate::math::{exp, exp_m1, ln_1m_exp, ln_1p};

/// The two tail probabilities at a point and their logarithms.
///
/// The smaller tail is computed directly and the larger one from it, so that neither loses digits;
/// the logarithms go on where the probabilities underflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// P(X <= x).
    pub lower: f64,
    /// P(X > x).
    pub upper: f64,
    /// ln P(X <= x).
    pub ln_lower: f64,
    /// ln P(X > x).
    pub ln_upper: f64,
}

impl Tails {
    /// All mass above the point.
    pub(crate) const NOTHING_BELOW: Self =
        Self { lower: 0.0, upper: 1.0, ln_lower: f64::NEG_INFINITY, ln_upper: 0.0 };

    /// All mass at or below the point.
    pub(crate) const NOTHING_ABOVE: Self =
        Self { lower: 1.0, upper: 0.0, ln_lower: 0.0, ln_upper: f64::NEG_INFINITY };

    /// From the logarithm of a factor and another factor near one, whose product is the lower tail.
    pub(crate) fn from_lower(ln_factor: f64, factor: f64) -> Self {
        let ln_lower = (ln_factor + crate::math::ln(factor)).min(0.0);
        let lower = (exp(ln_factor) * factor).min(1.0);
        let upper = if lower < 0.5 { 1.0 - lower } else { -exp_m1(ln_lower) };
        let ln_upper = if lower < 0.5 { ln_1p(-lower) } else { ln_1m_exp(ln_lower) };
        Self { lower, upper, ln_lower, ln_upper }
    }

    /// The same for the upper tail.
    pub(crate) fn from_upper(ln_factor: f64, factor: f64) -> Self {
        Self::from_lower(ln_factor, factor).swapped()
    }

    /// The tails of the mirrored variable.
    pub(crate) fn swapped(self) -> Self {
        Self {
            lower: self.upper,
            upper: self.lower,
            ln_lower: self.ln_upper,
            ln_upper: self.ln_lower,
        }
    }
}
