//! Where a decision is made: one total function, closed on the safe side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceError};
use crate::finding::{Finding, Status, TriggerAction};
use crate::verdict::{Block, Effect, PolicyAnswer, Violation};

/// What is to be done with the version.
///
/// A closed enum on purpose: a `match` over it breaks when it grows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Move forward.
    Promote,
    /// Wait: something is not known or not yet true.
    Hold,
    /// Do not promote: something is bad.
    Reject,
    /// Go back.
    Rollback,
}

impl Outcome {
    /// The word in documents and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Hold => "hold",
            Self::Reject => "reject",
            Self::Rollback => "rollback",
        }
    }
}

/// One reason of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Where it comes from.
    pub source: ReasonSource,
    /// A stable code.
    pub code: String,
    /// The fact, finding or trigger it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why, in a sentence for people.
    pub message: String,
}

/// Where a reason comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasonSource {
    /// A trigger fired.
    Trigger,
    /// The rollback policy named it.
    RollbackPolicy,
    /// A fact was missing or unusable, or the policy or the gate failed.
    Block,
    /// A required finding.
    Finding,
    /// A violation of the promotion policy, or its plain refusal.
    Policy,
}

/// An outcome with all reasons of the line that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// What is to be done.
    pub outcome: Outcome,
    /// Why; empty exactly for `promote`.
    pub reasons: Vec<Reason>,
    /// The worst action of the triggers that fired.
    pub action: Option<TriggerAction>,
}

/// Decides. Total: there is no input for which it fails, and none but complete, error-free,
/// unopposed evidence gives `promote`.
///
/// The first line that matches wins:
///
/// 1. a trigger fired whose action is `abort` or worse, or the policy names a rollback reason:
///    `rollback`;
/// 2. evidence that cannot be read, a fact or a policy that failed, `allow: true` beside
///    violations: `hold`;
/// 3. a required finding is `fail`, a violation rejects, or the policy plainly refuses: `reject`;
/// 4. a required finding is `inconclusive` or `invalid`, a violation holds, a trigger holds or
///    pauses: `hold`;
/// 5. otherwise: `promote`.
#[must_use]
pub fn resolve(
    evidence: Result<Option<&Evidence>, &EvidenceError>,
    answer: &PolicyAnswer,
) -> Resolution {
    let triggers = evidence.ok().flatten().map_or(&[][..], |evidence| &evidence.triggers);
    let action = triggers.iter().map(|fired| fired.action).max();
    let case = Case { evidence, answer };
    for (outcome, line) in LINES {
        let mut reasons = line(&case);
        if !reasons.is_empty() {
            reasons.sort();
            reasons.dedup();
            return Resolution { outcome, reasons, action };
        }
    }
    Resolution { outcome: Outcome::Promote, reasons: Vec::new(), action }
}

/// One line of the order: the reasons for which it matches; none, and the next line is asked.
type Line = fn(&Case<'_>) -> Vec<Reason>;

const LINES: [(Outcome, Line); 4] = [
    (Outcome::Rollback, rollback),
    (Outcome::Hold, blocked),
    (Outcome::Reject, rejected),
    (Outcome::Hold, held),
];

struct Case<'a> {
    evidence: Result<Option<&'a Evidence>, &'a EvidenceError>,
    answer: &'a PolicyAnswer,
}

impl Case<'_> {
    fn findings(&self, status: &'static [Status]) -> impl Iterator<Item = &Finding> {
        let findings = self.evidence.ok().flatten().map_or(&[][..], |evidence| &evidence.findings);
        findings.iter().filter(|finding| finding.required && status.contains(&finding.status))
    }

    fn triggers(&self, serious: bool) -> impl Iterator<Item = Reason> {
        let triggers = self.evidence.ok().flatten().map_or(&[][..], |evidence| &evidence.triggers);
        triggers.iter().filter(move |fired| (fired.action >= TriggerAction::Abort) == serious).map(
            |fired| Reason {
                source: ReasonSource::Trigger,
                code: fired.id.clone(),
                path: None,
                message: if fired.message.is_empty() {
                    format!("the trigger fired and asks to {}", fired.action.as_str())
                } else {
                    fired.message.clone()
                },
            },
        )
    }

    fn violations(&self, effect: Effect) -> impl Iterator<Item = &Violation> {
        let violations =
            self.answer.promotion.as_ref().map_or(&[][..], |verdict| &verdict.violations);
        violations.iter().filter(move |violation| violation.effect == effect)
    }
}

/// Line 1.
fn rollback(case: &Case<'_>) -> Vec<Reason> {
    let named = case.answer.rollback.iter().flatten().map(|reason| Reason {
        source: ReasonSource::RollbackPolicy,
        code: reason.code.clone(),
        path: reason.path.clone(),
        message: reason.message.clone(),
    });
    case.triggers(true).chain(named).collect()
}

