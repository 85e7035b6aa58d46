//! Our own format: one object a line.
//!
//! `{"case": "sql-1", "passed": true, "category": "security"}`, with `score` instead of or beside
//! `passed`, `cluster`, `repeat` (from 0), `error` where there was no answer, and `metadata` for
//! whatever else. `case_id` and `run_index` are read as `case` and `repeat`. A line
//! `{"run_error": "..."}` says that the run did not come to its end.

use phasegate_core::gold::{GoldAnswer, GoldRow};
use phasegate_core::observations::GoldFormat;
use serde_json::{Map, Value};

use super::content::Content;
use super::{Format, Problem, Results, Select, Taker, name_of};
use crate::{json, shorten};

pub(super) const FORMAT: Format = Format {
    tool: GoldFormat::Native,
    name: "native",
    is: |content| {
        ["case", "case_id", "run_error"].iter().any(|field| content.starts_with(&[field]))
    },
    read,
    choices: &[],
};

const FIELDS: [&str; 11] = [
    "case",
    "case_id",
    "passed",
    "score",
    "category",
    "cluster",
    "repeat",
    "run_index",
    "error",
    "metadata",
    "run_error",
];

fn read(content: &Content, _: &Select<'_>) -> Result<Results, Problem> {
    let mut taker = Taker::default();
    let mut error = None;
    for (line, object) in content.rows() {
        if let Some(told) = json::text(object, "run_error") {
            error = Some(told.to_owned());
            continue;
        }
        row(object).and_then(|row| taker.take(row)).map_err(Problem::at(line))?;
    }
    Ok(taker.finish(error))
}

fn row(object: &Map<String, Value>) -> Result<GoldRow, String> {
    if let Some(other) = object.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        let known = FIELDS.join("`, `");
        return Err(format!("`{}` is no field; there are `{known}`", shorten(other)));
    }
    let of = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, object.get(name)?)))
    };
    let case = of(["case", "case_id"]).and_then(|(_, value)| name_of(value));
    let case = case.ok_or("`case` is missing; give the case's name")?;
    let text = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` is not a text")),
    };
    let passed = match object.get("passed") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(passed)) => Some(*passed),
        Some(_) => return Err("`passed` is neither `true` nor `false`".to_owned()),
    };
    let score = match object.get("score") {
        None | Some(Value::Null) => None,
        Some(Value::Number(score)) => score.as_f64(),
        Some(_) => return Err("`score` is not a number".to_owned()),
    };
    let repeat = match of(["repeat", "run_index"]) {
        None | Some((_, Value::Null)) => None,
        Some((name, value)) => {
            let repeat = value.as_u64().and_then(|repeat| u32::try_from(repeat).ok());
            Some(repeat.ok_or_else(|| format!("`{name}` is not a whole number from 0"))?)
        }
    };
    let error = text("error")?;
    let silent = passed.is_none() && score.is_none() && error.is_none();
    let ungraded = silent && object.contains_key("score");
    let answer = GoldAnswer { passed, score, error, ungraded };
    Ok(GoldRow { case, category: text("category")?, cluster: text("cluster")?, repeat, answer })
}
