//! All that a change must pass, the quick steps first.

use crate::run::{Failed, Runner, timed};
use crate::{test, tidy};

/// Format, tidy, lints as errors, docs without warnings, tests, and each benchmark once.
pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    runner.step("format", &["fmt", "--all", "--check"], &[])?;
    timed("tidy", "cargo xtask tidy", || tidy::run(runner))?;
    lints(runner)?;
    runner.step(
        "docs",
        &["doc", "--workspace", "--no-deps", "--lib"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    timed("tests", "cargo xtask test", || test::run(runner))?;
    // In the profile of the tests, whose dependencies are built already: what counts here is that
    // every benchmark compiles and runs.
    runner.step(
        "benches",
        &["bench", "--profile", "dev", "--package", "phasegate-benches", "--", "--test"],
        &[],
    )
}

fn lints(runner: &Runner) -> Result<(), Failed> {
    let deny = ["--all-targets", "--", "-D", "warnings"];
    runner.step("lints", &[&["clippy", "--workspace"], deny.as_slice()].concat(), &[])?;
    for package in test::ALONE {
        let name = format!("lints {package} alone");
        runner.step(&name, &[&["clippy", "--package", package], deny.as_slice()].concat(), &[])?;
    }
    runner.step("lints parquet", &[&["clippy"], test::WITH_PARQUET, &deny].concat(), &[])?;
    // A workspace of its own, which only a nightly compiler can run; stable can check it, without
    // the fuzzer that is C++.
    let fuzz = ["check", "--manifest-path", "tests/fuzz/Cargo.toml", "--no-default-features"];
    runner.step("fuzz targets", &fuzz, &[])
}
