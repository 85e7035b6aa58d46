//! The fold as a whole: the runbook's table at its exact boundaries, odd observations, laws.

use super::*;
use crate::document;
use crate::finding::TriggerAction;
use crate::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use crate::read::{self, Format};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// 2026-03-01T00:00:00Z.
const START: i64 = 1_772_323_200 * SECOND;

fn plan(triggers: &str) -> Plan {
    let (rest, _) = RUNBOOK.split_once("\ntriggers:\n").expect("the runbook has triggers");
    let text = format!("{rest}\ntriggers:\n{triggers}");
    document::read(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan")
}

fn engine(triggers: &str) -> Engine {
    Engine::new(&plan(triggers)).expect("triggers")
}

fn runbook() -> Engine {
    let plan: Plan =
        document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("a plan");
    Engine::new(&plan).expect("triggers")
}

fn blank(sequence: u64, nanos: i64) -> Observation {
    Observation {
        schema: ObservationSchema::V1,
        source: "gateway".to_owned(),
        sequence,
        time: Timestamp::from_unix_nanos(nanos),
        phase: None,
        candidate: Sample::default(),
        baseline: Sample::default(),
        cost_usd: None,
        slo: None,
    }
}

fn requests(sequence: u64, nanos: i64, requests: u64, errors: u64) -> Observation {
    let candidate = Sample { requests: Some(requests), errors: Some(errors), ..Sample::default() };
    Observation { candidate, ..blank(sequence, nanos) }
}

/// Takes observations one by one, each at its own time.
#[track_caller]
fn run<'a>(engine: &Engine, observations: impl IntoIterator<Item = &'a Observation>) -> Step {
    let mut last =
        Step { state: engine.begin(), receipt: None, findings: Vec::new(), cleared: Vec::new() };
    for observation in observations {
        last = engine.step(last.state, observation, observation.time).expect("its own state");
    }
    last
}

fn fired(step: &Step) -> Vec<&str> {
    let fired = step.findings.iter().filter(|finding| finding.status == TriggerStatus::Fired);
    fired.map(|finding| finding.id.as_str()).collect()
}

#[track_caller]
fn check(observations: &[Observation], expected: &[&str], action: Option<TriggerAction>) {
    let step = run(&runbook(), observations);
    assert_eq!(fired(&step), expected, "{:?}", step.findings);
    let worst = step.findings.iter().filter(|finding| finding.status == TriggerStatus::Fired);
    assert_eq!(worst.map(|finding| finding.action).max(), action);
}

#[test]
fn slo_violation_at_three_in_a_row() {
    let windows = |said: &str| -> Vec<Observation> {
        let each = said.chars().zip(0_u64..);
        let of = |(letter, index): (char, u64)| {
            let slo = if letter == 'x' { SloWindow::Missed } else { SloWindow::Met };
            let time = START + i64::try_from(index).expect("few") * 5 * MINUTE;
            Observation { slo: Some(slo), ..blank(index, time) }
        };
        each.map(of).collect()
    };
    let abort = Some(TriggerAction::Abort);
    check(&windows("xx"), &[], None);
    check(&windows("xxx"), &["slo_violation"], abort);
    check(&windows("xx.xx"), &[], None);
    check(&windows("xx.xxx"), &["slo_violation"], abort);
    check(&windows("xxx."), &[], None);
    let step = run(&runbook(), &windows("..xxxx"));
    let finding = step.findings.iter().find(|finding| finding.id == "slo_violation");
    let finding = finding.expect("it fires");
    assert_eq!(finding.windows, Some(4));
    // Since the third.
    assert_eq!(finding.since.unix_nanos(), START + 4 * 5 * MINUTE);
}

#[test]
fn security_failure_below_95_percent() {
    let of = |passed, total| {
        let security = Some(SecurityChecks { passed, total });
        [Observation { candidate: Sample { security, ..Sample::default() }, ..blank(1, START) }]
    };
    let quarantine = Some(TriggerAction::AbortAndQuarantine);
    check(&of(95, 100), &[], None);
    check(&of(94, 100), &["security_failure"], quarantine);
    check(&of(19, 20), &[], None);
    check(&of(18, 20), &["security_failure"], quarantine);
    // Below `min_samples` it holds.
    check(&of(0, 19), &[], None);
    // 0.95 as a double is below 95 %, and 2^52 cannot be told from one less by a rate.
    check(&of(950_000_000_000, 1_000_000_000_000), &[], None);
    check(&of(949_999_999_999, 1_000_000_000_000), &["security_failure"], quarantine);
}

