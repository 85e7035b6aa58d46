//! `phasegate mutate`: faults that no test notices.

use insta::assert_snapshot;

use crate::support::{Folder, root, run};

const POLICY: &str = "package lifecycle.promotion\n\ndefault allow := false\n\nallow if {\n\
                      \tinput.metrics.error_rate < limit\n\tevery f in input.findings {\n\t\tf == \"pass\"\n\t}\n}\n\n\
                      limit := 0.02\n";

const TESTS: &str = "package lifecycle.promotion_test\n\nimport data.lifecycle.promotion\n\n\
                     test_good if promotion.allow with input as {\"metrics\": {\"error_rate\": 0.01}, \"findings\": [\"pass\"]}\n\n\
                     test_bad if not promotion.allow with input as {\"metrics\": {\"error_rate\": 0.5}, \"findings\": [\"pass\"]}\n";

#[test]
fn survivors_are_shown_as_they_would_be_written() {
    let folder = Folder::of(&[("p.rego", POLICY), ("p_test.rego", TESTS)]);
    let ran = run(&["mutate", &folder.path(""), "--parallel", "2"]);
    let shown = ran.to_string().replace(&folder.path(""), "");
    assert_snapshot!(shown, @r#"
    exit 1
    --- stdout
    @@ p.rego:3 drop_rule @@
    -default allow := false

    @@ p.rego:6 relax_comparison @@
    - input.metrics.error_rate < limit
    + input.metrics.error_rate <= limit

    @@ p.rego:7 drop_conjunct @@
    - every f in input.findings {
    -  f == "pass"
    - }
    + true

    @@ p.rego:7 every_to_some @@
    - every f in input.findings {
    -  f == "pass"
    - }
    + some f in input.findings
    +f == "pass"

    @@ p.rego:8 drop_conjunct @@
    -  f == "pass"
    +  true

    @@ p.rego:12 change_constant @@
    -limit := 0.02
    +limit := 0.018

    @@ p.rego:12 change_constant @@
    -limit := 0.02
    +limit := 0.022

    score 41.7 %: 5 of 12 mutants noticed, 7 survived; 0 did not load
    "#);
    for parallel in ["1", "3"] {
        let again = run(&["mutate", &folder.path(""), "--parallel", parallel]);
        assert_eq!(again.to_string(), ran.to_string());
    }
    let lenient = run(&["mutate", &folder.path(""), "--threshold", "10", "--output", "json"]);
    assert_eq!(lenient.code, 0, "{lenient}");
    assert_eq!(
        lenient.json()["survived"],
        lenient.json()["mutants"]
            .as_array()
            .map_or(0, |all| { all.iter().filter(|one| one["fate"] == "survived").count() })
    );
    let github = run(&["mutate", &folder.path(""), "--output", "github"]);
    assert!(github.stdout.starts_with("::warning file="), "{github}");
}

#[test]
fn a_table_of_cases_notices_what_tests_do_not() {
    let cases = "input: {metrics: {error_rate: 0.01}, findings: [pass]}\ncases:\n\
                 - outcome: promote\n\
                 - {set: {metrics.error_rate: 0.0199}, outcome: promote}\n\
                 - {set: {metrics.error_rate: 0.02}, outcome: reject}\n\
                 - {set: {findings: [pass, fail]}, outcome: reject}\n\
                 - {set: {findings: []}, outcome: promote}\n";
    let folder = Folder::of(&[("p.rego", POLICY), ("p.cases.yaml", cases)]);
    let ran = run(&["mutate", &folder.path("")]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn a_test_may_have_a_longer_name() {
    let tests = "package lifecycle.promotion_test\n\nlimits.test_rate if data.lifecycle.promotion.limit == 0.02\n";
    let table =
        "input: {metrics: {error_rate: 0.01}, findings: [pass]}\ncases: [{outcome: promote}]\n";
    let files = [("p.rego", POLICY), ("p_test.rego", tests), ("p.cases.yaml", table)];
    let ran = run(&["mutate", &Folder::of(&files).path(""), "--output", "json"]);
    let by = "data.lifecycle.promotion_test.limits.test_rate";
    assert!(ran.stdout.contains(&format!(r#""by":"{by}""#)), "{ran}");
}

#[test]
fn what_fails_before_is_told() {
    let failing = "package t\n\ntest_it if false\n";
    let folder = Folder::of(&[("p.rego", POLICY), ("p_test.rego", failing)]);
    run(&["mutate", &folder.path("")]).fails(2, "fails before anything is mutated");
    let folder = Folder::of(&[("p.rego", POLICY)]);
    run(&["mutate", &folder.path("")]).fails(2, "no test and no case table");
    let folder = Folder::of(&[
        ("p.rego", POLICY),
        ("p.cases.yaml", "input: {}\ncases:\n  - outcom: hold\n"),
    ]);
    let ran = run(&["mutate", &folder.path("")]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("`cases[0].outcom`: is not a field here"), "{ran}");
    assert!(ran.stderr.contains("p.cases.yaml:3"), "{ran}");
}

#[test]
fn the_tests_of_the_shipped_policies_notice_faults() {
    let ran = run(&["mutate", "policies", "--threshold", "95", "--output", "json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let report = ran.json();
    let docs = std::fs::read_to_string(root().join("docs/mutation.md")).expect("the page");
    assert_eq!(
        docs.contains("The shipped policies have no survivors."),
        report["survived"] == 0,
        "docs/mutation.md says whether there are survivors"
    );
    for mutant in report["mutants"].as_array().expect("a list") {
        let text = |key: &str| mutant[key].as_str().unwrap_or_default();
        let parts = [text("file"), text("operator"), text("before"), text("after")];
        // A line of the page for each: its file, operator, what stands there and what would.
        let explained = docs.lines().any(|line| parts.iter().all(|part| line.contains(*part)));
        assert!(mutant["fate"] != "survived" || explained, "not explained: {mutant}");
    }
}
