//! One file per command.

pub(crate) mod analyze;
pub(crate) mod boundaries;
pub(crate) mod check;
pub(crate) mod decide;
pub(crate) mod eval;
pub(crate) mod generate;
pub(crate) mod impact;
pub(crate) mod init;
pub(crate) mod inputs;
pub(crate) mod mutate;
pub(crate) mod schema;
pub(crate) mod stats;
pub(crate) mod test;
pub(crate) mod verify;

mod batch;
mod documents;
mod lines;
mod numbers;
mod observed;

use phasegate::Timestamp;

/// The present.
fn present() -> Timestamp {
    // Beyond 2262 the clock is wrong, and the earliest moment is as good as any.
    Timestamp::from_unix_nanos(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default())
}