#[test]
fn error_spike_above_10_percent() {
    let abort = Some(TriggerAction::Abort);
    check(&[requests(1, START, 100, 10)], &[], None);
    check(&[requests(1, START, 100, 11)], &["error_spike"], abort);
    check(&[requests(1, START, 49, 49)], &[], None);
    check(&[requests(1, START, 50, 6)], &["error_spike"], abort);
    // Over the window, not within a record.
    check(&[requests(1, START, 50, 10), requests(2, START + MINUTE, 50, 0)], &[], None);
    check(
        &[requests(1, START, 50, 10), requests(2, START + MINUTE, 50, 1)],
        &["error_spike"],
        abort,
    );
}

#[test]
fn latency_spike_above_three_times_the_threshold() {
    let abort = Some(TriggerAction::Abort);
    let counted = |longer: u64, all: u64| {
        let latencies =
            Latencies { upper_ms: vec![3000.0, 9000.0], counts: vec![all - longer, 0, longer] };
        let candidate = Sample { latency_ms: Some(latencies), ..Sample::default() };
        [Observation { candidate, ..blank(1, START) }]
    };
    // The 95th percentile of 100 is the 95th of them: five may be longer.
    check(&counted(5, 100), &[], None);
    check(&counted(6, 100), &["latency_spike"], abort);
    let given = |ms: f64| {
        let candidate =
            Sample { requests: Some(100), p95_latency_ms: Some(ms), ..Sample::default() };
        [Observation { candidate, ..blank(1, START) }]
    };
    check(&given(9000.0), &[], None);
    check(&given(9000.000000000002), &["latency_spike"], abort);
}

#[test]
fn cost_budget_above_the_limit_of_a_day() {
    let pause = Some(TriggerAction::PauseEvaluation);
    // Five hundred times ten cents: in doubles the sum is 49.99999999999975.
    let of = |count: u64| -> Vec<Observation> {
        let each = |index| {
            let time = START + i64::try_from(index).expect("few") * MINUTE;
            Observation { cost_usd: Some(0.1), ..blank(index, time) }
        };
        (0..count).map(each).collect()
    };
    check(&of(500), &[], None);
    check(&of(501), &["cost_budget"], pause);
    // The next day it is over, whether something comes or not.
    let engine = runbook();
    let step = run(&engine, &of(501));
    let until = step.findings.iter().find(|finding| finding.id == "cost_budget");
    let until = until.and_then(|finding| finding.until).expect("a reset");
    assert_eq!(until.unix_nanos(), START + 24 * HOUR);
    let before = Timestamp::from_unix_nanos(until.unix_nanos() - 1);
    assert_eq!(fired(&engine.tick(step.state.clone(), before).expect("a state")), ["cost_budget"]);
    let after = engine.tick(step.state.clone(), until).expect("a state");
    assert!(fired(&after).is_empty());
    assert_eq!(after.cleared.len(), 1);
    let next = Observation { cost_usd: Some(1.0), ..blank(501, START + 24 * HOUR) };
    assert!(fired(&engine.step(step.state, &next, next.time).expect("a state")).is_empty());
}

#[test]
fn a_burst_after_clean_hours_fires_within_a_window() {
    let engine = runbook();
    let mut state = engine.begin();
    let record = 30 * SECOND;
    let clean = 23 * HOUR / record;
    let mut first = None;
    for index in 0..clean + 10 {
        let time = START + index * record;
        let errors = if index < clean { 0 } else { 20 };
        let seen = requests(u64::try_from(index).expect("positive"), time, 40, errors);
        let step = engine.step(state, &seen, seen.time).expect("its own state");
        if fired(&step).contains(&"error_spike") {
            first.get_or_insert(index - clean + 1);
        }
        state = step.state;
    }
    // Ten parts of half a minute: 20 k of 400 are more than a tenth from the third record on.
    assert_eq!(first, Some(3));
}

