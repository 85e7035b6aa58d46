//! The kinds of actions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Put the candidate's image into the rollout, which begins it.
    SetImage {
        /// The image, with its tag or digest.
        image: String,
    },
    /// Promote to the next step.
    PromoteStep {
        /// The candidate's share of the traffic there, in percent.
        percent: f64,
    },
    /// Promote to the whole traffic, with the remaining steps skipped.
    PromoteInFull {},
    /// Abort the rollout: traffic goes back to the stable version.
    Abort {},
    /// Undo the rollout.
    Undo {
        /// To which revision; the one before when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u64>,
    },
    /// Look whether the rollout is where it should be, and wait for it.
    VerifyStatus {},
    /// Stop the shadow traffic.
    PauseEvaluation {
        /// Until when, where that is known: the reset of a budget.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Let shadow traffic flow as before.
    ResumeEvaluation {
        /// The former share of requests that are mirrored, in percent.
        percent: f64,
    },
    /// Scale the experimental version (V1) to nothing.
    ScaleShadowDown {},
    /// Give the stable version more replicas.
    ScaleStableUp {
        /// How many.
        replicas: u32,
    },
    /// Undo the last change of a deployment.
    UndoDeployment {
        /// Which one.
        workload: Workload,
    },
    /// Restart a workload.
    Restart {
        /// Which one.
        workload: Workload,
    },
    /// Answer from the fallback.
    EnableFallback {},
    /// The version is what later ones are compared with.
    UpdateBaseline {
        /// Its name.
        version: String,
        /// The digest of its content.
        content: Digest,
    },
    /// Append to the audit trail.
    WriteAudit {
        /// What happened: `promoted`, `rolled_back`.
        event: String,
        /// Under which name the actor stands.
        field: AuditField,
        /// The version.
        version: String,
        /// Why.
        reason: String,
        /// The decision that it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<Digest>,
    },
    /// Keep the version out, by its content.
    Quarantine {
        /// Its name.
        version: String,
        /// The digest of its content.
        content: Digest,
        /// Why.
        reason: String,
        /// Whether only an operator may let it in again.
        operator_only: bool,
    },
    /// Open an issue for those who repair it.
    OpenRepairIssue {
        /// One line.
        title: String,
        /// The reasons, and a snapshot of the metrics, as Markdown.
        body: String,
    },
}

/// Under which name the actor stands in an audit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditField {
    /// Who promoted.
    PromotedBy,
    /// Who, or which trigger, took it back.
    TriggeredBy,
}

impl AuditField {
    /// The name of the field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PromotedBy => "promoted_by",
            Self::TriggeredBy => "triggered_by",
        }
    }
}

/// Something that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// The serving version.
    Stable,
    /// The experimental version.
    Shadow,
    /// What evaluates it.
    Evaluator,
    /// What answers for the policy.
    Policy,
}

impl Action {
    /// Its name in documents.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SetImage { .. } => "set_image",
            Self::PromoteStep { .. } => "promote_step",
            Self::PromoteInFull {} => "promote_in_full",
            Self::Abort {} => "abort",
            Self::Undo { .. } => "undo",
            Self::VerifyStatus {} => "verify_status",
            Self::PauseEvaluation { .. } => "pause_evaluation",
            Self::ResumeEvaluation { .. } => "resume_evaluation",
            Self::ScaleShadowDown {} => "scale_shadow_down",
            Self::ScaleStableUp { .. } => "scale_stable_up",
            Self::UndoDeployment { .. } => "undo_deployment",
            Self::Restart { .. } => "restart",
            Self::EnableFallback {} => "enable_fallback",
            Self::UpdateBaseline { .. } => "update_baseline",
            Self::WriteAudit { .. } => "write_audit",
            Self::Quarantine { .. } => "quarantine",
            Self::OpenRepairIssue { .. } => "open_repair_issue",
        }
    }
}
