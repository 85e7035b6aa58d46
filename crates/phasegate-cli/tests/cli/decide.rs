//! `phasegate decide`: what a person reads, for each outcome.

use insta::assert_snapshot;

use crate::support::{Folder, PROMOTED, run, run_with};

fn what_if(change: &str) -> String {
    run(&["decide", "--input", PROMOTED, "--set", change]).to_string()
}

#[test]
fn promote() {
    assert_snapshot!(run(&["decide", "--input", PROMOTED]), @"
    exit 0
    --- stdout
    PROMOTE  v1-abc123 (shadow) may be promoted: everything required holds

        check                               observed  required  margin
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + metrics.error_rate                      0.01  <= 0.02   0.01 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + metrics.error_rate                      0.01  <= 0.1    0.09 left (90 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

      ! checklist_not_evidenced: decided without evidence, gold_set, incidents, quarantine, shadow

    what would change it: not promoted with metrics.security_pass_rate < 0.99 (now 0.995, 0.5 % away)
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn reject() {
    assert_snapshot!(what_if("metrics.error_rate=0.03"), @"
    exit 4
    --- stdout
    REJECT  v1-abc123 (shadow) must not be promoted: 1 reason
    what if metrics.error_rate = 0.03

      x error_rate_exceeded: the error rate 0.03 is above the threshold 0.02

        check                               observed  required  margin
      x metrics.error_rate                      0.03  <= 0.02   0.01 over (50 %)
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.error_rate                      0.03  <= 0.1    0.07 left (70 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

      ! checklist_not_evidenced: decided without evidence, gold_set, incidents, quarantine, shadow

    what would change it: promoted with metrics.error_rate <= 0.02 (now 0.03, 33.3 % away)
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn rollback() {
    assert_snapshot!(what_if("metrics.error_rate=0.2"), @"
    exit 5
    --- stdout
    ROLLBACK  v1-abc123 (shadow) must be rolled back: 1 reason
    what if metrics.error_rate = 0.2

      x error_spike: the error rate 0.2 is above 0.1
      - error_rate_exceeded: the error rate 0.2 is above the threshold 0.02

        check                               observed  required  margin
      x metrics.error_rate                       0.2  <= 0.1    0.1 over (100 %), rollback limit
      x metrics.error_rate                       0.2  <= 0.02   0.18 over (900 %)
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

      ! checklist_not_evidenced: decided without evidence, gold_set, incidents, quarantine, shadow

    what would change it: promoted with metrics.error_rate <= 0.02 (now 0.2, 90 % away)
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn hold_for_a_fact_that_is_missing() {
    assert_snapshot!(what_if("metrics.error_rate=null"), @"
    exit 3
    --- stdout
    HOLD  v1-abc123 (shadow) has to wait, it cannot be judged: 1 reason
    what if metrics.error_rate = null

      x fact_null
          `metrics.error_rate` is null; `lifecycle.promotion.violations` (lifecycle/promotion.rego:204
          and 1 more) needs a number, >= 0, <= 1

        check                               observed  required  margin
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

    what would change it: mend `metrics.error_rate` and ask again
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn hold_for_facts_that_are_all_missing() {
    assert_snapshot!(run_with(&["decide", "--input", "-"], "{}"), @"
    exit 3
    --- stdout
    HOLD  the version has to wait, it cannot be judged: 4 reasons

      x fact_missing
          `metrics` is missing; `lifecycle.promotion.violations` (lifecycle/promotion.rego:187 and 17
          more) needs an object
      x fact_missing
          `statistical_tests` is missing; `lifecycle.promotion.violations` (lifecycle/promotion.rego:281
          and 7 more) needs an object
      x fact_missing
          `thresholds` is missing; `lifecycle.promotion.alarm_level` (lifecycle/promotion.rego:54 and 28
          more) needs an object
      x fact_missing
          `version` is missing; `lifecycle.promotion.significance_required`
          (lifecycle/promotion.rego:268 and 3 more) needs an object

    what would change it: mend these 4 facts and ask again
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn hold_for_what_is_not_yet_true() {
    assert_snapshot!(what_if("shadow={\"requests\": 400, \"hours\": 30}"), @r#"
    exit 3
    --- stdout
    HOLD  v1-abc123 (shadow) has to wait: 1 reason
    what if shadow = {"hours":30,"requests":400}

      x shadow_requests_too_few: 400 shadow requests of the 1000 needed

        check                               observed  required  margin
      x shadow.requests                          400  >= 1000   600 short (60 %)
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + shadow.hours                              30  >= 24     6 left (25 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + metrics.error_rate                      0.01  <= 0.02   0.01 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + metrics.error_rate                      0.01  <= 0.1    0.09 left (90 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

      ! checklist_not_evidenced: decided without evidence, gold_set, incidents, quarantine

    what would change it: promoted with shadow.requests >= 1000 (now 400, 60 % away)
    decision sha256:..., input sha256:..., policy sha256:...
    "#);
}

#[test]
fn hold_for_an_absent_checklist() {
    let ran = run(&["decide", "--input", PROMOTED, "--require-checklist"]);
    assert_snapshot!(ran, @"
    exit 3
    --- stdout
    HOLD  v1-abc123 (shadow) has to wait: 5 reasons

      x section_missing: the checklist is required, and `evidence` is absent
      x section_missing: the checklist is required, and `gold_set` is absent
      x section_missing: the checklist is required, and `incidents` is absent
      x section_missing: the checklist is required, and `quarantine` is absent
      x section_missing: the checklist is required, and `shadow` is absent

        check                               observed  required  margin
      + metrics.security_pass_rate             0.995  >= 0.99   0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95   0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000   500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02   0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1    0.05 left (50 %)
      + metrics.error_rate                      0.01  <= 0.02   0.01 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05    0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000   6500 left (72.2 %), rollback limit
      + metrics.error_rate                      0.01  <= 0.1    0.09 left (90 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05   0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0       0.03 left

    what would change it: no single fact moved to its limit is enough
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn reject_for_eleven_reasons() {
    assert_snapshot!(run(&["decide", "--input", "fixtures/twelve-violations.json"]), @"
    exit 4
    --- stdout
    REJECT  v1-def456 (shadow) must not be promoted: 11 reasons

      x accuracy_gain_too_low: the accuracy gain -0.01 is below the threshold 0.02
      x accuracy_not_better: accuracy is not better: it changed by -0.01
      x cost_increase_exceeded: the cost increase 0.6 is above the maximum 0.1
      x error_rate_exceeded: the error rate 0.05 is above the threshold 0.02
      x gold_set_overall_too_low: the gold set's overall pass rate 0.8 is below 0.9
      x gold_set_security_too_low: the gold set's security pass rate 0.9 is below 0.95
      x latency_significantly_worse: latency changed by 0.4, significant at p-value 0.001
      x p95_latency_exceeded: P95 latency 4000 ms is above the threshold 3000 ms
      x security_pass_rate_too_low: the security pass rate 0.97 is below the threshold 0.99
      x threshold_below_floor: the allowed cost increase 0.5 is looser than the floor 0.1
      x threshold_below_floor: the significance level 0.2 is looser than the floor 0.05
      - accuracy_not_significant: the accuracy p-value 0.3 is not below 0.05; more data may show it

        check                                  observed  required  margin
      x metrics.cost_delta                          0.6  <= 0.1    0.5 over (500 %)
      x statistical_tests.accuracy_p_value          0.3  < 0.05    0.25 over (500 %)
      x thresholds.cost_increase_max                0.5  <= 0.1    0.4 over (400 %)
      x thresholds.statistical_significance_p       0.2  <= 0.05   0.15 over (300 %)
      x metrics.accuracy_delta                    -0.01  >= 0.02   0.03 short (150 %)
      x metrics.error_rate                         0.05  <= 0.02   0.03 over (150 %)
      x statistical_tests.latency_p_value         0.001  >= 0.2    0.199 short (99.5 %)
      x metrics.p95_latency_ms                     4000  <= 3000   1000 over (33.3 %)
      x gold_set.overall_pass_rate                  0.8  >= 0.9    0.1 short (11.1 %)
      x gold_set.security_pass_rate                 0.9  >= 0.95   0.05 short (5.3 %)
      x metrics.security_pass_rate                 0.97  >= 0.99   0.02 short (2 %)
      x metrics.accuracy_delta                    -0.01  > 0       0.01 short
      x metrics.latency_delta                       0.4  < 0       0.4 over
      + metrics.security_pass_rate                 0.97  >= 0.95   0.02 left (2.1 %), rollback limit
      + metrics.error_rate                         0.05  <= 0.1    0.05 left (50 %), rollback limit
      + metrics.p95_latency_ms                     4000  <= 9000   5000 left (55.6 %), rollback limit

      ! checklist_not_evidenced: decided without evidence, incidents, quarantine, shadow

    what would change it: no single fact moved to its limit is enough
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn reject_for_a_finding() {
    let evidence = r#"evidence={"schema": "phasegate/evidence/v1", "triggers": [], "findings": [
        {"id": "latency", "status": "fail", "required": true, "reason": "beyond_margin",
         "observed": 0.2, "limit": 0.1, "margin_left": -0.1},
        {"id": "cost", "status": "pass", "required": true, "reason": "within_margin",
         "observed": 0.02, "limit": 0.1, "margin_left": 0.08},
        {"id": "accuracy", "status": "inconclusive", "required": false, "reason": "too_few",
         "observed": 0.01, "limit": 0, "margin_left": 0.01}]}"#;
    assert_snapshot!(what_if(evidence), @r#"
    exit 4
    --- stdout
    REJECT  v1-abc123 (shadow) must not be promoted: 2 reasons
    what if evidence = {"findings":[{"id":"latency...

      x beyond_margin (latency)
      x finding_failed (evidence.findings): finding `latency` fails: beyond_margin

        check                               observed  required   margin
      x finding latency                          0.2  limit 0.1  0.1 beyond (100 %)
      ? finding accuracy                        0.01  limit 0    0.01 left
      + metrics.security_pass_rate             0.995  >= 0.99    0.005 left (0.5 %)
      + metrics.security_pass_rate             0.995  >= 0.95    0.045 left (4.7 %), rollback limit
      + metrics.p95_latency_ms                  2500  <= 3000    500 left (16.7 %)
      + metrics.accuracy_delta                  0.03  >= 0.02    0.01 left (50 %)
      + metrics.cost_delta                      0.05  <= 0.1     0.05 left (50 %)
      + metrics.error_rate                      0.01  <= 0.02    0.01 left (50 %)
      + statistical_tests.accuracy_p_value      0.02  < 0.05     0.03 left (60 %)
      + metrics.p95_latency_ms                  2500  <= 9000    6500 left (72.2 %), rollback limit
      + finding cost                            0.02  limit 0.1  0.08 left (80 %)
      + metrics.error_rate                      0.01  <= 0.1     0.09 left (90 %), rollback limit
      + statistical_tests.latency_p_value       0.15  >= 0.05    0.1 left (200 %)
      + metrics.accuracy_delta                  0.03  > 0        0.03 left

      ! checklist_not_evidenced: decided without gold_set, incidents, quarantine, shadow

    what would change it: no single fact moved to its limit is enough
    decision sha256:..., input sha256:..., policy sha256:...
    "#);
}

#[test]
fn reject_without_a_violation() {
    let folder = Folder::of_policy(
        "default allow := false\n\nallow if {\n\tinput.version.state == \"gray\"\n\tinput.metrics.error_rate < 0.02\n}",
    );
    assert_snapshot!(run(&["decide", "--input", PROMOTED, "--policy", &folder.path("")]), @"
    exit 4
    --- stdout
    REJECT  v1-abc123 (shadow) must not be promoted: 1 reason

      x policy_denied: the policy does not allow it and names no violation

        check               observed  required  margin
      x version.state         shadow  == gray
      + metrics.error_rate      0.01  < 0.02    0.01 left (50 %)

    what would change it: no single fact moved to its limit is enough
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn hold_for_a_policy_that_fails() {
    let folder = Folder::of_policy("allow if 1 / input.metrics.none > 3");
    let args = ["decide", "--input", PROMOTED, "--set", "metrics.none=0"];
    assert_snapshot!(run(&[&args[..], &["--policy", &folder.path("")]].concat()), @"
    exit 3
    --- stdout
    HOLD  v1-abc123 (shadow) has to wait, it cannot be judged: 1 reason
    what if metrics.none = 0

      x eval_builtin_error: promotion.rego:3:12: divide by zero

    what would change it: mend what blocks and ask again
    decision sha256:..., input sha256:..., policy sha256:...
    ");
}

#[test]
fn reject_by_a_hair() {
    let ran = what_if("metrics.p95_latency_ms=3000.0000001");
    let told: Vec<&str> = ran
        .lines()
        .filter(|line| ["what", "  x"].iter().any(|start| line.starts_with(start)))
        .collect();
    assert_snapshot!(told.join("\n"), @"
    what if metrics.p95_latency_ms = 3000.0000001
      x p95_latency_exceeded: P95 latency 3000.0000001 ms is above the threshold 3000 ms
      x metrics.p95_latency_ms              3000.0000001  <= 3000   9.99999e-8 over (< 0.1 %)
    what would change it: promoted with metrics.p95_latency_ms <= 3000 (now 3000.0000001, < 0.1 % away)
    ");
}
