//! The documents of phasegate and the pure pipeline that carries them.

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

// In the order of the flow: documents are read, judged, decided, written.
mod digest;
pub mod document;
mod merge;
pub mod path;
mod policy_files;
pub mod read;
mod shape;
mod span;
mod time;

pub mod gold;
pub mod observations;
pub mod plan;
pub mod rows;
pub mod schemas;

pub mod state;

mod case;
mod check;
mod comparison;
mod gold_set;
mod harm;
mod input;
mod looks;
mod metric;
mod strata;
mod summaries;

pub mod analyze;

pub mod facts;

pub mod trigger;

pub mod action;
pub mod audit;
pub mod lifecycle;

pub mod decision;
pub mod evidence;
pub mod finding;
pub mod health;
pub mod needs;
pub mod resolve;
pub mod verdict;

pub mod canonical;

pub use analyze::{Analysis, AnalyzeError, analyze};
pub use decision::Decision;
pub use digest::{Digest, DigestParseError};
pub use document::Document;
pub use evidence::Evidence;
pub use facts::Facts;
pub use finding::{Finding, Status};
pub use merge::merge;
pub use observations::Observations;
pub use path::Path;
pub use plan::Plan;
pub use policy_files::PolicyFiles;
pub use resolve::{Outcome, Reason, ReasonSource, resolve};
pub use span::{Span, SpanParseError};
pub use state::State;
pub use time::{Timestamp, TimestampParseError};
pub use verdict::{Effect, Verdict, Violation, Warning};
