//! The engine: the one place, beside the conversion of its syntax tree, that knows regorus.
//!
//! A [`Template`] is built once per policy set, prepared by a first evaluation, and cloned for
//! every call (0.2 microseconds): a clone shares the policy, starts without input, and is dropped
//! after the call, so that no call sees anything of another.

mod answer;
mod json;
#[cfg(feature = "lab")]
pub mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use phasegate_core::Timestamp;
use regorus::utils::limits::{ExecutionTimerConfig, LimitError, PolicyLengthConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::builtin::{self, Calling, Failure, Guarded};
use crate::diagnostic::{Code, Diagnostic};
use crate::query::Captured;
use crate::syntax::limits;

pub(crate) use self::answer::{Allowance, Answer, Part};
pub use self::json::{Json, pretty};

/// What the engine is built with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Whether a failing builtin is an error, and what it may take.
    pub(crate) calling: Calling,
    /// How long one evaluation may take.
    pub(crate) deadline: Duration,
    /// Builtins that are called only after a look at their arguments.
    pub(crate) guarded: Vec<&'static [Guarded]>,
    /// The functions that the modules can call, by their dotted names; `None` for any. What is not
    /// called need not be registered, which every clone would pay for.
    pub(crate) called: Option<BTreeSet<String>>,
}

impl Setup {
    fn calls(&self, name: &str) -> bool {
        self.called.as_ref().is_none_or(|called| called.contains(name))
    }
}

/// A prepared engine, to be cloned for each call.
#[derive(Clone)]
pub(crate) struct Template {
    engine: regorus::Engine,
    deadline: Duration,
    calling: Calling,
    /// Whether anything in it can ask for the time.
    asks_time: bool,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// What the engine refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EngineError {
    /// An OPA-style code: `eval_conflict_error`, `eval_builtin_error`, ... or one of ours:
    /// `deadline_exceeded`, `clock_missing`, `answer_too_large`, `engine_panic`.
    pub(crate) code: &'static str,
    /// One sentence fragment.
    pub(crate) message: String,
    /// File, row and column.
    pub(crate) place: Option<(String, usize, usize)>,
}

impl EngineError {
    /// The message with the place it points at.
    pub(crate) fn to_sentence(&self) -> String {
        match &self.place {
            Some((file, row, col)) => format!("{file}:{row}:{col}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// The error as a finding about a set that the engine refuses; `line` gives the line of a file.
    pub(crate) fn to_diagnostic(
        &self,
        line: impl FnOnce(&str, usize) -> Option<String>,
    ) -> Diagnostic {
        let code = match self.code {
            "rego_parse_error" => Code::RegoParseError,
            "rego_unsafe_var_error" => Code::RegoUnsafeVarError,
            "rego_type_error" => Code::RegoTypeError,
            "rego_recursion_error" => Code::RegoRecursionError,
            "eval_conflict_error" => Code::RegoConflictError,
            _ => Code::RegoCompileError,
        };
        let remedy = "the engine refuses this; write it in another way";
        let mut found = Diagnostic::whole("", code, self.message.clone(), remedy);
        if let Some((file, row, col)) = &self.place {
            found.file.clone_from(file);
            (found.row, found.col, found.width) = (*row, *col, 1);
            found.line = line(file, *row).unwrap_or_default();
        }
        found
    }
}

/// One result of a query, as OPA shapes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryResult {
    /// The variables of the query and what they are bound to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Json>,
    /// The value of each expression of the query.
    pub expressions: Vec<ExpressionValue>,
}

/// The value of one expression of a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpressionValue {
    /// Where in the query it stands.
    pub location: QueryLocation,
    /// The expression's text.
    pub text: String,
    /// Sets are arrays here, as in OPA.
    pub value: Json,
}

/// Where in a query an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QueryLocation {
    /// From 1.
    pub col: u32,
    /// From 1.
    pub row: u32,
}