/// Line 2.
fn blocked(case: &Case<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Err(error) = case.evidence {
        reasons.push(Reason {
            source: ReasonSource::Block,
            code: "evidence_unreadable".to_owned(),
            path: Some("evidence".to_owned()),
            message: error.to_string(),
        });
    }
    let blocks = [case.answer.promotion.as_ref().err(), case.answer.rollback.as_ref().err()];
    for block in blocks.into_iter().flatten().flatten() {
        // Both policies may need the same fact; it is missing once.
        let told = |reason: &Reason| reason.code == block.code && reason.path == block.path;
        if block.path.is_none() || !reasons.iter().any(told) {
            reasons.push(of_block(block));
        }
    }
    // An Err with an empty list would slip through every line; it is an error all the same.
    if reasons.is_empty() && blocks.iter().any(Option::is_some) {
        reasons.push(Reason {
            source: ReasonSource::Block,
            code: "no_answer".to_owned(),
            path: None,
            message: "the policy gave no answer and no reason".to_owned(),
        });
    }
    if let Ok(verdict) = &case.answer.promotion
        && verdict.allow
        && !verdict.violations.is_empty()
    {
        reasons.push(Reason {
            source: ReasonSource::Block,
            code: "contradictory_verdict".to_owned(),
            path: None,
            message: "the policy says `allow: true` beside violations; make `allow` require that there are none".to_owned(),
        });
    }
    reasons
}

fn of_block(block: &Block) -> Reason {
    Reason {
        source: ReasonSource::Block,
        code: block.code.clone(),
        path: block.path.clone(),
        message: block.message.clone(),
    }
}

/// Line 3.
fn rejected(case: &Case<'_>) -> Vec<Reason> {
    let failed = case.findings(&[Status::Fail]).map(of_finding);
    let violations = case.violations(Effect::Reject).map(of_violation);
    let mut reasons: Vec<Reason> = failed.chain(violations).collect();
    if let Ok(verdict) = &case.answer.promotion
        && !verdict.allow
        && verdict.violations.is_empty()
    {
        reasons.push(Reason {
            source: ReasonSource::Policy,
            code: "policy_denied".to_owned(),
            path: None,
            message: "the policy does not allow it and names no violation".to_owned(),
        });
    }
    reasons
}

/// Line 4.
fn held(case: &Case<'_>) -> Vec<Reason> {
    let open = case.findings(&[Status::Inconclusive, Status::Invalid]).map(of_finding);
    let violations = case.violations(Effect::Hold).map(of_violation);
    open.chain(violations).chain(case.triggers(false)).collect()
}

fn of_finding(finding: &Finding) -> Reason {
    Reason {
        source: ReasonSource::Finding,
        code: finding.reason.clone(),
        path: Some(finding.id.clone()),
        message: finding.message.clone(),
    }
}

