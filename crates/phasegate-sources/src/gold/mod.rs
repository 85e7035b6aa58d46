//! Gold-set results: one run of one version, as an evaluation tool wrote it.
//!
//! | format | file | a case is named by | repeats | choices |
//! |---|---|---|---|---|
//! | native | JSON Lines | `case` | `repeat` | |
//! | promptfoo | JSON or JSON Lines | metadata `case`, else what the test says | the same test again | `provider`, `prompt` |
//! | Inspect | `.eval` or JSON log | `id` | `epoch` | `scorer`, `value` |
//! | lm-evaluation-harness | samples, JSON Lines | `doc_id` and `doc_hash` | | `filter`, `metric` |
//! | `OpenAI` evals | events, JSON Lines | `sample_id` | | `metric` |
//! | deepeval | JSON test run | name and input | | `metric` |
//!
//! Where a file holds several runs or several measures, the observations' `select` picks one; a
//! file that leaves a choice open is an error that lists it. A run that did not come to its end
//! becomes a run with an error, which is never judged. Files may be compressed with gzip or
//! Zstandard; they and what they unpack to are bounded by [`MAX_RESULT_BYTES`].

mod content;
mod deepeval;
mod inspect;
mod lm_eval;
mod native;
mod openai_evals;
mod promptfoo;
mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use phasegate_core::gold::{GoldAnswer, GoldFold, GoldRow, GoldRun};
use phasegate_core::observations::{GoldFormat, RawGold, Source};
use phasegate_core::{Digest, canonical};
use serde_json::{Map, Value};

use crate::stream::{Stream, Watch};
use crate::{SourceError, shorten};
use content::Content;

/// How many bytes results may have, as they are stored and unpacked: 128 MiB.
pub const MAX_RESULT_BYTES: usize = 128 << 20;

/// One way of writing results.
struct Format {
    tool: GoldFormat,
    name: &'static str,
    /// Whether results look like this.
    is: fn(&Content) -> bool,
    read: fn(&Content, &Select<'_>) -> Result<Results, Problem>,
    /// What `select` may say.
    choices: &'static [&'static str],
}

/// In the order in which they are tried.
const FORMATS: &[Format] = &[
    promptfoo::FORMAT,
    inspect::FORMAT,
    lm_eval::FORMAT,
    openai_evals::FORMAT,
    deepeval::FORMAT,
    native::FORMAT,
];

/// What a file of results holds.
struct Results {
    fold: GoldFold,
    /// Why the run did not come to its end.
    error: Option<String>,
    rows: u64,
}

/// What is wrong with results.
#[derive(Debug)]
struct Problem {
    line: Option<u64>,
    problem: String,
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self { line: None, problem }
    }
}

impl Problem {
    fn at(line: u64) -> impl FnOnce(String) -> Self {
        move |problem| Self { line: Some(line), problem }
    }
}

/// Reads one run from bytes; the path of `gold` names them in messages.
///
/// # Errors
/// `unusable` for the bytes as a whole, `row` for a line of them.
///
/// ```
/// use phasegate_core::observations::{RawGold, SourceRole};
/// let gold = RawGold {
///     path: "gold.jsonl".into(),
///     arm: SourceRole::Candidate,
///     format: None,
///     select: Default::default(),
/// };
/// let (run, source) =
///     phasegate_sources::gold::from_bytes(&gold, br#"{"case": "sql-1", "passed": true}"#)?;
/// assert_eq!((run.cases.len(), source.format.as_str()), (1, "native"));
/// # Ok::<(), phasegate_sources::SourceError>(())
/// ```
pub fn from_bytes(gold: &RawGold, bytes: &[u8]) -> Result<(GoldRun, Source), SourceError> {
    let total = Some(bytes.len() as u64);
    read_stream(gold, Stream::of(&gold.path, Box::new(bytes), total, None, None)?)
}

/// Reads one run from a file, or from standard input.
pub(crate) fn read<'a>(
    gold: &'a RawGold,
    path: Option<&Path>,
    watch: Option<Watch<'a>>,
) -> Result<(GoldRun, Source), SourceError> {
    read_stream(gold, Stream::open(&gold.path, path, None, watch)?)
}

fn read_stream(gold: &RawGold, mut stream: Stream<'_>) -> Result<(GoldRun, Source), SourceError> {
    let name = gold.path.as_str();
    let Some(bytes) = stream.read_up_to(MAX_RESULT_BYTES)? else {
        let problem = format!("it has more than {MAX_RESULT_BYTES} bytes; split the gold set");
        return Err(SourceError::unusable(name, problem));
    };
    let digest = stream.finish()?;
    let (run, format, rows, not_numbers) = parse(&bytes, gold.format, &gold.select).map_err(
        |Problem { line, problem }| match line {
            Some(line) => SourceError::row(name, line, problem),
            None => SourceError::unusable(name, problem),
        },
    )?;
    let path = name.to_owned();
    let format = format.to_owned();
    Ok((run, Source { path, format, digest, rows, bad_rows: 0, not_numbers }))
}

