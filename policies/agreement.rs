//! The README, the schemas and the Rego text say the same: facts with types, units, ranges and
//! readers; codes with effects and paths; floors with values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::FILES;

const README: &str = include_str!("README.md");

/// The keywords that the evidence guard understands in a schema.
const KEYWORDS: [&str; 19] = [
    "$comment",
    "$id",
    "$schema",
    "additionalProperties",
    "const",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maximum",
    "minimum",
    "properties",
    "required",
    "title",
    "type",
    "x-better",
    "x-unit",
];

fn file(path: &str) -> &'static str {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text).unwrap()
}

/// The Rego files of a package: `promotion` for `lifecycle.promotion`.
fn rego(package: &str) -> impl Iterator<Item = &'static str> {
    let line = format!("package lifecycle.{package}");
    FILES.iter().map(|(_, text)| *text).filter(move |text| text.lines().any(|found| found == line))
}

fn schema(package: &str) -> Value {
    serde_json::from_str(file(&format!("lifecycle/{package}.schema.json"))).unwrap()
}

// ---- README ----

/// The rows of the first table below a heading, cells trimmed.
fn table(heading: &str) -> Vec<Vec<String>> {
    let head = format!("## {heading}");
    README
        .lines()
        .skip_while(|line| *line != head)
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let inner = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).unwrap();
            inner.split('|').map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// The first cells of each row, as one line a row, so that a difference is easy to read.
