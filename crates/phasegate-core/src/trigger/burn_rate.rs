//! Burn rate: errors use up the error budget so many times too fast, over two windows at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::decimal::Decimal;
use super::false_alarm::{Chance, Healthy, chance_beyond};
use super::reading::Reading;
use super::ring::{Ring, Window};
use super::{Kind, Moment, Observation, Signal, Truth};
use crate::Span;

/// The error budget is used up faster than it lasts. A burn rate of 1 uses it up exactly at the end
/// of its period; a pair of windows is met when both exceed its factor: the long one shows that it
/// matters, the short one that it goes on. One pair is enough.
///
/// Source: The Site Reliability Workbook (2018), chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurnRate {
    /// What is counted; of latencies, those above the plan's threshold are bad.
    pub metric: Signal,
    /// The share that is to be good: 0.99 leaves a budget of 1 %.
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    pub objective: f64,
    /// Which windows.
    pub windows: BurnWindows,
}

/// The pairs of windows of a burn rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BurnWindows {
    /// The four pairs of the SRE workbook, shortened from its 30 days to another period: 1 h and
    /// 5 min at 14.4, 6 h and 30 min at 6, 1 d and 2 h at 3, 3 d and 6 h at 1.
    Sre(SrePeriod),
    /// These.
    Pairs(#[schemars(length(min = 1, max = 4))] Vec<BurnPair>),
}

/// The period that the budget is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SrePeriod {
    /// This long; `30d` for the windows as the workbook has them.
    Period(Span),
    /// As long as a phase lasts at least, by its id.
    Phase(String),
}

/// One pair of windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurnPair {
    /// The long window.
    pub long: Span,
    /// The short one, usually a twelfth of it.
    pub short: Span,
    /// How many times too fast.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub factor: f64,
}

/// Parts of the workbook's 30 days, in minutes, and the factor.
const SRE: [(u64, u64, f64); 4] =
    [(60, 5, 14.4), (360, 30, 6.0), (1440, 120, 3.0), (4320, 360, 1.0)];
const SRE_PERIOD_MINUTES: u64 = 43_200;

const PARTS: u32 = 12;

#[derive(Debug, Clone)]
pub(super) struct Judge {
    signal: Signal,
    slow_ms: f64,
    min_samples: u64,
    pairs: Vec<Pair>,
}

#[derive(Debug, Clone)]
struct Pair {
    windows: [Window; 2],
    long: Span,
    factor: f64,
    /// The share of bad ones at which it begins to be met, and that at which it ends.
    share: [Decimal; 2],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// Long and short, per pair.
    pairs: Vec<[Ring; 2]>,
}

impl Kind for Judge {
    type Spec = BurnRate;
    type Memory = Memory;

    fn compile(spec: &BurnRate, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        let budget = Decimal::of(spec.objective)
            .and_then(Decimal::complement)
            .filter(|budget| budget.to_f64() > 0.0 && budget.to_f64() < 1.0);
        if budget.is_none() {
            faults.tell("objective", "it is a fraction below 1 with at most 18 digits");
        }
        let given = match &spec.windows {
            BurnWindows::Pairs(pairs) => Some(pairs.clone()),
            BurnWindows::Sre(period) => sre(period, setting, faults),
        };
        let mut pairs = Vec::new();
        for (index, pair) in given?.into_iter().enumerate() {
            if pair.short >= pair.long {
                let at = format!("windows.pairs[{index}].short");
                faults.tell(&at, "it is not shorter than the long one; exchange them");
            }
            let share = budget.zip(Decimal::of(pair.factor)).and_then(|(a, b)| {
                let begin = a.times(b)?;
                Some([begin, begin.times(setting.easing)?])
            });
            match share {
                Some(share) if share[0].to_f64() < 1.0 => pairs.push(Pair {
                    windows: [pair.long, pair.short].map(|span| Window::of(span.nanos(), PARTS)),
                    long: pair.long,
                    factor: pair.factor,
                    share,
                }),
                _ => {
                    let message = format!(
                        "a burn rate of {} is never exceeded: the budget times it is no share below 1; lower the factor or raise the objective",
                        pair.factor
                    );
                    faults.tell("objective", message);
                }
            }
        }
        Some(Self {
            signal: spec.metric,
            slow_ms: setting.plan.thresholds.p95_latency_ms,
            min_samples: setting.min_samples,
            pairs,
        })
    }

