//! Test runs: named rules with what they print, what they reach, and what marks in their text see.
//!
//! It belongs to the feature `lab`; nothing that decides needs it. A text may be instrumented with
//! calls of [`MARK`]: `phasegate_mark(7, x > 3)` is `x > 3`, and remembers under 7 what it was.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use phasegate_core::Timestamp;
use serde_json::Value;

use super::{Budget, EngineError, Setup, Template, contained};
use crate::builtin::{Calling, GUARDED, OPA_ONLY};
use crate::check::{CheckOptions, Profile, check};
use crate::diagnostic::Severity;
use crate::policy::LoadError;
use crate::query::QueryError;
use crate::syntax::Module;

/// The function that marks call: a number, and a value that it gives back.
pub const MARK: &str = "phasegate_mark";

/// What is run, and how.
#[derive(Debug, Clone, Copy)]
pub struct LabSetup<'a> {
    /// The base data.
    pub data: &'a Value,
    /// A failing builtin is an error; else its expression is undefined, as in `opa test`.
    pub strict_builtin_errors: bool,
    /// How long one rule may take.
    pub timeout: Duration,
    /// Whether the reached lines are recorded.
    pub coverage: bool,
    /// How many marks the texts have.
    pub marks: usize,
}

/// Modules whose rules can be run one by one, by any number of threads.
#[derive(Debug, Clone)]
pub struct Lab {
    template: Template,
    files: Arc<[String]>,
    marks: Arc<[Counter]>,
    coverage: bool,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleRun {
    /// Its value; `None` when it is undefined.
    pub value: Result<Option<Value>, QueryError>,
    /// Where it failed: file, row, column.
    pub failed_at: Option<(String, usize, usize)>,
    /// What it printed, one text per call.
    pub prints: Vec<String>,
    /// The rows of each file that the engine evaluated something of, when coverage is on.
    pub reached: BTreeSet<(String, usize)>,
}

/// What a mark has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// How often it was true, or any value but false.
    pub truthy: u64,
    /// How often it was false.
    pub falsy: u64,
}

#[derive(Debug, Default)]
struct Counter {
    truthy: AtomicU64,
    falsy: AtomicU64,
}

/// The faults that keep modules from being compiled, as OPA's compiler would report them.
///
/// # Errors
/// All of them.
pub fn check_modules(modules: &[Module], data: &Value) -> Result<(), LoadError> {
    let options =
        CheckOptions { profile: Profile::Opa, max_depth: crate::check::LARGEST_MAX_DEPTH };
    let diagnostics = check(modules, data, &options);
    if diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(LoadError { diagnostics });
    }
    Ok(())
}

impl Lab {
    /// Prepares modules, given as `(file, text)`.
    ///
    /// # Errors
    /// The first fault that the engine finds; [`check_modules`] finds more of them.
    pub fn load<'a>(
        modules: impl IntoIterator<Item = (&'a str, &'a str)>,
        setup: &LabSetup<'_>,
    ) -> Result<Self, LoadError> {
        let modules: Vec<_> = modules.into_iter().collect();
        let engine = Setup {
            calling: if setup.strict_builtin_errors { Calling::Strict } else { Calling::Lenient },
            deadline: setup.timeout,
            guarded: vec![GUARDED, OPA_ONLY],
            called: None,
        };
        let marks: Arc<[Counter]> = (0..setup.marks).map(|_| Counter::default()).collect();
        let seen = Arc::clone(&marks);
        let template = Template::build(modules.iter().copied(), setup.data, &engine).and_then(
            |mut template| {
                contained(|| {
                    let engine = &mut template.engine;
                    if setup.marks > 0 {
                        let mark = move |arguments: Vec<regorus::Value>| Ok(mark(&seen, arguments));
                        engine.add_extension(MARK.to_owned(), 2, Box::new(mark))?;
                    }
                    // The engine analyzes all modules before its first answer, whatever it is.
                    engine.eval_query("true".to_owned(), false)?;
                    engine.set_enable_coverage(setup.coverage);
                    Ok(())
                })?;
                Ok(template)
            },
        );
        let mut files: Vec<String> = modules.iter().map(|(file, _)| (*file).to_owned()).collect();
        // A print is told by the longest name that it begins with.
        files.sort_by_key(|file| std::cmp::Reverse(file.len()));
        match template {
            Ok(template) => {
                Ok(Self { template, files: files.into(), marks, coverage: setup.coverage })
            }
            Err(error) => {
                let line = |file: &str, row: usize| {
                    let (_, text) = modules.iter().find(|(name, _)| *name == file)?;
                    text.lines().nth(row.checked_sub(1)?).map(str::to_owned)
                };
                Err(LoadError { diagnostics: vec![error.to_diagnostic(line)] })
            }
        }
    }

    /// Evaluates a path that begins with `data`, such as `data.gate_test.test_limit`.
    #[must_use]
    pub fn run(&self, path: &str, now: Option<Timestamp>) -> RuleRun {
        let mut prints = Vec::new();
        let mut reached = BTreeSet::new();
        let answer =
            self.evaluate(path, now, &mut prints, &mut reached, |value| Budget::new().write(value));
        let failed_at = answer.as_ref().err().and_then(|error| error.place.clone());
        let value = answer
            .map_err(|error| QueryError { code: error.code.to_owned(), message: error.message });
        RuleRun { value, failed_at, prints, reached }
    }

    /// The value of a path as Rego writes it: `{1, 2}` is a set. `None` when it is undefined or
    /// fails.
    #[must_use]
    pub fn texts(&self, path: &str, now: Option<Timestamp>) -> Option<Vec<Vec<String>>> {
        let answer = self.evaluate(path, now, &mut Vec::new(), &mut BTreeSet::new(), |value| {
            let rows =
                value.as_set().map(|rows| rows.iter_sorted().cloned().collect::<Vec<_>>())?;
            let parts = |row: &regorus::Value| -> anyhow::Result<Vec<String>> {
                Ok(row.as_array()?.iter().map(rego).collect())
            };
            rows.iter().map(parts).collect::<anyhow::Result<Vec<_>>>()
        });
        answer.ok().flatten()
    }

    /// What each mark has seen so far, in the order of their numbers.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let seen = |mark: &Counter| Seen {
            truthy: mark.truthy.load(Ordering::Relaxed),
            falsy: mark.falsy.load(Ordering::Relaxed),
        };
        self.marks.iter().map(seen).collect()
    }

    fn evaluate<T>(
        &self,
        path: &str,
        now: Option<Timestamp>,
        prints: &mut Vec<String>,
        reached: &mut BTreeSet<(String, usize)>,
        read: impl FnOnce(&regorus::Value) -> anyhow::Result<T>,
    ) -> Result<Option<T>, EngineError> {
        self.template.run(None, now, self.template.deadline(), |engine| {
            let answer = engine.eval_query(path.to_owned(), false);
            *prints = engine.take_prints()?.iter().map(|line| self.printed(line)).collect();
            if self.coverage {
                for file in engine.get_coverage_report()?.files {
                    let rows = file.covered.iter().filter_map(|&row| usize::try_from(row).ok());
                    reached.extend(rows.map(|row| (file.path.clone(), row)));
                }
            }
            let value = answer?.result.into_iter().next();
            let value = value.and_then(|result| result.expressions.into_iter().next());
            match value.map(|expression| expression.value) {
                None | Some(regorus::Value::Undefined) => Ok(None),
                Some(value) => read(&value).map(Some),
            }
        })
    }

    /// A printed text without the place that the engine puts before it.
    fn printed(&self, line: &str) -> String {
        let rest = self.files.iter().find_map(|file| line.strip_prefix(file.as_str()));
        let text = rest.and_then(|rest| rest.strip_prefix(':')?.split_once(": "));
        text.map_or(line, |(_, text)| text).to_owned()
    }
}

