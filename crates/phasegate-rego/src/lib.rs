//! Rego policies in process: syntax, check, guard, evaluate, explain.
//!
//! Decisions write nothing to the standard streams. The engine writes a line to standard error for
//! a query whose statements it cannot order, and for an `import input` in a set that is queried.
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

pub use diagnostic::{Code, Diagnostic, Severity};
pub use engine::{ExpressionValue, QueryAnswer, QueryLocation, QueryResult};
pub use entry::Entry;
pub use phasegate_core::PolicyFiles;
pub use policy::{LoadError, Policy, PolicyOptions, check_files};
pub use query::{QueryError, QueryOptions, QueryPolicy};
pub use syntax::limits::MAX_SET_BYTES;
