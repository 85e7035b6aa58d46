//! One metric: what is kept of its values, and how it is classified.

use crate::error::{Error, ErrorKind};
use crate::judge::JudgeRules;
use crate::math::to_count;
use crate::pair_differences::{check_range, median_difference, nth_difference};
use crate::rank_sum::Standing;
use crate::summary::SortedRun;

/// One metric of both versions.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedMetric {
    /// Its name.
    pub name: String,
    /// The groups whose scores it enters.
    pub groups: Vec<String>,
    /// The baseline's values, one per interval of time; NaN where one is missing.
    pub baseline: Vec<f64>,
    /// The candidate's.
    pub candidate: Vec<f64>,
    /// How it is judged.
    pub rules: MetricRules,
}

/// How a metric is judged: Kayenta's `analysisConfigurations.canary`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MetricRules {
    /// In which direction a difference is a failure.
    pub direction: Direction,
    /// What becomes of missing values: `nanStrategy`.
    pub missing: MissingValues,
    /// What becomes of outliers: `outliers`.
    pub outliers: Outliers,
    /// Whether a failure fails the whole canary.
    pub critical: bool,
    /// Whether missing data are a failure of the metric: `mustHaveData`.
    pub must_have_data: bool,
    /// Whether the metric is shown but not scored.
    pub muted: bool,
    /// How large a difference must be: `effectSize`.
    pub effect: EffectSize,
}

/// In which direction a difference is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Greater values fail.
    Increase,
    /// Smaller values fail.
    Decrease,
    /// Both do.
    #[default]
    Either,
}

/// What becomes of missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingValues {
    /// They are left out; no values at all are no data.
    #[default]
    Remove,
    /// They are zeros; no values at all are a pass.
    Zero,
}

/// What becomes of outliers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Outliers {
    /// They stay.
    #[default]
    Keep,
    /// Values leave that lie beyond `factor` interquartile ranges from the quartiles and beyond the
    /// first and last percentile of their arm.
    Remove {
        /// Kayenta's `outlierFactor`, 3 by default.
        factor: f64,
    },
}

/// How large a difference must be to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectSize {
    /// What is measured.
    pub measure: EffectMeasure,
    /// A low metric fails at this or below: `allowedDecrease`.
    pub allowed_decrease: f64,
    /// A high metric fails at this or above: `allowedIncrease`.
    pub allowed_increase: f64,
    /// A low critical metric fails the canary at this or below: `criticalDecrease`.
    pub critical_decrease: f64,
    /// A high critical metric fails the canary at this or above: `criticalIncrease`.
    pub critical_increase: f64,
}

impl EffectSize {
    /// Any size counts.
    #[must_use]
    pub const fn any(measure: EffectMeasure) -> Self {
        let none = match measure {
            EffectMeasure::MeanRatio => 1.0,
            EffectMeasure::CommonLanguage => 0.5,
        };
        Self {
            measure,
            allowed_decrease: none,
            allowed_increase: none,
            critical_decrease: none,
            critical_increase: none,
        }
    }
}

impl Default for EffectSize {
    fn default() -> Self {
        Self::any(EffectMeasure::MeanRatio)
    }
}

/// What an effect size measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectMeasure {
    /// The candidate's mean divided by the baseline's: `meanRatio`. Undefined where one is zero.
    MeanRatio,
    /// The probability that a value of the candidate is greater, ties by half: `cles`.
    CommonLanguage,
}

/// What the judge calls a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Classification {
    /// No difference that counts.
    Pass,
    /// Greater than the baseline.
    High,
    /// Smaller than the baseline.
    Low,
    /// No values in an arm.
    Nodata,
    /// The same, where there must be some.
    NodataFailMetric,
}

/// One metric, judged.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MetricJudgement {
    /// The metric's name.
    pub name: String,
    /// What it is called.
    pub classification: Classification,
    /// Whether it fails the whole canary.
    pub critical_failure: bool,
    /// The effect size, where it is defined.
    pub effect: Option<f64>,
    /// The shift of values, where the arms were compared.
    pub shift: Option<ShiftInterval>,
}

/// The location shift as the judge reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ShiftInterval {
    /// The median of all differences.
    pub estimate: f64,
    /// The lower end; where no difference is a bound, the least one.
    pub lower: f64,
    /// The upper end; where no difference is a bound, the greatest one.
    pub upper: f64,
}

