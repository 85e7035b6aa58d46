//! False alarms: how long a version that is well can be expected to run until a trigger fires.

use phasegate_stats::dist::{Binomial, Discrete as _};
use serde::{Deserialize, Serialize};

use super::compile::{Compiled, Mode, Node};
use super::decimal::Decimal;
use super::observation::floor;
use super::{Engine, Leaf, Signal};
use crate::Span;

const HOUR_NS: f64 = 3.6e12;

/// What a version that is well looks like. What is absent is not known, and triggers that depend on
/// it get no number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Healthy {
    /// Requests of the candidate.
    pub requests_per_hour: Option<f64>,
    /// Their true error rate, as a fraction.
    pub error_rate: Option<f64>,
    /// The true share of them that takes longer than the triggers' latency limit.
    pub slow_share: Option<f64>,
    /// Security checks.
    pub security_checks_per_hour: Option<f64>,
    /// The true share of them that fails.
    pub security_failure_rate: Option<f64>,
    /// The share of SLO windows that are missed.
    pub slo_miss_rate: Option<f64>,
}

/// How often a trigger fires for a version that is well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseAlarm {
    /// The trigger's name in the plan.
    pub id: String,
    /// How likely one window meets its condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance_per_window: Option<f64>,
    /// The expected number of windows until it fires; null when it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_windows: Option<f64>,
    /// The same in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_hours: Option<f64>,
    /// The bound on the chance that it ever fires in one phase, for proofs of harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance_ever: Option<f64>,
    /// What the numbers assume.
    pub assumes: String,
}

/// The chance that one window meets a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chance {
    pub met: f64,
    pub window: Span,
}

impl Chance {
    pub(super) fn per_hour(self) -> f64 {
        self.met / hours(self.window)
    }
}

fn hours(span: Span) -> f64 {
    span.nanos() as f64 / HOUR_NS
}

/// The expected number of windows until so many in a row have failed, each with the same chance
/// and independently: (1 - q^n) / (q^n (1 - q)); infinite for a chance of 0, and at least `n`.
///
/// Source: W. Feller, An Introduction to Probability Theory, volume 1 (1968), XIII.7, equation 7.7.
///
/// ```
/// use phasegate_core::trigger::expected_windows;
/// assert_eq!(expected_windows(3, 0.5), 14.0);
/// assert_eq!(expected_windows(1, 0.01), 100.0);
/// ```
#[must_use]
pub fn expected_windows(consecutive: u64, chance: f64) -> f64 {
    // (1 - q^n) / (1 - q) is 1 + q + ... + q^(n-1): no difference of near numbers, none of 0 / 0.
    let (mut sum, mut power) = (0.0, 1.0);
    for _ in 0..consecutive {
        sum += power;
        power *= chance;
    }
    sum / power
}

/// The chance that of all a window holds, more than a share is bad.
pub(super) fn chance_beyond(
    share: Decimal,
    signal: Signal,
    healthy: &Healthy,
    window: Span,
    min_samples: u64,
) -> Option<Chance> {
    let (per_hour, bad) = match signal {
        Signal::ErrorRate => (healthy.requests_per_hour?, healthy.error_rate?),
        Signal::P95LatencyMs => (healthy.requests_per_hour?, healthy.slow_share?),
        Signal::SecurityPassRate => {
            (healthy.security_checks_per_hour?, healthy.security_failure_rate?)
        }
    };
    let all = floor(per_hour * hours(window));
    if all < min_samples || all == 0 {
        return Some(Chance { met: 0.0, window });
    }
    let met = Binomial::new(all, bad).ok()?.sf(share.most_of(all)).ok()?;
    Some(Chance { met, window })
}

impl Engine {
    /// How often each trigger fires for a version that is well, in the plan's order.
    #[must_use]
    pub fn false_alarms(&self, healthy: &Healthy) -> Vec<FalseAlarm> {
        self.triggers().iter().map(|trigger| of_trigger(trigger, healthy)).collect()
    }
}

fn of_trigger(trigger: &Compiled, healthy: &Healthy) -> FalseAlarm {
    let ever: Option<f64> = trigger.leaves.iter().map(Leaf::ever).sum();
    let chance = of_node(&trigger.node, trigger, healthy).filter(|_| ever.is_none());
    let (windows, mut assumes) = match trigger.mode {
        Mode::Held(0) => (1, "windows side by side are independent".to_owned()),
        Mode::Held(_) => (1, "windows side by side are independent; it must be met for longer, so that alarms are rarer".to_owned()),
        Mode::Closed { windows, .. } | Mode::Reported { windows } => {
            (windows, format!("windows are independent; {windows} in a row are needed"))
        }
    };
    if ever.is_some() {
        "the bound holds however often one looks, per phase".clone_into(&mut assumes);
    } else if chance.is_none() {
        "what a healthy version looks like is not known for all of its conditions"
            .clone_into(&mut assumes);
    }
    let expected = chance.map(|chance| expected_windows(windows, chance.met));
    let finite = |number: f64| number.is_finite().then_some(number);
    FalseAlarm {
        id: trigger.id.clone(),
        chance_per_window: chance.map(|chance| chance.met),
        expected_windows: expected.and_then(finite),
        expected_hours: expected
            .zip(chance)
            .and_then(|(windows, chance)| finite(windows * hours(chance.window))),
        chance_ever: ever.map(|sum| sum.min(1.0)),
        assumes,
    }
}

/// Of conditions that must all be met the rarest bounds the whole; of those of which one is enough
/// the sum does.
fn of_node(node: &Node, trigger: &Compiled, healthy: &Healthy) -> Option<Chance> {
    let each = |nodes: &[Node]| -> Option<Vec<Chance>> {
        nodes.iter().map(|node| of_node(node, trigger, healthy)).collect()
    };
    match node {
        Node::Leaf(index) => trigger.leaves.get(*index)?.chance(healthy),
        Node::All(nodes) => {
            let all = each(nodes)?;
            all.into_iter().min_by(|a, b| a.per_hour().total_cmp(&b.per_hour()))
        }
        Node::Any(nodes) => {
            let sum: f64 = each(nodes)?.into_iter().map(Chance::per_hour).sum();
            let window = trigger.span;
            Some(Chance { met: (sum * hours(window)).min(1.0), window })
        }
        Node::Not(_) => None,
    }
}
