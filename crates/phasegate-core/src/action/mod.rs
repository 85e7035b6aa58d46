//! Actions: what an operator or a controller would do, in order. Nothing here does any of it.
//!
//! [`Decision::actions`](crate::Decision::actions) turns a decision into typed actions;
//! [`emergency`] and [`troubleshoot`] do the same from what is observed in trouble; [`render`]
//! writes them as commands, with the names of a [`Target`].

mod decided;
mod emergency;
mod kind;
mod render;
mod target;
mod trouble;

#[cfg(test)]
mod tests;

pub use decided::{NextMove, Situation};
pub use emergency::{
    AtFault, EMERGENCY_SCHEMA, Emergency, EmergencyFacts, EmergencySchema, Level, Serving,
    at_fault, emergency,
};
pub use kind::{Action, AuditField, Workload};
pub use render::{Rendered, render, shell_quote};
pub use target::{TARGET_SCHEMA, Target, TargetSchema};
pub use trouble::{
    TROUBLE_SCHEMA, Trouble, TroubleFacts, TroubleKind, TroubleSchema, troubleshoot,
};
