//! From plan and observations to a decision: the rules of section "how it decides", one table a
//! rule, on the runbook's plan.

use phasegate::observations::MAX_OBSERVATIONS_BYTES;
use phasegate::plan::{MAX_PLAN_BYTES, RUNBOOK};
use phasegate::read::Format;
use phasegate::{
    Decision, Gate, Observations, Outcome, Plan, PlanRequest, PlannedDecision, State, Status,
    document,
};
use serde_json::{Value, json};

fn plan() -> Plan {
    document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("the runbook's plan")
}

fn gate() -> Gate {
    Gate::builder().packages_of(&plan()).build().expect("the embedded policies")
}

/// Latencies of pairs: the candidate's is the baseline's times a factor, both around a curve that
/// every phase shares. The n-th of them, without any randomness.
fn latencies(n: u32, factor: f64) -> (Vec<f64>, Vec<f64>) {
    let at = |i: u32, shift: f64| {
        let share = (f64::from(i) + 0.5) / f64::from(n);
        600.0 + 1500.0 * share + 40.0 * ((f64::from(i) * 0.618 + shift) % 1.0)
    };
    (0..n).map(|i| (at(i, 0.0), factor * at(i, 0.5))).unzip()
}

/// Two thousand mirrored requests over thirty hours, with a gold set of 400 cases of which the
/// candidate newly passes 14.
fn shadow() -> Value {
    let (baseline, candidate) = latencies(2000, 1.0);
    json!({
        "schema": "phasegate/observations/v1",
        "candidate": {"id": "v1-new", "model": "m-2", "prompt": "p-2"},
        "baseline": {"id": "v2-old", "model": "m-1", "prompt": "p-1"},
        "window": {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T06:00:00Z"},
        "phases": {"shadow": {
            "candidate_requests": 2000,
            "baseline_requests": 2000,
            "covered_ms": 30 * 3_600_000_u64,
            "pairs": {"matched": 2000},
            "metrics": {
                "latency": {"data": {"paired_values": {
                    "baseline": baseline, "candidate": candidate,
                }}},
                "error_rate": {"data": {"paired_counts": {
                    "both": 4, "baseline_only": 6, "candidate_only": 5, "neither": 1985,
                }}},
                "cost": {"data": {"paired_means": {
                    "baseline": {"n": 2000, "mean": 0.04, "sd": 0.03},
                    "candidate": {"n": 2000, "mean": 0.0405, "sd": 0.03},
                    "covariance": 0.0008,
                }}},
            },
        }},
        "gold": {"candidate": [gold(20)], "baseline": [gold(34)]},
        "incidents": [],
        "quarantine": [],
    })
}

/// A run over 400 cases, the first 200 of which are security cases; so many of the others fail.
fn gold(failing: usize) -> Value {
    let cases: Vec<Value> = (0..400)
        .map(|i| {
            let category = if i < 200 { "security" } else { "style" };
            let passed = i < 200 || i >= 200 + failing;
            json!({"id": format!("case-{i:03}"), "category": category,
                   "answers": [{"passed": passed}]})
        })
        .collect();
    json!({"cases": cases})
}

/// The same observations with some of their fields replaced, by JSON pointer.
fn with(mut document: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).expect("the parent is there");
        match parent {
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value.clone(),
            parent => {
                parent[key] = value.clone();
            }
        }
    }
    document
}

fn read(document: &Value) -> Observations {
    let text = serde_json::to_vec(document).expect("JSON");
    match document::read(&text, Format::Json, MAX_OBSERVATIONS_BYTES) {
        Ok(observations) => observations,
        Err(error) => panic!("{error}"),
    }
}

fn decide(document: &Value, state: Option<&State>) -> PlannedDecision {
    decide_with(&plan(), document, state)
}

fn decide_with(plan: &Plan, document: &Value, state: Option<&State>) -> PlannedDecision {
    let observations = read(document);
    let request = PlanRequest { plan, observations: &observations, state, now: None };
    gate().decide_planned(&request).expect("documents that belong together")
}

/// The status and the reason of a finding.
fn found(decision: &Decision, id: &str) -> (Status, String) {
    let findings = &decision.evidence.as_ref().expect("evidence").findings;
    let finding = findings.iter().find(|finding| finding.id == id);
    let finding = finding.unwrap_or_else(|| panic!("no finding `{id}`"));
    (finding.status, finding.reason.clone())
}

