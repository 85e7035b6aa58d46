//! The analysis: from plan, state and closed observations to the evidence and the next state.

use crate::canonical::CanonicalError;
use crate::case::Case;
use crate::check;
use crate::comparison::Refusal;
use crate::evidence::Evidence;
use crate::finding::{Finding, Status};
use crate::gold_set::{self, Failure};
use crate::observations::{Observations, Place, VersionPin};
use crate::plan::{Concludes, Metric, Plan, Stage};
use crate::read::ReadError;
use crate::state::{State, StateMismatch};
use crate::trigger::{self, EngineError, StateError};
use crate::{Digest, Facts, Timestamp, harm, input, looks};

/// What was found, and what is remembered of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Analysis {
    /// All findings.
    pub evidence: Evidence,
    /// The state to give to the next analysis of this rollout.
    pub state: State,
    /// What the policy is asked about: the runbook's facts, with the evidence.
    pub input: Facts,
}

/// Why nothing could be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// Files are still to be read.
    #[error("the observations name files that are still to be read (`raw`); read them first")]
    NotClosed,
    /// There is nothing to judge.
    #[error("the observations have no phase of the plan; give at least one of {known}")]
    NoPhase {
        /// The plan's phases.
        known: String,
    },
    /// A phase that the plan does not have.
    #[error("the observations name the phase `{phase}`; the plan has {known}")]
    UnknownPhase {
        /// The phase.
        phase: String,
        /// The plan's phases.
        known: String,
    },
    /// The candidate is not where its phase is.
    #[error(
        "the candidate's `state` is {state} and its phase `{phase}` one of {stage}; mend \
         `candidate.state` or `phase`"
    )]
    OtherPlace {
        /// Where the candidate is said to be.
        state: &'static str,
        /// The phase.
        phase: String,
        /// Where the plan has the phase.
        stage: &'static str,
    },
    /// A metric that the plan does not have.
    #[error("the observations have the metric `{metric}`; the plan has {known}")]
    UnknownMetric {
        /// The metric.
        metric: String,
        /// The plan's metrics.
        known: String,
    },
    /// A method that does not fit.
    #[error("the metric `{metric}` asks for the method `{asked}`; {fits}")]
    Method {
        /// The metric.
        metric: String,
        /// The method that was asked for.
        asked: String,
        /// Which methods fit its data, in words.
        fits: String,
    },
    /// A state of another rollout.
    #[error(transparent)]
    State(#[from] StateMismatch),
    /// Triggers that contradict their plan.
    #[error("the plan's triggers cannot be watched: {0}")]
    Triggers(#[from] EngineError),
    /// A state whose triggers are not those of the plan.
    #[error("what triggers keep in the state is not of this plan: {0}")]
    TriggerState(#[from] StateError),
    /// A document without a canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// Facts that are no policy input, such as more than it may hold.
    #[error("the policy input cannot be made: {0}")]
    Input(#[from] ReadError),
}

impl AnalyzeError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotClosed => "not_closed",
            Self::NoPhase { .. } => "no_phase",
            Self::UnknownPhase { .. } => "unknown_phase",
            Self::OtherPlace { .. } => "other_place",
            Self::UnknownMetric { .. } => "unknown_metric",
            Self::Method { .. } => "method_does_not_fit",
            Self::Triggers(_) => "triggers_contradict",
            Self::State(_) | Self::TriggerState(_) => "state_mismatch",
            Self::Canonical(_) => "not_canonical",
            Self::Input(_) => "not_an_input",
        }
    }
}

