//! The gate: policies loaded once, decisions made any number of times, on any number of threads.

use std::borrow::Cow;
use std::time::Duration;

use phasegate_core::decision::{Basis, Decision, DecisionSchema};
use phasegate_core::resolve::resolve;
use phasegate_core::{Digest, Evidence, Facts, Outcome, Plan, PolicyFiles, Timestamp};
use phasegate_rego::explain::{Explanation, Question};
use phasegate_rego::{LoadError, Policy, PolicyOptions};
use serde_json::{Value, json};

/// The version that decides, part of every decision's basis.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Decides whether a version may be promoted. Cheap to clone, `Send` and `Sync`.
///
/// ```
/// use phasegate::{Facts, Gate, Outcome, Request};
///
/// let gate = Gate::builder().build()?;
/// let facts = Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes())?;
/// let decision = gate.decide(&Request::new(facts));
/// assert_eq!(decision.outcome, Outcome::Promote);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gate {
    policy: Policy,
    require_checklist: bool,
}

/// How a gate is built.
#[derive(Debug, Clone, Default)]
pub struct GateBuilder {
    files: Option<PolicyFiles>,
    options: PolicyOptions,
    require_checklist: bool,
}

/// One question to a gate.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) facts: Facts,
    pub(crate) now: Option<Timestamp>,
    pub(crate) origin: Origin,
}

/// The documents that facts were derived from, where they were.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    pub plan: Option<Digest>,
    pub observations: Option<Digest>,
    pub state: Option<Digest>,
    pub valid_until: Option<Timestamp>,
}

/// A decision and a request that do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The decision is about other facts.
    #[error(
        "the decision is about the input {decided}, the request asks about {asked}; give the facts \
         that it was made from"
    )]
    OtherInput {
        /// The input of the decision.
        decided: Digest,
        /// That of the request.
        asked: Digest,
    },
    /// The decision was made for another moment.
    #[error("the decision was made for another `now` than that of the request; give the same")]
    OtherTime,
    /// The decision was made with other policies, packages or options, or by another version.
    #[error(
        "the decision was made by another gate; build one with the policy, packages and options \
         of its `basis`"
    )]
    OtherGate,
}

impl ExplainError {
    /// A stable code: `other_input`, `other_time` or `other_gate`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherInput { .. } => "other_input",
            Self::OtherTime => "other_time",
            Self::OtherGate => "other_gate",
        }
    }
}