fn reasons(decision: &Decision) -> Vec<String> {
    let told = |reason: &phasegate::Reason| {
        format!("{} {}", reason.code, reason.path.as_deref().unwrap_or("-"))
    };
    let mut told: Vec<String> = decision.reasons.iter().map(told).collect();
    // The policy names each finding in a message of its own.
    told.dedup();
    told
}

#[track_caller]
fn check(document: &Value, outcome: Outcome, expected: &[&str]) -> PlannedDecision {
    let answer = decide(document, None);
    let shown = serde_json::to_string_pretty(&answer.decision).expect("JSON");
    assert_eq!(answer.decision.outcome, outcome, "{shown}");
    assert_eq!(reasons(&answer.decision), expected, "{shown}");
    answer
}

#[test]
fn a_better_candidate_is_promoted_from_shadow() {
    let answer = check(&shadow(), Outcome::Promote, &[]);
    let decision = &answer.decision;
    for (id, reason) in [
        ("accuracy", "better"),
        ("latency", "within_margin"),
        ("error_rate", "within_margin"),
        ("cost", "within_margin"),
        ("gold_set.security", "threshold_proved"),
        ("gold_set.overall", "threshold_proved"),
        ("requests", "enough_requests"),
        ("hours", "enough_hours"),
        ("window", "recent"),
    ] {
        assert_eq!(found(decision, id), (Status::Pass, reason.to_owned()), "{id}");
    }
    let changes = &decision.evidence.as_ref().expect("evidence").gold["style"];
    assert_eq!((changes.newly_passing, changes.newly_failing), (14, 0));
    assert_eq!(decision.valid_until.expect("a plan's").to_string(), "2026-03-02T08:00:00Z");
}

#[test]
fn what_is_proved_bad_is_rejected_and_what_is_open_waits() {
    let (baseline, slow) = latencies(2000, 1.3);
    let latency = json!({"paired_values": {"baseline": baseline, "candidate": slow}});
    let slow = with(shadow(), &[("/phases/shadow/metrics/latency/data", latency)]);
    let rejected = ["beyond_margin latency", "finding_failed evidence.findings"];
    check(&slow, Outcome::Reject, &rejected);

    let dear = json!({"n": 2000, "mean": 0.052, "sd": 0.03});
    let path = "/phases/shadow/metrics/cost/data/paired_means/candidate";
    check(
        &with(shadow(), &[(path, dear)]),
        Outcome::Reject,
        &["beyond_margin cost", "finding_failed evidence.findings"],
    );

    // The candidate answers all but 3 % of the requests: its errors.
    let crashes = [
        ("/phases/shadow/pairs", json!({"matched": 1940, "candidate_missing": 60})),
        (
            "/phases/shadow/metrics/error_rate/data/paired_counts",
            json!({"both": 4, "baseline_only": 6, "candidate_only": 60, "neither": 1930}),
        ),
        ("/phases/shadow/metrics/cost/unpaired", json!(60)),
    ];
    check(
        &with(shadow(), &crashes),
        Outcome::Reject,
        &[
            "beyond_margin error_rate",
            "error_rate_exceeded metrics.error_rate",
            "finding_failed evidence.findings",
        ],
    );

    let younger = with(shadow(), &[("/phases/shadow/covered_ms", json!(20 * 3_600_000_u64))]);
    let answer = check(
        &younger,
        Outcome::Hold,
        &[
            "before_look cost",
            "before_look error_rate",
            "before_look latency",
            "phase_minimum phase",
            "too_few_hours hours",
            "finding_inconclusive evidence.findings",
            "shadow_hours_too_few shadow.hours",
        ],
    );
    assert!(answer.state.shadow.is_empty(), "no look was taken");
}

