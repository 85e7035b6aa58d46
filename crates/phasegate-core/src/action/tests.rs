use serde_json::json;

use super::*;
use crate::finding::TriggerAction;
use crate::observations::{Place, VersionPin};
use crate::plan::{Plan, RUNBOOK, Thresholds};
use crate::read::Format;
use crate::resolve::Outcome;
use crate::{Decision, Digest, Timestamp, document};

fn target() -> Target {
    let text = "schema: phasegate/target/v1\nnamespace: reviews\nrollout: code-review\nshadow_deployment: code-review-v1\nlifecycle_url: https://lifecycle.example/\nissues_url: https://issues.example/new\n";
    document::read(text.as_bytes(), Format::Yaml, 1 << 16).expect("a target")
}

fn decision(outcome: Outcome, action: Option<TriggerAction>) -> Decision {
    let digest = Digest::of(b"x");
    let reasons = if outcome == Outcome::Promote {
        json!([])
    } else {
        json!([{"source": "trigger", "code": "error_spike", "message": "12 of 100; it's bad"}])
    };
    let mut value = json!({
        "schema": "phasegate/decision/v1", "id": digest, "outcome": outcome, "reasons": reasons,
        "violations": [], "warnings": [],
        "evidence": {"schema": "phasegate/evidence/v1", "findings": [{
            "id": "latency", "status": "fail", "required": true, "reason": "beyond_margin",
            "observed": 3500.0, "limit": 3000.0}]},
        "basis": {"deadline_ns": 1, "input": digest, "now": null,
            "packages": ["a", "b"], "phasegate": "0.1.0", "policy": digest,
            "require_checklist": false, "observations": null, "plan": null, "state": null},
    });
    if let Some(action) = action {
        value["action"] = json!(action);
    }
    serde_json::from_value(value).expect("a decision")
}

fn situation(place: Place, next: NextMove) -> Situation {
    let digest = Digest::of(b"version");
    let version = VersionPin { id: "v1-abc123".to_owned(), digest, content: digest };
    Situation { version, place, next, paused_until: None }
}

#[track_caller]
fn check(
    outcome: Outcome,
    action: Option<TriggerAction>,
    place: Place,
    next: NextMove,
    expected: &[&str],
) {
    let actions = decision(outcome, action).actions(&situation(place, next));
    let names: Vec<&str> = actions.iter().map(Action::name).collect();
    assert_eq!(names, expected);
}

#[test]
fn decisions_become_actions() {
    let step = || NextMove::Step { percent: 5.0 };
    let begin = NextMove::Begin { image: "r/review:1".to_owned() };
    check(
        Outcome::Promote,
        None,
        Place::Shadow,
        begin,
        &["set_image", "verify_status", "write_audit"],
    );
    check(
        Outcome::Promote,
        None,
        Place::Gray,
        step(),
        &["promote_step", "verify_status", "write_audit"],
    );
    check(
        Outcome::Promote,
        None,
        Place::Gray,
        NextMove::Complete {},
        &["update_baseline", "write_audit"],
    );
    check(Outcome::Hold, None, Place::Gray, step(), &[]);
    let pause = Some(TriggerAction::PauseEvaluation);
    check(Outcome::Hold, pause, Place::Shadow, step(), &["pause_evaluation", "write_audit"]);
    check(Outcome::Reject, None, Place::Shadow, step(), &["write_audit"]);
    check(Outcome::Reject, None, Place::Gray, step(), &["abort", "verify_status", "write_audit"]);
    let worst = Some(TriggerAction::AbortAndQuarantine);
    let after = ["write_audit", "quarantine", "open_repair_issue"];
    for (place, first) in [
        (Place::Shadow, &["pause_evaluation", "scale_shadow_down"][..]),
        (Place::Gray, &["abort", "verify_status"]),
        (Place::Stable, &["undo", "verify_status"]),
        (Place::Retired, &[]),
    ] {
        check(Outcome::Rollback, worst, place, step(), &[first, &after].concat());
    }
}

#[test]
fn only_the_worst_action_is_an_operators_to_end() {
    for (action, expected) in
        [(TriggerAction::Abort, false), (TriggerAction::AbortAndQuarantine, true)]
    {
        let situation = situation(Place::Gray, NextMove::Complete {});
        let actions = decision(Outcome::Rollback, Some(action)).actions(&situation);
        let found = actions.iter().find_map(|action| match action {
            Action::Quarantine { operator_only, .. } => Some(*operator_only),
            _ => None,
        });
        assert_eq!(found, Some(expected));
    }
}

