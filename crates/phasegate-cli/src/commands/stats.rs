//! `phasegate stats`: statistical methods by name, one question a line.

use std::path::Path;

use phasegate::canonical;
use phasegate::read::{Format as Syntax, ReadError, read_measurements};
use phasegate::stats::registry::{self, Fault, Method, Refused};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::lines::{self, Line};
use crate::args::{Format, Stats};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::render;

/// How many bytes one line may have: a million numbers of all their digits.
const MAX_LINE_BYTES: usize = 32 << 20;

/// The answer to one line.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Outcome { id: Option<Box<RawValue>>, outcome: Box<RawValue> },
    Error { id: Option<Box<RawValue>>, line: u64, error: Told },
}

/// Why a line has no outcome.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
}

impl Told {
    fn line(message: String, faults: Vec<Fault>) -> Self {
        Self { code: "invalid_line", message, faults }
    }
}

pub(crate) fn run(args: &Stats, output: &mut Output) -> Result<Exit, Problem> {
    match (&args.list, &args.questions) {
        (Some(name), _) => list(name, args.output, output),
        (None, Some(path)) => answer_all(path, output),
        (None, None) => Err(Problem::new("give a file of questions, or `--list`")),
    }
}

fn answer_all(path: &Path, output: &mut Output) -> Result<Exit, Problem> {
    let mut exit = Exit::Ok;
    lines::answer_each(path, MAX_LINE_BYTES as u64, output, |Line { number, text }| {
        let (id, outcome) = match text {
            Ok(text) => (lines::id(text), outcome(text)),
            Err(message) => (None, Err(Told::line(message, Vec::new()))),
        };
        let answer = match outcome {
            Ok(outcome) => Answer::Outcome { id, outcome },
            Err(error) => {
                exit = Exit::Found;
                Answer::Error { id, line: number, error }
            }
        };
        serde_json::to_vec(&answer).map_err(|error| Problem::of(&error))
    })?;
    Ok(exit)
}

/// The outcome in its canonical form.
fn outcome(line: &[u8]) -> Result<Box<RawValue>, Told> {
    let record = read_measurements(line, Syntax::Json, MAX_LINE_BYTES)
        .map_err(|error| unreadable(&error))?;
    let (method, inputs) = question(&record)?;
    let outcome = method.run(inputs).map_err(|refused| told(&refused))?;
    let canonical = canonical::value_to_bytes(&outcome).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        RawValue::from_string(text).ok()
    });
    canonical.ok_or_else(|| Told {
        code: "too_large",
        message: "a count of the outcome is beyond 2^53-1, where digits get lost".to_owned(),
        faults: Vec::new(),
    })
}

/// The method and its inputs.
fn question(record: &Value) -> Result<(Method, &Value), Told> {
    let Some(fields) = record.as_object() else {
        let message = "the line is not an object; it has id, method, inputs".to_owned();
        return Err(Told::line(message, Vec::new()));
    };
    let fault = |path: &str, message: &str| Fault::new(path, message);
    let mut faults: Vec<_> = fields
        .keys()
        .filter(|key| !["id", "method", "inputs"].contains(&key.as_str()))
        .map(|key| fault(key, "is not known; a line has id, method, inputs"))
        .collect();
    let name = fields.get("method").and_then(Value::as_str);
    if name.is_none() {
        faults.push(fault("method", "is not the name of a method; see `phasegate stats --list`"));
    }
    let inputs = fields.get("inputs");
    if inputs.is_none() {
        faults.push(fault("inputs", "is missing; give an object of the method's inputs"));
    }
    let (Some(name), Some(inputs), true) = (name, inputs, faults.is_empty()) else {
        let message = faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ");
        return Err(Told::line(message, faults));
    };
    let method = registry::find(name).ok_or_else(|| Told {
        code: "unknown_method",
        message: format!(
            "there is no method of this name; see `phasegate stats --list`{}",
            near(name)
        ),
        faults: Vec::new(),
    })?;
    Ok((method, inputs))
}

/// The method whose name is nearest to one that does not exist, where any is near.
fn near(name: &str) -> String {
    nearest(name).map_or_else(String::new, |known| format!(", or ask `{known}`"))
}

/// A name that is longer, shorter, or has a few other letters.
fn nearest(name: &str) -> Option<&'static str> {
    /// No method has so long a name, and the distance to one takes time.
    const LONGEST: usize = 64;
    if !(3..=LONGEST).contains(&name.len()) {
        return None;
    }
    registry::methods()
        .map(|method| method.name())
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, known)| {
            *distance <= 1 + known.len() / 4 || known.contains(name) || name.contains(known)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

fn unreadable(error: &ReadError) -> Told {
    let faults = error.faults.iter().filter(|fault| !fault.path.is_empty());
    let faults = faults.map(|fault| Fault::new(fault.path.as_str(), fault.message.as_str()));
    let message = error.faults.iter().map(|fault| {
        // The line is the record's own; the column is where in it.
        let at = fault.column.map_or_else(String::new, |column| format!("column {column}: "));
        let path = &fault.path;
        let path = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
        format!("{at}{path}{}", fault.message)
    });
    Told::line(message.collect::<Vec<_>>().join("; "), faults.collect())
}

fn told(refused: &Refused) -> Told {
    let within = |fault: &Fault| {
        let path = match fault.path.as_str() {
            "" => "inputs".to_owned(),
            path if path.starts_with('[') => format!("inputs{path}"),
            path => format!("inputs.{path}"),
        };
        Fault::new(path, fault.message.as_str())
    };
    let faults: Vec<_> = refused.faults().iter().map(within).collect();
    let message = match faults.as_slice() {
        [] => refused.to_string(),
        faults => faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; "),
    };
    Told { code: refused.code(), message, faults }
}

fn list(name: &str, format: Format, output: &mut Output) -> Result<Exit, Problem> {
    let asked =
        |method: &Method| name.is_empty() || [method.name(), method.family()].contains(&name);
    let methods: Vec<_> = registry::methods().filter(asked).collect();
    if methods.is_empty() {
        return Err(Problem::new(format!(
            "there is no method or family `{name}`; `phasegate stats --list` names all{}",
            near(name)
        )));
    }
    match format {
        Format::Text => output.text(&render::methods::list(&methods)),
        Format::Json => {
            let methods: Vec<_> = methods.iter().map(document).collect();
            output.data(json!({ "methods": methods }).to_string().as_bytes())
        }
    }?;
    Ok(Exit::Ok)
}

/// A method as programs read it.
fn document(method: &Method) -> Value {
    let inputs = method.inputs().into_iter().map(|input| {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), json!(input.name));
        fields.insert("kind".to_owned(), json!(input.kind));
        fields.insert("form".to_owned(), json!(input.form));
        if let Some(default) = input.default {
            fields.insert("default".to_owned(), default);
        }
        Value::Object(fields)
    });
    json!({
        "name": method.name(),
        "family": method.family(),
        "question": method.question(),
        "inputs": inputs.collect::<Vec<_>>(),
        "example": { "method": method.name(), "inputs": render::methods::example(method) },
    })
}
