//! `phasegate triggers`: in plain words, and how often they fire for nothing.

use insta::assert_snapshot;

use crate::support::{Folder, run};

const RUNBOOK: &str = "crates/phasegate-core/src/plan/runbook.yaml";

#[test]
fn the_runbook_in_plain_words() {
    assert_snapshot!(run(&["triggers", "--plan", RUNBOOK]), @"
    exit 0
    --- stdout
    slo_violation  abort when a window of the service's SLO was missed, 3 times in a row
    security_failure  abort and quarantine when the security pass rate is below 95 %, over 5m; below 20 observations it holds
    error_spike  abort when the error rate is above 10 %, over 5m; below 50 observations it holds
    latency_spike  abort when P95 latency is above 9000 ms (3 times its threshold), over 5m; below 100 observations it holds
    cost_budget  pause the evaluation when evaluation has cost more than 50 USD today (UTC)
    ");
}

#[test]
fn how_often_they_fire_for_nothing() {
    let more = ["--requests-per-hour", "1200", "--error-rate", "0.05", "--slo-miss-rate", "0.1"];
    let args = ["triggers", "--plan", RUNBOOK, "--explain"];
    assert_snapshot!(run(&[&args[..], &more].concat()), @"
    exit 0
    --- stdout
    slo_violation  abort when a window of the service's SLO was missed, 3 times in a row
      a false alarm every 3.854 days: windows are independent; 3 in a row are needed
    security_failure  abort and quarantine when the security pass rate is below 95 %, over 5m; below 20 observations it holds
      a false alarm every 6.031 hours: windows side by side are independent
    error_spike  abort when the error rate is above 10 %, over 5m; below 50 observations it holds
      a false alarm every 7.264 hours: windows side by side are independent
    latency_spike  abort when P95 latency is above 9000 ms (3 times its threshold), over 5m; below 100 observations it holds
      a false alarm every 6.496 days: windows side by side are independent
    cost_budget  pause the evaluation when evaluation has cost more than 50 USD today (UTC)
      nothing can be said of false alarms: what a healthy version looks like is not known for all of its conditions
    A version that is well is taken to have 1200 requests an hour, of which 5 % fail and 1 % are slow,
    600 security checks an hour, of which 1 % fail, and 10 % of SLO windows missed.
    ");
    let answer = run(&[&args[..], &more, &["-o", "json"]].concat()).json();
    let alarm = |index: usize| answer["triggers"][index]["false_alarm"].clone();
    // (1 - q^3) / (q^3 (1 - q)) with q = 0.1, and windows of five minutes.
    let windows = alarm(0)["expected_windows"].as_f64().expect("a number");
    assert!((windows - 1110.0).abs() < 1e-9, "{windows}");
    // Python 3.11, exact fractions, p = 1/20:
    // 1 - sum(comb(100, k) * p**k * (1 - p)**(100 - k) for k in range(11))
    let chance = alarm(2)["chance_per_window"].as_f64().expect("a number");
    assert!((chance - 0.011_472_410_067_484_4).abs() < 1e-12, "{chance}");
    assert_eq!(answer["healthy"]["error_rate"], 0.05);
    assert_eq!(answer["triggers"][4]["id"], "cost_budget");
}

#[test]
fn every_kind_has_words() {
    let plan = std::fs::read_to_string(crate::support::root().join(RUNBOOK)).expect("the plan");
    let kept = plan.split("triggers:").next().expect("the head");
    let folder = Folder::of(&[(
        "plan.yaml",
        &format!(
            "{kept}triggers:
  - {{id: a, when: {{any: [{{stale: {{after: 10m, source: gateway}}}}, {{all: [{{slo: {{}}}},
      {{not: {{error_budget: {{metric: error_rate, objective: 0.99, period: 7d}}}}}}]}}]}},
      action: hold}}
  - {{id: b, when: {{burn_rate: {{metric: error_rate, objective: 0.999,
      windows: {{pairs: [{{long: 1h, short: 5m, factor: 14.4}}]}}}}}}, action: abort}}
  - {{id: c, when: {{burn_rate: {{metric: p95_latency_ms, objective: 0.99,
      windows: {{sre: {{phase: gray_5}}}}}}}}, action: abort}}
  - {{id: d, when: {{harm: {{metric: error_rate, limit: {{absolute: 0.05}}}}}}, action: abort}}
  - {{id: e, when: {{threshold: {{metric: error_rate, limit: {{baseline: 2}}}}}}, action: abort,
      consecutive: 3, window: 10m, hysteresis: 0.2, missing: fail}}
  - {{id: f, when: {{threshold: {{metric: security_pass_rate, limit: {{threshold: 0.9}}}}}},
      action: abort, for: 2m, cooldown: 1h, min_samples: 5, missing: ignore}}
"
        ),
    )]);
    let plan = folder.path("plan.yaml");
    assert_snapshot!(run(&["triggers", "--plan", &plan]), @"
    exit 0
    --- stdout
    a  hold when nothing has been heard from `gateway` for 10m or (a window of the service's SLO was missed and not (the error rate has used up the error budget of 1 % of 7d))
    b  abort when the error rate uses up the error budget of 0.1 % too fast: 14.4 times over 1h and 5m
    c  abort when P95 latency uses up the error budget of 1 % too fast: the SRE workbook's pairs of windows for the phase `gray_5`
    d  abort when it is proved that the error rate is above 5 %
    e  abort when the error rate is above 2 times the baseline's, in 3 windows of 10m in a row; without observations it fires; it ends 20 % within the limit
    f  abort when the security pass rate is below 89.1 % (0.9 times its threshold), over 5m, for 2m without a break; below 5 observations it is quiet; it goes on for 1h after it was last met
    ");
    assert_snapshot!(run(&["triggers", "--plan", &plan, "--explain"]), @"
    exit 0
    --- stdout
    a  hold when nothing has been heard from `gateway` for 10m or (a window of the service's SLO was missed and not (the error rate has used up the error budget of 1 % of 7d))
      nothing can be said of false alarms: what a healthy version looks like is not known for all of its conditions
    b  abort when the error rate uses up the error budget of 0.1 % too fast: 14.4 times over 1h and 5m
      a false alarm every 70.96 days: windows side by side are independent
    c  abort when P95 latency uses up the error budget of 1 % too fast: the SRE workbook's pairs of windows for the phase `gray_5`
      a false alarm every 0.1807 hours: windows side by side are independent
    d  abort when it is proved that the error rate is above 5 %
      fires falsely in at most 5 % of phases: the bound holds however often one looks, per phase
    e  abort when the error rate is above 2 times the baseline's, in 3 windows of 10m in a row; without observations it fires; it ends 20 % within the limit
      nothing can be said of false alarms: what a healthy version looks like is not known for all of its conditions
    f  abort when the security pass rate is below 89.1 % (0.9 times its threshold), over 5m, for 2m without a break; below 5 observations it is quiet; it goes on for 1h after it was last met
      a false alarm every 318.6 days: windows side by side are independent; it must be met for longer, so that alarms are rarer
    A version that is well is taken to have 6000 requests an hour, of which 1 % fail and 1 % are slow,
    600 security checks an hour, of which 1 % fail, and 1 % of SLO windows missed.
    ");
}

#[test]
fn what_cannot_be_read_is_told() {
    run(&["triggers", "--plan", "nowhere.yaml"]).fails(2, "cannot read nowhere.yaml");
    let args = ["triggers", "--plan", RUNBOOK, "--explain", "--error-rate", "7"];
    run(&args).fails(2, "give a fraction from 0 to 1");
    // What a version that is well looks like says nothing without `--explain`.
    run(&["triggers", "--plan", RUNBOOK, "--slow-share", "0.1"]).fails(2, "--explain");
}
