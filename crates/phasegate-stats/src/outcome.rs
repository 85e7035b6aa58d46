//! What a method says: one named result for all of them.

use crate::error::{Error, ErrorKind};
use crate::math::exp;

/// The answer of one statistical method.
///
/// Orientation is candidate minus baseline everywhere. What a method does not define is absent,
/// never a stand-in number. In its document what is absent is left out, and what is infinite is
/// null.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The method's name, as the registry lists it.
    pub method: &'static str,
    /// The point estimate, in the units of the estimand; absent where the data do not define it.
    pub estimate: Option<f64>,
    /// The confidence interval of the estimand.
    pub interval: Option<Interval>,
    /// The value of the estimand under the null hypothesis.
    pub null: Option<f64>,
    /// The alternative that the p-value is for.
    pub alternative: Alternative,
    /// The test statistic.
    pub statistic: Option<f64>,
    /// The p-value, from 0 to 1; it is 0 only where it lies below the smallest double, and `ln_p`
    /// then still tells how small it is.
    pub p: Option<f64>,
    /// The natural logarithm of the p-value.
    pub ln_p: Option<f64>,
    /// The natural logarithm of the e-value of a method that may be asked at any time: the evidence
    /// against the null hypothesis, of which the expectation under it is at most 1 whenever one
    /// stops.
    pub ln_e: Option<f64>,
    /// Degrees of freedom of the statistic's reference distribution.
    pub df: Option<f64>,
    /// How many observations the answer rests on.
    pub sample: Sample,
    /// Set where the data carry no information about the question, and why.
    pub degenerate: Option<Degenerate>,
    /// Approximations, corrections and warnings.
    pub notes: Vec<Note>,
}

impl Outcome {
    pub(crate) fn new(method: &'static str, alternative: Alternative, sample: Sample) -> Self {
        Self {
            method,
            estimate: None,
            interval: None,
            null: None,
            alternative,
            statistic: None,
            p: None,
            ln_p: None,
            ln_e: None,
            df: None,
            sample,
            degenerate: None,
            notes: Vec::new(),
        }
    }

    /// Of a p-value that is a ratio of counts.
    pub(crate) fn with_p(self, p: f64) -> Self {
        Self { p: Some(p), ln_p: Some(crate::math::ln(p)), ..self }
    }

    pub(crate) fn with_ln_p(self, ln_p: f64) -> Self {
        let ln_p = ln_p.min(0.0);
        Self { p: Some(exp(ln_p)), ln_p: Some(ln_p), ..self }
    }

    /// Of an e-value, of which the inverse is a p-value at any time.
    pub(crate) fn with_ln_e(self, ln_e: f64) -> Self {
        // Adding zero makes the logarithm of 1 a positive zero.
        Self { ln_e: Some(ln_e + 0.0), ..self.with_ln_p(0.0 - ln_e.max(0.0)) }
    }
}

/// What the alternative hypothesis says about the estimand; the words are scipy's.
///
/// statsmodels says `larger` and `smaller` for `greater` and `less`, R `two.sided`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Alternative {
    /// It differs from the null value.
    TwoSided,
    /// It is less than the null value; the interval is then an upper bound.
    Less,
    /// It is greater than the null value; the interval is then a lower bound.
    Greater,
}

impl Alternative {
    /// The alternative after candidate and baseline, or success and failure, changed places.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::TwoSided => Self::TwoSided,
            Self::Less => Self::Greater,
            Self::Greater => Self::Less,
        }
    }
}

/// A confidence interval, with the sides that are bounds.
///
/// In its document an infinite end is null.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Interval {
    /// The lower end; for an upper bound alone, the least value that the estimand can take.
    #[cfg_attr(
        feature = "serde",
        serde(
            serialize_with = "crate::document::number",
            deserialize_with = "crate::document::lower"
        )
    )]
    pub lower: f64,
    /// The upper end; for a lower bound alone, the largest value that the estimand can take.
    #[cfg_attr(
        feature = "serde",
        serde(
            serialize_with = "crate::document::number",
            deserialize_with = "crate::document::upper"
        )
    )]
    pub upper: f64,
    /// The probability with which the interval is meant to cover the estimand.
    pub confidence: f64,
    /// Which ends are bounds.
    pub sides: Sides,
}

