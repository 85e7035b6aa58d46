//! One rollout, drawn and decided as in service: every answer is a row, the rows are summed up as
//! those of a log are, and the gate is asked with the state carried on.

use phasegate_core::analyze::analyze;
use phasegate_core::decision::Decision;
use phasegate_core::finding::Status;
use phasegate_core::gold::{GoldAnswer, GoldCase, GoldRun};
use phasegate_core::observations::{
    GoldObservations, GoldRuns, Observations, ObservationsSchema, SourceRole, Version, Window,
};
use phasegate_core::plan::{Phase, Plan, Stage};
use phasegate_core::rows::{Place, Row, RowFold};
use phasegate_core::{Outcome, State, Timestamp};

use super::model::Model;
use super::random::Random;
use super::{Alarm, Ending, Month, Run, SimulateError, Simulation};
use crate::PlanRequest;

/// 2026-01-01T00:00:00Z, when every simulated rollout begins.
const START_NS: i64 = 1_767_225_600_000_000_000;

const HOUR_NS: f64 = 3.6e12;

/// Hours in which false alarms are counted.
const MONTH_HOURS: f64 = 720.0;

/// How often alarms are asked for in a month: triggers keep what fired, and so does harm.
const ALARM_EVERY_HOURS: f64 = 24.0;

/// Traffic with what was seen of it so far.
struct Traffic<'a> {
    plan: &'a Plan,
    model: &'a Model,
    random: Random,
    seen: Observations,
    /// The rows of the present phase.
    fold: RowFold,
    /// Between two requests.
    gap_ns: f64,
    requests: u64,
    candidate_requests: u64,
    now_ns: i64,
    /// The ends of what triggers were fed with at the last two decisions.
    fed_ns: [i64; 2],
}

impl<'a> Traffic<'a> {
    fn new(plan: &'a Plan, model: &'a Model, per_hour: f64, mut random: Random) -> Self {
        let start = Timestamp::from_unix_nanos(START_NS);
        let seen = Observations {
            schema: ObservationsSchema::V1,
            candidate: version("candidate"),
            baseline: version("baseline"),
            phase: None,
            window: Some(Window { start, end: start }),
            phases: std::collections::BTreeMap::new(),
            stream: Vec::new(),
            stream_from: None,
            gold: gold(plan, model, &mut random),
            incidents: Some(Vec::new()),
            budget: None,
            quarantine: Some(Vec::new()),
            raw: None,
            sources: Vec::new(),
        };
        Self {
            plan,
            model,
            random,
            seen,
            fold: RowFold::new(plan, None),
            gap_ns: HOUR_NS / per_hour,
            requests: 0,
            candidate_requests: 0,
            now_ns: START_NS,
            fed_ns: [START_NS; 2],
        }
    }

    /// Begins a phase.
    fn enter(&mut self, phase: &Phase) {
        self.fold = RowFold::new(self.plan, None);
        self.seen.phase = Some(phase.id.clone());
    }

    /// Lets so many hours pass, and tells what was seen until then.
    fn advance(&mut self, phase: &Phase, hours: f64) -> Result<&Observations, SimulateError> {
        self.now_ns = self.now_ns.saturating_add(whole(hours * HOUR_NS));
        let mut values = [Vec::new(), Vec::new()];
        loop {
            let at_ns = START_NS.saturating_add(whole(self.requests as f64 * self.gap_ns));
            if at_ns >= self.now_ns {
                break;
            }
            self.requests += 1;
            let is_candidate = phase.weight >= 1.0 || self.random.unit() < phase.weight;
            match phase.stage {
                Stage::Shadow => self.mirrored(phase, at_ns, is_candidate, &mut values)?,
                Stage::Gray => {
                    let (arm, role) = if is_candidate {
                        (1, SourceRole::Candidate)
                    } else {
                        (0, SourceRole::Baseline)
                    };
                    let [values, _] = &mut values;
                    self.model.draw(&mut self.random, arm, values);
                    self.push(phase, at_ns, role, None, values)?;
                }
            }
        }
        let folded = self.fold.clone().finish()?;
        self.seen.phases.extend(folded.phases);
        self.seen.stream = folded.stream;
        self.seen.stream_from = folded.stream_from;
        // What was not over yet at the last decision comes again, whole.
        let [before, last] = self.fed_ns;
        let fed = Timestamp::from_unix_nanos(before);
        self.seen.stream.retain(|record| record.time >= fed);
        self.fed_ns = [last, self.now_ns];
        if let Some(window) = &mut self.seen.window {
            window.end = Timestamp::from_unix_nanos(self.now_ns);
        }
        Ok(&self.seen)
    }

