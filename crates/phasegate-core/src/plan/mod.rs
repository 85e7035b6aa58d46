//! Plan: everything about a rollout that is not observed, said beforehand.
//!
//! One plan per service. It names the metrics and what is to be shown about them, the gold set's
//! thresholds, the checklist, the phases and what each may conclude, and which policy is asked.
//! [`RUNBOOK`] is the commented plan of the runbook.

mod check;
mod checklist;
mod gold_set;
mod log;
mod metric;
mod monitoring;
mod phase;
mod trigger;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use checklist::Checklist;
pub use gold_set::{GoldSet, PassRate};
pub use log::{Log, Pairing, TimeUnit};
pub use metric::{Better, Hypothesis, Margin, Measure, Metric, Role};
pub use monitoring::{Monitoring, Spending};
pub use phase::{Concludes, Phase, Stage};
pub use trigger::{Missing, Trigger};

pub(crate) use check::is_name;

use crate::Digest;
use crate::canonical::{self, CanonicalError};
use crate::document::{Contradiction, Document};
use crate::span::Span;

/// The schema id of [`Plan`].
pub const SCHEMA: &str = "phasegate/plan/v1";

/// How many bytes a plan may have. A usual one has four kilobytes.
pub const MAX_PLAN_BYTES: usize = 1 << 20;

/// The runbook as a plan, with comments: what `phasegate init` writes.
pub const RUNBOOK: &str = include_str!("runbook.yaml");

/// Everything about a rollout that is not observed.
///
/// ```
/// use phasegate_core::plan::{self, Plan};
/// use phasegate_core::{document, read::Format};
/// let plan: Plan =
///     document::read(plan::RUNBOOK.as_bytes(), Format::Yaml, plan::MAX_PLAN_BYTES).unwrap();
/// assert_eq!(plan.thresholds.p95_latency_ms, 3000.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Always `phasegate/plan/v1`.
    pub schema: PlanSchema,
    /// The service that the plan is for.
    #[schemars(length(min = 1, max = 200))]
    pub service: String,
    /// How old observations may be at the moment of the decision; older ones are `stale`.
    pub max_age: Span,
    /// Which packages of the policy are asked.
    #[serde(default)]
    pub policy: PolicyPackages,
    /// The limits that the policy compares observed values with.
    pub thresholds: Thresholds,
    /// Which columns of a request log mean what.
    pub log: Log,
    /// How the answers of both versions to one request find each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
    /// What is compared between candidate and baseline.
    #[schemars(length(min = 1, max = 100))]
    pub metrics: Vec<Metric>,
    /// What the gold set must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold_set: Option<GoldSet>,
    /// What must be so before a promotion, apart from metrics.
    pub checklist: Checklist,
    /// The path from shadow to the whole traffic, in order.
    #[schemars(length(min = 1, max = 50))]
    pub phases: Vec<Phase>,
    /// How looking repeatedly is paid for.
    pub monitoring: Monitoring,
    /// What makes the candidate wait or go back while it is watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub triggers: Vec<Trigger>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PlanSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/plan/v1")]
    V1,
}

/// Which packages of the policy set are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyPackages {
    /// Whether a version may be promoted.
    pub promotion: String,
    /// Whether it must be rolled back.
    pub rollback: String,
}

impl Default for PolicyPackages {
    fn default() -> Self {
        Self {
            promotion: "lifecycle.promotion".to_owned(),
            rollback: "lifecycle.rollback".to_owned(),
        }
    }
}

/// The limits that the policy compares observed values with, under the runbook's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// The largest 95th percentile of latency, in milliseconds.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub p95_latency_ms: f64,
    /// The largest error rate, as a fraction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub error_rate: f64,
    /// The least gain of accuracy, as a fraction.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub accuracy_delta: f64,
    /// The least pass rate of the security cases, as a fraction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub security_pass_rate: f64,
    /// The largest increase of cost relative to the baseline, as a fraction.
    #[schemars(range(min = 0.0))]
    pub cost_increase_max: f64,
    /// The two-sided p-value below which a difference counts as significant.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub statistical_significance_p: f64,
}

impl Document for Plan {
    const SCHEMA: &'static str = SCHEMA;

    fn contradictions(&self) -> Vec<Contradiction> {
        check::contradictions(self)
    }
}

impl Plan {
    /// The digest of the plan's canonical form: comments, key order and the choice of YAML or JSON
    /// do not enter.
    ///
    /// # Errors
    /// When it holds a number that is not finite, which no reader of ours lets through.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        canonical::to_bytes(self).map(|bytes| Digest::of(&bytes))
    }
}
