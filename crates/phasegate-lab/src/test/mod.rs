//! Running the tests of a project, as `opa test` does.

mod cases;
mod discover;
mod failing;
mod result;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use phasegate::Timestamp;
use phasegate::rego::lab::{Lab, LabSetup, RuleRun, check_modules};
use serde_json::Value;

pub use self::failing::{Failure, ValueAt};
pub use self::result::{Case, Counts, Location, Status, SubResult, TestError, TestResult};

use self::discover::{Discovered, Test, discover};
use self::failing::Search;
use crate::coverage::{Coverage, Instrumented};
use crate::{LabError, Project};

/// How tests are run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestOptions {
    /// Only tests whose full name (`data.gate_test.test_limit`) this regular expression matches.
    pub run: Option<String>,
    /// How long one test may take. Default five seconds. The engine looks at the time between its
    /// steps: a call of a builtin that is long by itself ends late, and is an error all the same.
    pub timeout: Duration,
    /// How many tests run at once; `None` for as many as there are processors.
    pub parallel: Option<NonZeroUsize>,
    /// Find out what did not hold, and the values in it.
    pub failures: bool,
    /// Record what the tests reach.
    pub coverage: bool,
    /// A failing builtin is an error, as at the gate; else its expression is undefined, as in
    /// `opa test`.
    pub strict_builtin_errors: bool,
    /// What `time.now_ns` answers.
    pub now: Timestamp,
}

impl TestOptions {
    /// The defaults of `opa test`, at a moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            run: None,
            timeout: Duration::from_secs(5),
            parallel: None,
            failures: false,
            coverage: false,
            strict_builtin_errors: false,
            now,
        }
    }
}

/// What became of all tests.
#[derive(Debug, Clone)]
pub struct TestRun {
    /// In the order of files and rules.
    pub results: Vec<TestResult>,
    /// What they reached, when that was asked for.
    pub coverage: Option<Coverage>,
}

impl TestRun {
    /// The exit code of `opa test` without coverage: 0 when all passed, else 2.
    #[must_use]
    pub fn exit_code(&self, skipped_is_zero: bool) -> u8 {
        let good = |result: &TestResult| match result.status() {
            Status::Pass => true,
            Status::Skipped => skipped_is_zero,
            Status::Fail | Status::Error => false,
        };
        if self.results.iter().all(good) { 0 } else { 2 }
    }
}

/// The stack of a worker: rules may call each other 256 deep.
const STACK_BYTES: usize = 64 << 20;

/// Runs the tests of a project.
///
/// The results do not depend on how many tests run at once, but for their durations.
///
/// # Errors
/// [`LabError::Load`] when the modules do not compile, [`LabError::Usage`] for a regular expression
/// that is none.
///
/// ```
/// use phasegate_lab::{Project, test};
///
/// let files = [
///     ("gate.rego", "package gate\n\nallow if input.n < 3\n"),
///     ("gate_test.rego", "package gate_test\n\ntest_two if data.gate.allow with input.n as 2\n"),
/// ];
/// let project = Project::of_files(files.map(|(path, text)| (path.to_owned(), text.into())))?;
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let run = test::run(&project, &test::TestOptions::at(now))?;
/// assert_eq!(run.results[0].full_name(), "data.gate_test.test_two");
/// assert_eq!(run.results[0].status(), test::Status::Pass);
/// # Ok::<(), phasegate_lab::LabError>(())
/// ```
pub fn run(project: &Project, options: &TestOptions) -> Result<TestRun, LabError> {
    let loaded = Loaded::new(project, options)?;
    let runner = loaded.runner(project, options);
    let ran = in_parallel(&loaded.tests, options.parallel, |test| runner.run(test))?;
    let mut reached = BTreeSet::new();
    let mut results = Vec::with_capacity(ran.len());
    for one in ran {
        reached.extend(one.reached);
        results.push(one.result);
    }
    if !options.coverage {
        return Ok(TestRun { results, coverage: None });
    }
    // Marks are looked at in a run of their own, so that results never depend on them.
    let instrumented = Instrumented::of(project, &loaded.texts);
    let marked = LabSetup { marks: instrumented.marks(), ..runner.setup };
    let lab = Lab::load(borrowed(&instrumented.texts), &marked)?;
    in_parallel(&loaded.tests, options.parallel, |test| {
        if !test.skip {
            drop(lab.run(&test.path, Some(options.now)));
        }
    })?;
    let coverage = Some(instrumented.coverage(project, &reached, &lab.seen()));
    Ok(TestRun { results, coverage })
}

