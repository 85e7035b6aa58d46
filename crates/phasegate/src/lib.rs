//! phasegate decides whether a new version of a model-backed service may be promoted, must wait, or
//! must be rolled back, and proves why.

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

/// The README's Rust is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

mod gate;

pub use gate::{Gate, GateBuilder, Request, VERSION, embedded};
pub use phasegate_core::{
    Decision, Digest, Effect, Evidence, Facts, Finding, Outcome, Path, PolicyFiles, Reason,
    ReasonSource, Status, Timestamp, Violation, Warning, canonical, decision, evidence, facts,
    finding, path, read, verdict,
};
pub use phasegate_rego as rego;
#[cfg(feature = "sources")]
pub use phasegate_sources as sources;
