//! Harm: it is proved that the candidate does harm, whenever one looks.

use phasegate_stats::anytime::{Target, bernoulli_sequence, event_ratio_sequence};
use phasegate_stats::summary::Tally;
use phasegate_stats::{Alpha, Question};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::decimal::Decimal;
use super::observation::MAX_COUNT;
use super::reading::Reading;
use super::{Kind, Limit, Moment, Observation, Signal, Truth};

/// The value is proved to be beyond the limit, at an error probability that holds however often
/// one looks. An opt-in for noisy services: others fire on what they observe. It is proved from all
/// that was seen in the phase, begins anew in each, and what is proved stays proved in it.
///
/// Against the baseline, errors of both versions are compared by their rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// Which value.
    pub metric: Signal,
    /// The limit, on the side that is bad for that value.
    pub limit: Limit,
    /// The error probability; when absent `monitoring.harm_alpha`, divided by the number of such
    /// conditions in the plan (Bonferroni).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.000_001, max = 0.5))]
    pub alpha: Option<f64>,
    /// The number of observations at which it should be proved soonest.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = 10_000_000_000_u64))]
    pub planned: u64,
}

fn thousand() -> u64 {
    1000
}

#[derive(Debug, Clone)]
pub(super) struct Judge {
    signal: Signal,
    slow_ms: f64,
    against: Against,
    target: Target,
    alpha: f64,
    min_samples: u64,
    shown: f64,
}

#[derive(Debug, Clone, Copy)]
enum Against {
    Share,
    Baseline,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// Bad and all.
    candidate: [u64; 2],
    baseline: [u64; 2],
    /// The number of observations at which the next look is due.
    next: u64,
    /// The smallest p of all looks.
    p: f64,
}

const NOTHING_SEEN: Memory =
    Memory { phase: None, candidate: [0, 0], baseline: [0, 0], next: 1, p: 1.0 };

impl Judge {
    fn look(&self, memory: &Memory) -> Option<f64> {
        let [bad, all] = memory.candidate;
        let outcome = match self.against {
            Against::Share => bernoulli_sequence(&Tally::new(bad, all).ok()?, &self.target),
            Against::Baseline => {
                let [other_bad, other] = memory.baseline;
                let share = all as f64 / all.saturating_add(other) as f64;
                event_ratio_sequence(other_bad, bad, share, &self.target)
            }
        };
        outcome.ok()?.p
    }
}

impl Kind for Judge {
    type Spec = Harm;
    type Memory = Memory;

    fn compile(spec: &Harm, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        let signal = spec.metric;
        let absolute = match spec.limit {
            Limit::Absolute(limit) => Decimal::of(limit),
            Limit::Threshold(factor) => Decimal::of(signal.threshold(setting.plan))
                .zip(Decimal::of(factor))
                .and_then(|(threshold, factor)| threshold.times(factor)),
            Limit::Baseline(_) => None,
        };
        let (against, null, shown) = match (spec.limit, absolute) {
            (Limit::Baseline(factor), _) if signal == Signal::ErrorRate => {
                (Against::Baseline, factor, factor)
            }
            (Limit::Baseline(_), _) => {
                faults.tell("limit", "against the baseline only `error_rate` can be proved");
                return None;
            }
            (_, Some(limit)) if signal.bad_share(limit).is_some() => {
                let share = signal.bad_share(limit).map_or(0.0, Decimal::to_f64);
                (Against::Share, share, limit.to_f64())
            }
            _ => (Against::Share, f64::NAN, 0.0),
        };
        let sensible = match against {
            Against::Share => null > 0.0 && null < 1.0,
            Against::Baseline => null > 0.0,
        };
        let alpha = spec.alpha.unwrap_or(setting.harm_alpha);
        let target = Alpha::new(alpha)
            .and_then(|level| Target::new(Question::greater_than(null).at(level), spec.planned));
        match target {
            Ok(target) if sensible => Some(Self {
                signal,
                slow_ms: absolute.map_or(0.0, Decimal::to_f64),
                against,
                target,
                alpha,
                min_samples: setting.min_samples,
                shown,
            }),
            Ok(_) | Err(_) if !sensible => {
                faults.tell(
                    "limit",
                    "nothing can be proved against it; give a share between 0 and 1",
                );
                None
            }
            Ok(_) => None,
            Err(error) => {
                faults.tell("", error.to_string());
                None
            }
        }
    }

    fn begin(&self) -> Memory {
        NOTHING_SEEN
    }

    fn fits(&self, _: &Memory) -> bool {
        true
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        if observation.phase.is_some() && observation.phase != memory.phase {
            *memory = Memory { phase: observation.phase.clone(), ..NOTHING_SEEN };
        }
        for (sum, sample) in [
            (&mut memory.candidate, &observation.candidate),
            (&mut memory.baseline, &observation.baseline),
        ] {
            if let Some(counts) = self.signal.counts(sample, self.slow_ms) {
                for (total, more) in sum.iter_mut().zip(counts) {
                    *total = total.saturating_add(more).min(MAX_COUNT);
                }
            }
        }
        let [_, all] = memory.candidate;
        if all >= memory.next {
            // A look costs a thousand times as much as a count; each is due 1.6 % after the last.
            memory.next = all.saturating_add((all / 64).max(1));
            if let Some(p) = self.look(memory) {
                memory.p = memory.p.min(p);
            }
        }
    }

    fn truth(&self, memory: &Memory, _: &Moment) -> Truth {
        let [_, all] = memory.candidate;
        if all < self.min_samples || all == 0 {
            return Truth::Unknown;
        }
        Truth::of(memory.p <= self.alpha)
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        let [bad, all] = memory.candidate;
        let proved = format!("(p {} against {})", memory.p, self.alpha);
        Reading {
            of: self.signal.as_str().to_owned(),
            met: self.truth(memory, moment).known(),
            observed: self.signal.value(memory.candidate),
            limit: Some(self.shown),
            bad: Some(bad),
            samples: Some(all),
            window: None,
            relation: match self.against {
                Against::Share => format!("proved {proved} to be {}", self.signal.beyond()),
                Against::Baseline => {
                    format!("proved {proved} to be, in multiples of the baseline's, above")
                }
            },
        }
    }

    fn ever(&self) -> Option<f64> {
        Some(self.alpha)
    }
}
