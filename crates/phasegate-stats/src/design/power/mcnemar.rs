//! Planning McNemar's exact test.

use crate::design::power::discordant::Discordant;
use crate::design::power::region::{core, critical};
use crate::design::power::{Design, check_size};
use crate::dist::{Binomial, Discrete as _};
use crate::error::{Error, ErrorKind};
use crate::math::exp;
use crate::outcome::{Alternative, Question};
use crate::summary::PairTally;

/// Up to so many likely numbers of discordant pairs each is looked at.
const ALL: u64 = 16_384;

/// Of more, about so many.
const SELECTED: u64 = 128;

/// How many pairs prove with McNemar's exact test that two rates on the same items differ?
///
/// Assumed are the two discordant rates: the share of items that the candidate gains and the share
/// that it loses. The effect is their difference; the null value is always 0. A unit of size is a
/// pair.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent items with the same rates of gains and losses.
/// - Power: exact, the sum over the numbers of discordant pairs of what the binomial test on each
///   rejects; beyond 16,384 likely numbers, which is about a million discordant pairs, over an even
///   selection of 128, good to 2e-4.
/// - Another effect keeps the sum of the discordant rates, as long as that is enough for it.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: rates are shares of all pairs, from 0 to 1; size counts pairs.
/// - Cost: below a microsecond for each likely number of discordant pairs, at most 20 ms; a sample
///   size takes twenty to forty of these.
/// - Source: Miettinen, "The matched pairs design in the case of all-or-none responses" (1968);
///   Duffy, "Asymptotic and exact power for the McNemar test and its analogue with R controls per
///   case" (1984).
///
/// ```
/// use phasegate_stats::Question;
/// use phasegate_stats::design::power::{Design as _, McnemarDesign};
///
/// // The candidate repairs 8 % of the items and breaks 3 %.
/// let design = McnemarDesign::new(0.08, 0.03, Question::greater_than(0.0))?;
/// let needed = design.sample_size(0.8)?;
/// assert!((220..320).contains(&needed.size), "{needed:?}");
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McnemarDesign {
    rates: Discordant,
    question: Question,
}

impl McnemarDesign {
    /// Assuming the shares of items that the candidate gains and loses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless both are from 0 to 1 and so is their sum, and for a null
    /// value other than 0.
    pub fn new(gained: f64, lost: f64, question: Question) -> Result<Self, Error> {
        Self::of(Discordant::new(gained, lost)?, question)
    }

    fn of(rates: Discordant, question: Question) -> Result<Self, Error> {
        if question.null.abs() > 0.0 || question.null.is_nan() {
            let message = format!(
                "the null value is {}; McNemar's test knows 0 only, plan a score test for a margin",
                question.null
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self { rates, question })
    }

    /// Assuming what pairs at hand show, with half an item added to each of gains and losses, for
    /// none seen is not none possible.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] without pairs.
    pub fn observed(pairs: &PairTally, question: Question) -> Result<Self, Error> {
        Self::of(Discordant::observed(pairs)?, question)
    }

    /// The shares of gains and of losses among discordant pairs.
    fn shares(&self) -> (f64, f64) {
        let Discordant { gained, lost } = self.rates;
        let all = gained + lost;
        let share = |part: f64| if all > 0.0 { (part / all).min(1.0) } else { 0.5 };
        (share(gained), share(lost))
    }

    /// What is rare where the claim is proved: losses, gains, or either.
    fn rare(&self) -> Vec<f64> {
        let (gains, losses) = self.shares();
        match self.question.alternative {
            Alternative::Greater => vec![losses],
            Alternative::Less => vec![gains],
            Alternative::TwoSided => vec![losses, gains],
        }
    }

    /// The power given so many discordant pairs.
    fn given(&self, discordant: u64) -> Result<f64, Error> {
        let each = self.question.alpha.per_bound(self.question.alternative);
        let Some(limit) = critical(&Binomial::new(discordant, 0.5)?, each)? else {
            return Ok(0.0);
        };
        let mut power = 0.0;
        for rate in self.rare() {
            power += Binomial::new(discordant, rate)?.cdf(limit)?;
        }
        Ok(power)
    }

    /// The same for all numbers of discordant pairs of a range.
    fn given_each(&self, from: u64, to: u64) -> Result<Vec<(u64, f64)>, Error> {
        let each = self.question.alpha.per_bound(self.question.alternative);
        let mut table = Vec::new();
        let mut tails: Option<(Tail, Vec<Tail>)> = None;
        for discordant in from..=to {
            if let Some((fair, rare)) = &mut tails {
                fair.add_trial()?;
                rare.iter_mut().try_for_each(Tail::add_trial)?;
                // One more pair allows at most one more.
                if fair.lower + fair.next_mass()? < each {
                    fair.add_count()?;
                    rare.iter_mut().try_for_each(Tail::add_count)?;
                }
            } else if let Some(limit) = critical(&Binomial::new(discordant, 0.5)?, each)? {
                let at = |rate| Tail::new(discordant, limit, rate);
                let rare = self.rare().into_iter().map(at).collect::<Result<_, _>>()?;
                tails = Some((at(0.5)?, rare));
            }
            let power = tails.iter().flat_map(|(_, rare)| rare).map(|tail| tail.lower).sum();
            table.push((discordant, power));
        }
        Ok(table)
    }

    /// The numbers of discordant pairs that are likely.
    fn likely(&self, size: u64) -> Result<(Binomial, u64, u64), Error> {
        let discordant = Binomial::new(size, self.rates.sum())?;
        let (from, to) = core(&discordant)?;
        Ok((discordant, from, to))
    }
}

/// The lower tail of a binomial distribution that follows as trials and counts grow, at a hundredth
/// of the cost of each tail by itself. A few thousand steps leave an error of 1e-13.
#[derive(Debug, Clone, Copy)]
struct Tail {
    trials: u64,
    count: u64,
    rate: f64,
    lower: f64,
}

impl Tail {
    fn new(trials: u64, count: u64, rate: f64) -> Result<Self, Error> {
        Ok(Self { trials, count, rate, lower: Binomial::new(trials, rate)?.cdf(count)? })
    }

