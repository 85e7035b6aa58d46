//! The same rows in the order of time: short records that triggers are fed with.
//!
//! Records are as long as the parts of the triggers' windows, so that triggers see of rows what
//! they would have seen live. A record holds sums alone, so that rows may come in any order.

use std::collections::BTreeMap;

use super::Row;
use super::columns::{Columns, ValueKind};
use crate::Timestamp;
use crate::observations::SourceRole;
use crate::plan::{Measure, Metric, Phase, Plan, Stage};
use crate::trigger::{
    self, Latencies, MAX_COST_USD, Observation, ObservationSchema, ROWS, Sample, Slots,
};

/// How many records are kept, the newest: three weeks in which every half minute has rows, but
/// eighteen hours where a window is so short that each second is one.
const MAX_RECORDS: usize = 65_536;

/// How many counts of latencies all records of an arm may have together: 32 MiB. Only where a
/// limit is relative to the baseline, which takes three hundred buckets, that leaves fewer records.
const MAX_COUNTS: usize = 1 << 22;

/// What triggers are fed of rows.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    /// None without triggers.
    reads: Option<Reads>,
    records: BTreeMap<Key, Record>,
    /// The record of the row before, which is nearly always the next one's too.
    recent: Option<(Key, Record)>,
    /// Whether there were more than are kept.
    is_cut: bool,
}

/// The slot of time, and the place of the phase in the plan.
type Key = (i64, usize);

/// What is read of a row, by the places among its values.
#[derive(Debug, Clone)]
struct Reads {
    slots: Slots,
    phases: Vec<(String, Stage)>,
    error: Option<usize>,
    /// With how many milliseconds its unit has.
    latency: Option<(usize, f64)>,
    cost: Option<usize>,
    bounds: Vec<f64>,
    deadline_ms: f64,
}

#[derive(Debug, Clone, Default)]
struct Record {
    last: i64,
    baseline: Arm,
    candidate: Arm,
    /// In billionths of a dollar: whole numbers have the same sum in any order.
    cost_nano_usd: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Arm {
    /// Errors and requests.
    answers: Option<[u64; 2]>,
    /// Per bucket; empty before there is one.
    latencies: Vec<u64>,
}

impl Stream {
    /// A column that metrics read gets its place from them.
    pub(super) fn new(plan: &Plan, columns: &mut Columns) -> Self {
        Self {
            reads: Slots::of(plan).map(|slots| Reads::new(plan, slots, columns)),
            records: BTreeMap::new(),
            recent: None,
            is_cut: false,
        }
    }

    /// Takes a row whose values were checked.
    pub(super) fn push(&mut self, phase: usize, row: &Row<'_>) {
        let Some(reads) = &self.reads else { return };
        let time = row.time.unix_nanos();
        let Some(slot) = reads.slots.of_time(time) else { return };
        let value = |at: usize| row.values.get(at).copied().flatten();
        let error = reads.error.and_then(value).map(|error| error > 0.0);
        let latency = reads.latency.and_then(|(at, factor)| Some(value(at)? * factor));
        let cost = reads.cost.and_then(value).filter(|_| {
            row.arm == SourceRole::Candidate
                && reads.phases.get(phase).is_some_and(|(_, stage)| *stage == Stage::Shadow)
        });
        let bucket = latency.and_then(|latency| reads.bucket(latency));
        let buckets = reads.bounds.len() + 1;
        let record = self.record((slot, phase), time);
        record.arm(row.arm).add(error, bucket, buckets);
        if let Some(usd) = cost {
            let sum = record.cost_nano_usd.get_or_insert(0);
            *sum = sum.saturating_add(trigger::nano_usd(usd));
        }
    }

    /// Takes a mirrored request that the candidate never answered: its error.
    pub(super) fn missed(&mut self, phase: usize, time: i64) {
        let Some(reads) = &self.reads else { return };
        let Some(slot) = reads.slots.of_time(time) else { return };
        let error = reads.error.map(|_| true);
        let bucket = reads.latency.and_then(|_| reads.bucket(reads.deadline_ms));
        let buckets = reads.bounds.len() + 1;
        self.record((slot, phase), time).candidate.add(error, bucket, buckets);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.settle();
        self.is_cut |= other.is_cut;
        for (key, more) in other.records.into_iter().chain(other.recent) {
            let record = self.records.entry(key).or_default();
            record.merge(&more);
        }
        self.shorten();
    }

    /// The records, by time; and since when there are some, where older ones are not.
    pub(super) fn finish(mut self) -> (Vec<Observation>, Option<Timestamp>) {
        self.settle();
        let Some(reads) = &self.reads else { return (Vec::new(), None) };
        let records = self.records.iter();
        let records: Vec<_> =
            records.filter_map(|(key, record)| reads.told(*key, record)).collect();
        let from = records.first().map(|record| record.time).filter(|_| self.is_cut);
        (records, from)
    }

