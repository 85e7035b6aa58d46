//! Triggers in an analysis: the same fold over the observations' stream, and what it says at the
//! end of them.
//!
//! - Each record is judged at its own time, as it would have been live; at the end the time of the
//!   decision passes. Sources are merged by time, each in its own sequence.
//! - A record of rows whose slot goes on, or whose answers are still due, is judged and not
//!   remembered: more rows may come for it. So is what the gold set showed of security, and what
//!   the budget says that today has cost, beside which costs in the stream do not count.
//! - A trigger that asked to take the version back stays so for its phase. Others are asked anew.
//!   A record that names no phase counts for the present one.
//! - A record that could not be judged is a finding that holds: it is of after the decision, out of
//!   its sequence, of a ninth source, or no longer there. Only those that were judged before are
//!   passed over.
//! - For want of data a trigger holds only where a monitor's records are in the stream: in rows
//!   there may be few at any moment, and promotion rests on its own proof.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::slots::{ROWS, Slots};
use super::state::TriggerState;
use super::{
    Engine, Memory, Observation, ObservationSchema, Receipt, Sample, StateError, Step,
    TriggerStatus,
};
use crate::Timestamp;
use crate::analyze::AnalyzeError;
use crate::case::Case;
use crate::finding::{Fired, TriggerAction};
use crate::state::{GoldRecord, TriggerRecord};

/// What triggers said, and what they keep.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    pub record: Option<TriggerRecord>,
    /// In the plan's order.
    pub fired: Vec<Fired>,
    /// What could not be judged.
    pub lost: Option<String>,
}

/// Feeds the plan's triggers with the observations' stream.
pub(crate) fn feed(
    case: &Case<'_>,
    former: Option<&TriggerRecord>,
    gold: Option<&GoldRecord>,
) -> Result<Fed, AnalyzeError> {
    if case.plan.triggers.is_empty() {
        return Ok(Fed::default());
    }
    let engine = Engine::new(case.plan)?;
    let here = &case.phase().id;
    let mut state = former.map_or_else(|| engine.begin(), |former| former.state.clone());
    engine.check(&state)?;
    let kept = former.filter(|former| former.phase == *here);
    let mut fired = kept.map(|kept| kept.fired.clone()).unwrap_or_default();
    let slots = Slots::of(case.plan);
    let end = case.seen.window.map_or(i64::MAX, |window| window.end.unix_nanos());
    let mut losses = Losses::new(case, &state);
    let mut open = Vec::new();
    for record in in_order(&case.seen.stream) {
        if slots.is_some_and(|slots| slots.is_open(case.plan, record, end)) {
            open.push(record);
            continue;
        }
        let step = take(case, &engine, state, record)?;
        losses.note(record, step.receipt);
        keep(&mut fired, record, here, &step);
        state = step.state;
    }
    let mut passing = fired.clone();
    let last = now(case, &engine, state.clone(), &open, gold, &mut |record, step| {
        losses.note(record, step.receipt);
        keep(&mut passing, record, here, step);
    })?;
    let listens = case.seen.stream.iter().any(|record| record.source != ROWS);
    let told = told(case, &last, &passing, listens);
    Ok(Fed {
        record: Some(TriggerRecord { state, phase: here.clone(), fired }),
        fired: told,
        lost: losses.told(),
    })
}

/// By time, but those of one source by their sequence, whatever their clock says.
fn in_order(stream: &[Observation]) -> Vec<&Observation> {
    let mut sources: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for record in stream {
        sources.entry(&record.source).or_default().push(record);
    }
    let mut ordered = Vec::with_capacity(stream.len());
    for (source, mut records) in sources {
        records.sort_by_key(|record| record.sequence);
        // Of a source whose clock went back, the latest time so far.
        let mut latest = Timestamp::from_unix_nanos(i64::MIN);
        ordered.extend(records.into_iter().map(|record| {
            latest = latest.max(record.time);
            (latest, source, record)
        }));
    }
    ordered.sort_by_key(|(time, source, _)| (*time, *source));
    ordered.into_iter().map(|(.., record)| record).collect()
}

/// Takes a record at its own time; one of after the decision is not taken.
fn take(
    case: &Case<'_>,
    engine: &Engine,
    state: TriggerState,
    record: &Observation,
) -> Result<Step, StateError> {
    let now = case.now.map_or(record.time, |now| now.min(record.time));
    engine.step(state, &spent_elsewhere(case, record), now)
}

/// Records that could not be judged.
struct Losses<'a> {
    /// What was judged in calls before: up to which number of each source, and until when.
    judged: BTreeMap<String, u64>,
    until: Option<Timestamp>,
    /// Since when there are records at all.
    missing_before: Option<Timestamp>,
    count: u64,
    first: Option<(&'a Observation, &'static str)>,
}

impl<'a> Losses<'a> {
    fn new(case: &Case<'a>, state: &TriggerState) -> Self {
        let until = state.clock();
        let missing_before =
            case.seen.stream_from.filter(|from| until.is_none_or(|until| until < *from));
        Self { judged: state.sources.clone(), until, missing_before, count: 0, first: None }
    }

