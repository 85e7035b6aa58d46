//! Why a row cannot be taken, and why rows cannot be summed up.

use crate::Timestamp;
use crate::observations::SourceRole;

use super::Place;

/// Why a row cannot be taken. The fold is then as it was, and may go on without the row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row names no phase and the plan has a column for it.
    #[error("the phase is missing; give one of {known}")]
    NoPhase {
        /// The plan's phases.
        known: String,
    },
    /// The plan has no such phase.
    #[error("`{phase}` is not a phase of the plan; give one of {known}")]
    UnknownPhase {
        /// What the row says.
        phase: String,
        /// The plan's phases.
        known: String,
    },
    /// A row of mirrored traffic has nothing to pair it by.
    #[error("`{column}` is missing; rows of mirrored traffic are paired by it")]
    NoKey {
        /// The key's column.
        column: String,
    },
    /// The candidate answered in shadow what was not mirrored to it.
    #[error(
        "`{column}` is false for a request that the candidate answered in a phase of mirrored \
         traffic; leave such rows out, or mend the column"
    )]
    AnsweredUnmirrored {
        /// The column.
        column: String,
    },
    /// The baseline's row does not say whether the request was mirrored.
    #[error("`{column}` is missing; the baseline's rows say whether a request was mirrored")]
    NotSaidWhetherMirrored {
        /// The column.
        column: String,
    },
    /// The row does not say which cluster it belongs to.
    #[error("`{column}` is missing; a metric compares by cluster")]
    NoCluster {
        /// The cluster's column.
        column: String,
    },
    /// A value that may not stand in its column.
    #[error("`{value}` may not stand in `{column}`; {remedy}")]
    Value {
        /// The column.
        column: String,
        /// The value.
        value: f64,
        /// What may stand there.
        remedy: &'static str,
    },
    /// The row lies outside the window that the observations state.
    #[error("`{time}` is outside the window of the observations; widen it or leave the row out")]
    OutsideWindow {
        /// The row's time.
        time: Timestamp,
    },
    /// The rows lie in too many quarters of an hour.
    #[error("rows lie in more than a million quarters of an hour; check the unit of the time")]
    TooLong,
    /// More rows than can be paired.
    #[error("more than 4294967295 rows of one version are to be paired; give fewer")]
    TooMany,
    /// The row has not as many values as the plan has columns.
    #[error("the row has {values} values and {clusters} clusters, not those of the plan's columns")]
    Shape {
        /// How many values it has.
        values: usize,
        /// How many clusters.
        clusters: usize,
    },
}

/// Why rows cannot be summed up.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// Two rows of one version have the same key.
    #[error("two rows of the {} have one key in phase `{phase}`", arm_name(*.arm))]
    Duplicate {
        /// Whose rows they are.
        arm: SourceRole,
        /// The phase.
        phase: String,
        /// Where the first is.
        first: Place,
        /// Where the second is.
        second: Place,
    },
    /// A sum leaves the range of doubles.
    #[error("the values of `{metric}` in phase `{phase}` are too large to be summed up: {problem}")]
    TooLarge {
        /// The metric.
        metric: String,
        /// The phase.
        phase: String,
        /// What leaves its range.
        problem: String,
    },
}

/// An arm's name for messages.
pub(super) fn arm_name(arm: SourceRole) -> &'static str {
    match arm {
        SourceRole::Baseline => "baseline",
        SourceRole::Candidate => "candidate",
    }
}
