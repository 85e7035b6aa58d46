//! How likely is a proof, how much must be observed for it, and which effect can be seen.
//!
//! A design is a method with the question that it will be asked and the truth that is assumed.
//! [`Design`] answers the three questions of planning for all of them alike.
//!
//! | design | method | power |
//! |---|---|---|
//! | [`McnemarDesign`] | [`mcnemar_exact`](crate::paired::mcnemar_exact) | exact |
//! | [`PairedRatesDesign`] | [`tango`](crate::paired::tango) | exact to 400 of either expected, normal above |
//! | [`RatesDesign`] | [`miettinen_nurminen`](crate::two_sample::miettinen_nurminen) | exact to 400 expected, normal above |
//! | [`RateDesign`] | [`clopper_pearson`](crate::one_sample::clopper_pearson), [`binomial_exact`](crate::one_sample::binomial_exact) | exact |
//! | [`RateDesign::of_quantile`] | [`quantile_interval`](crate::one_sample::quantile_interval), [`exceedance`](crate::one_sample::exceedance) | exact |
//! | [`MeansDesign`] | [`welch`](crate::two_sample::welch), [`linear_contrast`](crate::two_sample::linear_contrast) | noncentral t |
//! | [`PairedMeansDesign`] | [`paired_t`](crate::paired::paired_t), [`paired_contrast`](crate::paired::paired_contrast) | noncentral t |
//! | [`ClustersDesign`] | [`clustered_t`](crate::paired::clustered_t) | noncentral t |
//! | [`QuantilesDesign`] | [`quantile_difference`](crate::two_sample::quantile_difference), [`quantile_ratio`](crate::two_sample::quantile_ratio) and the paired ones | normal |
//! | [`EquivalenceDesign`] | any two of these | at least |
//!
//! [`plan`](Design::plan) gives all three answers of one size and one power. Power is the
//! probability that p is below alpha, which is the same as that the bound passes the null value.
//! For an inconclusive finding, take the design of the observed data (each has a constructor
//! `observed`), give it the effect that is hoped for, and ask for [`further`](Design::further).
//!
//! ```
//! use phasegate_stats::design::power::{Design as _, PairedMeansDesign};
//! use phasegate_stats::{Alpha, Question};
//!
//! // Mirrored requests whose costs differ by 0.4 standard deviations of themselves: how many
//! // prove that the mean rose by less than 0.1, when it did not rise?
//! let question = Question::less_than(0.1).at(Alpha::FIVE_PERCENT);
//! let design = PairedMeansDesign::new(0.0, 0.4, question)?;
//! let needed = design.sample_size(0.8)?;
//! assert_eq!(needed.size, 101);
//! assert!(needed.power >= 0.8 && design.power(100)? < 0.8);
//! # Ok::<(), phasegate_stats::Error>(())
//! ```

mod clusters;
mod discordant;
mod equivalence;
mod mcnemar;
mod means;
mod paired_means;
mod paired_rates;
mod quantiles;
mod rate;
mod rates;
mod reference;
mod region;

pub use clusters::ClustersDesign;
pub use equivalence::{EquivalenceDesign, EquivalencePlan};
pub use mcnemar::McnemarDesign;
pub use means::{Arm, MeansDesign};
pub use paired_means::PairedMeansDesign;
pub use paired_rates::PairedRatesDesign;
pub use quantiles::{QuantileArm, QuantileEffect, QuantilesDesign};
pub use rate::RateDesign;
pub use rates::RatesDesign;

use crate::bracket;
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alternative, Question};

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family = crate::registry::Family {
    name: "power",
    methods: &[
        mcnemar::METHOD,
        paired_rates::METHOD,
        rates::METHOD,
        rate::METHOD,
        means::METHOD,
        paired_means::METHOD,
        clusters::METHOD,
        quantiles::METHOD,
        quantiles::paired::METHOD,
        equivalence::METHOD,
    ],
};

/// The most observations that a plan may ask for.
const MOST: u64 = 1_000_000_000;

/// How often a search may find that power falls again.
const ROUNDS: u32 = 100;

/// The size that a proof needs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SampleSize {
    /// How many units: pairs, clusters, or observations of the candidate.
    pub size: u64,
    /// The power with them.
    pub power: f64,
}

/// How many more observations a proof needs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Further {
    /// How many units beyond those at hand; 0 where these are enough.
    pub more: u64,
    /// How many in all.
    pub size: u64,
    /// The power with them.
    pub power: f64,
}

