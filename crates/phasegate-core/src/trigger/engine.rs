//! The fold: one observation after another, and what fires at each.

use std::mem;

use super::compile::{self, Compiled, Mode, Node};
use super::reading::{Cleared, TriggerFinding, TriggerStatus};
use super::state::{Said, Standing, StateError, TriggerMemory, TriggerState, TriggerStateSchema};
use super::{Moment, Observation, SloWindow, Truth};
use crate::canonical::CanonicalError;
use crate::document::Contradiction;
use crate::finding::TriggerAction;
use crate::plan::{Missing, Plan};
use crate::{Digest, Timestamp};

/// How far an observation may be ahead of the caller's clock: clocks differ, and one that has
/// jumped must not drag the windows with it.
const MAX_AHEAD: i64 = 300_000_000_000;

/// How many sources may be heard, so that the state stays small.
const MAX_SOURCES: usize = 8;
const MAX_NAME_BYTES: usize = 160;

/// The triggers of a plan, made ready.
///
/// ```
/// use phasegate_core::{document, plan, read::Format, trigger};
/// let plan: plan::Plan =
///     document::read(plan::RUNBOOK.as_bytes(), Format::Yaml, plan::MAX_PLAN_BYTES).unwrap();
/// let engine = trigger::Engine::new(&plan).unwrap();
/// let line = br#"{"schema": "phasegate/observation/v1", "source": "gateway", "sequence": 1,
///     "time": "2026-03-01T10:00:30Z", "candidate": {"requests": 100, "errors": 11}}"#;
/// let seen: trigger::Observation =
///     document::read(line, Format::Json, trigger::MAX_OBSERVATION_BYTES).unwrap();
/// let step = engine.step(engine.begin(), &seen, seen.time).unwrap();
/// let spike = step.findings.iter().find(|finding| finding.id == "error_spike").unwrap();
/// assert_eq!(spike.status, trigger::TriggerStatus::Fired);
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    plan: Digest,
    triggers: Vec<Compiled>,
}

/// A plan whose triggers cannot be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// They contradict the plan or each other; a plan that was read as a document does not.
    #[error("{}", list(.0))]
    Contradictions(Vec<Contradiction>),
    /// The plan has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

fn list(faults: &[Contradiction]) -> String {
    let told = |fault: &Contradiction| format!("`{}`: {}", fault.path, fault.message);
    faults.iter().map(told).collect::<Vec<_>>().join("; ")
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The state after it.
    pub state: TriggerState,
    /// What became of the observation; absent for a mere passing of time.
    pub receipt: Option<Receipt>,
    /// Every trigger that fires or holds now, in the plan's order.
    pub findings: Vec<TriggerFinding>,
    /// Every trigger that ceased to fire in this step.
    pub cleared: Vec<Cleared>,
}

impl Step {
    /// The worst action of all that fire or hold.
    #[must_use]
    pub fn action(&self) -> Option<TriggerAction> {
        self.findings.iter().map(|finding| finding.action).max()
    }
}

/// What became of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// It was taken.
    Taken {
        /// How many records of its source are missing before it.
        missed: u64,
        /// By how many nanoseconds it is older than the newest one.
        behind_ns: u64,
    },
    /// It has the sequence number of the last one taken.
    Duplicate,
    /// It has a lower sequence number than the last one taken.
    Late,
    /// Its time is more than five minutes after the caller's.
    Ahead,
    /// Its source is a ninth one, or has a name of more than 160 bytes.
    TooManySources,
}

impl Engine {
    /// Makes the triggers of a plan ready.
    ///
    /// # Errors
    /// What is wrong with the triggers, for a plan that was not read as a document.
    pub fn new(plan: &Plan) -> Result<Self, EngineError> {
        let triggers = compile::triggers(plan).map_err(EngineError::Contradictions)?;
        Ok(Self { plan: plan.digest()?, triggers })
    }

    pub(super) fn triggers(&self) -> &[Compiled] {
        &self.triggers
    }

