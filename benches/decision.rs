//! What a decision costs, beside the same questions asked of plain regorus in the same run.
//!
//! `plain` is what one would write by hand: parse the input, clone a prepared engine, ask,
//! serialize nothing. `decide` is the whole gate: strict reading, guard, evaluation, decoding,
//! digests, decision id.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use phasegate::{Decision, Facts, Gate, Outcome, Request};
use phasegate_benches::{ENTRY, input, plain};
use serde_json::json;

/// The runbook's example, and the same with everything wrong that can be wrong at once.
fn cases() -> [(&'static str, String); 2] {
    let facts =
        Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture");
    // Bare, as the rival has to be given it.
    let allow = facts.value().to_string();
    let changes = [
        ("version.state", json!("stable")),
        ("metrics.p95_latency_ms", json!(3500)),
        ("metrics.error_rate", json!(0.05)),
        ("metrics.accuracy_delta", json!(-0.1)),
        ("metrics.security_pass_rate", json!(0.96)),
        ("metrics.cost_delta", json!(0.2)),
        ("statistical_tests.accuracy_p_value", json!(0.2)),
        ("statistical_tests.latency_p_value", json!(0.001)),
        ("thresholds.error_rate", json!(0.2)),
        ("thresholds.cost_increase_max", json!(0.3)),
        ("thresholds.statistical_significance_p", json!(0.1)),
        ("thresholds.security_pass_rate", json!(0.9)),
        ("shadow", json!({ "requests": 10, "hours": 1 })),
        ("gold_set", json!({ "security_pass_rate": 0.9, "overall_pass_rate": 0.8 })),
    ];
    let refuse = changes.iter().fold(facts, |facts, (path, value)| {
        facts.with(&path.parse().expect("a path"), value).expect("an input")
    });
    [("allow", allow), ("violations", refuse.value().to_string())]
}

fn decision(c: &mut Criterion) {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let engine = plain(gate.policy());
    for (name, text) in cases() {
        let facts = Facts::from_json(text.as_bytes()).expect("an input");
        let request = Request::new(facts.clone());
        let decision = gate.decide(&request);
        check(name, &decision);
        let mut rival = engine.clone();
        rival.set_input(input(facts.value()));
        let answer = rival.eval_rule(ENTRY.to_owned()).expect("it evaluates").to_string();
        let allows = answer.contains(r#"["data.lifecycle.promotion.allow",true]"#);
        assert_eq!(allows, decision.outcome == Outcome::Promote, "{answer}");
        let mut group = c.benchmark_group(name);
        group.bench_function("plain", |b| {
            b.iter(|| {
                let mut engine = engine.clone();
                engine.set_input(regorus::Value::from_json_str(black_box(&text)).expect("JSON"));
                engine.eval_rule(ENTRY.to_owned()).expect("it evaluates")
            });
        });
        group.bench_function("decide", |b| {
            b.iter(|| {
                let facts = Facts::from_json(black_box(&text).as_bytes()).expect("an input");
                gate.decide(&Request::new(facts))
            });
        });
        group
            .bench_function("explain", |b| b.iter(|| gate.explain(black_box(&request), &decision)));
        group.bench_function("guard", |b| {
            b.iter(|| {
                let needs = gate.policy().requirements();
                needs.map(|(_, needs)| needs.check(black_box(facts.value())).total).sum::<usize>()
            });
        });
        group.bench_function("read", |b| b.iter(|| Facts::from_json(black_box(&text).as_bytes())));
        group.bench_function("plain read", |b| {
            b.iter(|| regorus::Value::from_json_str(black_box(&text)).expect("JSON"));
        });
        group.bench_function("plain evaluation", |b| {
            let value = input(facts.value());
            b.iter(|| {
                let mut engine = engine.clone();
                engine.set_input(black_box(&value).clone());
                engine.eval_rule(ENTRY.to_owned()).expect("it evaluates")
            });
        });
        group.finish();
    }
}

/// A benchmark of the wrong thing is worse than none.
fn check(name: &str, decision: &Decision) {
    match name {
        "allow" => assert_eq!(decision.outcome, Outcome::Promote, "{decision:?}"),
        _ => assert!(decision.violations.len() >= 12, "{:?}", decision.violations),
    }
}

/// Throughput over ten thousand varied inputs, on one thread and on two, beside plain regorus: only
/// in long runs.
fn throughput(c: &mut Criterion) {
    if !long_run() {
        return;
    }
    let gate = Gate::builder().build().expect("the embedded policies load");
    let engine = plain(gate.policy());
    let facts: Vec<Facts> = phasegate_fixtures::inputs(10_000)
        .map(|text| Facts::from_json(text.as_bytes()).expect("an input"))
        .collect();
    let ask = |facts: &[Facts]| {
        for facts in facts {
            black_box(gate.decide(&Request::new(facts.clone())));
        }
    };
    let mut group = c.benchmark_group("throughput of 10,000");
    group.sample_size(10);
    group.bench_function("plain, one thread", |b| {
        let values: Vec<_> = facts.iter().map(|facts| input(facts.value())).collect();
        b.iter(|| {
            for value in &values {
                let mut engine = engine.clone();
                engine.set_input(value.clone());
                // Inputs without the facts are errors here and holds in the gate.
                black_box(engine.eval_rule(ENTRY.to_owned()).ok());
            }
        });
    });
    group.bench_function("decide, one thread", |b| b.iter(|| ask(&facts)));
    group.bench_function("decide, two threads", |b| {
        let (one, other) = facts.split_at(facts.len() / 2);
        b.iter(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| ask(one));
                ask(other);
            });
        });
    });
    group.finish();
}

/// `cargo xtask bench-full` asks for long runs.
fn long_run() -> bool {
    std::env::var_os("PHASEGATE_BENCH_FULL").is_some()
}

fn configured() -> Criterion {
    let seconds = if long_run() { 20 } else { 5 };
    Criterion::default().measurement_time(std::time::Duration::from_secs(seconds))
}

criterion_group! { name = benches; config = configured(); targets = decision, throughput }
criterion_main!(benches);
