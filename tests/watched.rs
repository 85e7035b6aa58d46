//! Triggers decide: what a monitor recorded, or rows came to, takes a version back whatever the
//! comparisons say.

use phasegate::finding::TriggerAction;
use phasegate::observations::MAX_OBSERVATIONS_BYTES;
use phasegate::plan::{MAX_PLAN_BYTES, RUNBOOK};
use phasegate::read::Format;
use phasegate::{
    Decision, Gate, Observations, Outcome, Plan, PlanRequest, PlannedDecision, State, document,
};
use serde_json::{Value, json};

fn plan() -> Plan {
    document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("the runbook's plan")
}

fn gate() -> Gate {
    Gate::builder().packages_of(&plan()).build().expect("the embedded policies")
}

/// A record of the monitor at a minute of the hour.
fn record(minute: u64, more: &[(&str, Value)]) -> Value {
    let mut record = json!({
        "schema": "phasegate/observation/v1",
        "source": "gateway",
        "sequence": minute + 1,
        "time": format!("2026-03-01T10:{minute:02}:00Z"),
        "phase": "gray_1",
        "candidate": {"requests": 100, "errors": 0,
            "latency_ms": {"upper_ms": [9000], "counts": [100, 0]},
            "security": {"passed": 20, "total": 20}},
        "cost_usd": 0.1,
        "slo": "met",
    });
    for (pointer, value) in more {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        record.pointer_mut(parent).expect("the parent is there")[key] = value.clone();
    }
    record
}

/// Five quiet minutes, then these.
fn stream(more: &[Value]) -> Vec<Value> {
    (0..5).map(|minute| record(minute, &[])).chain(more.iter().cloned()).collect()
}

/// Observations that hold nothing but the stream; no comparison can be made of them.
fn seen(stream: &[Value]) -> Value {
    let last = stream.last().map_or(json!("2026-03-01T10:00:00Z"), |last| last["time"].clone());
    json!({
        "schema": "phasegate/observations/v1",
        "candidate": {"id": "v1-new", "model": "m-2", "prompt": "p-2"},
        "baseline": {"id": "v2-old", "model": "m-1", "prompt": "p-1"},
        "window": {"start": "2026-03-01T10:00:00Z", "end": last},
        "phases": {"gray_1": {"candidate_requests": 500, "baseline_requests": 0}},
        "stream": stream,
        "incidents": [],
        "quarantine": [],
    })
}

fn decide(document: &Value, state: Option<&State>, now: Option<&str>) -> PlannedDecision {
    let text = serde_json::to_vec(document).expect("JSON");
    let observations: Observations =
        match document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES) {
            Ok(observations) => observations,
            Err(error) => panic!("{error}"),
        };
    let now = now.map(|now| now.parse().expect("a time"));
    let plan = plan();
    let request = PlanRequest { plan: &plan, observations: &observations, state, now };
    let answer = gate().decide_planned(&request).expect("documents that belong together");
    let again = gate().verify(&answer.decision, &plan, &observations, state).expect("they do");
    assert_eq!(again, [], "the decision is what its documents give");
    answer
}

fn triggers(decision: &Decision) -> Vec<(&str, TriggerAction)> {
    let evidence = decision.evidence.as_ref().expect("evidence");
    evidence.triggers.iter().map(|fired| (fired.id.as_str(), fired.action)).collect()
}

#[test]
fn each_trigger_of_the_runbook_decides_beyond_its_limit_and_not_at_it() {
    use TriggerAction::{Abort, AbortAndQuarantine, PauseEvaluation};
    let at = |more: &[(&str, Value)]| vec![record(5, more)];
    let errors = |errors: u64| at(&[("/candidate/errors", json!(errors))]);
    let slow = |slow: u64| at(&[("/candidate/latency_ms/counts", json!([100 - slow, slow]))]);
    // Of the last five minutes 100 checks and 500 requests are in view.
    let security =
        |failed: u64| at(&[("/candidate/security", json!({"passed": 20 - failed, "total": 20}))]);
    let cost = |usd: f64| at(&[("/cost_usd", json!(usd))]);
    let slo = |missed: u64| {
        (0..missed).map(|more| record(5 + more, &[("/slo", json!("missed"))])).collect::<Vec<_>>()
    };
    let cases: [(Vec<Value>, Vec<Value>, &str, TriggerAction); 5] = [
        (slo(3), slo(2), "slo_violation", Abort),
        (security(6), security(5), "security_failure", AbortAndQuarantine),
        (errors(51), errors(50), "error_spike", Abort),
        (slow(26), slow(25), "latency_spike", Abort),
        (cost(49.500_001), cost(49.5), "cost_budget", PauseEvaluation),
    ];
    for (beyond, at, id, action) in cases {
        let decision = decide(&seen(&stream(&beyond)), None, None).decision;
        let outcome = if action >= Abort { Outcome::Rollback } else { Outcome::Hold };
        assert_eq!(decision.outcome, outcome, "{id}");
        assert_eq!(triggers(&decision), [(id, action)]);
        assert_eq!(decision.action, Some(action));
        // Without facts the policy cannot be asked, which is the reason to hold; a rollback has
        // its own.
        let named = decision.reasons.iter().any(|reason| reason.code == id);
        assert_eq!(named, outcome == Outcome::Rollback, "{id}");
        let decision = decide(&seen(&stream(&at)), None, None).decision;
        assert_eq!(triggers(&decision), [], "{id}");
        assert_eq!(decision.outcome, Outcome::Hold, "there is nothing to compare");
    }
}