    /// The state before the first observation.
    #[must_use]
    pub fn begin(&self) -> TriggerState {
        let memory = |trigger: &Compiled| TriggerMemory {
            conditions: trigger.leaves.iter().map(super::Leaf::begin).collect(),
            standing: Standing::Quiet,
            met_since: None,
            windows: 0,
            open: None,
            last: None,
        };
        TriggerState {
            schema: TriggerStateSchema::V1,
            plan: self.plan,
            clock: None,
            phase: None,
            sources: std::collections::BTreeMap::new(),
            triggers: self.triggers.iter().map(memory).collect(),
        }
    }

    /// Whether a stored state belongs to this plan.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, state: &TriggerState) -> Result<(), StateError> {
        if state.plan != self.plan {
            return Err(StateError::OtherPlan { plan: self.plan, state: state.plan });
        }
        let fits = |(trigger, memory): (&Compiled, &TriggerMemory)| {
            trigger.leaves.len() == memory.conditions.len()
                && trigger.leaves.iter().zip(&memory.conditions).all(|(leaf, kept)| leaf.fits(kept))
        };
        let all = state.triggers.len() == self.triggers.len()
            && self.triggers.iter().zip(&state.triggers).all(fits);
        if all { Ok(()) } else { Err(StateError::Damaged) }
    }

    /// Takes one observation. Equal states, observations and times give equal steps.
    ///
    /// # Errors
    /// When the state does not belong to this plan.
    pub fn step(
        &self,
        mut state: TriggerState,
        observation: &Observation,
        now: Timestamp,
    ) -> Result<Step, StateError> {
        self.check(&state)?;
        let receipt = receive(&state, observation, now);
        let mut cleared = Vec::new();
        if matches!(receipt, Receipt::Taken { .. }) {
            match state.sources.get_mut(&observation.source) {
                Some(last) => *last = observation.sequence,
                None => {
                    state.sources.insert(observation.source.clone(), observation.sequence);
                }
            }
            if observation.phase.is_some() && observation.phase != state.phase {
                state.phase.clone_from(&observation.phase);
            }
            let time = observation.time;
            let clock = state.clock.map_or(time, |clock| clock.max(time));
            state.clock = Some(clock);
            for (trigger, memory) in self.triggers.iter().zip(&mut state.triggers) {
                close_windows(trigger, memory, clock);
                for (leaf, kept) in trigger.leaves.iter().zip(&mut memory.conditions) {
                    leaf.accept(kept, observation);
                }
                // Reports are in the order of their sequence numbers, whatever their clock says.
                if let (Mode::Reported { .. }, Some(slo)) = (trigger.mode, observation.slo) {
                    count(memory, reported(slo), observation.time);
                }
            }
            self.judge(&mut state, now, &mut cleared);
        }
        let findings = self.findings(&state, now);
        Ok(Step { state, receipt: Some(receipt), findings, cleared })
    }

    /// Lets time pass without an observation, so that silence is noticed and budgets reset.
    ///
    /// # Errors
    /// When the state does not belong to this plan.
    pub fn tick(&self, mut state: TriggerState, now: Timestamp) -> Result<Step, StateError> {
        self.check(&state)?;
        let mut cleared = Vec::new();
        self.judge(&mut state, now, &mut cleared);
        let findings = self.findings(&state, now);
        Ok(Step { state, receipt: None, findings, cleared })
    }

    /// Every trigger that fires or holds in a state, in the plan's order.
    fn findings(&self, state: &TriggerState, now: Timestamp) -> Vec<TriggerFinding> {
        let moment = self.moment(state, now);
        let all = self.triggers.iter().zip(&state.triggers);
        all.filter_map(|(trigger, memory)| finding(trigger, memory, &moment)).collect()
    }

    fn moment(&self, state: &TriggerState, now: Timestamp) -> Moment {
        let now = state.clock.map_or(now, |clock| clock.max(now)).unix_nanos();
        let clock = state.clock.map_or(now, Timestamp::unix_nanos);
        Moment { clock, now, eased: false, paused: self.is_paused(state) }
    }

    /// Whether some trigger that pauses the evaluation fires.
    fn is_paused(&self, state: &TriggerState) -> bool {
        let mut all = self.triggers.iter().zip(&state.triggers);
        all.any(|(trigger, memory)| {
            trigger.action == TriggerAction::PauseEvaluation
                && matches!(memory.standing, Standing::Fired { .. })
        })
    }

    /// Asks every trigger: first those that pause, since silence is expected while they do.
    fn judge(&self, state: &mut TriggerState, now: Timestamp, cleared: &mut Vec<Cleared>) {
        for pausing in [true, false] {
            let moment = self.moment(state, now);
            for (trigger, memory) in self.triggers.iter().zip(&mut state.triggers) {
                if (trigger.action == TriggerAction::PauseEvaluation) == pausing {
                    cleared.extend(settle(trigger, memory, moment));
                }
            }
        }
    }
}

