//! lm-evaluation-harness: `samples_<task>_<date>.jsonl`, a row per document and filter.

use std::collections::BTreeSet;

use phasegate_core::gold::GoldRow;
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value};

use super::content::Content;
use super::{Format, Problem, Results, Select, Taker, field, measured, name_of, said};
use crate::json;

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::LmEval,
    name: "lm_eval",
    is: |content| content.starts_with(&["doc_id", "metrics"]),
    read,
    choices: &["filter", "metric"],
};

fn read(content: &Content, select: &Select<'_>) -> Result<Results, Problem> {
    let rows = content.rows();
    let filters: BTreeSet<&str> = rows.iter().map(|(_, row)| filter(row)).collect();
    let wanted = select.one("filter", &filters)?;
    let rows: Vec<_> = rows.into_iter().filter(|(_, row)| filter(row) == wanted).collect();
    let metrics: BTreeSet<&str> = rows
        .iter()
        .filter_map(|(_, row)| row.get("metrics")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let metric = select.one("metric", &metrics)?;
    let mut taker = Taker::default();
    for (line, object) in rows {
        row(object, metric).and_then(|row| taker.take(row)).map_err(Problem::at(line))?;
    }
    Ok(taker.finish(None))
}

fn filter(row: &Map<String, Value>) -> &str {
    json::text(row, "filter").unwrap_or("none")
}

fn row(object: &Map<String, Value>, metric: &str) -> Result<GoldRow, String> {
    let document = name_of(field(object, "doc_id")?).ok_or("`doc_id` is not a number")?;
    // A document that was changed is another case.
    let hash: String = json::text(object, "doc_hash").unwrap_or_default().chars().take(8).collect();
    let case = if hash.is_empty() { document } else { format!("{document} [{hash}]") };
    let answer = measured(field(object, metric)?)
        .ok_or_else(|| format!("`{metric}` is neither a number nor `true` or `false`"))?;
    let doc = object.get("doc");
    Ok(GoldRow {
        case,
        category: said(doc, "category"),
        cluster: said(doc, "cluster"),
        // Repeats are folded before; a document that comes twice is a fault.
        repeat: Some(0),
        answer,
    })
}
