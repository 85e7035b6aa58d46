//! Classifications become group scores, and those the score of the canary.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind};
use crate::judge::{Classification, JudgedMetric, MetricJudgement};
use crate::outcome::Alpha;

/// Half of the metrics without data, in percent: then nothing is said.
const TOO_MUCH_MISSING: f64 = 50.0;

/// How classifications become a score, and how metrics are compared.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct JudgeRules {
    /// The weight of each group in percent; groups without one share what is left of 100.
    pub group_weights: BTreeMap<String, f64>,
    /// The least score that passes, from 0 to 100.
    pub pass: f64,
    /// The least score that is marginal.
    pub marginal: f64,
    /// The share of the absolute estimate beyond which the interval must lie: 0.25 in Kayenta.
    pub tolerance: f64,
    /// The error probability of the interval: 0.02 in Kayenta.
    pub alpha: Alpha,
}

impl JudgeRules {
    /// Kayenta's rules with these thresholds, groups of equal weight.
    #[must_use]
    pub fn new(pass: f64, marginal: f64) -> Self {
        let group_weights = BTreeMap::new();
        Self { group_weights, pass, marginal, tolerance: 0.25, alpha: Alpha::TWO_PERCENT }
    }

    fn check(&self) -> Result<(), Error> {
        let total: f64 = self.group_weights.values().sum();
        let fault = if self.group_weights.values().any(|weight| !(0.0..=100.0).contains(weight)) {
            "a group weight is outside of 0 to 100"
        } else if total > 100.0 + 1e-9 {
            "group weights sum to more than 100"
        } else if !((0.0..=100.0).contains(&self.pass) && (0.0..=100.0).contains(&self.marginal)) {
            "a score threshold is outside of 0 to 100"
        } else if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            "the tolerance is below 0"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::OutOfRange, fault))
    }
}

/// The score of one group.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupScore {
    /// The group's name.
    pub name: String,
    /// The percentage of passes; absent where no metric has data, which counts as 100.
    pub score: Option<f64>,
    /// How many metrics the group has.
    pub metrics: usize,
}

/// What a score is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum ScoreClass {
    /// At the pass threshold or above.
    Pass,
    /// Below it, at the marginal threshold or above.
    Marginal,
    /// Below both.
    Fail,
}

/// Why a score is 0 whatever its groups say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum JudgementReason {
    /// This critical metric failed.
    CriticalMetric(String),
    /// Half of the metrics or more have no data.
    TooMuchMissing,
}

/// The whole answer of the judge.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Judgement {
    /// Each metric, in the order given.
    pub metrics: Vec<MetricJudgement>,
    /// Each group, by name.
    pub groups: Vec<GroupScore>,
    /// From 0 to 100, to two decimals.
    pub score: f64,
    /// What the score is called.
    pub class: ScoreClass,
    /// Why the score is 0 whatever the groups say.
    pub reason: Option<JudgementReason>,
}

pub(super) fn judgement(
    metrics: &[JudgedMetric],
    judged: Vec<MetricJudgement>,
    rules: &JudgeRules,
) -> Result<Judgement, Error> {
    rules.check()?;
    let scored: Vec<_> =
        metrics.iter().zip(&judged).filter(|(metric, _)| !metric.rules.muted).collect();
    if scored.is_empty() {
        return Err(Error::new(ErrorKind::TooFew, "there are no metrics to score"));
    }
    let mut members: BTreeMap<&str, Vec<Classification>> = BTreeMap::new();
    for (metric, result) in &scored {
        let groups: BTreeSet<&str> = metric.groups.iter().map(String::as_str).collect();
        for group in groups {
            members.entry(group).or_default().push(result.classification);
        }
    }
    let groups: Vec<GroupScore> =
        members.iter().map(|(name, members)| group_score(name, members)).collect();

    let critical = scored.iter().find(|(_, result)| result.critical_failure);
    let missing =
        scored.iter().filter(|(_, result)| result.classification == Classification::Nodata).count();
    let missing_percent = missing as f64 / scored.len() as f64 * 100.0;
    let reason = if let Some((metric, _)) = critical {
        Some(JudgementReason::CriticalMetric(metric.name.clone()))
    } else {
        (missing_percent >= TOO_MUCH_MISSING).then_some(JudgementReason::TooMuchMissing)
    };
    let score = if reason.is_some() { 0.0 } else { summary(&groups, rules) };
    let class = if score >= rules.pass {
        ScoreClass::Pass
    } else if score >= rules.marginal {
        ScoreClass::Marginal
    } else {
        ScoreClass::Fail
    };
    Ok(Judgement { metrics: judged, groups, score, class, reason })
}

fn group_score(name: &str, members: &[Classification]) -> GroupScore {
    let with_data = members.iter().filter(|member| **member != Classification::Nodata).count();
    let passes = members.iter().filter(|member| **member == Classification::Pass).count();
    GroupScore {
        name: name.to_owned(),
        score: (with_data > 0).then(|| passes as f64 / with_data as f64 * 100.0),
        metrics: members.len(),
    }
}

fn summary(groups: &[GroupScore], rules: &JudgeRules) -> f64 {
    let given: f64 = rules.group_weights.values().sum();
    let without =
        groups.iter().filter(|group| !rules.group_weights.contains_key(&group.name)).count();
    let rest = if without > 0 { (100.0 - given) / without as f64 } else { 0.0 };
    let sum: f64 = groups
        .iter()
        .map(|group| {
            let weight = rules.group_weights.get(&group.name).copied().unwrap_or(rest);
            group.score.unwrap_or(100.0) * (weight / 100.0)
        })
        .sum();
    two_decimals(sum)
}

/// Half up in the shortest decimal form, as Java's `BigDecimal` of a double's text.
fn two_decimals(score: f64) -> f64 {
    let text = format!("{score}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digit = |place: usize| {
        fraction.as_bytes().get(place).map_or(0, |digit| u64::from(digit.saturating_sub(b'0')))
    };
    let whole: u64 = whole.parse().unwrap_or_default();
    let up = u64::from(digit(2) >= 5);
    (whole * 100 + digit(0) * 10 + digit(1) + up) as f64 / 100.0
}
