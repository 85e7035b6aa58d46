//! A case table as it is written, for its JSON Schema; [`CaseTable`](super::CaseTable) is what its
//! reader makes of it.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::document::Document;
use phasegate::{Outcome, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The schema id that a table may carry.
pub const SCHEMA: &str = "phasegate/cases/v1";

/// A table of cases: facts, rows that change them, and what the gate has to decide about each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTableDocument {
    /// Always `phasegate/cases/v1`, when it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<CasesSchema>,
    /// The facts that rows change: an object, or the name of a file beside the table.
    #[schemars(schema_with = "facts_or_file")]
    pub input: Value,
    /// The moment of the decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// Whether an absent section of the checklist holds; false by default.
    #[serde(default)]
    pub require_checklist: bool,
    /// The rows.
    #[schemars(length(min = 1))]
    pub cases: Vec<CaseRowDocument>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CasesSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/cases/v1")]
    V1,
}

fn facts_or_file(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["object", "string"]})
}

/// A row: what it changes, and what the gate has to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRowDocument {
    /// What it is called; without it, what it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Facts by path and their values: `metrics.error_rate: 0.03`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// Facts to take out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// The moment of this decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// What the gate decides.
    pub outcome: Outcome,
    /// The exact set of the codes of violations.
    #[serde(default)]
    pub violations: BTreeSet<String>,
    /// The exact set of the codes of warnings; not compared when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<BTreeSet<String>>,
    /// The exact set of the codes of the reasons; not compared when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<BTreeSet<String>>,
    /// How many errors of guard and policy the reasons hold.
    #[serde(default)]
    pub errors: u64,
    /// The exact set of the paths that these are about; not compared when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<BTreeSet<String>>,
}

impl Document for CaseTableDocument {
    const SCHEMA: &'static str = SCHEMA;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::table::{ROW_KEYS, TABLE_KEYS};
    use super::*;
    use crate::cases::CaseTable;

    #[test]
    fn the_schema_names_the_fields_that_are_read() {
        let schema = schemars::schema_for!(CaseTableDocument).to_value();
        for (fields, read) in [
            (&schema["properties"], TABLE_KEYS.as_slice()),
            (&schema["$defs"]["CaseRowDocument"]["properties"], ROW_KEYS.as_slice()),
        ] {
            let fields: BTreeSet<&str> =
                fields.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, read.iter().copied().collect());
        }
    }

    /// What the schema says of a table, and what its reader says.
    #[track_caller]
    fn check(text: &str, is_table: bool) {
        let table = CaseTable::read("a.cases.yaml", text.as_bytes(), &BTreeMap::new());
        assert_eq!(table.is_ok(), is_table, "{table:?}");
        let format = phasegate::read::Format::Yaml;
        let read = phasegate::document::read::<CaseTableDocument>(text.as_bytes(), format, 1 << 20);
        assert_eq!(read.is_ok(), is_table, "{read:?}");
    }

    #[test]
    fn the_schema_accepts_what_is_read() {
        check("input: {a: 1}\ncases: [{outcome: hold}]\n", true);
        check(
            "schema: phasegate/cases/v1\nnow: 2026-03-01T10:00:00Z\nrequire_checklist: true\n\
             input: {a: 1}\ncases:\n- {name: x, set: {a: 2}, outcome: reject, violations: [c], \
             warnings: [], reasons: [c], errors: 1, blocked: [a], now: 2026-03-01T10:00:00Z}\n\
             - {remove: [a], outcome: rollback}\n",
            true,
        );
        for broken in [
            "input: {a: 1}\n",
            "cases: [{outcome: hold}]\n",
            "schema: phasegate/cases/v2\ninput: {}\ncases: [{outcome: hold}]\n",
            "input: 1\ncases: [{outcome: hold}]\n",
            "input: {}\ncases: [{outcom: hold}]\n",
            "input: {}\ncases: [{outcome: later}]\n",
            "input: {}\ncases: [{outcome: hold, errors: -1}]\n",
            "input: {}\ncases: [{outcome: hold, violations: x}]\n",
            "input: {}\nnow: soon\ncases: [{outcome: hold}]\n",
            "input: {}\ncases: []\n",
        ] {
            check(broken, false);
        }
    }
}
