//! What a record says: an input, its moment, and the answer that was given then.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::rego::PolicyOptions;
use phasegate::{Decision, Facts, Outcome, Request, Timestamp};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Key, RawRecord};

/// Why a record cannot be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// It is no record, or its input is no policy input.
    Unreadable,
    /// It holds no input: a decision alone has only the digest of its input.
    NoInput,
    /// Something was taken out of its input before it was logged.
    ErasedInput,
    /// Something in its input was replaced before it was logged.
    MaskedInput,
    /// Another package was asked.
    OtherPath,
    /// Its input is not the one that its decision is about.
    OtherInput,
    /// Its moment is not the one that its decision is about.
    OtherTime,
    /// The answer rested on a builtin whose answers the gate does not replay.
    Nondeterministic,
}

impl Why {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NoInput => "no_input",
            Self::ErasedInput => "erased_input",
            Self::MaskedInput => "masked_input",
            Self::OtherPath => "other_path",
            Self::OtherInput => "other_input",
            Self::OtherTime => "other_time",
            Self::Nondeterministic => "nondeterministic",
        }
    }
}

/// A record that cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unreplayable {
    /// Its file.
    pub file: String,
    /// The line it begins in, from 1.
    pub line: usize,
    /// Its id, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why.
    pub why: Why,
    /// Why, in words.
    pub message: String,
}

/// The answer that was given when the record was made, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Logged {
    /// The outcome, when the gate answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether it was an approval.
    pub approved: bool,
    /// The codes of the violations, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violations: Option<BTreeSet<String>>,
    /// The codes of the reasons with the facts they are about, when the gate answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<BTreeSet<Key>>,
}

/// A record that can be replayed.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) id: String,
    pub(super) request: Request,
    pub(super) now: Option<Timestamp>,
    pub(super) require_checklist: bool,
    pub(super) logged: Option<Logged>,
}

/// Reads one record for the packages that are asked.
pub(super) fn read(raw: &RawRecord, options: &PolicyOptions) -> Result<Record, Unreplayable> {
    let told = |id: Option<String>, (why, message): Fault| Unreplayable {
        file: raw.file.clone(),
        line: raw.line,
        id,
        why,
        message,
    };
    let text = raw.text.as_ref().map_err(|why| told(None, (Why::Unreadable, why.clone())))?;
    let fields: Fields<'_> = serde_json::from_slice(text)
        .map_err(|error| told(None, (Why::Unreadable, format!("no JSON object: {error}"))))?;
    let id = identity(&fields);
    let content = content(text, &fields, options).map_err(|fault| told(id.clone(), fault))?;
    let request = Request::new(content.facts);
    let request = match content.now {
        Some(now) => request.now(now),
        None => request,
    };
    Ok(Record {
        file: raw.file.clone(),
        line: raw.line,
        id: id.unwrap_or_else(|| request.facts().digest().to_string()),
        request,
        now: content.now,
        require_checklist: content.require_checklist,
        logged: content.logged,
    })
}

type Fields<'a> = BTreeMap<String, &'a RawValue>;
type Fault = (Why, String);

struct Content {
    facts: Facts,
    now: Option<Timestamp>,
    require_checklist: bool,
    logged: Option<Logged>,
}

/// The id that a record brings along.
fn identity(fields: &Fields<'_>) -> Option<String> {
    if let Some(id) = text_of(fields, "decision_id") {
        return Some(id);
    }
    let decision: Fields<'_> = serde_json::from_str(fields.get("decision")?.get()).ok()?;
    text_of(&decision, "id")
}

fn text_of(fields: &Fields<'_>, key: &str) -> Option<String> {
    serde_json::from_str(fields.get(key)?.get()).ok()
}

fn content(text: &[u8], fields: &Fields<'_>, options: &PolicyOptions) -> Result<Content, Fault> {
    if fields.contains_key("decision") {
        return ours(fields, options);
    }
    if text_of(fields, "schema").as_deref() == Some(phasegate::decision::SCHEMA) {
        let message = "a decision holds only the digest of its input; record \
                       `{\"decision\": ..., \"input\": ...}`";
        return Err((Why::NoInput, message.to_owned()));
    }
    let is_opas = fields.contains_key("decision_id")
        || fields.contains_key("labels")
        || fields.len() > 1 && fields.contains_key("input");
    if is_opas {
        return opas(fields, options);
    }
    let facts = Facts::from_json(text).map_err(unreadable)?;
    Ok(Content { facts, now: None, require_checklist: false, logged: None })
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    (Why::Unreadable, error.to_string())
}

/// The schema id that a record of ours may carry.
const SCHEMA: &str = "phasegate/record/v1";
const KEYS: [&str; 5] = ["schema", "decision", "explanation", "input", "now"];

