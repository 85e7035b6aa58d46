//! The looks taken so far.

use crate::bracket;
use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind};
use crate::math::ln;
use crate::outcome::{Alpha, Alternative};
use crate::sequential::look::sides;
use crate::sequential::paths::{Paths, Reach};
use crate::sequential::spending::checked_fraction;
use crate::sequential::{Look, Spending};

/// The looks that were taken under one plan, and what is left for the next.
///
/// Looks need not be planned: each gets its bound when it is taken, from the information seen so
/// far, on the condition that when a look is taken does not depend on what the looks before have
/// shown. A look that is skipped spends nothing, and the next one may spend it. Information beyond
/// the planned maximum spends what is left, with the correlation that the true amount of
/// information gives; after that there is no bound. Where the rollout ends early,
/// [`take_last`](Self::take_last) spends what is left too.
///
/// - Level: the probability to cross any bound under the null hypothesis is the plan's alpha where
///   the estimates are normal with independent increments, as those of means, rates and other
///   sums are for large samples. Bounds are right to 1e-10.
/// - Edge cases: where the spending function allows less than 1e-300 there is no bound, and the
///   look counts as not taken. A two-sided plan spends half to each side and counts a path that
///   crossed one bound as stopped.
/// - State: the value itself, with the feature `serde` a document of the plan and its looks, from
///   which the next bound follows; taking looks before or after it was stored is the same.
/// - Cost: about a millisecond a look, more where looks follow closely.
/// - Source: Lan and `DeMets` (1983); the recursion is that of Armitage, `McPherson` and Rowe
///   (1969).
///
/// ```
/// use phasegate_stats::sequential::{Looks, Spending};
/// use phasegate_stats::{Alpha, Alternative};
///
/// let mut looks =
///     Looks::new(Spending::ObrienFleming, Alpha::FIVE_PERCENT, Alternative::TwoSided)?;
/// // R's ldbounds 2.0.2: ldBounds(1:5/5)$upper.bounds
/// for (look, bound) in [(1, 4.877), (2, 3.357), (3, 2.680), (4, 2.290), (5, 2.031)] {
///     let found = looks.take(f64::from(look) / 5.0)?.bound().unwrap();
///     assert!((found - bound).abs() < 5e-4);
/// }
/// assert!((looks.spent() - 0.05).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Looks {
    spending: Spending,
    pub(super) alpha: Alpha,
    pub(super) alternative: Alternative,
    pub(super) taken: Vec<Look>,
    /// Paths up to the look before the last, and to the last.
    before: Paths,
    paths: Paths,
}

/// The fields as documents carry them.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct Parts {
    spending: Spending,
    alpha: f64,
    alternative: Alternative,
    looks: Vec<LookParts>,
}

#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct LookParts {
    fraction: f64,
    /// Of one side.
    spent: f64,
    bound: Option<f64>,
}

impl From<Looks> for Parts {
    fn from(looks: Looks) -> Self {
        let of = |look: &Look| LookParts {
            fraction: look.fraction,
            spent: look.spent,
            bound: look.bound,
        };
        Self {
            spending: looks.spending,
            alpha: looks.alpha.get(),
            alternative: looks.alternative,
            looks: looks.taken.iter().map(of).collect(),
        }
    }
}

impl TryFrom<Parts> for Looks {
    type Error = Error;

    /// The bounds of looks that were taken are what they were, whatever this version would find:
    /// what they spent is spent.
    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::check_number(parts.looks.len())?;
        let mut looks = Self::new(parts.spending, Alpha::new(parts.alpha)?, parts.alternative)?;
        for LookParts { fraction, spent, bound } in parts.looks {
            let reach = looks.reach(fraction)?;
            let most = looks.alpha_of_side() * (1.0 + 1e-12);
            let least = if looks.alternative == Alternative::TwoSided { 0.0 } else { -8.5 };
            if !(looks.spent_of_side()..=most).contains(&spent)
                || bound.is_some_and(|bound| !(least..=40.0).contains(&bound))
            {
                let message = format!("no look at the fraction {fraction} spends {spent}");
                return Err(Error::new(ErrorKind::Inconsistent, message));
            }
            looks.add(reach, fraction, spent, bound);
        }
        Ok(looks)
    }
}