fn lines(rows: &[Vec<String>], cells: usize) -> BTreeSet<String> {
    rows.iter().map(|row| row[..cells].join(" | ")).collect()
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

// ---- Schemas ----

/// The facts of a schema: path to type, unit, range, required and meaning.
fn facts(package: &str) -> BTreeMap<String, [String; 5]> {
    let mut facts = BTreeMap::new();
    collect(&schema(package), "", true, &mut facts);
    facts
}

fn collect(
    object: &Value,
    prefix: &str,
    required_above: bool,
    facts: &mut BTreeMap<String, [String; 5]>,
) {
    let required: Vec<&str> =
        object["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for (name, property) in object["properties"].as_object().unwrap() {
        let path = format!("{prefix}{name}");
        let here = required.contains(&name.as_str());
        let text = |key: &str| property[key].as_str().unwrap_or_default().to_owned();
        let needed = match (here, required_above) {
            (true, true) => "yes",
            (true, false) => "with its section",
            (false, _) => "no",
        };
        let fact =
            [text("type"), text("x-unit"), range(property), needed.to_owned(), text("description")];
        facts.insert(path.clone(), fact);
        let (inner, prefix) = match property.get("items") {
            Some(items) => (items, format!("{path}[].")),
            None => (property, format!("{path}.")),
        };
        if inner["type"] == "object" {
            collect(inner, &prefix, required_above && here, facts);
        }
    }
}

fn range(property: &Value) -> String {
    if let Some(values) = property.get("enum") {
        let values = values.as_array().unwrap().iter();
        return values.map(|value| quoted(value.as_str().unwrap())).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = property.get("const") {
        return quoted(value.as_str().unwrap());
    }
    match (property.get("minimum"), property.get("exclusiveMinimum"), property.get("maximum")) {
        (Some(low), None, Some(high)) => format!("{low} to {high}"),
        (Some(low), None, None) => format!("from {low}"),
        (None, Some(low), Some(high)) => format!("above {low}, to {high}"),
        (None, Some(low), None) => format!("above {low}"),
        (None, None, None) => String::new(),
        other => panic!("a range that the README has no words for: {other:?}"),
    }
}

// ---- Rego ----

/// The rules of a package: its text between blank lines, what has a `package` line left out.
fn rules(package: &str) -> impl Iterator<Item = &'static str> {
    rego(package)
        .flat_map(|text| text.split("\n\n"))
        .filter(|block| !block.lines().any(|line| line.starts_with("package ")))
}

/// The input paths that a package reads, with all the sections around them.
fn reads(package: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for rule in rules(package) {
        let code: Vec<&str> = rule.lines().filter(|line| !line.starts_with('#')).collect();
        let bound: Vec<(&str, &str)> = code
            .iter()
            .filter_map(|line| line.trim().strip_prefix("some ")?.split_once(" in input."))
            .collect();
        for line in code {
            for reference in references(line) {
                if let Some(path) = reference.strip_prefix("input.") {
                    paths.insert(path.to_owned());
                } else if let Some((variable, field)) = reference.split_once('.')
                    && let Some((_, list)) = bound.iter().find(|(name, _)| *name == variable)
                {
                    paths.insert(format!("{list}[].{field}"));
                }
            }
        }
    }
    for path in paths.clone() {
        for (end, _) in path.match_indices(['.', '[']) {
            paths.insert(path[..end].trim_end_matches("[]").to_owned());
        }
    }
    paths
}

/// The dotted names of a line outside its texts.
fn references(line: &str) -> impl Iterator<Item = &str> {
    line.split('"')
        .step_by(2)
        .flat_map(|code| code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')))
        .filter(|word| word.contains('.'))
}

/// What a rule adds to a set of the answer: its code, its effect when it has one, its path.
struct Entry {
    code: &'static str,
    effect: Option<&'static str>,
    path: Vec<&'static str>,
    /// The code and the effect that its annotation names.
    annotated: (Option<&'static str>, Option<&'static str>),
}

fn entries(package: &str, set: &str) -> Vec<Entry> {
    let head = format!("{set} contains {{");
    rules(package)
        .filter(|rule| rule.lines().any(|line| line == head))
        .map(|rule| {
            let field = |name: &str| {
                let key = format!("\"{name}\": ");
                rule.lines().find_map(|line| line.trim().strip_prefix(&key)?.strip_suffix(','))
            };
            let text = |value: &'static str| value.trim_matches('"');
            let annotation = |name: &str| {
                let key = format!("#   {name}: ");
                rule.lines().find_map(|line| line.strip_prefix(&key))
            };
            let path = match field("path") {
                None => Vec::new(),
                Some("section") => absent_sections(),
                Some(path) => vec![text(path)],
            };
            Entry {
                code: field("code").map(text).unwrap(),
                effect: field("effect").map(text),
                path,
                annotated: (annotation("code"), annotation("effect")),
            }
        })
        .collect()
}

/// The sections whose absence the promotion policy names.
fn absent_sections() -> Vec<&'static str> {
    rego("promotion")
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("absent_sections contains \"")?.split('"').next())
        .collect()
}

