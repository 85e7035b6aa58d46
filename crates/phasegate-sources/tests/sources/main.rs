//! What lies on disk: policy sets, request logs, gold-set results, and what must be refused.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation is the message of a test"
)]

mod archives;
mod bad_inputs;
mod directories;
mod golds;
mod hostile;
mod observations;
#[cfg(feature = "parquet")]
mod parquet;
mod support;