impl Looks {
    /// A plan without looks yet; the alternative says whether one bound or both may be crossed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for an exponent outside of its range.
    pub fn new(spending: Spending, alpha: Alpha, alternative: Alternative) -> Result<Self, Error> {
        Ok(Self {
            spending: spending.checked()?,
            alpha,
            alternative,
            taken: Vec::new(),
            before: Paths::default(),
            paths: Paths::default(),
        })
    }

    /// Looks when this fraction of the planned information has been seen.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for a fraction that does not exceed the last one by a millionth
    /// of itself; [`ErrorKind::TooLarge`] after a thousand looks; [`ErrorKind::NoConvergence`]
    /// where a bound is not found within the cap of steps. The looks are then as they were.
    pub fn take(&mut self, fraction: f64) -> Result<Look, Error> {
        let allowed = self.spending.spent(self.alpha_side()?, fraction)?;
        self.spend(fraction, allowed)
    }

    /// The same for a look that is the last, whatever its fraction: it spends what is left.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn take_last(&mut self, fraction: f64) -> Result<Look, Error> {
        self.spend(fraction, self.alpha_of_side())
    }

    /// The looks taken, in order.
    #[must_use]
    pub fn taken(&self) -> &[Look] {
        &self.taken
    }

    /// The error probability that is gone, of both sides where there are two.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.spent_of_side() * sides(self.alternative)
    }

    fn alpha_of_side(&self) -> f64 {
        self.alpha.per_bound(self.alternative)
    }

    fn alpha_side(&self) -> Result<Alpha, Error> {
        Alpha::new(self.alpha_of_side())
    }

    fn spent_of_side(&self) -> f64 {
        self.taken.last().map_or(0.0, |look| look.spent)
    }

    pub(super) fn spent_before_last(&self) -> f64 {
        self.taken.iter().rev().nth(1).map_or(0.0, |look| look.spent)
    }

    pub(super) fn reach_of_last(&self) -> Result<Reach, Error> {
        let fraction = self.taken.last().map_or(1.0, |look| look.fraction);
        self.before.at(fraction)
    }

    /// Refuses a number of looks that is beyond the most.
    pub(super) fn check_number(looks: usize) -> Result<(), Error> {
        /// More than any rollout has, and little enough to be computed anew from a document.
        const MOST: usize = 1000;
        if looks <= MOST {
            return Ok(());
        }
        let message = format!("{looks} looks are too many; a plan may have {MOST}");
        Err(Error::new(ErrorKind::TooLarge, message))
    }

    fn reach(&self, fraction: f64) -> Result<Reach, Error> {
        let fraction = checked_fraction(fraction)?;
        Self::check_number(self.taken.len() + 1)?;
        if let Some(last) = self.taken.last()
            && fraction < last.fraction * (1.0 + 1e-6)
        {
            let message = format!(
                "a look at the fraction {fraction} does not follow one at {}; it must add at least \
                 a millionth",
                last.fraction
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        self.paths.at(fraction)
    }

    fn spend(&mut self, fraction: f64, allowed: f64) -> Result<Look, Error> {
        /// What a double still holds with all its digits.
        const LEAST: f64 = 1e-300;
        let reach = self.reach(fraction)?;
        let spent = self.spent_of_side();
        let bound = if allowed - spent < LEAST.max(1e-14 * spent) {
            None
        } else {
            Some(self.bound(&reach, allowed - spent)?)
        };
        let spent = if bound.is_some() { allowed } else { spent };
        Ok(self.add(reach, fraction, spent, bound))
    }

    /// The bound that paths cross with this probability.
    fn bound(&self, reach: &Reach, probability: f64) -> Result<f64, Error> {
        if self.spent_of_side() == 0.0 {
            return Normal.upper_quantile(probability);
        }
        let target = ln(probability);
        let low = if self.alternative == Alternative::TwoSided { 0.0 } else { -9.0 };
        bracket::root("a sequential bound", low, 39.0, |z| Ok(reach.ln_above(z)? - target))
    }

    fn add(&mut self, reach: Reach, fraction: f64, spent: f64, bound: Option<f64>) -> Look {
        let Self { alternative, alpha, .. } = *self;
        self.before.clone_from(&self.paths);
        if let Some(bound) = bound {
            let upper = bound * fraction.sqrt();
            let lower =
                if alternative == Alternative::TwoSided { -upper } else { f64::NEG_INFINITY };
            self.paths.stop_outside(reach, lower, upper);
        }
        let look = Look { fraction, spent, bound, alternative, alpha };
        self.taken.push(look);
        look
    }
}
