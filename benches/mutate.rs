//! What mutation testing costs: a policy of about a thousand mutants, each asked twenty times
//! unless a row notices it before.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::fmt::Write as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phasegate_benches::ProcessorTime;
use phasegate_lab::Project;
use phasegate_lab::mutate::{self, MutateOptions};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many rules the policy has; each is good for about seven mutants.
const RULES: usize = 150;

/// How many rows its case table has.
const ROWS: usize = 20;

fn project() -> Project {
    let mut policy = "package lifecycle.promotion\n\ndefault allow := false\n\n".to_owned();
    policy.push_str("allow if count(deny) == 0\n");
    for rule in 0..RULES {
        // Writing to a String cannot fail.
        let _ = write!(
            policy,
            "\ndeny contains \"{rule}\" if {{\n\tinput.metrics.a > {}\n\tinput.metrics.b < 10\n}}\n",
            rule + 100
        );
    }
    let mut table = "input: {metrics: {a: 1, b: 1}}\ncases:\n".to_owned();
    for row in 0..ROWS {
        let _ = writeln!(table, "  - {{set: {{metrics.a: {row}}}, outcome: promote}}");
    }
    let files = [("p.rego", policy), ("p.cases.yaml", table)];
    Project::of_files(files.map(|(path, text)| (path.to_owned(), text.into_bytes())))
        .expect("the project loads")
}

fn mutants(c: &mut Criterion<ProcessorTime>) {
    let project = project();
    let now = "2026-01-01T00:00:00Z".parse().expect("a moment");
    let options = MutateOptions::at(now);
    let count = mutate::mutants(&project).len();
    let mut group = c.benchmark_group("mutate");
    group.sample_size(10).throughput(Throughput::Elements(count as u64));
    group.bench_function("a thousand mutants", |b| {
        b.iter(|| mutate::run(&project, &options, &|_, _| {}).expect("they run"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime::Program);
    targets = mutants
}
criterion_main!(benches);
