//! What is claimed of an effect.

use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Alpha, Question};

/// Which direction of an effect is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Better {
    /// More is better, as of accuracy.
    Higher,
    /// Less is better, as of latency, cost and errors.
    Lower,
}

/// What is to be proved of the effect, candidate minus baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum Claim {
    /// The candidate is better.
    Superiority,
    /// The candidate is worse by less than a margin.
    NonInferiority {
        /// The largest loss that is accepted, not negative, in the units of the effect.
        margin: f64,
    },
    /// The candidate is neither worse nor better by as much as a margin.
    Equivalence {
        /// The largest loss that is accepted, not negative, in the units of the effect.
        worse: f64,
        /// The largest gain that is accepted, not negative, in the units of the effect.
        better: f64,
    },
}

/// A claim with the direction that is good: which effects it allows.
///
/// Answers: what must a confidence bound lie beyond. The effect is candidate minus baseline (0 is
/// no effect) unless another value of no effect is given with [`about`](Self::about): 1 for ratios,
/// the threshold itself for a rate that is held against one. Margins are always the distance from
/// no effect, in the units of the effect: for a ratio that may rise by 10 %, 0.1.
///
/// ```
/// use phasegate_stats::design::{Better, Conclusion, Hypothesis};
/// use phasegate_stats::summary::Tally;
/// use phasegate_stats::two_sample::miettinen_nurminen;
/// use phasegate_stats::Alpha;
///
/// // The error rate may rise by less than two points.
/// let hypothesis = Hypothesis::non_inferiority(Better::Lower, 0.02)?;
/// let (baseline, candidate) = (Tally::new(12, 1000)?, Tally::new(13, 1000)?);
/// let judged = hypothesis.assess(Alpha::FIVE_PERCENT, |question| {
///     miettinen_nurminen(&baseline, &candidate, question)
/// })?;
/// assert_eq!(judged.conclusion, Conclusion::Pass);
/// assert!(judged.margin_left.unwrap() > 0.0 && judged.p.unwrap() < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// Its document is `{"better": "lower", "claim": {"non_inferiority": {"margin": 0.02}}}`, with
/// `no_effect` where that is not 0; margins are checked as it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Hypothesis {
    pub(super) better: Better,
    claim: Claim,
    no_effect: f64,
}

/// The fields as documents carry them.
#[cfg(feature = "serde")]
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    better: Better,
    claim: Claim,
    #[serde(default, skip_serializing_if = "is_zero")]
    no_effect: f64,
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(no_effect: &f64) -> bool {
    *no_effect == 0.0
}

#[cfg(feature = "serde")]
impl From<Hypothesis> for Parts {
    fn from(hypothesis: Hypothesis) -> Self {
        let Hypothesis { better, claim, no_effect } = hypothesis;
        Self { better, claim, no_effect }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Hypothesis {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::new(parts.better, parts.claim)?.about(parts.no_effect)
    }
}

impl Hypothesis {
    /// Of a claim whose margins are finite and not negative.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] otherwise, and for an equivalence that leaves no effect at all.
    pub fn new(better: Better, claim: Claim) -> Result<Self, Error> {
        let margin = |what: &str, margin: f64| {
            if margin >= 0.0 && margin.is_finite() {
                return Ok(());
            }
            let message = format!("the {what} is {margin}; it must be finite and not negative");
            Err(Error::new(ErrorKind::OutOfRange, message))
        };
        match claim {
            Claim::Superiority => {}
            Claim::NonInferiority { margin: of } => margin("margin", of)?,
            Claim::Equivalence { worse, better } => {
                margin("margin of loss", worse)?;
                margin("margin of gain", better)?;
                if worse + better == 0.0 {
                    let message = "both margins of an equivalence are 0; no interval is so narrow";
                    return Err(Error::new(ErrorKind::OutOfRange, message));
                }
            }
        }
        Ok(Self { better, claim, no_effect: 0.0 })
    }

    /// The candidate is better.
    #[must_use]
    pub const fn superiority(better: Better) -> Self {
        Self { better, claim: Claim::Superiority, no_effect: 0.0 }
    }

    /// The candidate is worse by less than `margin`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn non_inferiority(better: Better, margin: f64) -> Result<Self, Error> {
        Self::new(better, Claim::NonInferiority { margin })
    }

    /// The candidate is neither worse by `worse` nor better by `gain`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn equivalence(better: Better, worse: f64, gain: f64) -> Result<Self, Error> {
        Self::new(better, Claim::Equivalence { worse, better: gain })
    }

    /// The same claim where `no_effect` is the value of no effect: 1 for a ratio.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`].
    pub fn about(self, no_effect: f64) -> Result<Self, Error> {
        Ok(Self { no_effect: finite("the value of no effect", no_effect)?, ..self })
    }

    /// Which direction is the good one.
    #[must_use]
    pub const fn better(&self) -> Better {
        self.better
    }

    /// What is to be proved.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        self.claim
    }

    /// The effects that the claim allows lie strictly between these two; one of them is infinite
    /// unless it is an equivalence.
    #[must_use]
    pub fn allowed(&self) -> (f64, f64) {
        let (worse, gain) = match self.claim {
            Claim::Superiority => (0.0, f64::INFINITY),
            Claim::NonInferiority { margin } => (margin, f64::INFINITY),
            Claim::Equivalence { worse, better } => (worse, better),
        };
        match self.better {
            Better::Higher => (self.no_effect - worse, self.no_effect + gain),
            Better::Lower => (self.no_effect - gain, self.no_effect + worse),
        }
    }

    /// The one-sided questions that must all be answered with yes: one, and two of an equivalence.
    #[must_use]
    pub fn questions(&self, alpha: Alpha) -> Vec<Question> {
        let (lower, upper) = self.allowed();
        let above = lower.is_finite().then(|| Question::greater_than(lower).at(alpha));
        let below = upper.is_finite().then(|| Question::less_than(upper).at(alpha));
        above.into_iter().chain(below).collect()
    }
}
