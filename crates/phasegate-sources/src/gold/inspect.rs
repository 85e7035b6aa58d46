//! Inspect: an `.eval` archive or a JSON log (version 2).

use std::collections::BTreeSet;

use phasegate_core::gold::{GoldAnswer, GoldRow};
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value};

use super::content::{Content, Shape};
use super::zip::Archive;
use super::{
    Format, MAX_RESULT_BYTES, Problem, Results, Select, Taker, failed, field, measured, name_of,
    passed, said,
};
use crate::json;

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::Inspect,
    name: "inspect",
    is: |content| {
        matches!(content.shape, Shape::Archive(_)) || content.starts_with(&["eval", "status"])
    },
    read,
    choices: &["scorer", "value"],
};

fn read(content: &Content, select: &Select<'_>) -> Result<Results, Problem> {
    if let Shape::Archive(bytes) = &content.shape {
        return archive(bytes, select);
    }
    let log = content.document().ok_or("a log of Inspect is one object".to_owned())?;
    let samples = log.get("samples").and_then(Value::as_array);
    run(ended(log), samples.map_or(&[][..], Vec::as_slice), select)
}

/// The members are many; what decides stands in two of them.
fn archive(bytes: &[u8], select: &Select<'_>) -> Result<Results, Problem> {
    let archive = Archive::of(bytes)?;
    let mut left = MAX_RESULT_BYTES;
    let mut member = |name: &str| -> Result<Option<Value>, String> {
        let Some(bytes) = archive.read(name, left)? else { return Ok(None) };
        left = left.saturating_sub(bytes.len());
        let text = json::utf8(&bytes)?;
        let (value, _) = json::value(text).map_err(|problem| format!("`{name}`: {problem}"))?;
        Ok(Some(value))
    };
    let header = member("header.json")?;
    let error = match header.as_ref().and_then(Value::as_object) {
        Some(header) => ended(header),
        // It is written last.
        None => Some("the run did not come to its end: the log has no header".to_owned()),
    };
    let samples = match member("summaries.json")? {
        Some(Value::Array(samples)) => samples,
        Some(_) => return Err("`summaries.json` is not a list".to_owned().into()),
        None => {
            let names = archive
                .names()
                .filter(|name| name.strip_prefix("samples/").is_some_and(|rest| !rest.is_empty()));
            let mut samples = Vec::new();
            for name in names {
                samples.extend(member(name)?);
            }
            samples
        }
    };
    run(error, &samples, select)
}

/// Why the run did not come to its end, if it did not.
fn ended(log: &Map<String, Value>) -> Option<String> {
    let status = json::text(log, "status").unwrap_or("missing");
    if status == "success" {
        return None;
    }
    let message = log.get("error").and_then(|error| error.get("message")).and_then(Value::as_str);
    Some(match message {
        Some(message) => format!("the run's status is `{status}`: {message}"),
        None => format!("the run's status is `{status}`"),
    })
}

fn run(error: Option<String>, samples: &[Value], select: &Select<'_>) -> Result<Results, Problem> {
    let scores = |sample: &Value| sample.get("scores").and_then(Value::as_object).cloned();
    let all: Vec<_> = samples.iter().map(scores).collect();
    let scorers: BTreeSet<&str> =
        all.iter().flatten().flat_map(Map::keys).map(String::as_str).collect();
    let mut taker = Taker::default();
    if scorers.is_empty() && error.is_some() {
        return Ok(taker.finish(error));
    }
    let scorer = match select.one("scorer", &scorers) {
        // Of a run that failed nothing is judged.
        Err(_) if error.is_some() => return Ok(taker.finish(error)),
        scorer => scorer?,
    };
    let keys: BTreeSet<&str> = all
        .iter()
        .flatten()
        .filter_map(|scores| scores.get(scorer)?.get("value")?.as_object())
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect();
    let key = if keys.is_empty() { None } else { Some(select.one("value", &keys)?) };
    for (sample, number) in samples.iter().zip(1..) {
        let row = sample
            .as_object()
            .ok_or_else(|| "it is not an object".to_owned())
            .and_then(|sample| row(sample, scorer, key));
        row.and_then(|row| taker.take(row))
            .map_err(|problem| format!("sample {number}: {problem}"))?;
    }
    Ok(taker.finish(error))
}

fn row(sample: &Map<String, Value>, scorer: &str, key: Option<&str>) -> Result<GoldRow, String> {
    let case = name_of(field(sample, "id")?).ok_or("`id` is neither a text nor a number")?;
    let epoch = field(sample, "epoch")?.as_u64().and_then(|epoch| u32::try_from(epoch).ok());
    let epoch = epoch.ok_or("`epoch` is not a whole number")?;
    let metadata = sample.get("metadata");
    let error = match sample.get("error") {
        None | Some(Value::Null) => None,
        Some(Value::String(message)) => Some(message.clone()),
        Some(error) => Some(
            error.get("message").and_then(Value::as_str).unwrap_or("the sample broke").to_owned(),
        ),
    };
    let answer = match error {
        Some(error) => failed(error),
        None => match sample.get("scores").and_then(|scores| scores.get(scorer)) {
            None => failed(format!("`{scorer}` gave no score")),
            Some(score) => {
                let value = score.get("value").unwrap_or(&Value::Null);
                let value = key.map_or(value, |key| value.get(key).unwrap_or(&Value::Null));
                graded(value).ok_or_else(|| format!("the score of `{scorer}` is no grade"))?
            }
        },
    };
    Ok(GoldRow {
        case,
        category: said(metadata, "category"),
        cluster: said(metadata, "cluster"),
        repeat: Some(epoch),
        answer,
    })
}

/// Grades in letters: correct, partially correct, incorrect, no answer; only the first passes.
fn graded(value: &Value) -> Option<GoldAnswer> {
    let Value::String(text) = value else { return measured(value) };
    let letter = match text.as_str() {
        "C" => Some(1.0),
        "P" => Some(0.5),
        "I" | "N" => Some(0.0),
        _ => None,
    };
    if letter.is_some() {
        return Some(GoldAnswer {
            passed: Some(text == "C"),
            score: letter,
            ..GoldAnswer::default()
        });
    }
    match text.to_lowercase().as_str() {
        "yes" | "true" => Some(passed(true)),
        "no" | "false" => Some(passed(false)),
        number => measured(&serde_json::Number::from_f64(number.parse().ok()?).map(Value::Number)?),
    }
}
