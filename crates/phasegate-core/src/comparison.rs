//! One comparison of candidate and baseline within one phase: a method with its data, ready to be
//! asked.

use phasegate_stats::design::power::Design;
use phasegate_stats::dist::{Continuous as _, Normal};
use phasegate_stats::{Alternative, Error, Outcome, Question};

use crate::finding::Scale;
use crate::plan::{Better, Hypothesis, Margin, Metric};

/// The power for which an open finding says how much more is needed.
pub(crate) const POWER: f64 = 0.8;

/// A method with its data: takes a question, gives what the method says.
pub(crate) type Ask = Box<dyn Fn(&Question) -> Result<Outcome, Error>>;

/// What planning says of the data at hand, for a question and an assumed value of the estimand.
pub(crate) type Planning = Box<dyn Fn(&Question, Option<f64>) -> Planned>;

/// One comparison of candidate and baseline within one phase.
pub(crate) struct Comparison {
    /// The method, as the registry names it.
    pub method: &'static str,
    /// What it estimates.
    pub estimand: Estimand,
    /// How much was compared.
    pub size: Size,
    /// Why the data lie outside of the region for which the method's level is documented, if they
    /// do.
    pub outside: Option<String>,
    /// Gives bounds, and the p-value unless `exact` does.
    pub ask: Ask,
    /// Decides by its p-value whether there is a difference; such methods have no interval.
    pub exact: Option<(&'static str, Ask)>,
    /// What more data would show.
    pub planning: Planning,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Requests or cases that both versions answered.
    Pairs(u64),
    /// Independent arms.
    Arms { baseline: u64, candidate: u64 },
}

impl Size {
    /// The candidate's observations.
    pub(crate) fn candidate(self) -> u64 {
        match self {
            Self::Pairs(pairs) => pairs,
            Self::Arms { candidate, .. } => candidate,
        }
    }

    /// What a least number of observations is held against.
    pub(crate) fn smaller(self) -> u64 {
        match self {
            Self::Pairs(pairs) => pairs,
            Self::Arms { baseline, candidate } => baseline.min(candidate),
        }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Pairs(one), Self::Pairs(two)) => Self::Pairs(one.saturating_add(two)),
            (one, two) => Self::Arms {
                baseline: one.baseline().saturating_add(two.baseline()),
                candidate: one.candidate().saturating_add(two.candidate()),
            },
        }
    }

    fn baseline(self) -> u64 {
        match self {
            Self::Pairs(pairs) => pairs,
            Self::Arms { baseline, .. } => baseline,
        }
    }
}

/// What a method estimates, and how that is told as an effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Estimand {
    /// Candidate minus baseline.
    Difference,
    /// Candidate divided by baseline.
    Ratio,
    /// The candidate's mean minus `ratio` times the baseline's. Told as an effect it is divided by
    /// the baseline's mean, so that a bound lies beyond the margin exactly where the contrast's
    /// lies beyond 0.
    Contrast { ratio: f64, baseline: f64 },
}

impl Estimand {
    /// The effect, candidate minus baseline in the scale of the finding.
    pub(crate) fn effect(self, value: f64) -> f64 {
        match self {
            Self::Difference => value,
            Self::Ratio => value - 1.0,
            Self::Contrast { ratio, baseline } => ratio - 1.0 + value / baseline,
        }
    }

    /// The value of the estimand for an effect.
    pub(crate) fn value(self, effect: f64) -> f64 {
        match self {
            Self::Difference => effect,
            Self::Ratio => 1.0 + effect,
            // Exactly 0 at the margin itself.
            Self::Contrast { ratio, baseline } => (1.0 + effect - ratio) * baseline,
        }
    }

    pub(crate) fn scale(self) -> Scale {
        match self {
            Self::Difference => Scale::Absolute,
            Self::Ratio | Self::Contrast { .. } => Scale::Relative,
        }
    }
}

/// What is claimed of the effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    pub better: Better,
    /// How much worse is still acceptable; absent where the candidate has to be better.
    pub margin: Option<Margin>,
}

impl Claim {
    /// That of a metric of the plan.
    pub(crate) fn of(metric: &Metric) -> Self {
        let margin = match metric.hypothesis {
            Hypothesis::Superiority => None,
            Hypothesis::NonInferiority => metric.margin,
        };
        Self { better: metric.better, margin }
    }

