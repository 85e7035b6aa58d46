//! `phasegate eval --batch`: thousands of small cases through one process.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use phasegate::Timestamp;
use phasegate::rego::{Diagnostic, LoadError, QueryOptions, QueryPolicy, QueryResult, Severity};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::input;
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
    data: Option<Value>,
    /// Absent is undefined; null is null.
    #[serde(default, deserialize_with = "given")]
    input: Option<Value>,
    query: String,
    #[serde(default)]
    strict: Option<bool>,
}

fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What names a line that is no case.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: Option<Box<RawValue>>,
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
    Result(Vec<Map<String, Value>>),
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
    let fault = |error: io::Error| input::unreadable(path, &error);
    let mut reader: Box<dyn BufRead> = if input::is_standard_input(path) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(fault)?))
    };
    let mut line = Vec::new();
    while !output.is_closed() {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        let read = read.map_err(fault)?;
        if read == 0 {
            break;
        }
        let answer = if read as u64 == MAX_LINE_BYTES && !line.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(fault)?;
            let message = format!("the line has more than the limit of {MAX_LINE_BYTES} bytes");
            Answer { id: None, outcome: Outcome::invalid(message) }
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            answer(&line, options, now)
        };
        output.data(&serde_json::to_vec(&answer).map_err(|error| Problem::of(&error))?)?;
        // A caller may wait for each answer before it asks the next.
        output.flush()?;
    }
    Ok(Exit::Ok)
}

fn answer(line: &[u8], options: &QueryOptions, now: Timestamp) -> Answer {
    match serde_json::from_slice::<Case>(line) {
        Ok(mut case) => Answer { id: case.id.take(), outcome: evaluate(&case, options, now) },
        Err(error) => {
            let id = serde_json::from_slice::<Named>(line).ok().and_then(|named| named.id);
            let message =
                format!("not a case: {error}; a line has id, modules, data, input, query, strict");
            Answer { id, outcome: Outcome::invalid(message) }
        }
    }
}

fn evaluate(case: &Case, options: &QueryOptions, now: Timestamp) -> Outcome {
    let mut options = options.clone();
    options.strict_builtin_errors |= case.strict.unwrap_or(false);
    let none = Value::Object(Map::new());
    let data = case.data.as_ref().unwrap_or(&none);
    if !data.is_object() {
        return Outcome::invalid("`data` is not an object; wrap it in one".to_owned());
    }
    let modules: Vec<_> = (case.modules.iter().flatten().enumerate())
        .map(|(position, text)| (format!("module_{position}.rego"), text.as_str()))
        .collect();
    let modules = modules.iter().map(|(name, text)| (name.as_str(), *text));
    let answer = QueryPolicy::from_modules(modules, data, &options)
        .map_err(|error| refused(&error))
        .and_then(|policy| {
            let answer = policy.eval(&case.query, case.input.as_ref(), Some(now));
            answer.map_err(|error| Outcome::Error { code: error.code, message: error.message })
        });
    match answer {
        Ok(answer) => {
            // `opa eval` shows a false expression; a solution of the query it is not.
            let holds = |result: &QueryResult| {
                !result.expressions.iter().any(|expression| expression.value == Value::Bool(false))
            };
            let solutions = answer.results.into_iter().filter(holds);
            Outcome::Result(solutions.map(|result| result.bindings).collect())
        }
        Err(refused) => refused,
    }
}

/// The first error names the code; the message tells how many more there are.
fn refused(error: &LoadError) -> Outcome {
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let first = error.diagnostics.iter().find(is_error);
    let code = first.map_or("rego_compile_error", |found| found.code.as_str());
    Outcome::Error { code: code.to_owned(), message: error.to_string() }
}
