//! Simulation: the operating characteristics of a plan, found by drawing rollouts.
//!
//! How often is a candidate that is worse by its margin promoted, how long does a good one take,
//! how often is there a false alarm? [`Simulation::rollout`] draws one rollout, row by row, sums
//! the rows up as those of a log are, and asks the gate as in service, with the state carried on.
//! It is a pure function of seed and index, so that callers may share runs out to threads:
//! [`Report::of`] has equal bytes.
//!
//! - The gate is asked every `decide_every_hours`. Before a phase has its minimum (and shadow what
//!   the checklist asks for), only triggers and harm end a rollout.
//! - A hold ends it, as held, once every planned look was taken, or the phase has lasted
//!   `give_up_hours`.
//! - Triggers see the rows, as they do where a log is read; monitors' records, windows of the
//!   service's SLO among them, are not drawn. Answers are never missing.
//! - Shares are those of normal numbers below a point, numbers are lognormal, events Poisson; in
//!   mirrored traffic the normal numbers of both versions are correlated. Metrics are independent
//!   of each other, and requests too.
//!
//! ```
//! use phasegate::simulate::{Assumptions, Report, Simulation};
//! use phasegate::{Gate, Plan, document, plan, read::Format};
//!
//! let plan: Plan =
//!     document::read(plan::RUNBOOK.as_bytes(), Format::Yaml, plan::MAX_PLAN_BYTES)?;
//! let gate = Gate::builder().packages_of(&plan).build()?;
//! let simulation = Simulation::new(gate, plan, &Assumptions::default())?;
//! let runs = [simulation.rollout(7, 0)?];
//! let report = Report::of(&simulation, 7, &runs, &[])?;
//! assert_eq!(report.outcomes.iter().map(|ends| ends.share.count).sum::<u64>(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assume;
mod course;
mod model;
mod random;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use phasegate_core::document::Contradiction;
use phasegate_core::rows::{FoldError, RowError};
use phasegate_core::{AnalyzeError, Plan};
use serde::Serialize;

pub use assume::{
    ASSUMPTIONS_SCHEMA, Assumed, AssumedCases, Assumptions, AssumptionsSchema,
    MAX_ASSUMPTIONS_BYTES,
};
pub use report::{
    AlarmRate, Ends, FalseAlarms, PhaseEnds, REPORT_SCHEMA, Report, Share, Spread, Told,
};

use crate::{Gate, PlanError};
use model::Model;

/// A plan, a gate, and what is assumed, ready to draw rollouts. `Send` and `Sync`.
#[derive(Debug, Clone)]
pub struct Simulation {
    gate: Gate,
    plan: Plan,
    assumptions: Assumptions,
    model: Model,
    /// The same with a candidate that is as good as the baseline.
    equal: Model,
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It left the last phase.
    Promoted,
    /// It was held for good.
    Held,
    /// It was rejected.
    Rejected,
    /// It was rolled back.
    RolledBack,
}

/// What came of one rollout.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// How it ended.
    pub ending: Ending,
    /// In which phase, by its place in the plan.
    pub phase: usize,
    /// How long it took.
    pub hours: f64,
    /// How many requests the candidate answered, mirrored ones too.
    pub candidate_requests: u64,
    /// Why it was not promoted: codes, each with what it is about.
    pub reasons: Vec<String>,
}

/// What came of thirty days in gray of a candidate that is as good as the baseline.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Month {
    /// The alarms, once for each phase.
    pub alarms: BTreeSet<Alarm>,
}

/// An alarm in a phase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    /// The trigger's name, or `harm.` with the metric's.
    pub id: String,
    /// The phase's id.
    pub phase: String,
}

/// Why nothing could be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// Assumptions that are impossible, or not of this plan.
    #[error("the assumptions do not fit the plan: {}", listed(.0))]
    Assumptions(Vec<Contradiction>),
    /// The gate and the plan do not belong together, or the plan contradicts itself.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A drawn row that the plan's log cannot have.
    #[error("a drawn request cannot be read: {0}; assume less extreme values")]
    Row(#[from] RowError),
    /// Drawn rows that cannot be summed up.
    #[error("the drawn requests cannot be summed up: {0}; assume less extreme values")]
    Fold(#[from] FoldError),
    /// No runs to sum up.
    #[error("no share can be told: {0}")]
    Stats(#[from] phasegate_stats::Error),
    /// A plan without phases.
    #[error("the plan has no phases; give it at least one")]
    NoPhase,
}

impl From<AnalyzeError> for SimulateError {
    fn from(error: AnalyzeError) -> Self {
        Self::Plan(error.into())
    }
}

fn listed(faults: &[Contradiction]) -> String {
    let told = faults.iter().map(|fault| format!("`{}`: {}", fault.path, fault.message));
    told.collect::<Vec<_>>().join("; ")
}

impl Simulation {
    /// Makes ready to draw.
    ///
    /// # Errors
    /// [`SimulateError::Assumptions`] with all that is impossible or not of this plan.
    pub fn new(gate: Gate, plan: Plan, assumptions: &Assumptions) -> Result<Self, SimulateError> {
        let (model, told) = model::model(&plan, assumptions).map_err(SimulateError::Assumptions)?;
        let mut without = told.clone();
        without.metrics.values_mut().for_each(|one| one.effect = None);
        without.gold.values_mut().for_each(|one| one.effect = None);
        let (equal, _) = model::model(&plan, &without).map_err(SimulateError::Assumptions)?;
        Ok(Self { gate, plan, assumptions: told, model, equal })
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is assumed, with every default told.
    #[must_use]
    pub fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }

    /// Draws one rollout. Equal seeds and indices give equal runs; those of different indices are
    /// independent.
    ///
    /// # Errors
    /// When the gate does not ask the plan's packages, the plan asks for a method that does not
    /// fit, or assumed values are so extreme that they leave the range of numbers.
    pub fn rollout(&self, seed: u64, index: u64) -> Result<Run, SimulateError> {
        course::rollout(self, seed, index)
    }

    /// Draws thirty days in gray of a candidate that is as good as the baseline, the same time in
    /// each phase.
    ///
    /// # Errors
    /// As [`rollout`](Self::rollout).
    pub fn month(&self, seed: u64, index: u64) -> Result<Month, SimulateError> {
        course::month(self, seed, index)
    }
}
