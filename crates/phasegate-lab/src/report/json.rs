//! OPA's JSON: an array of results.

use crate::test::TestResult;

/// The results as `opa test --format=json` has them; `trace` is never there.
#[must_use]
pub fn json(results: &[TestResult]) -> String {
    // Strings, numbers and maps of strings always serialize.
    serde_json::to_string_pretty(results).unwrap_or_default()
}