fn receive(state: &TriggerState, observation: &Observation, now: Timestamp) -> Receipt {
    let last = state.sources.get(&observation.source).copied();
    let now = now.unix_nanos();
    let time = observation.time.unix_nanos();
    match last {
        Some(last) if observation.sequence == last => Receipt::Duplicate,
        Some(last) if observation.sequence < last => Receipt::Late,
        None if state.sources.len() >= MAX_SOURCES || observation.source.len() > MAX_NAME_BYTES => {
            Receipt::TooManySources
        }
        _ if time.saturating_sub(now) > MAX_AHEAD => Receipt::Ahead,
        _ => Receipt::Taken {
            missed: last.map_or(0, |last| observation.sequence - last - 1),
            behind_ns: state.clock.map_or(0, |clock| {
                u64::try_from(clock.unix_nanos().saturating_sub(time)).unwrap_or_default()
            }),
        },
    }
}

fn reported(slo: SloWindow) -> Truth {
    Truth::of(slo == SloWindow::Missed)
}

/// Closes the windows that end before the clock, the empty ones among them.
fn close_windows(trigger: &Compiled, memory: &mut TriggerMemory, clock: Timestamp) {
    let Mode::Closed { window, .. } = trigger.mode else { return };
    let part = window.part(clock.unix_nanos());
    let Some(open) = memory.open else {
        memory.open = Some(part);
        return;
    };
    if part <= open {
        return;
    }
    memory.open = Some(part);
    let end = open.saturating_add(1).saturating_mul(window.width);
    let last = end.saturating_sub(1);
    let moment = Moment { clock: last, now: last, eased: false, paused: false };
    let truth = ask(trigger, memory, moment);
    let truth = with_rule(truth, trigger.missing);
    count(memory, truth, Timestamp::from_unix_nanos(end));
    let empty = u64::try_from(part.saturating_sub(open) - 1).unwrap_or_default();
    if empty > 0 {
        let truth = with_rule(Truth::Unknown, trigger.missing);
        count(memory, truth, Timestamp::from_unix_nanos(end.saturating_add(window.width)));
        if truth == Truth::True {
            memory.windows = memory.windows.saturating_add(empty - 1);
        }
    }
}

/// What a window without enough data counts as, where that is known.
fn with_rule(truth: Truth, missing: Missing) -> Truth {
    if truth == Truth::Unknown && missing == Missing::Fail { Truth::True } else { truth }
}

/// Counts one closed window; one of which nothing is known neither adds nor resets.
fn count(memory: &mut TriggerMemory, truth: Truth, end: Timestamp) {
    memory.last = Some(match truth {
        Truth::True => {
            memory.windows = memory.windows.saturating_add(1);
            memory.met_since.get_or_insert(end);
            Said::Bad
        }
        Truth::False => {
            memory.windows = 0;
            memory.met_since = None;
            Said::Good
        }
        Truth::Unknown => Said::Unknown,
    });
}

/// Whether the condition as a whole is met.
fn ask(trigger: &Compiled, memory: &TriggerMemory, moment: Moment) -> Truth {
    let fires = matches!(memory.standing, Standing::Fired { .. });
    let moment = Moment { eased: fires, ..moment };
    combine(&trigger.node, trigger, memory, &moment)
}

fn combine(node: &Node, trigger: &Compiled, memory: &TriggerMemory, moment: &Moment) -> Truth {
    let each = |node: &Node| combine(node, trigger, memory, moment);
    match node {
        Node::Leaf(index) => match (trigger.leaves.get(*index), memory.conditions.get(*index)) {
            (Some(leaf), Some(kept)) => leaf.truth(kept, moment),
            _ => Truth::Unknown,
        },
        Node::All(nodes) => nodes.iter().map(each).min().unwrap_or(Truth::Unknown),
        Node::Any(nodes) => nodes.iter().map(each).max().unwrap_or(Truth::Unknown),
        Node::Not(inner) => each(inner).negated(),
    }
}

