//! `phasegate watch`: the plan's triggers, fed as time goes by.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use phasegate::Timestamp;
use phasegate::finding::TriggerAction;
use phasegate::plan::{MAX_PLAN_BYTES, Plan};
use phasegate::state::MAX_STATE_BYTES;
use phasegate::trigger::{Engine, Observation, Receipt, Step, TriggerFinding, TriggerState};

use super::observed::write_state;
use super::present;
use super::stream::{Next, Stream};
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::output::{Output, Problem};
use crate::render::watch::{self as render, Happened, Summary};
use crate::watch_args::Watch;

/// How long one waits for more.
const PAUSE: Duration = Duration::from_millis(200);

/// How often the state is written at most while nothing begins or ends.
const REST: Duration = Duration::from_secs(2);

/// How many odd lines are told one by one; all are counted.
const MOST_TOLD: u64 = 20;

pub(crate) fn run(args: &Watch, output: &mut Output) -> Result<Exit, Problem> {
    input::one_standard_input([&args.plan, &args.observations])?;
    let plan: Plan = input::ours(&args.plan, MAX_PLAN_BYTES)?;
    if plan.triggers.is_empty() {
        return Err(Problem::new(format!(
            "{} has no `triggers`; add some, or take those of `phasegate init`",
            input::name(&args.plan)
        )));
    }
    let engine = Engine::new(&plan).map_err(|error| Problem::of(&error))?;
    let state = match &args.state {
        // What may not be looked at is not absent.
        Some(path) if path.try_exists().map_err(|error| input::unreadable(path, &error))? => {
            let state: TriggerState = input::ours(path, MAX_STATE_BYTES)?;
            engine
                .check(&state)
                .map_err(|error| Problem::new(format!("{}: {error}", path.display())))?;
            state
        }
        _ => engine.begin(),
    };
    let stream = Stream::open(&args.observations, args.format, args.follow)?;
    let mut watch = Watching {
        plan,
        engine,
        stream,
        args,
        summary: Summary::default(),
        kept: None,
        kept_at: Instant::now(),
    };
    watch.run(state, output)
}

struct Watching<'a> {
    plan: Plan,
    engine: Engine,
    stream: Stream,
    args: &'a Watch,
    summary: Summary,
    /// The state that the file has.
    kept: Option<TriggerState>,
    kept_at: Instant,
}