#[test]
fn triggers_are_judged_when_nothing_can_be_compared() {
    let burst = stream(&[record(5, &[("/candidate/errors", json!(100))])]);
    // The observations are of yesterday, and no comparison may be made of them.
    let stale = decide(&seen(&burst), None, Some("2026-03-02T10:00:00Z"));
    assert_eq!(stale.decision.outcome, Outcome::Rollback);
    assert_eq!(triggers(&stale.decision), [("error_spike", TriggerAction::Abort)]);
    assert!(stale.state.triggers.is_none(), "what is not of its time is not remembered");
}

#[test]
fn what_asked_for_a_rollback_stands_in_its_phase_and_nowhere_else() {
    let burst = [record(5, &[("/candidate/errors", json!(100))])];
    let first = decide(&seen(&stream(&burst)), None, None);
    let calm: Vec<Value> = (6..20).map(|minute| record(minute, &[])).collect();
    // Whether the records come again or not, and with the state or without it.
    let all = stream(&[&burst[..], &calm].concat());
    let afterwards = [
        decide(&seen(&all), Some(&first.state), None),
        decide(&seen(&all), None, None),
        decide(&seen(&calm), Some(&first.state), None),
    ];
    for after in &afterwards {
        assert_eq!(after.decision.outcome, Outcome::Rollback);
        let evidence = after.decision.evidence.as_ref().expect("evidence");
        let message = &evidence.triggers[0].message;
        assert!(message.ends_with("it has ended, and what was seen stands"), "{message}");
        assert_eq!(after.state.triggers, afterwards[0].state.triggers);
    }
    // The same observations again say the same.
    let again = decide(&seen(&all), Some(&afterwards[0].state), None);
    assert_eq!(again.decision.evidence, afterwards[0].decision.evidence);
    assert_eq!(again.state, afterwards[0].state);
    // An operator went on to the next phase all the same.
    let next: Vec<Value> =
        (20..30).map(|minute| record(minute, &[("/phase", json!("gray_5"))])).collect();
    let mut next = seen(&next);
    let served = json!({"candidate_requests": 500, "baseline_requests": 0});
    next["phases"] = json!({"gray_5": served});
    let decision = decide(&next, Some(&again.state), None).decision;
    assert_eq!((decision.outcome, triggers(&decision)), (Outcome::Hold, vec![]));
}

#[test]
fn a_monitor_that_lacks_data_holds_and_rows_do_not() {
    let few = [record(0, &[("/candidate/requests", json!(49))])];
    let decision = decide(&seen(&few), None, None).decision;
    assert_eq!(triggers(&decision), [("error_spike", TriggerAction::Hold)]);
    let rows = [record(0, &[("/candidate/requests", json!(49)), ("/source", json!("rows"))])];
    assert_eq!(triggers(&decide(&seen(&rows), None, None).decision), []);
}

#[test]
fn what_is_not_over_is_judged_and_not_remembered() {
    // Records of rows are half a minute long, and the runbook's plan has six phases.
    let slot = |number: u64, errors: u64| {
        let at = 1_772_359_200 + 30 * number;
        let second = at % 60;
        let minute = at / 60 % 60;
        record(
            0,
            &[
                ("/source", json!("rows")),
                ("/sequence", json!(at / 30 * 6 + 1)),
                ("/time", json!(format!("2026-03-01T10:{minute:02}:{second:02}Z"))),
                ("/candidate/errors", json!(errors)),
            ],
        )
    };
    let first = decide(&seen(&[slot(0, 0), slot(1, 30)]), None, None);
    assert_eq!(first.decision.outcome, Outcome::Rollback);
    // The rest of the slot came, and with it the errors are few.
    let mut whole = slot(1, 30);
    whole["candidate"]["requests"] = json!(900);
    let second = decide(&seen(&[slot(0, 0), whole, slot(3, 0)]), Some(&first.state), None);
    assert_eq!(triggers(&second.decision), []);
}

