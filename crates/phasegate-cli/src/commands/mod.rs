//! One file per command.

pub(crate) mod actions;
pub(crate) mod analyze;
pub(crate) mod audit;
pub(crate) mod boundaries;
pub(crate) mod check;
pub(crate) mod decide;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod health;
pub(crate) mod impact;
pub(crate) mod init;
pub(crate) mod inputs;
pub(crate) mod mutate;
pub(crate) mod schema;
pub(crate) mod simulate;
pub(crate) mod stats;
pub(crate) mod test;
pub(crate) mod triggers;
pub(crate) mod verify;
pub(crate) mod watch;

mod batch;
mod documents;
mod lines;
mod numbers;
mod observed;
mod stream;

use phasegate::Timestamp;

/// One canonical line.
fn json_line(value: &impl serde::Serialize) -> Result<Vec<u8>, crate::output::Problem> {
    phasegate::canonical::to_bytes(value).map_err(|error| crate::output::Problem::of(&error))
}

/// The present.
fn present() -> Timestamp {
    // Beyond 2262 the clock is wrong, and the earliest moment is as good as any.
    Timestamp::from_unix_nanos(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default())
}
