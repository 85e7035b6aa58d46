//! Operands that have no value for some inputs: the gate blocks instead of passing over what they
//! are compared with, and leaves conditions alone.

use std::collections::BTreeMap;

use phasegate_core::PolicyFiles;
use serde_json::{Value as Json, json};

use crate::{Policy, PolicyOptions, guard::Undefined, syntax::Module};

const ALLOW: &str = "default allow := false\nallow if count(violations) == 0\n";

pub(super) fn load(rules: &str) -> Policy {
    load_with(rules, &[])
}

pub(super) fn load_with(rules: &str, others: &[(&str, &str)]) -> Policy {
    let text = format!("package lifecycle.promotion\n\n{rules}\n");
    let own = [("p.rego", text.as_str())];
    let files: BTreeMap<String, Vec<u8>> = own
        .iter()
        .chain(others)
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let files = PolicyFiles { files, ..PolicyFiles::default() };
    Policy::load(&files, &PolicyOptions::default())
        .unwrap_or_else(|error| panic!("{rules}\n{:#?}", error.diagnostics))
}

/// `allows`, `refuses`, or the codes of the blocks.
pub(super) fn answer(policy: &Policy, input: &Json) -> String {
    match policy.evaluate(input, None).promotion {
        Ok(verdict) if verdict.allow && verdict.violations.is_empty() => "allows".to_owned(),
        Ok(_) => "refuses".to_owned(),
        Err(blocks) => {
            let mut codes: Vec<String> = blocks.into_iter().map(|block| block.code).collect();
            codes.dedup();
            codes.join(" ")
        }
    }
}

/// For tier and error rate: gold below and above its limit, silver above it.
#[track_caller]
fn tiers(rules: &str, expected: [&str; 3]) {
    let policy = load(&format!("{ALLOW}{rules}"));
    let inputs = [("gold", 0.001), ("gold", 0.5), ("silver", 0.5)];
    for ((tier, e), expected) in inputs.into_iter().zip(expected) {
        let input = json!({ "tier": tier, "e": e, "rows": [{ "tier": tier, "e": e }] });
        assert_eq!(answer(&policy, &input), expected, "{tier} {e}\n{rules}");
    }
}

/// A violation with this body.
#[track_caller]
fn body(body: &str, rules: &str, expected: [&str; 3]) {
    let violation = "violations contains {\"code\": \"c\", \"message\": \"m\"}";
    tiers(&format!("{violation} if {{ {body} }}\n{rules}"), expected);
}

const BLOCKS: [&str; 3] = ["allows", "refuses", "value_undefined"];
const DECIDES: [&str; 3] = ["allows", "refuses", "allows"];
const REFUSES: [&str; 3] = ["allows", "refuses", "refuses"];