/// Of the finding about records that could not be judged; it holds whatever else is found.
#[track_caller]
fn unjudged(decision: &Decision) -> &str {
    let evidence = decision.evidence.as_ref().expect("evidence");
    let found = evidence.findings.iter().find(|finding| finding.id == "stream");
    let found = found.expect("a finding about the stream");
    assert!(found.required && found.reason == "records_not_judged", "{found:?}");
    assert_ne!(decision.outcome, Outcome::Promote);
    &found.message
}

fn named(minute: u64, source: &str, errors: u64) -> Value {
    record(minute, &[("/source", json!(source)), ("/candidate/errors", json!(errors))])
}

#[test]
fn records_that_cannot_be_judged_are_told_and_hold() {
    // A ninth source.
    let nine: Vec<Value> = (0..9).map(|at| named(at, &format!("s{at}"), 0)).collect();
    let decision = decide(&seen(&nine), None, None).decision;
    let message = unjudged(&decision);
    assert!(message.contains("record 9 of `s8`") && message.contains("ninth source"), "{message}");
    // After the decision: it would carry the triggers' clock with it.
    let ahead = stream(&[record(30, &[("/candidate/errors", json!(100))])]);
    let mut document = seen(&ahead);
    document["window"]["end"] = json!("2026-03-01T10:05:00Z");
    let first = decide(&document, None, Some("2026-03-01T10:05:00Z"));
    assert!(unjudged(&first.decision).contains("after the decision"));
    assert_eq!(triggers(&first.decision), []);
    let later = decide(&seen(&ahead), Some(&first.state), Some("2026-03-01T10:30:00Z"));
    assert_eq!(later.decision.outcome, Outcome::Rollback, "its time has come");
    // A monitor that counts from the beginning again.
    let first = decide(&seen(&[record(50, &[])]), None, None);
    let anew = [record(55, &[("/sequence", json!(1)), ("/candidate/errors", json!(100))])];
    let decision = decide(&seen(&anew), Some(&first.state), None).decision;
    assert!(unjudged(&decision).contains("number was given before"));
    // What was judged before is no loss.
    let again = decide(&seen(&stream(&[])), None, None);
    let again = decide(&seen(&stream(&[])), Some(&again.state), None).decision;
    let evidence = again.evidence.as_ref().expect("evidence");
    assert!(evidence.findings.iter().all(|finding| finding.id != "stream"));
    // Rows of which the first are not there.
    let mut cut = seen(&stream(&[]));
    cut["stream_from"] = json!("2026-03-01T10:00:00Z");
    assert!(unjudged(&decide(&cut, None, None).decision).contains("too many"));
}

#[test]
fn the_order_of_records_hides_none() {
    let burst = |sequence: u64, minute: u64| {
        record(minute, &[("/sequence", json!(sequence)), ("/candidate/errors", json!(100))])
    };
    let quiet = |sequence: u64, minute: u64| record(minute, &[("/sequence", json!(sequence))]);
    for stream in [
        // The clock of the monitor went back.
        vec![quiet(1, 40), burst(2, 50), quiet(3, 45)],
        // As they were written, and not as they were numbered.
        vec![quiet(3, 52), burst(2, 51), quiet(1, 50)],
        // It counts from the beginning again.
        vec![quiet(500, 1), burst(1, 5), burst(2, 6)],
    ] {
        let decision = decide(&seen(&stream), None, Some("2026-03-01T10:59:00Z")).decision;
        assert_eq!(triggers(&decision), [("error_spike", TriggerAction::Abort)], "{stream:?}");
    }
}

#[test]
fn a_reason_says_what_was_seen_when_the_trigger_fired() {
    let mut document = seen(&stream(&[record(5, &[("/candidate/errors", json!(100))])]));
    // Nothing more is seen, so that there is too little to say of the last five minutes.
    document["window"]["end"] = json!("2026-03-01T10:40:00Z");
    let decision = decide(&document, None, None).decision;
    let message = &decision.reasons[0].message;
    assert!(message.contains("(100 bad of 500) is above 0.1"), "{message}");
}

#[test]
fn a_record_without_a_phase_is_of_the_present_one() {
    let nameless = |minute: u64, errors: u64| {
        let mut record = record(minute, &[("/candidate/errors", json!(errors))]);
        record.as_object_mut().expect("an object").remove("phase");
        record
    };
    let shadow = record(0, &[("/phase", json!("shadow"))]);
    let mut records = vec![shadow, nameless(1, 0), nameless(2, 100)];
    // The burst is over when the gate is asked.
    records.extend((3..20).map(|minute| nameless(minute, 0)));
    let decision = decide(&seen(&records), None, None).decision;
    assert_eq!(triggers(&decision), [("error_spike", TriggerAction::Abort)]);
}

