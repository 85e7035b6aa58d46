//! Planning the paired score test of a difference of rates.

use crate::design::power::discordant::Discordant;
use crate::design::power::reference::normal;
use crate::design::power::region::{at_least, probability, sided};
use crate::design::power::{Design, MOST, check_size};
use crate::dist::{Binomial, Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::to_count;
use crate::outcome::Question;
use crate::paired::PairedScore;
use crate::summary::PairTally;

/// Up to this variance of the discordant counts all outcomes are summed over; above it the normal
/// approximation is as good as it says.
pub(super) const EXACT: f64 = 400.0;

/// How many pairs prove that two rates on the same items differ by more or less than a margin?
///
/// Assumed are the two discordant rates: the share of items that the candidate gains and the share
/// that it loses. The effect is their difference. A unit of size is a pair.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent items with the same rates of gains and losses.
/// - Power: exact, by summing over all numbers of losses and gains, while not more than about 400
///   of the commoner are expected; above by the normal approximation with the likeliest rates under
///   the margin, which there is within 0.01.
/// - Another effect keeps the sum of the discordant rates, as long as that is enough for it.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: rates are shares of all pairs, from 0 to 1; size counts pairs.
/// - Cost: below 2 ms.
/// - Source: Nam, "Establishing equivalence of two treatments and sample size requirements in
///   matched-pairs design" (1997), for the approximation.
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{Design as _, PairedRatesDesign};
///
/// // Both versions break 2 % of what the other does: is the candidate at most two points worse?
/// let question = Question::greater_than(-0.02).at(Alpha::FIVE_PERCENT);
/// let design = PairedRatesDesign::new(0.02, 0.02, question)?;
/// let needed = design.sample_size(0.8)?;
/// assert!((600..800).contains(&needed.size), "{needed:?}");
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedRatesDesign {
    rates: Discordant,
    question: Question,
}

impl PairedRatesDesign {
    /// Assuming the shares of items that the candidate gains and loses.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless both are from 0 to 1 and so is their sum, and unless the
    /// null difference is above -1 and below 1.
    pub fn new(gained: f64, lost: f64, question: Question) -> Result<Self, Error> {
        check_margin(&question)?;
        Ok(Self { rates: Discordant::new(gained, lost)?, question })
    }

    /// Assuming what pairs at hand show, with half an item added to each of gains and losses, for
    /// none seen is not none possible.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] without pairs.
    pub fn observed(pairs: &PairTally, question: Question) -> Result<Self, Error> {
        check_margin(&question)?;
        Ok(Self { rates: Discordant::observed(pairs)?, question })
    }

    fn last_exact(&self) -> u64 {
        let variance = |rate: f64| rate * (1.0 - rate);
        let most = EXACT / variance(self.rates.gained).max(variance(self.rates.lost));
        to_count(most).min(MOST)
    }

    /// The probability that the statistic lies above its critical value.
    fn above(&self, size: u64, null: f64, critical: f64) -> Result<f64, Error> {
        let share = (self.rates.gained / (1.0 - self.rates.lost)).clamp(0.0, 1.0);
        let share = if share.is_nan() { 0.0 } else { share };
        probability(
            &Binomial::new(size, self.rates.lost)?,
            |lost| size - lost,
            |lost, gained| {
                let score =
                    PairedScore { gained: gained as f64, lost: lost as f64, pairs: size as f64 };
                Ok(score.statistic(null) > critical)
            },
            |lost, gained| at_least(&Binomial::new(size - lost, share)?, gained),
        )
    }
}

/// A null difference of rates.
pub(super) fn check_margin(question: &Question) -> Result<(), Error> {
    if question.null > -1.0 && question.null < 1.0 {
        return Ok(());
    }
    let message =
        format!("the null difference is {}; it must be above -1 and below 1", question.null);
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// The first of the next sizes that has too little power: score tests go up and down by little, and
/// may once more where the approximation begins.
pub(super) fn next_dip(
    design: &impl Design,
    size: u64,
    last_exact: u64,
    target: f64,
) -> Result<Option<u64>, Error> {
    const AHEAD: u64 = 8;
    let mut low = None;
    if size <= last_exact {
        let next = size + 1..=size.saturating_add(AHEAD).min(last_exact);
        for ahead in next.chain([last_exact.saturating_add(1)]) {
            if ahead <= MOST && design.power(ahead)? < target {
                low = Some(ahead);
            }
        }
    }
    Ok(low)
}

impl Design for PairedRatesDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        check_margin(&question)?;
        Ok(Self { question, ..*self })
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
        let Question { null, alternative, alpha } = self.question;
        if size > self.last_exact() {
            let Discordant { gained, lost } = self.rates;
            let one = PairedScore { gained, lost, pairs: 1.0 };
            let pairs = size as f64;
            let effect = self.effect();
            let variance = (gained + lost - effect * effect).max(0.0);
            let at_null = one.variance(null);
            let error = |variance: f64| (variance / pairs).sqrt();
            return normal(&self.question, effect, error(variance), error(at_null));
        }
        let critical = Normal.upper_quantile(alpha.per_bound(alternative))?;
        sided(
            alternative,
            || self.above(size, null, critical),
            || {
                let mirrored = Self { rates: self.rates.mirrored(), ..*self };
                mirrored.above(size, -null, critical)
            },
        )
    }

    fn dip(&self, size: u64, target: f64) -> Result<Option<u64>, Error> {
        next_dip(self, size, self.last_exact(), target)
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    paired_rates_power: "How many pairs prove it of two rates of the same items?",
    {
        gained: f64,
        lost: f64,
        question: Question = Question::differs_from(0.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"gained": 0.05, "lost": 0.05, "question": {"null": -0.03, "alternative": "greater"}, "size": 400}"#,
    PairedRatesDesign::new(gained, lost, question)
        .and_then(|design| design.plan(size, target)),
}
