//! Policies in the forms that hide a missing fact, each with an input that it promotes: whatever
//! fact that input then lacks, has as null or in another type, the version is not promoted.

use phasegate::{Facts, Outcome, Request};
use serde_json::{Value, json};

use crate::support::{build, files};

const HEAD: &str = "package lifecycle.promotion

import data.lib
import input.metrics as m

default allow := false
allow if count(violations) == 0
";

/// Rules that other packages have.
const LIB: &str = "package lib

import input.metrics as theirs

bad if theirs.e > 0.02
limit := 0.02
over(x) if x > limit
ok(x) if x <= limit
";

/// A violation with this body.
fn violation(body: &str) -> String {
    format!("violations contains {{\"code\": \"x\", \"message\": \"x\"}} if {{ {body} }}\n")
}

/// Every member of an input taken away, made null, or given in another type. Elements of what is
/// iterated, below `*`, may be absent.
fn broken(input: &Value, iterated: &[&str]) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(above) = open.pop() {
        let below: Vec<String> = match input.pointer(&above) {
            Some(Value::Object(members)) => members.keys().cloned().collect(),
            Some(Value::Array(items)) => (0..items.len()).map(|i| i.to_string()).collect(),
            _ => Vec::new(),
        };
        for name in below {
            let pointer = format!("{above}/{name}");
            let held = input.pointer(&pointer).cloned().unwrap_or_default();
            if !iterated.contains(&above.as_str()) {
                let mut without = input.clone();
                match without.pointer_mut(&above) {
                    Some(Value::Object(members)) => drop(members.remove(&name)),
                    Some(Value::Array(items)) => items.clear(),
                    _ => {}
                }
                found.push((format!("without {pointer}"), without));
            }
            let collection = held.is_array() || held.is_object();
            for other in [json!(null), json!("zzz"), json!(0), json!(true), json!([]), json!({})] {
                let alike = std::mem::discriminant(&other) == std::mem::discriminant(&held);
                // An empty collection of the other kind has nothing that is bad.
                if alike || collection && (other.is_array() || other.is_object()) {
                    continue;
                }
                let mut changed = input.clone();
                if let Some(place) = changed.pointer_mut(&pointer) {
                    *place = other.clone();
                }
                found.push((format!("{pointer} is {other}"), changed));
            }
            open.push(pointer);
        }
    }
    found
}

/// What became of the inputs that lack something: none may be promoted.
#[track_caller]
fn closed(rules: &str, input: &Value, iterated: &[&str], refused: &mut Vec<String>) -> Vec<String> {
    let text = format!("{HEAD}{rules}");
    let gate = match build(files(&[("promotion.rego", &text), ("lib.rego", LIB)])) {
        Ok(gate) => gate,
        Err(error) => {
            let guarded = |code: &str| code == "unguarded_read_error";
            assert!(
                error.diagnostics.iter().any(|found| guarded(found.code.as_str())),
                "{rules}\n{:#?}",
                error.diagnostics
            );
            refused.push(rules.to_owned());
            return Vec::new();
        }
    };
    let outcome = |input: &Value| {
        gate.decide(&Request::new(Facts::from_value(input).expect("an input"))).outcome
    };
    let mut holes = Vec::new();
    if outcome(input) != Outcome::Promote {
        holes.push(format!("not promoted: {rules} {input}"));
    }
    let open = broken(input, iterated);
    let open = open.into_iter().filter(|(_, changed)| outcome(changed) == Outcome::Promote);
    holes.extend(open.map(|(what, _)| format!("{what}: {rules}")));
    holes
}

