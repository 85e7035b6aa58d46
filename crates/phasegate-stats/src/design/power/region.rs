//! The probability of a rejection region on a lattice of two counts.

use crate::dist::{Binomial, Discrete as _};
use crate::error::Error;
use crate::math::exp;
use crate::outcome::Alternative;

/// Rows beyond this tail probability do not count.
const BEYOND: f64 = 1e-17;

/// The range of a count that holds all but 1e-17 of its mass on each side.
pub(super) fn core(counts: &Binomial) -> Result<(u64, u64), Error> {
    Ok((counts.quantile(BEYOND)?, counts.upper_quantile(BEYOND)?))
}

/// A region that holds, of each row, all counts from a threshold on; the threshold never falls from
/// row to row.
///
/// So it is with every sensible test: what rejects goes on to reject when the count grows, and when
/// the row falls. The thresholds are found by walking once along the region's edge.
pub(super) fn probability(
    rows: &Binomial,
    most: impl Fn(u64) -> u64,
    rejects: impl Fn(u64, u64) -> Result<bool, Error>,
    at_least: impl Fn(u64, u64) -> Result<f64, Error>,
) -> Result<f64, Error> {
    let (first, last) = core(rows)?;
    let (mut threshold, mut beyond) = (0, most(first).saturating_add(1));
    while threshold < beyond {
        let middle = threshold + (beyond - threshold) / 2;
        if rejects(first, middle)? { beyond = middle } else { threshold = middle + 1 }
    }
    let mut sum = 0.0;
    for row in first..=last {
        let most = most(row);
        while threshold <= most && !rejects(row, threshold)? {
            threshold += 1;
        }
        if threshold <= most {
            sum += exp(rows.ln_pmf(row)) * at_least(row, threshold)?;
        }
    }
    Ok(sum.min(1.0))
}

/// The probability of what the alternative rejects: what lies above, below, or either.
pub(super) fn sided(
    alternative: Alternative,
    above: impl FnOnce() -> Result<f64, Error>,
    below: impl FnOnce() -> Result<f64, Error>,
) -> Result<f64, Error> {
    match alternative {
        Alternative::Greater => above(),
        Alternative::Less => below(),
        Alternative::TwoSided => Ok((above()? + below()?).min(1.0)),
    }
}

/// P(X >= k).
pub(super) fn at_least(counts: &Binomial, k: u64) -> Result<f64, Error> {
    match k.checked_sub(1) {
        None => Ok(1.0),
        Some(before) => counts.sf(before),
    }
}

/// The greatest count whose lower tail lies below `alpha`; none where already that of 0 does not.
pub(super) fn critical(counts: &Binomial, alpha: f64) -> Result<Option<u64>, Error> {
    Ok(counts.quantile(alpha)?.checked_sub(1))
}
