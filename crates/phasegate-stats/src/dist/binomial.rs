//! The binomial distribution.

use crate::dist::incomplete_beta::BetaShape;
use crate::dist::{Discrete, Tails};
use crate::error::{Error, ErrorKind};
use crate::math::{ln, ln_1p};

/// The number of successes in independent trials with one rate.
///
/// ```
/// use phasegate_stats::dist::{Binomial, Discrete as _};
///
/// // scipy 1.17.1: stats.binom.ppf([0.025, 0.975], 1000, 0.95)
/// let rank = Binomial::new(1000, 0.95)?;
/// assert_eq!((rank.quantile(0.025)?, rank.quantile(0.975)?), (936, 963));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binomial {
    trials: u64,
    rate: f64,
}

impl Binomial {
    /// With up to 1e10 trials and a rate from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] outside of these ranges.
    pub fn new(trials: u64, rate: f64) -> Result<Self, Error> {
        const MOST: u64 = 10_000_000_000;
        if trials > MOST {
            let message = format!("there are {trials} trials; at most {MOST} are supported");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        if !(0.0..=1.0).contains(&rate) {
            let message = format!("the rate is {rate}; it must be from 0 to 1");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self { trials, rate })
    }
}

impl Discrete for Binomial {
    fn support(&self) -> (u64, u64) {
        (0, self.trials)
    }

    fn ln_pmf(&self, k: u64) -> f64 {
        let Self { trials, rate } = *self;
        if k > trials || (rate == 0.0 && k > 0) || (rate >= 1.0 && k < trials) {
            return f64::NEG_INFINITY;
        }
        if rate == 0.0 || rate >= 1.0 {
            return 0.0;
        }
        let (good, bad, all) = (k as f64, (trials - k) as f64, trials as f64);
        if k == 0 {
            return all * ln_1p(-rate);
        }
        if k == trials {
            return all * ln(rate);
        }
        let shape = BetaShape::new(good, bad);
        // n! / (k! (n-k)!) = n / (k (n-k)) / B(k, n-k).
        shape.ln_kernel(&shape.at(rate)) + ln(all / good / bad)
    }

    /// P(X <= k) = I_(1-p)(n - k, k + 1), NIST DLMF 8.17.5.
    fn tails(&self, k: u64) -> Result<Tails, Error> {
        let Self { trials, rate } = *self;
        if k >= trials || rate == 0.0 {
            return Ok(Tails::NOTHING_ABOVE);
        }
        if rate >= 1.0 {
            return Ok(Tails::NOTHING_BELOW);
        }
        let shape = BetaShape::new((k + 1) as f64, (trials - k) as f64);
        Ok(shape.tails(&shape.at(rate))?.swapped())
    }
}
