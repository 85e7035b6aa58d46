//! Which columns of a log a plan reads, and what may stand in them.

use crate::Timestamp;
use crate::observations::SourceRole;
use crate::plan::{Measure, Plan, Stage, TimeUnit};

/// The columns that a plan reads.
///
/// A column that two metrics read differently (as a flag and as a number) stands in `values`
/// once for each way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Which version answered.
    pub arm: String,
    /// What the arm's column says for the candidate.
    pub candidate: String,
    /// What the arm's column says for the baseline.
    pub baseline: String,
    /// The time of the request.
    pub time: String,
    /// How the time is written.
    pub time_unit: TimeUnit,
    /// The phase's id, if the plan names a column for it.
    pub phase: Option<String>,
    /// What pairs the answers to one request, if the plan pairs; shadow rows must have it.
    pub key: Option<String>,
    /// Whether the request was mirrored, if the plan names a column for it.
    pub mirrored: Option<String>,
    /// What metrics read, in the order of [`Row::values`](super::Row::values).
    pub values: Vec<ValueColumn>,
    /// Names of clusters, in the order of [`Row::clusters`](super::Row::clusters).
    pub clusters: Vec<String>,
    shadow: Vec<String>,
}

/// A column that a metric reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueColumn {
    /// Its name.
    pub name: String,
    /// What may stand in it.
    pub kind: ValueKind,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// `true` or `false`, or 1 or 0; as a value 1 or 0.
    Flag,
    /// A finite number.
    Number,
    /// A finite number that is not negative.
    Size,
    /// A whole number from 0 to 2^53-1, or a flag.
    Count,
}

impl ValueKind {
    /// Whether a value may stand in such a column.
    #[must_use]
    pub fn allows(self, value: f64) -> bool {
        match self {
            Self::Flag => value == 0.0 || value.to_bits() == 1.0_f64.to_bits(),
            Self::Number => value.is_finite(),
            Self::Size => value.is_finite() && value >= 0.0,
            Self::Count => (0.0..=crate::read::MAX_NUMBER).contains(&value) && value.fract() == 0.0,
        }
    }

    /// What must stand in it, for messages.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Flag => "give `true` or `false`, or 1 or 0",
            Self::Number => "give a number",
            Self::Size => "give a number that is not negative",
            Self::Count => "give a whole number that is not negative, or `true` or `false`",
        }
    }
}

impl Columns {
    /// The columns that a plan reads.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut columns = Self {
            arm: plan.log.arm.clone(),
            candidate: plan.log.candidate.clone(),
            baseline: plan.log.baseline.clone(),
            time: plan.log.time.clone(),
            time_unit: plan.log.time_unit,
            phase: plan.log.phase.clone(),
            key: plan.pairing.as_ref().map(|pairing| pairing.key.clone()),
            mirrored: plan.pairing.as_ref().and_then(|pairing| pairing.mirrored.clone()),
            values: Vec::new(),
            clusters: Vec::new(),
            shadow: plan
                .phases
                .iter()
                .filter(|phase| phase.stage == Stage::Shadow)
                .map(|phase| phase.id.clone())
                .collect(),
        };
        for metric in &plan.metrics {
            match &metric.measure {
                Measure::Proportion { column } => _ = columns.value(column, ValueKind::Flag),
                Measure::Mean { column, .. } => _ = columns.value(column, ValueKind::Number),
                Measure::Quantile { column, .. } => _ = columns.value(column, ValueKind::Size),
                Measure::Ratio { numerator, denominator, .. } => {
                    columns.value(numerator, ValueKind::Number);
                    columns.value(denominator, ValueKind::Size);
                }
                Measure::Rate { events } => _ = columns.value(events, ValueKind::Count),
                Measure::GoldPass { .. } | Measure::GoldScore { .. } => continue,
            }
            if let Some(cluster) = &metric.cluster_by {
                columns.cluster(cluster);
            }
        }
        columns
    }

    /// Whether rows of a phase are paired, so that they must have a key; of any phase when none
    /// is named.
    #[must_use]
    pub fn pairs(&self, phase: Option<&str>) -> bool {
        self.key.is_some()
            && phase.map_or(!self.shadow.is_empty(), |phase| {
                self.shadow.iter().any(|shadow| shadow == phase)
            })
    }

    /// Whose row it is, by what the arm's column says.
    #[must_use]
    pub fn arm_of(&self, text: &str) -> Option<SourceRole> {
        if text == self.candidate {
            Some(SourceRole::Candidate)
        } else if text == self.baseline {
            Some(SourceRole::Baseline)
        } else {
            None
        }
    }

    /// The moment that a text of the time's column says.
    ///
    /// # Errors
    /// What must stand there.
    pub fn time_of(&self, text: &str) -> Result<Timestamp, &'static str> {
        super::moment::parse(self.time_unit, text)
    }

    /// The place of a column among the values, which it gets when it has none.
    pub(super) fn value(&mut self, name: &str, kind: ValueKind) -> usize {
        let known =
            self.values.iter().position(|column| column.name == name && column.kind == kind);
        known.unwrap_or_else(|| {
            self.values.push(ValueColumn { name: name.to_owned(), kind });
            self.values.len() - 1
        })
    }

    /// The same among the clusters.
    pub(super) fn cluster(&mut self, name: &str) -> usize {
        let known = self.clusters.iter().position(|column| column == name);
        known.unwrap_or_else(|| {
            self.clusters.push(name.to_owned());
            self.clusters.len() - 1
        })
    }
}