/// The first test, in the order of files and rules, that fails or cannot be evaluated; those after
/// it are not run. `None` when all pass. One after the other, on the stack of the caller.
///
/// # Errors
/// As [`run`].
pub(crate) fn first_failing(
    project: &Project,
    options: &TestOptions,
) -> Result<Option<String>, LabError> {
    let loaded = Loaded::new(project, options)?;
    let runner = loaded.runner(project, options);
    let failed = loaded.tests.iter().find_map(|test| {
        let result = runner.run(test).result;
        let failed = matches!(result.status(), Status::Fail | Status::Error);
        failed.then(|| result.full_name())
    });
    Ok(failed)
}

/// Whether a project has a test that would be run.
pub(crate) fn has_tests(project: &Project) -> bool {
    discover(project).tests.iter().any(|test| !test.skip)
}

/// The tests of a project, ready to be run.
struct Loaded {
    tests: Vec<Test>,
    texts: Vec<(String, String)>,
    lab: Lab,
    cases: CaseFinders,
}

impl Loaded {
    fn new(project: &Project, options: &TestOptions) -> Result<Self, LabError> {
        let pattern = options.run.as_deref().map(regex::Regex::new).transpose();
        let pattern = pattern.map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().next_back().unwrap_or_default();
            LabError::usage(format!("`--run` is not a regular expression: {reason}"))
        })?;
        check_modules(&project.modules, &project.data)?;
        let Discovered { mut tests, texts } = discover(project);
        tests.retain(|test| pattern.as_ref().is_none_or(|one| one.is_match(&test.full_name())));
        let setup = setup(project, options);
        let covered = LabSetup { coverage: options.coverage, ..setup };
        let lab = Lab::load(borrowed(&texts), &covered)?;
        let cases = case_finders(project, &tests, &texts, &setup);
        Ok(Self { tests, texts, lab, cases })
    }

    fn runner<'a>(&'a self, project: &'a Project, options: &'a TestOptions) -> Runner<'a> {
        let setup = setup(project, options);
        Runner { project, loaded: self, setup, options }
    }
}

/// How the engine is set up where nothing is recorded.
fn setup<'a>(project: &'a Project, options: &TestOptions) -> LabSetup<'a> {
    LabSetup {
        data: &project.data,
        strict_builtin_errors: options.strict_builtin_errors,
        timeout: options.timeout,
        coverage: false,
        marks: 0,
    }
}

fn borrowed(texts: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(file, text)| (file.as_str(), text.as_str()))
}

/// For each test with cases, by its path, where all of them are found.
type CaseFinders = BTreeMap<String, (Lab, String)>;

fn case_finders(
    project: &Project,
    tests: &[Test],
    texts: &[(String, String)],
    setup: &LabSetup<'_>,
) -> CaseFinders {
    let mut rules: Vec<(String, String, String)> = Vec::new();
    for (number, test) in tests.iter().enumerate().filter(|(_, test)| test.has_cases) {
        let (at, rule) = test.place;
        let Some(module) = project.modules.get(at) else { continue };
        let Some(rule) = module.rules.get(rule) else { continue };
        let text =
            format!("{}\n{}", cases::header(module), cases::rule(module, rule, test, number));
        let path = format!("{}.{}", test.package, cases::rule_name(number));
        rules.push((test.path.clone(), path, text));
    }
    let load = |rules: &[(String, String, String)]| {
        let names: Vec<String> =
            (0..rules.len()).map(|number| format!("phasegate_cases_{number}.rego")).collect();
        let ours = names.iter().map(String::as_str);
        let ours = ours.zip(rules.iter().map(|(_, _, text)| text.as_str()));
        Lab::load(borrowed(texts).chain(ours), setup).ok()
    };
    if rules.is_empty() {
        return CaseFinders::new();
    }
    // One that the engine refuses must not take the others with it.
    let together = load(&rules);
    let finder = |rule: (String, String, String)| {
        let lab = together.clone().or_else(|| load(std::slice::from_ref(&rule)))?;
        let (test, path, _) = rule;
        Some((test, (lab, path)))
    };
    rules.into_iter().filter_map(finder).collect()
}

struct Runner<'a> {
    project: &'a Project,
    loaded: &'a Loaded,
    setup: LabSetup<'a>,
    options: &'a TestOptions,
}

