//! What reading a request log costs a row: parsed and summed up, as apart (gray) and as pairs
//! (shadow), beside a parser of CSV that only finds the fields of the same bytes.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phasegate_core::observations::{RawLog, RowFormat};
use phasegate_core::plan::{MAX_PLAN_BYTES, Plan, RUNBOOK};
use phasegate_core::rows::RowFold;
use phasegate_core::{document, read::Format};
use phasegate_sources::rows::from_reader;

/// How many requests a log has; both versions answer each.
const REQUESTS: u32 = 10_000;

/// A log of one phase. The numbers only need to differ; a generator with a fixed start makes them.
fn log(phase: &str) -> String {
    let mut text = String::from("time,arm,phase,request_id,mirrored,latency_ms,error,cost_usd\n");
    let mut state = 1_u32;
    let mut random = |below: u32| {
        // Numerical Recipes' constants (Press and others, 2007, section 7.1).
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    for request in 0..REQUESTS {
        let (hour, minute, second) = (request / 3600 % 24, request / 60 % 60, request % 60);
        for arm in ["baseline", "candidate"] {
            let (latency, tenths) = (200 + random(2000), random(10));
            let (error, cost) = (random(100) == 0, random(100_000));
            writeln!(
                text,
                "2026-03-01T{hour:02}:{minute:02}:{second:02}Z,{arm},{phase},req-{request:08x},\
                 true,{latency}.{tenths},{error},0.{cost:05}"
            )
            .expect("a text");
        }
    }
    text
}

fn rows(c: &mut Criterion) {
    let plan: Plan = document::read(RUNBOOK.as_bytes(), Format::Yaml, MAX_PLAN_BYTES)
        .expect("the runbook is a plan");
    let mut group = c.benchmark_group("rows");
    group.throughput(Throughput::Elements(u64::from(2 * REQUESTS)));
    for (name, phase) in [("apart", "gray_25"), ("pairs", "shadow")] {
        let text = log(phase);
        let source = RawLog {
            path: "log.csv".to_owned(),
            format: Some(RowFormat::Csv),
            compression: None,
            arm: None,
            phase: None,
        };
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut fold = RowFold::new(&plan, None);
                from_reader(&source, text.as_bytes(), 0, &plan, &mut fold).expect("rows");
                fold.finish().expect("rows")
            });
        });
    }
    let text = log("shadow");
    group.bench_function("fields only, csv", |b| {
        b.iter(|| {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut record = csv::ByteRecord::new();
            let mut fields = 0;
            while reader.read_byte_record(&mut record).expect("a record") {
                fields += record.len();
            }
            black_box(fields)
        });
    });
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
