//! promptfoo: `results.results[]` of its JSON output (version 3), or the same rows as JSON Lines.

use std::collections::BTreeSet;

use phasegate_core::gold::{GoldAnswer, GoldRow};
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value, json};

use super::content::Content;
use super::{Format, Problem, Results, Select, Taker, case_name, failed, name_of, said};
use crate::json;

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::Promptfoo,
    name: "promptfoo",
    is: |content| {
        content.starts_with(&["testIdx", "promptIdx"])
            || content.document().is_some_and(|document| rows_of(document).is_some())
    },
    read,
    choices: &["prompt", "provider"],
};

/// `failureReason` of a row whose provider or assertion broke (`ResultFailureReason.ERROR`).
const BROKE: u64 = 2;

fn rows_of(document: &Map<String, Value>) -> Option<&Vec<Value>> {
    document.get("results")?.get("results")?.as_array()
}

fn read(content: &Content, select: &Select<'_>) -> Result<Results, Problem> {
    let listed: Vec<(u64, &Map<String, Value>)> = match content.document().and_then(rows_of) {
        Some(rows) => {
            rows.iter().zip(1..).filter_map(|(row, n)| Some((n, row.as_object()?))).collect()
        }
        None => content.rows(),
    };
    let providers = listed.iter().map(|(_, row)| provider(row)).collect::<BTreeSet<_>>();
    let provider_wanted = select.one("provider", &providers)?;
    let listed: Vec<_> =
        listed.into_iter().filter(|(_, row)| provider(row) == provider_wanted).collect();
    let prompts: Vec<String> = listed.iter().map(|(_, row)| prompt(row)).collect();
    let prompt_wanted = select.one("prompt", &prompts.iter().map(String::as_str).collect())?;
    let mut taker = Taker::default();
    for ((number, object), prompt) in listed.into_iter().zip(&prompts) {
        if prompt == prompt_wanted {
            row(object)
                .and_then(|row| taker.take(row))
                .map_err(|problem| format!("result {number}: {problem}"))?;
        }
    }
    Ok(taker.finish(None))
}

/// A provider's label, else its id.
fn provider(row: &Map<String, Value>) -> &str {
    match row.get("provider") {
        Some(Value::String(id)) => id,
        Some(Value::Object(provider)) => json::text(provider, "label")
            .filter(|label| !label.is_empty())
            .or_else(|| json::text(provider, "id"))
            .unwrap_or_default(),
        _ => "",
    }
}

/// A prompt's label, else its digest or place.
fn prompt(row: &Map<String, Value>) -> String {
    let label = row.get("prompt").and_then(|prompt| prompt.get("label")).and_then(Value::as_str);
    // Without a label promptfoo puts the whole text there.
    label
        .filter(|label| !label.is_empty() && label.len() <= 80 && !label.contains('\n'))
        .map(str::to_owned)
        .or_else(|| row.get("promptId").and_then(name_of))
        .or_else(|| row.get("promptIdx").and_then(name_of))
        .unwrap_or_default()
}

fn row(object: &Map<String, Value>) -> Result<GoldRow, String> {
    let test = object.get("testCase");
    let metadata = test.and_then(|test| test.get("metadata"));
    let named = metadata.and_then(|metadata| {
        ["case", "case_id", "id"].iter().find_map(|name| name_of(metadata.get(*name)?))
    });
    let case = named.unwrap_or_else(|| {
        let of = |name: &str| test.and_then(|test| test.get(name)).cloned().unwrap_or_default();
        let vars = match object.get("vars") {
            Some(vars) => vars.clone(),
            None => of("vars"),
        };
        let description = of("description");
        let label = description
            .as_str()
            .or_else(|| vars.as_object()?.values().find_map(Value::as_str))
            .unwrap_or("test");
        case_name(label, &json!({"vars": vars, "assert": of("assert"), "test": description}))
    });
    let broke = object.get("failureReason").and_then(Value::as_u64) == Some(BROKE);
    let error = json::text(object, "error").filter(|error| !error.is_empty());
    let success = object.get("success").and_then(Value::as_bool);
    let answer = match (success, error) {
        (_, error) if broke => failed(error.unwrap_or("the test broke")),
        (None, Some(error)) => failed(error),
        (None, None) => return Err("`success` is missing".to_owned()),
        (Some(success), _) => {
            let score = object.get("score").and_then(Value::as_f64);
            GoldAnswer { passed: Some(success), score, ..GoldAnswer::default() }
        }
    };
    let category = said(metadata, "category");
    let cluster = said(metadata, "cluster");
    // A test that is repeated comes again with another place.
    Ok(GoldRow { case, category, cluster, repeat: None, answer })
}