    /// The effect that the bound must pass, in the scale of the margin.
    pub(crate) fn limit(self) -> f64 {
        let size = self.margin.map_or(0.0, Margin::size);
        match self.better {
            // There is one zero.
            Better::Higher => 0.0 - size,
            Better::Lower => size,
        }
    }

    /// What the baseline's mean is multiplied by, where the margin is relative to it.
    pub(crate) fn ratio(self) -> Option<f64> {
        matches!(self.margin, Some(Margin::Relative(_))).then(|| 1.0 + self.limit())
    }
}

/// What planning says of an open comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Planned {
    /// The value of the estimand nearest to the null value that so many observations prove.
    pub detectable: Option<f64>,
    /// How many more observations are needed.
    pub further: Option<u64>,
}

/// What a design says: with so many units, and for the assumed value where there is one.
pub(crate) fn planned<D: Design>(
    design: Result<D, Error>,
    units: u64,
    assumed: Option<f64>,
) -> Planned {
    let Ok(design) = design else { return Planned::default() };
    let detectable = design.detectable(units, POWER).ok().map(|found| found.effect);
    let assumed = match assumed {
        Some(value) => design.with_effect(value),
        None => return Planned { detectable, further: None },
    };
    let further = assumed.and_then(|design| design.further(units, POWER));
    Planned { detectable, further: further.ok().map(|found| found.more) }
}

/// What is known of an estimated ratio before planning.
pub(crate) struct RatioSeen<V> {
    /// How much was seen.
    pub size: f64,
    /// The estimate's variance, times the size, if this is the ratio.
    pub variance: V,
}

impl<V: Fn(f64) -> f64> RatioSeen<V> {
    /// By the normal approximation of the score: the ratio nearest to the null value that this
    /// size proves, and the size that proves the assumed ratio.
    pub(crate) fn plan(
        &self,
        question: &Question,
        assumed: Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        let reach = || {
            let z = Normal.upper_quantile(question.alpha.get()).ok()?;
            Some(z + Normal.upper_quantile(1.0 - POWER).ok()?)
        };
        let sign = match question.alternative {
            Alternative::Greater => 1.0,
            Alternative::Less => -1.0,
            Alternative::TwoSided => return (None, None),
        };
        let Some(reach) = reach() else { return (None, None) };
        // The variance is that at the ratio itself, which a few steps find.
        let step =
            |ratio: f64| question.null + sign * reach * ((self.variance)(ratio) / self.size).sqrt();
        let found = (0..RATIO_STEPS).fold(question.null, |ratio, _| step(ratio).max(0.0));
        let detectable = Some(found).filter(|ratio| ratio.is_finite() && *ratio > 0.0);
        let needed = assumed.and_then(|ratio| {
            let distance = sign * (ratio - question.null);
            let times = reach / distance;
            let size = (self.variance)(ratio) * times * times;
            (distance > 0.0 && size.is_finite()).then_some(size)
        });
        (detectable, needed)
    }
}

/// Each step has a small part of the error of the one before.
const RATIO_STEPS: u32 = 20;

/// So many observations; none beyond a thousand million, where no plan goes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 1e9, which is checked"
)]
pub(crate) fn whole(units: f64) -> Option<u64> {
    (0.0..=1e9).contains(&units).then(|| units.ceil() as u64)
}

/// Why there is no comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// The plan asks for a method that does not fit.
    Method { asked: String, fits: Vec<&'static str> },
    /// The data cannot carry a verdict.
    Data { code: String, message: String },
}

impl Refusal {
    pub(crate) fn data(code: &str, message: impl Into<String>) -> Self {
        Self::Data { code: code.to_owned(), message: message.into() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::data(error.code(), error.to_string())
    }
}

/// The method that the plan asks for, among those that fit, of which the first is the default.
pub(crate) fn choose(asked: Option<&str>, fits: &[&'static str]) -> Result<&'static str, Refusal> {
    match asked {
        None => fits.first().copied().ok_or_else(|| {
            Refusal::data("no_method", "no method answers this from such data; give rows")
        }),
        Some(asked) => fits
            .iter()
            .copied()
            .find(|name| *name == asked)
            .ok_or_else(|| Refusal::Method { asked: asked.to_owned(), fits: fits.to_vec() }),
    }
}