pub(super) fn classify(
    metric: &JudgedMetric,
    judge: &JudgeRules,
) -> Result<MetricJudgement, Error> {
    let rules = &metric.rules;
    let baseline = kept(&metric.name, &metric.baseline, rules)?;
    let candidate = kept(&metric.name, &metric.candidate, rules)?;
    let (b, c) = (baseline.values(), candidate.values());
    let plain = |classification: Classification, critical_failure: bool| MetricJudgement {
        name: metric.name.clone(),
        classification,
        critical_failure,
        effect: None,
        shift: None,
    };
    if b.is_empty() || c.is_empty() {
        return Ok(match rules.missing {
            MissingValues::Zero => plain(Classification::Pass, false),
            MissingValues::Remove if rules.must_have_data && !rules.critical => {
                plain(Classification::NodataFailMetric, false)
            }
            MissingValues::Remove => plain(Classification::Nodata, rules.critical),
        });
    }
    let standing = Standing::new(b, c, 0.0)?;
    if b == c || standing.all_tied() {
        return Ok(plain(Classification::Pass, false));
    }

    let shift = shift(b, c, &standing, judge)?;
    let bound = judge.tolerance * shift.estimate.abs();
    let effect = effect(b, c, &standing, rules.effect.measure);
    let EffectSize { allowed_decrease, allowed_increase, .. } = rules.effect;
    let EffectSize { critical_decrease, critical_increase, .. } = rules.effect;
    let up = matches!(rules.direction, Direction::Increase | Direction::Either);
    let down = matches!(rules.direction, Direction::Decrease | Direction::Either);
    let high = up && shift.lower > bound && effect.is_none_or(|size| size >= allowed_increase);
    let low = down && shift.upper < -bound && effect.is_none_or(|size| size <= allowed_decrease);
    let (classification, beyond) = if high {
        (Classification::High, effect.is_some_and(|size| size >= critical_increase))
    } else if low {
        (Classification::Low, effect.is_some_and(|size| size <= critical_decrease))
    } else {
        (Classification::Pass, false)
    };
    let critical_failure = rules.critical && beyond;
    Ok(MetricJudgement { effect, shift: Some(shift), ..plain(classification, critical_failure) })
}

/// The values that are compared, in ascending order.
fn kept(name: &str, values: &[f64], rules: &MetricRules) -> Result<SortedRun, Error> {
    if values.iter().any(|value| value.is_infinite()) {
        let message = format!("metric `{name}` has an infinite value; leave it out, or give NaN");
        return Err(Error::new(ErrorKind::NonFinite, message));
    }
    let present: Vec<f64> = match rules.missing {
        MissingValues::Remove => values.iter().copied().filter(|value| !value.is_nan()).collect(),
        MissingValues::Zero => {
            values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect()
        }
    };
    let run = SortedRun::try_from(present)?;
    let Outliers::Remove { factor } = rules.outliers else { return Ok(run) };
    if !(factor > 0.0 && factor.is_finite()) {
        let message =
            format!("the outlier factor of metric `{name}` is {factor}; it must be above 0");
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let sorted = run.values();
    let (first, third) = (percentile(sorted, 0.25), percentile(sorted, 0.75));
    let reach = factor * (third - first);
    let low = (first - reach).min(percentile(sorted, 0.01));
    let high = (third + reach).max(percentile(sorted, 0.99));
    let inside = sorted.iter().copied().filter(|value| (low..=high).contains(value));
    SortedRun::try_from(inside.collect::<Vec<_>>())
}

/// Between order statistics by the straight line that starts at the first and ends at the last:
/// type 7 of R's `quantile`.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = share * sorted.len().saturating_sub(1) as f64;
    let index = usize::try_from(to_count(at.floor())).unwrap_or_default();
    let value = |index: usize| sorted.get(index).or(sorted.last()).copied().unwrap_or_default();
    let (below, above) = (value(index), value(index + 1));
    below + (at - at.floor()) * (above - below)
}

fn shift(
    b: &[f64],
    c: &[f64],
    standing: &Standing,
    judge: &JudgeRules,
) -> Result<ShiftInterval, Error> {
    check_range(b, c)?;
    let cut = standing.normal_cut(b, c, 0.5 * judge.alpha.get())?.max(1);
    Ok(ShiftInterval {
        estimate: median_difference(b, c),
        lower: nth_difference(b, c, cut),
        upper: nth_difference(b, c, standing.pairs + 1 - cut),
    })
}

fn effect(b: &[f64], c: &[f64], standing: &Standing, measure: EffectMeasure) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    match measure {
        EffectMeasure::CommonLanguage => Some(standing.statistic() / standing.pairs as f64),
        EffectMeasure::MeanRatio => {
            let (of_b, of_c) = (mean(b), mean(c));
            (of_b != 0.0 && of_c != 0.0).then(|| of_c / of_b)
        }
    }
}