impl Request {
    /// May the version these facts are about be promoted?
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self { facts, now: None, origin: Origin::default() }
    }

    /// The moment of the decision. Without it a policy that asks for the time holds with
    /// `clock_missing`.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl Gate {
    /// A gate with the embedded policies of the runbook, unless the builder is given others.
    #[must_use]
    pub fn builder() -> GateBuilder {
        GateBuilder::default()
    }

    /// The policy it asks.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides. Total: whatever goes wrong is a reason to hold, never an error and never a
    /// promotion.
    ///
    /// Equal facts, `now`, policy and options give byte-equal decisions.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        let input = self.input(request);
        let answer = self.policy.evaluate(&input, request.now);
        let evidence = Evidence::of_input(&input);
        let resolution = resolve(evidence.as_ref().map(Option::as_ref), &answer);
        let basis = self.basis(request);
        let (violations, warnings) = answer
            .promotion
            .map_or_else(|_| Default::default(), |verdict| (verdict.violations, verdict.warnings));
        Decision {
            schema: DecisionSchema::V1,
            id: basis.id(),
            outcome: resolution.outcome,
            reasons: resolution.reasons,
            violations,
            warnings,
            action: resolution.action,
            evidence: evidence.ok().flatten(),
            valid_until: request.origin.valid_until,
            basis,
        }
    }

    /// Explains a decision of this gate about this request: what each rule compared, by how much it
    /// held, and the smallest single change of a fact that would flip the decision.
    ///
    /// # Errors
    /// When the decision is not one that this gate makes about this request: its values would
    /// explain another.
    pub fn explain(
        &self,
        request: &Request,
        decision: &Decision,
    ) -> Result<Explanation, ExplainError> {
        let (basis, asked) = (&decision.basis, self.basis(request));
        if basis.input != asked.input {
            let (decided, asked) = (basis.input, asked.input);
            return Err(ExplainError::OtherInput { decided, asked });
        }
        if basis.now != asked.now {
            return Err(ExplainError::OtherTime);
        }
        if *basis != asked || decision.id != asked.id() {
            return Err(ExplainError::OtherGate);
        }
        let input = self.input(request);
        let promotes = |changed: &Value| self.outcome(changed, request.now) == Outcome::Promote;
        let question =
            Question { promoted: decision.outcome == Outcome::Promote, promotes: &promotes };
        Ok(self.policy.explain(&input, request.now, &question))
    }

    fn outcome(&self, input: &Value, now: Option<Timestamp>) -> Outcome {
        let evidence = Evidence::of_input(input);
        resolve(evidence.as_ref().map(Option::as_ref), &self.policy.evaluate(input, now)).outcome
    }

    /// The input as the policy sees it: with the option set that this gate was built with.
    fn input<'a>(&self, request: &'a Request) -> Cow<'a, Value> {
        let facts = request.facts.value();
        if !self.require_checklist {
            return Cow::Borrowed(facts);
        }
        let mut input = facts.clone();
        if let Some(object) = input.as_object_mut() {
            // An `options` of another shape is the guard's to refuse, not ours to mend.
            let options = object.entry("options").or_insert_with(|| json!({}));
            if let Some(options) = options.as_object_mut() {
                options.insert("require_checklist".to_owned(), Value::Bool(true));
            }
        }
        Cow::Owned(input)
    }

    fn basis(&self, request: &Request) -> Basis {
        Basis {
            deadline_ns: self.policy.deadline_ns(),
            input: request.facts.digest(),
            now: request.now,
            observations: request.origin.observations,
            phasegate: VERSION.to_owned(),
            plan: request.origin.plan,
            policy: self.policy.digest(),
            packages: self.policy.packages().map(str::to_owned),
            require_checklist: self.require_checklist,
            state: request.origin.state,
        }
    }
}

impl GateBuilder {
    /// Asks these policies instead of the embedded ones.
    #[must_use]
    pub fn policy(mut self, files: PolicyFiles) -> Self {
        self.files = Some(files);
        self
    }

    /// How the policies are loaded, all at once: it replaces what was said of packages, deadline
    /// and depth before.
    #[must_use]
    pub fn options(mut self, options: PolicyOptions) -> Self {
        self.options = options;
        self
    }

    /// The package that is asked whether a version may be promoted, without `data`. Default
    /// `lifecycle.promotion`.
    #[must_use]
    pub fn promotion_package(mut self, package: impl Into<String>) -> Self {
        self.options.promotion = package.into();
        self
    }

    /// The package that may name reasons to roll back, without `data`. Default
    /// `lifecycle.rollback`.
    #[must_use]
    pub fn rollback_package(mut self, package: impl Into<String>) -> Self {
        self.options.rollback = package.into();
        self
    }

    /// The packages that a plan asks.
    #[must_use]
    pub fn packages_of(self, plan: &Plan) -> Self {
        self.promotion_package(&plan.policy.promotion).rollback_package(&plan.policy.rollback)
    }

    /// Whether an absent checklist section holds. Default: it is a warning.
    #[must_use]
    pub fn require_checklist(mut self, required: bool) -> Self {
        self.require_checklist = required;
        self
    }

    /// How long one evaluation may take before it is a hold. Default one second.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = deadline;
        self
    }

    /// How deep rules may call each other. Default 32, at most 256.
    #[must_use]
    pub fn max_depth(mut self, depth: u32) -> Self {
        self.options.max_depth = depth;
        self
    }

    /// Loads, checks and prepares the policies.
    ///
    /// # Errors
    /// All faults of the policy set at once, by file and place.
    pub fn build(self) -> Result<Gate, LoadError> {
        let files = self.files.unwrap_or_else(embedded);
        let policy = Policy::load(&files, &self.options)?;
        Ok(Gate { policy, require_checklist: self.require_checklist })
    }
}

/// The policies of the runbook, as they ship.
#[must_use]
pub fn embedded() -> PolicyFiles {
    let files = phasegate_policies::FILES.iter();
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    PolicyFiles { files, revision: None, roots: None }
}