fn mark(marks: &[Counter], arguments: Vec<regorus::Value>) -> regorus::Value {
    let mut arguments = arguments.into_iter();
    let number = arguments.next().and_then(|number| number.as_u64().ok());
    let value = arguments.next().unwrap_or(regorus::Value::Undefined);
    let mark = number.and_then(|number| marks.get(usize::try_from(number).ok()?));
    if let Some(mark) = mark {
        let is_false = value == regorus::Value::Bool(false);
        let counter = if is_false { &mark.falsy } else { &mark.truthy };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    value
}

/// A value as Rego writes it.
fn rego(value: &regorus::Value) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match value {
        regorus::Value::Array(items) => format!("[{}]", joined(items.iter().map(rego).collect())),
        regorus::Value::Set(items) if items.is_empty() => "set()".to_owned(),
        regorus::Value::Set(items) => {
            format!("{{{}}}", joined(items.iter_sorted().map(rego).collect()))
        }
        regorus::Value::Object(fields) => {
            let mut text = String::from("{");
            for (at, (key, value)) in fields.iter_sorted().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                // Writing to a String cannot fail.
                let _ = write!(text, "{comma}{}: {}", rego(key), rego(value));
            }
            text.push('}');
            text
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "package p\n\nallow if {\n\tphasegate_mark(0, input.n > 3)\n\tprint(\"big\", \
         {1, 2})\n}\n\nbad := 1 / 0\n\nkeys contains [x, {x}] if some x in [\"b\", 2]\n\n\
         test_a if allow with input as {\"n\": 4}\n\ntest_b if not allow with input as {\"n\": 3}\n";

    fn lab(strict: bool) -> Lab {
        let setup = LabSetup {
            data: &Value::Object(serde_json::Map::new()),
            strict_builtin_errors: strict,
            timeout: Duration::from_secs(5),
            coverage: true,
            marks: 1,
        };
        Lab::load([("dir/p.rego", POLICY)], &setup).unwrap()
    }

    #[test]
    fn a_rule_gives_its_value_its_prints_and_its_rows() {
        let lab = lab(false);
        let run = lab.run("data.p.test_a", None);
        assert_eq!(run.value, Ok(Some(Value::Bool(true))));
        assert_eq!(run.prints, ["big {1, 2}"]);
        assert!(run.reached.contains(&("dir/p.rego".to_owned(), 4)), "{run:?}");
        assert_eq!(lab.seen(), [Seen { truthy: 1, falsy: 0 }]);
        assert_eq!(lab.run("data.p.test_b", None).value, Ok(Some(Value::Bool(true))));
        assert_eq!(lab.seen(), [Seen { truthy: 1, falsy: 1 }]);
        assert_eq!(lab.run("data.p.none", None).value, Ok(None));
        let texts = lab.texts("data.p.keys", None).unwrap();
        assert_eq!(texts, [["2", "{2}"], ["\"b\"", "{\"b\"}"]]);
    }

    #[test]
    fn a_failing_builtin_is_an_error_only_when_strict() {
        assert_eq!(lab(false).run("data.p.bad", None).value, Ok(None));
        let run = lab(true).run("data.p.bad", None);
        assert_eq!(run.value.unwrap_err().code, "eval_builtin_error");
        assert_eq!(run.failed_at.map(|(file, row, _)| (file, row)), Some(("dir/p.rego".into(), 8)));
    }
}
