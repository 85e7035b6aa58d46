//! From plan and observations to a decision, and back: anybody who has the documents may derive a
//! decision again.

use phasegate_core::analyze::{AnalyzeError, analyze};
use phasegate_core::canonical::CanonicalError;
use phasegate_core::{Decision, Observations, Path, Plan, State, Timestamp};
use serde_json::Value;

use crate::gate::Origin;
use crate::{Gate, Request};

/// May the candidate that these observations are about go on, as the plan says?
#[derive(Debug, Clone, Copy)]
pub struct PlanRequest<'a> {
    /// What has to be shown.
    pub plan: &'a Plan,
    /// What was seen. No file may be left to read.
    pub observations: &'a Observations,
    /// What the last decision of this rollout gave; without it all looks before the present one
    /// count as taken.
    pub state: Option<&'a State>,
    /// The moment of the decision; the end of the observations when absent.
    pub now: Option<Timestamp>,
}

/// A decision with what is remembered for the next one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlannedDecision {
    /// The decision.
    pub decision: Decision,
    /// The state to give to the next request of this rollout.
    pub state: State,
    /// The question that the policy was asked, for [`Gate::explain`].
    pub request: Request,
}

/// Why a plan's request was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The documents do not belong together.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// The gate asks other packages than the plan.
    #[error(
        "the gate asks the packages {asked}, the plan {planned}; build the gate with `packages_of`"
    )]
    OtherPackages {
        /// Those of the gate.
        asked: String,
        /// Those of the plan.
        planned: String,
    },
}

impl PlanError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Analyze(error) => error.code(),
            Self::OtherPackages { .. } => "other_packages",
        }
    }
}

impl From<CanonicalError> for PlanError {
    fn from(error: CanonicalError) -> Self {
        AnalyzeError::from(error).into()
    }
}

/// One place where a decision is not what its documents give.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where in the decision.
    pub path: Path,
    /// What the decision says; absent where it says nothing.
    pub stored: Option<Value>,
    /// What the documents give; absent where they give nothing.
    pub derived: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<Value>| match value {
            Some(value) => format!("`{value}`"),
            None => "nothing".to_owned(),
        };
        write!(
            f,
            "`{}` is {}; the documents give {}",
            self.path,
            shown(&self.stored),
            shown(&self.derived)
        )
    }
}

impl Gate {
    /// Decides from plan and observations.
    ///
    /// Equal documents, `now`, policy and options give byte-equal decisions and states.
    ///
    /// # Errors
    /// When the documents do not belong together, or the gate does not ask the plan's packages.
    /// What is wrong with the data is a finding, and holds.
    pub fn decide_planned(&self, request: &PlanRequest<'_>) -> Result<PlannedDecision, PlanError> {
        let PlanRequest { plan, observations, state, now } = *request;
        let planned = [plan.policy.promotion.as_str(), plan.policy.rollback.as_str()];
        let asked = self.policy().packages();
        if asked != planned {
            let listed = |names: [&str; 2]| format!("`{}` and `{}`", names[0], names[1]);
            let (asked, planned) = (listed(asked), listed(planned));
            return Err(PlanError::OtherPackages { asked, planned });
        }
        let analysis = analyze(plan, state, observations, now)?;
        let end = observations.window.map(|window| window.end);
        let max_age = i64::try_from(plan.max_age.nanos()).unwrap_or(i64::MAX);
        let origin = Origin {
            plan: analysis.evidence.plan,
            observations: analysis.evidence.observations,
            state: state.map(State::digest).transpose()?,
            valid_until: end
                .map(|end| Timestamp::from_unix_nanos(end.unix_nanos().saturating_add(max_age))),
        };
        let request = Request { facts: analysis.input, now: now.or(end), origin };
        let decision = self.decide(&request);
        Ok(PlannedDecision { decision, state: analysis.state, request })
    }

    /// Derives a decision again from its documents, at its own moment, and says where it differs;
    /// nowhere, when it is theirs.
    ///
    /// # Errors
    /// As [`decide_planned`](Self::decide_planned).
    pub fn verify(
        &self,
        decision: &Decision,
        plan: &Plan,
        observations: &Observations,
        state: Option<&State>,
    ) -> Result<Vec<Difference>, PlanError> {
        let request = PlanRequest { plan, observations, state, now: decision.basis.now };
        let derived = self.decide_planned(&request)?.decision;
        Ok(differences(decision, &derived))
    }

    /// The same of a decision that was made from a policy input.
    #[must_use]
    pub fn verify_input(&self, decision: &Decision, request: &Request) -> Vec<Difference> {
        let now = decision.basis.now;
        differences(decision, &self.decide(&Request { now, ..request.clone() }))
    }
}

fn differences(stored: &Decision, derived: &Decision) -> Vec<Difference> {
    // A decision is text, numbers, lists and maps with text for keys: it has a value.
    let [stored, derived] =
        [stored, derived].map(|decision| serde_json::to_value(decision).unwrap_or_default());
    let mut found = Vec::new();
    compare(Some(&stored), Some(&derived), &mut Path::default(), &mut found);
    found
}

fn compare(
    stored: Option<&Value>,
    derived: Option<&Value>,
    path: &mut Path,
    found: &mut Vec<Difference>,
) {
    match (stored, derived) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let more = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(more) {
                path.push_field(key.clone());
                compare(one.get(key), other.get(key), path, found);
                path.pop();
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for index in 0..one.len().max(other.len()) {
                path.push_index(index);
                compare(one.get(index), other.get(index), path, found);
                path.pop();
            }
        }
        (one, other) if one == other => {}
        (one, other) => found.push(Difference {
            path: path.clone(),
            stored: one.cloned(),
            derived: other.cloned(),
        }),
    }
}
