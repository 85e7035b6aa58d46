//! Everything a contributor must see green.

use crate::run::{Failed, Runner};

/// Packages that other members of the workspace switch features on for; tested, and linted, alone
/// as well, so that what they do without those features stays true.
pub(crate) const ALONE: &[&str] = &["phasegate-rego", "phasegate"];

/// What no other member switches on: a reader with dependencies of its own.
pub(crate) const WITH_PARQUET: &[&str] =
    &["--package", "phasegate-sources", "--features", "parquet"];

/// Unit, integration and documentation tests of every package; the benchmarks belong to `ci`.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    // To the end even after a failure: one run tells everything.
    let test = ["test", "--no-fail-fast"];
    let all = ["--workspace", "--exclude", "phasegate-benches"];
    runner.step("test", &[test.as_slice(), &all].concat(), &[])?;
    for package in ALONE {
        let name = format!("test {package} alone");
        runner.step(&name, &[test.as_slice(), &["--package", package]].concat(), &[])?;
    }
    let parquet = ["--test", "sources", "--", "parquet"];
    runner.step("test parquet", &[&["test"], WITH_PARQUET, &parquet].concat(), &[])
}
