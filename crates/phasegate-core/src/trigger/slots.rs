//! Slots: the stretches of time that rows are summed up in before triggers see them.

use super::compile;
use super::decimal::Decimal;
use super::{Condition, Limit, Observation, Signal};
use crate::plan::{Plan, Stage};

/// The source of records that rows were summed up in.
pub(crate) const ROWS: &str = "rows";

const SECOND: i64 = 1_000_000_000;

/// How time is cut: so that each part of each trigger's window has whole slots, if that does not
/// take less than a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    width: i64,
    phases: i64,
}

impl Slots {
    /// None for a plan without triggers, or with those that contradict each other.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let triggers = compile::triggers(plan).ok()?;
        let widths = triggers.iter().map(compile::Compiled::part);
        let width = widths.reduce(common)?.max(SECOND);
        Some(Self { width, phases: i64::try_from(plan.phases.len()).ok()?.max(1) })
    }

    /// The slot that a moment falls in; none before 1970.
    pub(crate) fn of_time(self, nanos: i64) -> Option<i64> {
        (nanos >= 0).then(|| nanos / self.width)
    }

    /// The number of a record: of a slot and a phase, by its place in the plan.
    pub(crate) fn sequence(self, slot: i64, phase: usize) -> Option<u64> {
        let phase = i64::try_from(phase).ok()?;
        u64::try_from(slot.checked_mul(self.phases)?.checked_add(phase)?).ok()
    }

    /// Whether more rows may come for a record of rows, when they were seen up to `end`: its slot
    /// goes on, or answers of mirrored requests are still due.
    pub(crate) fn is_open(self, plan: &Plan, record: &Observation, end: i64) -> bool {
        if record.source != ROWS {
            return false;
        }
        let Ok(sequence) = i64::try_from(record.sequence) else { return false };
        let phase = usize::try_from(sequence % self.phases).unwrap_or_default();
        let shadow = plan.phases.get(phase).is_some_and(|phase| phase.stage == Stage::Shadow);
        let due = plan.pairing.as_ref().filter(|_| shadow);
        let due = due.map_or(0, |pairing| {
            i64::try_from(pairing.answer_deadline.nanos()).unwrap_or(i64::MAX)
        });
        let over = (sequence / self.phases).saturating_add(1).saturating_mul(self.width);
        over.saturating_add(due) > end
    }
}

/// The greatest common divisor.
fn common(one: i64, other: i64) -> i64 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// The bounds of latency buckets in which every trigger of the plan sees what it must: all limits,
/// and a scale of steps of a twentieth where versions are compared with each other. Empty where
/// no trigger watches latencies.
pub(crate) fn latency_bounds(plan: &Plan) -> Vec<f64> {
    let mut bounds = Vec::new();
    for trigger in &plan.triggers {
        compile::each(&trigger.when, &mut |condition| {
            let limit = match condition {
                Condition::Threshold(one) if one.metric == Signal::P95LatencyMs => one.limit,
                Condition::Harm(one) if one.metric == Signal::P95LatencyMs => one.limit,
                Condition::BurnRate(one) if one.metric == Signal::P95LatencyMs => {
                    Limit::Threshold(1.0)
                }
                Condition::ErrorBudget(one) if one.metric == Signal::P95LatencyMs => {
                    Limit::Threshold(1.0)
                }
                _ => return,
            };
            match limit {
                Limit::Absolute(limit) => bounds.push(limit),
                Limit::Threshold(factor) => {
                    let threshold = Decimal::of(Signal::P95LatencyMs.threshold(plan));
                    let limit = threshold.zip(Decimal::of(factor)).and_then(|(a, b)| a.times(b));
                    bounds.extend(limit.map(Decimal::to_f64));
                }
                Limit::Baseline(_) => {
                    let steps = (0..SCALE_STEPS).scan(1.0, |next, _| {
                        let bound = *next;
                        *next *= SCALE_FACTOR;
                        Some(bound)
                    });
                    bounds.extend(steps);
                }
            }
        });
    }
    bounds.retain(|bound| *bound > 0.0);
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    bounds
}

/// From a millisecond to half an hour.
const SCALE_STEPS: u32 = 296;
const SCALE_FACTOR: f64 = 1.05;
