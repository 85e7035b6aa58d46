//! `decide`, `analyze` and `verify` from a plan and what was observed.

use phasegate_fixtures::scenarios;

use crate::support::{Folder, command, finish, root, run};

/// A path within a scenario.
fn of(scenario: &str, name: &str) -> String {
    format!("fixtures/scenarios/{scenario}/{name}")
}

#[test]
fn scenarios_give_the_bytes_of_the_library() {
    for scenario in scenarios() {
        let folder = Folder::of(&[]);
        for (index, step) in scenario.steps.iter().enumerate() {
            let end =
                if scenario.steps.len() > 1 { format!("-{}", index + 1) } else { String::new() };
            let (plan, seen) =
                (of(scenario.name, "plan.yaml"), of(scenario.name, &step.observations));
            let state = folder.path("state.json");
            if !step.carries_state {
                std::fs::remove_file(&state).unwrap_or_default();
            }
            let json = ["--plan", &plan, "--observations", &seen, "--output", "json"];
            let ran = run(&[&["decide"], json.as_slice(), &["--state", &state]].concat());
            let code = ["promote", "", "", "hold", "reject", "rollback"];
            let code = code.iter().position(|outcome| *outcome == step.outcome);
            assert_eq!(usize::try_from(ran.code).ok(), code, "{}: {ran}", scenario.name);
            let expected = root().join(of(scenario.name, &format!("decision{end}.json")));
            let expected = std::fs::read_to_string(expected).expect("a decision");
            assert!(ran.stdout == expected, "{} {end}", scenario.name);
            // What a person sees fits a screen.
            let text = ["decide", "--plan", &plan, "--observations", &seen];
            let shown = run(&text).stdout;
            let wide = shown.lines().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(shown.lines().count() <= 40 && wide <= 100, "{}:\n{shown}", scenario.name);
        }
    }
}

#[test]
fn a_decision_is_verified() {
    let plan = of("dearer", "plan.yaml");
    let seen = of("dearer", "observations.yaml");
    let documents = ["--plan", &plan, "--observations", &seen];
    let stored = of("dearer", "decision.json");
    let ran = run(&[&["verify", &stored], documents.as_slice()].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("VERIFIED"), "{ran}");

    let text = std::fs::read_to_string(root().join(&stored)).expect("a decision");
    let forged = text.replacen(r#""outcome":"reject""#, r#""outcome":"promote""#, 1);
    let folder = Folder::of(&[("forged.json", &forged)]);
    let ran = run(&[&["verify", &folder.path("forged.json")], documents.as_slice()].concat());
    assert_eq!(ran.code, 1, "{ran}");
    let says = "`outcome` is `\"promote\"`; the documents give `\"reject\"`";
    assert!(ran.stdout.contains(says), "{ran}");

    let other = of("crashes", "observations.yaml");
    let ran = run(&["verify", &stored, "--plan", &plan, "--observations", &other]);
    assert_eq!(ran.code, 1, "{ran}");
}

#[test]
fn evidence_is_not_a_decision() {
    let ran = run(&["analyze", "fixtures/scenarios/dearer"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.starts_with("v1-abc123 (shadow): "), "{ran}");
    let json = run(&["analyze", "fixtures/scenarios/dearer", "--output", "json"]).json();
    assert_eq!(json["schema"], "phasegate/evidence/v1");
    let count = json["findings"].as_array().map_or(0, Vec::len);
    assert!(count >= 10, "{json}");
}

#[test]
fn what_does_not_belong_together_is_told() {
    run(&["decide"]).fails(2, "<FOLDER");
    run(&["decide", "nowhere"]).fails(2, "nowhere is not a folder; give one with `plan.yaml`");
    run(&["decide", "docs"]).fails(2, "`plan.yaml`");
    run(&["decide", "fixtures/scenarios/dearer", "--input", "x.json"]).fails(2, "cannot be used");
    run(&["decide", "--plan", "plan.yaml"]).fails(2, "--observations");
    run(&["analyze"]).fails(2, "FOLDER");
    let packages = ["--promotion-package", "a.b"];
    run(&[&["decide", "fixtures/scenarios/dearer"], packages.as_slice()].concat())
        .fails(2, "the plan names the packages");

    // The state of one rollout is none of another's.
    let folder = Folder::of(&[]);
    let state = folder.path("state.json");
    let ran = run(&["decide", "fixtures/scenarios/code-review", "--state", &state]);
    assert_eq!(ran.code, 0, "{ran}");
    let plan = of("dearer", "plan.yaml").replace("dearer", "heavy-tailed-cost");
    let seen = of("heavy-tailed-cost", "observations.yaml");
    run(&["decide", "--plan", &plan, "--observations", &seen, "--state", &state]).fails(2, "state");
    // A state that cannot be kept gives no answer: its look would be taken again.
    for command in ["decide", "analyze"] {
        let nowhere = folder.path("nowhere/state.json");
        run(&[command, "fixtures/scenarios/code-review", "--state", &nowhere])
            .fails(2, "no answer: the state cannot be written");
    }
    // What was refused changed nothing.
    let ran = run(&["decide", "fixtures/scenarios/code-review", "--state", &state]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn a_bad_row_stops_and_may_be_passed_over() {
    let files = ["plan.yaml", "gold-baseline.jsonl", "gold-candidate.jsonl", "observations.yaml"];
    let folder = Folder::of(&[]);
    for name in files {
        let text = std::fs::read(root().join(of("code-review", name))).expect(name);
        folder.add(name, text);
    }
    let log =
        std::fs::read_to_string(root().join(of("code-review", "requests.csv"))).expect("rows");
    folder.add("requests.csv", log.replacen(",2112.2,", ",slow,", 1));
    let path = folder.path("");
    let ran = finish(command(&["decide", &path]), "");
    ran.fails(2, "requests.csv");
    for says in ["2", "latency_ms", "slow"] {
        assert!(ran.stderr.contains(says), "no `{says}` in {ran}");
    }
    let ran = run(&["decide", &path, "--max-bad-rows", "1", "--output", "json"]);
    let sources = &ran.json()["evidence"]["sources"];
    let bad: Vec<u64> = sources
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["bad_rows"].as_u64())
        .collect();
    assert_eq!(bad.iter().sum::<u64>(), 1, "{sources}");
}