#[test]
fn an_operand_without_a_value_blocks() {
    let limit = "limit := 0.01 if input.tier == \"gold\"";
    let function = "lim(t) := 0.01 if t == \"gold\"";
    for (text, rules) in [
        ("input.e > limit", limit),
        ("limit < input.e", limit),
        ("not input.e <= limit", limit),
        ("input.e > limit * 2", limit),
        ("input.e > max([limit, 0])", limit),
        ("l := limit; input.e > l", limit),
        ("l := limit * 1; m := l; input.e > m", limit),
        ("input.e > lim(input.tier)", function),
        ("l := lim(input.tier); input.e > l", function),
        ("t := input.tier; input.e > lim(t)", function),
        ("some r in input.rows; r.e > lim(r.tier)", function),
        ("some r in input.rows; l := lim(r.tier); r.e > l", function),
        ("input.rows[i].e > lim(input.rows[i].tier)", function),
        ("r := input.rows[_]; r.e > lim(r.tier)", function),
        ("not ok", "lim(t) := 0.01 if t == \"gold\"\nok if input.e <= lim(input.tier)"),
        (
            "not every_ok",
            "lim(t) := 0.01 if t == \"gold\"
every_ok if every r in input.rows { r.e <= lim(r.tier) }",
        ),
        ("count([1 | some r in input.rows; r.e > lim(r.tier)]) > 0", function),
        ("bad := {r.e | some r in input.rows; r.e > lim(r.tier)}; count(bad) > 0", function),
        ("true in [x | some r in input.rows; x := r.e > lim(r.tier)]", function),
        ("bad", "lim(t) := 0.01 if t == \"gold\"\nbad if input.e > lim(input.tier)"),
        ("bad(input.e)", "limit := 0.01 if input.tier == \"gold\"\nbad(x) if x > limit"),
        ("bad(input.e, input.tier)", "lim(t) := 0.01 if t == \"gold\"\nbad(x, t) if x > lim(t)"),
        ("bad(input.e, limit)", "limit := 0.01 if input.tier == \"gold\"\nbad(x, l) if x > l"),
        ("input.e > cfg.limit", "cfg := {\"limit\": 0.01} if input.tier == \"gold\""),
        ("input.e > cfg.limit", "cfg := {\"limit\": 0.01} if input.tier == \"gold\"\nelse := {}"),
        ("input.e > lims.e", "lims.e := 0.01 if input.tier == \"gold\""),
        ("input.e > lims.e", "lims[k] := 0.01 if { some k in [\"e\"]; input.tier == \"gold\" }"),
        ("input.e > lims[0]", "lims := [0.01 | input.tier == \"gold\"]"),
        ("input.e > [0.01 | input.tier == \"gold\"][0]", ""),
        ("l := [0.01 | input.tier == \"gold\"]; input.e > l[0]", ""),
        ("some l in lims; input.e > l", "lims := [0.01] if input.tier == \"gold\""),
        ("over := input.e - limit; over > 0", limit),
        (
            "input.e > by[input.tier].er",
            "by := {\"gold\": {\"er\": 0.01}, \"silver\": {\"err\": 0.01}}",
        ),
        (
            "t := input.tier; input.e > by[t].er",
            "by := {\"gold\": {\"er\": 0.01}, \"silver\": {\"err\": 0.01}}",
        ),
        ("base", "limit := 0.01 if input.tier == \"gold\"\nbase if input.e - limit > 0"),
        ("strict", "limit := 0.01 if input.tier == \"gold\"\nstrict := input.e > limit"),
        ("input.e > double", "limit := 0.01 if input.tier == \"gold\"\ndouble := 2 * limit"),
        (
            "input.e > 0.01; message",
            "message := sprintf(\"%v\", [limit])
limit := 1 if input.tier == \"gold\"",
        ),
    ] {
        if text.ends_with("message") {
            // Named by itself it is a condition.
            body(text, rules, DECIDES);
        } else {
            body(text, rules, BLOCKS);
        }
    }
}

