//! `OpenAI` evals: a log of events, with a `spec` first and a `final_report` last.

use std::collections::BTreeSet;

use phasegate_core::gold::GoldRow;
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value};

use super::content::Content;
use super::{Format, Problem, Results, Select, Taker, failed, field, measured, name_of};
use crate::json;

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::OpenaiEvals,
    name: "openai_evals",
    is: |content| content.starts_with(&["spec"]) || content.starts_with(&["sample_id", "type"]),
    read,
    choices: &["metric"],
};

fn read(content: &Content, select: &Select<'_>) -> Result<Results, Problem> {
    let rows = content.rows();
    let of = |kind: &'static str| {
        let rows = rows.iter();
        rows.filter(move |(_, row)| json::text(row, "type") == Some(kind))
    };
    let numbers = |row: &Map<String, Value>| -> Vec<String> {
        let data = row.get("data").and_then(Value::as_object);
        let named =
            data.into_iter().flatten().filter(|(_, value)| value.is_number() || value.is_boolean());
        named.map(|(name, _)| name.clone()).collect()
    };
    let metrics: Vec<String> = of("metrics").flat_map(|(_, row)| numbers(row)).collect();
    // Matches say whether an answer is right; where there are none, a metric is picked.
    let (kind, metric) = if of("match").next().is_some() && select.get("metric").is_none() {
        ("match", "correct")
    } else {
        let choices = metrics.iter().map(String::as_str).collect::<BTreeSet<_>>();
        ("metrics", select.one("metric", &choices)?)
    };
    let mut taker = Taker::default();
    for (line, object) in of(kind) {
        row(object, metric).and_then(|row| taker.take(row)).map_err(Problem::at(*line))?;
    }
    for (line, object) in of("error") {
        let Some(case) = object.get("sample_id").and_then(name_of) else { continue };
        let data = object.get("data").unwrap_or(&Value::Null);
        let message = data.get("message").or_else(|| data.get("error")).and_then(Value::as_str);
        let answer = failed(message.unwrap_or("the sample broke"));
        let row = GoldRow { case, category: None, cluster: None, repeat: Some(0), answer };
        taker.take(row).map_err(Problem::at(*line))?;
    }
    let ended = rows.iter().any(|(_, row)| row.contains_key("final_report"));
    let error = "the run did not come to its end: the log has no final report";
    Ok(taker.finish((!ended).then(|| error.to_owned())))
}

fn row(object: &Map<String, Value>, metric: &str) -> Result<GoldRow, String> {
    let case = name_of(field(object, "sample_id")?).ok_or("`sample_id` is not a text")?;
    let value =
        field(object, "data")?.get(metric).ok_or_else(|| format!("`{metric}` is missing"))?;
    let answer = measured(value)
        .ok_or_else(|| format!("`{metric}` is neither a number nor `true` or `false`"))?;
    // A sample that is matched twice says two things.
    Ok(GoldRow { case, category: None, cluster: None, repeat: Some(0), answer })
}
