//! What replaying recorded decisions costs: generated records through the shipped policies and
//! through the same with another threshold, on one thread and on as many as there are processors.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::num::NonZeroUsize;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use phasegate_lab::impact::{self, ImpactOptions, RawRecord, RecordReader, Side};
use serde_json::{Value, json};

/// How many records one replay has.
const RECORDS: usize = 4_096;

/// Events of OPA's decision log about generated inputs, as JSON Lines.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    for (number, input) in phasegate_fixtures::inputs(RECORDS).enumerate() {
        let input: Value = serde_json::from_str(&input).expect("JSON");
        let event = json!({
            "labels": {"id": "bench", "version": "1.0.0"},
            "decision_id": format!("00000000-0000-4000-8000-{number:012}"),
            "path": "lifecycle/promotion",
            "input": input,
            "result": {"allow": false, "violations": []},
            "timestamp": "2026-01-01T00:00:00Z",
        });
        log.extend(event.to_string().into_bytes());
        log.push(b'\n');
    }
    log
}

fn side(cost_limit: &str) -> Side {
    let mut files = phasegate::embedded();
    let floors = files.files.values_mut().find(|bytes| {
        std::str::from_utf8(bytes).is_ok_and(|text| text.contains("\"cost_increase_max\""))
    });
    let floors = floors.expect("the floors are there");
    let mut data: Value = serde_json::from_slice(floors).expect("JSON");
    data["cost_increase_max"] = serde_json::from_str(cost_limit).expect("a number");
    *floors = data.to_string().into_bytes();
    Side::load(&files, &phasegate::rego::PolicyOptions::default()).expect("the policies load")
}

fn replay(c: &mut Criterion) {
    let (old, new) = (side("0.1"), side("0.12"));
    let reader = RecordReader::new("log", log().leak() as &[u8]).expect("it is read");
    let records: Vec<RawRecord> = reader.collect::<Result<_, _>>().expect("they are read");
    let mut group = c.benchmark_group("impact");
    group.sample_size(10).throughput(Throughput::Elements(RECORDS as u64));
    for threads in [NonZeroUsize::MIN, std::thread::available_parallelism().expect("known")] {
        let mut options = ImpactOptions::at("2026-01-01T00:00:00Z".parse().expect("a moment"));
        options.parallel = Some(threads);
        group.bench_with_input(BenchmarkId::new("threads", threads), &options, |b, options| {
            b.iter(|| {
                let records = records.iter().cloned().map(Ok);
                impact::run(&old, &new, records, options, &mut |_| {}).expect("they are replayed")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
