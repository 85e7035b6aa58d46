//! The judge of Kayenta (Spinnaker's canary analysis), so that its users can move and compare.
//!
//! [`kayenta_judge`] gives what `NetflixACAJudge-v1.0` gives for the same values and configuration:
//! each metric is classified by a Mann-Whitney interval, classifications become group scores, and a
//! weighted sum of those becomes pass, marginal or fail. It is no default of anything here, and
//! it has the judge's weaknesses: its tolerance is a share of the estimate itself and not of the
//! baseline, so that a shift of any size counts once it is told from zero; errors that are mostly
//! zero pass at twenty times their rate; there is no least number of values; no difference proved
//! is a pass.
//!
//! | method | question |
//! |---|---|
//! | [`kayenta_judge`] | how does a canary compare with its baseline, as Kayenta would say |
//!
//! # Where it differs
//!
//! - Nothing is random. To data that are constant in each arm and differ Kayenta adds Gaussian
//!   noise of a hundred-thousandth of the value; here the shift is what it is.
//! - Ends of the interval are the order statistics of all differences to which R's root finder
//!   converges, and the estimate is their median; Kayenta stops within its solver's tolerance.
//! - Infinite values, and group weights that are negative or sum to more than 100, are refused.

#[cfg(feature = "registry")]
mod fields;
mod metric;
mod score;

pub use metric::{
    Classification, Direction, EffectMeasure, EffectSize, JudgedMetric, MetricJudgement,
    MetricRules, MissingValues, Outliers, ShiftInterval,
};
pub use score::{GroupScore, JudgeRules, Judgement, JudgementReason, ScoreClass};

use crate::error::Error;

/// How does a canary compare with its baseline, as Kayenta would say?
///
/// - Missing values (NaN) are removed, or replaced by zero; outliers are kept, or removed beyond
///   the wider of the interquartile fences and the outer percentiles.
/// - A metric is [`High`](Classification::High) where the lower end of the interval (98 %) lies
///   above a quarter of the absolute estimate and the effect size reaches what is allowed,
///   [`Low`](Classification::Low) for the mirror image, each only in the metric's direction; else
///   [`Pass`](Classification::Pass). A mean ratio that would divide by or be zero does not hinder
///   either, and makes neither critical.
/// - A group's score is the percentage of passes among its metrics with data; a group without any
///   data counts as 100. The score is the weighted sum, rounded to two decimals; groups without a
///   weight share what is left of 100. A critical failure, or missing data in half of the metrics
///   or more, makes it 0.
/// - Hypotheses: per metric that the candidate's values are not shifted beyond the tolerance; no
///   error probability is promised for the score.
/// - Assumes: values of different times are independent, as Mann and Whitney's test does.
/// - Edge cases: a metric without values is [`Nodata`](Classification::Nodata), or fails where it
///   must have them; arms whose values are the same, or all equal, pass.
/// - Units: those of each metric's values; scores are percentages from 0 to 100.
/// - Cost: sorts each metric's values, and some passes over them.
/// - Source: the behavior of Kayenta's `NetflixACAJudge`, `MannWhitneyClassifier` and
///   `WeightedSumScorer`; R 4.2 `wilcox.test(exact = FALSE, conf.int = TRUE, conf.level = 0.98)`.
///
/// ```
/// use phasegate_stats::judge::{
///     Classification, JudgeRules, JudgedMetric, MetricRules, ScoreClass, kayenta_judge,
/// };
///
/// let latency = JudgedMetric {
///     name: "latency".to_owned(),
///     groups: vec!["speed".to_owned()],
///     baseline: (0..50).map(|i| 100.0 + f64::from(i % 7)).collect(),
///     candidate: (0..50).map(|i| 120.0 + f64::from(i % 5)).collect(),
///     rules: MetricRules::default(),
/// };
/// let judgement = kayenta_judge(&[latency], &JudgeRules::new(95.0, 75.0))?;
/// assert_eq!(judgement.metrics[0].classification, Classification::High);
/// assert_eq!((judgement.score, judgement.class), (0.0, ScoreClass::Fail));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// [`TooFew`](crate::ErrorKind::TooFew) for no metrics to score;
/// [`NonFinite`](crate::ErrorKind::NonFinite) for infinite values;
/// [`OutOfRange`](crate::ErrorKind::OutOfRange) for weights, thresholds or factors outside of
/// their range; [`TooLarge`](crate::ErrorKind::TooLarge) where differences leave the range of
/// doubles.
pub fn kayenta_judge(metrics: &[JudgedMetric], rules: &JudgeRules) -> Result<Judgement, Error> {
    let judged = metrics
        .iter()
        .map(|metric| metric::classify(metric, rules))
        .collect::<Result<Vec<_>, Error>>()?;
    score::judgement(metrics, judged, rules)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    kayenta_judge: "How does a canary compare with its baseline, as Kayenta would say?",
    {
        metrics: Vec<JudgedMetric>,
        rules: JudgeRules,
    },
    r#"{"metrics": [{"name": "latency", "groups": ["speed"], "baseline": [100, 101, 103, null, 102, 104], "candidate": [120, 121, 124, 122, 123, 125], "rules": {"direction": "increase"}}], "rules": {"pass": 95, "marginal": 75}}"#,
    kayenta_judge(&metrics, &rules),
}

#[cfg(feature = "registry")]
pub(crate) const FAMILY: crate::registry::Family =
    crate::registry::Family { name: "judge", methods: &[METHOD] };
