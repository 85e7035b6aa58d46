//! The root of an increasing concave function: how quantiles are found.

use crate::error::Error;

/// The cap; a few steps are the rule, and halving an interval of doubles ends well below it.
const STEPS: u32 = 200;

/// The value of a function and of its derivative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slope {
    pub(crate) value: f64,
    pub(crate) derivative: f64,
}

/// The root of an increasing function by Newton's method, kept inside the interval that the signs
/// seen so far allow.
///
/// The logarithm of a tail as a function of ln x (or of the logit of x) is concave for every
/// distribution here, so that Newton's method converges from any start; the interval only catches
/// rounding. The last step may be noise of the function: it ends where steps stop shrinking. Near
/// the root the error of a point is a constant times the square of the one before, so that two
/// steps in a row foretell the third, which is not taken where it would change nothing.
pub(crate) fn root(
    what: &str,
    start: f64,
    mut f: impl FnMut(f64) -> Result<Slope, Error>,
) -> Result<f64, Error> {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut at = start;
    let mut last_step = f64::INFINITY;
    let mut last_was_newton = false;
    for _ in 0..STEPS {
        let Slope { value, derivative } = f(at)?;
        if value == 0.0 {
            return Ok(at);
        }
        if value < 0.0 {
            low = low.max(at);
        } else {
            high = high.min(at);
        }
        let mut next = at - value / derivative;
        let step = (next - at).abs();
        let unit = 1.0 + at.abs();
        let settled = step <= 2.0 * f64::EPSILON * unit;
        let noise = step <= 1e-10 * unit && step >= 0.5 * last_step;
        let shrink = step / last_step;
        let foretold = last_was_newton
            && last_step <= 0.1 * unit
            && step * shrink * shrink <= 0.125 * f64::EPSILON * unit;
        if settled || noise || foretold {
            return Ok(next);
        }
        last_was_newton = next > low && next < high;
        if !last_was_newton {
            next = match (low.is_finite(), high.is_finite()) {
                (true, true) => f64::midpoint(low, high),
                (true, false) => low + 1.0 + low.abs(),
                (false, true) => high - 1.0 - high.abs(),
                (false, false) => break,
            };
        }
        last_step = step;
        at = next;
    }
    Err(Error::no_convergence(what, STEPS))
}