#[test]
fn a_conditional_table_has_what_is_looked_up() {
    // It has gold always, and silver when a fact says so.
    let table = "limits[\"gold\"] := 0.01\nlimits[\"silver\"] := 0.02 if input.more\n";
    let made = "limits := {t: 0.01 | some t in [\"gold\"]}\n";
    let cases = "limits := {\"gold\": 0.01, \"silver\": 0.01} if { input.more }
else := {\"gold\": 0.01}\n";
    for rules in [table, made, cases] {
        for body in [
            "some r in input.rows; r.e > limits[r.tier]",
            "some r in input.rows; t := r.tier; r.e > limits[t]",
            "some t in tiers; input.e > limits[t]",
            "r := input.rows[_]; r.e > limits[r.tier]",
            "input.rows[i].e > limits[input.rows[i].tier]",
            "some r in input.rows; l := limits[r.tier]; r.e > l",
            "some r in input.rows; not r.e <= limits[r.tier]",
            "not every_ok",
            "count([1 | some r in input.rows; r.e > limits[r.tier]]) > 0",
            "input.e > limits[input.tier]",
            "ls := limits; some r in input.rows; r.e > ls[r.tier]",
        ] {
            let policy = load(&format!(
                "{ALLOW}violations contains {{\"code\": \"c\", \"message\": \"m\"}} if {{ {body} }}
tiers := {{r.tier | some r in input.rows}}
every_ok if every r in input.rows {{ r.e <= limits[r.tier] }}
{rules}"
            ));
            let input = |tier: &str, e: f64| json!({ "tier": tier, "e": e, "more": false, "rows": [{ "tier": tier, "e": e }] });
            assert_eq!(answer(&policy, &input("gold", 0.001)), "allows", "{body}\n{rules}");
            assert_eq!(answer(&policy, &input("gold", 0.5)), "refuses", "{body}\n{rules}");
            let without = answer(&policy, &input("silver", 0.5));
            assert!(!["allows", "refuses"].contains(&without.as_str()), "{body}\n{rules}{without}");
        }
    }
    // What goes through the table itself sees what is there.
    let rules = format!(
        "{ALLOW}violations contains {{\"code\": \"c\", \"message\": \"m\"}} if {{ some t; limits[t] < input.e }}
{table}"
    );
    let policy = load(&rules);
    assert_eq!(answer(&policy, &json!({ "e": 0.001, "more": false })), "allows");
    assert_eq!(answer(&policy, &json!({ "e": 0.015, "more": false })), "refuses");
}

/// A search finds nothing where the table has no such entry, as a lookup does.
#[test]
fn what_a_table_is_searched_for_is_there() {
    let rules = "lims := {\"gold\": 0.01}
objects := {\"gold\": {\"e\": 0.01, \"min\": 0, \"all\": [0.01]}}
table := [{\"tier\": \"gold\", \"e\": 0.01}]
parts[\"gold\"] := 0.01
made := {t: 0.01 | some t in [\"gold\"]}
tier := input.tier
over(x, t) if { some k, l in lims; k == t; x > l }
below(x, t) if { some k, l in lims; k == t; x <= l }";
    for search in [
        "some t, l in lims; t == input.tier; input.e > l",
        "some t, l in data.limits; t == input.tier; input.e > l",
        "some t, l in data.limits; input.tier == t; l < input.e",
        "some t, l in {\"gold\": 0.01}; t == input.tier; input.e > l",
        "some t, l in lims; t = input.tier; input.e > l",
        "some t, l in parts; t == input.tier; input.e > l",
        "some t, l in made; t == input.tier; input.e > l",
        "some t, l in lims; t == tier; input.e > l",
        "some t, l in lims; t == lower(input.tier); input.e > l",
        "x := input.tier; some t, l in lims; t == x; input.e > l",
        "ls := lims; some t, l in ls; t == input.tier; input.e > l",
        "some t, l in lims; t == input.tier; not input.e <= l",
        "some t, l in lims; t == input.tier; d := l * 1; input.e > d",
        "some t, l in lims; t == input.tier; l > 0; input.e > l",
        "some t; lims[t] < input.e; t == input.tier",
        "some t; l := lims[t]; t == input.tier; input.e > l",
        "some t; lims[t]; t == input.tier; input.e > lims[t]",
        "some t; data.limits[t] < input.e; t == input.tier",
        "data.limits[t] < input.e; t == input.tier",
        "some t; objects[t].min < objects[t].e; objects[t].e < input.e; t == input.tier",
        "some t, o in objects; t == input.tier; o.min < o.e; input.e > o.e",
        "some t, {\"e\": l} in objects; t == input.tier; input.e > l",
        "some r in table; r.tier == input.tier; input.e > r.e",
        "some r in data.rows; r.tier == input.tier; input.e > r.e",
        "some {\"tier\": t, \"e\": l} in table; t == input.tier; input.e > l",
        "some i; table[i].tier == input.tier; input.e > table[i].e",
        "r := table[_]; r.tier == input.tier; input.e > r.e",
        "r := table[i]; table[i].tier == input.tier; input.e > r.e",
        "some r in input.rows; some t, l in lims; t == r.tier; r.e > l",
        "some r in input.rows; some x in table; x.tier == r.tier; r.e > x.e",
        "some t, o in objects; t == input.tier; not every_below(o)",
        "some t, o in objects; t == input.tier; every l in o.all { input.e > l }",
        "some r in input.rows; count([1 | some t, l in lims; t == r.tier; r.e > l]) > 0",
        "count([1 | some t, l in lims; t == input.tier; input.e > l]) > 0",
        "over(input.e, input.tier)",
        "not below(input.e, input.tier); input.e > 0.01",
    ] {
        let others = "every_below(o) if every l in o.all { input.e <= l }";
        let violation = "violations contains {\"code\": \"c\", \"message\": \"m\"}";
        let policy = load_with(
            &format!("{ALLOW}{violation} if {{ {search} }}\n{rules}\n{others}"),
            &[(
                "data.json",
                r#"{"limits": {"gold": 0.01}, "rows": [{"tier": "gold", "e": 0.01}]}"#,
            )],
        );
        for ((tier, e), expected) in
            [("gold", 0.001), ("gold", 0.5), ("silver", 0.5)].into_iter().zip(BLOCKS)
        {
            let input = json!({ "tier": tier, "e": e, "rows": [{ "tier": tier, "e": e }] });
            assert_eq!(answer(&policy, &input), expected, "{tier} {e}\n{search}");
        }
    }
}

/// A search that asks whether something is there, or has no fact, says no by finding nothing.
#[test]
fn a_search_for_nothing_of_an_entry_is_a_condition() {
    for text in [
        "some t, _ in {\"gold\": 1}; t == input.tier; input.e > 0.01",
        "some t in [\"gold\"]; t == input.tier; input.e > 0.01",
        "some t, l in {\"gold\": 0.01}; t == input.tier; input.e > 0.01; l",
        "some r in [{\"tier\": \"gold\"}]; r.tier == input.tier; input.e > 0.01",
        "some r in input.rows; r.tier == \"gold\"; r.e > 0.01",
        "some t, l in {\"gold\": 0.01}; t == \"gold\"; input.tier == \"gold\"; input.e > l",
        "input.tier == \"gold\"; some t, l in {\"gold\": 0.01}; t == input.tier; input.e > l",
    ] {
        body(text, "", DECIDES);
    }
    // Without an equality it goes through all there are.
    body("some t, l in {\"gold\": 0.01}; input.e > l", "", REFUSES);
    // The others have a value by an `else`, or by a default.
    for limit in [
        "limit := l if { some t, l in {\"gold\": 0.01}; t == input.tier } else := 0.02",
        "default limit := 0.02\nlimit := l if { some t, l in {\"gold\": 0.01}; t == input.tier }",
    ] {
        body("input.e > limit", limit, REFUSES);
    }
}

#[test]
fn the_block_of_a_search_names_the_remedy() {
    let rules = format!(
        "{ALLOW}violations contains {{\"code\": \"c\", \"message\": \"m\"}} if {{
\tsome t, l in {{\"gold\": 0.01}}
\tt == input.tier
\tinput.e > l
}}"
    );
    let blocks = load(&rules).evaluate(&json!({ "tier": "silver", "e": 0.5 }), None).promotion;
    assert_eq!(
        blocks.unwrap_err()[0].message,
        "`l` has no value for this input, so that `input.e > l` in \
         `lifecycle.promotion.violations` (p.rego:8) cannot be decided; look it up by `object.get` \
         with a default for the others, or add an entry for this input"
    );
}

#[test]
fn what_a_violation_is_composed_of_has_a_value() {
    let name = "name := \"gold plan\" if input.tier == \"gold\"";
    for head in [
        "violations contains {\"code\": \"c\", \"message\": name} if input.e > 0.01",
        "violations contains {\"code\": \"c\", \"message\": sprintf(\"%v\", [name])} if input.e > 0.01",
        "violations contains v if { input.e > 0.01; v := {\"code\": \"c\", \"message\": name} }",
        "violations contains {\"code\": \"c\", \"message\": m} if { input.e > 0.01; m := concat(\"\", [name]) }",
    ] {
        tiers(&format!("{head}\n{name}"), BLOCKS);
    }
    let rule =
        "violations contains {\"code\": \"c\", \"message\": name} if { input.e > 0.01; name }";
    tiers(&format!("{rule}\n{name}"), DECIDES);
}

#[test]
fn a_silent_limit_is_not_hidden_by_a_default() {
    let rules = "default limit := 1
limit := 0.01 if input.e > base
base := 0.002 if input.tier == \"gold\"";
    body("input.e > limit", rules, BLOCKS);
    let rules = "limit := 0.01 if { input.e > base } else := 1
base := 0.002 if input.tier == \"gold\"";
    body("input.e > limit", rules, BLOCKS);
}

#[test]
fn what_is_always_defined_is_not_asked() {
    for (text, rules) in [
        ("input.e > limit", "limit := 0.01"),
        ("input.e > limit", "default limit := 0.02\nlimit := 0.01 if input.tier == \"gold\""),
        ("input.e > limit", "limit := 0.01 if { input.tier == \"gold\" } else := 0.02"),
        ("input.e > lim(input.tier)", "lim(t) := 0.01 if { t == \"gold\" } else := 0.02"),
        ("input.e > lim(input.tier)", "default lim(_) := 0.02\nlim(t) := 0.01 if t == \"gold\""),
    ] {
        body(text, rules, REFUSES);
        let policy = load(&format!(
            "{ALLOW}violations contains {{\"code\": \"c\", \"message\": \"m\"}} if {{ {text} }}\n{rules}"
        ));
        assert!(policy.undefined_answers().is_empty(), "{rules}");
    }
    // Two cases that together cover all: asked, and always there.
    let both = "limit := 0.01 if input.tier == \"gold\"\nlimit := 0.02 if input.tier != \"gold\"";
    body("input.e > limit", both, REFUSES);
}

#[test]
fn the_shipped_policies_have_no_such_operand() {
    let files = [
        ("promotion.rego", include_str!("../../../../../policies/lifecycle/promotion.rego")),
        (
            "promotion_checklist.rego",
            include_str!("../../../../../policies/lifecycle/promotion_checklist.rego"),
        ),
        ("rollback.rego", include_str!("../../../../../policies/lifecycle/rollback.rego")),
    ];
    let modules: Vec<Module> =
        files.iter().map(|(file, text)| Module::parse(file, text).unwrap()).collect();
    let asked = [
        ("lifecycle.promotion", vec!["allow", "violations"]),
        ("lifecycle.rollback", vec!["reasons"]),
    ];
    assert_eq!(Undefined::find(&modules, "e", &asked).modules, Vec::<String>::new());
}

#[test]
fn conditions_stay_conditions() {
    let limit = "limit := 0.01 if input.tier == \"gold\"";
    for (text, rules) in [
        ("input.tier == \"gold\"; input.e > 0.01", ""),
        ("input.tier == \"gold\"; input.e > limit", limit),
        ("input.e > limit; input.tier == \"gold\"", limit),
        ("is_gold; input.e > limit", "limit := 0.01 if is_gold\nis_gold if input.tier == \"gold\""),
        ("limit; input.e > limit", limit),
        ("is_gold == true; input.e > 0.01", "is_gold if input.tier == \"gold\""),
        ("slow", "slow := \"slow\" if { input.tier == \"gold\"; input.e > 0.01 }"),
        (
            "gold_bad",
            "limit := 0.01 if input.tier == \"gold\"
gold_bad if { input.tier == \"gold\"; input.e > limit }",
        ),
        (
            "some t in {\"gold\"}; t == input.tier; input.e > lim(t)",
            "lim(t) := 0.01 if t == \"gold\"",
        ),
        (
            "some r in input.rows; r.tier == \"gold\"; r.e > lim(r.tier)",
            "lim(t) := 0.01 if t == \"gold\"",
        ),
        // Another rule of the package holds what the first is only for some.
        ("input.e > 0.01; input.tier == \"gold\"; not limit > 5", limit),
    ] {
        body(text, rules, DECIDES);
    }
    tiers(
        "violations contains slow\nslow := {\"code\": \"c\", \"message\": \"m\"} if { input.tier == \"gold\"; input.e > 0.01 }",
        DECIDES,
    );
    tiers(
        "violations contains v if v := slow\nslow := {\"code\": \"c\", \"message\": \"m\"} if { input.tier == \"gold\"; input.e > 0.01 }",
        DECIDES,
    );
    tiers(
        "violations contains v if v := slow(input.e, input.tier)\nslow(e, t) := {\"code\": \"c\", \"message\": \"m\"} if { t == \"gold\"; e > 0.01 }",
        DECIDES,
    );
    // Something else decides.
    body(
        "bad",
        "lim(t) := 0.01 if t == \"gold\"\nbad if input.e > lim(input.tier)\nbad if input.e > 0.1",
        REFUSES,
    );
    body("input.e > limit # phasegate: unguarded silver has none\n", limit, DECIDES);
}

#[test]
fn the_block_says_what_is_undefined_and_what_it_silences() {
    let rules = format!(
        "{ALLOW}violations contains {{\"code\": \"c\", \"message\": \"m\"}} if input.e > limit\n\
         limit := 0.01 if input.tier == \"gold\""
    );
    let blocks = load(&rules).evaluate(&json!({ "tier": "silver", "e": 0.5 }), None).promotion;
    assert_eq!(
        blocks.unwrap_err()[0].message,
        "`limit` has no value for this input, so that `input.e > limit` in \
         `lifecycle.promotion.violations` (p.rego:5) cannot be decided; give it a `default`, or a \
         case for this input"
    );
}

#[test]
fn rules_of_other_packages_are_asked_as_well() {
    let promotion = format!(
        "import data.lib\nimport data.lib.bad as worse\n{ALLOW}
violations contains {{\"code\": \"c\", \"message\": \"m\"}} if worse(input.e, input.tier)
violations contains {{\"code\": \"d\", \"message\": \"m\"}} if input.e > lib.limit"
    );
    let lib = "package lib
limit := 3 if input.tier == \"gold\"
lim(t) := 0.01 if t == \"gold\"
bad(x, t) if x > lim(t)";
    let policy = load_with(&promotion, &[("lib.rego", lib)]);
    assert_eq!(answer(&policy, &json!({"e": 0.001, "tier": "gold"})), "allows");
    assert_eq!(answer(&policy, &json!({"e": 0.5, "tier": "gold"})), "refuses");
    let blocks = policy.evaluate(&json!({"e": 0.5, "tier": "silver"}), None).promotion.unwrap_err();
    assert_eq!(blocks.len(), 2, "{blocks:?}");
}

/// Where `not` or an emptied collection makes a rule hold, it has its value because of what is
/// undefined, and not in spite of it.
#[test]
fn an_approval_without_a_default_blocks_as_well() {
    let limit = "limit := 0.01 if input.tier == \"gold\"\nlim(t) := 0.01 if t == \"gold\"";
    for rules in [
        "allow if not bad\nbad if input.e > limit",
        "allow if not bad\nbad if input.e > lim(input.tier)",
        "allow if not bad\nbad if input.e > 2 * limit",
        "allow if not bad\nbad if { l := lim(input.tier); input.e > l }",
        "allow if not over(input.e)\nover(x) if x > limit",
        "allow if not input.e > limit",
        "allow := true if not bad\nbad := input.e > lim(input.tier)",
        "allow if count(bad) == 0\nbad contains 1 if input.e > limit",
        "allow if n == 0\nn := count(bad)\nbad contains 1 if input.e > limit",
        "allow if count([1 | input.e > limit]) == 0",
        "allow if fine\nfine if not bad\nbad if input.e > limit",
        "allow if every e in [input.e] { not e > limit }",
    ] {
        let policy = load(&format!("{rules}\n{limit}"));
        assert_eq!(answer(&policy, &json!({"tier": "gold", "e": 0.001})), "allows", "{rules}");
        assert_ne!(answer(&policy, &json!({"tier": "gold", "e": 0.5})), "allows", "{rules}");
        let silver = answer(&policy, &json!({"tier": "silver", "e": 0.5}));
        assert_eq!(silver, "value_undefined", "{rules}");
    }
    // Another rule approves, whatever the limit.
    let either = "allow if good\nallow if input.vip\ngood if input.e <= limit";
    let policy = load(&format!("{either}\n{limit}"));
    let vip = json!({"tier": "silver", "e": 0.5, "vip": true});
    assert_eq!(answer(&policy, &vip), "allows");
}
