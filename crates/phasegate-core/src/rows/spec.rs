//! What each metric of a plan reads of a row.

use super::columns::{Columns, ValueKind};
use crate::plan::{Better, Measure, Metric, Plan};

/// A metric that is measured on requests.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) id: String,
    pub(super) reads: Reads,
    /// The place of its cluster among the clusters of a row.
    pub(super) cluster: Option<usize>,
    /// What a missing answer counts as, where it counts as a yes or a no: the worse of both.
    pub(super) worse: bool,
}

/// Which values it reads, by their places among those of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reads {
    Proportion(usize),
    Mean(usize),
    /// With the answer deadline in the column's unit, where that is one of time.
    Quantile(usize, Option<f64>),
    Ratio(usize, usize),
    Rate(usize),
}

impl Spec {
    /// The metrics of a plan that are measured on requests, in its order.
    pub(super) fn all(plan: &Plan, columns: &mut Columns) -> Vec<Self> {
        let deadline = plan.pairing.as_ref().map(|pairing| pairing.answer_deadline.nanos());
        plan.metrics.iter().filter_map(|metric| Self::of(metric, deadline, columns)).collect()
    }

    fn of(metric: &Metric, deadline: Option<u64>, columns: &mut Columns) -> Option<Self> {
        let reads = match &metric.measure {
            Measure::Proportion { column } => {
                Reads::Proportion(columns.value(column, ValueKind::Flag))
            }
            Measure::Mean { column, .. } => Reads::Mean(columns.value(column, ValueKind::Number)),
            Measure::Quantile { column, unit, .. } => {
                let nanos = deadline.map(|nanos| nanos as f64);
                let deadline = nanos.zip(nanos_in(unit)).map(|(nanos, unit)| nanos / unit);
                Reads::Quantile(columns.value(column, ValueKind::Size), deadline)
            }
            Measure::Ratio { numerator, denominator, .. } => Reads::Ratio(
                columns.value(numerator, ValueKind::Number),
                columns.value(denominator, ValueKind::Size),
            ),
            Measure::Rate { events } => Reads::Rate(columns.value(events, ValueKind::Count)),
            Measure::GoldPass { .. } | Measure::GoldScore { .. } => return None,
        };
        let cluster = metric.cluster_by.as_ref().map(|cluster| columns.cluster(cluster));
        let worse = metric.better == Better::Lower;
        Some(Self { id: metric.id.clone(), reads, cluster, worse })
    }
}

/// How many nanoseconds a unit of time has.
fn nanos_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "min" => 60e9,
        "h" => 3600e9,
        _ => return None,
    })
}