#[test]
fn too_little_data_holds_unless_the_plan_says_otherwise() {
    for (rule, expected) in [
        ("hold", Some((TriggerStatus::Holding, TriggerAction::Hold))),
        ("fail", Some((TriggerStatus::Fired, TriggerAction::Abort))),
        ("ignore", None),
    ] {
        let engine = engine(&format!(
            "  - {{id: a, when: {{threshold: {{metric: error_rate, limit: {{absolute: 0.1}}}}}}, action: abort, min_samples: 10, missing: {rule}}}\n"
        ));
        let step = run(&engine, &[requests(1, START, 9, 9)]);
        let said = step.findings.first().map(|finding| (finding.status, finding.action));
        assert_eq!(said, expected, "{rule}");
        // Ten are enough, and what fires goes on when they leave the window, unless ignored.
        let gone = [requests(1, START, 10, 9), blank(2, START + HOUR)];
        assert_eq!(fired(&run(&engine, &gone)).is_empty(), rule == "ignore", "{rule}");
        let healed = [requests(1, START, 10, 9), requests(2, START + HOUR, 10, 0)];
        assert!(fired(&run(&engine, &healed)).is_empty());
    }
}

#[test]
fn odd_observations_have_defined_results() {
    let engine = runbook();
    let first = requests(5, START, 100, 0);
    let state = run(&engine, [&first]).state;
    let receipt = |sequence, time, now| {
        let seen = requests(sequence, time, 100, 100);
        let now = Timestamp::from_unix_nanos(now);
        let step = engine.step(state.clone(), &seen, now).expect("its own state");
        let taken = matches!(step.receipt, Some(Receipt::Taken { .. }));
        assert_eq!(step.state != state, taken);
        (step.receipt.expect("an observation"), fired(&step).contains(&"error_spike"))
    };
    let taken = |missed, behind_ns| Receipt::Taken { missed, behind_ns };
    assert_eq!(receipt(5, START, START), (Receipt::Duplicate, false));
    assert_eq!(receipt(4, START + MINUTE, START + MINUTE), (Receipt::Late, false));
    assert_eq!(receipt(6, START + MINUTE, START + MINUTE), (taken(0, 0), true));
    assert_eq!(receipt(9, START + MINUTE, START + MINUTE), (taken(3, 0), true));
    // A clock ahead by more than five minutes is not believed.
    assert_eq!(receipt(6, START + 5 * MINUTE + 1, START), (Receipt::Ahead, false));
    assert_eq!(receipt(6, START + 5 * MINUTE, START).0, taken(0, 0));
    // Out of order within the window counts; beyond it nothing is left to count in.
    assert_eq!(receipt(6, START - MINUTE, START), (taken(0, 60_000_000_000), true));
    assert_eq!(receipt(6, START - HOUR, START), (taken(0, 3_600_000_000_000), false));
    // The caller's clock going back changes nothing.
    assert!(receipt(6, START - MINUTE, START - MINUTE).1);
}

#[test]
fn sources_are_few() {
    let engine = runbook();
    let mut state = engine.begin();
    for index in 0..10_u64 {
        let seen = Observation { source: format!("s{index}"), ..blank(1, START) };
        let step = engine.step(state, &seen, seen.time).expect("its own state");
        assert_eq!(step.receipt == Some(Receipt::TooManySources), index >= 8);
        state = step.state;
    }
}

#[test]
fn windows_that_close_are_counted() {
    let engine = engine(
        "  - {id: a, when: {threshold: {metric: error_rate, limit: {threshold: 1}}}, action: abort, consecutive: 3, window: 1m, missing: ignore}\n",
    );
    // One record in the middle of each minute: x bad, . good, - none.
    let run_of = |said: &str| {
        let mut observations = Vec::new();
        for (letter, index) in said.chars().zip(0_u32..) {
            let time = START + i64::from(index) * MINUTE + 30 * SECOND;
            match letter {
                'x' => observations.push(requests(u64::from(index), time, 100, 3)),
                '.' => observations.push(requests(u64::from(index), time, 100, 2)),
                _ => {}
            }
        }
        fired(&run(&engine, &observations)).len()
    };
    // The last window is still open.
    assert_eq!(run_of("xxx"), 0);
    assert_eq!(run_of("xxx."), 1);
    assert_eq!(run_of("xxx.."), 0);
    assert_eq!(run_of("xx.x."), 0);
    assert_eq!(run_of("xx-x."), 1);
}

