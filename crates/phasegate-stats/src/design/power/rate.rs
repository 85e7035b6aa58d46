//! Planning the exact proof of one rate.

use crate::bracket;
use crate::design::power::region::critical;
use crate::design::power::{
    Design, MOST, SampleSize, check_side, check_size, check_target, least_size, observed_rate, rate,
};
use crate::dist::{Beta, Binomial, Continuous as _, Discrete as _};
use crate::error::Error;
use crate::math::{exp, ln};
use crate::outcome::{Alpha, Alternative, Question};
use crate::summary::Tally;

/// How many trials prove that a rate is above or below a threshold?
///
/// The proof is the one-sided bound of Clopper and Pearson, which is the exact binomial test; the
/// effect is the assumed rate itself, and the null value the threshold. The power is exact. It goes
/// up by a jump where one more failure is allowed and down from there to the next jump; the sample
/// size is the smallest from which on it never falls below the target again.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent trials with one rate.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: rates are shares from 0 to 1; size counts trials.
/// - Cost: some microseconds; a sample size some milliseconds.
/// - Source: Chernick and Liu, "The saw-toothed behavior of power versus sample size and software
///   solutions" (2002).
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{Design as _, RateDesign};
///
/// // The true rate is 98 %: how many gold items certify 95 % with power 0.8?
/// let question = Question::greater_than(0.95).at(Alpha::FIVE_PERCENT);
/// let design = RateDesign::new(0.98, question)?;
/// let needed = design.sample_size(0.8)?;
/// assert!(needed.power >= 0.8 && design.power(needed.size - 1)? < 0.8);
/// // Fewer may do by luck of the jump, but not for good.
/// assert!(design.power(234)? >= 0.8 && needed.size > 234);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateDesign {
    rate: f64,
    question: Question,
}

impl RateDesign {
    /// Assuming the rate.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::ErrorKind::OutOfRange) unless it and the null value are from 0 to 1.
    pub fn new(assumed: f64, question: Question) -> Result<Self, Error> {
        rate("the rate", assumed)?;
        rate("the null rate", question.null)?;
        Ok(Self { rate: assumed, question })
    }

    /// Assuming what trials at hand show, with half a success and half a failure added, for none
    /// seen is not none possible.
    ///
    /// # Errors
    ///
    /// [`TooFew`](crate::ErrorKind::TooFew) without trials.
    pub fn observed(tally: &Tally, question: Question) -> Result<Self, Error> {
        Self::new(observed_rate(tally.successes(), tally.trials())?, question)
    }

    /// For the order-statistic bound of a quantile against a limit, assuming the share of values
    /// that lie at or below the limit: the quantile is `less` than the limit where that share is
    /// greater than the quantile's own.
    ///
    /// ```
    /// use phasegate_stats::{Alpha, Alternative};
    /// use phasegate_stats::design::power::{Design as _, RateDesign};
    ///
    /// // P95 below the limit, when 97 % of requests are: at least 59 are needed for any bound.
    /// let five = Alpha::FIVE_PERCENT;
    /// let design = RateDesign::of_quantile(0.95, 0.97, Alternative::Less, five)?;
    /// assert_eq!(design.power(58)?, 0.0);
    /// assert!(design.power(59)? > 0.1);
    /// # Ok::<(), phasegate_stats::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of_quantile(
        quantile: f64,
        share_at_most_limit: f64,
        alternative: Alternative,
        alpha: Alpha,
    ) -> Result<Self, Error> {
        let question = Question { null: quantile, alternative: alternative.mirrored(), alpha };
        Self::new(share_at_most_limit, question)
    }

    /// What must be rare for the proof, under the null value and as assumed: failures for a rate
    /// that is to be high, successes for one that is to be low.
    fn rare(&self) -> (f64, f64) {
        if self.question.alternative == Alternative::Less {
            (self.question.null, self.rate)
        } else {
            (1.0 - self.question.null, 1.0 - self.rate)
        }
    }
}

