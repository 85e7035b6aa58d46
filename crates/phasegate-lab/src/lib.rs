//! Testing a policy change before it is merged.
//!
//! A [`Project`] is what stands below the given paths: policies, their tests, and data. Everything
//! else here asks a project a question. This crate does IO: it reads files, starts threads and
//! looks at the clock; nothing that decides links it.

mod error;

pub mod boundaries;
pub mod cases;
pub mod coverage;
pub mod impact;
pub mod mutate;
pub mod project;
pub mod report;
pub mod schemas;
pub mod test;

pub use error::LabError;
pub use project::{LoadOptions, Project};
