//! `health`: which of the two versions is at fault, and the exit code that says so.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Folder, run};

/// Two versions in gray at 25 %: their errors per 1000 requests.
fn seen(stable: u64, candidate: u64, n: u64) -> String {
    let counts = json!({"counts": {
        "baseline": {"k": stable, "n": n}, "candidate": {"k": candidate, "n": n}}});
    let values = vec![900.0; usize::try_from(n).expect("few")];
    let latency = json!({"values": {"baseline": values, "candidate": values}});
    json!({
        "schema": "phasegate/observations/v1",
        "candidate": {"id": "v1", "model": "m", "prompt": "p"},
        "baseline": {"id": "v0", "model": "m", "prompt": "q"},
        "phase": "gray_50",
        "window": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00Z"},
        "phases": {"gray_50": {
            "candidate_requests": n, "baseline_requests": n, "covered_ms": 7_200_000,
            "metrics": {"error_rate": {"data": counts}, "latency": {"data": latency}}}},
        "incidents": [], "quarantine": [],
    })
    .to_string()
}

#[test]
fn the_exit_code_says_who() {
    let plan = "fixtures/scenarios/dearer/plan.yaml";
    for (stable, candidate, n, code, at_fault) in [
        (10, 10, 1000, 0, "neither"),
        (21, 10, 1000, 1, "stable"),
        (10, 21, 1000, 5, "candidate"),
        (21, 21, 1000, 5, "both"),
        (1, 1, 49, 3, "unknown"),
    ] {
        let folder = Folder::of(&[("seen.json", &seen(stable, candidate, n))]);
        let path = folder.path("seen.json");
        let args = ["health", "--plan", plan, "--observations", &path];
        let shown = run(&args);
        assert_eq!(shown.code, code, "{shown}");
        let ran = run(&[&args[..], &["--output", "json"]].concat());
        assert_eq!((ran.code, &ran.json()["at_fault"]), (code, &json!(at_fault)), "{ran}");
        if at_fault == "candidate" {
            assert_snapshot!(shown, @"
            exit 5
            --- stdout
            CANDIDATE  the candidate is beyond a threshold, the stable version is not (gray_50)

                               stable        candidate     threshold
              requests         1000          1000
              error rate       1 %           2.1 % !       <= 2 %
              p95 latency      900 ms        900 ms        <= 3000 ms
            ");
        }
    }
}

#[test]
fn a_folder_is_read_and_nothing_is_kept() {
    let shown = run(&["health", "fixtures/scenarios/unchanged"]);
    assert_eq!(shown.code, 0, "{shown}");
    let state = ["health", "fixtures/scenarios/unchanged", "--state", "s.json"];
    run(&state).fails(2, "leave --state out");
    run(&["health"]).fails(2, "FOLDER");
}
