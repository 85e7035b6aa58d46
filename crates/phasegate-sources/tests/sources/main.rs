//! Policy sets as they lie on disk: directories, bundles, and what must be refused.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation is the message of a test"
)]

mod archives;
mod directories;
mod support;