    fn begin(&self) -> Memory {
        Memory { pairs: self.pairs.iter().map(|pair| pair.windows.map(Ring::new)).collect() }
    }

    fn fits(&self, memory: &Memory) -> bool {
        memory.pairs.len() == self.pairs.len()
            && self.each(memory).all(|(pair, rings)| {
                pair.windows.iter().zip(rings).all(|(window, ring)| ring.fits(*window))
            })
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        let Some(counts) = self.signal.counts(&observation.candidate, self.slow_ms) else { return };
        let time = observation.time.unix_nanos();
        for (pair, rings) in self.pairs.iter().zip(&mut memory.pairs) {
            for (window, ring) in pair.windows.iter().zip(rings) {
                ring.add(*window, time, counts);
            }
        }
    }

    fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
        let pairs = self.each(memory).map(|(pair, rings)| self.of_pair(pair, rings, moment));
        pairs.max().unwrap_or(Truth::Unknown)
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        // The pair that is met, else the first one.
        let met =
            |(pair, rings): &(&Pair, &[Ring; 2])| self.of_pair(pair, rings, moment) == Truth::True;
        let shown = self.each(memory).find(met).or_else(|| self.each(memory).next());
        let counts = shown.map(|(pair, [long, _])| long.sum(pair.windows[0], moment.clock));
        Reading {
            of: format!("{} burn rate", self.signal.as_str()),
            met: self.truth(memory, moment).known(),
            observed: counts.zip(shown).and_then(|([bad, all], (pair, _))| {
                let budget = pair.share[0].to_f64() / pair.factor;
                (all > 0).then(|| bad as f64 / all as f64 / budget)
            }),
            limit: shown.map(|(pair, _)| pair.factor),
            bad: counts.map(|[bad, _]| bad),
            samples: counts.map(|[_, all]| all),
            window: shown.map(|(pair, _)| pair.long),
            relation: "above".to_owned(),
        }
    }

    fn chance(&self, healthy: &Healthy) -> Option<Chance> {
        // Both windows must exceed, so that the long one alone bounds it. Of several pairs the one
        // that alarms most often is told.
        let each = self.pairs.iter().map(|pair| {
            chance_beyond(pair.share[0], self.signal, healthy, pair.long, self.min_samples)
        });
        let all: Vec<Chance> = each.collect::<Option<_>>()?;
        all.into_iter().max_by(|a, b| a.per_hour().total_cmp(&b.per_hour()))
    }
}

impl Judge {
    fn each<'a>(&'a self, memory: &'a Memory) -> impl Iterator<Item = (&'a Pair, &'a [Ring; 2])> {
        self.pairs.iter().zip(&memory.pairs)
    }

    fn of_pair(&self, pair: &Pair, rings: &[Ring; 2], moment: &Moment) -> Truth {
        let share = pair.share[usize::from(moment.eased)];
        let mut met = true;
        for ((window, ring), needed) in pair.windows.iter().zip(rings).zip([self.min_samples, 1]) {
            let [bad, all] = ring.sum(*window, moment.clock);
            if all < needed || all == 0 {
                return Truth::Unknown;
            }
            met &= share.is_below(bad, all);
        }
        Truth::of(met)
    }
}

fn sre(
    period: &SrePeriod,
    setting: &Setting<'_>,
    faults: &mut Faults<'_>,
) -> Option<Vec<BurnPair>> {
    let period = match period {
        SrePeriod::Period(span) => *span,
        SrePeriod::Phase(id) => {
            let phase = setting.plan.phases.iter().find(|phase| phase.id == *id);
            let Some(span) = phase.and_then(|phase| phase.min_duration) else {
                let message = format!("the plan has no phase `{id}` with a `min_duration`");
                faults.tell("windows.sre.phase", message);
                return None;
            };
            span
        }
    };
    let scaled = |minutes: u64| Span::from_nanos(period.nanos() / SRE_PERIOD_MINUTES * minutes);
    let pairs = SRE.iter().map(|&(long, short, factor)| {
        Some(BurnPair { long: scaled(long)?, short: scaled(short)?, factor })
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    if pairs.is_none() {
        faults.tell("windows.sre", "the period is too short; give at least a minute");
    }
    pairs
}