#[test]
fn gaps_count_as_failed_windows_where_missing_data_fail() {
    let engine = engine(
        "  - {id: a, when: {threshold: {metric: error_rate, limit: {absolute: 0.1}}}, action: abort, consecutive: 3, window: 1m, missing: fail}\n",
    );
    let after = |minutes: i64| {
        let seen = [requests(1, START, 9, 0), requests(2, START + minutes * MINUTE, 9, 0)];
        let step = run(&engine, &seen);
        (step.findings.first().and_then(|finding| finding.windows), fired(&step).len())
    };
    assert_eq!(after(3), (None, 0));
    assert_eq!(after(4), (Some(3), 1));
    assert_eq!(after(1_000_000), (Some(999_999), 1));
}

#[test]
fn for_hysteresis_and_cooldown() {
    let rate = "when: {threshold: {metric: error_rate, limit: {absolute: 0.1}}}, action: abort, window: 1m";
    // One record per minute, so that each is the whole window.
    let run_of = |options: &str, errors: &[u64]| {
        let engine = engine(&format!("  - {{id: a, {rate}, {options}}}\n"));
        let mut state = engine.begin();
        let mut said = String::new();
        for (&errors, index) in errors.iter().zip(0_u32..) {
            let seen = requests(u64::from(index), START + i64::from(index) * MINUTE, 100, errors);
            let step = engine.step(state, &seen, seen.time).expect("its own state");
            said.push(if fired(&step).is_empty() { '.' } else { 'x' });
            state = step.state;
        }
        said
    };
    assert_eq!(run_of("for: 2m", &[11, 11, 11, 10, 11, 11, 11, 11]), "..x...xx");
    assert_eq!(run_of("hysteresis: 0.2", &[10, 11, 10, 9, 8, 9, 11]), ".xxx..x");
    assert_eq!(run_of("cooldown: 2m", &[11, 10, 10, 10, 11, 10, 11, 0]), "xx..xxxx");
}

#[test]
fn conditions_combine() {
    let leaf = |limit: &str| format!("{{threshold: {{metric: error_rate, limit: {limit}}}}}");
    let (low, high) = (leaf("{absolute: 0.1}"), leaf("{absolute: 0.2}"));
    let security = "{threshold: {metric: security_pass_rate, limit: {absolute: 0.95}}}";
    for (when, errors, expected) in [
        (format!("{{all: [{low}, {high}]}}"), 15, Some(false)),
        (format!("{{all: [{low}, {high}]}}"), 25, Some(true)),
        (format!("{{any: [{low}, {high}]}}"), 15, Some(true)),
        (format!("{{not: {low}}}"), 15, Some(false)),
        (format!("{{not: {low}}}"), 5, Some(true)),
        // What is unknown decides only where the rest does not.
        (format!("{{all: [{low}, {security}]}}"), 5, Some(false)),
        (format!("{{all: [{low}, {security}]}}"), 15, None),
        (format!("{{any: [{low}, {security}]}}"), 15, Some(true)),
        (format!("{{any: [{low}, {security}]}}"), 5, None),
        (format!("{{not: {security}}}"), 5, None),
    ] {
        let engine = engine(&format!("  - {{id: a, when: {when}, action: abort}}\n"));
        let step = run(&engine, &[requests(1, START, 100, errors)]);
        let said = step.findings.first().map(|finding| finding.status);
        let said = match said {
            None => Some(false),
            Some(TriggerStatus::Fired) => Some(true),
            Some(TriggerStatus::Holding) => None,
        };
        assert_eq!(said, expected, "{when}, {errors}");
    }
}

#[test]
fn relative_to_the_baseline() {
    let engine = engine(
        "  - {id: errors, when: {threshold: {metric: error_rate, limit: {baseline: 1.5}}}, action: abort}\n  - {id: security, when: {threshold: {metric: security_pass_rate, limit: {baseline: 0.9}}}, action: abort}\n  - {id: latency, when: {threshold: {metric: p95_latency_ms, limit: {baseline: 2}}}, action: abort}\n",
    );
    let sample = |errors, passed, p95| Sample {
        requests: Some(100),
        errors: Some(errors),
        p95_latency_ms: Some(p95),
        latency_ms: None,
        security: Some(SecurityChecks { passed, total: 100 }),
    };
    let of = |candidate, baseline| {
        let seen = Observation { candidate, baseline, ..blank(1, START) };
        let step = run(&engine, [&seen]);
        fired(&step).join(" ")
    };
    assert_eq!(of(sample(6, 81, 2000.0), sample(4, 90, 1000.0)), "");
    assert_eq!(of(sample(7, 80, 2000.5), sample(4, 90, 1000.0)), "errors security latency");
}