/// `{"decision": ..., "input": ..., "now": ...}`.
fn ours(fields: &Fields<'_>, options: &PolicyOptions) -> Result<Content, Fault> {
    if let Some(unknown) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let known = KEYS.join("`, `");
        return Err(unreadable(format!(
            "`{unknown}` is no field of a record; there are `{known}`"
        )));
    }
    if fields.contains_key("schema") && text_of(fields, "schema").as_deref() != Some(SCHEMA) {
        return Err(unreadable(format!("`schema` must be `{SCHEMA}`")));
    }
    let decision = fields.get("decision").map(|raw| raw.get()).unwrap_or_default();
    let decision: Decision = serde_json::from_str(decision)
        .map_err(|error| unreadable(format!("`decision` is no decision: {error}")))?;
    let Some(input) = fields.get("input") else {
        let message = "there is no `input` beside the decision, which holds only its digest";
        return Err((Why::NoInput, message.to_owned()));
    };
    let facts = Facts::from_json(input.get().as_bytes()).map_err(unreadable)?;
    let basis = &decision.basis;
    if facts.digest() != basis.input {
        let message = format!("the decision is about the input {}", basis.input);
        return Err((Why::OtherInput, message));
    }
    let now = match fields.get("now") {
        Some(now) => serde_json::from_str(now.get())
            .map_err(|error| unreadable(format!("`now` is no moment: {error}")))?,
        None => basis.now,
    };
    if now != basis.now {
        return Err((Why::OtherTime, "the decision was made for another `now`".to_owned()));
    }
    if basis.packages[0] != options.promotion {
        return Err((Why::OtherPath, format!("`{}` was asked", basis.packages[0])));
    }
    let reasons = decision.reasons.iter().map(|one| Key::of(&one.code, one.path.as_deref()));
    let logged = Logged {
        outcome: Some(decision.outcome),
        approved: decision.outcome == Outcome::Promote,
        violations: Some(decision.violations.iter().map(|one| one.code.clone()).collect()),
        reasons: Some(reasons.collect()),
    };
    let require_checklist = basis.require_checklist;
    Ok(Content { facts, now, require_checklist, logged: Some(logged) })
}

/// An event of OPA's decision log.
fn opas(fields: &Fields<'_>, options: &PolicyOptions) -> Result<Content, Fault> {
    let below = asked(fields, &options.promotion)?;
    for (key, why) in [("erased", Why::ErasedInput), ("masked", Why::MaskedInput)] {
        let pointers: Vec<String> = match fields.get(key) {
            Some(raw) => serde_json::from_str::<Option<_>>(raw.get())
                .map_err(|_| unreadable(format!("`{key}` is no list of JSON pointers")))?
                .unwrap_or_default(),
            None => Vec::new(),
        };
        let is_input = |pointer: &&String| {
            let rest = pointer.trim_start_matches('/').strip_prefix("input");
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let of_input: Vec<&str> = pointers.iter().filter(is_input).map(String::as_str).collect();
        if !of_input.is_empty() {
            return Err((why, format!("`{key}` names `{}`", of_input.join("`, `"))));
        }
    }
    let Some(input) = fields.get("input") else {
        return Err((Why::NoInput, "the event has no `input`".to_owned()));
    };
    let facts = Facts::from_json(input.get().as_bytes()).map_err(unreadable)?;
    let now = moment(fields)?;
    let logged = result(fields, below.as_deref());
    Ok(Content { facts, now, require_checklist: false, logged })
}

/// What stands below the promotion package in the path that was asked; `None` for the package.
fn asked(fields: &Fields<'_>, promotion: &str) -> Result<Option<String>, Fault> {
    let Some(path) = text_of(fields, "path") else {
        let message = match text_of(fields, "query") {
            Some(query) => format!("a query was asked: `{query}`"),
            None => "the event names no `path`".to_owned(),
        };
        return Err((Why::OtherPath, message));
    };
    let dotted = path.trim_matches('/').replace('/', ".");
    let dotted = dotted.strip_prefix("data.").unwrap_or(&dotted);
    match dotted.strip_prefix(promotion) {
        Some("") => Ok(None),
        Some(rest) if rest.starts_with('.') => Ok(Some(rest.trim_start_matches('.').to_owned())),
        _ => Err((Why::OtherPath, format!("`{path}` was asked, not `{promotion}`"))),
    }
}

/// What `time.now_ns` answered then, else when the event was logged.
fn moment(fields: &Fields<'_>) -> Result<Option<Timestamp>, Fault> {
    if let Some(cache) = fields.get("nd_builtin_cache") {
        let cache: Option<BTreeMap<String, BTreeMap<String, Value>>> =
            serde_json::from_str(cache.get())
                .map_err(|_| unreadable("`nd_builtin_cache` is not OPA's"))?;
        let cache = cache.unwrap_or_default();
        if let Some(other) = cache.keys().find(|name| *name != "time.now_ns") {
            let message = format!("the answer rested on `{other}`");
            return Err((Why::Nondeterministic, message));
        }
        let mut answers = cache.get("time.now_ns").into_iter().flat_map(BTreeMap::values);
        if let Some(nanos) = answers.find_map(Value::as_i64) {
            return Ok(Some(Timestamp::from_unix_nanos(nanos)));
        }
    }
    match fields.get("timestamp") {
        Some(raw) => {
            let moment = serde_json::from_str(raw.get());
            moment.map(Some).map_err(|error| unreadable(format!("`timestamp`: {error}")))
        }
        None => Ok(None),
    }
}

/// What OPA answered, as far as it can be told from the document that was asked for.
fn result(fields: &Fields<'_>, below: Option<&str>) -> Option<Logged> {
    let refused = Logged { outcome: None, approved: false, violations: None, reasons: None };
    let failed = fields.get("error").is_some_and(|error| error.get() != "null");
    if failed {
        return Some(refused);
    }
    // Undefined approves nothing.
    let Some(result) = fields.get("result") else { return Some(refused) };
    let result: Value = serde_json::from_str(result.get()).ok()?;
    match below {
        None => {
            let violations = result.get("violations").map(codes);
            let approved = result.get("allow")?.as_bool()?;
            Some(Logged { approved, violations: violations.flatten(), ..refused })
        }
        Some("allow") => Some(Logged { approved: result.as_bool()?, ..refused }),
        Some("violations") => {
            let codes = codes(&result)?;
            Some(Logged { approved: codes.is_empty(), violations: Some(codes), ..refused })
        }
        Some(_) => None,
    }
}

fn codes(violations: &Value) -> Option<BTreeSet<String>> {
    let code = |violation: &Value| Some(violation.get("code")?.as_str()?.to_owned());
    violations.as_array()?.iter().map(code).collect()
}