#[test]
fn actions_become_commands() {
    let digest = Digest::of(b"version");
    let commands = [
        (
            Action::SetImage { image: "r/review:1".to_owned() },
            "kubectl argo rollouts set image code-review code-review=r/review:1 --namespace=reviews",
        ),
        (
            Action::PromoteStep { percent: 5.0 },
            "kubectl argo rollouts promote code-review --namespace=reviews",
        ),
        (
            Action::PromoteInFull {},
            "kubectl argo rollouts promote code-review --full --namespace=reviews",
        ),
        (Action::Abort {}, "kubectl argo rollouts abort code-review --namespace=reviews"),
        (
            Action::Undo { revision: Some(3) },
            "kubectl argo rollouts undo code-review --to-revision=3 --namespace=reviews",
        ),
        (
            Action::VerifyStatus {},
            "kubectl argo rollouts status code-review --timeout=5m --namespace=reviews",
        ),
        (
            Action::PauseEvaluation { until: None },
            r#"kubectl patch configmap/traffic-routing-config --namespace=reviews --type=merge '--patch={"data":{"shadow_percentage":"0"}}'"#,
        ),
        (
            Action::ResumeEvaluation { percent: 12.5 },
            r#"kubectl patch configmap/traffic-routing-config --namespace=reviews --type=merge '--patch={"data":{"shadow_percentage":"12.5"}}'"#,
        ),
        (
            Action::EnableFallback {},
            r#"kubectl patch configmap/traffic-routing-config --namespace=reviews --type=merge '--patch={"data":{"fallback_enabled":"true"}}'"#,
        ),
        (
            Action::ScaleShadowDown {},
            "kubectl scale deployment/code-review-v1 --replicas=0 --namespace=reviews",
        ),
        (
            Action::ScaleStableUp { replicas: 6 },
            "kubectl scale rollouts.argoproj.io/code-review --replicas=6 --namespace=reviews",
        ),
        (
            Action::UndoDeployment { workload: Workload::Shadow },
            "kubectl rollout undo deployment/code-review-v1 --namespace=reviews",
        ),
        (
            Action::Restart { workload: Workload::Stable },
            "kubectl argo rollouts restart code-review --namespace=reviews",
        ),
        (
            Action::WriteAudit {
                event: "promoted".to_owned(),
                field: AuditField::PromotedBy,
                version: "v1".to_owned(),
                reason: "it's better".to_owned(),
                decision: None,
            },
            r#"curl --fail-with-body --silent --show-error --request POST --header 'Content-Type: application/json' --data '{"event":"promoted","promoted_by":"phasegate","reason":"it'\''s better","version":"v1"}' --url https://lifecycle.example/audit"#,
        ),
    ];
    for (action, expected) in commands {
        let rendered = render(&[action], &target());
        let command = rendered.first().and_then(|one| one.command.as_deref());
        assert_eq!(command, Some(expected));
    }
    let update = Action::UpdateBaseline { version: "v1".to_owned(), content: digest };
    let bare = Target { lifecycle_url: None, ..target() };
    let rendered = render(&[update], &bare).remove(0);
    assert_eq!(rendered.command, None);
    assert!(
        rendered
            .note
            .is_some_and(|note| note.contains("do it by hand: {\"do\":\"update_baseline\""))
    );
}

/// A shell that reads POSIX quoting gives the words back as they were.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => (quoted, begun) = (!quoted, true),
            '\\' if !quoted => word.extend(letters.next()),
            ' ' if !quoted => {
                if begun || !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            other => word.push(other),
        }
    }
    if begun || !word.is_empty() {
        all.push(word);
    }
    all
}

proptest::proptest! {
    #[test]
    fn whatever_a_name_holds_is_one_word(texts in proptest::collection::vec("\\PC*", 0..5)) {
        let quoted: Vec<String> = texts.iter().map(|text| shell_quote(text)).collect();
        proptest::prop_assert_eq!(words(&quoted.join(" ")), texts);
    }
}

fn thresholds() -> Thresholds {
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, 1 << 20).expect("a plan");
    plan.thresholds
}