#[test]
fn burn_rates_need_both_windows() {
    let engine = engine(
        "  - {id: a, when: {burn_rate: {metric: error_rate, objective: 0.99, windows: {sre: {period: 30d}}}}, action: abort, missing: ignore}\n",
    );
    // A record per minute; the budget is 1 %.
    let run_of = |said: &[(u64, u64)]| {
        let mut state = engine.begin();
        let mut fired_at = Vec::new();
        let mut minute = 0_u32;
        for &(minutes, errors) in said {
            for _ in 0..minutes {
                let time = START + i64::from(minute) * MINUTE;
                let seen = requests(u64::from(minute), time, 1000, errors);
                let step = engine.step(state, &seen, seen.time).expect("its own state");
                if !fired(&step).is_empty() {
                    fired_at.push(minute);
                }
                state = step.state;
                minute += 1;
            }
        }
        fired_at
    };
    // 14.4 times one percent, exactly, does not fire: but it is more than 6, and 6 hours of it have
    // not passed only because nothing was before.
    assert_eq!(run_of(&[(600, 10)]), [] as [u32; 0]);
    // All errors: an hour holds 144 of 1000 after nine minutes; then clean again, and the short
    // window ends it.
    let seen = run_of(&[(5000, 0), (20, 1000), (200, 0)]);
    assert_eq!(seen.first(), Some(&5008));
    assert!(seen.last().is_some_and(|&last| last < 5060), "{:?}", seen.last());
}

#[test]
fn error_budgets_run_out() {
    let engine = engine(
        "  - {id: a, when: {error_budget: {metric: error_rate, objective: 0.99, period: 4h, expected: 10000}}, action: hold}\n",
    );
    assert!(fired(&run(&engine, &[requests(1, START, 500, 100)])).is_empty());
    assert_eq!(fired(&run(&engine, &[requests(1, START, 500, 101)])), ["a"]);
}

#[test]
fn silence_is_noticed_unless_the_evaluation_is_paused() {
    let triggers = "  - {id: silent, when: {stale: {after: 10m}}, action: hold}\n  - {id: cost, when: {daily_budget: {limit_usd: 1}}, action: pause_evaluation, missing: ignore}\n";
    let engine = engine(triggers);
    let at = |minutes: i64| Timestamp::from_unix_nanos(START + minutes * MINUTE);
    let state = run(&engine, &[blank(1, START)]).state;
    let tick = |state: &TriggerState, minutes| engine.tick(state.clone(), at(minutes)).expect("ok");
    assert!(fired(&tick(&state, 10)).is_empty());
    assert_eq!(fired(&tick(&state, 11)), ["silent"]);
    let spent = Observation { cost_usd: Some(2.0), ..blank(1, START) };
    let state = run(&engine, [&spent]).state;
    assert_eq!(fired(&tick(&state, 11)), ["cost"]);
}

#[test]
fn harm_is_proved_per_phase() {
    let engine = engine(
        "  - {id: share, when: {harm: {metric: error_rate, limit: {absolute: 0.1}}}, action: abort, missing: ignore}\n  - {id: ratio, when: {harm: {metric: error_rate, limit: {baseline: 1.5}}}, action: abort, missing: ignore}\n",
    );
    let seen = |sequence: u64, phase: &str, errors| Observation {
        phase: Some(phase.to_owned()),
        baseline: Sample { requests: Some(100), errors: Some(2), ..Sample::default() },
        ..requests(sequence, START + i64::try_from(sequence).expect("few") * MINUTE, 100, errors)
    };
    let bad: Vec<_> = (0..10).map(|index| seen(index, "gray_1", 20)).collect();
    assert_eq!(fired(&run(&engine, &bad)), ["share", "ratio"]);
    // What is proved stays proved in the phase, and begins anew in the next.
    let healed: Vec<_> = (10..100).map(|index| seen(index, "gray_1", 0)).collect();
    assert_eq!(fired(&run(&engine, bad.iter().chain(&healed))), ["share", "ratio"]);
    let next = [seen(100, "gray_5", 0)];
    assert!(fired(&run(&engine, bad.iter().chain(&next))).is_empty());
    // Exactly the limit, or better, is no harm.
    let good: Vec<_> = (0..100).map(|index| seen(index, "gray_1", 2)).collect();
    assert!(fired(&run(&engine, &good)).is_empty());
}

