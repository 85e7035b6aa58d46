//! Threshold: an observed value is beyond a limit.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::decimal::Decimal;
use super::false_alarm::{Chance, Healthy, chance_beyond};
use super::observation::Sample;
use super::reading::Reading;
use super::ring::{Ring, Window};
use super::{Kind, Limit, Moment, Observation, Signal, Truth};
use crate::read::MAX_NUMBER;
use crate::{Span, Timestamp};

/// An observed value is strictly beyond a limit: counts are compared as they are, without a
/// rounded rate between, so that exactly 95 % is not below 95 %.
///
/// A 95th percentile is judged by counts where latencies come in buckets: it is above a limit when
/// more than 5 % of the values are. From a source that gives the percentile alone, or against the
/// baseline, the last one within the window counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Which value.
    pub metric: Signal,
    /// The limit, on the side that is bad for that value.
    pub limit: Limit,
}

/// The limit at which it begins to be met, and that at which it ends.
type Pair<T> = [T; 2];

#[derive(Debug, Clone)]
pub(super) struct Judge {
    signal: Signal,
    against: Against,
    window: Window,
    span: Span,
    min_samples: u64,
}

#[derive(Debug, Clone, Copy)]
enum Against {
    /// More than this share is bad; a percentile that comes as such is compared with `value`.
    Fixed {
        share: Pair<Decimal>,
        value: Pair<f64>,
    },
    Baseline {
        factor: Pair<Decimal>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    candidate: Ring,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<Ring>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    candidate_p95: Option<Percentile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline_p95: Option<Percentile>,
}

/// The last percentile that a source gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Percentile {
    time: Timestamp,
    ms: f64,
    requests: u64,
}

impl Judge {
    fn slow_ms(&self) -> f64 {
        match self.against {
            Against::Fixed { value: [begin, _], .. } => begin,
            Against::Baseline { .. } => MAX_NUMBER,
        }
    }

    /// The last percentile within the window, if enough requests stand behind it.
    fn p95(&self, kept: Option<Percentile>, at: i64) -> Option<Percentile> {
        kept.filter(|last| {
            last.requests >= self.min_samples
                && last.requests > 0
                && self.window.holds(last.time.unix_nanos(), at)
        })
    }

    fn enough(&self, all: u64) -> bool {
        all >= self.min_samples && all > 0
    }

    fn keep_p95(&self, kept: &mut Option<Percentile>, sample: &Sample, time: Timestamp) {
        let relative = matches!(self.against, Against::Baseline { .. });
        let counted = sample.latency_ms.as_ref();
        let given = sample.p95_latency_ms.or_else(|| counted.filter(|_| relative)?.p95_ms());
        let Some(ms) = given.filter(|ms| !ms.is_nan()) else { return };
        if kept.is_none_or(|last| last.time <= time) {
            let counted = counted.map_or(0, |latencies| latencies.longer_than(0.0)[1]);
            let requests = sample.requests.unwrap_or(counted);
            *kept = Some(Percentile { time, ms: ms.min(MAX_NUMBER), requests });
        }
    }
}

impl Kind for Judge {
    type Spec = Threshold;
    type Memory = Memory;

    fn compile(spec: &Threshold, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        let signal = spec.metric;
        let against = match spec.limit {
            Limit::Absolute(limit) => fixed(signal, Decimal::of(limit), setting),
            Limit::Threshold(factor) => {
                let threshold = Decimal::of(signal.threshold(setting.plan));
                let limit = threshold.zip(Decimal::of(factor)).and_then(|(a, b)| a.times(b));
                fixed(signal, limit, setting)
            }
            Limit::Baseline(factor) => relative(signal, factor, setting),
        };
        if against.is_none() {
            let message = "it is no limit of this value; shares are from 0 to 1, and all have at most 18 digits on each side of the point";
            faults.tell("limit", message);
        }
        Some(Self {
            signal,
            against: against?,
            window: setting.window,
            span: setting.span,
            min_samples: setting.min_samples,
        })
    }

    fn begin(&self) -> Memory {
        let relative = matches!(self.against, Against::Baseline { .. });
        Memory {
            candidate: Ring::new(self.window),
            baseline: relative.then(|| Ring::new(self.window)),
            candidate_p95: None,
            baseline_p95: None,
        }
    }

    fn fits(&self, memory: &Memory) -> bool {
        let relative = matches!(self.against, Against::Baseline { .. });
        memory.candidate.fits(self.window)
            && memory.baseline.is_some() == relative
            && memory.baseline.as_ref().is_none_or(|ring| ring.fits(self.window))
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        let time = observation.time.unix_nanos();
        let slow = self.slow_ms();
        if let Some(counts) = self.signal.counts(&observation.candidate, slow) {
            memory.candidate.add(self.window, time, counts);
        }
        if let Some(ring) = &mut memory.baseline
            && let Some(counts) = self.signal.counts(&observation.baseline, slow)
        {
            ring.add(self.window, time, counts);
        }
        if self.signal == Signal::P95LatencyMs {
            self.keep_p95(&mut memory.candidate_p95, &observation.candidate, observation.time);
            self.keep_p95(&mut memory.baseline_p95, &observation.baseline, observation.time);
        }
    }

    fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
        let which = usize::from(moment.eased);
        match self.against {
            Against::Fixed { share, value } => {
                let [bad, all] = memory.candidate.sum(self.window, moment.clock);
                if self.enough(all) {
                    return Truth::of(share[which].is_below(bad, all));
                }
                self.p95(memory.candidate_p95, moment.clock)
                    .map_or(Truth::Unknown, |last| Truth::of(last.ms > value[which]))
            }
            Against::Baseline { factor } if self.signal == Signal::P95LatencyMs => {
                let candidate = self.p95(memory.candidate_p95, moment.clock);
                let baseline = self.p95(memory.baseline_p95, moment.clock);
                candidate.zip(baseline).map_or(Truth::Unknown, |(candidate, baseline)| {
                    Truth::of(candidate.ms > factor[which].to_f64() * baseline.ms)
                })
            }
            Against::Baseline { factor } => {
                let Some(ring) = &memory.baseline else { return Truth::Unknown };
                let [bad, all] = memory.candidate.sum(self.window, moment.clock);
                let [other_bad, other] = ring.sum(self.window, moment.clock);
                if !self.enough(all) || !self.enough(other) {
                    return Truth::Unknown;
                }
                let (seen, other_seen, worse) = match self.signal {
                    Signal::SecurityPassRate => {
                        (all.saturating_sub(bad), other.saturating_sub(other_bad), Ordering::Less)
                    }
                    Signal::ErrorRate | Signal::P95LatencyMs => (bad, other_bad, Ordering::Greater),
                };
                let order = factor[which].compare_times((seen, all), (other_seen, other));
                Truth::of(order == worse)
            }
        }
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        let counts = memory.candidate.sum(self.window, moment.clock);
        let counted = counts[1] > 0 && !self.by_percentile(memory, moment);
        let p95 = self.p95(memory.candidate_p95, moment.clock).map(|last| last.ms);
        let which = usize::from(moment.eased);
        let (limit, relation) = match self.against {
            Against::Fixed { value, .. } => (Some(value[which]), self.signal.beyond().to_owned()),
            Against::Baseline { factor } => (
                self.of_baseline(memory, moment).map(|seen| seen * factor[which].to_f64()),
                format!(
                    "{} {} times the baseline's,",
                    self.signal.beyond(),
                    factor[which].to_f64()
                ),
            ),
        };
        Reading {
            of: self.signal.as_str().to_owned(),
            met: self.truth(memory, moment).known(),
            observed: if counted { self.signal.value(counts) } else { p95 },
            limit,
            bad: counted.then_some(counts[0]),
            samples: Some(counts[1]).filter(|_| counted || p95.is_none()),
            window: Some(self.span),
            relation,
        }
    }

    fn chance(&self, healthy: &Healthy) -> Option<Chance> {
        let Against::Fixed { share: [share, _], .. } = self.against else { return None };
        chance_beyond(share, self.signal, healthy, self.span, self.min_samples)
    }
}

impl Judge {
    /// Whether the answer rests on percentiles and not on counts.
    fn by_percentile(&self, memory: &Memory, moment: &Moment) -> bool {
        let relative = matches!(self.against, Against::Baseline { .. });
        let [_, all] = memory.candidate.sum(self.window, moment.clock);
        self.signal == Signal::P95LatencyMs && (relative || !self.enough(all))
    }

    fn of_baseline(&self, memory: &Memory, moment: &Moment) -> Option<f64> {
        if self.signal == Signal::P95LatencyMs {
            return self.p95(memory.baseline_p95, moment.clock).map(|last| last.ms);
        }
        self.signal.value(memory.baseline.as_ref()?.sum(self.window, moment.clock))
    }
}

fn fixed(signal: Signal, limit: Option<Decimal>, setting: &Setting<'_>) -> Option<Against> {
    let limit = limit?;
    let value = limit.to_f64();
    if signal != Signal::P95LatencyMs && value > 1.0 {
        return None;
    }
    let share = signal.bad_share(limit)?;
    let eased = share.times(setting.easing)?;
    let end = match signal {
        Signal::ErrorRate => eased.to_f64(),
        Signal::P95LatencyMs => limit.times(setting.easing)?.to_f64(),
        Signal::SecurityPassRate => eased.complement()?.to_f64(),
    };
    Some(Against::Fixed { share: [share, eased], value: [value, end] })
}

fn relative(signal: Signal, factor: f64, setting: &Setting<'_>) -> Option<Against> {
    let begin = Decimal::of(factor)?;
    let end = match signal {
        Signal::ErrorRate | Signal::P95LatencyMs => begin.times(setting.easing)?,
        // A pass rate is bad when it is low: it has to rise by as much as others have to fall.
        Signal::SecurityPassRate => begin.times(Decimal::of(2.0 - setting.easing.to_f64())?)?,
    };
    Some(Against::Baseline { factor: [begin, end] })
}
