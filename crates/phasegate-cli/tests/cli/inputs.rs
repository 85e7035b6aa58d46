//! `phasegate inputs`: the facts that a policy set needs.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Folder, run, run_with};

/// The facts in a line each, without rows: those move with every edit of a policy.
fn facts(entry: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value, key: &str| {
        let items = value.as_array().into_iter().flatten();
        let mut items: Vec<_> = items.map(|item| text(item.get(key).unwrap_or(item))).collect();
        items.dedup();
        items.join("|")
    };
    let requirements = entry["requirements"].as_array().expect("facts");
    let line = |fact: &Value| {
        let needed = match (&fact["optional"], &fact["required_with"]) {
            (Value::Bool(true), _) => "optional".to_owned(),
            (_, Value::String(section)) => format!("with {section}"),
            _ => "always".to_owned(),
        };
        let [path, types] = [text(&fact["path"]), list(&fact["types"], "")];
        format!("{path}: {types}, {needed}, read by {}", list(&fact["needed_by"], "rule"))
    };
    requirements.iter().map(line).collect()
}

#[test]
fn the_facts_of_the_embedded_policies() {
    let ran = run(&["inputs", "--output", "json"]).json();
    let of = |package: &str| facts(&ran["inputs"][package]).join("\n");
    assert_snapshot!(of("data.lifecycle.promotion"), @"
    budget: object, optional, read by violations
    budget.daily_limit: number, with budget, read by violations
    budget.spent_today: number, with budget, read by violations
    evidence: object, optional, read by absent_sections|significance_required|violations
    evidence.findings: array, with evidence, read by required_findings|violations
    evidence.findings[*].id: string, with evidence, read by required_findings|violations
    evidence.findings[*].reason: string, with evidence, read by violations
    evidence.findings[*].required: boolean, with evidence, read by required_findings|violations
    evidence.findings[*].status: string, with evidence, read by violations
    gold_set: object, optional, read by absent_sections
    gold_set.overall_pass_rate: number, with gold_set, read by violations
    gold_set.security_pass_rate: number, with gold_set, read by violations
    incidents: array, optional, read by absent_sections|violations
    incidents[*].active: boolean, with incidents, read by violations
    incidents[*].id: string, with incidents, read by violations
    incidents[*].version_place: string, with incidents, read by violations
    metrics.accuracy_delta: number, always, read by violations
    metrics.cost_delta: number, always, read by violations|warnings
    metrics.error_rate: number, always, read by violations
    metrics.latency_delta: number, optional, read by violations
    metrics.p95_latency_ms: number, always, read by violations
    metrics.security_pass_rate: number, always, read by violations
    options: object, optional, read by checklist_required
    options.require_checklist: boolean, optional, read by checklist_required
    plan: string, optional, read by checklist_required
    quarantine: array, optional, read by absent_sections|violations
    quarantine[*].digest: string, with quarantine, read by violations
    quarantine[*].live: boolean, with quarantine, read by violations
    shadow: object, optional, read by absent_sections
    shadow.hours: number, with shadow, read by violations
    shadow.requests: number, with shadow, read by violations
    statistical_tests.accuracy_p_value: number, always, read by violations
    statistical_tests.cost_p_value: number, always, read by warnings
    statistical_tests.latency_p_value: number, always, read by violations
    thresholds.accuracy_delta: number, always, read by violations
    thresholds.cost_increase_max: number, always, read by max_cost_increase|violations|warnings
    thresholds.error_rate: number, always, read by max_error_rate|violations
    thresholds.p95_latency_ms: number, always, read by violations
    thresholds.security_pass_rate: number, always, read by min_security_pass_rate|violations
    thresholds.statistical_significance_p: number, always, read by alarm_level|proof_level|violations|warnings
    version.state: string, always, read by significance_required|violations
    ");
    assert_snapshot!(of("data.lifecycle.rollback"), @"
    metrics.error_rate: number, always, read by reasons
    metrics.p95_latency_ms: number, always, read by reasons
    metrics.security_pass_rate: number, always, read by reasons
    slo: object, optional, read by reasons
    slo.consecutive_failures: number, with slo, read by reasons
    thresholds.p95_latency_ms: number, always, read by latency_spike_limit_ms
    ");
    let table = run(&["inputs"]);
    assert_eq!(table.code, 0, "{table}");
    for package in ["data.lifecycle.promotion: allow", "data.lifecycle.rollback: reasons"] {
        assert!(table.stdout.contains(package), "{table}");
    }
}

#[test]
fn a_folder_that_holds_the_same_gives_the_same() {
    assert_eq!(run(&["inputs", "policies"]).stdout, run(&["inputs"]).stdout);
    let json = run(&["inputs", "--output", "json"]);
    assert_eq!(json.stdout.lines().count(), 1);
    assert_eq!(run(&["inputs", "policies", "-o", "json"]).stdout, json.stdout);
}

#[test]
fn the_facts_of_another_policy() {
    let rule = "package lifecycle.promotion\n\nallow if {\n\tinput.metrics.error_rate < 0.1\n\tinput.owner == \"me\"\n\tcount(object.get(input, \"labels\", [])) < 10\n\tevery incident in input.incidents {\n\t\tincident.open == false\n\t}\n}\n";
    let folder = Folder::of(&[("promotion.rego", rule)]);
    assert_snapshot!(run(&["inputs", &folder.path("")]), @"
    exit 0
    --- stdout
    data.lifecycle.promotion: allow
    rows are of promotion.rego

    path                type             required  read by
    incidents           array or object  always    allow:7
    incidents[*].open   boolean          always    allow:8
    labels              array or object  optional  allow:6
    metrics.error_rate  number           always    allow:4
    owner               string           always    allow:5
    ");
    let ran = run(&["inputs", &folder.path(""), "--output", "json"]).json();
    let facts: Vec<[&Value; 3]> = ran["inputs"]["data.lifecycle.promotion"]["requirements"]
        .as_array()
        .expect("facts")
        .iter()
        .map(|fact| [&fact["path"], &fact["types"], &fact["optional"]])
        .collect();
    let expected = json!([
        ["incidents", ["array", "object"], false],
        ["incidents[*].open", ["boolean"], false],
        ["labels", ["array", "object"], true],
        ["metrics.error_rate", ["number"], false],
        ["owner", ["string"], false],
    ]);
    assert_eq!(json!(facts), expected);
    assert_eq!(run_with(&["inputs", "-"], rule).code, 0);
}

#[test]
fn the_table_fits() {
    let path = "a_long_name_of_a_section.".repeat(20);
    let folder = Folder::of_policy(&format!("allow if input.{path}end > 1"));
    for ran in [run(&["inputs"]), run(&["inputs", &folder.path("")])] {
        for line in ran.stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn a_set_that_does_not_load_has_no_facts() {
    let folder = Folder::of_policy("allow if nope(1)");
    run(&["inputs", &folder.path("")]).fails(2, "rego_type_error");
    run(&["inputs", &folder.path("none")]).fails(2, "does not exist");
}
