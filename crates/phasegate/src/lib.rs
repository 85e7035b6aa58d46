//! phasegate decides whether a new version of a model-backed service may be promoted, must wait, or
//! must be rolled back, and proves why.

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

/// The README's Rust is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

mod gate;
mod planned;
pub mod simulate;

pub use gate::{ExplainError, Gate, GateBuilder, Request, VERSION, embedded};
pub use phasegate_core::{
    Analysis, AnalyzeError, Decision, Digest, Document, Effect, Evidence, Facts, Finding,
    Observations, Outcome, Path, Plan, PolicyFiles, Reason, ReasonSource, Span, State, Status,
    Timestamp, Violation, Warning, action, analyze, audit, canonical, decision, document, evidence,
    facts, finding, gold, health, lifecycle, merge, needs, observations, path, plan, read, schemas,
    state, trigger, verdict,
};
pub use phasegate_rego as rego;
#[cfg(feature = "sources")]
pub use phasegate_sources as sources;
#[cfg(feature = "stats")]
pub use phasegate_stats as stats;
pub use planned::{Difference, PlanError, PlanRequest, PlannedDecision};