impl Watching<'_> {
    fn run(&mut self, state: TriggerState, output: &mut Output) -> Result<Exit, Problem> {
        self.kept = Some(state.clone());
        // What stood when the state was kept was told then.
        let clock = state.clock().unwrap_or(Timestamp::from_unix_nanos(0));
        let standing = self.engine.tick(state.clone(), clock);
        let mut findings = standing.map_err(|error| Problem::of(&error))?.findings;
        self.note_worst(&findings);
        let mut state = state;
        let mut live = false;
        while !output.is_closed() {
            let next = self.stream.next();
            let Some(next) = self.unless_rolled_back(next, output)? else { break };
            let step = match next {
                Next::Observation { seen, is_numbered } => {
                    // What is of later than now is not of its time either.
                    let now = if live { present() } else { seen.time.min(present()) };
                    let before = self.summary.odd();
                    let step = self.step(state, &seen, now, is_numbered)?;
                    if self.summary.odd() != before {
                        self.tell_odd(&seen, &step, output);
                    }
                    step
                }
                Next::Bad { line, reason } => {
                    self.summary.bad += 1;
                    if self.summary.bad <= MOST_TOLD {
                        let name = self.stream.name();
                        output.note(&crate::output::sentence(&format!(
                            "{name}: line {line}: {reason}"
                        )));
                    }
                    if self.summary.bad > self.args.max_bad_lines {
                        self.summary.stopped = true;
                        break;
                    }
                    continue;
                }
                Next::End if self.stream.may_grow() => {
                    let first = !std::mem::replace(&mut live, true);
                    let turned = self.stream.turn_over();
                    let Some(turned) = self.unless_rolled_back(turned, output)? else { break };
                    if turned {
                        output.note(&format!("{} begins anew", self.stream.name()));
                    }
                    let step = self.tick(state, present())?;
                    let same = step.findings.len() == findings.len() && step.cleared.is_empty();
                    if first || !same || self.kept_at.elapsed() >= REST {
                        self.keep(&step.state)?;
                    }
                    output.flush()?;
                    thread::sleep(PAUSE);
                    step
                }
                Next::End => break,
            };
            self.tell(&findings, &step, output)?;
            self.note_worst(&step.findings);
            (state, findings) = (step.state, step.findings);
            if self.args.follow && self.summary.rolls_back() {
                break;
            }
        }
        if let Some(now) = self.args.now {
            let step = self.tick(state, now)?;
            self.tell(&findings, &step, output)?;
            self.note_worst(&step.findings);
            (state, findings) = (step.state, step.findings);
        }
        let kept = self.keep(&state);
        self.unless_rolled_back(kept, output)?;
        self.summary.clock = state.clock();
        self.summary.action = findings.iter().map(|finding| finding.action).max();
        match self.args.output {
            Format::Text => output.text(&render::end(&self.summary))?,
            Format::Json => output.data(&render::end_line(&self.summary, &findings)?)?,
        }
        // A rollback that was asked for stands, whatever cannot be read after it.
        Ok(if self.summary.rolls_back() {
            Exit::Rollback
        } else if self.summary.stopped {
            Exit::NoDecision
        } else if self.summary.action.is_some() || self.summary.unjudged() > 0 {
            Exit::Hold
        } else {
            Exit::Ok
        })
    }

    fn step(
        &mut self,
        state: TriggerState,
        seen: &Observation,
        now: Timestamp,
        is_numbered: bool,
    ) -> Result<Step, Problem> {
        if let Some(phase) = &seen.phase
            && self.plan.phases.iter().all(|one| one.id != *phase)
        {
            self.summary.other_phase += 1;
        }
        let clock = state.clock();
        let step = self.engine.step(state, seen, now).map_err(|error| Problem::of(&error))?;
        let is_new = clock.is_some_and(|clock| seen.time > clock);
        let count = match step.receipt {
            Some(Receipt::Duplicate | Receipt::Late) if is_new => &mut self.summary.renumbered,
            Some(Receipt::Duplicate) => &mut self.summary.duplicates,
            Some(Receipt::Late) => &mut self.summary.late,
            Some(Receipt::Ahead) => &mut self.summary.ahead,
            Some(Receipt::TooManySources) => &mut self.summary.too_many_sources,
            _ => &mut self.summary.taken,
        };
        *count += 1;
        if let Some(Receipt::Taken { missed, .. }) = step.receipt
            && is_numbered
        {
            self.summary.missed = self.summary.missed.saturating_add(missed);
        }
        Ok(step)
    }

    /// What goes wrong after a rollback was asked for is told, and hides it from nobody.
    fn unless_rolled_back<T>(
        &self,
        result: Result<T, Problem>,
        output: &mut Output,
    ) -> Result<Option<T>, Problem> {
        match result {
            Err(problem) if self.summary.rolls_back() => {
                output.problem(&problem);
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn tick(&self, state: TriggerState, now: Timestamp) -> Result<Step, Problem> {
        self.engine.tick(state, now).map_err(|error| Problem::of(&error))
    }

    /// Observations that change nothing, and phases that the plan does not have. Those that were
    /// taken before are passed over in silence.
    fn tell_odd(&self, seen: &Observation, step: &Step, output: &mut Output) {
        if self.summary.odd() > MOST_TOLD {
            return;
        }
        let place = format!("`{}` number {}", seen.source, seen.sequence);
        let told = match step.receipt {
            Some(Receipt::Ahead) => {
                format!("{place} is of {}, more than five minutes from now: passed over", seen.time)
            }
            Some(Receipt::TooManySources) => {
                format!("{place} is of a ninth source: passed over; join some sources")
            }
            Some(Receipt::Duplicate | Receipt::Late) => format!(
                "{place} is of {}, newer than all before it, and that number was given before: \
                 passed over; number the records of a source ascending",
                seen.time
            ),
            _ => format!(
                "{place} is of the phase `{}`, which the plan does not have",
                seen.phase.as_deref().unwrap_or_default()
            ),
        };
        output.note(&crate::text::clean(&told));
    }

    /// What began and what ended in this step.
    fn tell(
        &self,
        before: &[TriggerFinding],
        step: &Step,
        output: &mut Output,
    ) -> Result<(), Problem> {
        let same = |now: &TriggerFinding| {
            before.iter().any(|then| then.id == now.id && then.status == now.status)
        };
        let ended = step.cleared.iter().map(Happened::Ended);
        let began = step.findings.iter().filter(|now| !same(now)).map(Happened::Began);
        let mut any = false;
        for happened in ended.chain(began) {
            any = true;
            match self.args.output {
                Format::Text => output.text(&render::text(&happened))?,
                Format::Json => output.data(&render::line(&happened)?)?,
            }
        }
        if any { output.flush() } else { Ok(()) }
    }

    fn note_worst(&mut self, findings: &[TriggerFinding]) {
        let worst = findings.iter().map(|finding| finding.action).max();
        self.summary.worst = self.summary.worst.max(worst);
    }

    /// Writes the state where it changed.
    fn keep(&mut self, state: &TriggerState) -> Result<(), Problem> {
        let Some(path) = self.args.state.as_deref().map(Path::new) else { return Ok(()) };
        if self.kept.as_ref() == Some(state) && path.exists() {
            return Ok(());
        }
        write_state(path, state)?;
        self.kept = Some(state.clone());
        self.kept_at = Instant::now();
        Ok(())
    }
}

impl Summary {
    fn rolls_back(&self) -> bool {
        self.worst >= Some(TriggerAction::Abort)
    }

    fn odd(&self) -> u64 {
        self.unjudged() + self.other_phase
    }
}