/// The effect that a size can see.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Detectable {
    /// The effect nearest to the null value that is proved with the power asked for.
    pub effect: f64,
    /// Its distance from the null value.
    pub distance: f64,
}

/// The answers of planning, of one size and one power.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Plan {
    /// The power of this size.
    pub power: f64,
    /// The size that has the power asked for; absent where the assumed effect is not where the
    /// alternative says, or too small for any.
    pub sample_size: Option<SampleSize>,
    /// The effect that is proved by this size with the power asked for; absent where no possible
    /// one is.
    pub detectable: Option<Detectable>,
}

/// A method, the question that it will be asked, and the truth that is assumed.
///
/// A unit of size is a pair, a cluster, or an observation of the candidate.
pub trait Design: Sized {
    /// The question that will be asked.
    fn question(&self) -> &Question;

    /// The same with another question.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] or [`ErrorKind::NonFinite`] for a null value that the method does
    /// not take.
    fn with_question(&self, question: Question) -> Result<Self, Error>;

    /// The effect that is assumed, in the units of the question's null value.
    fn effect(&self) -> f64;

    /// The same with another effect; what else is assumed stays as near as it can.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for an effect that is not possible.
    fn with_effect(&self, effect: f64) -> Result<Self, Error>;

    /// The least and the greatest possible effect.
    fn possible(&self) -> (f64, f64);

    /// The least size with which the method gives an answer.
    fn least(&self) -> u64 {
        1
    }

    /// The probability that the claim will be proved with so many units: that p is below alpha.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] below the least size; [`ErrorKind::TooLarge`] above 1e9;
    /// [`ErrorKind::NoConvergence`].
    fn power(&self, size: u64) -> Result<f64, Error>;

    /// A size beyond one with enough power that has not; none where power only grows.
    ///
    /// # Errors
    ///
    /// As [`power`](Self::power).
    fn dip(&self, size: u64, target: f64) -> Result<Option<u64>, Error> {
        let _ = (size, target);
        Ok(None)
    }

    /// The least size from which on the power stays at `target` or above.
    ///
    /// The power of tests on counts goes up and down a little as sizes grow: a size with enough
    /// power may be followed by one without.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a target that is not above alpha and below 1, for an assumed
    /// effect that is not where the alternative says, and where 1e9 units are not enough;
    /// [`ErrorKind::NoConvergence`].
    fn sample_size(&self, target: f64) -> Result<SampleSize, Error> {
        check_target(self.question(), target)?;
        check_side(self)?;
        let mut failing = self.least().saturating_sub(1);
        for _ in 0..ROUNDS {
            let size = least_size(failing, target, |size| self.power(size))?;
            match self.dip(size, target)? {
                None => return Ok(SampleSize { size, power: self.power(size)? }),
                Some(low) => failing = low,
            }
        }
        Err(Error::no_convergence("the sample size", ROUNDS))
    }

    /// How many units more than `have` are needed.
    ///
    /// # Errors
    ///
    /// As [`sample_size`](Self::sample_size).
    fn further(&self, have: u64, target: f64) -> Result<Further, Error> {
        let SampleSize { size, power } = self.sample_size(target)?;
        if have < size {
            return Ok(Further { more: size - have, size, power });
        }
        Ok(Further { more: 0, size: have, power: self.power(have)? })
    }

    /// The effect nearest to the null value that so many units prove with power `target`.
    ///
    /// Of a two-sided question it lies to the side of the assumed effect, or above.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a target that is not above alpha and below 1 and where no
    /// possible effect has that power; otherwise as [`power`](Self::power).
    fn detectable(&self, size: u64, target: f64) -> Result<Detectable, Error> {
        const DOUBLINGS: u32 = 200;
        let question = *self.question();
        check_target(&question, target)?;
        let upward = match question.alternative {
            Alternative::Greater => true,
            Alternative::Less => false,
            Alternative::TwoSided => self.effect() >= question.null,
        };
        let (least, greatest) = self.possible();
        let end = if upward { greatest } else { least };
        let gap = |effect: f64| Ok(self.with_effect(effect)?.power(size)? - target);
        let unseen = || {
            let message = format!(
                "no possible effect is proved by {size} observations with power {target}; \
                observe more"
            );
            Error::new(ErrorKind::OutOfRange, message)
        };
        // The null value itself may lie beyond what is possible.
        let start = question.null.max(least).min(greatest);
        if gap(start)? >= 0.0 {
            return Ok(Detectable { effect: start, distance: (start - question.null).abs() });
        }
        let far = if end.is_finite() {
            if gap(end)? < 0.0 {
                return Err(unseen());
            }
            end
        } else {
            let sign = if upward { 1.0 } else { -1.0 };
            let assumed = (self.effect() - question.null).abs();
            let mut distance = if assumed > 0.0 { assumed } else { 1.0 };
            let mut doublings = 0;
            while gap(question.null + sign * distance)? < 0.0 {
                if doublings == DOUBLINGS {
                    return Err(unseen());
                }
                distance *= 2.0;
                doublings += 1;
            }
            question.null + sign * distance
        };
        let effect = bracket::root("the detectable effect", start, far, gap)?;
        Ok(Detectable { effect, distance: (effect - question.null).abs() })
    }

