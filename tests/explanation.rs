//! Why and why not: what each rule compared, and the smallest single change that flips the
//! decision.

use std::time::Duration;

use phasegate::rego::explain::{Explanation, FlipSearch};
use phasegate::{Decision, Facts, Gate, Request};
use serde_json::{Value, json};

use crate::support::{gate, policy};

fn explain(gate: &Gate, input: &Value) -> Explanation {
    let request = Request::new(Facts::from_value(input).expect("an input"));
    gate.explain(&request, &gate.decide(&request)).expect("a decision about this request")
}

/// One line for each comparison and way to bind it: the text, what was seen, and whether it is as
/// it must be.
#[track_caller]
fn check(rules: &str, input: &Value, expected: &[&str]) {
    let mut lines = Vec::new();
    for check in explain(&gate(rules), input).checks {
        if check.seen.is_empty() {
            lines.push(format!("{}: no values", check.text));
        }
        for seen in &check.seen {
            let ok = match seen.ok {
                Some(true) => "ok",
                Some(false) => "not ok",
                None => "-",
            };
            let margin = seen.margin.map_or(String::new(), |margin| format!(", margin {margin}"));
            lines.push(format!(
                "{}: {} must be {} {}, {ok}{margin}",
                check.fact.as_deref().unwrap_or(&check.text),
                seen.observed,
                seen.required,
                seen.limit
            ));
        }
    }
    assert_eq!(lines, expected);
}

const ALLOW: &str = "default allow := false\nallow if count(violations) == 0\n";

/// Rules of violations, below the usual `allow`.
fn violations(rules: &str) -> String {
    format!("{ALLOW}{rules}")
}

fn violation(body: &str) -> String {
    violations(&format!(
        "violations contains {{\"code\": \"x\", \"message\": \"x\"}} if {{ {body} }}\n"
    ))
}

#[test]
fn a_violation_asks_for_the_opposite_of_what_it_compares() {
    let rules = violation("input.p95 > input.thresholds.p95");
    let count = "count(violations) == 0: 0 must be == 0, ok";
    check(
        &rules,
        &json!({ "p95": 2500, "thresholds": { "p95": 3000 } }),
        &[count, "p95: 2500 must be <= 3000, ok, margin 500"],
    );
    check(
        &rules,
        &json!({ "p95": 3500, "thresholds": { "p95": 3000 } }),
        &[
            "count(violations) == 0: 1 must be == 0, not ok",
            "p95: 3500 must be <= 3000, not ok, margin -500",
        ],
    );
}

#[test]
fn an_allow_rule_asks_for_what_it_compares() {
    let rules = "default allow := false\nallow if { input.a >= 3; not input.b > 7 }";
    check(
        rules,
        &json!({ "a": 2, "b": 9 }),
        &["a: 2 must be >= 3, not ok, margin -1", "b: 9 must be <= 7, not ok, margin -2"],
    );
}

#[test]
fn the_judged_fact_may_stand_on_the_right() {
    check(
        "default allow := false\nallow if 3000 >= input.p95",
        &json!({ "p95": 2500 }),
        &["p95: 2500 must be <= 3000, ok, margin 500"],
    );
}

#[test]
fn operands_that_rules_bind_have_values() {
    let ok = "count(violations) == 0: 0 must be == 0, ok";
    check(
        &violation("limit := 2 * input.thresholds.base; input.x > limit"),
        &json!({
            "x": 3, "thresholds": { "base": 2 }
        }),
        &[ok, "x: 3 must be <= 4, ok, margin 1"],
    );
    check(
        &format!("{}limit := min([input.thresholds.a, 5])\n", violation("input.x > limit")),
        &json!({ "x": 3, "thresholds": { "a": 9 } }),
        &[ok, "x: 3 must be <= 5, ok, margin 2"],
    );
}

