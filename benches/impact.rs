//! What replaying recorded decisions costs: generated records through the shipped policies and
//! through the same with another threshold, on one thread and on as many as there are processors,
//! in processor time. With `PHASEGATE_BENCH_FULL` also a hundred thousand records at once, read
//! from their log, with how many processors were kept busy.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]
#![expect(clippy::print_stdout, reason = "what one long run took is shown")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::num::NonZeroUsize;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use phasegate_benches::ProcessorTime;
use phasegate_lab::impact::{self, ImpactOptions, RawRecord, RecordReader, Side};
use serde_json::{Value, json};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many records a replay has that is repeated, and one that is not.
const RECORDS: usize = 4_096;
const MANY_RECORDS: usize = 100_000;

/// Events of OPA's decision log about generated inputs, as JSON Lines.
fn log(records: usize) -> Vec<u8> {
    let mut log = Vec::new();
    for (number, input) in phasegate_fixtures::inputs(records).enumerate() {
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

/// One thread, and as many as there are processors.
fn threads() -> [NonZeroUsize; 2] {
    [NonZeroUsize::MIN, std::thread::available_parallelism().expect("known")]
}

fn options(threads: NonZeroUsize) -> ImpactOptions {
    let mut options = ImpactOptions::at("2026-01-01T00:00:00Z".parse().expect("a moment"));
    options.parallel = Some(threads);
    options
}

fn replay(c: &mut Criterion<ProcessorTime>) {
    let (old, new) = (side("0.1"), side("0.12"));
    let log = log(RECORDS);
    let reader = RecordReader::new("log", log.as_slice()).expect("it is read");
    let records: Vec<RawRecord> = reader.collect::<Result<_, _>>().expect("they are read");
    let mut group = c.benchmark_group("impact");
    group.sample_size(10).throughput(Throughput::Elements(RECORDS as u64));
    for threads in threads() {
        let options = options(threads);
        group.bench_with_input(BenchmarkId::new("threads", threads), &options, |b, options| {
            b.iter(|| {
                let records = records.iter().cloned().map(Ok);
                impact::run(&old, &new, records, options, &mut |_| {}).expect("they are replayed")
            });
        });
    }
    group.finish();
}

/// A log as long as a busy year's.
fn replay_many() {
    let (old, new) = (side("0.1"), side("0.12"));
    let log = log(MANY_RECORDS);
    for threads in threads() {
        let (began, computed) = (Instant::now(), ProcessorTime::Program.now());
        let reader = RecordReader::new("log", log.as_slice()).expect("it is read");
        let records = reader.map(|record| Ok(record.expect("it is read")));
        let impact = impact::run(&old, &new, records, &options(threads), &mut |_| {});
        assert_eq!(impact.expect("they are replayed").replayed, MANY_RECORDS);
        let seconds = began.elapsed().as_secs_f64();
        let computed = ProcessorTime::Program.now().saturating_sub(computed).as_secs_f64();
        println!(
            "{MANY_RECORDS} records on {threads} threads: {seconds:.1} s, {:.0} records per second \
             of a processor, {:.2} processors busy",
            MANY_RECORDS as f64 / computed,
            computed / seconds
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime::Program);
    targets = replay
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if std::env::var_os("PHASEGATE_BENCH_FULL").is_some() {
        replay_many();
    }
}
