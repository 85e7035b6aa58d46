//! What loading costs, once per policy set, and what a clone costs, once per call.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use criterion::{Criterion, criterion_group, criterion_main};
use phasegate::Gate;
use phasegate_benches::{plain, unprepared};

fn load(c: &mut Criterion) {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let engine = plain(gate.policy());
    let mut group = c.benchmark_group("load");
    // Plain regorus parses and analyzes; phasegate parses, checks, extracts the facts, and prepares
    // the same engine.
    group.bench_function("plain", |b| b.iter(|| plain(gate.policy())));
    group.bench_function("plain, not prepared", |b| b.iter(|| unprepared(gate.policy())));
    group.bench_function("gate", |b| b.iter(|| Gate::builder().build().expect("they load")));
    group.finish();
    let mut group = c.benchmark_group("clone");
    group.bench_function("plain", |b| b.iter(|| engine.clone()));
    group.bench_function("gate", |b| b.iter(|| gate.clone()));
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);
