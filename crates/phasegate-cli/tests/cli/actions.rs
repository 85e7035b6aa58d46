//! `actions`: what is to be done, as commands that a shell takes word for word.

use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Folder, PROMOTED, root, run};

const TARGET: [&str; 2] = ["--target", "fixtures/actions/target.yaml"];

/// While the decision about `code-review` is valid.
const NOW: [&str; 2] = ["--now", "2026-03-02T02:00:00Z"];

fn of(scenario: &str, decision: &str, more: &[&str]) -> crate::support::Ran {
    let decision = format!("fixtures/scenarios/{scenario}/{decision}");
    let plan = format!("fixtures/scenarios/{scenario}/plan.yaml");
    run(&[&["actions", &decision, "--plan", &plan], &TARGET[..], more].concat())
}

fn names(json: &Value) -> Vec<String> {
    let groups = json["groups"].as_array().into_iter().flatten();
    let actions = groups.flat_map(|group| group["actions"].as_array().into_iter().flatten());
    actions.filter_map(|one| one["action"]["do"].as_str()).map(str::to_owned).collect()
}

#[test]
fn a_promotion_from_shadow_begins_the_rollout() {
    of("code-review", "decision.json", &NOW).fails(2, "give its --image");
    let image = ["--image", "registry.example/code-review:v1-abc123"];
    // It was made in March and is valid for two hours.
    of("code-review", "decision.json", &image)
        .fails(2, "valid until 2026-03-02T03:59:55.680Z; decide anew");
    let image = [&image[..], &NOW].concat();
    let shown = of("code-review", "decision.json", &image);
    assert_eq!(shown.code, 0, "{shown}");
    let commands: Vec<&str> =
        shown.stdout.lines().filter(|line| line.starts_with("kubectl")).collect();
    assert_eq!(
        commands,
        [
            "kubectl argo rollouts set image code-review app=registry.example/code-review:v1-abc123 \
             --namespace=reviews",
            "kubectl argo rollouts status code-review --timeout=5m --namespace=reviews",
        ]
    );
    let json = of("code-review", "decision.json", &[&image[..], &["-o", "json"]].concat()).json();
    assert_eq!(names(&json), ["set_image", "verify_status", "write_audit"]);
    let audit = json["groups"][0]["actions"][2]["command"].as_str().expect("a command");
    assert!(audit.contains(r#""promoted_by":"on-call""#), "{audit}");
}

#[test]
fn a_refusal_is_recorded_and_moves_no_shadow() {
    let json = of("dearer", "decision.json", &["-o", "json"]).json();
    assert_eq!(names(&json), ["write_audit"]);
}

#[test]
fn emergencies() {
    let plan = ["--plan", "fixtures/scenarios/dearer/plan.yaml"];
    let facts = ["--emergency", "fixtures/actions/emergency.yaml"];
    let shown = run(&[&["actions"], &facts[..], &plan, &TARGET].concat());
    assert_snapshot!(shown, @r#"
    exit 0
    --- stdout
    # P1: the candidate is beyond its thresholds, and the stable version is within them
    # 1. abort
    kubectl argo rollouts abort code-review --namespace=reviews
    # 2. verify_status
    kubectl argo rollouts status code-review --timeout=5m --namespace=reviews
    # 3. write_audit
    curl --fail-with-body --silent --show-error --request POST --header 'Content-Type: application/json' --data '{"event":"degradation","reason":"the candidate is beyond its thresholds, and the stable version is within them","triggered_by":"on-call","version":"v1-abc123"}' --url https://lifecycle.example/audit

    # P2: evaluation has cost 61.5 USD today, more than 50
    # 1. pause_evaluation: until 2026-03-02T00:00:00Z
    kubectl patch configmap/traffic-routing-config --namespace=reviews --type=merge '--patch={"data":{"shadow_percentage":"0"}}'
    # 2. write_audit
    curl --fail-with-body --silent --show-error --request POST --header 'Content-Type: application/json' --data '{"event":"budget_exceeded","reason":"evaluation has cost 61.5 USD today, more than 50","triggered_by":"on-call","version":"v1-abc123"}' --url https://lifecycle.example/audit
    "#);
}

#[test]
fn troubles() {
    let facts = ["--troubleshoot", "fixtures/actions/trouble.yaml"];
    let shown = run(&[&["actions"], &facts[..], &TARGET].concat());
    assert_snapshot!(shown, @r#"
    exit 0
    --- stdout
    # `shadow_percentage` is 0 and no budget is spent; look at who set it, in the audit trail
    # 1. resume_evaluation
    kubectl patch configmap/traffic-routing-config --namespace=reviews --type=merge '--patch={"data":{"shadow_percentage":"10"}}'

    # 14 decisions of the last hour held because of the policy or its input; look at `phasegate check` on the policies and `phasegate inputs` against the input: a fact is missing or has another type
    # nothing is to be done

    # the rollout has been paused for 48 hours; look at the last decision and what it waits for: an inconclusive analysis pauses until somebody promotes or aborts
    # 1. verify_status
    kubectl argo rollouts status code-review --timeout=5m --namespace=reviews

    # the re-evaluation has been running for 72 hours; look at whether the evaluator works on it, and whether the budget of the day is spent
    # 1. restart
    kubectl rollout restart deployment/evaluator --namespace=reviews
    "#);
    let folder = Folder::of(&[("quiet.yaml", "schema: phasegate/trouble/v1\n")]);
    let quiet = folder.path("quiet.yaml");
    let shown = run(&[&["actions", "--troubleshoot", &quiet], &TARGET[..]].concat());
    assert_eq!(
        (shown.code, shown.stdout.trim()),
        (0, "# nothing is found, and nothing is to be done")
    );
}

/// A shell takes every command apart into the words that were meant, whatever the names are.
#[test]
fn hostile_names_stay_names() {
    let hostile = "$(touch pwned)'\"`id`;&|\\ *?\n#";
    let target = serde_json::json!({
        "schema": "phasegate/target/v1", "namespace": hostile, "rollout": hostile,
        "container": hostile, "shadow_deployment": hostile, "evaluator_deployment": hostile,
        "policy_deployment": hostile, "config_map": hostile, "actor": hostile,
        "lifecycle_url": hostile, "issues_url": hostile,
    });
    let folder = Folder::of(&[("target.json", &target.to_string())]);
    let target = folder.path("target.json");
    let plan = "fixtures/scenarios/code-review/plan.yaml";
    let decision = "fixtures/scenarios/code-review/decision.json";
    let base = ["actions", "--target", &target, "-o", "json"];
    let runs = [
        vec![decision, "--plan", plan, "--image", hostile, NOW[0], NOW[1]],
        vec!["--emergency", "fixtures/actions/emergency.yaml", "--plan", plan],
        vec!["--troubleshoot", "fixtures/actions/trouble.yaml"],
    ];
    let mut told = 0;
    for more in runs {
        let json = run(&[&base[..], &more].concat()).json();
        let groups = json["groups"].as_array().into_iter().flatten();
        let actions = groups.flat_map(|group| group["actions"].as_array().into_iter().flatten());
        for command in actions.filter_map(|one| one["command"].as_str()) {
            // `kubectl` and `curl` are functions that print their words, each with a NUL after it.
            let functions = "kubectl() { printf '%s\\0' \"$@\"; }; curl() { kubectl \"$@\"; }\n";
            let shell = Command::new("sh").arg("-c").arg(format!("{functions}{command}")).output();
            let shell = shell.expect("a shell");
            assert!(shell.status.success() && shell.stderr.is_empty(), "{command}");
            let words = String::from_utf8(shell.stdout).expect("text");
            let escaped = serde_json::to_string(hostile).expect("text");
            let escaped = escaped.trim_matches('"');
            assert!(words.contains(hostile) || words.contains(escaped), "{command}\n{words}");
            told += 1;
        }
    }
    assert!(told >= 9, "{told} commands");
    assert!(!root().join("pwned").exists());
}

#[test]
fn what_is_missing_is_told() {
    run(&["actions"]).fails(2, "--emergency");
    run(&["actions", "decision.json"]).fails(2, "--target");
    let plan = "fixtures/scenarios/code-review/plan.yaml";
    let other = std::fs::read_to_string(root().join(plan)).expect("a plan");
    let others = Folder::of(&[("plan.yaml", &other.replacen("max_age: 2h", "max_age: 3h", 1))]);
    let (other, decision) =
        (others.path("plan.yaml"), "fixtures/scenarios/repeated-looks/decision-1.json");
    run(&[&["actions", decision, "--plan", &other], &TARGET[..]].concat())
        .fails(2, "give the plan that it was made with");
    // Who changes a decision changes what it rests on.
    let decision = "fixtures/scenarios/dearer/decision.json";
    let text = std::fs::read_to_string(root().join(decision)).expect("a decision");
    let edited = text.replacen("\"require_checklist\":false", "\"require_checklist\":true", 1);
    assert!(edited != text);
    let edited = others.add("edited.json", edited);
    run(&[&["actions", &edited, "--plan", plan], &TARGET[..]].concat())
        .fails(2, "does not derive from its basis");
    let other = ["--plan", plan];
    let decided = run(&["decide", "-i", PROMOTED, "-o", "json"]);
    let folder = Folder::of(&[
        ("decision.json", &decided.stdout),
        ("facts.yaml", "schema: phasegate/emergency/v1\nversion: v1\nstable: {error_rat: 1}\n"),
    ]);
    let decision = folder.path("decision.json");
    run(&[&["actions", &decision], &other[..], &TARGET].concat())
        .fails(2, "decide from observations");
    let facts = folder.path("facts.yaml");
    run(&[&["actions", "--emergency", &facts], &other[..], &TARGET].concat())
        .fails(2, "is it `error_rate`?");
}
