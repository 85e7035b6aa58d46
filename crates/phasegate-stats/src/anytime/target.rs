//! What is watched for.

use crate::error::{Error, ErrorKind};
use crate::math::{ln, ln_1p};
use crate::outcome::{Alpha, Alternative, Question};

/// What is watched for: the question, and the sample size at which the answer should be tightest.
///
/// The answer holds at every sample size; `planned` only says where it is least wide. At that size
/// a two-sided 95 % interval of a mean is 1.55 times as wide as one for a single look, at a tenth
/// of it twice as wide, at ten times it 1.65 times.
///
/// For harm ask one-sided against a limit: `Question::greater_than(0.10)` watches for a rate above
/// 10 %, and no improvement, however strong, fires it.
///
/// ```
/// use phasegate_stats::anytime::Target;
/// use phasegate_stats::{Alpha, Question};
///
/// let harm = Target::new(Question::greater_than(0.10).at(Alpha::FIVE_PERCENT), 2000)?;
/// assert_eq!(harm.planned(), 2000);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Target {
    question: Question,
    planned: u64,
    first: u64,
}

/// The fields as documents carry them.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct Parts {
    null: f64,
    alternative: Alternative,
    alpha: f64,
    planned: u64,
    first: u64,
}

impl From<Target> for Parts {
    fn from(target: Target) -> Self {
        let Question { null, alternative, alpha } = target.question;
        let Target { planned, first, .. } = target;
        Self { null, alternative, alpha: alpha.get(), planned, first }
    }
}

impl TryFrom<Parts> for Target {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let Parts { null, alternative, alpha, planned, first } = parts;
        let question = Question { null, alternative, alpha: Alpha::new(alpha)? };
        Ok(Self::new(question, planned)?.starting_at(first))
    }
}

impl Target {
    /// Below this many observations of an arm the asymptotic methods say nothing, unless told
    /// otherwise.
    pub const FIRST: u64 = 100;

    /// This question, with the answer tightest at this many observations (for two arms: at this
    /// [effective size](super#effective-size)).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for no planned observations; [`ErrorKind::NonFinite`] for such a
    /// null value.
    pub fn new(question: Question, planned: u64) -> Result<Self, Error> {
        crate::error::finite("the null value", question.null)?;
        if planned == 0 {
            let message = "the planned sample size is 0; the answer needs a size to be tightest at";
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self { question, planned, first: Self::FIRST })
    }

    /// The same, with the first look of the asymptotic methods at this many observations of each
    /// arm.
    #[must_use]
    pub const fn starting_at(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// The question.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// The sample size at which the answer is tightest.
    #[must_use]
    pub const fn planned(&self) -> u64 {
        self.planned
    }

    /// The sample size of each arm from which on the asymptotic methods answer.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The same target after candidate and baseline, or success and failure, changed places.
    #[must_use]
    pub fn mirrored(self, null: f64) -> Self {
        Self { question: self.question.mirrored(null), ..self }
    }

    /// The same target for another parameter that rises with the first one.
    pub(super) const fn with_null(self, null: f64) -> Self {
        Self { question: Question { null, ..self.question }, ..self }
    }

    /// How many observations the mixture is worth: with it the boundary is tightest at the planned
    /// size (Howard and others 2021, proposition 3, in the approximation that confseq uses).
    pub(super) fn weight(&self) -> f64 {
        let sides = if self.question.alternative == Alternative::TwoSided { 1.0 } else { 2.0 };
        // The size only tunes; for error probabilities near one half or above it is kept positive.
        let twice = (-2.0 * ln(sides * self.question.alpha.get())).max(0.5);
        self.planned as f64 / (twice + ln_1p(twice))
    }

    /// ln of the e-value that is evidence enough.
    pub(super) fn ln_needed(&self) -> f64 {
        -ln(self.question.alpha.get())
    }
}

#[cfg(feature = "registry")]
crate::registry::object! {
    Target "target" as concat!(
        r#"{"null": number, "alternative": two-sided | less | greater, "alpha": probability, "#,
        r#""planned": count, "first": count}"#
    );
    {
        null: f64,
        alternative: Alternative = Alternative::TwoSided,
        alpha: Alpha = Alpha::FIVE_PERCENT,
        planned: u64,
        first: u64 = Target::FIRST,
    } => Target::new(Question { null, alternative, alpha }, planned)
        .map(|target| target.starting_at(first))
}
