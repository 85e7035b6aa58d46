//! Needs: what would have to change for a decision to come out as a promotion.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Status, TriggerAction};
use crate::resolve::{Outcome, ReasonSource};
use crate::{Decision, Effect};

/// One thing that stands between a version and its promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// What it is about: the id of a finding or trigger, the path of a fact, the code of a reason.
    pub of: String,
    /// What kind of thing.
    pub kind: NeedKind,
    /// What has to happen, in a sentence.
    pub message: String,
    /// About how many more observations prove it with a power of 80 %, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<u64>,
    /// How far it is from its limit, in its own unit, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
}

/// What kind of thing is needed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// Another version: this one was found to do harm.
    OtherVersion,
    /// Facts or a policy that the gate can use.
    Mend,
    /// Better values.
    Better,
    /// Data that can carry a verdict.
    UsableData,
    /// More observations, or time.
    More,
    /// Something that the policy waits for.
    Policy,
}

impl Decision {
    /// What would have to change for the version to be promoted, the hardest first; nothing for a
    /// promotion.
    ///
    /// It is read off the decision alone: it names everything that stands in the way now, not only
    /// the line that decided.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        if self.outcome == Outcome::Promote {
            return Vec::new();
        }
        let mut needs = Vec::new();
        for reason in &self.reasons {
            let of = reason.path.clone().unwrap_or_else(|| reason.code.clone());
            match reason.source {
                ReasonSource::Trigger => {
                    needs.push(of_trigger(&reason.code, self.outcome, self.action));
                }
                ReasonSource::RollbackPolicy => needs.push(need(
                    &of,
                    NeedKind::OtherVersion,
                    "the rollback policy withdrew it; mend the cause and re-evaluate, or propose \
                     another version",
                )),
                ReasonSource::Block => needs.push(need(&of, NeedKind::Mend, &reason.message)),
                ReasonSource::Policy if self.violations.is_empty() => {
                    needs.push(need(&of, NeedKind::Policy, &reason.message));
                }
                // Findings and violations are told below, all of them.
                ReasonSource::Finding | ReasonSource::Policy => {}
            }
        }
        let findings = self.evidence.as_ref().map_or(&[][..], |evidence| &evidence.findings);
        needs.extend(findings.iter().filter(|finding| finding.required).filter_map(of_finding));
        for violation in &self.violations {
            // The policy repeats what the findings say.
            if violation.path.as_deref() == Some("evidence.findings") && !findings.is_empty() {
                continue;
            }
            let kind = match violation.effect {
                Effect::Reject => NeedKind::Better,
                Effect::Hold => NeedKind::Policy,
            };
            let of = violation.path.as_deref().unwrap_or(&violation.code);
            needs.push(need(of, kind, &violation.message));
        }
        needs.sort_by(|a, b| (a.kind, &a.of).cmp(&(b.kind, &b.of)));
        let mut told = BTreeSet::new();
        needs.retain(|need| told.insert((need.of.clone(), need.message.clone())));
        needs
    }
}

fn need(of: &str, kind: NeedKind, message: &str) -> Need {
    Need { of: of.to_owned(), kind, message: message.to_owned(), observations: None, gap: None }
}

fn of_trigger(id: &str, outcome: Outcome, action: Option<TriggerAction>) -> Need {
    match (outcome, action) {
        (Outcome::Rollback, Some(TriggerAction::AbortAndQuarantine)) => need(
            id,
            NeedKind::OtherVersion,
            "it stays out until an operator releases it, or another version is proposed",
        ),
        (Outcome::Rollback, _) => need(
            id,
            NeedKind::OtherVersion,
            "it goes back; mend the cause and re-evaluate, or propose another version",
        ),
        (_, Some(TriggerAction::PauseEvaluation)) => {
            need(id, NeedKind::More, "the evaluation is paused; it goes on when the budget resets")
        }
        _ => need(id, NeedKind::More, "the trigger has to cease, or to get enough data"),
    }
}

fn of_finding(finding: &Finding) -> Option<Need> {
    let gap = finding.margin_left.filter(|left| *left < 0.0).map(f64::abs);
    let further = finding.statistics.as_ref().and_then(|found| found.further_n);
    let (kind, message) = match finding.status {
        Status::Pass => return None,
        Status::Fail => (NeedKind::Better, "it is proved bad: another version has to be better"),
        Status::Invalid => (NeedKind::UsableData, "the data carry no verdict"),
        Status::Inconclusive => (NeedKind::More, "not proved yet"),
    };
    let message = match (further, finding.message.as_str()) {
        (Some(n), _) if finding.status == Status::Inconclusive => {
            format!("{message}: about {n} more observations, with a power of 80 %")
        }
        (_, "") => message.to_owned(),
        (_, told) => format!("{message}: {told}"),
    };
    Some(Need {
        observations: further.filter(|_| finding.status == Status::Inconclusive),
        gap,
        ..need(&finding.id, kind, &message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Digest;

    fn decision(outcome: &str, reasons: &serde_json::Value) -> Decision {
        let digest = Digest::of(b"x");
        let finding = |id: &str, status: &str, left: f64, further: Option<u64>| {
            let statistics = json!({"method": "m", "scale": "absolute", "further_n": further});
            json!({"id": id, "status": status, "required": true, "reason": "r",
                "margin_left": left, "statistics": statistics})
        };
        let value = json!({
            "schema": "phasegate/decision/v1", "id": digest, "outcome": outcome,
            "reasons": reasons, "warnings": [],
            "violations": [
                {"code": "finding", "path": "evidence.findings", "message": "m", "effect": "hold"},
                {"code": "hours", "path": "shadow.hours", "message": "40 % of it", "effect": "hold"},
            ],
            "evidence": {"schema": "phasegate/evidence/v1", "findings": [
                finding("cost", "pass", 0.1, None),
                finding("latency", "inconclusive", -0.02, Some(700)),
                finding("error_rate", "fail", -0.5, Some(9)),
            ]},
            "basis": {"deadline_ns": 1, "input": digest, "now": null, "packages": ["a", "b"],
                "phasegate": "0.1.0", "policy": digest, "require_checklist": false,
                "observations": null, "plan": null, "state": null},
        });
        serde_json::from_value(value).expect("a decision")
    }

    #[track_caller]
    fn check(
        outcome: &str,
        reasons: &serde_json::Value,
        expected: &[(&str, NeedKind, Option<u64>)],
    ) {
        let needs = decision(outcome, reasons).needs();
        let told: Vec<_> =
            needs.iter().map(|need| (need.of.as_str(), need.kind, need.observations)).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn everything_in_the_way_is_named() {
        let rest = [
            ("error_rate", NeedKind::Better, None),
            ("latency", NeedKind::More, Some(700)),
            ("shadow.hours", NeedKind::Policy, None),
        ];
        check("reject", &json!([{"source": "finding", "code": "r", "message": ""}]), &rest);
        let fired = json!([{"source": "trigger", "code": "error_spike", "message": "12 %"}]);
        let with = [&[("error_spike", NeedKind::OtherVersion, None)], &rest[..]].concat();
        check("rollback", &fired, &with);
        let blocked = json!([{"source": "block", "code": "fact_missing", "path": "metrics.cost",
            "message": "missing"}]);
        let with = [&[("metrics.cost", NeedKind::Mend, None)], &rest[..]].concat();
        check("hold", &blocked, &with);
        check("promote", &json!([]), &[]);
    }
}
