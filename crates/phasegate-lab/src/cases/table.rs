//! Reading a table, strictly and all faults at once.

use std::collections::{BTreeMap, BTreeSet};

use phasegate::path::Step;
use phasegate::read::{self, Format};
use phasegate::rego::{Code, Diagnostic};
use phasegate::{Facts, Outcome, Path, Timestamp};
use serde_json::{Map, Value};

use super::SCHEMA;

/// How many bytes a table may have.
const MAX_BYTES: usize = 16 << 20;

/// A table of cases.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseTable {
    /// Its file.
    pub file: String,
    /// The moment of its decisions.
    pub now: Option<Timestamp>,
    /// Its rows.
    pub rows: Vec<CaseRow>,
}

/// One row: facts, and what the gate has to say of them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseRow {
    /// What it is called; without a name, what it changes.
    pub name: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The base input with the row's changes.
    pub facts: Facts,
    /// The moment of its decision, when it is not the table's.
    pub now: Option<Timestamp>,
    /// What the gate has to say.
    pub expected: Expected,
}

/// What the gate has to say of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The outcome.
    pub outcome: Outcome,
    /// The exact set of the codes of violations.
    pub violations: BTreeSet<String>,
    /// The exact set of the codes of warnings, when they matter.
    pub warnings: Option<BTreeSet<String>>,
    /// The exact set of the codes of the decision's reasons, when they matter.
    pub reasons: Option<BTreeSet<String>>,
    /// How many errors of guard and policy there are.
    pub errors: usize,
    /// The exact set of the paths they are about, when they matter.
    pub blocked: Option<BTreeSet<String>>,
}

impl CaseTable {
    /// Reads a table; `files` are those that its `input` may name, by their paths.
    ///
    /// # Errors
    /// All faults at once, each with its line.
    pub fn read(
        file: &str,
        bytes: &[u8],
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let format = format_of(file);
        let mut reader = Reader { file, bytes, format, faults: Vec::new() };
        let document = match read::read(bytes, format, MAX_BYTES) {
            Ok(document) => document,
            Err(error) => {
                for fault in error.faults {
                    let place = fault.line.zip(fault.column);
                    reader.tell(place, &fault.path, &fault.message);
                }
                return Err(reader.faults);
            }
        };
        let table = reader.table(&document, files);
        if reader.faults.is_empty() { Ok(table) } else { Err(reader.faults) }
    }
}

struct Reader<'a> {
    file: &'a str,
    bytes: &'a [u8],
    format: Format,
    faults: Vec<Diagnostic>,
}

pub(super) const TABLE_KEYS: [&str; 5] = ["schema", "input", "now", "require_checklist", "cases"];
pub(super) const ROW_KEYS: [&str; 10] = [
    "name",
    "set",
    "remove",
    "now",
    "outcome",
    "violations",
    "warnings",
    "reasons",
    "errors",
    "blocked",
];

