//! Planning a comparison of quantiles.

use crate::design::power::reference::normal;
use crate::design::power::{Design, baseline_size, check_size, positive, rate};
use crate::dist::{Continuous as _, Normal};
use crate::error::{Error, ErrorKind, finite};
use crate::math::{exp, ln};
use crate::one_sample::{checked_quantile, quantile_interval};
use crate::outcome::{Note, Question};
use crate::summary::{PairedValues, Ranked};

/// What is assumed of one arm: its quantile, and how widely that scatters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileArm {
    value: f64,
    deviation: f64,
}

impl QuantileArm {
    /// Of a distribution with this quantile, and this density there: the quantile of n values then
    /// has the standard error sqrt(q (1 - q) / n) / density.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the level is above 0 and below 1 and the density positive;
    /// [`ErrorKind::NonFinite`] for such a value.
    pub fn new(level: f64, value: f64, density: f64) -> Result<Self, Error> {
        let level = checked_quantile(level)?;
        let deviation = (level * (1.0 - level)).sqrt() / positive("the density", density)?;
        Ok(Self {
            value: finite("the quantile", value)?,
            deviation: positive("the deviation of the quantile", deviation)?,
        })
    }

    /// Of a lognormal distribution with this median and this standard deviation of the logarithm,
    /// which latencies often resemble.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the level is above 0 and below 1 and both others positive.
    pub fn lognormal(level: f64, median: f64, sigma: f64) -> Result<Self, Error> {
        let (median, sigma) = (positive("the median", median)?, positive("sigma", sigma)?);
        let z = Normal.quantile(checked_quantile(level)?)?;
        let value = median * exp(sigma * z);
        Self::new(level, value, exp(Normal.ln_density(z)) / sigma / value)
    }

    /// As values at hand show: the deviation is read off the width of the 95 % order-statistic
    /// interval, so that no density needs to be estimated.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] where the values are too few for such an interval;
    /// [`ErrorKind::ZeroVariance`] where it has no width.
    pub fn observed(level: f64, values: &impl Ranked) -> Result<Self, Error> {
        let outcome = quantile_interval(values, level, &Question::differs_from(0.0))?;
        let (Some(value), Some(interval), false) =
            (outcome.estimate, outcome.interval, outcome.notes.contains(&Note::Unbounded))
        else {
            let message = format!(
                "{} values are too few for an interval of the quantile {level}; \
                observe more or assume a distribution",
                values.count()
            );
            return Err(Error::new(ErrorKind::TooFew, message));
        };
        let width = interval.upper - interval.lower;
        if !(width > 0.0 && width.is_finite()) {
            let message = format!("the values about the quantile {level} are equal or unbounded");
            return Err(Error::new(ErrorKind::ZeroVariance, message));
        }
        let each_side = 0.5 * width / Normal.upper_quantile(0.025)?;
        Ok(Self { value, deviation: each_side * (values.count() as f64).sqrt() })
    }

    /// The quantile.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// The standard error of the quantile, times the root of the number of values.
    #[must_use]
    pub const fn deviation(&self) -> f64 {
        self.deviation
    }
}

/// What is asked of two quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum QuantileEffect {
    /// The candidate's less the baseline's.
    Difference,
    /// The candidate's divided by the baseline's, planned on its logarithm.
    Ratio,
}

