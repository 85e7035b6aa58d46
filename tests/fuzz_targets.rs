//! Every format that is read has a fuzz target: a reader without one would be found by others.

use std::fs;
use std::path::Path;

use phasegate::observations::{GoldFormat, RowFormat};
use schemars::JsonSchema;
use serde_json::Value;

/// The names of an enum's variants, from its schema.
fn names<T: JsonSchema>() -> Vec<String> {
    fn gather(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(fields) => {
                found.extend(fields.get("const").and_then(Value::as_str).map(str::to_owned));
                let listed = fields.get("enum").and_then(Value::as_array);
                let listed = listed.into_iter().flatten().filter_map(Value::as_str);
                found.extend(listed.map(str::to_owned));
                fields.values().for_each(|value| gather(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(schemars::schema_for!(T).as_value(), &mut found);
    found
}

#[test]
fn every_format_that_is_read_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    // Parquet is refused before anything of it is read.
    let logs = names::<RowFormat>().into_iter().filter(|name| name != "parquet");
    let gold = names::<GoldFormat>().into_iter().map(|name| format!("gold_{name}"));
    let targets: Vec<String> =
        logs.chain(gold).chain(["plan", "observations"].map(str::to_owned)).collect();
    assert!(targets.len() >= 10, "{targets:?}");
    for target in targets {
        let path = format!("fuzz_targets/{target}.rs");
        assert!(folder.join(&path).is_file(), "tests/fuzz/{path} is missing");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{path} is in no manifest");
    }
}