/// The least number of trials among which `rare` events still prove that their rate is below
/// `null`.
fn least_trials(rare: u64, null: f64, alpha: f64) -> Result<u64, Error> {
    // The proof is a "power" that is reached where the lower tail falls below alpha.
    least_size(rare, 1.0, |trials| {
        let proves = Binomial::new(trials, null)?.cdf(rare)? < alpha;
        Ok(f64::from(u8::from(proves)))
    })
}

/// The power just before one more than `rare` events are allowed, as if trials could be divided: it
/// grows with `rare`, and the true one is no less.
fn trough(rare: u64, (null, assumed): (f64, f64), alpha: f64) -> Result<f64, Error> {
    // Below this the shapes of the beta distribution end.
    const NEAR: f64 = 2e-3;
    // P(X <= rare) in rare + others trials, which need not be whole.
    let ln_lower = |rare: u64, others: f64, rate: f64| -> Result<f64, Error> {
        Ok(Beta::new(others, rare as f64 + 1.0)?.tails(1.0 - rate)?.ln_lower)
    };
    let gap = |others: f64| Ok(ln_lower(rare + 1, others, null)? - ln(alpha));
    let mut far = (rare as f64 + 2.0) / null.max(1e-9);
    while gap(far)? > 0.0 {
        far *= 2.0;
        if far > 4.0 * MOST as f64 {
            return Ok(0.0);
        }
    }
    let others = if gap(NEAR)? <= 0.0 {
        NEAR
    } else {
        bracket::root("the trials of a proof", NEAR, far, gap)?
    };
    // Of the same trials one more is not rare.
    Ok(exp(ln_lower(rare, others + 1.0, assumed)?))
}

impl Design for RateDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        Self::new(self.rate, question)
    }

    fn effect(&self) -> f64 {
        self.rate
    }

    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        Self::new(effect, self.question)
    }

    fn possible(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let Question { null, alternative, alpha } = self.question;
        let each = alpha.per_bound(alternative);
        let rejected = |null: f64, assumed: f64| match critical(&Binomial::new(size, null)?, each)?
        {
            Some(most) => Binomial::new(size, assumed)?.cdf(most),
            None => Ok(0.0),
        };
        let (at_null, assumed) = self.rare();
        let power = rejected(at_null, assumed)?;
        if alternative == Alternative::TwoSided {
            return Ok((power + rejected(null, self.rate)?).min(1.0));
        }
        Ok(power)
    }

    fn sample_size(&self, target: f64) -> Result<SampleSize, Error> {
        const STEPS: u32 = 10_000;
        check_target(&self.question, target)?;
        check_side(self)?;
        // Two-sided, the far side adds next to nothing.
        let alpha = self.question.alpha.per_bound(self.question.alternative);
        let one_sided = match self.question.alternative {
            Alternative::TwoSided if self.rate < self.question.null => Alternative::Less,
            Alternative::TwoSided => Alternative::Greater,
            alternative => alternative,
        };
        let question = Question { alternative: one_sided, ..self.question };
        let rates = Self { question, ..*self }.rare();
        let mut rare = least_size(0, target, |more| trough(more - 1, rates, alpha))? - 1;
        let mut size = least_trials(rare, rates.0, alpha)?;
        for _ in 0..STEPS {
            if rare == 0 || self.power(size - 1)? < target {
                return Ok(SampleSize { size, power: self.power(size)? });
            }
            rare -= 1;
            size = least_trials(rare, rates.0, alpha)?;
        }
        Err(Error::no_convergence("the sample size", STEPS))
    }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    rate_power: "How many observations prove it of one rate?",
    {
        rate: f64,
        question: Question,
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"rate": 0.98, "question": {"null": 0.95, "alternative": "greater"}, "size": 260}"#,
    RateDesign::new(rate, question)
        .and_then(|design| design.plan(size, target)),
}
