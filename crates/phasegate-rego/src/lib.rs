//! Rego policies in process: syntax, check, guard, evaluate, explain.
//!
//! Nothing is written to the standard streams. The engine would write a line for statements that it
//! cannot order, which the checks refuse before, in queries too; and for an `import input`, which
//! the gate refuses and a query's modules are given without. Printed lines are gathered.
//!
//! A panic inside the engine is caught and becomes an error with the code `engine_panic`. The panic
//! hook is called before, and belongs to the application: the standard one prints the panic.

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

// A set is parsed (`syntax`), checked, guarded, evaluated (`policy`, through `entry` and `engine`)
// and decoded.
pub mod check;
pub mod diagnostic;
pub mod explain;
pub mod guard;
pub mod syntax;

mod builtin;
mod data;
mod decode;
mod engine;
mod entry;
mod policy;
mod query;

#[cfg(feature = "lab")]
pub use engine::lab;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use engine::{ExpressionValue, Json, QueryAnswer, QueryLocation, QueryResult, pretty};
pub use entry::Entry;
pub use phasegate_core::PolicyFiles;
pub use policy::{LoadError, Policy, PolicyOptions, Unread, check_files};
pub use query::{QueryError, QueryOptions, QueryPolicy};
pub use syntax::limits::MAX_SET_BYTES;
