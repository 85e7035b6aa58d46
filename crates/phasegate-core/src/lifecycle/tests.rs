use std::collections::BTreeMap;

use super::*;
use crate::document;
use crate::observations::{Version, VersionPin};
use crate::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use crate::read::Format;
use crate::{Digest, Timestamp};
use proptest::prelude::*;

fn plan() -> Plan {
    document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

fn pin(id: &str, prompt: &str) -> VersionPin {
    let version = Version {
        id: id.to_owned(),
        model: "m".to_owned(),
        prompt: prompt.to_owned(),
        image_digest: None,
        parameters: BTreeMap::new(),
        state: None,
    };
    version.pin().expect("no numbers")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_nanos(seconds * 1_000_000_000)
}

fn event(seconds: i64, what: EventKind) -> Event {
    Event { time: at(seconds), actor: "controller".to_owned(), decision: None, what }
}

fn permission(expires: i64) -> Override {
    Override {
        kind: OverrideKind::BreakGlass,
        actor: "on call".to_owned(),
        reason: "the stable version is down".to_owned(),
        expires: at(expires),
    }
}

fn propose(version: VersionPin) -> EventKind {
    EventKind::Propose { version }
}

fn abort() -> EventKind {
    EventKind::Abort { reason: "errors".to_owned(), then: AfterAbort::Quarantine }
}

fn quarantine(expires: Option<i64>, operator_only: bool) -> EventKind {
    EventKind::Quarantine {
        reason: "leaks".to_owned(),
        evidence: Some(Digest::of(b"evidence")),
        expires: expires.map(at),
        operator_only,
    }
}

/// Applies events, one per second from 1 on; the last one's outcome.
fn run(events: &[EventKind]) -> Result<Lifecycle, LifecycleError> {
    let plan = plan();
    let mut lifecycle = Lifecycle::default();
    for (what, seconds) in events.iter().zip(1..) {
        lifecycle = lifecycle.apply(&plan, &event(seconds, what.clone()))?;
    }
    Ok(lifecycle)
}

#[test]
fn the_standard_path() {
    let mut events = vec![propose(pin("v1", "p"))];
    let mut places = Vec::new();
    for _ in 0..6 {
        let lifecycle = run(&events).expect("the path");
        places.push(lifecycle.phase().expect("a phase").to_owned());
        events.push(EventKind::Promote {});
    }
    assert_eq!(places, ["shadow", "gray_1", "gray_5", "gray_25", "gray_50", "gray_100"]);
    let error = run(&events).expect_err("there is no seventh");
    assert_eq!(error, LifecycleError::LastPhase { phase: "gray_100".to_owned() });
    *events.last_mut().expect("there is one") = EventKind::Complete {};
    assert_eq!(run(&events).expect("complete").position, Some(Position::Stable));
    let early = [propose(pin("v1", "p")), EventKind::Promote {}, EventKind::Complete {}];
    assert_eq!(
        run(&early).expect_err("too early").to_string(),
        "`gray_1` is not the last phase; promote until `gray_100`, or promote in full"
    );
}

#[test]
fn what_is_not_allowed_says_what_is() {
    assert_eq!(
        run(&[EventKind::Promote {}]).expect_err("nothing to promote").to_string(),
        "a version that is not proposed cannot `promote`; there it may `propose`, `note`"
    );
    let error = run(&[propose(pin("v1", "p")), abort(), EventKind::Promote {}]);
    assert_eq!(
        error.expect_err("it is kept out").to_string(),
        "a version that is quarantined cannot `promote`; there it may `propose`, `re-evaluate`, `release`, `retire`, `note`"
    );
}

#[test]
fn renaming_releases_nothing() {
    let first = [propose(pin("v1", "p")), abort()];
    let with = |what: EventKind| run(&[&first[..], &[what]].concat());
    let again = with(propose(pin("v2", "p"))).expect_err("the same content");
    assert!(matches!(again, LifecycleError::Quarantined { .. }));
    let same = with(EventKind::ReEvaluate { version: pin("v2", "p") }).expect_err("the same");
    assert_eq!(same, again);
    let other = with(EventKind::ReEvaluate { version: pin("v1", "other") }).expect("other content");
    assert_eq!(other.phase(), Some("shadow"));
    let released = with(EventKind::Release { permission: permission(100) }).expect("released");
    assert_eq!(released.phase(), Some("shadow"));
    assert_eq!(released.quarantines.records().len(), 1);
}

#[test]
fn only_an_operator_ends_what_is_an_operators() {
    let first = [propose(pin("v1", "p")), quarantine(None, true)];
    let with = |what: EventKind| run(&[&first[..], &[what]].concat());
    let error = with(EventKind::ReEvaluate { version: pin("v1", "other") }).expect_err("not yet");
    assert_eq!(error, LifecycleError::OperatorOnly { reason: "leaks".to_owned() });
    with(EventKind::Release { permission: permission(100) }).expect("released");
    let error = with(EventKind::Release { permission: permission(3) }).expect_err("expired");
    assert!(matches!(error, LifecycleError::Expired { .. }));
    let silent = Override { reason: " ".to_owned(), ..permission(100) };
    let error = with(EventKind::Release { permission: silent }).expect_err("no reason");
    assert_eq!(error, LifecycleError::Unaccounted);
}

#[test]
fn a_quarantine_ends_at_its_expiry() {
    let out = [propose(pin("v1", "p")), quarantine(Some(10), false)];
    let lifecycle = run(&out).expect("kept out");
    let plan = plan();
    let enter = |seconds| lifecycle.apply(&plan, &event(seconds, propose(pin("v9", "p"))));
    assert!(enter(9).is_err());
    assert!(enter(10).is_ok());
    // A second record never shortens a live one.
    let longer = [propose(pin("v1", "p")), quarantine(None, false)];
    let mut lifecycle = run(&longer).expect("kept out");
    let other = propose(pin("v2", "q"));
    lifecycle = lifecycle.apply(&plan, &event(3, other)).expect("other content");
    assert!(lifecycle.quarantines.live(pin("x", "p").content, at(1000)).is_some());
}

#[test]
fn a_permission_skips_analysis_and_releases_nothing() {
    let promote = EventKind::PromoteInFull { permission: permission(100) };
    let lifecycle = run(&[propose(pin("v1", "p")), promote]).expect("in full");
    assert_eq!(lifecycle.position, Some(Position::Stable));
    // A record from elsewhere meets a version on its way.
    let mut lifecycle = run(&[propose(pin("v1", "p"))]).expect("in shadow");
    let kept = run(&[propose(pin("v0", "p")), abort()]).expect("kept out");
    lifecycle.quarantines = kept.quarantines;
    let plan = plan();
    for what in [EventKind::PromoteInFull { permission: permission(100) }, EventKind::Promote {}] {
        let error = lifecycle.apply(&plan, &event(5, what)).expect_err("it is kept out");
        assert!(matches!(error, LifecycleError::Quarantined { .. }));
    }
}

#[test]
fn rejection_aborts_without_quarantine() {
    let what = EventKind::Abort { reason: "no gain".to_owned(), then: AfterAbort::FirstPhase };
    let events = [propose(pin("v1", "p")), EventKind::Promote {}, what];
    let lifecycle = run(&events).expect("aborted");
    assert_eq!(lifecycle.phase(), Some("shadow"));
    assert!(lifecycle.quarantines.records().is_empty());
}

#[test]
fn events_are_applied_in_order() {
    let lifecycle = run(&[propose(pin("v1", "p")), EventKind::Evaluate {}]).expect("in shadow");
    let error = lifecycle.apply(&plan(), &event(1, EventKind::Evaluate {})).expect_err("before");
    assert!(matches!(error, LifecycleError::OutOfOrder { .. }));
}

fn any_event() -> impl Strategy<Value = EventKind> {
    let version =
        (0..3_u8, 0..3_u8).prop_map(|(id, prompt)| pin(&id.to_string(), &prompt.to_string()));
    prop_oneof![
        version.clone().prop_map(propose),
        Just(EventKind::Evaluate {}),
        Just(EventKind::Promote {}),
        Just(EventKind::PromoteInFull { permission: permission(20) }),
        Just(EventKind::Complete {}),
        Just(abort()),
        Just(EventKind::RollBack { revision: None, reason: "r".to_owned() }),
        (proptest::option::of(1..40_i64), any::<bool>())
            .prop_map(|(expires, only)| quarantine(expires, only)),
        version.prop_map(|version| EventKind::ReEvaluate { version }),
        Just(EventKind::Release { permission: permission(20) }),
        Just(EventKind::Retire {}),
        Just(EventKind::Note { permission: permission(20) }),
    ]
}

proptest! {
    /// Whatever happens, content that is kept out stands in no phase, and a stored lifecycle is
    /// the same lifecycle.
    #[test]
    fn what_is_kept_out_is_out(events in proptest::collection::vec(any_event(), 0..40)) {
        let plan = plan();
        let mut lifecycle = Lifecycle::default();
        for (what, seconds) in events.into_iter().zip(1..) {
            let Ok(next) = lifecycle.apply(&plan, &event(seconds, what)) else { continue };
            if let (Some(_), Some(version)) = (next.phase(), &next.version) {
                prop_assert!(next.quarantines.live(version.content, at(seconds)).is_none());
            }
            let text = serde_json::to_vec(&next).expect("json");
            let read = document::read::<Lifecycle>(&text, Format::Json, 1 << 20);
            prop_assert_eq!(&read.expect("what was written"), &next);
            lifecycle = next;
        }
    }
}