/// What a query gave, and what the policy printed on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryAnswer {
    /// Empty when the query is undefined.
    pub results: Vec<QueryResult>,
    /// One line per `print` call, `file:row: text`.
    pub prints: Vec<String>,
}

impl Template {
    /// Builds and prepares an engine over modules and base data.
    pub(crate) fn build<'a>(
        modules: impl IntoIterator<Item = (&'a str, &'a str)>,
        data: &Value,
        setup: &Setup,
    ) -> Result<Self, EngineError> {
        contained(|| {
            let mut engine = regorus::Engine::new();
            let calling = setup.calling;
            engine.set_strict_builtin_errors(matches!(calling, Calling::Gate | Calling::Strict));
            // The library writes nothing. The engine writes to standard error in four places:
            // `print` when it does not gather; `import input`, which the checks refuse at the gate
            // and queries leave out; a body whose statements it cannot order, which the check of
            // unsafe variables refuses as far as a hundred thousand made-up bodies tell: it orders
            // them by rules of its own, and not by the engine's; keywords of the future in modules
            // of v0, and it reads all as v1.
            engine.set_gather_prints(true);
            engine.set_policy_length_config(PolicyLengthConfig {
                max_file_bytes: FILE_BYTES,
                max_lines: LINES,
                max_col: COLUMNS,
            });
            for guarded in
                setup.guarded.iter().copied().flatten().filter(|one| setup.calls(one.name))
            {
                let extension = move |arguments: Vec<regorus::Value>| {
                    calling.settle(guarded.call(&arguments, calling)).map_err(anyhow_of)
                };
                engine.add_extension(
                    guarded.name.to_owned(),
                    guarded.arity,
                    Box::new(extension),
                )?;
            }
            for (file, text) in modules {
                engine.add_policy(file.to_owned(), text.to_owned())?;
            }
            engine.add_data(from_json(data)?)?;
            let asks_time = setup.calls(CLOCK);
            Ok(Self { engine, deadline: setup.deadline, calling, asks_time })
        })
    }

    /// Runs the preparation that the engine would otherwise repeat on every clone, by evaluating
    /// one rule.
    ///
    /// The engine analyzes all modules here and reports what it refuses, whichever rule is asked.
    pub(crate) fn prepare(&mut self, rule: &str) -> Result<(), EngineError> {
        contained(|| {
            self.engine.eval_rule(rule.to_owned())?;
            Ok(())
        })
    }

    /// The packages of its modules, one for each.
    #[cfg(test)]
    pub(crate) fn packages(&self) -> Vec<String> {
        self.engine.get_packages().unwrap_or_default()
    }

    /// The time for the evaluations of one call, from now on.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline { end: instant().checked_add(self.deadline) }
    }

    /// The time for one more evaluation after the others took theirs: what they left, or a quarter
    /// of the whole.
    pub(crate) fn grace(&self, deadline: Deadline) -> Deadline {
        let quarter = instant().checked_add(self.deadline / 4);
        Deadline { end: deadline.end.zip(quarter).map(|(end, quarter)| end.max(quarter)) }
    }

    /// The value of a rule, `None` when it is undefined.
    pub(crate) fn rule(
        &self,
        rule: &str,
        input: Option<&Value>,
        now: Option<Timestamp>,
        deadline: Deadline,
    ) -> Result<Option<Value>, EngineError> {
        self.run(input, now, deadline, |engine| match engine.eval_rule(rule.to_owned())? {
            regorus::Value::Undefined => Ok(None),
            value => Budget::new().write(&value).map(Some),
        })
    }

    /// What an entry rule answers; `None` when it does not answer by name.
    pub(crate) fn answer(
        &self,
        rule: &str,
        input: &Value,
        now: Option<Timestamp>,
        deadline: Deadline,
    ) -> Result<Option<Answer>, EngineError> {
        self.run(Some(input), now, deadline, |engine| {
            Ok(Answer::of(&engine.eval_rule(rule.to_owned())?))
        })
    }

    /// The answers to a query that was written as one expression, with everything that was printed.
    pub(crate) fn query(
        &self,
        query: &Captured,
        input: Option<&Value>,
        now: Option<Timestamp>,
    ) -> Result<QueryAnswer, EngineError> {
        self.run(input, now, self.deadline(), |engine| {
            let answer = engine.eval_query(query.text.clone(), false)?;
            let value = answer.result.first().and_then(|result| result.expressions.first());
            let results = match value.map(|expression| &expression.value) {
                Some(regorus::Value::Array(answers)) => answers.as_slice(),
                _ => &[],
            };
            let mut budget = Budget::new();
            let results = results.iter().map(|one| result(query, one, &mut budget));
            let results = results.collect::<anyhow::Result<Vec<_>>>()?;
            Ok(QueryAnswer { results, prints: engine.take_prints()? })
        })
    }

    /// Everything that an evaluation shares: a fresh clone, its input, its clock, its deadline, and
    /// a net for panics.
    fn run<T>(
        &self,
        input: Option<&Value>,
        now: Option<Timestamp>,
        deadline: Deadline,
        evaluate: impl FnOnce(&mut regorus::Engine) -> anyhow::Result<T>,
    ) -> Result<T, EngineError> {
        let outcome = contained(|| {
            let limit = deadline.left().ok_or_else(|| late(Duration::ZERO))?;
            let mut engine = self.engine.clone();
            engine.set_execution_timer_config(ExecutionTimerConfig {
                limit,
                check_interval: CHECK_INTERVAL,
            });
            // Whatever asks for the time, however it is spelled, gets the decision's.
            if self.asks_time {
                engine.add_extension(CLOCK.to_owned(), 0, Box::new(clock(now, self.calling)))?;
            }
            engine
                .set_input(input.map(from_json).transpose()?.unwrap_or(regorus::Value::Undefined));
            builtin::begin();
            let answer = evaluate(&mut engine);
            // Said again where the engine took it for undefined.
            if let (Ok(_), Some(message)) = (&answer, builtin::refused()) {
                return Err(anyhow_of(message));
            }
            let answer = answer?;
            // The engine looks at its timer between statements, not inside a builtin.
            deadline.left().map(|_| answer).ok_or_else(|| late(limit))
        });
        // What was left of the deadline differs from call to call; the deadline does not.
        outcome.map_err(|error| match error.code {
            DEADLINE_EXCEEDED => EngineError {
                message: format!(
                    "the evaluation took longer than its deadline of {:?}; simplify the policy or raise it",
                    self.deadline
                ),
                place: None,
                ..error
            },
            _ => error,
        })
    }
}