/// Whether the trigger's demand as a whole is met now: for so long, so many times in a row.
fn demand(trigger: &Compiled, memory: &mut TriggerMemory, moment: Moment) -> Truth {
    match trigger.mode {
        Mode::Held(needed) => {
            let truth = ask(trigger, memory, moment);
            let at = moment.clock;
            match truth {
                Truth::True => {
                    let since = *memory.met_since.get_or_insert(Timestamp::from_unix_nanos(at));
                    let fires = matches!(memory.standing, Standing::Fired { .. });
                    let held = moment.now.saturating_sub(since.unix_nanos());
                    Truth::of(fires || held >= needed)
                }
                Truth::False => {
                    memory.met_since = None;
                    Truth::False
                }
                Truth::Unknown => Truth::Unknown,
            }
        }
        Mode::Closed { windows, .. } | Mode::Reported { windows } => {
            if memory.windows >= windows {
                return Truth::True;
            }
            match memory.last {
                Some(Said::Good | Said::Bad) => Truth::False,
                // Before the first window closes nothing is amiss.
                None if matches!(trigger.mode, Mode::Closed { .. }) && memory.open.is_some() => {
                    Truth::False
                }
                Some(Said::Unknown) | None => Truth::Unknown,
            }
        }
    }
}

/// Settles how a trigger stands; gives what it ceased to ask for.
fn settle(trigger: &Compiled, memory: &mut TriggerMemory, moment: Moment) -> Option<Cleared> {
    let at = Timestamp::from_unix_nanos(moment.now);
    let truth = demand(trigger, memory, moment);
    let former = memory.standing;
    let fire = || match former {
        Standing::Fired { since, .. } => Standing::Fired { since, last: at },
        Standing::Quiet | Standing::Holding { .. } => Standing::Fired { since: at, last: at },
    };
    let cools =
        |last: Timestamp| at.unix_nanos().saturating_sub(last.unix_nanos()) < trigger.cooldown;
    let next = match (truth, former, trigger.missing) {
        (Truth::True, ..) => fire(),
        (_, Standing::Fired { last, .. }, _) if cools(last) => former,
        (Truth::False, ..) | (_, _, Missing::Ignore) => Standing::Quiet,
        // What fires goes on until something better is seen.
        (Truth::Unknown, Standing::Fired { .. }, _) => former,
        (Truth::Unknown, ..) if moment.paused => Standing::Quiet,
        (Truth::Unknown, _, Missing::Fail) => fire(),
        (Truth::Unknown, Standing::Holding { .. }, Missing::Hold) => former,
        (Truth::Unknown, Standing::Quiet, Missing::Hold) => Standing::Holding { since: at },
    };
    let before = mem::replace(&mut memory.standing, next);
    match (before, next) {
        (Standing::Fired { .. }, Standing::Fired { .. }) => None,
        (Standing::Fired { since, .. }, _) => {
            Some(Cleared { id: trigger.id.clone(), action: trigger.action, since, until: at })
        }
        _ => None,
    }
}

fn finding(trigger: &Compiled, memory: &TriggerMemory, moment: &Moment) -> Option<TriggerFinding> {
    let (status, action, since) = match memory.standing {
        Standing::Quiet => return None,
        Standing::Holding { since } => (TriggerStatus::Holding, TriggerAction::Hold, since),
        Standing::Fired { since, .. } => (TriggerStatus::Fired, trigger.action, since),
    };
    let fires = status == TriggerStatus::Fired;
    let moment = Moment { eased: fires, ..*moment };
    let kept = || trigger.leaves.iter().zip(&memory.conditions);
    let until = kept().filter_map(|(leaf, kept)| leaf.until(kept)).min().filter(|_| fires);
    Some(TriggerFinding {
        id: trigger.id.clone(),
        status,
        action,
        since,
        until,
        windows: match trigger.mode {
            Mode::Held(_) => None,
            Mode::Closed { .. } | Mode::Reported { .. } => Some(memory.windows),
        },
        evidence: kept().filter_map(|(leaf, kept)| leaf.reading(kept, &moment)).collect(),
    })
}