/// A table of codes as the Rego text has it.
fn codes(package: &str, set: &str) -> BTreeSet<String> {
    let mut rows: BTreeMap<&str, (Option<&str>, Vec<String>)> = BTreeMap::new();
    for entry in entries(package, set) {
        let row = rows.entry(entry.code).or_insert((entry.effect, Vec::new()));
        assert_eq!(row.0, entry.effect, "{} has two effects", entry.code);
        row.1.extend(entry.path.iter().map(|path| quoted(path)));
    }
    rows.into_iter()
        .map(|(code, (effect, paths))| {
            let cells = [Some(quoted(code)), effect.map(ToOwned::to_owned), Some(paths.join(", "))];
            cells.into_iter().flatten().collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

// ---- They agree ----

#[test]
fn facts_agree() {
    let [promotion, rollback] = ["promotion", "rollback"].map(facts);
    let read = ["promotion", "rollback"].map(reads);
    for (path, fact) in &rollback {
        let other = promotion.get(path).unwrap_or(fact);
        assert_eq!(fact, other, "the schemas differ about `{path}`");
    }
    let expected: BTreeSet<String> = rollback
        .iter()
        .chain(&promotion)
        .map(|(path, [kind, unit, range, required, meaning])| {
            let by = match [read[0].contains(path), read[1].contains(path)] {
                [true, true] => "both",
                [true, false] => "promotion",
                [false, true] => "rollback",
                [false, false] => "none",
            };
            [&quoted(path), kind.as_str(), unit, range, required, by, meaning].join(" | ")
        })
        .collect();
    assert_eq!(lines(&table("Input"), 7), expected);
}

#[test]
fn every_fact_that_is_read_is_in_the_schema_beside_it() {
    for package in ["promotion", "rollback"] {
        let known = facts(package);
        for path in reads(package) {
            assert!(known.contains_key(&path), "{package} reads `{path}`");
        }
    }
}

#[test]
fn codes_agree() {
    assert_eq!(lines(&table("Violations"), 3), codes("promotion", "violations"));
    assert_eq!(lines(&table("Warnings"), 2), codes("promotion", "warnings"));
    assert_eq!(lines(&table("Reasons to roll back"), 2), codes("rollback", "reasons"));
}

#[test]
fn every_code_in_the_text_is_in_a_head_and_is_snake_case() {
    for (package, sets) in
        [("promotion", &["violations", "warnings"][..]), ("rollback", &["reasons"])]
    {
        let heads: Vec<Entry> = sets.iter().flat_map(|set| entries(package, set)).collect();
        let texts: String = rego(package).collect();
        assert_eq!(heads.len(), texts.matches("\"code\": ").count(), "{package}");
        for entry in heads {
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(entry.code.chars().all(snake), "{}", entry.code);
        }
    }
}

#[test]
fn annotations_agree_with_heads() {
    for (package, set) in
        [("promotion", "violations"), ("promotion", "warnings"), ("rollback", "reasons")]
    {
        for entry in entries(package, set) {
            assert_eq!(entry.annotated, (Some(entry.code), entry.effect));
        }
    }
}

#[test]
fn paths_of_codes_are_facts() {
    for (package, set) in
        [("promotion", "violations"), ("promotion", "warnings"), ("rollback", "reasons")]
    {
        let known = facts(package);
        for path in entries(package, set).iter().flat_map(|entry| &entry.path) {
            assert!(known.contains_key(*path), "{path}");
        }
    }
}

#[test]
fn checklist_sections_are_optional() {
    let known = facts("promotion");
    for section in absent_sections() {
        let [_, _, _, required, meaning] = &known[section];
        assert_eq!(required, "no", "{section}");
        assert!(meaning.starts_with("Checklist: "), "{section}");
    }
}

#[test]
fn floors_agree() {
    let floors: Value = serde_json::from_str(file("lifecycle/floors/data.json")).unwrap();
    let expected: BTreeSet<String> = floors
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{} | {value}", quoted(name)))
        .collect();
    assert_eq!(lines(&table("The floors"), 2), expected);
    for (path, [_, _, _, _, meaning]) in facts("promotion") {
        if let Some(floor) = path.strip_prefix("thresholds.").and_then(|name| floors.get(name)) {
            assert!(meaning.ends_with(&format!("; the floor is {floor}.")), "{path}: {meaning}");
        }
    }
}

#[test]
fn schemas_keep_to_the_keywords_that_the_guard_understands() {
    fn check(schema: &Value) {
        for (keyword, value) in schema.as_object().unwrap() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{keyword}");
            match keyword.as_str() {
                "properties" => value.as_object().unwrap().values().for_each(check),
                "items" => check(value),
                _ => {}
            }
        }
    }
    for package in ["promotion", "rollback"] {
        check(&schema(package));
    }
}

#[test]
fn required_properties_exist() {
    fn check(schema: &Value) {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(schema["properties"].get(name.as_str().unwrap()).is_some(), "{name}");
        }
        for inner in schema["properties"].as_object().into_iter().flat_map(|all| all.values()) {
            check(inner);
        }
        if let Some(items) = schema.get("items") {
            check(items);
        }
    }
    for package in ["promotion", "rollback"] {
        check(&schema(package));
    }
}
