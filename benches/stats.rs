//! What statistics cost, from raw values where scipy takes raw values, beside what the machine
//! needs at least: a pass over the same bytes, a sort of the same values.
//!
//! Each case has the name that `stats_scipy.py` gives its rival; `cargo xtask bench-stats` runs
//! both and prints one table. Both sides are measured in processor time, which another program on
//! the machine does not lengthen.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use phasegate::stats::one_sample::{bca_mean, binomial_exact, clopper_pearson};
use phasegate::stats::paired::{mcnemar_exact, sign_flip, tango};
use phasegate::stats::sequential::{Spending, spending_bounds};
use phasegate::stats::summary::{
    ClassicHistogram, LogHistogram, Moments, Pair, PairTally, PairedValues, SortedRun, Summary,
    Tally,
};
use phasegate::stats::two_sample::{
    Events, RankReference, fisher, hodges_lehmann, mann_whitney, miettinen_nurminen, permutation,
    poisson_rate_ratio, quantile_difference, welch,
};
use phasegate::stats::{Alpha, Alternative, Draws, Outcome, Question};
use phasegate_benches::ProcessorTime;
use phasegate_fixtures::latencies;

const AGAINST_ZERO: Question = Question::differs_from(0.0);
const DRAWS: Draws = Draws { seed: 1, count: 9_999 };

/// From raw values to the answer.
fn raw(c: &mut Criterion<ProcessorTime>) {
    let (baseline, candidate) = (latencies(1, 1_000_000), latencies(2, 1_000_000));
    let mut group = c.benchmark_group("stats");
    group.sample_size(20);
    group.bench_function("welch 2x1e6", |b| {
        b.iter(|| {
            let (one, other) = (summed::<Moments>(&baseline), summed::<Moments>(&candidate));
            answer(welch(&one, &other, &AGAINST_ZERO))
        });
    });
    for (name, size) in
        [("quantile difference 2x1e4", 10_000), ("quantile difference 2x1e6", 1_000_000)]
    {
        let (baseline, candidate) = (&baseline[..size], &candidate[..size]);
        group.bench_function(name, |b| {
            b.iter(|| {
                let (one, other) = (summed::<SortedRun>(baseline), summed::<SortedRun>(candidate));
                answer(quantile_difference(&one, &other, 0.95, &AGAINST_ZERO))
            });
        });
    }
    group.bench_function("mann-whitney 2x1e6", |b| {
        let question = Question::differs_from(0.5);
        b.iter(|| {
            let (one, other) = (summed::<SortedRun>(&baseline), summed::<SortedRun>(&candidate));
            answer(mann_whitney(&one, &other, &question, RankReference::Automatic))
        });
    });
    // Without a rival in scipy.
    group.bench_function("hodges-lehmann 2x1e4", |b| {
        let (baseline, candidate) = (&baseline[..10_000], &candidate[..10_000]);
        b.iter(|| {
            let (one, other) = (summed::<SortedRun>(baseline), summed::<SortedRun>(candidate));
            answer(hodges_lehmann(&one, &other, &AGAINST_ZERO, RankReference::Automatic))
        });
    });
    group.bench_function("logarithmic histogram 1e6", |b| {
        b.iter(|| {
            let mut histogram = LogHistogram::new(5, 0.0).expect("a schema");
            histogram.update_slice(black_box(&baseline)).expect("finite values");
            histogram.count()
        });
    });
    group.bench_function("classic histogram 1e6", |b| {
        let bounds: Vec<f64> = (0..20).map(|power| 50.0 * 1.3_f64.powi(power)).collect();
        let empty = ClassicHistogram::new(&bounds).expect("bounds");
        b.iter(|| {
            let mut histogram = empty.clone();
            histogram.update_slice(black_box(&baseline)).expect("finite values");
            histogram.count()
        });
    });
    group.finish();
    resampled(c, &baseline[..10_000], &candidate[..10_000]);
    limits(c, &baseline, &candidate);
}

/// From raw values by rearrangement, 9,999 times.
fn resampled(c: &mut Criterion<ProcessorTime>, baseline: &[f64], candidate: &[f64]) {
    let mut group = c.benchmark_group("stats");
    group.sample_size(10);
    group.bench_function("permutation 2x1e4", |b| {
        b.iter(|| {
            let (one, other) = (summed::<SortedRun>(baseline), summed::<SortedRun>(candidate));
            answer(permutation(&one, &other, &AGAINST_ZERO, DRAWS))
        });
    });
    let pairs: Vec<Pair> = baseline
        .iter()
        .zip(candidate)
        .map(|(&baseline, &candidate)| Pair { baseline, candidate })
        .collect();
    group.bench_function("sign flip 1e4", |b| {
        b.iter(|| {
            let mut values = PairedValues::default();
            values.update_slice(black_box(&pairs)).expect("finite values");
            answer(sign_flip(&values, &AGAINST_ZERO, DRAWS))
        });
    });
    group.bench_function("bca mean 1e4", |b| {
        b.iter(|| {
            let values = summed::<SortedRun>(baseline);
            answer(bca_mean(&values, &AGAINST_ZERO, DRAWS))
        });
    });
    group.finish();
}