#[test]
fn states_belong_to_their_plan() {
    let (one, other) = (runbook(), engine("  - {id: a, when: {slo: {}}, action: hold}\n"));
    let seen = blank(1, START);
    let error = other.step(one.begin(), &seen, seen.time).expect_err("another plan's");
    assert!(matches!(error, StateError::OtherPlan { .. }));
    let mut value = serde_json::to_value(one.begin()).expect("json");
    *value.pointer_mut("/triggers").expect("a list") = serde_json::json!([]);
    let damaged: TriggerState = serde_json::from_value(value).expect("a state");
    assert_eq!(one.check(&damaged), Err(StateError::Damaged));
}

#[test]
fn contradictions_are_told_with_their_paths() {
    let (rest, _) = RUNBOOK.split_once("\ntriggers:\n").expect("the runbook has triggers");
    let faults_of = |trigger: &str| -> Vec<String> {
        let text = format!("{rest}\ntriggers:\n  - {{action: abort, {trigger}}}\n");
        let outcome = document::read::<Plan>(text.as_bytes(), Format::Yaml, MAX_PLAN_BYTES);
        let told = |fault: &read::Fault| format!("{}: {}", fault.path, fault.message);
        outcome.map_or_else(|error| error.faults.iter().map(told).collect(), |_| Vec::new())
    };
    for (trigger, expected) in [
        ("id: a, when: {slo: {}}", ""),
        ("id: A b, when: {slo: {}}", "triggers[0].id: `A b` is not a name; use a-z, 0-9 and `_`"),
        (
            "id: a, when: {threshold: {metric: error_rate, limit: {absolute: 5}}}",
            "triggers[0].when.threshold.limit: it is no limit of this value; shares are from 0 to 1, and all have at most 18 digits on each side of the point",
        ),
        (
            "id: a, when: {any: [{slo: {}}, {daily_budget: {limit_usd: 5, zone: Berlin}}]}",
            "triggers[0].when.any[1].daily_budget.zone: `Berlin` is not a time zone; give an IANA name like `Europe/Berlin`, or `UTC`",
        ),
        (
            "id: a, when: {daily_budget: {}}",
            "triggers[0].when.daily_budget.limit_usd: missing; give it here or as `checklist.daily_budget_usd`",
        ),
        (
            "id: a, when: {slo: {}}, hysteresis: 0.1",
            "triggers[0].hysteresis: no condition here has a limit that could be eased",
        ),
        (
            "id: a, when: {stale: {after: 1m}}, consecutive: 2",
            "triggers[0].consecutive: it has a time of its own or is reported from outside; windows that close here cannot be counted with it",
        ),
        (
            "id: a, when: {threshold: {metric: error_rate, limit: {absolute: 0.1}}}, for: 1m, consecutive: 2",
            "triggers[0].for: it stands beside `consecutive`; give one of the two",
        ),
        (
            "id: a, when: {burn_rate: {metric: error_rate, objective: 0.9, windows: {sre: {phase: gray_7}}}}",
            "triggers[0].when.burn_rate.windows.sre.phase: the plan has no phase `gray_7` with a `min_duration`",
        ),
        (
            "id: a, when: {burn_rate: {metric: error_rate, objective: 0.9, windows: {pairs: [{long: 1m, short: 5m, factor: 2}]}}}",
            "triggers[0].when.burn_rate.windows.pairs[0].short: it is not shorter than the long one; exchange them",
        ),
        (
            "id: a, when: {harm: {metric: p95_latency_ms, limit: {baseline: 2}}}",
            "triggers[0].when.harm.limit: against the baseline only `error_rate` can be proved",
        ),
        (
            "id: a, when: {threshold: {metric: error_rate, limits: {absolute: 0.1}}}",
            "triggers[0].when.threshold.limit: missing; give one",
        ),
    ] {
        let faults = faults_of(trigger);
        assert_eq!(faults.first().map_or("", String::as_str), expected, "{trigger}: {faults:?}");
    }
}