/// Judges every metric and check of the plan, and feeds its triggers.
///
/// Answers: what is proved about the candidate by these observations, given what was looked at
/// before. `now` is the moment of the decision; without it, the end of the observations. Equal
/// arguments give equal bytes, and the same observations given again with the state that they made
/// give the same findings.
///
/// # Errors
/// When the documents do not belong together; what is wrong with the data is a finding.
pub fn analyze(
    plan: &Plan,
    state: Option<&State>,
    observations: &Observations,
    now: Option<Timestamp>,
) -> Result<Analysis, AnalyzeError> {
    if observations.raw.is_some() {
        return Err(AnalyzeError::NotClosed);
    }
    let current = current_phase(plan, observations)?;
    same_place(plan, current, observations)?;
    let (plan_digest, digest) = (plan.digest()?, observations.digest()?);
    let (candidate, baseline) = (observations.candidate.pin()?, observations.baseline.pin()?);
    if let Some(state) = state {
        state.check(plan_digest, &candidate, &baseline)?;
    }
    let mut next = state
        .cloned()
        .unwrap_or_else(|| State::new(plan_digest, candidate.clone(), baseline.clone()));
    let now = now.or(observations.window.map(|window| window.end));
    let case = Case { plan, seen: observations, digest, current, now };
    let problem = check::window_problem(&case);
    // What is not of its time is not remembered either.
    let mut findings = Vec::new();
    let mut watched = Vec::new();
    // The gold set's facts are there all the same: one that is missing would hide the cause.
    let mut of_its_time = None;
    if let Some((reason, message)) = &problem {
        let record = gold_set::judge(&case, next.gold.as_ref()).map_err(of_failure)?;
        of_its_time = record.candidate.is_some().then_some(record);
        for metric in &plan.metrics {
            let finding = check::found(metric.id.as_str(), Status::Invalid, reason, &**message);
            let phases = case.phases_of(metric);
            findings.push(Finding { phases, ..finding });
        }
        if let Some(gold) = &plan.gold_set {
            let overall = gold_set::OVERALL.to_owned();
            for name in gold.categories.keys().chain([&overall]) {
                let id = format!("gold_set.{name}");
                let finding = check::found(id, Status::Invalid, reason, &**message);
                findings.push(Finding { phases: concluding(&case), ..finding });
            }
        }
    } else {
        let former = next.gold.take();
        let record = gold_set::judge(&case, former.as_ref()).map_err(of_failure)?;
        for metric in &plan.metrics {
            let of_gold = record.findings.iter().find(|finding| finding.id == metric.id);
            let finding = match of_gold {
                Some(finding) if metric.measure.is_gold() => finding.clone(),
                _ => of_metric(&case, metric, state, &mut next, &mut watched)?,
            };
            findings.push(finding_of(&case, metric, finding));
        }
        let thresholds =
            record.findings.iter().filter(|finding| finding.id.starts_with("gold_set."));
        findings.extend(
            thresholds.map(|finding| Finding { phases: concluding(&case), ..finding.clone() }),
        );
        next.gold = record.candidate.is_some().then_some(record);
    }
    let fed = trigger::feed(&case, next.triggers.as_ref(), next.gold.as_ref())?;
    if problem.is_none() {
        next.triggers = fed.record;
    }
    findings.extend(watched);
    findings.extend(check::findings(&case));
    if let Some(message) = fed.lost {
        let finding = check::found("stream", Status::Invalid, "records_not_judged", message);
        findings.push(Finding { phases: case.phases_where(|_| true), ..finding });
    }
    let here = &case.phase().id;
    for finding in &mut findings {
        finding.required = finding.phases.contains(here);
    }
    let mut evidence = evidence(&case, findings, plan_digest, candidate, baseline, &next);
    evidence.triggers = fed.fired;
    let input = input::facts(&case, &evidence, next.gold.as_ref().or(of_its_time.as_ref()))?;
    Ok(Analysis { evidence, state: next, input })
}

/// The place in the plan of the phase that the candidate is in.
fn current_phase(plan: &Plan, observations: &Observations) -> Result<usize, AnalyzeError> {
    let listed =
        |ids: Vec<&str>| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let known = || listed(plan.phases.iter().map(|phase| phase.id.as_str()).collect());
    let place = |id: &str| plan.phases.iter().position(|phase| phase.id == id);
    for (id, phase) in &observations.phases {
        if place(id).is_none() {
            return Err(AnalyzeError::UnknownPhase { phase: id.clone(), known: known() });
        }
        let other = phase.metrics.keys().find(|id| plan.metrics.iter().all(|one| one.id != **id));
        if let Some(metric) = other {
            let known = listed(plan.metrics.iter().map(|metric| metric.id.as_str()).collect());
            return Err(AnalyzeError::UnknownMetric { metric: metric.clone(), known });
        }
    }
    let mut named = observations.stream.iter().filter_map(|record| record.phase.as_deref());
    if let Some(phase) = named.find(|id| place(id).is_none()) {
        return Err(AnalyzeError::UnknownPhase { phase: phase.to_owned(), known: known() });
    }
    match &observations.phase {
        Some(id) => place(id)
            .ok_or_else(|| AnalyzeError::UnknownPhase { phase: id.clone(), known: known() }),
        None => plan
            .phases
            .iter()
            .rposition(|phase| observations.phases.contains_key(&phase.id))
            .ok_or_else(|| AnalyzeError::NoPhase { known: known() }),
    }
}