fn of_violation(violation: &Violation) -> Reason {
    Reason {
        source: ReasonSource::Policy,
        code: violation.code.clone(),
        path: violation.path.clone(),
        message: violation.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Fired;
    use crate::verdict::{RollbackReason, Verdict};
    use serde_json::json;

    /// Everything that can make a line of the order match, each on its own switch.
    const SWITCHES: [(&str, Outcome); 13] = [
        ("trigger abort", Outcome::Rollback),
        ("trigger abort_and_quarantine", Outcome::Rollback),
        ("rollback reason", Outcome::Rollback),
        ("rollback policy failed", Outcome::Hold),
        ("promotion policy failed", Outcome::Hold),
        ("allow beside violations", Outcome::Hold),
        ("required finding fail", Outcome::Reject),
        ("violation reject", Outcome::Reject),
        ("plain refusal", Outcome::Reject),
        ("required finding inconclusive", Outcome::Hold),
        ("required finding invalid", Outcome::Hold),
        ("violation hold", Outcome::Hold),
        ("trigger hold", Outcome::Hold),
    ];

    fn finding(status: Status, required: bool) -> Finding {
        Finding {
            id: "latency".to_owned(),
            status,
            required,
            reason: "measured".to_owned(),
            message: String::new(),
            observed: None,
            limit: None,
            margin_left: None,
            statistics: None,
            phases: Vec::new(),
        }
    }

    fn violation(effect: Effect) -> Violation {
        Violation { code: "bad".to_owned(), path: None, message: "bad".to_owned(), effect }
    }

    fn fired(action: TriggerAction) -> Fired {
        Fired { id: "error_spike".to_owned(), action, message: String::new() }
    }

    fn block() -> Block {
        Block { code: "fact_missing".to_owned(), path: None, message: "missing".to_owned() }
    }

    fn build(on: &dyn Fn(&str) -> bool) -> (Evidence, PolicyAnswer) {
        let pick = |name: &str, status| on(name).then(|| finding(status, true));
        let findings = [
            Some(finding(Status::Pass, true)),
            // What is not required is reported and decides nothing.
            Some(finding(Status::Fail, false)),
            Some(finding(Status::Invalid, false)),
            pick("required finding fail", Status::Fail),
            pick("required finding inconclusive", Status::Inconclusive),
            pick("required finding invalid", Status::Invalid),
        ];
        let trigger = |name: &str, action| on(name).then(|| fired(action));
        let triggers = [
            trigger("trigger abort", TriggerAction::Abort),
            trigger("trigger abort_and_quarantine", TriggerAction::AbortAndQuarantine),
            trigger("trigger hold", TriggerAction::Hold),
        ];
        let mut verdict = Verdict { allow: true, ..Verdict::default() };
        if on("violation reject") {
            verdict.violations.push(violation(Effect::Reject));
        }
        if on("violation hold") {
            verdict.violations.push(violation(Effect::Hold));
        }
        verdict.allow = verdict.violations.is_empty() && !on("plain refusal");
        if on("allow beside violations") {
            verdict.allow = true;
            verdict.violations.push(violation(Effect::Hold));
        }
        let reason =
            RollbackReason { code: "spike".to_owned(), path: None, message: String::new() };
        let answer = PolicyAnswer {
            promotion: if on("promotion policy failed") { Err(vec![block()]) } else { Ok(verdict) },
            rollback: match (on("rollback policy failed"), on("rollback reason")) {
                (true, _) => Err(vec![block()]),
                (false, true) => Ok(vec![reason]),
                (false, false) => Ok(vec![]),
            },
        };
        let evidence = Evidence {
            triggers: triggers.into_iter().flatten().collect(),
            ..Evidence::new(findings.into_iter().flatten().collect())
        };
        (evidence, answer)
    }

    /// The order as the design states it, written a second time and differently: by asking for each
    /// line's switches.
    fn expected(on: &dyn Fn(&str) -> bool) -> Outcome {
        let any = |names: &[&str]| names.iter().any(|name| on(name));
        let answered = !on("promotion policy failed");
        let contradicts = answered && on("allow beside violations");
        let listed = on("violation reject") || on("violation hold");
        if any(&["trigger abort", "trigger abort_and_quarantine"])
            || (on("rollback reason") && !on("rollback policy failed"))
        {
            Outcome::Rollback
        } else if any(&["rollback policy failed", "promotion policy failed"]) || contradicts {
            Outcome::Hold
        } else if on("required finding fail")
            || on("violation reject")
            || (on("plain refusal") && !listed)
        {
            Outcome::Reject
        } else if any(&[
            "required finding inconclusive",
            "required finding invalid",
            "violation hold",
            "trigger hold",
        ]) {
            Outcome::Hold
        } else {
            Outcome::Promote
        }
    }

    #[test]
    fn every_line_in_every_combination_with_the_others() {
        for mask in 0_u32..1 << SWITCHES.len() {
            let on = |name: &str| {
                SWITCHES
                    .iter()
                    .position(|(known, _)| *known == name)
                    .is_some_and(|bit| mask >> bit & 1 == 1)
            };
            let (evidence, answer) = build(&on);
            let resolution = resolve(Ok(Some(&evidence)), &answer);
            let names: Vec<_> = SWITCHES.iter().filter(|(name, _)| on(name)).collect();
            assert_eq!(resolution.outcome, expected(&on), "{names:?}");
            assert_eq!(
                resolution.reasons.is_empty(),
                resolution.outcome == Outcome::Promote,
                "{names:?}"
            );
        }
    }

    #[test]
    fn each_switch_alone_gives_its_own_outcome() {
        for (name, outcome) in SWITCHES {
            let (evidence, answer) = build(&|other| other == name);
            assert_eq!(resolve(Ok(Some(&evidence)), &answer).outcome, outcome, "{name}");
        }
    }

    #[test]
    fn without_evidence_the_policy_decides() {
        let (_, answer) = build(&|_| false);
        assert_eq!(resolve(Ok(None), &answer).outcome, Outcome::Promote);
    }

    #[test]
    fn evidence_that_cannot_be_read_holds() {
        let input = json!({ "evidence": { "schema": "phasegate/evidence/v1", "findings": 3 } });
        let error = Evidence::of_input(&input).expect_err("findings is not a list");
        let (_, answer) = build(&|_| false);
        let resolution = resolve(Err(&error), &answer);
        assert_eq!(resolution.outcome, Outcome::Hold);
        assert_eq!(resolution.reasons[0].code, "evidence_unreadable");
    }

    #[test]
    fn an_error_without_a_reason_still_holds() {
        let answer = PolicyAnswer { promotion: Err(vec![]), rollback: Ok(vec![]) };
        assert_eq!(resolve(Ok(None), &answer).outcome, Outcome::Hold);
        let allowed = Verdict { allow: true, ..Verdict::default() };
        let answer = PolicyAnswer { promotion: Ok(allowed), rollback: Err(vec![]) };
        assert_eq!(resolve(Ok(None), &answer).outcome, Outcome::Hold);
    }

    #[test]
    fn the_worst_action_is_carried() {
        let (evidence, answer) =
            build(&|name| name == "trigger hold" || name == "trigger abort_and_quarantine");
        let resolution = resolve(Ok(Some(&evidence)), &answer);
        assert_eq!(resolution.action, Some(TriggerAction::AbortAndQuarantine));
    }
}