/// When the evaluations of one call must have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None` when that lies beyond the machine's clock.
    end: Option<Instant>,
}

impl Deadline {
    /// Whether there is time left.
    pub(crate) fn has_time(self) -> bool {
        self.left().is_some()
    }

    /// The time that is left; `None` when there is none.
    fn left(self) -> Option<Duration> {
        match self.end {
            None => Some(Duration::MAX),
            Some(end) => end.checked_duration_since(instant()).filter(|left| !left.is_zero()),
        }
    }
}

fn instant() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline measures the machine; it only keeps an answer from being given"
    )]
    let now = Instant::now();
    now
}

fn late(limit: Duration) -> anyhow::Error {
    LimitError::TimeLimitExceeded { elapsed: limit, limit }.into()
}

/// How many steps the engine takes between two looks at its timer; a step is well below a
/// microsecond.
const CHECK_INTERVAL: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// The syntax module has bounded what it parsed; the engine only has to take the same.
const FILE_BYTES: NonZeroUsize = NonZeroUsize::new(limits::MAX_FILE_BYTES).unwrap();
/// The engine counts an empty line after the last line feed.
const LINES: NonZeroUsize = NonZeroUsize::new(limits::MAX_LINES + 1).unwrap();
/// Ours are characters; the engine counts bytes, and a tab four times.
const COLUMNS: NonZeroU32 = NonZeroU32::MAX;
/// The code of an evaluation that ran out of time.
pub(crate) const DEADLINE_EXCEEDED: &str = "deadline_exceeded";
/// Bytes of an answer: as many as an input may have.
const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Levels of an answer: as many as an input may have.
const MAX_ANSWER_DEPTH: usize = 128;
const ANSWER_TOO_LARGE: &str =
    "the answer has more than 16777216 bytes or 128 levels when written out; ask for less";
