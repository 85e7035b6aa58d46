//! Reads what a gate needs from the outside: policy sets from directories and OPA bundles.
//!
//! Everything here does IO and nothing here decides: a reader turns files into the bytes and names
//! that the pure crates take, refuses what two readers could understand differently, and holds to
//! stated limits whatever it is given.

mod error;
pub mod policies;

pub use error::SourceError;
