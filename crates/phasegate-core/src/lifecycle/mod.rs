//! Lifecycle: where a version stands, and what may happen to it there.
//!
//! A pure state machine: [`Lifecycle::apply`] takes an event and gives the next state, or says why
//! not and what is allowed. It reads no clock; each event carries its time.
//!
//! | from | events |
//! |---|---|
//! | (not proposed) | propose |
//! | shadow | evaluate, promote, promote in full, abort, roll back, quarantine, retire |
//! | gray | evaluate, promote, promote in full, complete, abort, roll back, quarantine |
//! | stable | propose (the next version), roll back, quarantine, retire |
//! | quarantined | propose (another version), re-evaluate, release, retire |
//! | retired | propose |
//!
//! A note, an operator's word that moves nothing, is possible everywhere. Aborting and rolling back
//! quarantine what was running, unless the abort follows a rejection.
//!
//! A quarantine is about content, not about names: whatever id a version bears, its content digest
//! keeps it out until the record is released or has expired.

mod event;
mod quarantine;
mod state;

#[cfg(test)]
mod tests;

pub use event::{AfterAbort, Event, EventKind, EventName, Override, OverrideKind};
pub use quarantine::{Quarantine, Quarantines};
pub use state::{LIFECYCLE_SCHEMA, Lifecycle, LifecycleError, LifecycleSchema, Position};
