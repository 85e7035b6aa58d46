//! Reads what a gate needs from the outside: policy sets from directories and OPA bundles, request
//! logs, and gold-set results of evaluation tools.
//!
//! Everything here does IO and nothing here decides: a reader turns files into the bytes and names
//! that the pure crates take, refuses what two readers could understand differently, and holds to
//! stated limits whatever it is given.

mod error;
pub mod gold;
mod json;
pub mod observe;
pub mod policies;
pub mod rows;
mod stream;

pub use error::SourceError;
pub use observe::{Folder, ObserveOptions, close, observe};
pub use stream::{Progress, Watch};

use error::shorten;
