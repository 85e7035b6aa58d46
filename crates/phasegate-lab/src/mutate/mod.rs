//! Mutation testing: small faults put into policies, one at a time, to see whether tests and case
//! tables notice.
//!
//! A mutant that they notice is killed; one that they do not is a survivor, a fault that somebody
//! could make tomorrow. Mutants that the gate or the tests refuse to load are counted apart: nobody
//! could deploy them. Order and results do not depend on how many run at once.

mod operators;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use phasegate::rego::PolicyOptions;
use phasegate::rego::syntax::{Module, Span};
use phasegate::{Gate, Timestamp};
use serde::Serialize;

pub use self::operators::Operator;

use crate::cases::{self, CaseTable};
use crate::project::is_test_file;
use crate::test::{self, TestOptions, in_parallel};
use crate::{LabError, Project};

/// One fault in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mutant {
    /// What kind of fault.
    pub operator: Operator,
    /// The file.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// The column in characters, from 1.
    pub col: usize,
    /// What stands there.
    pub before: String,
    /// What stands there in the mutant.
    pub after: String,
    #[serde(skip)]
    span: Span,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// A test or a row of a table fails with it.
    Killed {
        /// Which: `data.gate_test.test_limit`, `gate.cases.yaml:7`.
        by: String,
    },
    /// Everything passes with it.
    Survived,
    /// It does not load.
    Refused,
}

/// A mutant and its fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// The fault.
    #[serde(flatten)]
    pub mutant: Mutant,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// What became of all mutants, in the order of files, places and operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutationRun {
    /// Each mutant.
    pub mutants: Vec<Mutation>,
}

impl MutationRun {
    /// How many were noticed.
    #[must_use]
    pub fn killed(&self) -> usize {
        self.count(|fate| matches!(fate, Fate::Killed { .. }))
    }

    /// How many were not.
    #[must_use]
    pub fn survived(&self) -> usize {
        self.count(|fate| *fate == Fate::Survived)
    }

    /// How many did not load.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.count(|fate| *fate == Fate::Refused)
    }

    /// The share of the loaded mutants that were noticed, in percent; 100 when there was none.
    #[must_use]
    pub fn score(&self) -> f64 {
        let (killed, loaded) = (self.killed(), self.killed() + self.survived());
        if loaded == 0 { 100.0 } else { 100.0 * killed as f64 / loaded as f64 }
    }

    /// Those that nobody noticed.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        let survived = self.mutants.iter().filter(|one| one.fate == Fate::Survived);
        survived.map(|one| &one.mutant)
    }

    fn count(&self, fate: impl Fn(&Fate) -> bool) -> usize {
        self.mutants.iter().filter(|one| fate(&one.fate)).count()
    }
}

/// How mutants are run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MutateOptions {
    /// How the gate loads the policies for case tables.
    pub policy: PolicyOptions,
    /// How many mutants run at once; `None` for as many as there are processors.
    pub parallel: Option<NonZeroUsize>,
    /// What `time.now_ns` answers to tests.
    pub now: Timestamp,
}

impl MutateOptions {
    /// The defaults, at a moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { policy: PolicyOptions::default(), parallel: None, now }
    }
}

/// How far a run is: mutants done, mutants in all.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// The mutants of a project's policies, in the order of files, places and operators.
#[must_use]
pub fn mutants(project: &Project) -> Vec<Mutant> {
    operators::mutants(project)
}

/// Runs every mutant against the tests and case tables of its project.
///
/// # Errors
/// [`LabError::Load`] for policies, tests or tables that do not load, [`LabError::Usage`] when
/// there is no test, or when one fails before anything is mutated.
pub fn run(
    project: &Project,
    options: &MutateOptions,
    progress: Progress<'_>,
) -> Result<MutationRun, LabError> {
    let tables = cases::tables(project)?;
    let judge = Judge { tables: &tables, has_tests: test::has_tests(project), options };
    if tables.is_empty() && !judge.has_tests {
        return Err(LabError::usage(
            "there is no test and no case table that could notice a fault",
        ));
    }
    if !tables.is_empty() {
        cases::gate(project, &options.policy)?;
    }
    // On the stack of a worker, which is deep enough for what tests call.
    let before = in_parallel(&[project], None, |project| judge.noticed(project))?;
    if let Some(failing) = before.into_iter().next().transpose()?.flatten() {
        let problem = format!("`{failing}` fails before anything is mutated; mend it first");
        return Err(LabError::usage(problem));
    }
    let mutants = mutants(project);
    let done = AtomicUsize::new(0);
    let fates = in_parallel(&mutants, options.parallel, |mutant| {
        let fate = judge.fate(project, mutant);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, mutants.len());
        fate
    })?;
    let mutants = mutants.into_iter().zip(fates);
    let mutants = mutants.map(|(mutant, fate)| Mutation { mutant, fate }).collect();
    Ok(MutationRun { mutants })
}