#[test]
fn iteration_shows_each_element() {
    let rules = violation("some item in input.items; item.size > 10");
    check(
        &rules,
        &json!({ "items": [{ "size": 4 }, { "size": 9 }] }),
        &[
            "count(violations) == 0: 0 must be == 0, ok",
            "items[*].size: 4 must be <= 10, ok, margin 6",
            "items[*].size: 9 must be <= 10, ok, margin 1",
        ],
    );
    let rules =
        "default allow := false\nallow if { every item in input.items { item.size <= 10 } }";
    check(
        rules,
        &json!({ "items": [{ "size": 4 }, { "size": 11 }] }),
        &[
            "items[*].size: 4 must be <= 10, ok, margin 6",
            "items[*].size: 11 must be <= 10, not ok, margin -1",
        ],
    );
}

#[test]
fn one_of_several_conditions_asks_for_nothing_by_itself() {
    let rules = violation("input.state == \"gray\"; input.x > 10");
    check(
        &rules,
        &json!({ "state": "gray", "x": 1 }),
        &[
            "count(violations) == 0: 0 must be == 0, ok",
            "state: \"gray\" must be != \"gray\", -",
            "x: 1 must be <= 10, ok, margin 9",
        ],
    );
    check(
        &rules,
        &json!({ "state": "gray", "x": 11 }),
        &[
            "count(violations) == 0: 1 must be == 0, not ok",
            "state: \"gray\" must be != \"gray\", not ok",
            "x: 11 must be <= 10, not ok, margin -1",
        ],
    );
}

#[test]
fn helper_rules_are_followed() {
    let rules = format!("{}too_slow if input.p95 > 3000\n", violation("too_slow"));
    check(
        &rules,
        &json!({ "p95": 3500 }),
        &[
            "count(violations) == 0: 1 must be == 0, not ok",
            "p95: 3500 must be <= 3000, not ok, margin -500",
        ],
    );
    let rules = format!("{}fast if input.p95 <= 3000\n", violation("not fast"));
    check(
        &rules,
        &json!({ "p95": 3500 }),
        &[
            "count(violations) == 0: 1 must be == 0, not ok",
            "p95: 3500 must be <= 3000, not ok, margin -500",
        ],
    );
}

#[test]
fn a_comparison_of_arguments_is_listed_without_values() {
    let rules = format!("{}above(x, limit) if x > limit\n", violation("above(input.x, 10)"));
    check(
        &rules,
        &json!({ "x": 11 }),
        &["count(violations) == 0: 1 must be == 0, not ok", "x > limit: no values"],
    );
}

#[test]
fn probes_see_nothing_of_the_next_input() {
    let gate = gate(&violation("input.x > 10"));
    let first = explain(&gate, &json!({ "x": 11 }));
    assert_eq!(
        explain(&gate, &json!({})).checks.iter().flat_map(|check| &check.seen).count(),
        1,
        "count"
    );
    assert_eq!(explain(&gate, &json!({ "x": 11 })), first);
}

#[test]
fn a_decision_about_something_else_is_not_explained() {
    let rules = violation("input.x > 10");
    let of = |x: u8| Request::new(Facts::from_value(&json!({ "x": x })).expect("an input"));
    let gate = gate(&rules);
    let decision = gate.decide(&of(11));
    let code = |gate: &Gate, request: &Request| {
        gate.explain(request, &decision).map_err(|error| error.code()).map(|_| "explained")
    };
    assert_eq!(code(&gate, &of(11)), Ok("explained"));
    assert_eq!(code(&gate, &of(12)), Err("other_input"));
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    assert_eq!(code(&gate, &of(11).now(now)), Err("other_time"));
    let others = [
        Gate::builder().policy(policy(&violation("input.x > 9"))),
        Gate::builder().policy(policy(&rules)).require_checklist(true),
        Gate::builder().policy(policy(&rules)).deadline(Duration::from_secs(2)),
    ];
    for other in others {
        assert_eq!(code(&other.build().expect("it loads"), &of(11)), Err("other_gate"));
    }
    // What was read back is as good as what was made.
    let read: Decision = serde_json::from_value(json!(decision)).expect("a decision");
    assert!(gate.explain(&of(11), &read).is_ok());
}

// ---- What would change it ----

