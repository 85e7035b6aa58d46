//! Logarithms of p-values from the tails of reference distributions.

use std::f64::consts::LN_2;

use crate::dist::{Continuous, Discrete, Normal};
use crate::error::Error;
use crate::math::ln_sum;
use crate::outcome::Alternative;

/// Of a statistic that is standard normal under the null hypothesis and large under `greater`.
pub(crate) fn normal(z: f64, alternative: Alternative) -> Result<f64, Error> {
    symmetric(&Normal, z, alternative)
}

/// Of a statistic whose distribution is symmetric about zero.
pub(crate) fn symmetric(
    distribution: &impl Continuous,
    statistic: f64,
    alternative: Alternative,
) -> Result<f64, Error> {
    Ok(match alternative {
        Alternative::TwoSided => (LN_2 + distribution.tails(statistic.abs())?.ln_upper).min(0.0),
        Alternative::Less => distribution.tails(statistic)?.ln_lower,
        Alternative::Greater => distribution.tails(statistic)?.ln_upper,
    })
}

/// P(X <= k) and P(X >= k) as logarithms.
pub(crate) fn ln_at_most_at_least(
    distribution: &impl Discrete,
    k: u64,
) -> Result<(f64, f64), Error> {
    let at_most = distribution.tails(k)?.ln_lower;
    let at_least = match k.checked_sub(1) {
        Some(before) => distribution.tails(before)?.ln_upper,
        None => 0.0,
    };
    Ok((at_most, at_least))
}

/// Of a count, exactly; two-sided is twice the smaller tail.
pub(crate) fn doubled(
    distribution: &impl Discrete,
    k: u64,
    alternative: Alternative,
) -> Result<f64, Error> {
    let (at_most, at_least) = ln_at_most_at_least(distribution, k)?;
    Ok(match alternative {
        Alternative::TwoSided => (LN_2 + at_most.min(at_least)).min(0.0),
        Alternative::Less => at_most,
        Alternative::Greater => at_least,
    })
}

/// Of a count, exactly; two-sided is the probability of all counts that are no likelier than the
/// observed one.
///
/// Masses within 1e-7 of the observed one in relative size count as equal to it, as in R and scipy.
/// The masses must rise to one mode and fall.
pub(crate) fn no_likelier(
    distribution: &impl Discrete,
    k: u64,
    mean: f64,
    alternative: Alternative,
) -> Result<f64, Error> {
    const LN_SLACK: f64 = 1e-7;
    let (at_most, at_least) = ln_at_most_at_least(distribution, k)?;
    match alternative {
        Alternative::Less => return Ok(at_most),
        Alternative::Greater => return Ok(at_least),
        Alternative::TwoSided => {}
    }
    let limit = distribution.ln_pmf(k) + LN_SLACK;
    let as_unlikely = |at: u64| distribution.ln_pmf(at) <= limit;
    let (first, last) = distribution.support();
    // The mode lies within one of the mean, and the masses descend from it to either side.
    let middle = crate::math::to_count(mean.floor()).clamp(first, last);
    let modes = [middle.saturating_sub(1), middle, middle.saturating_add(1)];
    let is_mode = modes.iter().all(|mode| *mode < first || *mode > last || as_unlikely(*mode));
    if is_mode {
        return Ok(0.0);
    }
    // Near-symmetric masses are as unlikely at the count that mirrors the observed one.
    let mirrored = crate::math::to_count((2.0 * mean - k as f64).round());
    if (k as f64) < mean {
        let range = (middle.max(k + 1), last.saturating_add(1));
        let at = first_from(range, mirrored, as_unlikely);
        let other =
            if at > last { f64::NEG_INFINITY } else { ln_at_most_at_least(distribution, at)?.1 };
        Ok(ln_sum(at_most, other).min(0.0))
    } else {
        // The greatest count below the mode that is as unlikely: one before the least that is not.
        let range = (first, middle.min(k.saturating_sub(1)).saturating_add(1));
        let at = first_from(range, mirrored, |at| !as_unlikely(at));
        let other =
            if at == first { f64::NEG_INFINITY } else { distribution.tails(at - 1)?.ln_lower };
        Ok(ln_sum(at_least, other).min(0.0))
    }
}

/// The least count of the range from `low` to before `high` for which `holds`, which then holds for
/// all above; `high` where there is none. The nearer the guess, the fewer steps.
fn first_from((mut low, mut high): (u64, u64), guess: u64, holds: impl Fn(u64) -> bool) -> u64 {
    // INVARIANT: it holds from `high` on, and for nothing below `low`.
    let (mut at, mut reach) = (guess, 1_u64);
    while low < high {
        at = at.clamp(low, high - 1);
        // Away from the guess by doubled steps, and by halves once the other end is as near.
        if holds(at) {
            high = at;
            at = high.saturating_sub(reach).max(low + (high - low) / 2);
        } else {
            low = at + 1;
            at = low.saturating_add(reach - 1).min(low + (high - low) / 2);
        }
        reach = reach.saturating_mul(2);
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_count_is_found_from_any_guess() {
        for (low, high) in [(0, 0), (0, 1), (3, 20), (u64::MAX - 9, u64::MAX)] {
            for want in low..=high {
                for guess in [0, 1, low, want.saturating_sub(1), want, high, u64::MAX] {
                    let got = first_from((low, high), guess, |at| at >= want);
                    assert_eq!(got, want, "{low}..{high} from {guess}");
                }
            }
        }
        let calls = std::cell::Cell::new(0);
        let found = first_from((0, 1 << 40), 999_999, |at| {
            calls.set(calls.get() + 1);
            at >= 1_000_000
        });
        assert!(found == 1_000_000 && calls.get() <= 3, "{} calls", calls.get());
    }
}