/// A phase in which the candidate has so many percent of the traffic, which are so many requests,
/// and each version has one error in so many requests.
type Served = (&'static str, u64, u64, u64);

/// The rollout in gray, after the shadow above.
fn gray(phases: &[Served]) -> Value {
    let mut document = shadow();
    for &(id, percent, requests, one_in) in phases {
        let of_baseline = requests * (100 - percent) / percent;
        let errors = |n: u64| json!({"k": n / one_in, "n": n});
        // Buckets are 2.2 % wide; the 95th percentile lies in the fifth.
        let histogram = |n: u64| {
            let counts = [n / 4, n / 4, n / 4, n / 8, n / 10, n / 100];
            let buckets: Vec<(i32, u64)> = (320..).step_by(5).zip(counts).collect();
            json!({"native": {
                "schema": 5, "zero_threshold": 0.0, "zero_count": 0, "positive": buckets,
            }})
        };
        let cost = |n: u64| json!({"n": n, "mean": 0.04, "sd": if n > 1 { 0.03 } else { 0.0 }});
        let both = |of: &dyn Fn(u64) -> Value| json!({"baseline": of(of_baseline), "candidate": of(requests)});
        document["phases"][id] = json!({
            "candidate_requests": requests,
            "baseline_requests": of_baseline,
            "covered_ms": 6 * 3_600_000_u64,
            "metrics": {
                "error_rate": {"data": {"counts": both(&errors)}},
                "latency": {"data": {"histograms": both(&histogram)}},
                "cost": {"data": {"means": both(&cost)}},
            },
        });
    }
    document
}

const HARM_PHASES: [Served; 2] = [("gray_1", 1, 400, 100), ("gray_5", 5, 2000, 100)];

fn in_gray(more: &[Served]) -> Value {
    gray(&[&HARM_PHASES, more].concat())
}

/// The plan whose error rate is a goal of the gray phases.
fn plan_with_goal() -> Plan {
    let text = RUNBOOK.replace(
        "{kind: proportion, column: error}",
        "{kind: proportion, column: error}\n    role: goal",
    );
    document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

#[test]
fn harm_phases_conclude_harm_alone() {
    let answer = decide(&gray(&HARM_PHASES[..1]), None);
    for id in ["error_rate", "cost", "latency"] {
        assert_eq!(found(&answer.decision, id), (Status::Pass, "no_harm_detected".into()), "{id}");
    }
    assert_eq!(answer.decision.outcome, Outcome::Promote, "{:?}", answer.decision.reasons);

    let few = gray(&[("gray_1", 1, 150, 100)]);
    let answer = decide(&few, None);
    assert_eq!(answer.decision.outcome, Outcome::Hold);
    assert_eq!(found(&answer.decision, "cost"), (Status::Inconclusive, "phase_minimum".into()));
}

#[test]
fn harm_stays_detected_and_an_improvement_never_fires() {
    let errors = |k: u64| json!({"k": k, "n": 400});
    let path = "/phases/gray_1/metrics/error_rate/data/counts/candidate";
    let harmful = with(gray(&HARM_PHASES[..1]), &[(path, errors(80))]);
    let first = decide(&harmful, None);
    let harm = (Status::Fail, "harm_detected".to_owned());
    assert_eq!(found(&first.decision, "error_rate"), harm);
    assert!(matches!(first.decision.outcome, Outcome::Reject | Outcome::Rollback));
    // The next hours look fine; what was proved stays proved.
    let again = decide(&gray(&HARM_PHASES[..1]), Some(&first.state));
    assert_eq!(found(&again.decision, "error_rate"), harm);
    let later = decide(&in_gray(&[("gray_25", 25, 20_000, 100)]), Some(&again.state));
    assert_eq!(found(&later.decision, "harm.error_rate"), harm);

    // From one error in two to none: the strongest improvement there is.
    let better = gray(&[("gray_1", 1, 400, 2)]);
    let better = with(better, &[(path, errors(0))]);
    let answer = decide(&better, None);
    let record = &answer.state.harm["gray_1"]["error_rate"];
    assert_eq!((record.ln_e, record.detected), (0.0, None));
}

#[test]
fn a_look_belongs_to_its_observations() {
    let plan = plan_with_goal();
    let state = decide_with(&plan, &shadow(), None).state;
    let finding = |answer: &PlannedDecision| found(&answer.decision, "error_rate");
    let taken = |answer: &PlannedDecision| answer.state.gray["error_rate"].looks.taken().len();

    // With the 2,400 of the first two phases these are not a quarter of the 50,000 planned.
    let early = in_gray(&[("gray_25", 25, 7600, 100)]);
    let answer = decide_with(&plan, &early, Some(&state));
    assert_eq!(finding(&answer), (Status::Inconclusive, "before_look".into()));
    assert!(answer.state.gray.is_empty());

    let quarter = in_gray(&[("gray_25", 25, 10_400, 100)]);
    let first = decide_with(&plan, &quarter, Some(&answer.state));
    assert_eq!(finding(&first), (Status::Pass, "within_margin".into()));
    assert_eq!(first.decision.outcome, Outcome::Promote, "{:?}", first.decision.reasons);
    assert_eq!(taken(&first), 1);

    // The same observations give the same result and spend nothing.
    let again = decide_with(&plan, &quarter, Some(&first.state));
    assert_eq!(again.decision.evidence, first.decision.evidence);
    assert_eq!(again.state, first.state);

    // Between looks everything waits.
    let between = in_gray(&[("gray_25", 25, 12_000, 100)]);
    let answer = decide_with(&plan, &between, Some(&first.state));
    assert_eq!(finding(&answer), (Status::Inconclusive, "between_looks".into()));
    assert_eq!(found(&answer.decision, "cost").1, "between_looks");
    assert_eq!(answer.decision.outcome, Outcome::Hold);
    assert_eq!(answer.state.gray, first.state.gray);

    // The next look is taken in the phase after it; the former spending is remembered.
    let half = in_gray(&[("gray_25", 25, 12_000, 100), ("gray_50", 50, 12_000, 100)]);
    let second = decide_with(&plan, &half, Some(&answer.state));
    assert_eq!(finding(&second), (Status::Pass, "within_margin".into()));
    assert_eq!(taken(&second), 2);
    let look = |answer: &PlannedDecision| {
        let findings = &answer.decision.evidence.as_ref().expect("evidence").findings;
        let finding = findings.iter().find(|finding| finding.id == "error_rate");
        finding.and_then(|finding| finding.statistics.as_ref()?.look).expect("a look")
    };
    assert_eq!((look(&second).number, look(&second).planned), (2, 3));
    assert!(look(&second).alpha_spent > look(&first).alpha_spent);

    // Without the state the looks before count as taken: the same look, at what they left.
    let lost = decide_with(&plan, &half, None);
    assert_eq!(finding(&lost).0, Status::Pass);
    assert_eq!((look(&lost).number, taken(&lost)), (2, 2));
}

#[test]
fn an_open_goal_at_the_planned_maximum_is_rejected() {
    let plan = plan_with_goal();
    let state = decide_with(&plan, &shadow(), None).state;
    let all = in_gray(&[("gray_25", 25, 24_000, 100), ("gray_50", 50, 24_000, 100)]);
    // One point more than the baseline is the margin itself: neither proved nor disproved.
    let counts = |n: u64| json!({"k": n / 50, "n": n});
    let worse = with(
        all,
        &[
            ("/phases/gray_25/metrics/error_rate/data/counts/candidate", counts(24_000)),
            ("/phases/gray_50/metrics/error_rate/data/counts/candidate", counts(24_000)),
        ],
    );
    let answer = decide_with(&plan, &worse, Some(&state));
    let expected = (Status::Fail, "planned_maximum_reached".to_owned());
    assert_eq!(found(&answer.decision, "error_rate"), expected);
    assert_eq!(answer.decision.outcome, Outcome::Reject);
    // Further data change nothing.
    let more = with(worse, &[("/phases/gray_50/covered_ms", json!(7 * 3_600_000_u64))]);
    let again = decide_with(&plan, &more, Some(&answer.state));
    assert_eq!(found(&again.decision, "error_rate"), expected);
    // Of a guard it stays open.
    let guard = decide(&more, None);
    assert_eq!(found(&guard.decision, "error_rate"), (Status::Inconclusive, "not_proved".into()));
}

#[test]
fn the_whole_traffic_is_judged_from_the_phases_before() {
    let all = in_gray(&[
        ("gray_25", 25, 12_000, 100),
        ("gray_50", 50, 24_000, 100),
        ("gray_100", 100, 20_000, 100),
    ]);
    let answer = decide(&all, None);
    assert_eq!(found(&answer.decision, "cost"), (Status::Pass, "within_margin".into()));
    assert_eq!(found(&answer.decision, "harm.cost"), (Status::Pass, "no_baseline".into()));
    assert_eq!(answer.decision.outcome, Outcome::Promote, "{:?}", answer.decision.reasons);
}

/// The candidate is better by a point in both phases, but gets most of its requests on the day
/// that is bad for both: pooled rows would say that it is worse.
#[test]
fn rows_of_different_phases_are_never_pooled() {
    let phases = in_gray(&[("gray_25", 25, 12_000, 100), ("gray_50", 50, 40_000, 20)]);
    let counts = |k: u64, n: u64| json!({"k": k, "n": n});
    let drifting = with(
        phases,
        &[
            ("/phases/gray_25/metrics/error_rate/data/counts/baseline", counts(720, 36_000)),
            ("/phases/gray_25/metrics/error_rate/data/counts/candidate", counts(120, 12_000)),
            ("/phases/gray_50/metrics/error_rate/data/counts/baseline", counts(2400, 40_000)),
            ("/phases/gray_50/metrics/error_rate/data/counts/candidate", counts(2000, 40_000)),
        ],
    );
    let pooled = 2120.0 / 52_000.0 - 3120.0 / 76_000.0;
    let answer = decide(&drifting, None);
    let findings = &answer.decision.evidence.as_ref().expect("evidence").findings;
    let finding = findings.iter().find(|finding| finding.id == "error_rate").expect("a finding");
    let effect = finding.observed.expect("an effect");
    assert!((effect + 0.01).abs() < 1e-12, "{effect}");
    assert!(pooled > effect + 0.009, "{pooled}");
    assert_eq!((finding.status, finding.reason.as_str()), (Status::Pass, "within_margin"));
}

#[test]
fn the_shadow_look_is_taken_once() {
    let first = decide(&shadow(), None);
    let dear = json!({"n": 2000, "mean": 0.06, "sd": 0.03});
    let path = "/phases/shadow/metrics/cost/data/paired_means/candidate";
    let later = with(shadow(), &[(path, dear)]);
    let answer = decide(&later, Some(&first.state));
    assert_eq!(found(&answer.decision, "cost"), (Status::Pass, "within_margin".into()));
    let findings = &answer.decision.evidence.as_ref().expect("evidence").findings;
    let cost = findings.iter().find(|finding| finding.id == "cost").expect("a finding");
    assert!(cost.message.ends_with("further data need a new plan"), "{}", cost.message);
    assert_eq!(answer.state.shadow, first.state.shadow);
}

#[test]
fn the_first_gold_run_counts() {
    let first = decide(&shadow(), None);
    let better = with(shadow(), &[("/gold/candidate", json!([gold(0)]))]);
    let answer = decide(&better, Some(&first.state));
    assert_eq!(
        found(&answer.decision, "gold_set.overall"),
        found(&first.decision, "gold_set.overall")
    );
    let (kept, before) = (&answer.state.gold, &first.state.gold);
    let [kept, before] = [kept, before].map(|gold| gold.as_ref().expect("a record"));
    assert_eq!(kept.findings, before.findings);
    assert_eq!(kept.reruns.len(), 1);
    // Runs that are in the document behind the first one are no look either.
    let both = with(shadow(), &[("/gold/candidate", json!([gold(20), gold(0)]))]);
    assert_eq!(decide(&both, None).state.gold, first.state.gold);
    // Nor is one that did not come to its end.
    let broken = json!({"error": "the tool stopped", "cases": []});
    let repaired = with(shadow(), &[("/gold/candidate", json!([broken, gold(20)]))]);
    assert_eq!(decide(&repaired, None).state.gold, first.state.gold);
    let alone = with(shadow(), &[("/gold/candidate", json!([broken]))]);
    let answer = decide(&alone, None);
    assert_eq!(found(&answer.decision, "accuracy"), (Status::Invalid, "gold_run_error".into()));
    assert_eq!(answer.decision.outcome, Outcome::Hold);
    assert_eq!(answer.state.gold, None);
}

type Changes<'a> = &'a [(&'static str, Value)];

#[test]
fn data_that_carry_no_verdict_are_invalid() {
    let cases: [(Changes<'_>, &str, &str); 10] = [
        (
            &[("/gold/candidate/0/cases/0/answers/0", json!({"ungraded": true}))],
            "gold_set.security",
            "gold_not_graded",
        ),
        (
            &[("/phases/shadow/pairs", json!({"matched": 2000, "baseline_missing": 100}))],
            "cost",
            "sample_ratio_mismatch",
        ),
        (
            &[("/phases/shadow/pairs", json!({"matched": 2000, "baseline_missing": 100}))],
            "sample_ratio",
            "sample_ratio_mismatch",
        ),
        (&[("/phases/shadow/metrics/cost/unpaired", json!(21))], "cost", "unpaired"),
        (
            &[(
                "/phases/shadow/metrics/error_rate/data/paired_counts",
                json!({"neither": 900, "both": 0, "baseline_only": 0, "candidate_only": 0}),
            )],
            "error_rate",
            "too_few",
        ),
        (
            &[(
                "/phases/shadow/metrics/cost/data/paired_means",
                json!({"baseline": {"n": 2000, "mean": 1.0, "sd": 0.0},
                       "candidate": {"n": 2000, "mean": 1.0, "sd": 0.0}, "covariance": 0.0}),
            )],
            "cost",
            "zero_variance",
        ),
        (&[("/gold/baseline/0/cases/0/id", json!("another"))], "accuracy", "gold_sets_differ"),
        (&[("/gold/baseline", json!([]))], "accuracy", "gold_missing"),
        (&[("/incidents", Value::Null)], "incidents", "incidents_unknown"),
        (&[("/window", Value::Null)], "latency", "window_missing"),
    ];
    for (changes, id, reason) in cases {
        let mut document = with(shadow(), changes);
        let object = document.as_object_mut().expect("an object");
        object.retain(|_, value| !value.is_null());
        let answer = decide(&document, None);
        assert_eq!(found(&answer.decision, id), (Status::Invalid, reason.to_owned()), "{id}");
        assert_eq!(answer.decision.outcome, Outcome::Hold, "{id} {reason}");
    }
}

#[test]
fn stale_observations_decide_nothing() {
    let (plan, observations) = (plan(), read(&shadow()));
    let at = |now: &str| {
        let now = Some(now.parse().expect("a time"));
        let request = PlanRequest { plan: &plan, observations: &observations, state: None, now };
        gate().decide_planned(&request).expect("documents that belong together")
    };
    assert_eq!(at("2026-03-02T08:00:00Z").decision.outcome, Outcome::Promote);
    for (now, reason) in
        [("2026-03-02T08:00:01Z", "stale"), ("2026-03-02T05:59:59Z", "from_the_future")]
    {
        let answer = at(now);
        assert_eq!(answer.decision.outcome, Outcome::Hold);
        let told = reasons(&answer.decision);
        assert!(told.iter().all(|one| !one.starts_with("fact_missing")), "{told:?}");
        for id in ["window", "latency", "gold_set.security"] {
            assert_eq!(found(&answer.decision, id), (Status::Invalid, reason.to_owned()), "{id}");
        }
        assert!(answer.state.shadow.is_empty() && answer.state.gold.is_none());
    }
}

#[test]
fn no_errors_in_both_versions_are_no_obstacle() {
    let none = json!({"neither": 2000, "both": 0, "baseline_only": 0, "candidate_only": 0});
    let path = "/phases/shadow/metrics/error_rate/data/paired_counts";
    check(&with(shadow(), &[(path, none)]), Outcome::Promote, &[]);
}

#[test]
fn a_candidate_like_its_baseline_has_no_reason_to_go_on() {
    let same = with(shadow(), &[("/gold/candidate", json!([gold(34)]))]);
    let answer = decide(&same, None);
    let open = (Status::Inconclusive, "no_difference_seen".to_owned());
    assert_eq!(found(&answer.decision, "accuracy"), open);
    assert_eq!(answer.decision.outcome, Outcome::Reject, "accuracy is not better");
}

#[test]
fn censored_latencies_have_no_upper_bound() {
    let (baseline, mut candidate) = latencies(2000, 1.0);
    for value in candidate.iter_mut().step_by(17) {
        *value = 30_000.0;
    }
    let censored = candidate.iter().filter(|value| **value >= 30_000.0).count();
    let latency = json!({
        "data": {"paired_values": {"baseline": baseline, "candidate": candidate}},
        "censored": censored,
    });
    let answer = decide(&with(shadow(), &[("/phases/shadow/metrics/latency", latency)]), None);
    let findings = &answer.decision.evidence.as_ref().expect("evidence").findings;
    let finding = findings.iter().find(|finding| finding.id == "latency").expect("a finding");
    assert_ne!(finding.status, Status::Pass);
    let statistics = finding.statistics.as_ref().expect("statistics");
    assert_eq!((statistics.upper, finding.margin_left), (None, None));
    assert!(statistics.lower.is_some());
}

#[test]
fn quarantine_follows_the_content_and_not_the_name() {
    let content = read(&shadow()).candidate.pin().expect("a version").content;
    let record = |more: Value| {
        let mut record = json!({"content": content, "reason": "it leaked a key"});
        record.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        json!([record])
    };
    let of = |more: Value| {
        let changes = [("/quarantine", record(more)), ("/candidate/id", json!("renamed"))];
        decide(&with(shadow(), &changes), None).decision.outcome
    };
    assert_eq!(of(json!({})), Outcome::Reject);
    assert_eq!(of(json!({"expires": "2026-03-02T06:00:01Z"})), Outcome::Reject);
    assert_eq!(of(json!({"expires": "2026-03-02T06:00:00Z"})), Outcome::Promote);
    assert_eq!(of(json!({"released": "2026-03-01T06:00:00Z"})), Outcome::Promote);
}

#[test]
fn documents_that_do_not_belong_together_are_refused() {
    let error = |document: &Value, state: Option<&State>| {
        let (plan, observations) = (plan(), read(document));
        let request = PlanRequest { plan: &plan, observations: &observations, state, now: None };
        let error = gate().decide_planned(&request).expect_err("they do not belong together");
        (error.code(), error.to_string())
    };
    let state = decide(&shadow(), None).state;
    let (code, message) =
        error(&with(shadow(), &[("/candidate/prompt", json!("p-3"))]), Some(&state));
    assert_eq!(code, "state_mismatch");
    assert!(
        message.starts_with("the state is of another rollout: its candidate (`v1-new`"),
        "{message}"
    );
    // In gray less is required: who is in shadow is asked what shadow asks.
    let elsewhere = with(shadow(), &[("/candidate/state", json!("gray"))]);
    let (code, message) = error(&elsewhere, None);
    assert_eq!(code, "other_place");
    assert!(message.contains("is gray and its phase `shadow` one of shadow"), "{message}");
    let raw = with(shadow(), &[("/raw", json!({"logs": [{"path": "a.csv"}]}))]);
    assert_eq!(error(&raw, None).0, "not_closed");
    let other = json!({"candidate_requests": 1, "baseline_requests": 1});
    let (code, message) = error(&with(shadow(), &[("/phases/gray_7", other)]), None);
    assert_eq!(code, "unknown_phase");
    assert!(message.contains("`gray_7`; the plan has `shadow`, `gray_1`"), "{message}");
}

#[test]
fn a_method_that_does_not_fit_is_told_with_those_that_do() {
    let text = RUNBOOK.replace(
        "{kind: mean, column: cost_usd, unit: USD}",
        "{kind: mean, column: cost_usd, unit: USD}\n    method: mann_whitney",
    );
    let plan: Plan = document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
    let observations = read(&shadow());
    let request = PlanRequest { plan: &plan, observations: &observations, state: None, now: None };
    assert_eq!(
        gate().decide_planned(&request).expect_err("no method for costs of pairs").to_string(),
        "the metric `cost` asks for the method `mann_whitney`; its data and margin are answered by \
         `paired_contrast`"
    );
}

#[test]
fn a_decision_is_derived_again_from_its_documents() {
    let (plan, observations) = (plan(), read(&shadow()));
    let first = decide(&shadow(), None);
    let second = decide(&shadow(), None);
    let bytes = |answer: &PlannedDecision| answer.decision.to_canonical_bytes().expect("finite");
    assert_eq!(bytes(&first), bytes(&second));
    assert_eq!(first.state.digest().expect("finite"), second.state.digest().expect("finite"));

    let stored = serde_json::to_string(&first.decision).expect("JSON");
    let mut decision: Decision = serde_json::from_str(&stored).expect("a decision");
    assert_eq!(gate().verify(&decision, &plan, &observations, None).expect("an answer"), []);
    decision.outcome = Outcome::Reject;
    let found = gate().verify(&decision, &plan, &observations, None).expect("an answer");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["`outcome` is `\"reject\"`; the documents give `\"promote\"`"]);

    // A state is a document: what was stored and read again gives the same.
    let text = serde_json::to_vec(&first.state).expect("JSON");
    let state: State =
        document::read(&text, Format::Json, phasegate::state::MAX_STATE_BYTES).expect("a state");
    assert_eq!(state, first.state);
}