    fn note(&mut self, record: &'a Observation, receipt: Option<Receipt>) {
        let why = match receipt {
            None | Some(Receipt::Taken { .. }) => return,
            Some(Receipt::Ahead) => "it is of after the decision",
            Some(Receipt::TooManySources) => "it is of a ninth source",
            Some(Receipt::Late | Receipt::Duplicate) => {
                let judged = self.judged.get(&record.source);
                let again = judged.is_some_and(|last| record.sequence <= *last);
                if again && self.until.is_some_and(|until| record.time <= until) {
                    return;
                }
                "its number was given before"
            }
        };
        self.count += 1;
        self.first.get_or_insert((record, why));
    }

    fn told(&self) -> Option<String> {
        if let Some((record, why)) = self.first {
            let (source, number, time) = (&record.source, record.sequence, record.time);
            let others = match self.count {
                1 => String::new(),
                count => format!(", and {} more", count - 1),
            };
            return Some(format!(
                "record {number} of `{source}` at {time} could not be judged by the triggers: \
                 {why}{others}; number the records of each source ascending, and set its clock"
            ));
        }
        self.missing_before.map(|from| {
            format!(
                "rows before {from} were too many to be judged by the triggers; decide more often \
                 with a state, or widen the windows of the triggers"
            )
        })
    }
}

/// Where the budget says what today has cost, the record's costs are in it.
fn spent_elsewhere<'a>(case: &Case<'_>, record: &'a Observation) -> Cow<'a, Observation> {
    if case.seen.budget.is_some() && record.cost_usd.is_some() {
        return Cow::Owned(Observation { cost_usd: None, ..record.clone() });
    }
    Cow::Borrowed(record)
}

fn keep(fired: &mut BTreeMap<String, Fired>, record: &Observation, here: &str, step: &Step) {
    if record.phase.as_ref().is_some_and(|phase| phase != here) {
        return;
    }
    for finding in &step.findings {
        if finding.status == TriggerStatus::Fired && finding.action >= TriggerAction::Abort {
            fired.entry(finding.id.clone()).or_insert_with(|| finding.into());
        }
    }
}

/// What is judged and not remembered.
fn now<'a>(
    case: &Case<'_>,
    engine: &Engine,
    mut state: TriggerState,
    open: &[&'a Observation],
    gold: Option<&GoldRecord>,
    each: &mut dyn FnMut(&'a Observation, &Step),
) -> Result<Step, StateError> {
    for record in open {
        let step = take(case, engine, state, record)?;
        each(record, &step);
        state = step.state;
    }
    let end = case.seen.window.map(|window| window.end).max(state.clock());
    let security = gold.and_then(|gold| gold.security);
    let budget = case.seen.budget.map(|budget| budget.spent_today_usd);
    if let Some(time) = end
        && (security.is_some() || budget.is_some())
    {
        if budget.is_some() {
            engine.forget_costs(&mut state);
        }
        state.sources.clear();
        let record = Observation {
            schema: ObservationSchema::V1,
            source: "surroundings".to_owned(),
            sequence: 1,
            time,
            phase: Some(case.phase().id.clone()),
            candidate: Sample { security, ..Sample::default() },
            baseline: Sample::default(),
            cost_usd: budget,
            slo: None,
        };
        state = engine.step(state, &record, time)?.state;
    }
    let moment = case.now.or(end).unwrap_or(Timestamp::from_unix_nanos(0));
    engine.tick(state, moment)
}

/// Of each trigger what it said when it fired in this phase, else what it says now.
fn told(case: &Case<'_>, last: &Step, kept: &BTreeMap<String, Fired>, listens: bool) -> Vec<Fired> {
    let of_trigger = |id: &String| {
        let present = last.findings.iter().find(|finding| finding.id == *id);
        let fires = |status| present.filter(|finding| finding.status == status);
        let fired = fires(TriggerStatus::Fired);
        // What was seen when it first fired is why; since then there may be too little to say.
        match (kept.get(id), fired) {
            (Some(once), Some(_)) => return Some(once.clone()),
            (Some(once), None) => {
                let message = format!("{}; it has ended, and what was seen stands", once.message);
                return Some(Fired { message, ..once.clone() });
            }
            (None, Some(finding)) => return Some(Fired::from(finding)),
            (None, None) => {}
        }
        fires(TriggerStatus::Holding).filter(|_| listens).map(Fired::from)
    };
    case.plan.triggers.iter().filter_map(|trigger| of_trigger(&trigger.id)).collect()
}

impl Engine {
    /// Forgets what the day has cost so far.
    fn forget_costs(&self, state: &mut TriggerState) {
        for (trigger, memory) in self.triggers().iter().zip(&mut state.triggers) {
            for (leaf, kept) in trigger.leaves.iter().zip(&mut memory.conditions) {
                if matches!(kept, Memory::DailyBudget(_)) {
                    *kept = leaf.begin();
                }
            }
        }
    }
}
