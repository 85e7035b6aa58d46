//! The elementary functions, all from the pinned `libm`.
//!
//! No other module of this crate calls an elementary function: those of the standard library come
//! from the platform and differ in the last digit, while these are the same instructions
//! everywhere. Square roots, floor and absolute values are exact by IEEE 754 and may be taken from
//! `f64`.

use std::f64::consts::LN_2;

/// ln(1 / 2).
pub(crate) const LN_HALF: f64 = -LN_2;

/// ln(sqrt(2 pi)).
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

pub(crate) fn exp(x: f64) -> f64 {
    libm::exp(x)
}

pub(crate) fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

pub(crate) fn ln(x: f64) -> f64 {
    libm::log(x)
}

pub(crate) fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

pub(crate) fn erf(x: f64) -> f64 {
    libm::erf(x)
}

pub(crate) fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln(1 + x) - x, without the cancellation near zero; `x > -1`.
///
/// With r = x / (2 + x), ln(1 + x) = 2 atanh(r) and x = r (2 + x), so that the difference is r (2
/// r^2 (1/3 + r^2/5 + ...) - x).
pub(crate) fn ln_1p_minus(x: f64) -> f64 {
    if !(-0.4..=0.7).contains(&x) {
        return ln_1p(x) - x;
    }
    let r = x / (2.0 + x);
    let square = r * r;
    // |r| <= 0.26: after 14 terms the rest is below 0.07^14 / 29, less than 1e-17.
    let mut series = 0.0;
    for term in (1..=14).rev() {
        series = series * square + 1.0 / f64::from(2 * term + 1);
    }
    r * (2.0 * square * series - x)
}

/// ln(1 - exp(x)) for `x <= 0`.
pub(crate) fn ln_1m_exp(x: f64) -> f64 {
    if x > -LN_2 { ln(-exp_m1(x)) } else { ln_1p(-exp(x)) }
}

/// The remainder of Stirling's formula, ln(gamma(z)) - (z - 1/2) ln(z) + z - ln(sqrt(2 pi)), for
/// positive `z`.
///
/// Source: Loader, "Fast and accurate computation of binomial probabilities" (2000), with the gamma
/// function in place of the factorial.
pub(crate) fn stirling_error(z: f64) -> f64 {
    // The coefficients are B(2k) / (2k (2k - 1)), NIST DLMF 5.11.1; at 16 the first one left out is
    // below 2e-18.
    if z >= 16.0 {
        let square = 1.0 / (z * z);
        let mut series = 1.0 / 156.0;
        for coefficient in [
            -691.0 / 360_360.0,
            1.0 / 1188.0,
            -1.0 / 1680.0,
            1.0 / 1260.0,
            -1.0 / 360.0,
            1.0 / 12.0,
        ] {
            series = series * square + coefficient;
        }
        return series / z;
    }
    ln_gamma(z) - (z - 0.5) * ln(z) + z - LN_SQRT_2PI
}

/// a * b - c, rounded once in effect: the product is split by Dekker's method, for no fused
/// multiply-add is the same everywhere.
///
/// All of `a`, `b`, `c` must be below 1e150 in size.
pub(crate) fn product_minus(a: f64, b: f64, c: f64) -> f64 {
    let (high, low) = two_product(a, b);
    (high - c) + low
}

/// The product as an unevaluated sum of two doubles.
pub(crate) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// The sum as an unevaluated sum of two doubles (Knuth).
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

fn split(x: f64) -> (f64, f64) {
    // 2^27 + 1 halves the 53 bits of a double.
    let scaled = 134_217_729.0 * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

/// ln(exp(a) + exp(b)).
pub(crate) fn ln_sum(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + ln_1p(exp(small - large)) }
}

/// The whole part of `x`, clamped to what a count can hold; NaN gives 0.
pub(crate) fn to_count(x: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float saturates, which is what is wanted"
    )]
    {
        x as u64
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact results are compared exactly")]
mod tests {
    use super::*;

    fn check(what: &str, got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance * want.abs(), "{what}: {got:e}, expected {want:e}");
    }

    // mpmath 1.4.1, mp.dps = 40: mp.nstr(mp.log1p(mp.mpf(x)) - mp.mpf(x), 20).
    #[test]
    fn logarithm_less_its_argument() {
        for (x, want) in LN_1P_MINUS {
            check(&format!("ln_1p_minus({x})"), ln_1p_minus(x), want, 1e-15);
        }
    }

    // mpmath 1.4.1, mp.dps = 40: mp.loggamma(z) - (z - 0.5) * mp.log(z) + z - mp.log(2 * mp.pi) /
    // 2.
    #[test]
    fn remainder_of_stirling() {
        for (z, want) in STIRLING {
            let got = stirling_error(z);
            assert!((got - want).abs() <= 2e-14, "stirling_error({z}): {got:e}, expected {want:e}");
        }
    }

    const LN_1P_MINUS: [(f64, f64); 9] = [
        (-0.9, -1.402585092994046),
        (-0.41, -0.1176327420823719),
        (-0.4, -0.1108256237659907),
        (-0.001, -5.003335835335002e-07),
        (-1e-09, -5.000000003333334e-19),
        (1e-09, -4.999999996666667e-19),
        (0.1, -0.00468982019567514),
        (0.7, -0.16937174893782958),
        (3.0, -1.6137056388801094),
    ];

    const STIRLING: [(f64, f64); 9] = [
        (0.001, 2.5422704679670947),
        (0.5, 0.15342640972002736),
        (1.0, 0.08106146679532726),
        (2.5, 0.03316287351993629),
        (9.0, 0.009255462182712733),
        (15.9, 0.005240399880756108),
        (16.0, 0.0052076559196096404),
        (100.0, 0.0008333305556349147),
        (1000000000.0, 8.333333333333333e-11),
    ];

    #[test]
    fn a_product_keeps_its_low_half() {
        // 0.1 and 0.3 are above and below their decimal names; the exact products are rationals of
        // the doubles.
        let (high, low) = two_product(0.1, 0.3);
        // Python 3.11: float(Fraction(0.1) * Fraction(0.3) - Fraction(0.1 * 0.3)).
        assert_eq!((high, low), (0.03, 1.6653345369377347e-18));
        assert_eq!(product_minus(1e9, 0.1, 1e8), 5.551115123125783e-09);
    }

    #[test]
    fn a_logarithm_of_a_complement_is_accurate_at_both_ends() {
        // ln(1 - exp(-1e-20)) = ln(1e-20); ln(1 - exp(-50)) = -exp(-50) to 1e-22.
        check("near 0", ln_1m_exp(-1e-20), ln(1e-20), 1e-15);
        check("far", ln_1m_exp(-50.0), -exp(-50.0), 1e-15);
    }

    #[test]
    fn casting_to_a_count_saturates() {
        assert_eq!(to_count(f64::NAN), 0);
        assert_eq!(to_count(-1.0), 0);
        assert_eq!(to_count(2.9), 2);
        assert_eq!(to_count(f64::INFINITY), u64::MAX);
    }

    #[test]
    fn sums_of_logarithms_keep_what_underflows() {
        check("equal", ln_sum(-1000.0, -1000.0), -1000.0 + LN_2, 1e-15);
        assert_eq!(ln_sum(f64::NEG_INFINITY, -2.0), -2.0);
        assert_eq!(ln_sum(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
    }
}
