//! `explain`: decisions of all scenarios, and what is none.

use phasegate_fixtures::scenarios;

use crate::support::{Folder, PROMOTED, root, run};

#[test]
fn every_scenario_is_explained_on_one_screen() {
    for scenario in scenarios() {
        for (index, step) in scenario.steps.iter().enumerate() {
            let end =
                if scenario.steps.len() > 1 { format!("-{}", index + 1) } else { String::new() };
            let path = format!("fixtures/scenarios/{}/decision{end}.json", scenario.name);
            let shown = run(&["explain", &path]);
            assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{shown}");
            let wide = shown.stdout.lines().map(|line| line.chars().count()).max();
            assert!(shown.stdout.lines().count() <= 40, "{path}:\n{}", shown.stdout);
            assert!(wide.unwrap_or_default() <= 100, "{path}:\n{}", shown.stdout);
            assert!(shown.stdout.starts_with(&step.outcome.to_uppercase()), "{path}: {shown}");
            let json = run(&["explain", &path, "--output", "json"]).json();
            let needs = json["needs"].as_array().map_or(0, Vec::len);
            assert_eq!(needs == 0, step.outcome == "promote", "{path}: {json}");
            assert_eq!(json["outcome"], step.outcome, "{path}");
            // Whatever stands in the way is told to people, too.
            assert_eq!(shown.stdout.contains("for a promotion:"), needs > 0, "{path}: {shown}");
        }
    }
}

#[test]
fn how_much_more_is_needed() {
    let json = run(&["explain", "fixtures/scenarios/underpowered/decision.json", "-o", "json"]);
    let json = json.json();
    let needs = json["needs"].as_array().expect("a list");
    let more: Vec<u64> = needs.iter().filter_map(|need| need["observations"].as_u64()).collect();
    assert!(!more.is_empty() && more.iter().all(|n| *n > 0), "{json}");
    let shown = run(&["explain", "fixtures/scenarios/underpowered/decision.json"]).stdout;
    assert!(shown.contains(&format!("about {} more observations", more[0])), "{shown}");
}

#[test]
fn a_decision_from_a_policy_input_is_explained_too() {
    let decided =
        run(&["decide", "-i", PROMOTED, "--set", "metrics.error_rate=0.03", "-o", "json"]);
    let folder = Folder::of(&[("decision.json", &decided.stdout)]);
    let shown = run(&["explain", &folder.path("decision.json")]);
    assert_eq!(shown.code, 0, "{shown}");
    assert!(shown.stdout.starts_with("REJECT") && shown.stdout.contains("error_rate"), "{shown}");
}

#[test]
fn what_is_no_decision_is_told() {
    run(&["explain"]).fails(2, "<DECISION");
    run(&["explain", "nowhere.json"]).fails(2, "cannot read nowhere.json");
    run(&["explain", "fixtures/scenarios/dearer/plan.yaml"]).fails(2, "schema");
    let text = std::fs::read_to_string(root().join("fixtures/scenarios/dearer/decision.json"));
    let text = text.expect("a decision").replacen("\"reasons\"", "\"raesons\"", 1);
    let folder = Folder::of(&[("decision.json", &text)]);
    run(&["explain", &folder.path("decision.json")]).fails(2, "is it `reasons`?");
}