#[test]
fn no_form_hides_a_missing_fact() {
    let metrics = json!({ "metrics": { "e": 0.01 } });
    let rows = json!({ "rows": [{ "e": 0.01 }, { "e": 0.015 }] });
    let named = json!({ "metrics": { "e": 0.01, "f": 0.01 } });
    let two = json!({ "a": 1, "b": 2 });
    let tier = json!({ "tier": "gold", "metrics": { "e": 0.01 } });
    let tiers = json!({ "rows": [{ "tier": "gold", "e": 0.001 }] });
    let each: &[&str] = &["/rows"];
    let none: &[&str] = &[];
    // A violation's body, the rules beside it, an input that is promoted, what is iterated.
    let cases: Vec<(&str, &str, Value, &[&str])> = vec![
        ("input.metrics.e > 0.02", "", metrics.clone(), none),
        ("m.e > 0.02", "", metrics.clone(), none),
        ("not m.e <= 0.02", "", metrics.clone(), none),
        ("not good", "good if m.e <= 0.02", metrics.clone(), none),
        ("lib.bad", "", metrics.clone(), none),
        ("lib.over(m.e)", "", metrics.clone(), none),
        ("not lib.ok(m.e)", "", metrics.clone(), none),
        ("data.lib.over(input[\"metrics\"].e)", "", metrics.clone(), none),
        ("x := input.metrics; y := x.e; y > 0.02", "", metrics.clone(), none),
        ("x := input; x.metrics[\"e\"] > 0.02", "", metrics.clone(), none),
        ("{\"metrics\": {\"e\": e}} = input; e > 0.02", "", metrics.clone(), none),
        ("[e, 1] = [m.e, 1]; e > 0.02", "", metrics.clone(), none),
        ("[m.e, y] = [x, 2]; x > 0.02; y > 1", "", metrics.clone(), none),
        ("some n in [\"e\", \"f\"]; m[n] > 0.02", "", named.clone(), none),
        ("some n, l in {\"e\": 0.02, \"f\": 0.03}; m[n] > l", "", named.clone(), none),
        ("some n; limits[n] < m[n]", "limits := {\"e\": 0.02, \"f\": 0.03}", named.clone(), none),
        ("limits[n] < m[n]", "limits[\"e\"] := 0.02\nlimits[\"f\"] := 0.02", named.clone(), none),
        (
            "some n in [\"e\", \"f\"]; part[n] > 0.02",
            "part.e := m.e\npart.f := m.f",
            named.clone(),
            none,
        ),
        (
            "part[\"e\"] + part.f > 1",
            "part[n] := m[n] if some n in [\"e\", \"f\"]",
            named.clone(),
            none,
        ),
        ("m.e + m.f > 1", "", named.clone(), none),
        ("sum([m.e, m.f]) > 1", "", named.clone(), none),
        ("max([m.e, m.f]) > 1", "", named.clone(), none),
        ("min({m.e, m.f}) > 1", "", named.clone(), none),
        ("sum([x | some x in [m.e, m.f]]) > 1", "", named.clone(), none),
        ("count([1 | some x in [m.e, m.f]; x > 0.02]) > 0", "", named.clone(), none),
        ("count({n | some n in [\"e\", \"f\"]; m[n] > 0.02}) > 0", "", named.clone(), none),
        ("count({n | some n in [\"e\", \"f\"]; m[n] <= 0.02}) < 2", "", named.clone(), none),
        ("some r in input.rows; r.e > 0.02", "", rows.clone(), each),
        ("input.rows[_].e > 0.02", "", rows.clone(), each),
        ("input.rows[i].e > 0.02; i >= 0", "", rows.clone(), each),
        ("not all", "all if every r in input.rows { r.e <= 0.02 }", rows.clone(), each),
        (
            "not all",
            "all if { every i, r in input.rows { r.e <= 0.02; i >= 0 } }",
            rows.clone(),
            each,
        ),
        ("count([r | some r in input.rows; r.e > 0.02]) > 0", "", rows.clone(), each),
        (
            "count([1 | some r in input.rows; count([1 | r.e > 0.02]) > 0]) > 0",
            "",
            rows.clone(),
            each,
        ),
        ("sum([r.e | some r in input.rows]) > 1", "", rows.clone(), each),
        ("max([r.e | some r in input.rows]) > 1", "", rows.clone(), each),
        ("{\"e\": e} = {\"e\": m.e}; e > 0.02", "", metrics.clone(), none),
        (
            "grade == \"bad\"",
            "grade := \"bad\" if { m.e > 0.02 } else := \"good\"",
            metrics.clone(),
            none,
        ),
        (
            "grade != \"good\"",
            "grade := \"bad\" if { m.e > 0.02 } else := \"fair\" if { m.f > 0.02 } else := \"good\"",
            named.clone(),
            none,
        ),
        (
            "g(m.e) == \"bad\"",
            "default g(_) := \"good\"\ng(x) := \"bad\" if x > 0.02",
            metrics.clone(),
            none,
        ),
        ("g([m.e, 1])", "g([x, 1]) if x > 0.02", metrics.clone(), none),
        ("g({\"e\": m.e})", "g({\"e\": x}) if x > 0.02", metrics.clone(), none),
        ("g(\"e\")", "g(\"e\") if m.e > 0.02", metrics.clone(), none),
        (
            "m.e > limit",
            "default limit := 1\nlimit := 0.02 if input.tier == \"gold\"",
            tier.clone(),
            none,
        ),
        (
            "m.e > lim(input.tier)",
            "lim(\"gold\") := 0.02\nlim(\"silver\") := 0.03",
            tier.clone(),
            none,
        ),
        ("m.e > lim[input.tier]", "lim := {\"gold\": 0.02, \"silver\": 0.03}", tier.clone(), none),
        ("m.e > lim[input.tier]", "lim[t] := 0.02 if some t in [\"gold\"]", tier.clone(), none),
        ("some r in input.rows; r.e > lim[r.tier]", "lim := {\"gold\": 0.02}", tiers.clone(), each),
        (
            "some r in input.rows; r.e > lim[r.tier]",
            "lim[t] := 0.02 if some t in [\"gold\"]",
            tiers.clone(),
            each,
        ),
        ("not input.tier in {\"gold\"}; m.e > 0", "", tier.clone(), none),
        (
            "input.tier in {\"none\"}; m.e > 0",
            "",
            json!({ "tier": "none", "metrics": { "e": 0 } }),
            none,
        ),
        ("sprintf(\"%v\", [m.e]) == \"1\"", "", metrics.clone(), none),
        ("format_int(m.e * 100, 10) == \"5\"", "", metrics.clone(), none),
        (
            "startswith(input.tier, \"x\"); m.e > 0",
            "",
            json!({ "tier": "x", "metrics": { "e": 0 } }),
            none,
        ),
        ("contains(lower(input.tier), \"bad\")", "", json!({ "tier": "gold" }), none),
        ("regex.match(\"^bad\", input.tier)", "", json!({ "tier": "gold" }), none),
        ("count(input.incidents) > 0", "", json!({ "incidents": [] }), none),
        ("input.incidents != []", "", json!({ "incidents": [] }), none),
        ("input.a > input.b", "", two.clone(), none),
        ("not input.a < input.b", "", two.clone(), none),
        ("abs(input.a - input.b) > 5", "", two.clone(), none),
        ("round(input.a / input.b) > 5", "", two.clone(), none),
        ("input.ready == false", "", json!({ "ready": true }), none),
        ("not input.ready", "", json!({ "ready": true }), none),
        ("input.ready != true", "", json!({ "ready": true }), none),
        ("input.failed", "", json!({ "failed": false }), none),
        ("x := [input.a > 5, input.b > 5]; x[_]", "", two.clone(), none),
        ("any_over", "any_over := input.a > 5", json!({ "a": 1 }), none),
        ("not under", "under := input.a < 5", json!({ "a": 1 }), none),
        ("object.get(input, \"metrics\", {\"e\": 9}).e > 5", "", metrics.clone(), none),
        ("object.get(input.metrics, \"e\", 9) > 5", "", metrics.clone(), none),
        ("union({{input.a}, {input.b}}) != {1, 2}", "", two.clone(), none),
        ("count({input.a, input.b} & {5, 6}) > 0", "", two.clone(), none),
        ("count({5} - {input.a}) == 0", "", json!({ "a": 1 }), none),
    ];
    assert!(cases.len() > 40);
    let mut refused = Vec::new();
    let mut holes = Vec::new();
    for (body, rules, input, iterated) in &cases {
        let text = format!("{}{rules}\n", violation(body));
        holes.extend(closed(&text, input, iterated, &mut refused));
    }
    assert_eq!(holes, Vec::<String>::new(), "{refused:#?}");
}

