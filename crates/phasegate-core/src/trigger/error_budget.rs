//! Error budget: that of a period is used up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::decimal::Decimal;
use super::false_alarm::{Chance, Healthy, chance_beyond};
use super::reading::Reading;
use super::ring::{Ring, Window};
use super::{Kind, Moment, Observation, Signal, Truth};
use crate::Span;

/// More was bad in a period than its error budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorBudget {
    /// What is counted; of latencies, those above the plan's threshold are bad.
    pub metric: Signal,
    /// The share that is to be good: 0.99 leaves a budget of 1 %.
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub objective: f64,
    /// The period, a trailing one.
    pub period: Span,
    /// How many are expected in a period: the budget is that of so many at least. Without it the
    /// budget is that of what was seen so far, and a first error may use it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub expected: Option<u64>,
}

const PARTS: u32 = 12;

#[derive(Debug, Clone)]
pub(super) struct Judge {
    signal: Signal,
    slow_ms: f64,
    min_samples: u64,
    window: Window,
    period: Span,
    expected: u64,
    /// The share of bad ones at which it begins to be met, and that at which it ends.
    share: [Decimal; 2],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    seen: Ring,
}

impl Kind for Judge {
    type Spec = ErrorBudget;
    type Memory = Memory;

    fn compile(spec: &ErrorBudget, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        let budget = Decimal::of(spec.objective).and_then(Decimal::complement);
        let share = budget.and_then(|budget| Some([budget, budget.times(setting.easing)?]));
        if share.is_none() {
            faults.tell("objective", "it is a fraction below 1 with at most 18 digits");
        }
        Some(Self {
            signal: spec.metric,
            slow_ms: setting.plan.thresholds.p95_latency_ms,
            min_samples: setting.min_samples,
            window: Window::of(spec.period.nanos(), PARTS),
            period: spec.period,
            expected: spec.expected.unwrap_or(0),
            share: share?,
        })
    }

    fn begin(&self) -> Memory {
        Memory { seen: Ring::new(self.window) }
    }

    fn fits(&self, memory: &Memory) -> bool {
        memory.seen.fits(self.window)
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        if let Some(counts) = self.signal.counts(&observation.candidate, self.slow_ms) {
            memory.seen.add(self.window, observation.time.unix_nanos(), counts);
        }
    }

    fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
        let [bad, all] = memory.seen.sum(self.window, moment.clock);
        if all < self.min_samples || all == 0 {
            return Truth::Unknown;
        }
        let share = self.share[usize::from(moment.eased)];
        Truth::of(share.is_below(bad, all.max(self.expected)))
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        let [bad, all] = memory.seen.sum(self.window, moment.clock);
        let allowed = self.share[0].to_f64() * all.max(self.expected) as f64;
        Reading {
            of: format!("{} budget used", self.signal.as_str()),
            met: self.truth(memory, moment).known(),
            observed: (allowed > 0.0).then(|| bad as f64 / allowed),
            limit: Some(1.0),
            bad: Some(bad),
            samples: Some(all),
            window: Some(self.period),
            relation: "above".to_owned(),
        }
    }

    fn chance(&self, healthy: &Healthy) -> Option<Chance> {
        (self.expected == 0)
            .then(|| {
                chance_beyond(self.share[0], self.signal, healthy, self.period, self.min_samples)
            })
            .flatten()
    }
}
