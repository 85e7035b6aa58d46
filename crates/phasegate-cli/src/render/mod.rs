//! What people read.

pub(crate) mod decision;
pub(crate) mod diagnostics;
pub(crate) mod evidence;
pub(crate) mod methods;

mod checks;
mod value;
