//! What people read.

pub(crate) mod decision;
pub(crate) mod diagnostics;

mod checks;
mod value;
