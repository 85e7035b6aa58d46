//! The hypergeometric distribution.

use crate::dist::incomplete_beta::{BetaPoint, BetaShape};
use crate::dist::{Discrete, Tails};
use crate::error::{Error, ErrorKind};
use crate::math::{ln, ln_1p};

/// The number of successes among draws without replacement.
///
/// A tail is a sum of as many terms as lie within some ten standard deviations: for a population of
/// two million that is 5,000 steps, for 4e9 some 2e5.
///
/// ```
/// use phasegate_stats::dist::{Discrete as _, Hypergeometric};
///
/// // The lady tasting tea (Fisher 1935): all four of four cups of milk first, by chance: 1 in 70.
/// let tea = Hypergeometric::new(8, 4, 4)?;
/// assert!((tea.sf(3)? * 70.0 - 1.0).abs() < 1e-14);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hypergeometric {
    population: u64,
    successes: u64,
    draws: u64,
}

impl Hypergeometric {
    /// A population of up to 4e9, the successes in it, and the number of draws.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a larger population, [`ErrorKind::Inconsistent`] where a part
    /// is larger than the population.
    pub fn new(population: u64, successes: u64, draws: u64) -> Result<Self, Error> {
        const MOST: u64 = 4_000_000_000;
        if population > MOST {
            let message = format!("the population is {population}; at most {MOST} is supported");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        if successes > population || draws > population {
            let message = format!(
                "{successes} successes and {draws} draws do not fit in a population of {population}"
            );
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        Ok(Self { population, successes, draws })
    }

    /// P(X = k + 1) / P(X = k) as numerator and denominator.
    fn step_up(&self, k: f64) -> (f64, f64) {
        let (all, good, draws) = (self.population as f64, self.successes as f64, self.draws as f64);
        ((good - k) * (draws - k), (k + 1.0) * (all - good - draws + k + 1.0))
    }
}

/// ln of C(size, k) p^k (1-p)^(size-k) with p = draws / population, whose deviance from the mean is
/// exact.
fn ln_binomial_term(size: u64, k: u64, draws: u64, population: u64) -> f64 {
    let (all, drawn) = (population as f64, draws as f64);
    let (x, y) = (drawn / all, (population - draws) as f64 / all);
    let rest = size - k;
    if k == 0 || rest == 0 {
        let (count, base) = if k == 0 { (rest, y) } else { (k, x) };
        // Of a base near one the distance to one says more.
        let ln_base = if base > 0.5 { ln_1p(-if k == 0 { x } else { y }) } else { ln(base) };
        return if count == 0 { 0.0 } else { count as f64 * ln_base };
    }
    let excess = i128::from(k) * i128::from(population) - i128::from(size) * i128::from(draws);
    let (good, bad) = (k as f64, rest as f64);
    let shape = BetaShape::new(good, bad);
    let at = BetaPoint::new(x, y, excess as f64 / all);
    shape.ln_kernel(&at) + ln(size as f64 / good / bad)
}

impl Discrete for Hypergeometric {
    fn support(&self) -> (u64, u64) {
        let overlap = (self.successes + self.draws).saturating_sub(self.population);
        (overlap, self.successes.min(self.draws))
    }

    fn ln_pmf(&self, k: u64) -> f64 {
        let (first, last) = self.support();
        if k < first || k > last {
            return f64::NEG_INFINITY;
        }
        if first == last {
            return 0.0;
        }
        // Loader (2000): the ratio of three binomial terms with the rate of the draws.
        let Self { population, successes, draws } = *self;
        ln_binomial_term(successes, k, draws, population)
            + ln_binomial_term(population - successes, draws - k, draws, population)
            - ln_binomial_term(population, draws, draws, population)
    }

    fn tails(&self, k: u64) -> Result<Tails, Error> {
        let (first, last) = self.support();
        if k < first {
            return Ok(Tails::NOTHING_BELOW);
        }
        if k >= last {
            return Ok(Tails::NOTHING_ABOVE);
        }
        let below_mean = u128::from(k) * u128::from(self.population)
            < u128::from(self.successes) * u128::from(self.draws);
        let (mut term, mut sum) = (1.0, 1.0);
        if below_mean {
            for at in (first..k).rev() {
                let (up, down) = self.step_up(at as f64);
                term *= down / up;
                sum += term;
                if term < 1e-18 * sum {
                    break;
                }
            }
            Ok(Tails::from_lower(self.ln_pmf(k), sum))
        } else {
            for at in k + 1..last {
                let (up, down) = self.step_up(at as f64);
                term *= up / down;
                sum += term;
                if term < 1e-18 * sum {
                    break;
                }
            }
            Ok(Tails::from_upper(self.ln_pmf(k + 1), sum))
        }
    }
}
