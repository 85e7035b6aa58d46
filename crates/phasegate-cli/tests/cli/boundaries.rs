//! `phasegate boundaries`: what is decided on each side of a limit.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Folder, PROMOTED, run};

#[test]
fn both_sides_of_a_limit_are_shown() {
    let folder = Folder::of(&[
        (
            "p.rego",
            "package lifecycle.promotion\n\ndefault allow := false\n\nallow if input.rate <= 0.5\n",
        ),
        ("p.cases.yaml", "input: {rate: 0.1}\ncases: [{outcome: promote}]\n"),
    ]);
    let ran = run(&["boundaries", &folder.path("")]);
    assert_snapshot!(ran.to_string().replace(&folder.path(""), ""), @r#"
    exit 0
    --- stdout
    p.rego:5 input.rate <= 0.5, around p.cases.yaml:2
      below      0.4999995            promote
      at         0.5                  promote
      above      0.5000005            reject    policy_denied
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type "0.5"                hold      fact_wrong_type
      huge       9007199254740991     reject    policy_denied

    1 boundaries, 0 that never change the answer, 0 that are documented otherwise, 0 counterexamples
    "#);
    let worse = run(&["boundaries", &folder.path(""), "--better", "rate=higher", "-o", "json"]);
    assert_eq!(worse.code, 1, "{worse}");
    let found = &worse.json()["counterexamples"][0];
    assert_eq!([&found["fact"], &found["promoted"]], [&json!("rate"), &json!(0.5)], "{worse}");
    let fine = run(&["boundaries", &folder.path(""), "--better", "rate=lower"]);
    assert_eq!(fine.code, 0, "{fine}");
}

#[test]
fn a_comparison_that_decides_nothing_is_told() {
    let folder = Folder::of(&[(
        "p.rego",
        "package lifecycle.promotion\n\nallow if input.rate < 9\n\nallow if input.ok\n",
    )]);
    let input = folder.add("input.yaml", "rate: 1\nok: true\n");
    let ran = run(&["boundaries", &folder.path("p.rego"), "--input", &input]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stdout.contains("input.yaml; never changes the answer"), "{ran}");
}

#[test]
fn the_shipped_policies_are_monotone() {
    let ran = run(&["boundaries", "policies", "--input", PROMOTED]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn there_must_be_something_to_start_from() {
    let folder = Folder::of_policy("allow if input.rate < 9");
    run(&["boundaries", &folder.path("")]).fails(2, "give --input");
}

#[test]
fn texts_flags_and_base_data_have_boundaries_too() {
    let folder = Folder::of(&[
        (
            "p.rego",
            "package lifecycle.promotion\n\ndefault allow := false\n\nallow if {\n\
             \tinput.tier == \"gold\"\n\tinput.ready == true\n\tinput.rate < data.limits.rate\n}\n",
        ),
        ("limits/data.json", r#"{"rate": 0.5}"#),
    ]);
    let input = folder.add("input.json", r#"{"tier": "gold", "ready": true, "rate": 0.1}"#);
    let ran = run(&["boundaries", &folder.path(""), "--input", &input]);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 0
    --- stdout
    p.rego:6 input.tier == "gold", around input.json
      at         "gold"               promote
      other      "not-gold"           reject    policy_denied
      empty      ""                   reject    policy_denied
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type 0                    hold      fact_wrong_type

    p.rego:7 input.ready == true, around input.json
      true       true                 promote
      false      false                reject    policy_denied
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type "true"               hold      fact_wrong_type

    p.rego:8 input.rate < data.limits.rate, around input.json
      below      0.4999995            promote
      at         0.5                  reject    policy_denied
      above      0.5000005            reject    policy_denied
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type "0.5"                hold      fact_wrong_type
      huge       9007199254740991     reject    policy_denied

    3 boundaries, 0 that never change the answer, 0 that are documented otherwise, 0 counterexamples
    "#);
}

#[test]
fn a_row_of_a_table_reaches_what_the_input_does_not() {
    let folder = Folder::of(&[(
        "p.rego",
        "package lifecycle.promotion\n\nviolations contains {\"code\": \"slow\", \"message\": \"slow\"} if {\n\
             \tinput.canary\n\tinput.canary.p95 > 100\n}\n\nallow if count(violations) == 0\n",
    )]);
    let input = folder.add("input.yaml", "other: 1\n");
    let alone = run(&["boundaries", &folder.path("p.rego"), "--input", &input]);
    assert_snapshot!(folder.strip(&alone), @r#"
    exit 0
    --- stdout
    p.rego:5 input.canary.p95 > 100: no input reaches it
    0 boundaries, 0 that never change the answer, 0 that are documented otherwise, 0 counterexamples
    "#);
    folder.add("p.cases.yaml", "input: {canary: {p95: 5}}\ncases: [{outcome: promote}]\n");
    let both = [folder.path("p.rego"), folder.path("p.cases.yaml")];
    let ran = run(&["boundaries", &both[0], &both[1], "--input", &input]);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 0
    --- stdout
    p.rego:5 input.canary.p95 > 100, around p.cases.yaml:2
      below      99.9999              promote
      at         100                  promote
      above      100.0001             hold      policy_undefined
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type "100"                hold      fact_wrong_type
      huge       9007199254740991     hold      policy_undefined

    1 boundaries, 0 that never change the answer, 0 that are documented otherwise, 0 counterexamples
    "#);
}

#[test]
fn a_rule_is_held_to_the_boundary_that_it_documents() {
    let policy = |op: &str, at_limit: &str| {
        format!(
            "package lifecycle.promotion\n\nallow if count(violations) == 0\n\n# METADATA\n# custom:\n\
             #   at_limit: {at_limit}\n\
             violations contains {{\"code\": \"high\", \"message\": \"high\"}} if input.rate {op} 0.5\n"
        )
    };
    for (op, at_limit, says) in [
        (">", "{rate: allowed}", ""),
        (">=", "{rate: refused}", ""),
        (
            ">=",
            "{rate: allowed}",
            "p.rego:8 rate: at its limit it is documented as allowed and is refused: `input.rate >= 0.5`",
        ),
        (">", "{rate: refused}", "documented as refused and is allowed"),
        (">", "{rates: allowed}", "p.rego:5 rates: the rule does not hold it against a limit"),
        (">", "{rate: fine}", "p.rego:5 rate: \"fine\" is neither `allowed` nor `refused`"),
        (">", "allowed", "p.rego:5 at_limit: must be an object"),
    ] {
        let folder = Folder::of(&[("p.rego", &policy(op, at_limit))]);
        let input = folder.add("input.yaml", "rate: 0.1\n");
        let ran = run(&["boundaries", &folder.path("p.rego"), "--input", &input]);
        assert_eq!(ran.code, i32::from(!says.is_empty()), "{ran}");
        assert!(ran.stdout.contains(says), "no `{says}` in {ran}");
    }
}