impl Interval {
    /// Whether the value lies inside or on an end.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Whether an end that should be a bound is infinite.
    pub(crate) const fn is_unbounded(&self) -> bool {
        match self.sides {
            Sides::Both => self.lower.is_infinite() || self.upper.is_infinite(),
            Sides::Lower => self.lower.is_infinite(),
            Sides::Upper => self.upper.is_infinite(),
        }
    }

    /// The interval of the negated estimand.
    #[must_use]
    pub fn negated(self) -> Self {
        let sides = match self.sides {
            Sides::Both => Sides::Both,
            Sides::Lower => Sides::Upper,
            Sides::Upper => Sides::Lower,
        };
        Self { lower: 0.0 - self.upper, upper: 0.0 - self.lower, sides, ..self }
    }
}

/// Which ends of an interval are bounds and which are only the end of what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Sides {
    /// Both ends, each at half of the error probability.
    Both,
    /// The lower end alone, at the whole error probability.
    Lower,
    /// The upper end alone, at the whole error probability.
    Upper,
}

/// How many observations an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Sample {
    /// One sample of this size.
    One(u64),
    /// Pairs of one baseline and one candidate observation.
    Pairs(u64),
    /// Independent arms.
    Arms {
        /// The size of the baseline arm.
        baseline: u64,
        /// The size of the candidate arm.
        candidate: u64,
    },
}

/// Why data carry no information about a question, although nothing is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Degenerate {
    /// No pair differs.
    NoDiscordantPairs,
    /// All observations of each arm are equal, or within one bucket, and no different from what the
    /// null value says.
    AllTied,
    /// Every table with these margins is the observed one.
    SingleTable,
}

/// What a reader should know about how an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Note {
    /// The level is guaranteed: the true one is at most the nominal one, usually below it.
    Conservative,
    /// The level holds approximately, for large samples.
    LargeSample,
    /// Half of the probability of the observed outcome is left out; the level holds on average
    /// only.
    MidP,
    /// The statistic was moved toward the null by half a step of its lattice.
    ContinuityCorrection,
    /// The sample is smaller than the method's documented region.
    SmallSample,
    /// The observed estimate lies at an end of what is possible.
    AtTheEdge,
    /// There are fewer clusters than the method's documented region.
    FewClusters,
    /// One arm is larger than the other by more than a tenth; skewed values then miss the level.
    UnequalArms,
    /// The level holds for values that are not skewed, which the method cannot see; the method's
    /// documentation tabulates what a skew costs.
    NotSkewed,
    /// The values are known to within buckets; the interval includes what that leaves open.
    Bucketed,
    /// Random draws were used; the seed decides the last digits.
    Randomized,
    /// An end of the interval that should be a bound is infinite, or the end of what is possible.
    Unbounded,
    /// What was watched has moved: no value agrees with all looks, and the interval is that of the
    /// last look alone.
    Moved,
}

impl Note {
    /// The notes of a method for large samples.
    pub(crate) fn large_sample(is_in_region: bool) -> Vec<Self> {
        if is_in_region {
            vec![Self::LargeSample]
        } else {
            vec![Self::LargeSample, Self::SmallSample]
        }
    }
}

/// The error probability of a test or an interval: one less the confidence.
///
/// ```
/// use phasegate_stats::Alpha;
///
/// assert_eq!(Alpha::new(0.05)?.confidence(), 0.95);
/// assert!(Alpha::new(0.0).is_err());
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "f64", into = "f64")
)]
pub struct Alpha(f64);

impl From<Alpha> for f64 {
    fn from(alpha: Alpha) -> Self {
        alpha.0
    }
}

impl TryFrom<f64> for Alpha {
    type Error = Error;

    fn try_from(alpha: f64) -> Result<Self, Error> {
        Self::new(alpha)
    }
}

impl Alpha {
    /// 0.05: a confidence of 95 %.
    pub const FIVE_PERCENT: Self = Self(0.05);