/// What no method that reads, or orders, the same values can go below.
fn limits(c: &mut Criterion<ProcessorTime>, baseline: &[f64], candidate: &[f64]) {
    let mut group = c.benchmark_group("limit");
    group.sample_size(20);
    group.bench_function("sum of 1e6", |b| b.iter(|| sum(black_box(baseline))));
    group.bench_function("sum of 2x1e6", |b| {
        b.iter(|| sum(black_box(baseline)) + sum(black_box(candidate)));
    });
    for (name, size) in [("sort of 2x1e4", 10_000), ("sort of 2x1e6", 1_000_000)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                // The values are positive: their bits are in their order.
                [baseline, candidate].map(|values| {
                    let keys = black_box(&values[..size]).iter().map(|value| value.to_bits());
                    let mut keys: Vec<u64> = keys.collect();
                    keys.sort_unstable();
                    keys
                })
            });
        });
    }
    group.finish();
}

/// The sum in eight lanes, which the compiler runs side by side: one pass at full speed.
fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    for eight in values.as_chunks::<8>().0 {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane += value;
        }
    }
    lanes.iter().sum()
}

/// From counts and summaries to the answer.
fn scalar(c: &mut Criterion<ProcessorTime>) {
    let tally = |successes, trials| Tally::new(successes, trials).expect("a tally");
    let (baseline, candidate) = (tally(90_000, 100_000), tally(90_300, 100_000));
    let pass = tally(958, 1000);
    let pairs = PairTally::new(794, 86, 150, 570).expect("pairs");
    let moments = |mean| Moments::from_parts(1000, mean, 24_975.0).expect("moments");
    let (slow, quick) = (moments(100.0), moments(100.4));
    let events = |count| Events { count, exposure: 1000.0 };
    let mut group = c.benchmark_group("stats");
    group.bench_function("fisher 2x1e5", |b| {
        b.iter(|| answer(fisher(black_box(&baseline), &candidate, &Question::differs_from(1.0))));
    });
    group.bench_function("mcnemar exact", |b| {
        b.iter(|| answer(mcnemar_exact(black_box(&pairs), &AGAINST_ZERO)));
    });
    group.bench_function("binomial exact", |b| {
        b.iter(|| answer(binomial_exact(black_box(&pass), &Question::differs_from(0.95))));
    });
    group.bench_function("clopper-pearson", |b| {
        b.iter(|| answer(clopper_pearson(black_box(&pass), &Question::greater_than(0.95))));
    });
    group.bench_function("welch from moments", |b| {
        b.iter(|| answer(welch(black_box(&slow), &quick, &AGAINST_ZERO)));
    });
    group.bench_function("poisson rate ratio", |b| {
        let question = Question::differs_from(1.0);
        b.iter(|| answer(poisson_rate_ratio(black_box(&events(400)), &events(450), &question)));
    });
    // What follows has no rival in scipy.
    group.bench_function("spending bounds, 5 looks", |b| {
        let phases = [0.01, 0.05, 0.25, 0.5, 1.0];
        let (alpha, greater) = (Alpha::FIVE_PERCENT, Alternative::Greater);
        b.iter(|| {
            let looks =
                spending_bounds(Spending::ObrienFleming, alpha, greater, black_box(&phases));
            looks.expect("bounds")
        });
    });
    group.bench_function("miettinen-nurminen 2x1e5", |b| {
        let question = Question::greater_than(-0.01);
        b.iter(|| answer(miettinen_nurminen(black_box(&baseline), &candidate, &question)));
    });
    group.bench_function("tango", |b| {
        b.iter(|| answer(tango(black_box(&pairs), &Question::greater_than(-0.02))));
    });
    group.finish();
}

fn summed<S: Summary<Item = f64> + Default>(values: &[f64]) -> S {
    let mut summary = S::default();
    summary.update_slice(black_box(values)).expect("finite values");
    summary
}

/// A benchmark of a refusal is worse than none.
fn answer(outcome: Result<Outcome, phasegate::stats::Error>) -> Outcome {
    outcome.expect("an answer")
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime::Thread);
    targets = raw, scalar
}
criterion_main!(benches);
