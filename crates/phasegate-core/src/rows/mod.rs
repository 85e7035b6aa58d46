//! Rows become summaries: the pure fold from request logs to observations.
//!
//! A reader parses, a fold sums up: [`Columns::of`] says which columns a plan reads, [`RowFold`]
//! takes one [`Row`] after the other and gives what was seen in each phase. Rows enter in any
//! order and from any number of files; the result has equal bytes.
//!
//! - In phases that are not paired only sums are kept, whatever the number of rows: counts,
//!   exact sums ([`Means`](crate::observations::MetricData::Means)), and histograms with buckets
//!   0.27 % wide. Memory grows with the number of clusters, where a metric compares by cluster.
//! - In shadow phases of a plan with `pairing` rows wait for their pairs: of each row 20 bytes,
//!   9 more of the baseline's, 8 for each column of numbers, 1 for each of flags, and 4 of the
//!   baseline's for each column of clusters. With three columns of numbers and one of flags a
//!   million requests answered by both versions keep 99 MB; pairing them takes 44 MB more for a
//!   moment, and each paired quantile keeps its 16 MB as a part of the result.
//!
//! Keys are compared by 128 bits of their hash (`SipHash-1-3` with a fixed key).
//!
//! ```
//! use phasegate_core::observations::{MetricData, SourceRole};
//! use phasegate_core::rows::{Columns, Place, Row, RowFold};
//! use phasegate_core::{document, plan, read::Format};
//! let plan: plan::Plan =
//!     document::read(plan::RUNBOOK.as_bytes(), Format::Yaml, plan::MAX_PLAN_BYTES).unwrap();
//! let names: Vec<_> = Columns::of(&plan).values.into_iter().map(|column| column.name).collect();
//! assert_eq!(names, ["latency_ms", "error", "cost_usd"]);
//!
//! let mut fold = RowFold::new(&plan, None);
//! for (arm, latency) in [(SourceRole::Baseline, 800.0), (SourceRole::Candidate, 700.0)] {
//!     let row = Row {
//!         arm,
//!         phase: Some("gray_1"),
//!         time: "2026-03-01T10:00:00Z".parse().unwrap(),
//!         key: None,
//!         mirrored: None,
//!         values: &[Some(latency), Some(0.0), Some(0.01)],
//!         clusters: &[],
//!         place: Place { source: 0, row: 2 },
//!     };
//!     fold.push(&row).unwrap();
//! }
//! let seen = fold.finish().unwrap();
//! let errors = &seen.phases["gray_1"].metrics["error_rate"].data;
//! assert!(matches!(errors, MetricData::Counts { baseline, .. } if baseline.n == 1));
//! ```

mod columns;
mod cover;
mod error;
mod exact_sum;
mod moment;
mod paired;
mod spec;
mod store;
mod stream;
mod sums;
mod unpaired;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::Timestamp;
use crate::observations::{PhaseObservations, SourceRole, Window};
use crate::plan::{Plan, Stage};
use crate::trigger::Observation;

pub use columns::{Columns, ValueColumn, ValueKind};
pub use error::{FoldError, RowError};

use paired::Paired;
use spec::Spec;
use stream::Stream;
use unpaired::Unpaired;

/// One answer of one version to one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Whose it is.
    pub arm: SourceRole,
    /// The phase's id; without a column for it in the plan, none means the first phase.
    pub phase: Option<&'a str>,
    /// When the request came.
    pub time: Timestamp,
    /// What pairs it; rows of mirrored traffic must have it.
    pub key: Option<&'a str>,
    /// Whether the request was mirrored, where the plan has a column for it.
    pub mirrored: Option<bool>,
    /// The values of [`Columns::values`], in its order; flags as 1 and 0.
    pub values: &'a [Option<f64>],
    /// The names of [`Columns::clusters`], in its order.
    pub clusters: &'a [Option<&'a str>],
    /// Where it came from.
    pub place: Place,
}

/// Where a row came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which source, as the reader numbers them.
    pub source: u32,
    /// Which row or line of it, as the reader counts them.
    pub row: u64,
}

/// What rows came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// What was seen in each phase that has rows, by its id.
    pub phases: BTreeMap<String, PhaseObservations>,
    /// When observing began and ended: the given window, else the first and the last row; none
    /// without rows.
    pub window: Option<Window>,
    /// The same rows by time, for triggers: short records with sums alone, by ascending sequence.
    /// Of more than 65,536 only the newest are there; none for a plan without triggers.
    pub stream: Vec<Observation>,
    /// Since when there are records, where earlier ones are not.
    pub stream_from: Option<Timestamp>,
}