const CLOCK_MISSING: &str = "the policy asks for the time and none was given; give `now`";

/// The builtin that answers the decision's `now`, and nothing else.
const CLOCK: &str = "time.now_ns";

fn clock(
    now: Option<Timestamp>,
    calling: Calling,
) -> impl Fn(Vec<regorus::Value>) -> anyhow::Result<regorus::Value> + Clone + Send + Sync {
    move |_| {
        let now = now.map(|now| regorus::Value::from(now.unix_nanos()));
        let now = now.ok_or_else(|| Failure::Refused(CLOCK_MISSING.to_owned()));
        calling.settle(now).map_err(anyhow_of)
    }
}

fn contained<T>(work: impl FnOnce() -> anyhow::Result<T>) -> Result<T, EngineError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| typed(&error)),
        Err(_) => Err(EngineError {
            code: "engine_panic",
            message: "the policy engine failed; simplify the expression that it was evaluating and report this".to_owned(),
            place: None,
        }),
    }
}

fn anyhow_of(message: String) -> anyhow::Error {
    anyhow::Error::msg(message)
}

/// One `[values, bindings]` of a query.
fn result(
    query: &Captured,
    answer: &regorus::Value,
    budget: &mut Budget,
) -> anyhow::Result<QueryResult> {
    let wrong = || anyhow_of("the engine answered a query in another shape".to_owned());
    let regorus::Value::Array(parts) = answer else { return Err(wrong()) };
    let [regorus::Value::Array(values), regorus::Value::Object(bindings)] = parts.as_slice() else {
        return Err(wrong());
    };
    let expressions = query.expressions.iter().zip(values.iter()).map(|(told, value)| {
        Ok(ExpressionValue {
            location: told.location,
            text: told.text.clone(),
            value: budget.json(value)?,
        })
    });
    let expressions = expressions.collect::<anyhow::Result<_>>()?;
    let bindings = bindings.iter().filter_map(|(name, value)| match name {
        regorus::Value::String(name) => {
            Some(budget.json(value).map(|value| (name.as_ref().to_owned(), value)))
        }
        _ => None,
    });
    Ok(QueryResult { bindings: bindings.collect::<anyhow::Result<_>>()?, expressions })
}

/// A document in the engine's words; built directly, which takes half the time of going through
/// serde.
fn from_json(value: &Value) -> anyhow::Result<regorus::Value> {
    Ok(match value {
        Value::Null => regorus::Value::Null,
        Value::Bool(value) => regorus::Value::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), _, _) => regorus::Value::from(integer),
            (None, Some(integer), _) => regorus::Value::from(integer),
            (None, None, Some(number)) => regorus::Value::from(number),
            (None, None, None) => regorus::Value::deserialize(value)?,
        },
        Value::String(text) => regorus::Value::from(text.as_str()),
        Value::Array(items) => {
            let items: anyhow::Result<Vec<_>> = items.iter().map(from_json).collect();
            regorus::Value::from(items?)
        }
        Value::Object(entries) => {
            let mut object = regorus::Value::new_object();
            let fields = object.as_object_mut()?;
            for (key, value) in entries {
                fields.insert(regorus::Value::from(key.as_str()), from_json(value)?);
            }
            object
        }
    })
}

/// How much of an answer may still be written out.
///
/// In the engine equal parts are shared: thirty rules, each a pair of the one before, are a small
/// value there and a billion numbers as a document.
struct Budget {
    bytes: usize,
    depth: usize,
}

impl Budget {
    /// As much as an input may have.
    fn new() -> Self {
        Self { bytes: MAX_ANSWER_BYTES, depth: MAX_ANSWER_DEPTH }
    }