    /// A request to the baseline, that the candidate gets too where it is mirrored.
    fn mirrored(
        &mut self,
        phase: &Phase,
        at_ns: i64,
        is_mirrored: bool,
        values: &mut [Vec<Option<f64>>; 2],
    ) -> Result<(), SimulateError> {
        if !is_mirrored && !self.model.has_mirrored {
            // Every row of shadow is one that was mirrored.
            return Ok(());
        }
        self.model.draw_both(&mut self.random, values);
        let [baseline, candidate] = values;
        self.push(phase, at_ns, SourceRole::Baseline, Some(is_mirrored), baseline)?;
        if is_mirrored {
            self.push(phase, at_ns, SourceRole::Candidate, Some(true), candidate)?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        phase: &Phase,
        at_ns: i64,
        arm: SourceRole,
        mirrored: Option<bool>,
        values: &[Option<f64>],
    ) -> Result<(), SimulateError> {
        self.candidate_requests += u64::from(arm == SourceRole::Candidate);
        let key = self.requests.to_string();
        // Each request is a cluster of its own.
        let clusters = vec![Some(key.as_str()); self.model.clusters];
        self.fold.push(&Row {
            arm,
            phase: Some(&phase.id),
            time: Timestamp::from_unix_nanos(at_ns),
            key: Some(&key),
            mirrored,
            values,
            clusters: &clusters,
            place: Place { source: 0, row: self.requests },
        })?;
        Ok(())
    }

    fn hours(&self) -> f64 {
        (self.now_ns - START_NS) as f64 / HOUR_NS
    }
}

/// A rollout, followed until the gate ends it or nothing more can come of it.
pub(super) fn rollout(of: &Simulation, seed: u64, index: u64) -> Result<Run, SimulateError> {
    let Simulation { gate, plan, assumptions, model, .. } = of;
    let random = Random::new(seed, 0, index);
    let mut traffic = Traffic::new(plan, model, assumptions.requests_per_hour, random);
    let mut state: Option<State> = None;
    for (place, phase) in plan.phases.iter().enumerate() {
        traffic.enter(phase);
        let mut hours = 0.0;
        let decision = loop {
            hours += assumptions.decide_every_hours;
            let observations = traffic.advance(phase, assumptions.decide_every_hours)?;
            let request = PlanRequest { plan, observations, state: state.as_ref(), now: None };
            let answer = gate.decide_planned(&request)?;
            let ends = match answer.decision.outcome {
                Outcome::Promote | Outcome::Rollback => true,
                Outcome::Reject => is_due(&answer.decision) || is_harmful(&answer.state, &phase.id),
                Outcome::Hold => is_final(plan, phase, &answer.decision, &answer.state),
            };
            state = Some(answer.state);
            if ends || hours >= assumptions.give_up_hours {
                break answer.decision;
            }
        };
        let ending = match decision.outcome {
            Outcome::Promote if place + 1 < plan.phases.len() => continue,
            Outcome::Promote => Ending::Promoted,
            // What was bad too early to count is held for want of time.
            Outcome::Reject if is_due(&decision) => Ending::Rejected,
            Outcome::Reject if state.as_ref().is_some_and(|one| is_harmful(one, &phase.id)) => {
                Ending::Rejected
            }
            Outcome::Hold | Outcome::Reject => Ending::Held,
            Outcome::Rollback => Ending::RolledBack,
        };
        return Ok(Run {
            ending,
            phase: place,
            hours: traffic.hours(),
            candidate_requests: traffic.candidate_requests,
            reasons: reasons(&decision),
        });
    }
    // No plan is without phases.
    Err(SimulateError::NoPhase)
}

/// Thirty days in gray of a candidate that is as good as the baseline, the same time in each
/// phase, whatever the gate says.
pub(super) fn month(of: &Simulation, seed: u64, index: u64) -> Result<Month, SimulateError> {
    let Simulation { plan, assumptions, equal, .. } = of;
    let random = Random::new(seed, 1, index);
    let mut traffic = Traffic::new(plan, equal, assumptions.requests_per_hour, random);
    let mut month = Month::default();
    let gray: Vec<&Phase> = plan.phases.iter().filter(|one| one.stage == Stage::Gray).collect();
    let each_hours = MONTH_HOURS / gray.len().max(1) as f64;
    let mut state: Option<State> = None;
    for phase in gray {
        traffic.enter(phase);
        let mut left = each_hours;
        while left > 1e-6 {
            let hours = left.min(ALARM_EVERY_HOURS);
            left -= hours;
            let observations = traffic.advance(phase, hours)?;
            let found = analyze(plan, state.as_ref(), observations, None)?;
            for fired in &found.evidence.triggers {
                month.alarms.insert(Alarm { id: fired.id.clone(), phase: phase.id.clone() });
            }
            for (metric, record) in found.state.harm.get(&phase.id).into_iter().flatten() {
                if record.detected.is_some() {
                    let id = format!("harm.{metric}");
                    month.alarms.insert(Alarm { id, phase: phase.id.clone() });
                }
            }
            state = Some(found.state);
        }
    }
    Ok(month)
}

/// Whether the phase has its minimum, and shadow what the checklist asks for: before that nothing
/// but triggers and harm counts.
fn is_due(decision: &Decision) -> bool {
    let findings = decision.evidence.iter().flat_map(|evidence| &evidence.findings);
    let mut early = findings.filter(|finding| {
        matches!(finding.id.as_str(), "phase" | "requests" | "hours")
            && finding.status != Status::Pass
    });
    early.next().is_none()
}

fn is_harmful(state: &State, phase: &str) -> bool {
    let mut records = state.harm.get(phase).into_iter().flatten();
    records.any(|(_, record)| record.detected.is_some())
}

/// Whether a hold is one for good: every look was taken, and no trigger merely waits.
fn is_final(plan: &Plan, phase: &Phase, decision: &Decision, state: &State) -> bool {
    if decision.action.is_some() || !is_due(decision) {
        return false;
    }
    let concludes_harm = phase.concludes == phasegate_core::plan::Concludes::Harm;
    let planned = u32::try_from(plan.monitoring.looks.len()).unwrap_or(u32::MAX);
    let mut metrics = plan.metrics.iter().filter(|metric| !metric.measure.is_gold());
    metrics.all(|metric| match phase.stage {
        Stage::Shadow => state.shadow.contains_key(&metric.id),
        Stage::Gray if concludes_harm => false,
        Stage::Gray => state.gray.get(&metric.id).is_some_and(|looks| looks.number >= planned),
    })
}

/// The codes of a decision's reasons, each with what it is about, once.
fn reasons(decision: &Decision) -> Vec<String> {
    let mut told: Vec<String> = decision
        .reasons
        .iter()
        .map(|reason| match &reason.path {
            Some(path) => format!("{}: {path}", reason.code),
            None => reason.code.clone(),
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

fn version(name: &str) -> Version {
    Version {
        id: name.to_owned(),
        model: name.to_owned(),
        prompt: "simulated".to_owned(),
        image_digest: None,
        parameters: std::collections::BTreeMap::new(),
        state: None,
    }
}

/// What both versions answered to the gold set.
fn gold(plan: &Plan, model: &Model, random: &mut Random) -> Option<GoldObservations> {
    if model.cases.is_empty() {
        return None;
    }
    let repeats = plan.gold_set.as_ref().map_or(1, |gold| gold.repeats);
    let mut runs = [Vec::new(), Vec::new()];
    for cases in &model.cases {
        for number in 0..cases.count {
            let mut answers = [Vec::new(), Vec::new()];
            for _ in 0..repeats {
                let of_pass = random.pair(model.gold_correlation);
                let of_grade = model.grades.map(|grades| random.pair(grades.correlation));
                for (arm, answers) in answers.iter_mut().enumerate() {
                    let passed = of_pass.get(arm) < cases.pass_below.get(arm);
                    let score = model.grades.zip(of_grade).and_then(|(grades, normal)| {
                        let score = grades.means.get(arm)? + grades.sd * normal.get(arm)?;
                        Some(score.clamp(0.0, 1.0))
                    });
                    answers.push(GoldAnswer {
                        passed: Some(passed),
                        score,
                        ..GoldAnswer::default()
                    });
                }
            }
            for (run, answers) in runs.iter_mut().zip(answers) {
                let id = format!("{}-{number:05}", cases.name);
                let category = Some(cases.name.clone());
                run.push(GoldCase { id, category, cluster: None, answers });
            }
        }
    }
    let [baseline, candidate] = runs.map(|cases| GoldRuns(vec![GoldRun { error: None, cases }]));
    Some(GoldObservations { candidate, baseline })
}

#[expect(clippy::cast_possible_truncation, reason = "some years of nanoseconds, far below 2^63")]
fn whole(nanos: f64) -> i64 {
    nanos as i64
}