#[test]
fn false_alarms_of_a_healthy_version() {
    let healthy = Healthy {
        requests_per_hour: Some(12_000.0),
        error_rate: Some(0.02),
        slow_share: Some(0.01),
        security_checks_per_hour: Some(1200.0),
        security_failure_rate: Some(0.01),
        slo_miss_rate: Some(0.1),
    };
    let alarms = runbook().false_alarms(&healthy);
    let of = |id: &str| alarms.iter().find(|alarm| alarm.id == id).expect("a trigger");
    // (1 - 0.1^3) / (0.1^3 (1 - 0.1)) = 1110.
    let slo = of("slo_violation").expected_windows.expect("a number");
    assert!((slo - 1110.0).abs() < 1e-9, "{slo}");
    // More than 5 of the 100 checks of five minutes; python 3.11, exactly:
    // 1 - sum(comb(100, k) * p**k * (1 - p)**(100 - k) for k in range(6)), p = Fraction(1, 100).
    let chance = of("security_failure").chance_per_window.expect("a number");
    assert!((chance / 0.0005345344639930333 - 1.0).abs() < 1e-12, "{chance}");
    let hours = of("security_failure").expected_hours.expect("a number");
    assert!((hours * chance * 12.0 - 1.0).abs() < 1e-12);
    assert_eq!(of("cost_budget").chance_per_window, None);
    assert!(of("error_spike").expected_hours.is_some_and(|hours| hours > 1e20));
}

/// An observation that is anything the record allows, now and then odd.
fn any_observation() -> impl Strategy<Value = Observation> {
    let sample = (0..200_u64, 0..200_u64, 0..30_u64, any::<bool>(), any::<bool>());
    let numbers = (0..3_u64, -2 * MINUTE..10 * MINUTE, 0..4_u8, any::<bool>());
    (sample, numbers, 0..30_u64, 0..3_u8).prop_map(
        |(
            (requests, errors, failed, latency, security),
            (skip, passed, slo, cost),
            slow,
            source,
        )| {
            let errors = errors.min(requests);
            let latencies =
                Latencies { upper_ms: vec![1000.0, 9000.0], counts: vec![requests, 1, slow] };
            Observation {
                source: format!("s{source}"),
                candidate: Sample {
                    requests: Some(requests),
                    errors: Some(errors),
                    latency_ms: latency.then_some(latencies),
                    p95_latency_ms: (!latency).then_some(slow as f64 * 1000.0),
                    security: security.then_some(SecurityChecks { passed: 30 - failed, total: 30 }),
                },
                slo: [None, None, Some(SloWindow::Met), Some(SloWindow::Missed)][usize::from(slo)],
                cost_usd: cost.then_some(0.7),
                ..blank(skip, passed)
            }
        },
    )
}

/// A stream: sequence numbers and times add up, some of them backwards or not at all.
fn any_stream() -> impl Strategy<Value = Vec<Observation>> {
    proptest::collection::vec(any_observation(), 0..60).prop_map(|mut stream| {
        let (mut sequence, mut time) = (0, START);
        for observation in &mut stream {
            sequence += observation.sequence;
            time += observation.time.unix_nanos();
            observation.sequence = sequence;
            observation.time = Timestamp::from_unix_nanos(time);
        }
        stream
    })
}

const MANY: &str = "  - {id: slo, when: {slo: {}}, consecutive: 3, action: abort}
  - {id: errors, when: {any: [{threshold: {metric: error_rate, limit: {absolute: 0.4}}}, {threshold: {metric: p95_latency_ms, limit: {threshold: 3}}}]}, action: abort, hysteresis: 0.2, for: 2m, cooldown: 5m}
  - {id: closed, when: {threshold: {metric: error_rate, limit: {threshold: 2}}}, consecutive: 2, window: 3m, action: hold, missing: fail}
  - {id: security, when: {threshold: {metric: security_pass_rate, limit: {absolute: 0.6}}}, action: abort_and_quarantine, min_samples: 60}
  - {id: burn, when: {burn_rate: {metric: error_rate, objective: 0.9, windows: {pairs: [{long: 30m, short: 5m, factor: 3}]}}}, action: abort}
  - {id: budget, when: {error_budget: {metric: error_rate, objective: 0.6, period: 2h}}, action: hold}
  - {id: cost, when: {daily_budget: {limit_usd: 9, zone: Europe/Berlin}}, action: pause_evaluation}
  - {id: harm, when: {harm: {metric: error_rate, limit: {absolute: 0.5}}}, action: abort}
  - {id: silent, when: {all: [{stale: {after: 5m}}, {not: {slo: {}}}]}, action: hold}