/// How many observations prove that two quantiles differ, by a difference or a factor?
///
/// A unit of size is a pair, or an observation of the candidate, for each of which there are
/// `per_candidate` ones of the baseline.
///
/// - Hypotheses: those of the question that will be asked, by the method that is planned.
/// - Assumes: independent values, or pairs, of continuous distributions that have a density at the
///   quantile.
/// - Power: by the normal limit of sample quantiles, whose standard error follows from the density.
///   The interval of the method is a little wider than its limit: at 1,000 values an arm and the
///   95th percentile the true power is up to 0.03 lower, below 600 more.
/// - Edge cases: an assumed effect on the null side has no sample size; a target that no possible
///   effect reaches has no detectable effect.
/// - Units: quantiles have that of the values, the density its inverse, sigma none; size counts
///   pairs, or observations of the candidate.
/// - Cost: below a microsecond.
/// - Source: Cramer, "Mathematical methods of statistics" (1946), 28.5.
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{Design as _, QuantileArm, QuantileEffect, QuantilesDesign};
///
/// // P95 of a lognormal latency with sigma 0.9: what increase do a thousand requests an arm see?
/// let arm = QuantileArm::lognormal(0.95, 400.0, 0.9)?;
/// let question = Question::greater_than(1.0).at(Alpha::FIVE_PERCENT);
/// let design = QuantilesDesign::new(arm, arm, QuantileEffect::Ratio, 1.0, question)?;
/// let effect = design.detectable(1000, 0.8)?.effect;
/// // scipy 1.17.1: exp((norm.isf(0.05) + norm.isf(0.2)) * sqrt(2 * 0.95 * 0.05 / 1000) /
/// // (lognorm(0.9).pdf(x) * x)) at x = lognorm(0.9).ppf(0.95)
/// assert!((effect - 1.2355114602916717).abs() < 1e-12);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantilesDesign {
    baseline: QuantileArm,
    candidate: QuantileArm,
    kind: QuantileEffect,
    per_candidate: f64,
    correlation: f64,
    question: Question,
}

impl QuantilesDesign {
    /// Assuming both arms, independent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless `per_candidate` is positive and, of a ratio, both quantiles
    /// and the null value are; [`ErrorKind::NonFinite`].
    pub fn new(
        baseline: QuantileArm,
        candidate: QuantileArm,
        kind: QuantileEffect,
        per_candidate: f64,
        question: Question,
    ) -> Result<Self, Error> {
        finite("the null value", question.null)?;
        positive("the number of baseline observations per candidate", per_candidate)?;
        if kind == QuantileEffect::Ratio {
            positive("the null ratio", question.null)?;
            positive("the quantile of the baseline", baseline.value)?;
            positive("the quantile of the candidate", candidate.value)?;
        }
        Ok(Self { baseline, candidate, kind, per_candidate, correlation: 0.0, question })
    }

    /// Assuming both arms, of the same items, and the correlation of the events that each value
    /// lies at or below its quantile.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`ErrorKind::OutOfRange`] for a correlation that is not from 0 to
    /// 1.
    pub fn paired(
        baseline: QuantileArm,
        candidate: QuantileArm,
        kind: QuantileEffect,
        correlation: f64,
        question: Question,
    ) -> Result<Self, Error> {
        let correlation = rate("the correlation", correlation)?;
        Ok(Self { correlation, ..Self::new(baseline, candidate, kind, 1.0, question)? })
    }

    /// Assuming what pairs at hand show.
    ///
    /// # Errors
    ///
    /// As [`QuantileArm::observed`] and [`new`](Self::new).
    pub fn observed_pairs(
        level: f64,
        pairs: &PairedValues,
        kind: QuantileEffect,
        question: Question,
    ) -> Result<Self, Error> {
        let baseline = QuantileArm::observed(level, pairs.baseline())?;
        let candidate = QuantileArm::observed(level, pairs.candidate())?;
        let correlation = pairs.correlation_at(level).clamp(0.0, 1.0);
        Self::paired(baseline, candidate, kind, correlation, question)
    }
}

impl Design for QuantilesDesign {
    fn question(&self) -> &Question {
        &self.question
    }

    fn with_question(&self, question: Question) -> Result<Self, Error> {
        let correlation = self.correlation;
        let Self { baseline, candidate, kind, per_candidate, .. } = *self;
        Ok(Self { correlation, ..Self::new(baseline, candidate, kind, per_candidate, question)? })
    }

    fn effect(&self) -> f64 {
        match self.kind {
            QuantileEffect::Difference => self.candidate.value - self.baseline.value,
            QuantileEffect::Ratio => self.candidate.value / self.baseline.value,
        }
    }

    /// With the baseline kept; the candidate is moved by a difference and stretched by a ratio.
    fn with_effect(&self, effect: f64) -> Result<Self, Error> {
        finite("the effect", effect)?;
        let candidate = match self.kind {
            QuantileEffect::Difference => {
                QuantileArm { value: self.baseline.value + effect, ..self.candidate }
            }
            QuantileEffect::Ratio => {
                let value = self.baseline.value * effect;
                let stretch = value / self.candidate.value;
                QuantileArm { value, deviation: self.candidate.deviation * stretch }
            }
        };
        Ok(Self { candidate, ..*self })
    }