/// What a limit that its table does not have becomes of: it never says yes.
#[test]
fn a_limit_that_is_not_there_does_not_promote() {
    let data = r#"{"limits": {"f": 0.02}, "all": []}"#;
    let promotes = |body: &str, rules: &str, data: &str| {
        let text = format!(
            "package lifecycle.promotion\ndefault allow := false\nallow if count(violations) == 0\n{}{rules}\n",
            violation(body)
        );
        let gate = build(files(&[("promotion.rego", &text), ("data.json", data)])).ok()?;
        let facts = Facts::from_value(&json!({ "e": 0.5, "names": ["e"] })).expect("an input");
        Some(gate.decide(&Request::new(facts)).outcome == Outcome::Promote)
    };
    for (body, rules) in [
        ("input.e > data.limits.e", ""),
        ("input.e > data.limits[\"e\"]", ""),
        ("l := data.limits; input.e > l.e", ""),
        ("l := data.limits; x := l.e; input.e > x", ""),
        ("l := data.limits; not input.e <= l.e", ""),
        ("input.e > lim(data.limits)", "lim(l) := l.e"),
        ("over(data.limits)", "over(l) if input.e > l.e"),
        ("n := \"e\"; input.e > data.limits[n]", ""),
        ("some n in [\"e\"]; input.e > data.limits[n]", ""),
        ("some n in input.names; input.e > data.limits[n]", ""),
        ("input.e > conf.e", "conf := {\"f\": 1}"),
        ("input.e > conf.e", "conf := data.limits"),
        ("input.e > conf.e", "conf := object.union(data.limits, {\"g\": 1})"),
        ("c := object.union(data.limits, {\"g\": 1}); input.e > c.e", ""),
        ("input.e > conf.e", "conf := {n: l | some n, l in data.limits}"),
        ("input.e > conf.e", "conf[n] := l if some n, l in data.limits"),
        ("input.e > [0.1][1]", ""),
        ("input.e > data.limits.f.g", ""),
        ("input.e > data.all[0]", ""),
        ("input.e - data.limits.e > 0.1", ""),
        ("max([input.e, data.limits.e]) > 0.1", ""),
    ] {
        assert_ne!(promotes(body, rules, data), Some(true), "{body} {rules}");
    }
    for (body, rules) in [
        // What goes through a table finds what is there; nothing is no answer but a condition.
        ("some n, l in data.limits; input.e > l + 1", ""),
        ("some l in data.all; input.e > l", ""),
        ("conf.strict; input.e > 0.1", "conf := {\"f\": 1}"),
        ("input.e > object.get(data.limits, \"e\", 1)", ""),
    ] {
        assert_eq!(promotes(body, rules, data), Some(true), "{body} {rules}");
    }
    for wrong in ["null", "\"0.02\"", "false", "[]", "{}", "[0.02]", "\"\""] {
        let data = format!("{{\"limits\": {{\"e\": {wrong}}}}}");
        for body in [
            "input.e > data.limits.e",
            "not input.e <= data.limits.e",
            "some n, l in data.limits; input.e > l",
            "l := data.limits.e; input.e - l > 0.1",
        ] {
            assert_ne!(promotes(body, "", &data), Some(true), "{body} {data}");
        }
    }
    // A limit that can be none is told by its path, and no fact is blamed.
    let text = "package lifecycle.promotion\ndefault allow := false
allow if input.e < data.limits.e\n";
    let found =
        build(files(&[("promotion.rego", text), ("data.json", r#"{"limits": {"e": null}}"#)]));
    let found = found.expect_err("there is no limit").diagnostics;
    let says = "the limit of `input.e < data.limits.e` is null";
    assert!(found.iter().any(|one| one.message.contains(says)), "{found:#?}");
}

#[test]
fn what_with_replaces_does_not_load() {
    for body in [
        "bad with input as {\"e\": 0}",
        "bad with input.e as 0",
        "not fine with data.lib.limit as 9",
        "x := bad with input.e as 0; x",
        "count([1 | bad with input.e as 0]) > 0",
    ] {
        let rules = format!(
            "{HEAD}{}bad if input.e > 0.02\nfine if input.e <= data.lib.limit\n",
            violation(body)
        );
        let loaded = build(files(&[("promotion.rego", &rules), ("lib.rego", LIB)]));
        let found = loaded.expect_err("`with` hides a fact").diagnostics;
        let told = |one: &phasegate::rego::Diagnostic| {
            one.code.as_str() == "unguarded_read_error"
                && one.remedy.contains("phasegate: unguarded")
        };
        assert!(found.iter().any(told), "{body} {found:#?}");
    }
}