/// Folds rows into what was seen in each phase.
#[derive(Debug, Clone)]
pub struct RowFold {
    columns: Columns,
    specs: Vec<Spec>,
    window: Option<Window>,
    deadline: i64,
    phases: Vec<PhaseFold>,
    stream: Stream,
    /// The phase of the row before, which is nearly always the next one's too.
    recent: usize,
}

#[derive(Debug, Clone)]
struct PhaseFold {
    id: String,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    /// Nothing yet; whether rows will be paired.
    Nothing(bool),
    Paired(Box<Paired>),
    Unpaired(Box<Unpaired>),
}

impl RowFold {
    /// A fold of no rows; rows must lie in the window, if one is given.
    #[must_use]
    pub fn new(plan: &Plan, window: Option<Window>) -> Self {
        let mut columns = Columns::of(plan);
        let specs = Spec::all(plan, &mut columns);
        let stream = Stream::new(plan, &mut columns);
        let phase = |phase: &crate::plan::Phase| PhaseFold {
            id: phase.id.clone(),
            seen: Seen::Nothing(phase.stage == Stage::Shadow && plan.pairing.is_some()),
        };
        let deadline = plan.pairing.as_ref().map_or(0, |pairing| pairing.answer_deadline.nanos());
        Self {
            phases: plan.phases.iter().map(phase).collect(),
            deadline: i64::try_from(deadline).unwrap_or(i64::MAX),
            columns,
            specs,
            stream,
            window,
            recent: 0,
        }
    }

