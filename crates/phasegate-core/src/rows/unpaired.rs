//! Rows of both versions apart: only sums are kept, whatever the number of rows.

use std::collections::BTreeMap;

use phasegate_stats::summary::{LogHistogram, Summary as _};

use super::cover::Cover;
use super::spec::{Reads, Spec};
use super::sums::{GroupedSums, MeanSums, RatioSums};
use super::{Row, hours};
use crate::observations::{
    Count, EventCount, Histogram, MeanOf, MetricData, MetricObservations, PhaseObservations,
    SourceRole,
};

/// Buckets 0.27 % wide, the finest there are.
const SCHEMA: i8 = 8;

/// How many values wait to be counted into a histogram together.
const BATCH: usize = 4096;

/// What is kept of a phase whose rows are not paired.
#[derive(Debug, Clone)]
pub(super) struct Unpaired {
    baseline: Arm,
    candidate: Arm,
}

/// What is kept of one version.
#[derive(Debug, Clone, Default)]
struct Arm {
    rows: u64,
    cover: Cover,
    metrics: Vec<(Sums, u64)>,
}

/// What is kept of one metric; beside it stands how many values were missing.
#[derive(Debug, Clone)]
enum Sums {
    Count(Count),
    Mean(MeanSums),
    Histogram(Buckets),
    Ratio(RatioSums),
    Grouped(GroupedSums),
    Events(u64),
}

#[derive(Debug, Clone, Default)]
struct Buckets {
    counted: Option<LogHistogram>,
    waiting: Vec<f64>,
}

impl Unpaired {
    pub(super) fn new(specs: &[Spec]) -> Self {
        let sums = |spec: &Spec| match spec.reads {
            Reads::Proportion(_) | Reads::Mean(_) | Reads::Ratio(..) if spec.cluster.is_some() => {
                Sums::Grouped(GroupedSums::default())
            }
            Reads::Proportion(_) => Sums::Count(Count::default()),
            Reads::Mean(_) => Sums::Mean(MeanSums::default()),
            Reads::Quantile(..) => Sums::Histogram(Buckets::default()),
            Reads::Ratio(..) => Sums::Ratio(RatioSums::default()),
            Reads::Rate(_) => Sums::Events(0),
        };
        let arm =
            Arm { metrics: specs.iter().map(|spec| (sums(spec), 0)).collect(), ..Arm::default() };
        Self { baseline: arm.clone(), candidate: arm }
    }

    pub(super) fn has_room(&self) -> bool {
        self.baseline.cover.has_room() && self.candidate.cover.has_room()
    }

    /// Takes a row whose values were checked.
    pub(super) fn push(&mut self, row: &Row<'_>, specs: &[Spec]) {
        let arm = match row.arm {
            SourceRole::Baseline => &mut self.baseline,
            SourceRole::Candidate => &mut self.candidate,
        };
        arm.rows += 1;
        arm.cover.add(row.time.unix_nanos());
        let value = |at: usize| row.values.get(at).copied().flatten();
        for (spec, (sums, missing)) in specs.iter().zip(&mut arm.metrics) {
            let seen = match spec.reads {
                Reads::Proportion(at)
                | Reads::Mean(at)
                | Reads::Quantile(at, _)
                | Reads::Rate(at) => value(at).map(|value| (value, 1.0)),
                Reads::Ratio(numerator, denominator) => value(numerator).zip(value(denominator)),
            };
            let Some((value, denominator)) = seen else {
                *missing += 1;
                continue;
            };
            match sums {
                Sums::Count(count) => {
                    count.k += u64::from(value > 0.0);
                    count.n += 1;
                }
                Sums::Mean(sums) => sums.add(value),
                Sums::Histogram(buckets) => buckets.add(value),
                Sums::Ratio(sums) => sums.add(value, denominator),
                Sums::Grouped(sums) => {
                    let cluster = spec.cluster.and_then(|at| row.clusters.get(at).copied());
                    sums.add(cluster.flatten().unwrap_or_default(), value, denominator);
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count was checked to be whole and within 2^53-1"
                )]
                Sums::Events(events) => *events = events.saturating_add(value as u64),
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.baseline.merge(other.baseline);
        self.candidate.merge(other.candidate);
    }

    /// The first and the last row.
    pub(super) fn ends(&self) -> impl Iterator<Item = (i64, i64)> {
        self.baseline.cover.ends().into_iter().chain(self.candidate.cover.ends())
    }

    pub(super) fn finish(self, specs: &[Spec]) -> PhaseObservations {
        let Self { baseline, candidate } = self;
        let covered = [baseline.cover.nanos(), candidate.cover.nanos()];
        let mut metrics = BTreeMap::new();
        for (spec, (baseline, candidate)) in
            specs.iter().zip(baseline.metrics.into_iter().zip(candidate.metrics))
        {
            let missing = baseline.1 + candidate.1;
            if let Some(data) = data(baseline.0, candidate.0, covered) {
                let seen = MetricObservations { data, unpaired: 0, censored: 0, missing };
                metrics.insert(spec.id.clone(), seen);
            }
        }
        PhaseObservations {
            candidate_requests: candidate.rows,
            baseline_requests: baseline.rows,
            weight: None,
            covered_ms: covered[1] / 1_000_000,
            pairs: None,
            metrics,
        }
    }
}

impl Arm {
    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.cover.merge(other.cover);
        for ((sums, missing), (more, more_missing)) in self.metrics.iter_mut().zip(other.metrics) {
            *missing += more_missing;
            match (sums, more) {
                (Sums::Count(sums), Sums::Count(more)) => {
                    sums.k += more.k;
                    sums.n += more.n;
                }
                (Sums::Mean(sums), Sums::Mean(more)) => sums.merge(more),
                (Sums::Histogram(sums), Sums::Histogram(more)) => sums.merge(more),
                (Sums::Ratio(sums), Sums::Ratio(more)) => sums.merge(more),
                (Sums::Grouped(sums), Sums::Grouped(more)) => sums.merge(more),
                (Sums::Events(sums), Sums::Events(more)) => *sums = sums.saturating_add(more),
                // Both were made for the same metrics.
                _ => {}
            }
        }
    }
}