#[test]
fn emergencies_tell_who_is_at_fault() {
    let well =
        Serving { ready_replicas: Some(3), error_rate: Some(0.02), p95_latency_ms: Some(3000.0) };
    let slow = Serving { p95_latency_ms: Some(3001.0), ..well };
    let none = Serving::default();
    for (candidate, stable, expected) in [
        (Some(well), well, AtFault::Neither),
        (None, well, AtFault::Neither),
        (Some(slow), well, AtFault::Candidate),
        (Some(well), slow, AtFault::Stable),
        (None, slow, AtFault::Stable),
        (Some(slow), slow, AtFault::Both),
        (Some(none), slow, AtFault::Unknown),
        (Some(slow), none, AtFault::Unknown),
    ] {
        let facts = EmergencyFacts { candidate, stable, ..EmergencyFacts::default() };
        assert_eq!(at_fault(&facts, &thresholds()), expected);
        let found = emergency(&facts, &thresholds());
        let calm = matches!(expected, AtFault::Neither | AtFault::Unknown);
        assert_eq!(found.is_empty(), calm);
    }
}

#[test]
fn emergencies_have_their_actions() {
    let down = Serving { ready_replicas: Some(0), ..Serving::default() };
    let slow = Serving { p95_latency_ms: Some(9000.0), ..Serving::default() };
    let well = Serving { p95_latency_ms: Some(100.0), ..Serving::default() };
    let facts = EmergencyFacts {
        candidate: Some(well),
        stable: down,
        stable_replicas: 4,
        spent_today_usd: Some(50.5),
        daily_limit_usd: Some(50.0),
        ..EmergencyFacts::default()
    };
    let named = |facts: &EmergencyFacts| -> Vec<(Level, String)> {
        let names = |one: &Emergency| {
            let names: Vec<&str> = one.actions.iter().map(Action::name).collect();
            (one.level, names.join(" "))
        };
        emergency(facts, &thresholds()).iter().map(names).collect()
    };
    let expected = [
        (
            Level::P0,
            "abort pause_evaluation scale_shadow_down scale_stable_up restart enable_fallback verify_status write_audit",
        ),
        (Level::P2, "pause_evaluation write_audit"),
    ];
    assert_eq!(named(&facts), expected.map(|(level, names)| (level, names.to_owned())));
    let facts = EmergencyFacts { spent_today_usd: Some(50.0), stable: well, ..facts };
    assert_eq!(named(&facts), []);
    let facts = EmergencyFacts { candidate: Some(slow), ..facts };
    assert_eq!(named(&facts), [(Level::P1, "abort verify_status write_audit".to_owned())]);
    let facts = EmergencyFacts { candidate: None, stable: slow, stable_changed: true, ..facts };
    let undo = "pause_evaluation scale_stable_up undo_deployment verify_status write_audit";
    assert_eq!(named(&facts), [(Level::P1, undo.to_owned())]);
}

#[test]
fn the_four_common_issues_are_found() {
    let hour = 3_600_000_000_000;
    let at = |hours: i64| Some(Timestamp::from_unix_nanos(hours * hour));
    let kinds = |facts: &TroubleFacts| -> Vec<TroubleKind> {
        troubleshoot(facts).iter().map(|trouble| trouble.kind).collect()
    };
    assert_eq!(kinds(&TroubleFacts::default()), []);
    let all = TroubleFacts {
        now: at(100),
        shadow_percentage: Some(0.0),
        usual_shadow_percentage: Some(20.0),
        mirrored_last_hour: Some(0),
        policy_failures_last_hour: Some(3),
        rollout_paused_since: at(75),
        re_evaluation_since: at(75),
        ..TroubleFacts::default()
    };
    assert_eq!(
        kinds(&all),
        [
            TroubleKind::NoShadowTraffic,
            TroubleKind::PolicyFailures,
            TroubleKind::RolloutStuckPaused,
            TroubleKind::ReEvaluationStuck,
        ]
    );
    let remedy = troubleshoot(&all).into_iter().next().map(|trouble| trouble.remedy);
    assert_eq!(remedy, Some(vec![Action::ResumeEvaluation { percent: 20.0 }]));
    // A day exactly is still patience, and a pause on purpose is no trouble.
    let calm = TroubleFacts {
        paused_on_purpose: true,
        policy_failures_last_hour: Some(0),
        rollout_paused_since: at(76),
        re_evaluation_since: at(76),
        ..all
    };
    assert_eq!(kinds(&calm), []);
}
