//! The holes of plain Rego: each input is let through by the policy alone and blocked by the guard.

use serde_json::{Value as Json, json};

use super::{Policy, policy};

/// What the policy alone says of `data.p.allow`; `None` when it is undefined.
fn plain(policy: &str, input: &str) -> Option<bool> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("p.rego".to_owned(), format!("package p\n{policy}")).expect("it parses");
    engine.set_input_json(input).expect("it is JSON");
    match engine.eval_rule("data.p.allow".to_owned()).expect("it evaluates") {
        regorus::Value::Bool(allow) => Some(allow),
        _ => None,
    }
}

/// The policy alone allows, the guard blocks with this and nothing else.
#[track_caller]
fn check(text: &str, input: &Json, expected: &str) {
    assert_eq!(plain(text, &input.to_string()), Some(true), "the policy alone lets it through");
    assert_eq!(policy(text).blocks(input), expected);
}

/// The guard passes.
#[track_caller]
fn passes(policy: &Policy<'_>, input: &Json) {
    assert_eq!(policy.blocks(input), "");
}

const PLAIN: &str = "deny contains \"errors\" if input.metrics.error_rate > 0.02
allow if count(deny) == 0";

#[test]
fn a_missing_metric_under_a_plain_comparison() {
    check(
        PLAIN,
        &json!({"metrics": {}}),
        "fact_missing `metrics.error_rate` is missing; `p.deny` (p.rego:2) needs a number",
    );
    check(
        PLAIN,
        &json!({}),
        "fact_missing `metrics` is missing; `p.deny` (p.rego:2) needs an object",
    );
    passes(&policy(PLAIN), &json!({"metrics": {"error_rate": 0.5}}));
}

#[test]
fn a_missing_metric_under_not() {
    check(
        "allow if not input.metrics.error_rate > 0.02",
        &json!({"metrics": {}}),
        "fact_missing `metrics.error_rate` is missing; `p.allow` (p.rego:2) needs a number",
    );
    check(
        "high if input.metrics.error_rate > 0.02\nallow if not high",
        &json!({"metrics": {}}),
        "fact_missing `metrics.error_rate` is missing; `p.high` (p.rego:2) needs a number",
    );
}

#[test]
fn a_missing_metric_under_a_default() {
    check(
        "default ok := true
ok := input.metrics.error_rate <= 0.02
allow if ok",
        &json!({"metrics": {}}),
        "fact_missing `metrics.error_rate` is missing; `p.ok` (p.rego:3) needs a number",
    );
}

#[test]
fn a_missing_metric_compared_with_null() {
    check(
        "deny if input.metrics.error_rate == null
allow if not deny",
        &json!({"metrics": {}}),
        "fact_missing `metrics.error_rate` is missing; `p.deny` (p.rego:2) needs a value",
    );
}

#[test]
fn a_threshold_that_is_a_string() {
    let text = "deny if input.metrics.p95 > input.thresholds.p95
allow if not deny";
    check(
        text,
        &json!({"metrics": {"p95": 9000}, "thresholds": {"p95": "3000"}}),
        "fact_wrong_type `thresholds.p95` is the string \"3000\", while `metrics.p95` is a number; \
         `p.deny` (p.rego:2) needs a value that is not null of the same type",
    );
    passes(&policy(text), &json!({"metrics": {"p95": 9000}, "thresholds": {"p95": 3000}}));
    let known = "deny if input.metrics.p95 > input.thresholds.p95
deny if input.thresholds.p95 > 3000
allow if not deny";
    check(
        known,
        &json!({"metrics": {"p95": null}, "thresholds": {"p95": 100}}),
        "fact_null `metrics.p95` is null; `p.deny` (p.rego:2) needs a number",
    );
}

#[test]
fn null_false_and_sections_that_are_none() {
    check(
        PLAIN,
        &json!({"metrics": {"error_rate": null}}),
        "fact_null `metrics.error_rate` is null; `p.deny` (p.rego:2) needs a number",
    );
    check(
        PLAIN,
        &json!({"metrics": {"error_rate": false}}),
        "fact_wrong_type `metrics.error_rate` is false; `p.deny` (p.rego:2) needs a number",
    );
    check(
        PLAIN,
        &json!({"metrics": null}),
        "section_not_object `metrics` is null; `p.deny` (p.rego:2) needs an object",
    );
    check(
        PLAIN,
        &json!({"metrics": [0.5]}),
        "section_not_object `metrics` is an array of 1; `p.deny` (p.rego:2) needs an object",
    );
    check(
        PLAIN,
        &json!([]),
        "section_not_object `input` is an array of 0; `p.deny` (p.rego:2) needs an object",
    );
}

#[test]
fn what_stands_for_a_number_that_is_not_finite() {
    let text = "deny if input.rate < 0.95
allow if not deny";
    for word in ["NaN", "Infinity", "-inf", "1e999"] {
        check(
            text,
            &json!({"rate": word}),
            &format!(
                "fact_not_finite `rate` is the string \"{word}\", no finite number; `p.deny` (p.rego:2) needs a number"
            ),
        );
    }
    // JSON has no other way to write one: 1e999 itself is refused by the reader.
    assert!(serde_json::from_str::<Json>("{\"rate\": 1e999}").is_err());
}

