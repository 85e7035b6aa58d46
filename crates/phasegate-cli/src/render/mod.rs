//! What people read.

pub(crate) mod decision;
pub(crate) mod diagnostics;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod methods;
pub(crate) mod simulate;
pub(crate) mod triggers;
pub(crate) mod watch;

mod checks;
pub(crate) mod value;
