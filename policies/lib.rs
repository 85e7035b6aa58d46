//! The Rego policies of the runbook, embedded.
//!
//! `lifecycle/promotion.rego` says whether a version may move forward, `lifecycle/rollback.rego`
//! whether it must go back. The contract of their input, and what each code means, is the README of
//! this folder.
//!
//! ```
//! let (path, text) = phasegate_policies::FILES[0];
//! assert_eq!(path, "lifecycle/floors/data.json");
//! assert!(text.contains("security_pass_rate"));
//! ```

#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod rego_tests;

/// One row per file: its path within the set, and its text.
macro_rules! files {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!($path))),*] };
}

/// What a decision loads, in the order of the paths: path within the set, text.
///
/// `data.json` is mounted at the path of its folder, so that the floors are
/// `data.lifecycle.floors`; a schema is that of the module beside it.
pub const FILES: &[(&str, &str)] = files![
    "lifecycle/floors/data.json",
    "lifecycle/promotion.rego",
    "lifecycle/promotion.schema.json",
    "lifecycle/promotion_checklist.rego",
    "lifecycle/rollback.rego",
    "lifecycle/rollback.schema.json",
];

/// The policies' own tests, as `opa test` runs them: path within the set, text.
pub const TEST_FILES: &[(&str, &str)] = files![
    "lifecycle/promotion_checklist_test.rego",
    "lifecycle/promotion_test.rego",
    "lifecycle/rollback_test.rego",
];