";

fn again(state: &TriggerState) -> TriggerState {
    let bytes = crate::canonical::to_bytes(state).expect("finite numbers");
    document::read(&bytes, Format::Json, 1 << 16).expect("what was written")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_restart_between_any_two_steps_changes_nothing(
        stream in any_stream(),
        restarts in proptest::collection::vec(any::<bool>(), 60),
    ) {
        let engine = engine(MANY);
        let (mut straight, mut broken) = (engine.begin(), engine.begin());
        for (observation, restart) in stream.iter().zip(restarts) {
            if restart {
                broken = again(&broken);
            }
            let one = engine.step(straight, observation, observation.time).expect("a state");
            let other = engine.step(broken, observation, observation.time).expect("a state");
            prop_assert_eq!(&one, &other);
            let bytes = |step: &Step| crate::canonical::to_bytes(&step.findings).expect("finite");
            prop_assert_eq!(bytes(&one), bytes(&other));
            (straight, broken) = (one.state, other.state);
        }
    }

    #[test]
    fn the_worst_action_wins(stream in any_stream()) {
        let engine = engine(MANY);
        let mut state = engine.begin();
        for observation in &stream {
            let step = engine.step(state, observation, observation.time).expect("a state");
            let worst = step.findings.iter().map(|finding| finding.action).max();
            prop_assert_eq!(step.action(), worst);
            for finding in &step.findings {
                prop_assert!(finding.action <= worst.expect("there is one"));
                prop_assert!(!finding.evidence.is_empty());
                prop_assert!(finding.since <= step.state.clock().expect("it was stepped"));
            }
            state = step.state;
        }
    }

    /// One request more failed, one check more failed: never a milder action.
    #[test]
    fn worse_is_never_milder(stream in any_stream(), which in 0..60_usize) {
        let engine = runbook();
        let mut worse = stream.clone();
        if let Some(observation) = worse.get_mut(which) {
            let sample = &mut observation.candidate;
            sample.errors = sample.requests;
            if let Some(checks) = &mut sample.security {
                checks.passed = 0;
            }
            if let Some(latencies) = &mut sample.latency_ms {
                let all = latencies.counts.iter().sum();
                latencies.counts = vec![0, 0, all];
            }
            sample.p95_latency_ms = sample.p95_latency_ms.map(|ms| ms + 10_000.0);
            observation.cost_usd = observation.cost_usd.map(|usd| usd + 60.0);
            observation.slo = observation.slo.map(|_| SloWindow::Missed);
        }
        // Paused, missing data hold nothing: compare what fires.
        let fires = |stream: &[Observation]| {
            let findings = run(&engine, stream).findings;
            let fired = |finding: &&TriggerFinding| finding.status == TriggerStatus::Fired;
            findings.iter().filter(fired).map(|finding| finding.action).max()
        };
        prop_assert!(fires(&worse) >= fires(&stream));
    }
}

#[test]
fn the_state_stays_small() {
    let engine = runbook();
    let mut state = engine.begin();
    // As much as documents carry, from eight sources, for two days.
    let most = 1_000_000_000_000;
    for index in 0..6000_u32 {
        let time = START + i64::from(index) * 30 * SECOND + 123_456_789;
        let latencies = Latencies { upper_ms: vec![9000.0], counts: vec![most, most] };
        let seen = Observation {
            source: format!("{:40}", index % 8),
            phase: Some("p".repeat(64)),
            candidate: Sample {
                requests: Some(most),
                errors: Some(most),
                latency_ms: Some(latencies),
                p95_latency_ms: Some(1_234_567.890_123_456_7),
                security: Some(SecurityChecks { passed: 1, total: most }),
            },
            cost_usd: Some(123_456.123_456_789),
            slo: Some(SloWindow::Missed),
            ..blank((1 << 52) + u64::from(index), time)
        };
        state = engine.step(state, &seen, seen.time).expect("its own state").state;
    }
    let bytes = crate::canonical::to_bytes(&state).expect("finite numbers");
    assert!(bytes.len() < 4096, "{} bytes", bytes.len());
}