#[track_caller]
fn flip(rules: &str, input: &Value, expected: &str) {
    let found = match explain(&gate(rules), input).flip {
        FlipSearch::Change(flip) => {
            let at = if flip.at_boundary { "at" } else { "beyond" };
            format!(
                "{}: {} -> {} ({at} {}, {:.4})",
                flip.path, flip.from, flip.to, flip.boundary, flip.relative_change
            )
        }
        FlipSearch::NoSingleFact => "none".to_owned(),
        FlipSearch::NotAmongNearest { tried } => format!("none of {tried}"),
        FlipSearch::NotExplained => "not explained".to_owned(),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_refusal_is_lifted_at_or_beyond_the_boundary() {
    flip(&violation("input.x > 3000"), &json!({ "x": 3500 }), "x: 3500 -> 3000 (at 3000, 0.1429)");
    // The boundary itself still violates; the next double below does not.
    flip(
        &violation("input.x >= 3000"),
        &json!({ "x": 3500 }),
        "x: 3500 -> 2999.9999999999995 (beyond 3000, 0.1429)",
    );
    flip(&violation("input.x < 0.5"), &json!({ "x": 0.25 }), "x: 0.25 -> 0.5 (at 0.5, 0.5000)");
    flip(
        &violation("input.flag == true"),
        &json!({ "flag": true }),
        "flag: true -> false (at true, 1.0000)",
    );
}

#[test]
fn a_promotion_is_lost_beyond_the_boundary() {
    flip(
        &violation("input.x > 3000"),
        &json!({ "x": 2500 }),
        "x: 2500 -> 3000.0000000000005 (beyond 3000, 0.1667)",
    );
    flip(&violation("input.x >= 3000"), &json!({ "x": 2500 }), "x: 2500 -> 3000 (at 3000, 0.1667)");
}

#[test]
fn the_nearest_fact_wins_and_ties_go_by_path() {
    let rules = violations(
        "violations contains {\"code\": \"a\", \"message\": \"a\"} if input.a > 100\n\
         violations contains {\"code\": \"b\", \"message\": \"b\"} if input.b > 100\n",
    );
    flip(&rules, &json!({ "a": 50, "b": 90 }), "b: 90 -> 100.00000000000001 (beyond 100, 0.1000)");
    flip(&rules, &json!({ "a": 90, "b": 90 }), "a: 90 -> 100.00000000000001 (beyond 100, 0.1000)");
}

#[test]
fn nearest_is_by_the_share_of_the_larger_of_old_and_boundary() {
    let rules = violations(
        "violations contains {\"code\": \"a\", \"message\": \"a\"} if input.a > 2\n\
         violations contains {\"code\": \"b\", \"message\": \"b\"} if input.b > 1400\n",
    );
    // 1 of 2 is half; 400 of 1400 is 0.2857, though the change is 400 times larger.
    flip(
        &rules,
        &json!({ "a": 1, "b": 1000 }),
        "b: 1000 -> 1400.0000000000002 (beyond 1400, 0.2857)",
    );
    // Downwards the old value is the larger one: 1400 of 2800 is half, 1 of 3 a third.
    let either = violation("input.a > 2; input.b > 1400");
    flip(&either, &json!({ "a": 3, "b": 2800 }), "a: 3 -> 2 (at 2, 0.3333)");
    // Both are a tenth: by path, not by the order of the rules.
    let rules = violation("input.z > 90; input.m.y > 9; input.m.x > 900");
    let tied = json!({ "z": 100, "m": { "x": 1000, "y": 10 } });
    flip(&rules, &tied, "m.x: 1000 -> 900 (at 900, 0.1000)");
}

#[test]
fn the_flip_may_be_a_member_of_a_collection() {
    let rules = violation("some item in input.items; item.size > 10");
    let input = json!({ "items": [{ "size": 4 }, { "size": 11 }, { "size": 9 }] });
    flip(&rules, &input, "items[1].size: 11 -> 10 (at 10, 0.0909)");
    flip(
        &rules,
        &json!({ "items": [{ "size": 4 }, { "size": 9 }] }),
        "items[1].size: 9 -> 10.000000000000002 (beyond 10, 0.1000)",
    );
    flip(&rules, &json!({ "items": [{ "size": 11 }, { "size": 12 }] }), "none");
    let rules = violation("some name, value in input.m; value > 10");
    flip(&rules, &json!({ "m": { "a": 2, "b": 15 } }), "m.b: 15 -> 10 (at 10, 0.3333)");
}

#[test]
fn one_of_many_members_is_shown_and_found() {
    let rules = violation("some x in input.xs; x > 1000");
    let mut xs: Vec<u32> = (0..200).collect();
    xs.push(1100);
    let explanation = explain(&gate(&rules), &json!({ "xs": xs }));
    let seen = &explanation.checks[1].seen;
    assert_eq!((seen.len(), &seen[0].observed, seen[0].ok), (20, &json!(1100), Some(false)));
    flip(&rules, &json!({ "xs": xs }), "xs[200]: 1100 -> 1000 (at 1000, 0.0909)");
}

#[test]
fn a_flip_may_be_far_down_the_list() {
    let nearer = (0..20).map(|i| format!("input.a{i} > 100")).collect::<Vec<_>>().join("; ");
    let rules = format!(
        "{}violations contains {{\"code\": \"z\", \"message\": \"z\"}} if input.z > 100\n",
        violation(&nearer)
    );
    // Each of the twenty is near, and none is enough alone.
    let mut input: serde_json::Map<String, Value> =
        (0..20).map(|i| (format!("a{i}"), json!(99))).collect();
    input.insert("z".to_owned(), json!(50));
    flip(&rules, &input.into(), "z: 50 -> 100.00000000000001 (beyond 100, 0.5000)");
}

#[test]
fn without_time_nothing_is_claimed() {
    let rules = policy(&violation("input.x > 10"));
    let gate = Gate::builder().policy(rules).deadline(Duration::ZERO).build().expect("it loads");
    assert_eq!(explain(&gate, &json!({ "x": 11 })).flip, FlipSearch::NotExplained);
}

#[test]
fn thresholds_and_identity_are_not_changed() {
    let rules = violation("input.x > input.thresholds.x");
    let input = json!({ "x": 20, "thresholds": { "x": 19 }, "version": { "state": "shadow" } });
    flip(&rules, &input, "x: 20 -> 19 (at 19, 0.0500)");
    flip(&violation("input.version.age > 3"), &json!({ "version": { "age": 4 } }), "none");
}

#[test]
fn several_independent_violations_have_no_single_flip() {
    let rules = violations(
        "violations contains {\"code\": \"a\", \"message\": \"a\"} if input.a > 100\n\
         violations contains {\"code\": \"b\", \"message\": \"b\"} if input.b > 100\n",
    );
    flip(&rules, &json!({ "a": 101, "b": 101 }), "none");
    // One fact behind both: changing it lifts both.
    let rules = violations(
        "violations contains {\"code\": \"a\", \"message\": \"a\"} if input.a > 100\n\
         violations contains {\"code\": \"b\", \"message\": \"b\"} if input.a > 50\n",
    );
    flip(&rules, &json!({ "a": 101 }), "a: 101 -> 50 (at 50, 0.5050)");
}

#[test]
fn a_change_that_does_not_flip_is_not_claimed() {
    // Lowering x lifts one violation and makes the other.
    let rules = violations(
        "violations contains {\"code\": \"a\", \"message\": \"a\"} if input.x > 100\n\
         violations contains {\"code\": \"b\", \"message\": \"b\"} if input.x < 200\n",
    );
    flip(&rules, &json!({ "x": 150 }), "none");
}

#[test]
fn the_runbooks_example_is_explained() {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let facts =
        Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture");
    let explanation = explain(&gate, facts.value());
    let p95 = explanation
        .checks
        .iter()
        .filter(|check| check.fact.as_deref() == Some("metrics.p95_latency_ms"))
        .flat_map(|check| &check.seen)
        .find(|seen| seen.limit == 3000)
        .expect("compared with its threshold");
    // The design: "p95_latency_ms 2500 <= 3000, 16.7 % left".
    assert_eq!((p95.observed.clone(), p95.required, p95.ok), (json!(2500), "<=", Some(true)));
    assert!(
        p95.margin_share.is_some_and(|share| (share - 500.0 / 3000.0).abs() < 1e-12),
        "{p95:?}"
    );
    let FlipSearch::Change(flip) = explanation.flip else { panic!("{:?}", explanation.flip) };
    // Of all facts the security pass rate is nearest to its limit: 0.005 of 0.995.
    assert_eq!(flip.path, "metrics.security_pass_rate");
}
