//! Case tables: a base input, rows that change it, and what the gate has to decide about each.
//!
//! A table is a file `*.cases.yaml` (`.yml`, `.json`) beside the policies; `docs/cases.md` says
//! what it holds. Its rows ask the whole gate: guard, policy, resolution.

mod document;
mod judge;
mod table;

use std::collections::BTreeMap;
use std::time::Duration;

use phasegate::Gate;
use phasegate::rego::{Diagnostic, LoadError, PolicyOptions};
use serde::Serialize;

pub use self::document::{CaseRowDocument, CaseTableDocument, CasesSchema, SCHEMA};
pub use self::judge::{holds, judge};
pub(crate) use self::table::remove;
pub use self::table::{CaseRow, CaseTable, Expected};

use crate::project::FileKind;
use crate::test::{Location, TestResult};
use crate::{LabError, Project};

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CaseResult {
    /// The table's file.
    pub file: String,
    /// The row's line in it, from 1.
    pub line: usize,
    /// What the row is called, or what it changes.
    pub name: String,
    /// What differs; empty when the row passes.
    pub mismatches: Vec<Mismatch>,
    /// The comparisons that speak against the version, when something differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explanation: Vec<String>,
}

impl CaseResult {
    /// Whether the gate decided as the row says.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// One difference between a row and what the gate said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// What differs: `outcome`, `violations`, `warnings`, `reasons`, `errors`, `blocked`.
    pub what: &'static str,
    /// What the row says.
    pub expected: String,
    /// What the gate said.
    pub got: String,
}

/// The case tables of a project, read.
///
/// # Errors
/// [`LabError::Load`] with every fault of every table.
pub fn tables(project: &Project) -> Result<Vec<CaseTable>, LabError> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut tables = Vec::new();
    for (file, bytes) in &project.files {
        if FileKind::of(file) == Some(FileKind::Cases) {
            match CaseTable::read(file, bytes, &project.files) {
                Ok(table) => tables.push(table),
                Err(found) => faults.extend(found),
            }
        }
    }
    if faults.is_empty() { Ok(tables) } else { Err(LoadError { diagnostics: faults }.into()) }
}

/// Runs every row of a project's tables, in the order of files and rows. A project without tables
/// has no results and needs no promotion package.
///
/// # Errors
/// [`LabError::Load`] for a table that cannot be read or policies that the gate refuses.
///
/// ```
/// use phasegate_lab::{Project, cases};
///
/// let rules = "package lifecycle.promotion\n\ndefault allow := false\n\nallow if input.n < 3\n";
/// let table = "input: {n: 2}\ncases:\n  - set: {n: 3}\n    outcome: reject\n";
/// let files = [("gate.rego", rules), ("gate.cases.yaml", table)];
/// let project = Project::of_files(files.map(|(path, text)| (path.to_owned(), text.into())))?;
/// let results = cases::run(&project, &phasegate::rego::PolicyOptions::default())?;
/// assert!(results[0].passed());
/// # Ok::<(), phasegate_lab::LabError>(())
/// ```
pub fn run(project: &Project, options: &PolicyOptions) -> Result<Vec<CaseResult>, LabError> {
    let tables = tables(project)?;
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let gate = gate(project, options)?;
    let rows = tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)));
    Ok(rows.map(|(table, row)| judge(&gate, table, row)).collect())
}

/// The gate of a project's policies.
///
/// # Errors
/// [`LabError::Load`] for policies that the gate refuses.
pub fn gate(project: &Project, options: &PolicyOptions) -> Result<Gate, LabError> {
    let builder = Gate::builder().policy(project.policy_files()).options(options.clone());
    builder.build().map_err(LabError::from)
}

/// Rows as tests, for the reports of tests: the package is `cases` and the table's file, the name
/// is the row's, and the output says what differs.
#[must_use]
pub fn as_tests(results: &[CaseResult]) -> Vec<TestResult> {
    results.iter().map(as_test).collect()
}

fn as_test(result: &CaseResult) -> TestResult {
    let differs = result
        .mismatches
        .iter()
        .map(|one| format!("{}: expected {}, got {}\n", one.what, one.expected, one.got));
    let explained = result.explanation.iter().map(|line| format!("{line}\n"));
    TestResult {
        error: None,
        location: Location { file: result.file.clone(), row: result.line, col: 1 },
        sub_results: BTreeMap::new(),
        package: format!("cases.{}", result.file),
        name: result.name.clone(),
        output: differs.chain(explained).collect(),
        duration: Duration::ZERO,
        fail: !result.passed(),
        skip: false,
        failure: None,
    }
}
