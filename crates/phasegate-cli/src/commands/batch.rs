//! `phasegate eval --batch`: thousands of small cases through one process.

use std::collections::BTreeMap;
use std::path::Path;

use phasegate::Timestamp;
use phasegate::rego::{
    Diagnostic, Json, LoadError, QueryOptions, QueryPolicy, QueryResult, Severity,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{lines, numbers};
use crate::exit::Exit;
use crate::output::{Output, Problem};

/// How many bytes one line may have.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Any JSON; it is echoed digit by digit.
    #[serde(default)]
    id: Option<Box<RawValue>>,
    #[serde(default)]
    modules: Option<Vec<String>>,
    /// Absent and null are no data.
    #[serde(default)]
    data: Option<Box<RawValue>>,
    /// Absent is undefined; null is null.
    #[serde(default, deserialize_with = "given")]
    input: Option<Box<RawValue>>,
    query: String,
    #[serde(default)]
    strict: Option<bool>,
}

fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(deserializer).map(Some)
}

/// The answer to one case.
#[derive(Serialize)]
struct Answer {
    id: Option<Box<RawValue>>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Result(Vec<BTreeMap<String, Json>>),
    Error { code: String, message: String },
}

impl Outcome {
    fn invalid(message: String) -> Self {
        Self::Error { code: "invalid_case".to_owned(), message }
    }
}

pub(super) fn run(
    path: &Path,
    options: &QueryOptions,
    now: Timestamp,
    output: &mut Output,
) -> Result<Exit, Problem> {
    lines::answer_each(path, MAX_LINE_BYTES, output, |line| {
        let answer = match line.text {
            Ok(text) => answer(text, line.number, options, now),
            Err(message) => {
                let message = format!("line {}: {message}", line.number);
                Answer { id: None, outcome: Outcome::invalid(message) }
            }
        };
        serde_json::to_vec(&answer).map_err(|error| Problem::of(&error))
    })?;
    Ok(Exit::Ok)
}

fn answer(line: &[u8], number: u64, options: &QueryOptions, now: Timestamp) -> Answer {
    match serde_json::from_slice::<Case>(line) {
        Ok(mut case) => Answer { id: case.id.take(), outcome: evaluate(&case, options, now) },
        Err(error) => {
            let id = lines::id(line);
            // The parser only sees one line, which it calls the first.
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            let message = format!(
                "line {number}, column {}: not a case: {what}; a line has id, modules, data, input, \
                 query, strict",
                error.column()
            );
            Answer { id, outcome: Outcome::invalid(message) }
        }
    }
}

fn evaluate(case: &Case, options: &QueryOptions, now: Timestamp) -> Outcome {
    let mut options = options.clone();
    options.strict_builtin_errors |= case.strict.unwrap_or(false);
    let read = |name: &str, raw: Option<&RawValue>| raw.map(|raw| document(name, raw)).transpose();
    let (data, input) =
        match (read("data", case.data.as_deref()), read("input", case.input.as_deref())) {
            (Ok(data), Ok(input)) => (data.unwrap_or_else(|| Value::Object(Map::new())), input),
            (Err(message), _) | (_, Err(message)) => return Outcome::invalid(message),
        };
    if !data.is_object() {
        return Outcome::invalid("`data` is not an object; wrap it in one".to_owned());
    }
    let modules: Vec<_> = (case.modules.iter().flatten().enumerate())
        .map(|(position, text)| (format!("module_{position}.rego"), text.as_str()))
        .collect();
    let modules = modules.iter().map(|(name, text)| (name.as_str(), *text));
    let answer = QueryPolicy::from_modules(modules, &data, &options)
        .map_err(|error| refused(&error))
        .and_then(|policy| {
            let answer = policy.eval(&case.query, input.as_ref(), Some(now));
            answer.map_err(|error| Outcome::Error { code: error.code, message: error.message })
        });
    match answer {
        Ok(answer) => {
            // `opa eval` shows a false expression; a solution of the query it is not.
            let holds = |result: &QueryResult| {
                !result.expressions.iter().any(|expression| expression.value.as_str() == "false")
            };
            let solutions = answer.results.into_iter().filter(holds);
            Outcome::Result(solutions.map(|result| result.bindings).collect())
        }
        Err(refused) => refused,
    }
}

/// A document of a case, whose numbers are those that were written.
fn document(name: &str, raw: &RawValue) -> Result<Value, String> {
    if let Some(number) = numbers::first_rounded(raw.get()) {
        let shown: String = number.chars().take(40).collect();
        return Err(format!(
            "`{name}` has the number {shown}, which would be rounded; give integers of at most 64 \
             bits and decimals of at most 15 digits"
        ));
    }
    serde_json::from_str(raw.get()).map_err(|error| format!("`{name}` cannot be read: {error}"))
}

/// The first error names the code; the message tells how many more there are.
fn refused(error: &LoadError) -> Outcome {
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let first = error.diagnostics.iter().find(is_error);
    let code = first.map_or("rego_compile_error", |found| found.code.as_str());
    Outcome::Error { code: code.to_owned(), message: error.to_string() }
}