/// What a phase requires depends on where it is; a candidate that is said to be elsewhere would be
/// asked for less. Of one that is neither in shadow nor in gray the policy says no.
fn same_place(
    plan: &Plan,
    current: usize,
    observations: &Observations,
) -> Result<(), AnalyzeError> {
    let Some(phase) = plan.phases.get(current) else { return Ok(()) };
    let state = match (phase.stage, observations.candidate.state) {
        (Stage::Shadow, Some(Place::Gray)) => "gray",
        (Stage::Gray, Some(Place::Shadow)) => "shadow",
        _ => return Ok(()),
    };
    let stage = if phase.stage == Stage::Gray { "gray" } else { "shadow" };
    Err(AnalyzeError::OtherPlace { state, phase: phase.id.clone(), stage })
}

/// The finding of a metric that is measured on requests. Where only harm is concluded, that is the
/// finding; elsewhere in gray it is one more, after the others.
fn of_metric(
    case: &Case<'_>,
    metric: &Metric,
    state: Option<&State>,
    next: &mut State,
    watched: &mut Vec<Finding>,
) -> Result<Finding, AnalyzeError> {
    let phase = case.phase();
    if phase.stage == Stage::Gray && phase.concludes == Concludes::Harm {
        let finding = harm::finding(case, metric, metric.id.clone(), next);
        return invalid(&metric.id, metric, finding);
    }
    if phase.stage == Stage::Gray {
        let id = format!("harm.{}", metric.id);
        let finding = harm::finding(case, metric, id.clone(), next);
        let finding = invalid(&id, metric, finding)?;
        let phases = case
            .phases_where(|phase| phase.stage == Stage::Gray && phase.concludes == Concludes::All);
        watched.push(Finding { phases, ..finding });
    }
    let finding = looks::finding(case, metric, state, next);
    invalid(&metric.id, metric, finding)
}

/// With the phases that require it: of harm those in which only it is concluded.
fn finding_of(case: &Case<'_>, metric: &Metric, finding: Finding) -> Finding {
    let mut phases = case.phases_of(metric);
    if !metric.measure.is_gold() {
        let harm = case
            .phases_where(|phase| phase.stage == Stage::Gray && phase.concludes == Concludes::Harm);
        phases = case.phases_where(|phase| phases.contains(&phase.id) || harm.contains(&phase.id));
    }
    Finding { phases, ..finding }
}

fn concluding(case: &Case<'_>) -> Vec<String> {
    case.phases_where(|phase| phase.concludes == Concludes::All)
}

/// What cannot be compared is an invalid finding; a method that does not fit is the plan's error.
fn invalid(
    id: &str,
    metric: &Metric,
    finding: Result<Finding, Refusal>,
) -> Result<Finding, AnalyzeError> {
    match finding {
        Ok(finding) => Ok(finding),
        Err(Refusal::Data { code, message }) => {
            Ok(check::found(id, Status::Invalid, &code, message))
        }
        Err(Refusal::Method { asked, fits }) => Err(unfit(metric.id.clone(), asked, &fits)),
    }
}

fn of_failure(failure: Failure) -> AnalyzeError {
    match failure {
        Failure::Canonical(error) => error.into(),
        Failure::Method { metric, asked, fits } => unfit(metric, asked, &fits),
    }
}

fn unfit(metric: String, asked: String, fits: &[&str]) -> AnalyzeError {
    let fits = if fits.is_empty() {
        "no method fits its data and margin".to_owned()
    } else {
        let names: Vec<String> = fits.iter().map(|name| format!("`{name}`")).collect();
        format!("its data and margin are answered by {}", names.join(", "))
    };
    AnalyzeError::Method { metric, asked, fits }
}

fn evidence(
    case: &Case<'_>,
    findings: Vec<Finding>,
    plan: Digest,
    candidate: VersionPin,
    baseline: VersionPin,
    next: &State,
) -> Evidence {
    let reached = [Stage::Shadow, Stage::Gray].into_iter().flat_map(|stage| case.reached(stage));
    Evidence {
        candidate: Some(candidate),
        baseline: Some(baseline),
        phase: Some(case.phase().id.clone()),
        window: case.seen.window,
        pairs: reached
            .filter_map(|one| one.seen.pairs.map(|pairs| (one.phase.id.clone(), pairs)))
            .collect(),
        gold: next.gold.as_ref().map(|gold| gold.changes.clone()).unwrap_or_default(),
        sources: case.seen.sources.clone(),
        plan: Some(plan),
        observations: Some(case.digest),
        ..Evidence::new(findings)
    }
}