    /// Takes one row.
    ///
    /// # Errors
    /// When it contradicts the plan; the fold is then as it was.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        let index = self.phase(row.phase)?;
        self.check(row)?;
        let Some(phase) = self.phases.get_mut(index) else {
            return Err(RowError::NoPhase { known: String::new() });
        };
        let pairs = match &phase.seen {
            Seen::Nothing(pairs) => *pairs,
            seen => matches!(seen, Seen::Paired(_)),
        };
        let key = if pairs { Some(key(&self.columns, row)?) } else { None };
        // In mirrored traffic the request's cluster is that of the baseline's row.
        let needs_clusters = !pairs || row.arm == SourceRole::Baseline;
        if needs_clusters
            && let Some(at) = row.clusters.iter().position(Option::is_none)
            && let Some(column) = self.columns.clusters.get(at)
        {
            return Err(RowError::NoCluster { column: column.clone() });
        }
        if let Seen::Nothing(_) = phase.seen {
            phase.seen = if pairs {
                Seen::Paired(Box::new(Paired::new(&self.columns)))
            } else {
                Seen::Unpaired(Box::new(Unpaired::new(&self.specs)))
            };
        }
        match &mut phase.seen {
            Seen::Paired(paired) => {
                paired.has_room()?;
                let (key, mirrored) = key.unwrap_or_default();
                paired.push(row, key, mirrored);
            }
            Seen::Unpaired(unpaired) => {
                if !unpaired.has_room() {
                    return Err(RowError::TooLong);
                }
                unpaired.push(row, &self.specs);
            }
            Seen::Nothing(_) => {}
        }
        self.stream.push(index, row);
        self.recent = index;
        Ok(())
    }

    /// Takes all rows of another fold of the same plan: of another file, read at the same time.
    ///
    /// # Errors
    /// [`RowError::TooMany`].
    pub fn merge(&mut self, other: Self) -> Result<(), RowError> {
        for (here, there) in self.phases.iter_mut().zip(other.phases) {
            match (&mut here.seen, there.seen) {
                (seen @ Seen::Nothing(_), there) => *seen = there,
                (Seen::Paired(here), Seen::Paired(there)) => here.merge(&there)?,
                (Seen::Unpaired(here), Seen::Unpaired(there)) => here.merge(*there),
                // Nothing more, or, which cannot be, folds of two plans.
                _ => {}
            }
        }
        self.stream.merge(other.stream);
        Ok(())
    }

    /// What the rows came to.
    ///
    /// # Errors
    /// [`FoldError`].
    pub fn finish(mut self) -> Result<Folded, FoldError> {
        let ends = |phase: &PhaseFold| match &phase.seen {
            Seen::Paired(paired) => paired.ends().collect(),
            Seen::Unpaired(unpaired) => unpaired.ends().collect(),
            Seen::Nothing(_) => Vec::new(),
        };
        let of_rows = self
            .phases
            .iter()
            .flat_map(ends)
            .reduce(|(first, last), (start, end)| (first.min(start), last.max(end)));
        let window = self.window.or_else(|| {
            of_rows.map(|(first, last)| Window {
                start: Timestamp::from_unix_nanos(first),
                end: Timestamp::from_unix_nanos(last),
            })
        });
        let end = window.map_or(0, |window| window.end.unix_nanos());
        let mut phases = BTreeMap::new();
        for (place, PhaseFold { id, seen }) in self.phases.into_iter().enumerate() {
            let seen = match seen {
                Seen::Nothing(_) => continue,
                Seen::Paired(paired) => {
                    let missed = &mut |time| self.stream.missed(place, time);
                    paired.finish(&id, &self.specs, [end, self.deadline], missed)?
                }
                Seen::Unpaired(unpaired) => {
                    let seen = unpaired.finish(&self.specs);
                    in_range(&id, &seen)?;
                    seen
                }
            };
            phases.insert(id, seen);
        }
        let (stream, stream_from) = self.stream.finish();
        Ok(Folded { phases, window, stream, stream_from })
    }

    fn phase(&self, named: Option<&str>) -> Result<usize, RowError> {
        let known = || {
            let names = self.phases.iter().map(|phase| format!("`{}`", phase.id));
            names.collect::<Vec<_>>().join(", ")
        };
        let Some(named) = named else {
            return match &self.columns.phase {
                None => Ok(0),
                Some(_) => Err(RowError::NoPhase { known: known() }),
            };
        };
        if self.phases.get(self.recent).is_some_and(|phase| phase.id == named) {
            return Ok(self.recent);
        }
        self.phases.iter().position(|phase| phase.id == named).ok_or_else(|| {
            let phase = named.chars().take(80).collect();
            RowError::UnknownPhase { phase, known: known() }
        })
    }

    fn check(&self, row: &Row<'_>) -> Result<(), RowError> {
        let (values, clusters) = (row.values.len(), row.clusters.len());
        if values != self.columns.values.len() || clusters != self.columns.clusters.len() {
            return Err(RowError::Shape { values, clusters });
        }
        for (column, value) in self.columns.values.iter().zip(row.values) {
            if let Some(value) = *value
                && !column.kind.allows(value)
            {
                let (column, remedy) = (column.name.clone(), column.kind.describe());
                return Err(RowError::Value { column, value, remedy });
            }
        }
        let outside = |window: &Window| row.time < window.start || window.end < row.time;
        if self.window.as_ref().is_some_and(outside) {
            return Err(RowError::OutsideWindow { time: row.time });
        }
        Ok(())
    }
}

/// The hash of a row's key, and whether the request was mirrored.
fn key(columns: &Columns, row: &Row<'_>) -> Result<(u128, bool), RowError> {
    let Some(key) = row.key else {
        let column = columns.key.clone().unwrap_or_default();
        return Err(RowError::NoKey { column });
    };
    let mirrored = match (&columns.mirrored, row.arm) {
        (Some(column), SourceRole::Candidate) if row.mirrored == Some(false) => {
            return Err(RowError::AnsweredUnmirrored { column: column.clone() });
        }
        // What the candidate answered was mirrored to it, where nothing is said.
        (None, _) | (_, SourceRole::Candidate) => true,
        (Some(column), SourceRole::Baseline) => row
            .mirrored
            .ok_or_else(|| RowError::NotSaidWhetherMirrored { column: column.clone() })?,
    };
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(key.as_bytes());
    Ok((hasher.finish128().as_u128(), mirrored))
}

/// Sums that left the range of doubles are told, never passed on.
fn in_range(phase: &str, seen: &PhaseObservations) -> Result<(), FoldError> {
    use crate::observations::MetricData;
    for (metric, seen) in &seen.metrics {
        let MetricData::Means { baseline, candidate } = &seen.data else { continue };
        let numbers = [baseline.mean, baseline.sd, candidate.mean, candidate.sd];
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(FoldError::TooLarge {
                metric: metric.clone(),
                phase: phase.to_owned(),
                problem: "their sum or that of their squares leaves the range of doubles"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Nanoseconds in hours.
fn hours(nanos: u64) -> f64 {
    nanos as f64 / 3.6e12
}
