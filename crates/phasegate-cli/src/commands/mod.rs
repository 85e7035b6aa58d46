//! One file per command.

pub(crate) mod check;
pub(crate) mod decide;
pub(crate) mod eval;
pub(crate) mod generate;
pub(crate) mod inputs;

mod batch;
mod documents;
