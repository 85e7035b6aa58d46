//! Input schemas.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use super::policy;
use crate::guard::InputSchema;

fn promotion() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "input",
        "x-unit": "none",
        "type": "object",
        "required": ["metrics"],
        "properties": {
            "metrics": {
                "type": "object",
                "required": ["rate"],
                "properties": {
                    "rate": {"type": "number", "minimum": 0, "maximum": 1},
                    "requests": {"type": "integer", "exclusiveMinimum": 0},
                    "note": {"type": ["string", "null"]}
                },
                "additionalProperties": false
            },
            "shadow": {
                "type": "object",
                "required": ["hours"],
                "properties": {"hours": {"type": "number"}, "state": {"enum": ["on", "off"]}}
            },
            "incidents": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["severity"],
                    "properties": {"severity": {"enum": ["P0", "P1"]}, "open": {"type": "boolean"}}
                }
            }
        }
    })
}

#[test]
fn a_schema_declares_optional_and_adds_types_and_ranges() {
    let text = "deny if input.metrics.rate < 0.95
deny if input.metrics.requests < 1000
deny if input.metrics.note == \"bad\"
deny if input.shadow.hours < 24
deny if input.shadow.state == \"off\"
deny if { some one in input.incidents; one.severity == \"P0\"; one.open }";
    assert_snapshot!(policy(text).schema(promotion()).needs(), @r#"
    incidents: array, optional
    incidents[*].open: boolean, optional
    incidents[*].severity: string, one of "P0", "P1", with incidents
    metrics.note: string or null, optional
    metrics.rate: number, >= 0, <= 1
    metrics.requests: number, integer, > 0, optional
    shadow: object, optional
    shadow.hours: number, with shadow
    shadow.state: string, one of "on", "off", optional
    "#);
    let guarded = policy(text).schema(promotion());
    let good = json!({"metrics": {"rate": 0.9, "requests": 10, "note": null}});
    assert_eq!(guarded.blocks(&good), "");
    let bad = json!({
        "metrics": {"rate": 1.5, "requests": 10.5, "note": 3},
        "shadow": {"state": "paused"},
        "incidents": [{"severity": "P9"}, {"severity": "P0", "open": null}]
    });
    assert_snapshot!(guarded.blocks(&bad), @r#"
    fact_out_of_range `incidents[0].severity` is the string "P9"; `p.deny` (p.rego:7) needs a string, one of "P0", "P1"
    fact_null `incidents[1].open` is null; `p.deny` (p.rego:7) needs a boolean
    fact_wrong_type `metrics.note` is 3; `p.deny` (p.rego:4) needs a string or null
    fact_out_of_range `metrics.rate` is 1.5; `p.deny` (p.rego:2) needs a number, >= 0, <= 1
    fact_out_of_range `metrics.requests` is 10.5; `p.deny` (p.rego:3) needs a number, integer, > 0
    fact_missing `shadow.hours` is missing; `p.deny` (p.rego:5) needs a number
    fact_out_of_range `shadow.state` is the string "paused"; `p.deny` (p.rego:6) needs a string, one of "on", "off"
    "#);
}

#[test]
fn it_is_of_its_own_module_alone() {
    let library = "package lib\nhigh if input.shadow.hours < 24";
    let other = policy("import data.lib\ndeny if lib.high").file("lib.rego", library);
    assert_snapshot!(other.needs(), @"shadow.hours: number");
    assert_snapshot!(other.schema(promotion()).needs(), @r"
    shadow: object, optional
    shadow.hours: number, with shadow
    ");
}

#[test]
fn it_must_agree_with_the_rules() {
    assert_snapshot!(
        policy("deny if input.metrics.rat > 3\nallow if input.metrics.note > 3").schema(promotion()).needs(),
        @r"
    metrics.note: number, optional
    metrics.rat: number
    p.rego:2:9 schema_error
      `metrics.rat` is not in the input schema `p.schema.json`
    p.rego:3:10 schema_error
      the rules need `metrics.note` to be a number, the input schema `p.schema.json` says a string or null
    "
    );
}

#[test]
fn every_word_is_understood_or_refused() {
    let faults = |schema: Json| {
        let faults = InputSchema::parse("p.schema.json", &schema.to_string()).expect_err("refused");
        faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(faults(json!({
        "pattern": "x",
        "type": "float",
        "properties": {"a/b": {"minLength": 3, "minimum": "0"}, "c": 7},
        "required": ["d", 5],
        "enum": [],
        "items": {"$ref": "#/x"},
        "additionalProperties": {"type": []}
    })), @r#"
    at `/additionalProperties/type`: a type name or a list of type names is needed
    at `/enum`: a list of at least one value is needed
    at `/items/$ref`: `$ref` is not understood
    at `/pattern`: `pattern` is not understood
    at `/properties/a~1b/minLength`: `minLength` is not understood
    at `/properties/a~1b/minimum`: a number is needed
    at `/properties/c`: a schema is an object
    at `/required`: `d` is not in `properties`
    at `/required`: `5` is not a property name
    at `/type`: `"float"` is not a type of JSON Schema
    "#);
    assert_snapshot!(
        faults(json!({"enum": [1], "const": 2})),
        @"at `/enum`: no value is in both `enum` and `const`"
    );
    assert_snapshot!(
        faults(json!({"enum": [1], "type": "string"})),
        @"at the root: no value of the enumeration has the type"
    );
    assert_snapshot!(faults(json!([])), @"at the root: a schema is an object");
    let deep = (0..100).fold(json!({}), |below, _| json!({"items": below}));
    assert!(faults(deep).contains("nested deeper than 64 levels"));
    let text = InputSchema::parse("p.schema.json", "{").expect_err("refused");
    assert_snapshot!(
        text[0].to_string(),
        @"p.schema.json: schema_error: is not JSON: EOF while parsing an object at line 1 column 1; write a JSON Schema of the input"
    );
}
