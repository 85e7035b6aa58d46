//! A pure package reaches no clock, file, environment, network or other program.
//!
//! Clippy says so by `clippy.toml`, for calls; this says so by text, for whatever names them. What
//! a statement is excused from there, with a reason, it is excused from here.

use super::arrows::{Reach, find};
use super::fault::Fault;
use super::source::{Source, has_word, is_test_file, test_modules};
use super::tree::Tree;
use super::workspace::{Package, Workspace};

/// What switches Clippy's list on, at the head of the library.
const HEAD: &str = "#![warn(clippy::disallowed_methods, clippy::disallowed_types)]";

/// What pure code does not name.
const DOORS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// Modules of the standard library that pure code does not take in a group: `use std::{fs, ..}`.
const GROUPED: &[&str] = &["fs", "net", "env", "process", "os"];

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let pure = |package: &&Package| find(&package.name).is_some_and(|row| row.reach == Reach::Pure);
    workspace
        .members
        .iter()
        .filter(pure)
        .flat_map(|package| package_faults(tree, package))
        .collect()
}

fn package_faults(tree: &Tree, package: &Package) -> Vec<Fault> {
    let mut faults = Vec::new();
    let library = package.library.as_deref().unwrap_or_default();
    if !tree.get(library).is_some_and(|text| text.lines().any(|line| line == HEAD)) {
        let file = if library.is_empty() { package.manifest() } else { library.to_owned() };
        let remedy = format!("write `{HEAD}` below its first comment");
        faults.push(Fault::new(&file, 0, "a pure package does not say that it is pure", remedy));
    }
    let folder = format!("{}/", package.folder);
    let files = tree.ending(".rs").filter_map(|(file, text)| {
        let inner = file.strip_prefix(&folder)?;
        (!is_test_file(inner)).then(|| (file, Source::new(text)))
    });
    let files: Vec<_> = files.collect();
    let for_tests: Vec<String> =
        files.iter().flat_map(|(file, source)| test_modules(file, source)).collect();
    for (file, source) in &files {
        let is_or_in = |module: &String| {
            let rest = file.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        if for_tests.iter().any(is_or_in) {
            continue;
        }
        let mut excused = Excuse::default();
        for (number, line) in source.lines_outside_tests() {
            let excused = excused.covers(line);
            let named = DOORS.iter().find(|door| has_word(line, door)).copied();
            if let Some(door) = named.or_else(|| grouped(line)).filter(|_| !excused) {
                faults.push(Fault::new(
                    file,
                    number,
                    format!("pure code names `{door}`"),
                    "take the value as an argument, or do this in a package that does IO",
                ));
            }
        }
    }
    faults
}

/// A module that a line takes from the standard library within braces.
fn grouped(line: &str) -> Option<&'static str> {
    let (_, group) = line.split_once("std::{")?;
    GROUPED.iter().find(|module| has_word(group, module)).copied()
}

/// Whether the statement that is being read stands below an `expect` of Clippy's list.
#[derive(Default)]
struct Excuse {
    statement: String,
}

impl Excuse {
    /// Takes the next line of code and says whether it is excused.
    fn covers(&mut self, line: &str) -> bool {
        self.statement.push_str(line);
        let excused = self.statement.split_once("#[expect(").is_some_and(|(_, attribute)| {
            attribute.split(')').next().is_some_and(|lints| lints.contains("clippy::disallowed_"))
        });
        if line.trim().is_empty() || line.trim_end().ends_with([';', '{', '}']) {
            self.statement.clear();
        }
        excused
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, package, tree, workspace};
    use super::*;

    #[test]
    fn pure_code_names_no_door() {
        let core = workspace(&[package("crates/phasegate-core", "phasegate-core", &[])]);
        let lib = "crates/phasegate-core/src/lib.rs";
        let clock = "crates/phasegate-core/src/clock.rs";
        let good = tree(&[
            (
                lib,
                &format!(
                    "//! Reads no std::fs.\n\n{HEAD}\nlet text = \"std::net\";\n\
                     #[cfg(test)]\nmod disk;\n"
                ),
            ),
            ("crates/phasegate-core/src/disk.rs", "use std::fs;\n"),
            ("crates/phasegate-core/src/disk/more.rs", "use std::fs;\n"),
            (clock, "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"),
            ("crates/phasegate-core/tests/files.rs", "use std::fs;\n"),
            ("crates/phasegate-sources/src/lib.rs", "use std::fs;\n"),
        ]);
        expect(&check(&good, &core), &[]);
        let bad = tree(&[
            (lib, "//! Pure.\n"),
            (clock, "use std::fs::read;\nuse std::{env, fmt};\n\nlet now = Instant::now();\n"),
        ]);
        let want = [
            "crates/phasegate-core/src/lib.rs:0: does not say that it is pure",
            "crates/phasegate-core/src/clock.rs:1: `std::fs`",
            "crates/phasegate-core/src/clock.rs:2: `env`",
            "crates/phasegate-core/src/clock.rs:4: `Instant::now`",
        ];
        expect(&check(&bad, &core), &want);
    }

    #[test]
    fn a_statement_may_be_excused_with_a_reason() {
        let core = workspace(&[package("crates/phasegate-core", "phasegate-core", &[])]);
        let expect_it = "#[expect(\n    clippy::disallowed_methods,\n    reason = \"why\"\n)]\n";
        let text = format!("{HEAD}\n{expect_it}let a = Instant::now();\nlet b = Instant::now();\n");
        let files = tree(&[("crates/phasegate-core/src/lib.rs", &text)]);
        expect(&check(&files, &core), &["crates/phasegate-core/src/lib.rs:7: `Instant::now`"]);
        let other = text.replace("    clippy::disallowed_methods", "    clippy::unwrap_used");
        let files = tree(&[("crates/phasegate-core/src/lib.rs", &other)]);
        assert_eq!(check(&files, &core).len(), 2);
    }

    #[test]
    fn what_does_io_may() {
        let sources = workspace(&[package("crates/phasegate-sources", "phasegate-sources", &[])]);
        let files = tree(&[("crates/phasegate-sources/src/lib.rs", "use std::fs;\n")]);
        expect(&check(&files, &sources), &[]);
    }
}
