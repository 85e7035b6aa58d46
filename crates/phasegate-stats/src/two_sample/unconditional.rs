//! Unconditional exact p-values: what the tests that order tables differently share.

use crate::dist::{Binomial, Discrete as _, Hypergeometric};
use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln, ln_sum, to_count};
use crate::summary::Tally;

/// How many trials an arm may have: the work grows with the product of the arms.
pub(super) const MAX_TRIALS: u64 = 1000;

/// Statistics this near in relative size count as equal: they are sums in different orders.
pub(super) const SLACK: f64 = 1e-10;

/// All tables of two arms, seen by their number of successes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables {
    pub(super) baseline: u64,
    pub(super) candidate: u64,
}

/// Which of the candidate's successes, given all successes, are as extreme as what was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extreme {
    /// So many and fewer.
    pub(super) at_most: Option<u64>,
    /// So many and more.
    pub(super) at_least: Option<u64>,
}

impl Tables {
    /// The arms of two tallies.
    pub(super) fn of(baseline: &Tally, candidate: &Tally) -> Result<Self, Error> {
        for (arm, tally) in [("baseline", baseline), ("candidate", candidate)] {
            if tally.trials() > MAX_TRIALS {
                let message = format!(
                    "the {arm} has {} trials; this test takes up to {MAX_TRIALS}, \
                     `miettinen_nurminen` takes more",
                    tally.trials()
                );
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        }
        Ok(Self { baseline: baseline.trials(), candidate: candidate.trials() })
    }

    /// Tables with this many successes, by the candidate's share of them.
    pub(super) fn given(&self, successes: u64) -> Result<Hypergeometric, Error> {
        Hypergeometric::new(self.baseline + self.candidate, successes, self.candidate)
    }

    /// The logarithm of the largest probability, over all rates that both arms might share, of the
    /// tables that are as extreme.
    ///
    /// Given the number of successes the tables do not depend on the rate, so that the probability
    /// is a mixture of the conditional ones with binomial weights: a polynomial of the rate that is
    /// smooth on the scale of a binomial's standard deviation.
    pub(super) fn ln_p(
        &self,
        extreme: impl Fn(&Hypergeometric, u64) -> Result<Extreme, Error>,
    ) -> Result<f64, Error> {
        let all = self.baseline + self.candidate;
        // At a rate of one half all tables with so many successes weigh as many as they are.
        let halves = Binomial::new(all, 0.5)?;
        let mut counts = Vec::new();
        for successes in 0..=all {
            let tables = self.given(successes)?;
            let Extreme { at_most, at_least } = extreme(&tables, successes)?;
            let below = match at_most {
                Some(count) => tables.tails(count)?.ln_lower,
                None => f64::NEG_INFINITY,
            };
            let above = match at_least {
                Some(count) => match count.checked_sub(1) {
                    Some(before) => tables.tails(before)?.ln_upper,
                    None => 0.0,
                },
                None => f64::NEG_INFINITY,
            };
            let ln_count = ln_sum(below, above).min(0.0) + halves.ln_pmf(successes);
            if ln_count > f64::NEG_INFINITY {
                counts.push((successes as f64, (all - successes) as f64, ln_count));
            }
        }
        let ln_ratio = |rate: f64| ln(2.0 * rate);
        Ok(largest(all, |rate| {
            let (good, bad) = (ln_ratio(rate), ln_ratio(1.0 - rate));
            // What does not happen has no say: 0 times an infinite logarithm.
            let part = |count: f64, ln_rate: f64| if count == 0.0 { 0.0 } else { count * ln_rate };
            ln_sum_all(
                counts
                    .iter()
                    .map(|&(k, rest, ln_count)| ln_count + part(k, good) + part(rest, bad)),
            )
        }))
    }
}

/// ln of the sum of exponentials.
fn ln_sum_all(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + ln(terms.map(|term| exp(term - largest)).sum::<f64>())
}

/// The maximum over all rates of a function that is smooth on the scale of a binomial's standard
/// deviation with this many trials.
fn largest(trials: u64, f: impl Fn(f64) -> f64) -> f64 {
    // Dense near both ends, where the standard deviation shrinks; some eight points for each.
    let rate = |step: f64| {
        let (up, down) = (step * step, (1.0 - step) * (1.0 - step));
        up / (up + down)
    };
    let points = 64 + 32 * to_count((trials as f64).sqrt().ceil());
    let at = |index: u64| index as f64 / points as f64;
    let mut values = Vec::new();
    for index in 0..=points {
        values.push(f(rate(at(index))));
    }
    let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut found = best;
    for (index, around) in (1..).zip(values.windows(3)) {
        let &[before, here, after] = around else { continue };
        // Between two points the function cannot rise by a tenth.
        if here >= before && here >= after && here > best - 0.1 {
            found = found.max(top_within(at(index - 1), at(index + 1), |step| f(rate(step))));
        }
    }
    found.min(0.0)
}

/// The top of a function with one hill between two points, by golden section.
fn top_within(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    // The top is flat: a point within 1e-8 of it has its value to 1e-16.
    const STEPS: u32 = 40;
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    let mut top = at_left.max(at_right);
    for _ in 0..STEPS {
        if at_left >= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = f(right);
        }
        top = top.max(at_left).max(at_right);
    }
    top
}

/// The least count of a range for which something holds that, once it holds, holds for all larger
/// ones.
pub(super) fn first_where(
    (first, last): (u64, u64),
    mut holds: impl FnMut(u64) -> Result<bool, Error>,
) -> Result<Option<u64>, Error> {
    let (mut low, mut high) = (first, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok((low <= last).then_some(low))
}

/// The largest count of a range for which something holds that, once it holds, holds for all
/// smaller ones.
pub(super) fn last_where(
    (first, last): (u64, u64),
    mut holds: impl FnMut(u64) -> Result<bool, Error>,
) -> Result<Option<u64>, Error> {
    let end = first_where((first, last), |count| Ok(!holds(count)?))?;
    Ok(match end {
        None => Some(last),
        Some(end) => end.checked_sub(1).filter(|&count| count >= first),
    })
}
