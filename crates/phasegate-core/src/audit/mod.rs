//! Audit: an append-only trail of what was decided and done, in which every line vouches for all
//! before it.
//!
//! A trail is JSON Lines. Each line carries its number, the digest of the exact bytes of the line
//! before it, and an entry; so an edit, a cut or an exchange anywhere breaks the chain at a place
//! that [`verify`] names. What no chain can show by itself is a cut at the very end: keep the
//! [`Head`] elsewhere (it is what [`verify`] gives) and hand it in.
//!
//! Here are bytes only. The caller appends what [`append`] gives in one write and syncs the file; a
//! write that was cut short leaves a last line without its line feed, which is reported as torn and
//! is not fatal: cut the file to `Report::sound_bytes` and go on.

mod chain;
mod record;

pub use chain::{Break, BreakKind, Head, Report, append, verify};
pub use record::{AUDIT_SCHEMA, AuditRecord, AuditSchema, Entry};
