//! `phasegate simulate`: a plan tried out on drawn rollouts.

use insta::assert_snapshot;

use crate::support::{Folder, root, run};

const RUNBOOK: &str = "crates/phasegate-core/src/plan/runbook.yaml";

/// Little traffic and few phases, so that a rollout is drawn at once.
fn folder() -> Folder {
    let plan = std::fs::read_to_string(root().join(RUNBOOK)).expect("the plan");
    let plan = plan
        .replace("min_samples: 1000", "min_samples: 100")
        .replace("planned_maximum: 50000", "planned_maximum: 4000");
    let kept = |line: &&str| !["gray_1,", "gray_25", "gray_100"].iter().any(|id| line.contains(id));
    let plan: Vec<&str> = plan.lines().filter(kept).collect();
    let assumed = "schema: phasegate/assumptions/v1
requests_per_hour: 300
metrics:
  error_rate: {baseline: 0.004}
  accuracy: {effect: 0.06}
";
    let impossible = "schema: phasegate/assumptions/v1
requests_per_hour: 0
metrics: {latency: {spread: 2}}
";
    Folder::of(&[
        ("plan.yaml", &plan.join("\n")),
        ("assumed.yaml", assumed),
        ("impossible.yaml", impossible),
    ])
}

#[test]
fn a_table_to_read_at_a_glance() {
    let folder = folder();
    let (plan, assumed) = (folder.path("plan.yaml"), folder.path("assumed.yaml"));
    let args = ["simulate", "--plan", &plan, "--assume", &assumed];
    let few = ["--runs", "4", "--months", "1", "--seed", "2a"];
    assert_snapshot!(run(&[&args[..], &few].concat()), @"
    exit 0
    --- stdout
    4 rollouts, seed 2a
    300 requests an hour, decided every 6 hours
    the candidate differs by accuracy +0.06

                    share  95 % interval       hours               candidate requests
    promoted        100 %  39.8 % to 100 %     54 (54 to 60)       11011 (10972 to 11851)
    held              0 %  0 % to 60.2 %       -                   -
    rejected          0 %  0 % to 60.2 %       -                   -
    rolled back       0 %  0 % to 60.2 %       -                   -

    phase                    entered        left        held    rejected rolled back
    shadow                         4           4           0           0           0
    gray_5                         4           4           0           0           0
    gray_50                        4           4           0           0           0

    false alarms in 30 days of gray, from 1 times 30 days of an equal candidate
      all of them                         any in 0 % (0 % to 97.5 %)
    ");
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let folder = folder();
    let plan = folder.path("plan.yaml");
    let args = ["simulate", "--plan", &plan, "--requests-per-hour", "300", "--runs", "5"];
    let more = ["--months", "1", "--effect", "gold_set.security=-0.04", "-o", "json"];
    let on = |threads| run(&[&args[..], &more, &["--parallel", threads]].concat());
    let (one, two) = (on("1"), on("2"));
    assert_eq!((one.code, &one.stdout), (0, &two.stdout), "{one}");
    let report = one.json();
    assert_eq!(report["schema"], "phasegate/simulation/v1");
    assert_eq!(report["assumptions"]["gold"]["security"]["effect"], -0.04);
    let counts = report["outcomes"].as_array().expect("a list").iter();
    assert_eq!(counts.filter_map(|ends| ends["count"].as_u64()).sum::<u64>(), 5);
    // Accuracy must be better, and it is not.
    assert_eq!(report["outcomes"][0]["ending"], "promoted");
    assert_eq!(report["outcomes"][0]["count"], 0);
    // Another seed draws others.
    let other = run(&[&args[..], &more, &["--seed", "ff"]].concat());
    assert_ne!(one.stdout, other.stdout);
}

#[test]
fn what_does_not_fit_is_told() {
    let folder = folder();
    let (plan, impossible) = (folder.path("plan.yaml"), folder.path("impossible.yaml"));
    let check = |more: &[&str], says: &str| {
        run(&[&["simulate", "--plan", &plan], more].concat()).fails(2, says);
    };
    check(&["--effect", "errors=0.1"], "`metrics.errors`: the plan has no such metric; it has");
    check(&["--effect", "error_rate=1"], "`metrics.error_rate.effect`: a share of");
    check(&["--effect", "error_rate"], "give a metric's id and a number");
    check(&["--effect", "gold_set.style=0.1"], "no cases of `style` are assumed; there are");
    check(&["--seed", "xyz"], "one to sixteen hexadecimal digits");
    check(&["--runs", "0"], "--runs");
    check(&["--assume", &impossible], "spread");
    check(&["--promotion-package", "a"], "the plan names the packages");
    run(&["simulate", "--plan", "nowhere.yaml"]).fails(2, "cannot read nowhere.yaml");
}
