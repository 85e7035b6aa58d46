//! Every way we know in which a gate fails open, each with a test that fails without its guard.

use std::fmt::Write as _;
use std::time::Duration;

use phasegate::read::Format;
use phasegate::{Facts, Gate, Outcome, PolicyFiles, Request, facts::MAX_INPUT_BYTES};
use serde_json::json;

use crate::support::{build, check, decide, files, gate, policy, refused, refuses};

const LIMIT: &str = "
default allow := false
allow if count(violations) == 0
violations contains {\"code\": \"errors\", \"message\": \"too many\"} if input.metrics.error_rate > 0.02
";

// ---- Facts that are not there, or not what they seem ----

#[test]
fn the_control_promotes_and_refuses() {
    check(LIMIT, &json!({ "metrics": { "error_rate": 0.02 } }), Outcome::Promote, &[]);
    check(LIMIT, &json!({ "metrics": { "error_rate": 0.021 } }), Outcome::Reject, &["errors"]);
}

#[test]
fn a_missing_metric_under_a_plain_comparison_holds() {
    check(LIMIT, &json!({ "metrics": {} }), Outcome::Hold, &["fact_missing"]);
    check(LIMIT, &json!({}), Outcome::Hold, &["fact_missing"]);
    let decision = decide(LIMIT, &json!({ "metrics": {} }));
    assert_eq!(decision.reasons[0].path.as_deref(), Some("metrics.error_rate"));
}

#[test]
fn a_missing_metric_under_not_holds() {
    let rules = "
allow if not too_many
too_many if input.metrics.error_rate > 0.02
violations contains {\"code\": \"errors\", \"message\": \"too many\"} if too_many
";
    check(rules, &json!({ "metrics": {} }), Outcome::Hold, &["fact_missing"]);
    check(rules, &json!({ "metrics": { "error_rate": 0.01 } }), Outcome::Promote, &[]);
}

#[test]
fn a_missing_metric_under_a_default_holds() {
    let rules = "
default allow := true
allow := false if input.metrics.error_rate > 0.02
";
    check(rules, &json!({ "metrics": {} }), Outcome::Hold, &["fact_missing"]);
    check(rules, &json!({ "metrics": { "error_rate": 0.01 } }), Outcome::Promote, &[]);
    check(rules, &json!({ "metrics": { "error_rate": 0.1 } }), Outcome::Reject, &["policy_denied"]);
}

#[test]
fn a_string_in_the_place_of_a_number_holds() {
    let rules = "
default allow := false
allow if count(violations) == 0
violations contains {\"code\": \"slow\", \"message\": \"slow\"} if input.p95 > input.limit
";
    check(rules, &json!({ "p95": 2500, "limit": 3000 }), Outcome::Promote, &[]);
    // In Rego any number is below any string.
    check(rules, &json!({ "p95": 2500, "limit": "3000" }), Outcome::Hold, &["fact_wrong_type"]);
    check(
        LIMIT,
        &json!({ "metrics": { "error_rate": "0.5" } }),
        Outcome::Hold,
        &["fact_wrong_type"],
    );
}

#[test]
fn null_holds() {
    check(LIMIT, &json!({ "metrics": { "error_rate": null } }), Outcome::Hold, &["fact_null"]);
    check(LIMIT, &json!({ "metrics": null }), Outcome::Hold, &["section_not_object"]);
}

#[test]
fn a_number_beyond_a_double_is_refused_with_its_path() {
    let error = Facts::from_json(br#"{"metrics": {"error_rate": 1e999}}"#).expect_err("not finite");
    assert!(error.to_string().contains("`metrics.error_rate`"), "{error}");
}

#[test]
fn a_key_given_twice_is_refused_with_its_path() {
    let text = br#"{"metrics": {"error_rate": 0.5, "error_rate": 0.01}}"#;
    let error = Facts::from_json(text).expect_err("which of the two?");
    assert!(error.to_string().contains("`metrics.error_rate`: key given twice"), "{error}");
}

#[test]
fn a_huge_input_is_refused_by_the_stated_limit() {
    let text = format!(r#"{{"x": "{}"}}"#, "a".repeat(100 << 20));
    let error = Facts::from_json(text.as_bytes()).expect_err("100 MiB");
    assert!(error.to_string().contains(&format!("the limit of {MAX_INPUT_BYTES}")), "{error}");
    let value = json!({ "x": "a".repeat(MAX_INPUT_BYTES) });
    assert!(Facts::from_value(&value).is_err(), "in process too");
}

#[test]
fn two_hundred_levels_of_nesting_are_refused() {
    let text = format!(r#"{{"x": {}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for format in [Format::Json, Format::Yaml] {
        let read = match format {
            Format::Yaml => Facts::from_yaml(text.as_bytes()),
            _ => Facts::from_json(text.as_bytes()),
        };
        let error = read.expect_err("200 levels").to_string();
        assert!(error.contains("nested") || error.contains("depth"), "{error}");
    }
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert!(Facts::from_value(&json!({ "x": deep })).is_err(), "in process too");
}

#[test]
fn invalid_utf_8_is_refused_with_its_place() {
    let error = Facts::from_json(b"{\"a\": \"\xff\"}").expect_err("not UTF-8");
    assert!(error.to_string().starts_with("line 1, column 8: the text is not UTF-8"), "{error}");
    let mut set = policy("allow := true");
    set.files.insert("broken.rego".to_owned(), b"package a\n# \xff\n".to_vec());
    assert!(refused(set).iter().any(|found| found.message.contains("not UTF-8")));
}

// ---- Rules that fail instead of answering ----

#[test]
fn a_division_by_zero_holds() {
    let rules = "
default allow := false
allow if count(violations) == 0
violations contains {\"code\": \"x\", \"message\": \"x\"} if input.errors / input.requests > 0.02
";
    check(rules, &json!({ "errors": 1, "requests": 100 }), Outcome::Promote, &[]);
    check(rules, &json!({ "errors": 1, "requests": 0 }), Outcome::Hold, &["eval_builtin_error"]);
}

#[test]
fn a_text_that_is_no_number_holds() {
    let rules = "
default allow := false
allow if count(violations) == 0
violations contains {\"code\": \"x\", \"message\": \"x\"} if to_number(input.latency) > 3000
";
    check(rules, &json!({ "latency": "12" }), Outcome::Promote, &[]);
    check(rules, &json!({ "latency": "12ms" }), Outcome::Hold, &["eval_builtin_error"]);
}

#[test]
fn builtins_that_overflow_to_undefined_hold() {
    // In regorus 0.14.1 both are undefined beyond their range, even with strict builtin errors.
    let rule = |call: &str| format!("default allow := false\nallow if {call} > 0\n");
    let check =
        |call: &str, expected| check(&rule(call), &json!({}), expected, &["eval_builtin_error"]);
    check("bits.lsh(1, 10000000000)", Outcome::Hold);
    check("time.add_date(1, 1000000000, 0, 0)", Outcome::Hold);
}

#[test]
fn builtins_without_a_bound_do_not_load_or_are_bounded() {
    for call in ["count(numbers.range(1, 100000000))", "count(numbers.range_step(1, 100000000, 1))"]
    {
        bounded(&format!("default allow := false\nallow if {call} > 0\n"));
    }
    bounded("default allow := false\nallow if sprintf(\"%200000000d\", [1]) != \"\"\n");
}

/// Either the set does not load, or the decision is a hold: never a promotion, and never a
/// gigabyte.
#[track_caller]
fn bounded(rules: &str) {
    match build(policy(rules)) {
        Err(error) => assert!(!error.diagnostics.is_empty()),
        Ok(gate) => {
            let facts = Facts::from_value(&json!({})).expect("an input");
            let decision = gate.decide(&Request::new(facts));
            assert_eq!(decision.outcome, Outcome::Hold, "{decision:#?}");
        }
    }
}

#[test]
fn a_builtin_that_panics_never_reaches_the_engine() {
    // `strings.count` with an empty needle panics in regorus 0.14.1.
    bounded("default allow := false\nallow if strings.count(\"abc\", \"\") >= 0\n");
    let rules = "default allow := false\nallow if strings.count(\"abc\", input.needle) >= 0\n";
    match build(policy(rules)) {
        Err(error) => assert!(!error.diagnostics.is_empty()),
        Ok(gate) => {
            let facts = Facts::from_value(&json!({ "needle": "" })).expect("an input");
            assert_eq!(gate.decide(&Request::new(facts)).outcome, Outcome::Hold);
        }
    }
}

#[test]
fn conflicting_rules_hold() {
    let rules = "
allow := true if input.a > 0
allow := false if input.b > 0
";
    check(rules, &json!({ "a": 1, "b": 0 }), Outcome::Promote, &[]);
    check(rules, &json!({ "a": 1, "b": 1 }), Outcome::Hold, &["eval_conflict_error"]);
}

#[test]
fn an_undefined_answer_holds() {
    check("allow if input.a > 0", &json!({ "a": 0 }), Outcome::Hold, &["policy_undefined"]);
}

#[test]
fn an_undefined_allow_beside_an_empty_set_of_violations_holds() {
    for set in ["violations contains {\"code\": \"x\", \"message\": \"x\"}", "deny contains \"x\""]
    {
        let rules = format!("allow if input.e < 0.02\n{set} if input.l > 3000\n");
        check(&rules, &json!({ "e": 0.5, "l": 1 }), Outcome::Hold, &["policy_undefined"]);
        check(&rules, &json!({ "e": 0.01, "l": 1 }), Outcome::Promote, &[]);
    }
    // A boolean `deny` without a default answers nothing when it does not fire.
    check("deny if input.l > 3000", &json!({ "l": 1 }), Outcome::Hold, &["policy_undefined"]);
}

#[test]
fn names_that_are_asked_for_in_parts_do_not_load() {
    for rules in [
        "default allow := true\ndeny[code] := \"slow\" if { some code in [\"x\"]; input.l > 3 }",
        "default allow := true\ndeny[\"x\"] := \"slow\" if input.l > 3",
        "default allow := true\nviolations.latency contains \"slow\" if input.l > 3",
        "default allow := true\ndeny_latency.p95 contains \"slow\" if input.l > 3",
        "allow.promotion := true",
        "default allow := true\nviolations(x) := x",
    ] {
        refuses(rules, "rego_type_error", "asked for");
    }
    // A helper of a similar name is a helper.
    let rules = "default allow := false\nallow if violation_text(input.l) == \"none\"
violation_text(l) := \"none\" if l < 3
";
    check(rules, &json!({ "l": 1 }), Outcome::Promote, &[]);
}

#[test]
fn names_that_are_asked_for_and_stand_elsewhere_do_not_load() {
    let promotion = ("promotion.rego", "package lifecycle.promotion\n\nallow := true\n");
    for other in [
        ("deny.rego", "package lifecycle.promotion.deny\n\nx := 1\n"),
        ("data.json", r#"{"lifecycle": {"promotion": {"deny": ["no"]}}}"#),
        ("rollback.rego", "package lifecycle.rollback\n\ndeny contains \"x\"\n"),
        ("rollback.rego", "package lifecycle.rollback\n\nreasons[r] := 1 if some r in [\"x\"]\n"),
    ] {
        assert!(!refused(files(&[promotion, other])).is_empty(), "{other:?}");
    }
}

#[test]
fn facts_beyond_the_list_are_counted() {
    let rules = "default allow := false
allow if { every i in input.incidents { i.active == false } }
";
    let incidents: Vec<_> = (0..3000).map(|_| json!({})).collect();
    let decision = decide(rules, &json!({ "incidents": incidents }));
    let more = decision.reasons.iter().find(|reason| reason.code == "more_facts").expect("counted");
    assert!(more.message.starts_with("2900 more facts"), "{}", more.message);
}

#[test]
fn a_rollback_package_that_is_named_must_exist() {
    let gate =
        Gate::builder().policy(policy("allow := true")).rollback_package("lifecycle.rolback");
    let error = gate.build().expect_err("a typing error");
    assert!(error.to_string().contains("`lifecycle.rolback`"), "{error}");
}

#[test]
fn an_answer_of_the_wrong_shape_holds() {
    for rules in [
        "allow := \"yes\"",
        "allow := 1",
        "allow := true\nviolations := \"none\"",
        "allow := true\nviolations := [\"text\"]",
        "allow := true\nviolations := [{\"code\": \"x\"}]",
        "allow := true\nviolations := [{\"code\": \"x\", \"message\": \"x\", \"severity\": 1}]",
        "allow := false\nviolations := [{\"code\": \"x\", \"message\": \"x\", \"effect\": \"ignore\"}]",
        "allow := true\nwarnings := {\"code\": \"x\"}",
    ] {
        check(rules, &json!({}), Outcome::Hold, &["policy_wrong_shape"]);
    }
}

#[test]
fn allow_beside_violations_holds() {
    let rules = "allow := true\nviolations contains {\"code\": \"x\", \"message\": \"x\"}";
    check(rules, &json!({}), Outcome::Hold, &["contradictory_verdict"]);
}

#[test]
fn a_policy_that_asks_for_the_time_holds_without_one() {
    let rules = "default allow := false\nallow if time.now_ns() > 0";
    check(rules, &json!({}), Outcome::Hold, &["clock_missing"]);
    let now = "2026-03-01T10:00:00Z".parse().expect("a time");
    let request = Request::new(Facts::from_value(&json!({})).expect("an input")).now(now);
    assert_eq!(gate(rules).decide(&request).outcome, Outcome::Promote);
}

#[test]
fn an_evaluation_beyond_its_deadline_holds() {
    let rules = "
default allow := false
allow if count([1 | some a in input.xs; some b in input.xs; some c in input.xs; a + b + c > 0]) > 0
";
    let gate = Gate::builder().policy(policy(rules)).deadline(Duration::from_millis(20));
    let gate = gate.build().expect("it loads");
    let xs: Vec<u32> = (0..400).collect();
    let facts = Facts::from_value(&json!({ "xs": xs })).expect("an input");
    let decision = gate.decide(&Request::new(facts));
    assert_eq!(decision.reasons[0].code, "deadline_exceeded", "{decision:#?}");
    assert_eq!(decision.outcome, Outcome::Hold);
}

// ---- Sets that must not load ----

#[test]
fn recursion_is_refused() {
    refuses("allow if f(1) == 1\nf(n) := f(n)", "rego_recursion_error", "f");
    refuses("allow if p\np if q\nq if p", "rego_recursion_error", "p");
    refuses(
        "allow if p[\"a\"]\np[x] := y if some x, y in data.lifecycle.promotion",
        "rego_recursion_error",
        "p",
    );
}

#[test]
fn a_chain_of_five_thousand_rules_is_refused_with_the_chain() {
    let mut rules = String::from("allow if r0\nr5000 := true\n");
    for link in 0..5000 {
        let _ = writeln!(rules, "r{link} if r{}", link + 1);
    }
    let found = refused(policy(&rules));
    let deep =
        found.iter().find(|found| found.code.as_str() == "rego_depth_error").expect("too deep");
    assert!(deep.message.contains("r0") && deep.message.contains("->"), "{}", deep.message);
    assert!(deep.message.len() < 2000, "the chain is shortened: {}", deep.message);
}

#[test]
fn ten_thousand_flat_rules_load_and_decide() {
    let mut rules = String::from("default allow := false\nallow if count(violations) == 0\n");
    for rule in 0..10_000 {
        let _ = writeln!(
            rules,
            "violations contains {{\"code\": \"c{rule}\", \"message\": \"m\"}} if input.x == {rule}"
        );
    }
    let gate = gate(&rules);
    let outcome = |x: i64| {
        let facts = Facts::from_value(&json!({ "x": x })).expect("an input");
        gate.decide(&Request::new(facts)).outcome
    };
    assert_eq!((outcome(-1), outcome(77)), (Outcome::Promote, Outcome::Reject));
}

#[test]
fn the_deepest_chain_allowed_fits_a_small_stack() {
    let mut rules = String::from("default allow := false\nallow if r0\nr250 if input.x > 0\n");
    for link in 0..250 {
        let _ = writeln!(rules, "r{link} if r{}", link + 1);
    }
    let worker = move || {
        let gate = Gate::builder()
            .policy(policy(&rules))
            .max_depth(256)
            .build()
            .expect("within the limit");
        let facts = Facts::from_value(&json!({ "x": 1 })).expect("an input");
        gate.decide(&Request::new(facts)).outcome
    };
    // The stack that Rust gives a thread by default.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(worker).expect("a thread");
    assert_eq!(thread.join().expect("no overflow"), Outcome::Promote);
}

#[test]
fn data_that_shadows_a_rule_is_refused() {
    let set = files(&[
        ("promotion.rego", "package lifecycle.promotion\n\nallow := false\n"),
        ("data.json", r#"{"lifecycle": {"promotion": {"allow": true}}}"#),
    ]);
    assert!(refused(set).iter().any(|found| found.code.as_str() == "rego_conflict_error"));
}

#[test]
fn a_set_without_policies_is_refused() {
    assert!(!refused(PolicyFiles::default()).is_empty());
    let folder = tempfile::tempdir().expect("a folder");
    let error = phasegate::sources::policies::read(folder.path()).expect_err("empty");
    assert_eq!(error.code(), "empty", "{error}");
}

#[test]
fn a_bundle_that_climbs_out_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bundle.tar.gz");
    let file = std::fs::File::create(&path).expect("a file");
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    let text = b"package lifecycle.promotion\nallow := true\n";
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    // `set_path` would refuse it too.
    header.as_old_mut().name[..17].copy_from_slice(b"../promotion.rego");
    header.set_cksum();
    archive.append(&header, &text[..]).expect("an entry");
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive");
    let error = phasegate::sources::policies::read(&path).expect_err("it climbs out");
    assert_eq!(error.code(), "path_escapes", "{error}");
}

#[test]
fn the_clock_randomness_network_and_environment_are_out_of_reach() {
    for call in [
        "rand.intn(\"x\", 2)",
        "http.send({})",
        "opa.runtime()",
        "uuid.rfc4122(\"x\")",
        "net.lookup_ip_addr(\"x\")",
    ] {
        let name = call.split('(').next().unwrap_or_default();
        refuses(
            &format!("default allow := false\nallow if {call} != null"),
            "rego_type_error",
            name,
        );
    }
}

#[test]
fn reads_that_the_guard_cannot_resolve_are_refused_unless_excused() {
    let rules = "default allow := false\nallow if input.metrics[input.name] < 3";
    refuses(rules, "unguarded_read_error", "unguarded");
    let excused = "
default allow := false
allow if input.metrics[input.name] < 3 # phasegate: unguarded the name is checked before
";
    let facts = json!({ "metrics": { "a": 1 }, "name": "a" });
    check(excused, &facts, Outcome::Promote, &[]);
}

// ---- The shipped policies ----

#[test]
fn a_threshold_below_its_floor_is_rejected() {
    let gate = Gate::builder().build().expect("the embedded policies load");
    let facts =
        Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture");
    for (path, value) in [
        ("thresholds.security_pass_rate", json!(0.9)),
        ("thresholds.error_rate", json!(0.2)),
        ("thresholds.cost_increase_max", json!(0.5)),
        ("thresholds.statistical_significance_p", json!(0.1)),
    ] {
        let facts = facts.with(&path.parse().expect("a path"), &value).expect("an input");
        let decision = gate.decide(&Request::new(facts));
        assert_eq!(decision.outcome, Outcome::Reject, "{path}");
        assert_eq!(decision.reasons[0].code, "threshold_below_floor", "{path}");
    }
}
