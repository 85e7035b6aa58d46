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
    p.rego:5 input.rate <= 0.5
      below      0.4999995            promote
      at         0.5                  promote
      above      0.5000005            reject    policy_denied
      missing                         hold      fact_missing
      null       null                 hold      fact_null
      wrong type "0.5"                hold      fact_wrong_type
      huge       9007199254740991     reject    policy_denied

    1 comparisons, 0 that never change the answer, 0 counterexamples
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
    assert!(ran.stdout.contains("input.rate < 9; never changes the answer"), "{ran}");
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
