//! Distributions: both tails, their logarithms and quantiles, from the body to 1e-300 and beyond.
//!
//! # Accuracy
//!
//! Against enclosures computed with Arb (`fixtures/reference/stats/distributions.py`), the relative
//! error of a tail is below 1e-12 where the tail is above 1e-12, and below 1e-10 down to 1e-300,
//! for parameters from 0.001 to 1e10 and counts to 1e9; logarithms of tails stay as good where the
//! tails underflow. Quantiles are as good as the argument lets them be. The noncentral t
//! distribution, which only plans use, is good to 1e-10 in the body.
//!
//! Outside of these regions a constructor refuses; an iteration that does not converge is an error,
//! never a number.
//!
//! # Why not statrs
//!
//! `statrs` 0.19.1 calls the platform's `exp` and `ln`, whose last digits differ between platforms,
//! and these functions decide documents that must be equal byte for byte. It also loses the tails
//! that small error probabilities need (the normal tail at 1e-10, binomials beyond 5e5 trials), and
//! some of its quantiles never return. It serves as a second opinion in the tests, where both are
//! good.
//!
//! # Example
//!
//! ```
//! use phasegate_stats::dist::{Binomial, Discrete as _};
//!
//! // The chance of at least 930 good answers in 1000 when the true rate is 0.9;
//! // scipy 1.17.1: stats.binom.sf(929, 1000, 0.9).
//! let chance = Binomial::new(1000, 0.9)?.sf(929)?;
//! assert!((chance / 0.0005744958408379726 - 1.0).abs() < 1e-12);
//! # Ok::<(), phasegate_stats::Error>(())
//! ```

mod gauss;
mod incomplete_beta;
mod incomplete_gamma;
mod newton;
mod tails;

mod beta;
mod binomial;
mod chi_squared;
mod fisher_f;
mod hypergeometric;
mod noncentral_t;
mod normal;
mod students_t;

pub(crate) use gauss::panel_points;
pub(crate) use incomplete_beta::{BetaPoint, BetaShape};

pub use beta::Beta;
pub use binomial::Binomial;
pub use chi_squared::ChiSquared;
pub use fisher_f::FisherF;
pub use hypergeometric::Hypergeometric;
pub use noncentral_t::NoncentralT;
pub use normal::Normal;
pub use students_t::StudentsT;
pub use tails::Tails;

use crate::error::{Error, ErrorKind};

/// The region of shapes and degrees of freedom for which the accuracy above is shown.
const SMALLEST: f64 = 1e-3;
const LARGEST: f64 = 1e10;

/// A continuous distribution.
pub trait Continuous {
    /// Both tails at `x`, which may be infinite.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for NaN; [`ErrorKind::NoConvergence`] where an iteration reaches
    /// its cap.
    fn tails(&self, x: f64) -> Result<Tails, Error>;

    /// The point with P(X <= x) = `p`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless `p` is from 0 to 1; [`ErrorKind::NoConvergence`] as for
    /// [`tails`](Self::tails).
    fn quantile(&self, p: f64) -> Result<f64, Error>;

    /// The point with P(X > x) = `q`: what [`quantile`](Self::quantile) gives for 1 - q, without
    /// the rounding of 1 - q.
    ///
    /// # Errors
    ///
    /// As [`quantile`](Self::quantile).
    fn upper_quantile(&self, q: f64) -> Result<f64, Error>;

    /// P(X <= x).
    ///
    /// # Errors
    ///
    /// As [`tails`](Self::tails).
    fn cdf(&self, x: f64) -> Result<f64, Error> {
        Ok(self.tails(x)?.lower)
    }

    /// The survival function P(X > x).
    ///
    /// # Errors
    ///
    /// As [`tails`](Self::tails).
    fn sf(&self, x: f64) -> Result<f64, Error> {
        Ok(self.tails(x)?.upper)
    }

    /// ln P(X > x).
    ///
    /// # Errors
    ///
    /// As [`tails`](Self::tails).
    fn ln_sf(&self, x: f64) -> Result<f64, Error> {
        Ok(self.tails(x)?.ln_upper)
    }
}

/// A distribution on counts.
pub trait Discrete {
    /// The smallest and the largest possible count.
    fn support(&self) -> (u64, u64);