struct Judge<'a> {
    tables: &'a [CaseTable],
    has_tests: bool,
    options: &'a MutateOptions,
}

impl Judge<'_> {
    fn fate(&self, project: &Project, mutant: &Mutant) -> Fate {
        let Some(mutated) = mutated(project, mutant) else { return Fate::Refused };
        match self.noticed(&mutated) {
            Ok(Some(by)) => Fate::Killed { by },
            Ok(None) => Fate::Survived,
            Err(_) => Fate::Refused,
        }
    }

    /// The first row or test that fails; rows come first, which are cheaper.
    fn noticed(&self, project: &Project) -> Result<Option<String>, LabError> {
        if !self.tables.is_empty() {
            let gate = cases::gate(project, &self.options.policy)?;
            if let Some(by) = self.row(&gate) {
                return Ok(Some(by));
            }
        }
        if !self.has_tests {
            return Ok(None);
        }
        test::first_failing(project, &TestOptions::at(self.options.now))
    }

    fn row(&self, gate: &Gate) -> Option<String> {
        let rows = self.tables.iter().flat_map(|table| table.rows.iter().map(move |r| (table, r)));
        let failed = rows.into_iter().find(|(table, row)| !cases::holds(gate, table, row));
        failed.map(|(table, row)| format!("{}:{}", table.file, row.line))
    }
}

/// The project with a fault; `None` when the file is no Rego any more.
fn mutated(project: &Project, mutant: &Mutant) -> Option<Project> {
    let mut project = project.clone();
    let module = project.modules.iter_mut().find(|module| module.file == mutant.file)?;
    let text = edited(module, mutant.span, &mutant.after)?;
    *module = Module::parse(&mutant.file, &text).ok()?;
    project.files.insert(mutant.file.clone(), text.into_bytes());
    Some(project)
}

fn edited(module: &Module, span: Span, after: &str) -> Option<String> {
    let (before, rest) = (module.text.get(..span.start)?, module.text.get(span.end..)?);
    Some(format!("{before}{after}{rest}"))
}

/// A mutant as a difference of the source: the lines it changes, before and after.
#[must_use]
pub fn diff(project: &Project, mutant: &Mutant) -> String {
    let module = project.modules.iter().find(|module| module.file == mutant.file);
    let Some(module) = module else { return String::new() };
    let Some(text) = edited(module, mutant.span, &mutant.after) else { return String::new() };
    let rows = |text: &str| mutant.row + text.matches('\n').count();
    let lines = |text: &str, last: usize| -> Vec<String> {
        let skipped = text.lines().skip(mutant.row.saturating_sub(1));
        skipped.take(last + 1 - mutant.row).map(str::to_owned).collect()
    };
    let before = lines(&module.text, rows(&mutant.before));
    let mut after = lines(&text, rows(&mutant.after));
    if mutant.after.is_empty() {
        after.retain(|line| !line.trim().is_empty());
    }
    let head = format!("@@ {}:{} {} @@", mutant.file, mutant.row, mutant.operator.as_str());
    let before = before.iter().map(|line| format!("-{line}"));
    let after = after.iter().map(|line| format!("+{line}"));
    let lines: Vec<String> = std::iter::once(head).chain(before).chain(after).collect();
    lines.join("\n") + "\n"
}

/// Whether a module's faults would matter: tests are not mutated.
fn is_policy(module: &Module) -> bool {
    !is_test_file(&module.file)
}