/// A result, and what it took to get it.
struct Ran {
    result: TestResult,
    reached: BTreeSet<(String, usize)>,
}

impl Runner<'_> {
    fn run(&self, test: &Test) -> Ran {
        let mut result = TestResult {
            error: None,
            location: test.location.clone(),
            sub_results: BTreeMap::new(),
            package: test.package.clone(),
            name: test.name.clone(),
            output: String::new(),
            duration: Duration::ZERO,
            fail: false,
            skip: test.skip,
            failure: None,
        };
        if test.skip {
            return Ran { result, reached: BTreeSet::new() };
        }
        let start = Instant::now();
        let run = self.loaded.lab.run(&test.path, Some(self.options.now));
        result.duration = start.elapsed();
        for line in &run.prints {
            result.output.push_str(line);
            result.output.push('\n');
        }
        let RuleRun { value, failed_at, reached, .. } = run;
        match value {
            Err(error) => result.error = Some(of_error(&error.code, error.message, failed_at)),
            Ok(value) if test.has_cases => self.judge_cases(test, value.as_ref(), &mut result),
            Ok(value) => result.fail = value != Some(Value::Bool(true)),
        }
        if result.fail && self.options.failures {
            self.explain(test, &mut result);
        }
        Ran { result, reached }
    }

    fn judge_cases(&self, test: &Test, value: Option<&Value>, result: &mut TestResult) {
        // A test without any case that holds is an empty object, and as such no failure.
        result.sub_results = value.map(cases::of_value).unwrap_or_default();
        result.fail = result.sub_results.values().any(|case| case.fail);
        let Some((lab, path)) = self.loaded.cases.get(&test.path) else { return };
        if let Ok(Some(Value::Array(found))) = lab.run(path, Some(self.options.now)).value {
            for case in &found {
                result.fail |= cases::add(&mut result.sub_results, &cases::path(case));
            }
        }
    }

    fn explain(&self, test: &Test, result: &mut TestResult) {
        let (at, rule) = test.place;
        let module = self.project.modules.get(at);
        let Some((module, rule)) = module.and_then(|m| m.rules.get(rule).map(|rule| (m, rule)))
        else {
            return;
        };
        let search =
            Search { texts: &self.loaded.texts, setup: self.setup, now: self.options.now, module };
        let leaves = result.cases().into_iter().filter(|case| case.is_leaf() && case.result.fail);
        let leaves: Vec<Vec<String>> =
            leaves.map(|case| case.path.iter().map(|&name| name.to_owned()).collect()).collect();
        if leaves.is_empty() {
            result.failure = search.rule(rule, None);
        }
        for path in leaves {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let failure = search.rule(rule, Some(&failing::is_case(module, rule, test, &names)));
            let mut inner = result.sub_results.get_mut(&path[0]);
            for name in &path[1..] {
                inner = inner.and_then(|case| case.sub_results.get_mut(name));
            }
            if let Some(case) = inner {
                case.failure = failure;
            }
        }
    }
}

/// An error of the engine in OPA's words, where OPA has some for it.
fn of_error(code: &str, message: String, at: Option<(String, usize, usize)>) -> TestError {
    let (code, message) = match code {
        "deadline_exceeded" => ("eval_cancel_error", "caller cancelled query execution".to_owned()),
        "eval_conflict_error" if message.contains("value for key") => {
            (code, "object keys must be unique".to_owned())
        }
        "eval_conflict_error" => {
            (code, "complete rules must not produce multiple outputs".to_owned())
        }
        _ => (code, message),
    };
    let location = at.map(|(file, row, col)| Location { file, row, col });
    TestError { code: code.to_owned(), message, location }
}

/// Does the same with each item on several threads, and gives what came of them in their order.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    parallel: Option<NonZeroUsize>,
    work: impl Fn(&T) -> R + Sync,
) -> Result<Vec<R>, LabError> {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = parallel.unwrap_or(processors).get().min(items.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
    let started = std::thread::scope(|scope| {
        for _ in 0..threads {
            let (next, done, work) = (&next, &done, &work);
            let worker = move || {
                while let Some((at, item)) = take(next, items) {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.insert(at, result);
                    }
                }
            };
            std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, worker)?;
        }
        Ok(())
    });
    started.map_err(|error: std::io::Error| {
        LabError::usage(format!("{threads} threads cannot be started: {error}; use `--parallel 1`"))
    })?;
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(done.into_values().collect())
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    items.get(at).map(|item| (at, item))
}
