//! Triggers in an analysis: the same fold over the observations' stream, and what it says at the
//! end of them.
//!
//! - Each record is judged at its own time, as it would have been live; at the end the time of the
//!   decision passes.
//! - A record of rows whose slot goes on, or whose answers are still due, is judged and not
//!   remembered: more rows may come for it. So is what the gold set showed of security, and what
//!   the budget says that today has cost, beside which costs in the stream do not count.
//! - A trigger that asked to take the version back stays so for its phase. Others are asked anew.
//! - For want of data a trigger holds only where a monitor's records are in the stream: in rows
//!   there may be few at any moment, and promotion rests on its own proof.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::slots::{ROWS, Slots};
use super::state::TriggerState;
use super::{
    Engine, Memory, Observation, ObservationSchema, Sample, StateError, Step, TriggerStatus,
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
    let mut open = Vec::new();
    for record in &case.seen.stream {
        if slots.is_some_and(|slots| slots.is_open(case.plan, record, end)) {
            open.push(record);
            continue;
        }
        let step = engine.step(state, &spent_elsewhere(case, record), record.time)?;
        if step.state.phase.as_ref().is_none_or(|phase| phase == here) {
            keep(&mut fired, &step);
        }
        state = step.state;
    }
    let last = now(case, &engine, state.clone(), &open, gold)?;
    let record = TriggerRecord { state, phase: here.clone(), fired };
    let listens = case.seen.stream.iter().any(|record| record.source != ROWS);
    let fired = told(case, &last, &record.fired, listens);
    Ok(Fed { record: Some(record), fired })
}

/// Where the budget says what today has cost, the record's costs are in it.
fn spent_elsewhere<'a>(case: &Case<'_>, record: &'a Observation) -> Cow<'a, Observation> {
    if case.seen.budget.is_some() && record.cost_usd.is_some() {
        return Cow::Owned(Observation { cost_usd: None, ..record.clone() });
    }
    Cow::Borrowed(record)
}

fn keep(fired: &mut BTreeMap<String, Fired>, step: &Step) {
    for finding in &step.findings {
        if finding.status == TriggerStatus::Fired && finding.action >= TriggerAction::Abort {
            fired.entry(finding.id.clone()).or_insert_with(|| finding.into());
        }
    }
}

/// What is judged and not remembered.
fn now(
    case: &Case<'_>,
    engine: &Engine,
    mut state: TriggerState,
    open: &[&Observation],
    gold: Option<&GoldRecord>,
) -> Result<Step, StateError> {
    for record in open {
        state = engine.step(state, &spent_elsewhere(case, record), record.time)?.state;
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

/// Of each trigger what it says now, or once said in this phase.
fn told(case: &Case<'_>, last: &Step, kept: &BTreeMap<String, Fired>, listens: bool) -> Vec<Fired> {
    let of_trigger = |id: &String| {
        let present = last.findings.iter().find(|finding| finding.id == *id);
        let fires = |status| present.filter(|finding| finding.status == status);
        if let Some(finding) = fires(TriggerStatus::Fired) {
            return Some(Fired::from(finding));
        }
        if let Some(once) = kept.get(id) {
            let message = format!("{}; it has ended, and what was seen stands", once.message);
            return Some(Fired { message, ..once.clone() });
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
