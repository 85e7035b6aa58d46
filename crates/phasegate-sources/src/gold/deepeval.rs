//! deepeval: a test run as JSON, with what each metric says about each test case.

use std::collections::BTreeSet;

use phasegate_core::gold::{GoldAnswer, GoldRow};
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value, json};

use super::content::Content;
use super::{Format, Problem, Results, Select, Taker, case_name, failed, said};
use crate::json;

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::Deepeval,
    name: "deepeval",
    is: |content| content.document().is_some_and(|document| run_of(document).is_some()),
    read,
    choices: &["metric"],
};

/// The run, which the file of the latest one has a level deeper.
fn run_of(document: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let is_run = |run: &&Map<String, Value>| {
        ["testCases", "conversationalTestCases"].iter().any(|list| run.contains_key(*list))
    };
    let nested = document.get("testRunData").and_then(Value::as_object);
    nested.filter(is_run).or_else(|| Some(document).filter(is_run))
}

fn read(content: &Content, select: &Select<'_>) -> Result<Results, Problem> {
    let run = content.document().and_then(run_of).ok_or("a test run has `testCases`".to_owned())?;
    let cases: Vec<&Map<String, Value>> = ["testCases", "conversationalTestCases"]
        .iter()
        .filter_map(|list| run.get(*list)?.as_array())
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let names: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| metrics(case))
        .filter_map(|metric| json::text(metric, "name"))
        .collect();
    // All metrics together say whether a case passed; a grade is that of one.
    let metric = match select.get("metric") {
        None if names.len() > 1 => None,
        _ if names.is_empty() => None,
        _ => Some(select.one("metric", &names)?),
    };
    let mut taker = Taker::default();
    for (case, number) in cases.into_iter().zip(1..) {
        row(case, metric, select.get("metric").is_some())
            .and_then(|row| taker.take(row))
            .map_err(|problem| format!("test case {number}: {problem}"))?;
    }
    Ok(taker.finish(None))
}

fn metrics(case: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let listed = case.get("metricsData").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_object)
}

fn row(case: &Map<String, Value>, metric: Option<&str>, alone: bool) -> Result<GoldRow, String> {
    let metadata = case.get("additionalMetadata").or_else(|| case.get("metadata"));
    let name = json::text(case, "name").unwrap_or("test case");
    let of = |field: &str| case.get(field).cloned().unwrap_or_default();
    let identity = json!({
        "name": name,
        "input": of("input"),
        "expected": of("expectedOutput"),
        "scenario": of("scenario"),
    });
    let measured =
        metric.and_then(|name| metrics(case).find(|data| json::text(data, "name") == Some(name)));
    let judged = |data: &Map<String, Value>| !alone || json::text(data, "name") == metric;
    let error = metrics(case)
        .filter(|data| judged(data))
        .find_map(|data| json::text(data, "error").filter(|error| !error.is_empty()));
    let success =
        if alone { measured.and_then(|data| data.get("success")) } else { case.get("success") };
    let answer = match (success.and_then(Value::as_bool), error) {
        (_, Some(error)) => failed(error),
        (None, None) => return Err("`success` is missing".to_owned()),
        (Some(success), None) => {
            let score = measured.and_then(|data| data.get("score")).and_then(Value::as_f64);
            GoldAnswer { passed: Some(success), score, ..GoldAnswer::default() }
        }
    };
    Ok(GoldRow {
        case: case_name(name, &identity),
        category: said(metadata, "category"),
        cluster: said(metadata, "cluster"),
        repeat: None,
        answer,
    })
}