#[test]
fn a_truth_that_is_a_word() {
    check(
        "deny if not input.security.passed
allow if not deny",
        &json!({"security": {"passed": "no"}}),
        "fact_wrong_type `security.passed` is the string \"no\"; `p.deny` (p.rego:2) needs a boolean",
    );
}

#[test]
fn elements_of_collections() {
    let text = "deny if { some one in input.incidents; one.severity == \"P0\" }
allow if not deny";
    check(
        text,
        &json!({"incidents": [{"severity": "P3"}, {"severity": null}, {}]}),
        "fact_null `incidents[1].severity` is null; `p.deny` (p.rego:2) needs a string\n\
         fact_missing `incidents[2].severity` is missing; `p.deny` (p.rego:2) needs a string",
    );
    check(
        text,
        &json!({"incidents": {"first one": {"severity": 0}}}),
        "fact_wrong_type `incidents[\"first one\"].severity` is 0; `p.deny` (p.rego:2) needs a string",
    );
    check(
        text,
        &json!({}),
        "fact_missing `incidents` is missing; `p.deny` (p.rego:2) needs an array or an object",
    );
    // The engine refuses to iterate a string; the guard says which fact it is.
    assert_eq!(
        policy(text).blocks(&json!({"incidents": "none"})),
        "fact_wrong_type `incidents` is the string \"none\"; `p.deny` (p.rego:2) needs an array or an object",
    );
    passes(&policy(text), &json!({"incidents": []}));
    check(
        "deny if { some latency in input.latencies; latency > 3000 }
allow if not deny",
        &json!({"latencies": [1, null]}),
        "fact_null `latencies[1]` is null; `p.deny` (p.rego:2) needs a number",
    );
    check(
        "deny if max(input.latencies) > 3000
allow if not deny",
        &json!({"latencies": []}),
        "fact_missing `latencies` is empty; `p.deny` (p.rego:2) needs an array with at least one element",
    );
}

#[test]
fn limits_of_base_data_and_unbound_names() {
    let text = "deny if { some name, limit in {\"p95\": 3000, \"errors\": 0.02}; input.metrics[name] > limit }
allow if not deny";
    check(
        text,
        &json!({"metrics": {"p95": 100}}),
        "fact_missing `metrics.errors` is missing; `p.deny` (p.rego:2) needs a number",
    );
}

#[test]
fn an_optional_section_is_whole_or_absent() {
    let text = "deny if object.get(input, \"shadow\", {\"requests\": 5000}).requests < 1000
allow if not deny";
    check(
        text,
        &json!({"shadow": {}}),
        "fact_missing `shadow.requests` is missing; `p.deny` (p.rego:2) needs a number",
    );
    check(
        text,
        &json!({"shadow": null}),
        "section_not_object `shadow` is null; `p.deny` (p.rego:2) needs an object",
    );
    check(
        text,
        &json!({"shadow": 7}),
        "section_not_object `shadow` is 7; `p.deny` (p.rego:2) needs an object",
    );
    passes(&policy(text), &json!({}));
    passes(&policy(text), &json!({"shadow": {"requests": 1}}));
    check(
        "deny if object.get(input, \"cost\", 0) > 0.1
allow if not deny",
        &json!({"cost": false}),
        "fact_wrong_type `cost` is false; `p.deny` (p.rego:2) needs a number",
    );
}

#[test]
fn what_is_reported_is_bounded() {
    let extraction = policy("deny if { some x in input.xs; x.y > 3 }").extract();
    let blocks = extraction.requirements.check(&json!({"xs": vec![json!({}); 5000]}));
    assert_eq!((blocks.total, blocks.blocks.len()), (5000, super::super::MAX_BLOCKS));
    let long = "x".repeat(5000);
    let blocks = policy("deny if input.x > 3").blocks(&json!({"x": long}));
    assert!(blocks.len() < 200, "{blocks}");
}

/// What is at fault is the limit: no fact that is a number could ever be measured by it.
#[test]
fn a_limit_that_is_a_number_in_quotes() {
    let text = "deny contains 1 if input.p95 > data.limits.p95\nallow if count(deny) == 0";
    let with = |limit: Json| policy(text).data(json!({"limits": {"p95": limit}}));
    let refused = |what: &str| {
        format!(
            "p.rego:2:20 unguarded_read_error\n  the limit of `input.p95 > data.limits.p95` is {what}"
        )
    };
    let lines = |policy: Policy<'_>| {
        let needs = policy.needs();
        needs.split_once('\n').map(|(_, diagnostics)| diagnostics.to_owned()).unwrap_or_default()
    };
    let in_quotes = refused("the text \"3000\", which no number is measured by");
    assert_eq!(lines(with(json!("3000"))), in_quotes);
    assert_eq!(lines(with(json!(null))), refused("null, which nothing is measured by"));
    // A text that is no number may be a date; the block says where else the fault may be.
    assert_eq!(
        with(json!("3000ms")).blocks(&json!({"p95": 2500})),
        "fact_wrong_type `p95` is 2500; `p.deny` (p.rego:2) needs a string, because it is measured \
         by the string \"3000ms\"; what measures a number must be a number itself"
    );
    passes(&with(json!("2026-01-01")), &json!({"p95": "2025-12-31"}));
    passes(&with(json!(3000)), &json!({"p95": 2500}));
}