#[test]
fn a_burst_for_whose_answers_one_waits_is_seen() {
    // A minute of rows in shadow, whose answers may take longer than the plan's observations last.
    let at = 1_772_359_200;
    let slot = |number: u64, errors: u64| {
        let time = at + 30 * number;
        let (minute, second) = (time / 60 % 60, time % 60);
        record(
            0,
            &[
                ("/source", json!("rows")),
                ("/phase", json!("shadow")),
                ("/sequence", json!(time / 30 * 6)),
                ("/time", json!(format!("2026-03-01T10:{minute:02}:{second:02}Z"))),
                ("/candidate/errors", json!(errors)),
            ],
        )
    };
    let records: Vec<Value> =
        (0..40).map(|number| slot(number, if number / 2 == 5 { 100 } else { 0 })).collect();
    let mut document = seen(&records);
    document["phases"] = json!({"shadow": {"candidate_requests": 500, "baseline_requests": 500}});
    let text = serde_json::to_vec(&document).expect("JSON");
    let observations: Observations =
        document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES).expect("observations");
    let text = RUNBOOK.replace("answer_deadline: 30s", "answer_deadline: 1h");
    assert_ne!(text, RUNBOOK);
    let plan: Plan = document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
    let request = PlanRequest { plan: &plan, observations: &observations, state: None, now: None };
    let decision = gate().decide_planned(&request).expect("documents").decision;
    assert_eq!(decision.outcome, Outcome::Rollback);
    assert_eq!(triggers(&decision), [("error_spike", TriggerAction::Abort)]);
}

#[test]
fn the_budget_that_is_told_speaks_for_itself() {
    let mut document = seen(&stream(&[record(5, &[("/cost_usd", json!(60))])]));
    assert_eq!(
        triggers(&decide(&document, None, None).decision),
        [("cost_budget", TriggerAction::PauseEvaluation)]
    );
    document["budget"] = json!({"spent_today_usd": 50});
    assert_eq!(triggers(&decide(&document, None, None).decision), []);
    document["budget"] = json!({"spent_today_usd": 50.01});
    let decision = decide(&document, None, None).decision;
    assert_eq!(triggers(&decision), [("cost_budget", TriggerAction::PauseEvaluation)]);
    assert_eq!(decision.outcome, Outcome::Hold);
}

#[test]
fn a_policy_that_fails_hides_no_trigger_and_its_reasons_join() {
    let gate = |rule: &str| {
        let promotion = "package lifecycle.promotion\n\nallow := true\n\nviolations := []\n";
        let rollback = format!("package lifecycle.rollback\n\n{rule}\n");
        let files = [
            ("promotion.rego".to_owned(), promotion.as_bytes().to_vec()),
            ("rollback.rego".to_owned(), rollback.into_bytes()),
        ];
        let files = phasegate::PolicyFiles { files: files.into(), ..Default::default() };
        Gate::builder().policy(files).packages_of(&plan()).build().expect("policies that load")
    };
    let decide = |gate: &Gate, stream: &[Value]| {
        let text = serde_json::to_vec(&seen(stream)).expect("JSON");
        let observations: Observations =
            document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES).expect("observations");
        let plan = plan();
        let request =
            PlanRequest { plan: &plan, observations: &observations, state: None, now: None };
        let decision = gate.decide_planned(&request).expect("documents").decision;
        let codes = decision.reasons.iter().map(|reason| reason.code.clone()).collect::<Vec<_>>();
        (decision.outcome, codes)
    };
    let burst = stream(&[record(5, &[("/candidate/errors", json!(100))])]);
    let quiet = stream(&[]);
    let says = gate(
        "reasons contains {\"code\": \"night\", \"message\": \"nobody is there\"} if {\n\
         \tinput.evidence.phase == \"gray_1\"\n}",
    );
    let (outcome, codes) = decide(&says, &quiet);
    assert_eq!((outcome, codes), (Outcome::Rollback, vec!["night".to_owned()]));
    let (outcome, codes) = decide(&says, &burst);
    let both = vec!["error_spike".to_owned(), "night".to_owned()];
    assert_eq!((outcome, codes), (Outcome::Rollback, both));
    let fails = gate(
        "reasons contains {\"code\": \"night\", \"message\": \"it is late\"} if {\n\
         \tinput.absent.hour > 22\n}",
    );
    let (outcome, codes) = decide(&fails, &burst);
    assert_eq!((outcome, codes), (Outcome::Rollback, vec!["error_spike".to_owned()]));
    assert_eq!(decide(&fails, &quiet).0, Outcome::Hold);
}