impl Buckets {
    fn add(&mut self, value: f64) {
        self.waiting.push(value);
        if self.waiting.len() >= BATCH {
            self.count();
        }
    }

    fn count(&mut self) {
        if self.counted.is_none() {
            self.counted = LogHistogram::new(SCHEMA, 0.0).ok();
        }
        if let Some(counted) = &mut self.counted {
            // The values are finite and not negative, and nobody has 2^64 of them.
            counted.update_slice(&self.waiting).unwrap_or(());
        }
        self.waiting.clear();
    }

    fn merge(&mut self, mut other: Self) {
        self.count();
        other.count();
        if let (Some(counted), Some(more)) = (&mut self.counted, &other.counted) {
            // Both have one schema.
            counted.merge(more).unwrap_or(());
        }
    }

    fn finish(mut self) -> Histogram {
        self.count();
        Histogram::Native {
            schema: SCHEMA,
            zero_threshold: 0.0,
            zero_count: self.counted.as_ref().map_or(0, LogHistogram::zero),
            positive: self.counted.iter().flat_map(LogHistogram::positive).collect(),
        }
    }
}

/// The summary of both versions; none where it is of nothing that a document can carry.
fn data(baseline: Sums, candidate: Sums, covered: [u64; 2]) -> Option<MetricData> {
    let means = |baseline: Option<MeanOf>, candidate: Option<MeanOf>| {
        baseline
            .zip(candidate)
            .map(|(baseline, candidate)| MetricData::Means { baseline, candidate })
    };
    match (baseline, candidate) {
        (Sums::Count(baseline), Sums::Count(candidate)) => {
            Some(MetricData::Counts { baseline, candidate })
        }
        (Sums::Mean(baseline), Sums::Mean(candidate)) => {
            means(Some(baseline.finish()), Some(candidate.finish()))
        }
        (Sums::Histogram(baseline), Sums::Histogram(candidate)) => Some(MetricData::Histograms {
            baseline: baseline.finish(),
            candidate: candidate.finish(),
        }),
        (Sums::Ratio(baseline), Sums::Ratio(candidate)) => {
            means(baseline.finish(), candidate.finish())
        }
        (Sums::Grouped(baseline), Sums::Grouped(candidate)) => {
            means(baseline.finish(), candidate.finish())
        }
        (Sums::Events(baseline), Sums::Events(candidate)) => {
            let seen = |events: u64, nanos: u64| {
                (nanos > 0).then(|| EventCount { events, hours: hours(nanos) })
            };
            let [covered_baseline, covered_candidate] = covered;
            seen(baseline, covered_baseline)
                .zip(seen(candidate, covered_candidate))
                .map(|(baseline, candidate)| MetricData::Events { baseline, candidate })
        }
        _ => None,
    }
}