    fn mass(&self, count: u64) -> Result<f64, Error> {
        Ok(exp(Binomial::new(self.trials, self.rate)?.ln_pmf(count)))
    }

    fn next_mass(&self) -> Result<f64, Error> {
        self.mass(self.count + 1)
    }

    /// One more trial carries those at the limit beyond it if it counts.
    fn add_trial(&mut self) -> Result<(), Error> {
        self.lower = (self.lower - self.rate * self.mass(self.count)?).max(0.0);
        self.trials += 1;
        Ok(())
    }

    fn add_count(&mut self) -> Result<(), Error> {
        self.lower = (self.lower + self.next_mass()?).min(1.0);
        self.count += 1;
        Ok(())
    }
}

fn average(discordant: &Binomial, table: &[(u64, f64)]) -> f64 {
    let (mut sum, mut mass) = (0.0, 0.0);
    for (count, power) in table {
        let weight = exp(discordant.ln_pmf(*count));
        sum += weight * power;
        mass += weight;
    }
    (sum / mass).min(1.0)
}

impl Design for McnemarDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        Self::of(self.rates, question)
    }

    fn effect(&self) -> f64 {
        self.rates.difference()
    }

    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        Ok(Self { rates: self.rates.with_difference(effect)?, ..*self })
    }

    fn possible(&self) -> (f64, f64) {
        (-1.0, 1.0)
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let (discordant, from, to) = self.likely(size)?;
        if to - from < ALL {
            return Ok(average(&discordant, &self.given_each(from, to)?));
        }
        // Odd steps, for the power alternates between even and odd numbers.
        let step = ((to - from) / SELECTED) | 1;
        let mut table = Vec::new();
        let mut count = from;
        while count <= to {
            table.push((count, self.given(count)?));
            count += step;
        }
        Ok(average(&discordant, &table))
    }

    /// Where discordant pairs are many, the steps of the test show in its power; one turn of them
    /// is looked at. Where there are few, chance levels them.
    fn dip(&self, size: u64, target: f64) -> Result<Option<u64>, Error> {
        let turn = if self.rates.sum() > 0.5 {
            20 + crate::math::to_count(3.0 * (size as f64).sqrt())
        } else {
            4
        };
        let last = size.saturating_add(turn);
        let ((_, from, _), (_, _, to)) = (self.likely(size)?, self.likely(last)?);
        if to - from >= ALL {
            return Ok(None);
        }
        let table = self.given_each(from, to)?;
        let mut low = None;
        for ahead in size + 1..=last {
            let discordant = Binomial::new(ahead, self.rates.sum())?;
            if average(&discordant, &table) < target {
                low = Some(ahead);
            }
        }
        Ok(low)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    mcnemar_power: "How likely does McNemar's test prove it, and how many pairs does it need?",
    {
        gained: f64,
        lost: f64,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"gained": 0.1, "lost": 0.05, "size": 400}"#,
    McnemarDesign::new(gained, lost, question)
        .and_then(|design| design.plan(size, target)),
}