    fn possible(&self) -> (f64, f64) {
        match self.kind {
            QuantileEffect::Difference => (f64::NEG_INFINITY, f64::INFINITY),
            // A ratio of 0 has no logarithm; nobody plans for a thousandth of it.
            QuantileEffect::Ratio => (1e-3 * self.question.null, f64::INFINITY),
        }
    }

    fn power(&self, size: u64) -> Result<f64, Error> {
        check_size(self, size)?;
        let (n_b, n_c) = (baseline_size(size, self.per_candidate) as f64, size as f64);
        let (scale_b, scale_c, null, effect) = match self.kind {
            QuantileEffect::Difference => (1.0, 1.0, self.question.null, self.effect()),
            QuantileEffect::Ratio => {
                let (b, c) = (self.baseline.value, self.candidate.value);
                (1.0 / b, 1.0 / c, ln(self.question.null), ln(self.effect()))
            }
        };
        let error_b = scale_b * self.baseline.deviation / n_b.sqrt();
        let error_c = scale_c * self.candidate.deviation / n_c.sqrt();
        let squared =
            error_b * error_b + error_c * error_c - 2.0 * self.correlation * error_b * error_c;
        let error = squared.max(0.0).sqrt();
        normal(&Question { null, ..self.question }, effect, error, error)
    }
}

/// Which of the two constructors takes an arm as the registry's inputs say it.
#[cfg(feature = "registry")]
impl crate::registry::Field for QuantileArm {
    const KIND: &'static str = "quantile arm";
    const FORM: &'static str = r#"{"level": number, "value": number, "density": number} | {"level": number, "median": number, "sigma": number}"#;

    fn read(
        value: &serde_json::Value,
        _: Option<Self>,
        path: &str,
        faults: &mut crate::registry::Faults,
    ) -> Option<Self> {
        let mut object = crate::registry::Object::of(value, path, faults)?;
        let is_lognormal = object.has("median") || object.has("sigma");
        let (first, second) = if is_lognormal { ("median", "sigma") } else { ("value", "density") };
        let level = object.take("level", None, faults);
        let (first, second) = (object.take(first, None, faults), object.take(second, None, faults));
        object.close(faults);
        let of = if is_lognormal { Self::lognormal } else { Self::new };
        faults.accept(path, of(level?, first?, second?))
    }
}

#[cfg(feature = "registry")]
crate::registry::words! {
    QuantileEffect "effect" { "difference" => Difference, "ratio" => Ratio }
}

#[cfg(feature = "registry")]
crate::registry::method! {
    quantiles_power: "How many observations prove that two quantiles differ?",
    {
        baseline: QuantileArm,
        candidate: QuantileArm,
        effect: QuantileEffect = QuantileEffect::Ratio,
        per_candidate: f64 = 1.0,
        question: Question = Question::differs_from(1.0),
        size: u64,
        target: f64 = 0.8,
    },
    r#"{"baseline": {"level": 0.95, "median": 400, "sigma": 0.9}, "candidate": {"level": 0.95, "median": 440, "sigma": 0.9}, "question": {"null": 1, "alternative": "greater"}, "size": 1000}"#,
    QuantilesDesign::new(baseline, candidate, effect, per_candidate, question)
        .and_then(|design| design.plan(size, target)),
}

/// The same for pairs.
#[cfg(feature = "registry")]
pub(super) mod paired {
    use super::{Design as _, QuantileArm, QuantileEffect, QuantilesDesign, Question};

    crate::registry::method! {
        paired_quantiles_power: "How many pairs prove that two quantiles of the same items differ?",
        {
            baseline: QuantileArm,
            candidate: QuantileArm,
            effect: QuantileEffect = QuantileEffect::Ratio,
            correlation: f64,
            question: Question = Question::differs_from(1.0),
            size: u64,
            target: f64 = 0.8,
        },
        r#"{"baseline": {"level": 0.95, "value": 1800, "density": 5e-5}, "candidate": {"level": 0.95, "value": 1900, "density": 5e-5}, "effect": "difference", "correlation": 0.5, "question": {"null": 0, "alternative": "greater"}, "size": 1000}"#,
        QuantilesDesign::paired(baseline, candidate, effect, correlation, question)
            .and_then(|design| design.plan(size, target)),
    }
}