impl Reader<'_> {
    fn table(&mut self, document: &Value, files: &BTreeMap<String, Vec<u8>>) -> CaseTable {
        let mut table = CaseTable { file: self.file.to_owned(), now: None, rows: Vec::new() };
        let root = Path::default();
        let Some(object) = self.object(document, &root, &TABLE_KEYS) else { return table };
        if let Some(schema) = object.get("schema")
            && schema != SCHEMA
        {
            self.fault(&at(&root, "schema"), &format!("must be `{SCHEMA}`"));
        }
        table.now = self.now(object, &root);
        let mut base = self.base(object, files);
        match object.get("require_checklist") {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                if let Some(Value::Object(base)) = &mut base {
                    let options =
                        base.entry("options").or_insert_with(|| Value::Object(Map::new()));
                    if let Some(options) = options.as_object_mut() {
                        options.insert("require_checklist".to_owned(), Value::Bool(true));
                    }
                }
            }
            Some(_) => self.fault(&at(&root, "require_checklist"), "must be true or false"),
        }
        let rows = match object.get("cases") {
            Some(Value::Array(rows)) if !rows.is_empty() => rows.as_slice(),
            Some(_) => {
                self.fault(&at(&root, "cases"), "must be a list of at least one row");
                &[]
            }
            None => {
                self.fault(&root, "has no `cases`; give a list of rows");
                &[]
            }
        };
        for (number, row) in rows.iter().enumerate() {
            let mut path = at(&root, "cases");
            path.push_index(number);
            let row = self.row(row, &path, base.as_ref());
            table.rows.extend(row);
        }
        table
    }

    /// The base input: inline, or a file beside the table.
    fn base(
        &mut self,
        object: &Map<String, Value>,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Option<Value> {
        let path = at(&Path::default(), "input");
        let facts = match object.get("input") {
            Some(inline @ Value::Object(_)) => Facts::from_value(inline),
            Some(Value::String(name)) => {
                let Some(bytes) = beside(self.file, name).and_then(|name| files.get(&name)) else {
                    self.fault(&path, &format!("`{name}` is no file of the project"));
                    return None;
                };
                match format_of(name) {
                    Format::Json => Facts::from_json(bytes),
                    _ => Facts::from_yaml(bytes),
                }
            }
            Some(_) => {
                self.fault(&path, "must be an object of facts, or the name of a file beside");
                return None;
            }
            None => {
                self.fault(&Path::default(), "has no `input`; give the facts that rows change");
                return None;
            }
        };
        match facts {
            Ok(facts) => Some(facts.value().clone()),
            Err(error) => {
                self.fault(&path, &error.to_string());
                None
            }
        }
    }

    fn row(&mut self, row: &Value, path: &Path, base: Option<&Value>) -> Option<CaseRow> {
        let object = self.object(row, path, &ROW_KEYS)?;
        let before = self.faults.len();
        let outcome = match object.get("outcome").and_then(Value::as_str) {
            Some("promote") => Some(Outcome::Promote),
            Some("hold") => Some(Outcome::Hold),
            Some("reject") => Some(Outcome::Reject),
            Some("rollback") => Some(Outcome::Rollback),
            _ => {
                self.fault(path, "needs an `outcome`: promote, hold, reject or rollback");
                None
            }
        };
        let errors = match object.get("errors") {
            None => Some(0),
            Some(count) => count.as_u64().and_then(|count| usize::try_from(count).ok()),
        };
        if errors.is_none() {
            self.fault(&at(path, "errors"), "must be a whole number, 0 or more");
        }
        let violations = self.words(object, path, "violations").unwrap_or_default();
        let [warnings, reasons, blocked] =
            ["warnings", "reasons", "blocked"].map(|key| self.words(object, path, key));
        let now = self.now(object, path);
        let facts = base.and_then(|base| self.facts(object, path, base.clone()));
        let name = self.name(object, path);
        if self.faults.len() > before {
            return None;
        }
        let expected =
            Expected { outcome: outcome?, violations, warnings, reasons, errors: errors?, blocked };
        let line = self.place(path).map_or(1, |(line, _)| line);
        Some(CaseRow { name, line, facts: facts?, now, expected })
    }

    fn name(&mut self, object: &Map<String, Value>, path: &Path) -> String {
        match object.get("name") {
            Some(Value::String(name)) => return name.clone(),
            Some(_) => self.fault(&at(path, "name"), "must be text"),
            None => {}
        }
        let set = object.get("set").and_then(Value::as_object).into_iter().flatten();
        let mut parts: Vec<String> = set.map(|(path, value)| format!("{path}={value}")).collect();
        let removed = object.get("remove").and_then(Value::as_array).into_iter().flatten();
        parts.extend(removed.filter_map(Value::as_str).map(|path| format!("without {path}")));
        if parts.is_empty() { "as it is".to_owned() } else { parts.join(", ") }
    }

    /// The base with a row's changes.
    fn facts(&mut self, object: &Map<String, Value>, path: &Path, base: Value) -> Option<Facts> {
        let mut facts = base;
        match object.get("set") {
            None => {}
            Some(Value::Object(set)) => {
                for (fact, value) in set {
                    let here = at(&at(path, "set"), fact);
                    let place = fact.parse::<Path>().map_err(|error| error.to_string());
                    let placed = place.and_then(|place| {
                        let entry = place.entry(&mut facts).map_err(|error| error.to_string())?;
                        *entry = value.clone();
                        Ok(())
                    });
                    if let Err(problem) = placed {
                        self.fault(&here, &problem);
                    }
                }
            }
            Some(_) => self.fault(&at(path, "set"), "must be an object of paths and values"),
        }
        for fact in self.words(object, path, "remove").unwrap_or_default() {
            let removed = fact.parse::<Path>().is_ok_and(|fact| remove(&mut facts, &fact));
            if !removed {
                self.fault(&at(path, "remove"), &format!("there is no `{fact}` to remove"));
            }
        }
        match Facts::from_value(&facts) {
            Ok(facts) => Some(facts),
            Err(error) => {
                self.fault(path, &error.to_string());
                None
            }
        }
    }

    fn now(&mut self, object: &Map<String, Value>, path: &Path) -> Option<Timestamp> {
        let now = object.get("now")?;
        let parsed = now.as_str().and_then(|text| text.parse().ok());
        if parsed.is_none() {
            self.fault(&at(path, "now"), "must be a moment such as `2026-03-01T10:00:00Z`");
        }
        parsed
    }

    fn words(
        &mut self,
        object: &Map<String, Value>,
        path: &Path,
        key: &str,
    ) -> Option<BTreeSet<String>> {
        let words = match object.get(key)? {
            Value::Array(items) => {
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        if words.is_none() {
            self.fault(&at(path, key), "must be a list of texts");
        }
        words
    }

    /// An object with these keys and no others.
    fn object<'v>(
        &mut self,
        value: &'v Value,
        path: &Path,
        keys: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.fault(path, "must be an object");
            return None;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            let known = keys.join("`, `");
            self.fault(&at(path, key), &format!("is not a field here; there are `{known}`"));
        }
        Some(object)
    }

    fn place(&self, path: &Path) -> Option<(usize, usize)> {
        read::locate(self.bytes, self.format, path).map(|place| (place.line, place.column))
    }

    fn fault(&mut self, path: &Path, message: &str) {
        let place = self.place(path);
        self.tell(place, &path.to_string(), message);
    }

    fn tell(&mut self, place: Option<(usize, usize)>, path: &str, message: &str) {
        let at = if path.is_empty() { "the table".to_owned() } else { format!("`{path}`") };
        let message = format!("{at}: {message}");
        let remedy = "mend the row; docs/cases.md says what a table holds";
        let mut found = Diagnostic::whole(self.file, Code::CaseTableError, message, remedy);
        if let Some((row, col)) = place {
            let text = std::str::from_utf8(self.bytes).unwrap_or_default();
            let line = text.lines().nth(row.saturating_sub(1)).unwrap_or_default();
            (found.row, found.col, found.width) = (row, col, 1);
            line.clone_into(&mut found.line);
        }
        self.faults.push(found);
    }
}

/// The format that a file's name says.
fn format_of(name: &str) -> Format {
    match name.rsplit_once('.') {
        Some((_, "json")) => Format::Json,
        _ => Format::Yaml,
    }
}

fn at(path: &Path, field: &str) -> Path {
    let mut path = path.clone();
    path.push_field(field);
    path
}

/// Takes a fact out; false when it is not there.
pub(crate) fn remove(facts: &mut Value, path: &Path) -> bool {
    let Some((last, before)) = path.steps().split_last() else { return false };
    let parent = before.iter().try_fold(facts, |value, step| match step {
        Step::Field(field) => value.as_object_mut()?.get_mut(field),
        Step::Index(index) => value.as_array_mut()?.get_mut(*index),
    });
    match (parent, last) {
        (Some(Value::Object(object)), Step::Field(field)) => object.remove(field).is_some(),
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

/// A path relative to the folder of a file, in the form of the project's paths.
fn beside(file: &str, name: &str) -> Option<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    let root = if file.starts_with('/') { "/" } else { "" };
    Some(format!("{root}{}", parts.join("/")))
}