type Parsed = (GoldRun, &'static str, u64, u64);

fn parse(
    bytes: &[u8],
    format: Option<GoldFormat>,
    select: &BTreeMap<String, String>,
) -> Result<Parsed, Problem> {
    let content = Content::of(bytes)?;
    let known = || FORMATS.iter().map(|format| format!("`{}`", format.name)).collect::<Vec<_>>();
    let found = match format {
        Some(format) => FORMATS.iter().find(|known| known.tool == format),
        None => FORMATS.iter().find(|format| (format.is)(&content)),
    };
    let Some(format) = found else {
        let known = known().join(", ");
        return Err(format!("its content is of no known format; give one of {known}").into());
    };
    if let Some(other) = select.keys().find(|key| !format.choices.contains(&key.as_str())) {
        let choices = match format.choices {
            [] => "nothing to select".to_owned(),
            choices => format!("only `{}` to select", choices.join("`, `")),
        };
        let other = shorten(other);
        return Err(format!("`select.{other}`: {} results have {choices}", format.name).into());
    }
    let results = (format.read)(&content, &Select(select))?;
    if results.rows == 0 && results.error.is_none() {
        return Err("it holds no results".to_owned().into());
    }
    let run = results.fold.finish(results.error);
    Ok((run, format.name, results.rows, content.not_numbers))
}

/// What the observations select.
struct Select<'a>(&'a BTreeMap<String, String>);

impl Select<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The one of several that is selected; the only one needs no selecting.
    fn one<'c>(&self, key: &str, choices: &BTreeSet<&'c str>) -> Result<&'c str, String> {
        let list = || {
            choices
                .iter()
                .map(|choice| format!("`{}`", shorten(choice)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (self.get(key), choices.first()) {
            (Some(wanted), _) => choices.get(wanted).copied().ok_or_else(|| {
                format!("`select.{key}`: there is no `{}`; there is {}", shorten(wanted), list())
            }),
            (None, Some(only)) if choices.len() == 1 => Ok(only),
            (None, None) => Err(format!("it holds no results with a {key}")),
            (None, Some(_)) => {
                Err(format!("it holds several; select one: `select.{key}` is one of {}", list()))
            }
        }
    }
}

/// Takes rows of a run, and says where one contradicts the others.
#[derive(Default)]
struct Taker {
    fold: GoldFold,
    rows: u64,
}

impl Taker {
    fn take(&mut self, row: GoldRow) -> Result<(), String> {
        self.rows += 1;
        self.fold.push(row).map_err(|error| error.to_string())
    }

    fn finish(self, error: Option<String>) -> Results {
        Results { fold: self.fold, error, rows: self.rows }
    }
}

/// An answer that is only a pass or not.
fn passed(passed: bool) -> GoldAnswer {
    GoldAnswer { passed: Some(passed), ..GoldAnswer::default() }
}

/// An answer that there is not, and why.
fn failed(error: impl Into<String>) -> GoldAnswer {
    GoldAnswer { error: Some(error.into()), ..GoldAnswer::default() }
}

/// An answer from a measured value: flags pass or not, numbers are scores, and 1 and 0 both.
fn measured(value: &Value) -> Option<GoldAnswer> {
    match value {
        Value::Bool(flag) => Some(passed(*flag)),
        Value::Number(number) => {
            let score = number.as_f64()?;
            let whole = if score == 0.0 {
                Some(false)
            } else {
                (score.to_bits() == 1.0_f64.to_bits()).then_some(true)
            };
            Some(GoldAnswer { passed: whole, score: Some(score), ..GoldAnswer::default() })
        }
        // A token that was no number: there was an answer, and its score is missing.
        Value::Null => Some(GoldAnswer { ungraded: true, ..GoldAnswer::default() }),
        _ => None,
    }
}

/// A label and some digits of what makes the case this one, so that a changed case is another.
fn case_name(label: &str, identity: &Value) -> String {
    let digest = canonical::value_to_bytes(identity)
        .map_or_else(|_| Digest::of(identity.to_string().as_bytes()), |bytes| Digest::of(&bytes));
    let digest = digest.to_string();
    let digits: String = digest.chars().skip("sha256:".len()).take(8).collect();
    format!("{} [{digits}]", shorten(label))
}

/// Category or cluster of a case, where its metadata has them as texts.
fn said(metadata: Option<&Value>, field: &str) -> Option<String> {
    metadata?.get(field)?.as_str().map(str::to_owned)
}

/// A field of an object.
fn field<'v>(object: &'v Map<String, Value>, name: &str) -> Result<&'v Value, String> {
    object.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

/// A value that names something: a text or a whole number.
fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}
