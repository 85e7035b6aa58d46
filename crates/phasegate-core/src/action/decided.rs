//! From a decision to actions, by where the version stands.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Action, AuditField};
use crate::finding::TriggerAction;
use crate::observations::{Place, VersionPin};
use crate::resolve::{Outcome, ReasonSource};
use crate::{Decision, Timestamp};

/// Where the decision finds the version: what a decision alone does not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// The version that is to move.
    pub version: VersionPin,
    /// Where it stands.
    pub place: Place,
    /// What a promotion is from here.
    pub next: NextMove,
    /// Until when an evaluation that is to be paused stays so, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
}

/// What a promotion is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextMove {
    /// From shadow into the rollout: this image begins it.
    Begin {
        /// The image, with its tag or digest.
        image: String,
    },
    /// To the next step of the rollout, with this share of the traffic in percent.
    Step {
        /// The share.
        percent: f64,
    },
    /// It has all the traffic: it becomes the baseline.
    Complete {},
}

impl Decision {
    /// What is to be done about this decision, in order. A hold does nothing, unless a trigger asks
    /// to pause the evaluation.
    ///
    /// - `promote` moves on: it begins the rollout, promotes a step, or makes the version the
    ///   baseline.
    /// - `reject` in shadow moves no traffic; in gray it aborts, without quarantine.
    /// - `rollback` in shadow stops the shadow traffic, in gray aborts, in stable undoes the
    ///   rollout; then the audit record, the quarantine and the repair issue.
    #[must_use]
    pub fn actions(&self, situation: &Situation) -> Vec<Action> {
        let mut actions = Vec::new();
        let serves = matches!(situation.place, Place::Gray | Place::Stable);
        match self.outcome {
            Outcome::Promote => {
                match &situation.next {
                    NextMove::Begin { image } => {
                        actions.push(Action::SetImage { image: image.clone() });
                        actions.push(Action::VerifyStatus {});
                    }
                    NextMove::Step { percent } => {
                        actions.push(Action::PromoteStep { percent: *percent });
                        actions.push(Action::VerifyStatus {});
                    }
                    NextMove::Complete {} => actions.push(Action::UpdateBaseline {
                        version: situation.version.id.clone(),
                        content: situation.version.content,
                    }),
                }
                actions.push(self.audit("promoted", AuditField::PromotedBy, situation));
            }
            Outcome::Hold => {
                if self.action == Some(TriggerAction::PauseEvaluation) {
                    actions.push(Action::PauseEvaluation { until: situation.paused_until });
                    actions.push(self.audit(
                        "evaluation_paused",
                        AuditField::TriggeredBy,
                        situation,
                    ));
                }
            }
            Outcome::Reject => {
                if situation.place == Place::Gray {
                    actions.push(Action::Abort {});
                    actions.push(Action::VerifyStatus {});
                }
                actions.push(self.audit("rejected", AuditField::TriggeredBy, situation));
            }
            Outcome::Rollback => {
                match situation.place {
                    Place::Shadow => {
                        actions.push(Action::PauseEvaluation { until: None });
                        actions.push(Action::ScaleShadowDown {});
                    }
                    Place::Gray => actions.push(Action::Abort {}),
                    Place::Stable => actions.push(Action::Undo { revision: None }),
                    // It runs nowhere: what is left is to record it.
                    Place::Quarantined | Place::Retired => {}
                }
                if serves {
                    actions.push(Action::VerifyStatus {});
                }
                let quarantine = Action::Quarantine {
                    version: situation.version.id.clone(),
                    content: situation.version.content,
                    reason: self.reason(),
                    operator_only: self.action == Some(TriggerAction::AbortAndQuarantine),
                };
                actions.push(self.audit("rolled_back", AuditField::TriggeredBy, situation));
                actions.push(quarantine);
                actions.push(self.repair_issue(situation));
            }
        }
        actions
    }

    fn reason(&self) -> String {
        let told: Vec<&str> = self.reasons.iter().map(|reason| reason.code.as_str()).collect();
        if told.is_empty() { self.outcome.as_str().to_owned() } else { told.join(", ") }
    }

    fn audit(&self, event: &str, field: AuditField, situation: &Situation) -> Action {
        Action::WriteAudit {
            event: event.to_owned(),
            field,
            version: situation.version.id.clone(),
            reason: self.reason(),
            decision: Some(self.id),
        }
    }

    fn repair_issue(&self, situation: &Situation) -> Action {
        let mut body = format!(
            "Version `{}` (content {}) was rolled back by decision {}.\n\n## Reasons\n\n",
            situation.version.id, situation.version.content, self.id
        );
        for reason in &self.reasons {
            let source = match reason.source {
                ReasonSource::Trigger => "trigger",
                ReasonSource::RollbackPolicy => "rollback policy",
                ReasonSource::Block => "gate",
                ReasonSource::Finding => "finding",
                ReasonSource::Policy => "policy",
            };
            // Writing to a text does not fail.
            let _ = writeln!(body, "- {source} `{}`: {}", reason.code, reason.message);
        }
        if let Some(evidence) = &self.evidence {
            body.push_str(
                "\n## Metrics\n\n| finding | status | observed | limit |\n|---|---|---|---|\n",
            );
            for finding in &evidence.findings {
                let shown = |number: Option<f64>| number.map_or(String::new(), |n| n.to_string());
                let _ = writeln!(
                    body,
                    "| {} | {} | {} | {} |",
                    finding.id,
                    finding.reason,
                    shown(finding.observed),
                    shown(finding.limit)
                );
            }
        }
        Action::OpenRepairIssue {
            title: format!("{} was rolled back: {}", situation.version.id, self.reason()),
            body,
        }
    }
}
