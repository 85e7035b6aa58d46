//! Case tables, run by `phasegate test`.

use crate::support::{Folder, run};

const POLICY: &str =
    "package lifecycle.promotion\n\ndefault allow := false\n\nallow if input.rate <= 0.5\n";

#[test]
fn rows_are_tests() {
    let table = "input: {rate: 0.1}\ncases:\n  - outcome: promote\n  - set: {rate: 0.6}\n    outcome: hold\n";
    let folder = Folder::of(&[("p.rego", POLICY), ("p.cases.yaml", table)]);
    let ran = run(&["test", &folder.path("")]);
    assert_eq!(ran.code, 2, "{ran}");
    for says in ["rate=0.6", "outcome: expected hold, got reject", "p.rego:5 rate: observed 0.6"] {
        assert!(ran.stdout.contains(says), "no `{says}` in {ran}");
    }
    let ran = run(&["test", &folder.path(""), "--format", "json"]);
    let results = ran.json();
    assert_eq!(results[0]["name"], "as it is", "{ran}");
    assert_eq!(results[1]["location"]["row"], 4, "{ran}");
    assert_eq!(results[1]["fail"], true, "{ran}");
}

#[test]
fn all_faults_of_a_table_are_told_with_their_lines() {
    let table = "input: {rate: 0.1}\ncases:\n  - outcome: maybe\n  - {outcome: hold, error: 1}\n  - {outcome: hold, remove: [gone]}\n";
    let folder = Folder::of(&[("p.rego", POLICY), ("p.cases.yaml", table)]);
    let ran = run(&["test", &folder.path("")]);
    assert_eq!(ran.code, 1, "{ran}");
    for says in [
        "`cases[0]`: needs an `outcome`",
        "p.cases.yaml:3:",
        "`cases[1].error`: is not a field here",
        "p.cases.yaml:4:",
        "there is no `gone` to remove",
        "p.cases.yaml:5:",
    ] {
        assert!(ran.stderr.contains(says), "no `{says}` in {ran}");
    }
}

#[test]
fn the_shipped_table_passes() {
    let ran = run(&["test", "policies"]);
    assert_eq!(ran.code, 0, "{ran}");
}