    /// 0.02: a confidence of 98 %.
    pub const TWO_PERCENT: Self = Self(0.02);

    /// An error probability above 0 and below 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] otherwise.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        if alpha > 0.0 && alpha < 1.0 {
            Ok(Self(alpha))
        } else {
            let message = format!("alpha is {alpha}; it must be above 0 and below 1");
            Err(Error::new(ErrorKind::OutOfRange, message))
        }
    }

    /// The error probability.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// One less the error probability.
    #[must_use]
    pub fn confidence(self) -> f64 {
        1.0 - self.0
    }

    /// The error probability of each bound of an interval for this alternative.
    pub(crate) fn per_bound(self, alternative: Alternative) -> f64 {
        match alternative {
            Alternative::TwoSided => 0.5 * self.0,
            Alternative::Less | Alternative::Greater => self.0,
        }
    }

    /// The interval for this alternative; an end that is not a bound becomes the end of what is
    /// possible.
    pub(crate) fn interval(
        self,
        alternative: Alternative,
        possible: (f64, f64),
        lower: impl FnOnce(f64) -> Result<f64, Error>,
        upper: impl FnOnce(f64) -> Result<f64, Error>,
    ) -> Result<Interval, Error> {
        let each = self.per_bound(alternative);
        let sides = match alternative {
            Alternative::TwoSided => Sides::Both,
            Alternative::Less => Sides::Upper,
            Alternative::Greater => Sides::Lower,
        };
        let lower = if sides == Sides::Upper { possible.0 } else { lower(each)? };
        let upper = if sides == Sides::Lower { possible.1 } else { upper(each)? };
        Ok(Interval { lower, upper, confidence: self.confidence(), sides })
    }
}

/// What is asked of a method: against which value, in which direction, at which error probability.
///
/// The interval goes with the alternative: `greater` gives a lower bound, `less` an upper bound,
/// `two-sided` both at half of alpha each, so that an interval excludes the null value where the
/// test rejects it.
///
/// ```
/// use phasegate_stats::{Alpha, Alternative, Question};
///
/// // Is the difference above -0.02, at 5 % one-sided?
/// let question = Question::greater_than(-0.02).at(Alpha::FIVE_PERCENT);
/// assert_eq!(question.alternative, Alternative::Greater);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Question {
    /// The value of the estimand under the null hypothesis.
    pub null: f64,
    /// What the alternative says.
    pub alternative: Alternative,
    /// The error probability of the interval.
    pub alpha: Alpha,
}

impl Question {
    /// Does it differ from this value? At 5 % unless said otherwise.
    #[must_use]
    pub const fn differs_from(null: f64) -> Self {
        Self { null, alternative: Alternative::TwoSided, alpha: Alpha::FIVE_PERCENT }
    }

    /// Is it less than this value? At 5 % unless said otherwise.
    #[must_use]
    pub const fn less_than(null: f64) -> Self {
        Self { null, alternative: Alternative::Less, alpha: Alpha::FIVE_PERCENT }
    }

    /// Is it greater than this value? At 5 % unless said otherwise.
    #[must_use]
    pub const fn greater_than(null: f64) -> Self {
        Self { null, alternative: Alternative::Greater, alpha: Alpha::FIVE_PERCENT }
    }

    /// The same question at another error probability.
    #[must_use]
    pub const fn at(self, alpha: Alpha) -> Self {
        Self { alpha, ..self }
    }

    /// Refuses every null value but the one that a method tests: its p-value would be the answer to
    /// another question.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] for another value.
    pub(crate) fn tests_only(&self, method: &str, null: f64) -> Result<(), Error> {
        if self.null.total_cmp(&null).is_eq() || self.null == 0.0 && null == 0.0 {
            return Ok(());
        }
        let message = format!(
            "`{method}` tests the null value {null} alone, not {}; ask a method with a margin",
            self.null
        );
        Err(Error::new(ErrorKind::Mismatch, message))
    }

    /// The same question after success and failure, or candidate and baseline, changed places.
    #[must_use]
    pub fn mirrored(self, null: f64) -> Self {
        Self { null, alternative: self.alternative.mirrored(), ..self }
    }
}
