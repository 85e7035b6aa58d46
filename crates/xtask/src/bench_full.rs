//! Every benchmark for real; never a part of `ci`, for its numbers mean something only at rest.

use crate::bench_stats;
use crate::run::{Failed, Runner};

/// What the benchmarks read to also run rivals and long cases.
const FULL: (&str, &str) = ("PHASEGATE_BENCH_FULL", "1");

/// Runs all benchmarks, optimized, with rivals and long runs; those of statistics last, beside
/// scipy.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    for bench in ["decision", "load", "rows", "trigger", "mutate", "impact"] {
        runner.step(
            bench,
            &["bench", "--package", "phasegate-benches", "--bench", bench],
            &[FULL],
        )?;
    }
    bench_stats::run(runner)
}