    /// ln P(X = k); minus infinity outside of the support.
    fn ln_pmf(&self, k: u64) -> f64;

    /// P(X <= k) and P(X > k).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoConvergence`] where an iteration reaches its cap.
    fn tails(&self, k: u64) -> Result<Tails, Error>;

    /// P(X <= k).
    ///
    /// # Errors
    ///
    /// As [`tails`](Self::tails).
    fn cdf(&self, k: u64) -> Result<f64, Error> {
        Ok(self.tails(k)?.lower)
    }

    /// The survival function P(X > k).
    ///
    /// # Errors
    ///
    /// As [`tails`](Self::tails).
    fn sf(&self, k: u64) -> Result<f64, Error> {
        Ok(self.tails(k)?.upper)
    }

    /// The smallest k with P(X <= k) >= `p`, where a probability within 1e-12 of `p` in relative
    /// size counts as reaching it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless `p` is from 0 to 1; otherwise as [`tails`](Self::tails).
    fn quantile(&self, p: f64) -> Result<u64, Error> {
        least_count(self.support(), smaller_tail(probability(p)?, 1.0 - p), |k| self.tails(k))
    }

    /// The smallest k with P(X > k) <= `q`: what [`quantile`](Self::quantile) gives for 1 - q,
    /// without the rounding of 1 - q.
    ///
    /// # Errors
    ///
    /// As [`quantile`](Self::quantile).
    fn upper_quantile(&self, q: f64) -> Result<u64, Error> {
        least_count(self.support(), smaller_tail(1.0 - q, probability(q)?), |k| self.tails(k))
    }
}

/// The least count of the support that reaches the probability of a side.
fn least_count(
    (mut low, mut high): (u64, u64),
    side: Side,
    tails: impl Fn(u64) -> Result<Tails, Error>,
) -> Result<u64, Error> {
    const SLACK: f64 = 1e-12;
    let reached = |k: u64| -> Result<bool, Error> {
        let tails = tails(k)?;
        Ok(match side {
            Side::Lower(p) => tails.lower >= p * (1.0 - SLACK),
            Side::Upper(q) => tails.upper <= q * (1.0 + SLACK),
        })
    };
    // INVARIANT: `high` reaches it, for P(X <= largest) = 1; every k below `low` does not.
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// One of the two tails, with its probability.
#[derive(Debug, Clone, Copy)]
enum Side {
    Lower(f64),
    Upper(f64),
}

/// Of two complementary probabilities the one that has more digits.
fn smaller_tail(lower: f64, upper: f64) -> Side {
    if lower <= upper { Side::Lower(lower) } else { Side::Upper(upper) }
}

/// A shape or degrees of freedom within the region.
fn parameter(what: &str, value: f64) -> Result<f64, Error> {
    if (SMALLEST..=LARGEST).contains(&value) {
        Ok(value)
    } else {
        let message = format!("{what} are {value}; they must be from {SMALLEST} to {LARGEST}");
        Err(Error::new(ErrorKind::OutOfRange, message))
    }
}

/// The quantile of a variable between two ends, which belong to the probabilities 0 and 1; `inside`
/// finds the others from the smaller tail.
fn quantile_between(
    (least, greatest): (f64, f64),
    p: f64,
    inside: impl FnOnce(Side) -> Result<f64, Error>,
) -> Result<f64, Error> {
    match probability(p)? {
        0.0 => Ok(least),
        1.0.. => Ok(greatest),
        p => inside(smaller_tail(p, 1.0 - p)),
    }
}

/// The same for the probability above the quantile.
fn upper_quantile_between(
    (least, greatest): (f64, f64),
    q: f64,
    inside: impl FnOnce(Side) -> Result<f64, Error>,
) -> Result<f64, Error> {
    match probability(q)? {
        0.0 => Ok(greatest),
        1.0.. => Ok(least),
        q => inside(smaller_tail(1.0 - q, q)),
    }
}

fn probability(value: f64) -> Result<f64, Error> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        let message = format!("the probability is {value}; it must be from 0 to 1");
        Err(Error::new(ErrorKind::OutOfRange, message))
    }
}

fn point(value: f64) -> Result<f64, Error> {
    if value.is_nan() {
        Err(Error::new(ErrorKind::NonFinite, "the point is `NaN`; it must be a number"))
    } else {
        Ok(value)
    }
}