    fn spend(&mut self, bytes: usize) -> anyhow::Result<()> {
        self.bytes =
            self.bytes.checked_sub(bytes).ok_or_else(|| anyhow_of(ANSWER_TOO_LARGE.to_owned()))?;
        Ok(())
    }

    /// A value of the engine as a document. Sets become arrays, keys that are not text become their
    /// JSON text, as in OPA.
    fn write(&mut self, value: &regorus::Value) -> anyhow::Result<Value> {
        self.enter()?;
        let parts = self.parts(value)?;
        self.leave();
        Ok(parts)
    }

    /// One value more, a level further in.
    fn enter(&mut self) -> anyhow::Result<()> {
        // At least a digit and a comma.
        self.spend(2)?;
        let below = self.depth.checked_sub(1);
        self.depth = below.ok_or_else(|| anyhow_of(ANSWER_TOO_LARGE.to_owned()))?;
        Ok(())
    }

    /// Back out of a value; what failed is not written on.
    fn leave(&mut self) {
        self.depth += 1;
    }

    fn parts(&mut self, value: &regorus::Value) -> anyhow::Result<Value> {
        Ok(match value {
            regorus::Value::Null => Value::Null,
            regorus::Value::Bool(value) => Value::Bool(*value),
            regorus::Value::String(text) => Value::String(self.text(text)?),
            regorus::Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.write(item)).collect::<Result<_, _>>()?)
            }
            regorus::Value::Set(items) => {
                let items = items.iter_sorted().map(|item| self.write(item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            regorus::Value::Object(fields) => {
                let mut object = serde_json::Map::new();
                for (key, value) in fields.iter() {
                    let key = match key {
                        regorus::Value::String(text) => self.text(text)?,
                        other => self.write(other)?.to_string(),
                    };
                    object.insert(key, self.write(value)?);
                }
                Value::Object(object)
            }
            regorus::Value::Number(_) | regorus::Value::Undefined => serde_json::to_value(value)?,
        })
    }

    fn text(&mut self, text: &str) -> anyhow::Result<String> {
        self.spend(text.len())?;
        Ok(text.to_owned())
    }
}

/// The engine's rendered text as a typed error. It is `\n--> file:row:col`, source lines,
/// `error: message`; some errors are plain.
fn typed(error: &anyhow::Error) -> EngineError {
    let text = format!("{error:#}");
    let place =
        text.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).and_then(place);
    let message = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("error: "))
        .unwrap_or_else(|| text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())
        .trim();
    let code = code_of(message);
    // What the engine misses at the end of a query has no name.
    let message = if message == "expecting" { "the query ends too early" } else { message };
    EngineError { code, message: message.to_owned(), place }
}

fn place(text: &str) -> Option<(String, usize, usize)> {
    let mut parts = text.trim().rsplitn(3, ':');
    let col = parts.next()?.parse().ok()?;
    let row = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), row, col))
}

/// The texts are regorus 0.14.1's; the version is pinned exactly, and a test holds each of them.
fn code_of(message: &str) -> &'static str {
    const CODES: [(&str, &str); 11] = [
        (CLOCK_MISSING, "clock_missing"),
        (ANSWER_TOO_LARGE, "answer_too_large"),
        ("execution exceeded time limit", DEADLINE_EXCEEDED),
        ("multiple outputs", "eval_conflict_error"),
        ("rule conflicts with", "eval_conflict_error"),
        ("value for key", "eval_conflict_error"),
        ("is unsafe", "rego_unsafe_var_error"),
        ("could not find function", "rego_type_error"),
        ("mismatch in number of arguments", "rego_type_error"),
        ("expecting", "rego_parse_error"),
        ("recursi", "rego_recursion_error"),
    ];
    CODES
        .iter()
        .find(|(part, _)| message.contains(part))
        .map_or("eval_builtin_error", |(_, code)| code)
}

#[cfg(test)]
mod tests;
