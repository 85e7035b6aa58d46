//! The root of a function between two points where its signs differ.

use crate::error::{Error, ErrorKind};

/// The cap: Chandrupatla's method halves at worst, and 53 halvings of any interval of doubles that
/// are not near zero end it.
const STEPS: u32 = 300;

/// The root of `f` between `low` and `high` to the last digits, by inverse quadratic interpolation
/// where that is safe and by halving elsewhere.
///
/// Source: Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a
/// nonlinear function" (1997). An infinite value counts by its sign; an end where the function is
/// zero is the root.
pub(crate) fn root(
    what: &str,
    low: f64,
    high: f64,
    mut f: impl FnMut(f64) -> Result<f64, Error>,
) -> Result<f64, Error> {
    let (mut a, mut b) = (low, high);
    let (mut at_a, mut at_b) = (f(a)?, f(b)?);
    if at_a == 0.0 {
        return Ok(a);
    }
    if at_b == 0.0 {
        return Ok(b);
    }
    if at_a.is_nan() || at_b.is_nan() || (at_a > 0.0) == (at_b > 0.0) {
        let message = format!("{what} has no root between {low} and {high}");
        return Err(Error::new(ErrorKind::NoConvergence, message));
    }
    let mut share = 0.5;
    for _ in 0..STEPS {
        let x = a + share * (b - a);
        let at_x = f(x)?;
        if at_x.is_nan() {
            break;
        }
        let (c, at_c);
        if (at_x > 0.0) == (at_a > 0.0) {
            (c, at_c) = (a, at_a);
        } else {
            (c, at_c) = (b, at_b);
            (b, at_b) = (a, at_a);
        }
        (a, at_a) = (x, at_x);
        let (best, at_best) = if at_a.abs() < at_b.abs() { (a, at_a) } else { (b, at_b) };
        let tolerance = f64::EPSILON * best.abs() / (b - c).abs().max(f64::MIN_POSITIVE);
        let width = (b - a).abs();
        if at_best == 0.0 || width <= 2.0 * f64::EPSILON * best.abs() || width < 1e-300 {
            return Ok(best);
        }
        let position = (a - b) / (c - b);
        let height = (at_a - at_b) / (at_c - at_b);
        let safe = height * height < position && (1.0 - height) * (1.0 - height) < 1.0 - position;
        let interpolated = at_a / (at_b - at_a) * (at_c / (at_b - at_c))
            + (c - a) / (b - a) * (at_a / (at_c - at_a)) * (at_b / (at_c - at_b));
        share = if safe && interpolated.is_finite() {
            interpolated.clamp(tolerance.min(0.5), 1.0 - tolerance.min(0.5))
        } else {
            0.5
        };
    }
    Err(Error::no_convergence(what, STEPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_to_the_last_digits() {
        let found = root("x^3", 0.0, 2.0, |x| Ok(x * x * x - 2.0)).unwrap();
        assert!((found - 1.2599210498948732).abs() < 1e-15);
        let found = root("1/x", 0.0, 1.0, |x| Ok(1.0 / x - 1e9)).unwrap();
        assert!((found * 1e9 - 1.0).abs() < 1e-14, "{found:e}");
        let found = root("step", -1.0, 1.0, |x| Ok(if x < 0.1 { -1.0 } else { 1.0 })).unwrap();
        assert!((found - 0.1).abs() < 1e-15);
        assert!(root("none", 0.0, 1.0, |x| Ok(x + 1.0)).is_err());
        assert!(root("nan", 0.0, 1.0, |_| Ok(f64::NAN)).is_err());
    }
}