    fn record(&mut self, key: Key, time: i64) -> &mut Record {
        if self.recent.as_ref().is_none_or(|(recent, _)| *recent != key) {
            self.settle();
        }
        let empty = || (key, Record { last: time, ..Record::default() });
        let (_, record) = self.recent.get_or_insert_with(empty);
        record.last = record.last.max(time);
        record
    }

    fn settle(&mut self) {
        let Some((key, recent)) = self.recent.take() else { return };
        self.records.entry(key).or_default().merge(&recent);
        self.shorten();
    }

    /// The oldest go: no later row can be of them and be kept.
    fn shorten(&mut self) {
        let buckets = self.reads.as_ref().map_or(1, |reads| reads.bounds.len() + 1);
        while self.records.len() > MAX_RECORDS.min(MAX_COUNTS / buckets) {
            self.records.pop_first();
            self.is_cut = true;
        }
    }
}

impl Reads {
    fn new(plan: &Plan, slots: Slots, columns: &mut Columns) -> Self {
        let metric = |id: &str| plan.metrics.iter().find(|metric| metric.id == id);
        let measure = |metric: &'_ Metric| metric.measure.clone();
        let error = match metric("error_rate").map(measure) {
            Some(Measure::Proportion { column }) => Some(columns.value(&column, ValueKind::Flag)),
            _ => None,
        };
        let latency = match metric("latency").map(measure) {
            Some(Measure::Quantile { column, unit, .. }) => {
                let factor = match unit.as_str() {
                    "ms" => Some(1.0),
                    "s" => Some(1000.0),
                    _ => None,
                };
                factor.map(|factor| (columns.value(&column, ValueKind::Size), factor))
            }
            _ => None,
        };
        let cost = match metric("cost").map(measure) {
            Some(Measure::Mean { column, unit }) if unit == "USD" => {
                Some(columns.value(&column, ValueKind::Number))
            }
            _ => None,
        };
        let deadline = plan.pairing.as_ref().map_or(0, |pairing| pairing.answer_deadline.nanos());
        Self {
            slots,
            phases: plan.phases.iter().map(|one: &Phase| (one.id.clone(), one.stage)).collect(),
            error,
            latency,
            cost,
            bounds: trigger::latency_bounds(plan),
            deadline_ms: deadline as f64 / 1e6,
        }
    }

    /// The bucket of a latency; none where no trigger watches latencies.
    fn bucket(&self, ms: f64) -> Option<usize> {
        (!self.bounds.is_empty()).then(|| self.bounds.partition_point(|upper| *upper < ms))
    }

    fn told(&self, key: Key, record: &Record) -> Option<Observation> {
        let sample = |arm: &Arm| Sample {
            requests: arm.answers.map(|[_, requests]| requests),
            errors: arm.answers.map(|[errors, _]| errors),
            latency_ms: (!arm.latencies.is_empty()).then(|| Latencies {
                upper_ms: self.bounds.clone(),
                counts: arm.latencies.clone(),
            }),
            ..Sample::default()
        };
        let cost = record.cost_nano_usd.map(|nano_usd| nano_usd as f64 / 1e9);
        let (slot, phase) = key;
        Some(Observation {
            schema: ObservationSchema::V1,
            source: ROWS.to_owned(),
            sequence: self.slots.sequence(slot, phase)?,
            time: Timestamp::from_unix_nanos(record.last),
            phase: self.phases.get(phase).map(|(id, _)| id.clone()),
            candidate: sample(&record.candidate),
            baseline: sample(&record.baseline),
            cost_usd: cost.map(|usd| usd.min(MAX_COST_USD)),
            slo: None,
        })
    }
}

impl Record {
    fn arm(&mut self, arm: SourceRole) -> &mut Arm {
        match arm {
            SourceRole::Baseline => &mut self.baseline,
            SourceRole::Candidate => &mut self.candidate,
        }
    }

    fn merge(&mut self, more: &Self) {
        self.last = self.last.max(more.last);
        self.baseline.merge(&more.baseline);
        self.candidate.merge(&more.candidate);
        if let Some(more) = more.cost_nano_usd {
            let sum = self.cost_nano_usd.get_or_insert(0);
            *sum = sum.saturating_add(more);
        }
    }
}

impl Arm {
    fn add(&mut self, error: Option<bool>, bucket: Option<usize>, buckets: usize) {
        if let Some(error) = error {
            let [errors, requests] = self.answers.get_or_insert([0, 0]);
            *errors += u64::from(error);
            *requests += 1;
        }
        if let Some(bucket) = bucket {
            self.latencies.resize(buckets, 0);
            if let Some(count) = self.latencies.get_mut(bucket) {
                *count += 1;
            }
        }
    }

    fn merge(&mut self, more: &Self) {
        if let Some([errors, requests]) = more.answers {
            let sum = self.answers.get_or_insert([0, 0]);
            *sum = [sum[0] + errors, sum[1] + requests];
        }
        if self.latencies.len() < more.latencies.len() {
            self.latencies.resize(more.latencies.len(), 0);
        }
        for (count, more) in self.latencies.iter_mut().zip(&more.latencies) {
            *count += more;
        }
    }
}