    /// The power of `size`, the size that has power `target`, and the effect that `size` proves
    /// with it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a target that is not above alpha and below 1; otherwise as
    /// [`power`](Self::power).
    fn plan(&self, size: u64, target: f64) -> Result<Plan, Error> {
        check_target(self.question(), target)?;
        Ok(Plan {
            power: self.power(size)?,
            sample_size: possible(self.sample_size(target))?,
            detectable: possible(self.detectable(size, target))?,
        })
    }
}

/// None for what is out of range.
fn possible<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == ErrorKind::OutOfRange => Ok(None),
        Err(error) => Err(error),
    }
}

/// A size above a failing one that has the power, while the one before it has not.
fn least_size(
    mut failing: u64,
    target: f64,
    power: impl Fn(u64) -> Result<f64, Error>,
) -> Result<u64, Error> {
    let mut enough = failing.saturating_add(1);
    while enough > MOST || power(enough)? < target {
        if enough >= MOST {
            return Err(unprovable());
        }
        failing = enough;
        enough = enough.saturating_mul(2).min(MOST);
    }
    while enough - failing > 1 {
        let middle = failing + (enough - failing) / 2;
        if power(middle)? < target { failing = middle } else { enough = middle }
    }
    Ok(enough)
}

#[cold]
fn unprovable() -> Error {
    let message = format!(
        "{MOST} observations do not prove the assumed effect; widen the margin or assume a larger one"
    );
    Error::new(ErrorKind::OutOfRange, message)
}

fn check_target(question: &Question, target: f64) -> Result<(), Error> {
    let alpha = question.alpha.get();
    if target > alpha && target < 1.0 {
        return Ok(());
    }
    let message =
        format!("the power is to be {target}; it must be above alpha, {alpha}, and below 1");
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// No size proves what is not so.
fn check_side(design: &impl Design) -> Result<(), Error> {
    let Question { null, alternative, .. } = *design.question();
    let effect = design.effect();
    let (is_there, where_to) = match alternative {
        Alternative::Greater => (effect > null, "greater than"),
        Alternative::Less => (effect < null, "less than"),
        Alternative::TwoSided => ((effect - null).abs() > 0.0, "different from"),
    };
    if is_there {
        return Ok(());
    }
    let message = format!(
        "the assumed effect {effect} is not {where_to} {null}; no number of observations proves it"
    );
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// At least the least size, at most the most.
fn check_size(design: &impl Design, size: u64) -> Result<(), Error> {
    if size < design.least() {
        let message = format!("a size of {size} is too small; the method needs {}", design.least());
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    if size > MOST {
        let message = format!("a size of {size} is too large; plans go to {MOST}");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(())
}

/// A number above 0 and finite.
fn positive(what: &str, value: f64) -> Result<f64, Error> {
    if value > 0.0 && value.is_finite() {
        return Ok(value);
    }
    let message = format!("{what} is {value}; it must be positive and finite");
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// A number from 0 to 1.
fn rate(what: &str, value: f64) -> Result<f64, Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    let message = format!("{what} is {value}; it must be from 0 to 1");
    Err(Error::new(ErrorKind::OutOfRange, message))
}

/// A rate as trials show it, with half a success and half a failure added.
fn observed_rate(successes: u64, trials: u64) -> Result<f64, Error> {
    if trials == 0 {
        let message = "there are no observations to learn from; assume rates";
        return Err(Error::new(ErrorKind::TooFew, message));
    }
    Ok((successes as f64 + 0.5) / (trials as f64 + 1.0))
}

/// How many observations of the baseline there are for so many of the candidate.
fn baseline_size(size: u64, per_candidate: f64) -> u64 {
    crate::math::to_count((size as f64 * per_candidate).round()).max(1)
}
