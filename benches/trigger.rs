//! What watching costs: observations per second through the runbook's triggers, and per trigger
//! more.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]
#![expect(clippy::print_stdout, reason = "what the long run shows is read there")]

use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use phasegate::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use phasegate::read::Format;
use phasegate::trigger::{
    Engine, Latencies, Observation, ObservationSchema, Sample, SecurityChecks, SloWindow,
};
use phasegate::{Timestamp, canonical, document};

/// 2026-03-01T00:00:00Z.
const START: i64 = 1_772_323_200_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// One record per second of a healthy version, with everything that the runbook watches.
fn stream(count: i64) -> Vec<Observation> {
    (0..count)
        .map(|index| {
            let upper_ms: Vec<f64> =
                [50, 100, 250, 500, 1000, 2000, 3000, 5000, 9000].map(f64::from).to_vec();
            let latencies = Latencies { upper_ms, counts: vec![5, 20, 40, 20, 8, 4, 2, 1, 0, 0] };
            Observation {
                schema: ObservationSchema::V1,
                source: "gateway".to_owned(),
                sequence: u64::try_from(index).expect("it is not negative"),
                time: Timestamp::from_unix_nanos(START + index * SECOND),
                phase: Some("gray_5".to_owned()),
                candidate: Sample {
                    requests: Some(100),
                    errors: Some(1),
                    latency_ms: Some(latencies),
                    p95_latency_ms: None,
                    security: Some(SecurityChecks { passed: 20, total: 20 }),
                },
                baseline: Sample::default(),
                cost_usd: Some(0.0001),
                slo: (index % 300 == 0).then_some(SloWindow::Met),
            }
        })
        .collect()
}

/// The runbook's triggers, and so many more of the same kind as its error spike.
fn engine(more: usize) -> Engine {
    let mut plan: Plan =
        document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES).expect("the runbook");
    let spike = plan.triggers.iter().find(|trigger| trigger.id == "error_spike").cloned();
    let spike = spike.expect("the runbook watches errors");
    plan.triggers.extend((0..more).map(|index| {
        let mut trigger = spike.clone();
        trigger.id = format!("spike_{index}");
        trigger
    }));
    Engine::new(&plan).expect("its triggers")
}

fn watch(c: &mut Criterion) {
    let observations = stream(10_000);
    let mut group = c.benchmark_group("watch");
    group.throughput(Throughput::Elements(observations.len() as u64));
    for more in [0, 5, 20] {
        let engine = engine(more);
        group.bench_with_input(BenchmarkId::from_parameter(5 + more), &engine, |b, engine| {
            b.iter(|| {
                let mut state = engine.begin();
                for observation in &observations {
                    let step = engine.step(state, observation, observation.time);
                    state = step.expect("its own state").state;
                }
                state
            });
        });
    }
    group.finish();
}

/// How many observations the long run has, and after how many memory is compared.
const LONG: i64 = 100_000_000;
const SETTLED: i64 = 1_000_000;

/// A hundred million observations through the runbook's triggers, where everything is asked for:
/// how many per second, and by how much memory grew after the first million.
fn long(_: &mut Criterion) {
    if std::env::var_os("PHASEGATE_BENCH_FULL").is_none() {
        return;
    }
    let engine = engine(0);
    // The stream is one observation that moves on: nothing else could be told from its memory.
    let mut observation = stream(1).pop().expect("one observation");
    let mut state = engine.begin();
    let mut settled = None;
    let start = Instant::now();
    for index in 0..LONG {
        observation.sequence = u64::try_from(index).expect("it is not negative");
        observation.time = Timestamp::from_unix_nanos(START + index * SECOND / 10);
        observation.slo = (index % 3000 == 0).then_some(SloWindow::Met);
        state = engine.step(state, &observation, observation.time).expect("its own state").state;
        if index == SETTLED {
            settled = resident_kib();
        }
    }
    let per_second = LONG as f64 / start.elapsed().as_secs_f64();
    let bytes = canonical::to_bytes(&state).expect("finite numbers").len();
    println!(
        "watch/long: {LONG} observations, {per_second:.0} per second; the state has {bytes} bytes"
    );
    if let (Some(before), Some(after)) = (settled, resident_kib()) {
        println!("watch/long: {before} KiB resident after {SETTLED}, {after} KiB at the end");
        assert!(after <= before + 1024, "memory grows");
    }
}

/// What the process holds in memory; Linux alone says it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

criterion_group!(benches, watch, long);
criterion_main!(benches);
