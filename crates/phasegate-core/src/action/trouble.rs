//! Troubleshooting: the four common issues, found from what is observed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Action, Workload};
use crate::document::Document;
use crate::{Span, Timestamp};

/// The schema id of [`TroubleFacts`].
pub const TROUBLE_SCHEMA: &str = "phasegate/trouble/v1";

/// What is observed of the machinery around a rollout. What is absent was not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TroubleFacts {
    /// Always `phasegate/trouble/v1`.
    pub schema: TroubleSchema,
    /// The moment of looking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// The share of requests that are to be mirrored, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow_percentage: Option<f64>,
    /// What that share is when nothing is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_shadow_percentage: Option<f64>,
    /// Whether the evaluation is paused on purpose: its budget is spent.
    #[serde(default)]
    pub paused_on_purpose: bool,
    /// How many requests were mirrored in the last hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirrored_last_hour: Option<u64>,
    /// How many replicas of the shadow version are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow_ready_replicas: Option<u32>,
    /// How many decisions of the last hour held because the policy failed or a fact was unusable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_failures_last_hour: Option<u64>,
    /// Whether the policy server answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_answers: Option<bool>,
    /// Since when the rollout is paused, while nothing is awaited of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout_paused_since: Option<Timestamp>,
    /// Since when a re-evaluation runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re_evaluation_since: Option<Timestamp>,
    /// How long a pause or a re-evaluation usually takes at most; a day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Span>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TroubleSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/trouble/v1")]
    V1,
}

impl Document for TroubleFacts {
    const SCHEMA: &'static str = TROUBLE_SCHEMA;
}

/// Which of the common issues it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// Nothing is mirrored.
    NoShadowTraffic,
    /// The policy fails.
    PolicyFailures,
    /// The rollout stays paused.
    RolloutStuckPaused,
    /// A re-evaluation does not end.
    ReEvaluationStuck,
}

/// An issue that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Which one.
    pub kind: TroubleKind,
    /// What shows it.
    pub seen: String,
    /// What to look at.
    pub check: String,
    /// What helps, in order.
    pub remedy: Vec<Action>,
}

const DAY_NS: u64 = 86_400_000_000_000;

/// The common issues that the facts show.
#[must_use]
pub fn troubleshoot(facts: &TroubleFacts) -> Vec<Trouble> {
    [no_shadow_traffic(facts), policy_failures(facts), stuck_paused(facts), stuck(facts)]
        .into_iter()
        .flatten()
        .collect()
}

fn no_shadow_traffic(facts: &TroubleFacts) -> Option<Trouble> {
    if facts.mirrored_last_hour != Some(0) || facts.paused_on_purpose {
        return None;
    }
    let (seen, check, remedy) = if facts.shadow_percentage == Some(0.0) {
        let percent = facts.usual_shadow_percentage.unwrap_or(100.0);
        (
            "`shadow_percentage` is 0 and no budget is spent",
            "who set it, in the audit trail",
            vec![Action::ResumeEvaluation { percent }],
        )
    } else if facts.shadow_ready_replicas == Some(0) {
        (
            "no replica of the shadow version is ready",
            "its events and logs",
            vec![Action::Restart { workload: Workload::Shadow }],
        )
    } else {
        (
            "nothing was mirrored in an hour, although it should be",
            "the route that mirrors, and the selector of the shadow service",
            vec![Action::Restart { workload: Workload::Shadow }],
        )
    };
    Some(trouble(TroubleKind::NoShadowTraffic, seen.to_owned(), check, remedy))
}

fn policy_failures(facts: &TroubleFacts) -> Option<Trouble> {
    let failures = facts.policy_failures_last_hour.unwrap_or(0);
    let silent = facts.policy_answers == Some(false);
    if failures == 0 && !silent {
        return None;
    }
    let (seen, check) = if silent {
        (
            "the policy server does not answer".to_owned(),
            "its logs: a policy that does not load stops it",
        )
    } else {
        (
            format!(
                "{failures} decisions of the last hour held because of the policy or its input"
            ),
            "`phasegate check` on the policies and `phasegate inputs` against the input: a fact is missing or has another type",
        )
    };
    // A restart mends a server; a policy that fails on its input has to be mended by a person.
    let remedy =
        if silent { vec![Action::Restart { workload: Workload::Policy }] } else { Vec::new() };
    Some(trouble(TroubleKind::PolicyFailures, seen, check, remedy))
}

fn stuck_paused(facts: &TroubleFacts) -> Option<Trouble> {
    let hours = overdue(facts, facts.rollout_paused_since)?;
    Some(trouble(
        TroubleKind::RolloutStuckPaused,
        format!("the rollout has been paused for {hours} hours"),
        "the last decision and what it waits for: an inconclusive analysis pauses until somebody promotes or aborts",
        vec![Action::VerifyStatus {}],
    ))
}

fn stuck(facts: &TroubleFacts) -> Option<Trouble> {
    let hours = overdue(facts, facts.re_evaluation_since)?;
    Some(trouble(
        TroubleKind::ReEvaluationStuck,
        format!("the re-evaluation has been running for {hours} hours"),
        "whether the evaluator works on it, and whether the budget of the day is spent",
        vec![Action::Restart { workload: Workload::Evaluator }],
    ))
}

/// For how many whole hours something has lasted, where that is longer than it should.
fn overdue(facts: &TroubleFacts, since: Option<Timestamp>) -> Option<u64> {
    let lasted = facts.now?.unix_nanos().saturating_sub(since?.unix_nanos());
    let lasted = u64::try_from(lasted).unwrap_or_default();
    let patience = facts.patience.map_or(DAY_NS, Span::nanos);
    (lasted > patience).then_some(lasted / (DAY_NS / 24))
}

fn trouble(kind: TroubleKind, seen: String, check: &str, remedy: Vec<Action>) -> Trouble {
    Trouble { kind, seen, check: check.to_owned(), remedy }
}
