//! Decisions as documents: equal in, equal out, and an id that anybody can derive.

use phasegate::{Decision, Facts, Gate, Outcome, Request};
use serde_json::{Value, json};

fn gate() -> Gate {
    Gate::builder().build().expect("the embedded policies load")
}

fn facts() -> Facts {
    Facts::from_json(phasegate_fixtures::PROMOTION_INPUT.as_bytes()).expect("a fixture")
}

#[test]
fn a_decision_round_trips_through_json() {
    for text in phasegate_fixtures::inputs(200) {
        let facts = Facts::from_json(text.as_bytes()).expect("an input");
        let decision = gate().decide(&Request::new(facts));
        let bytes = decision.to_canonical_bytes().expect("a canonical form");
        let again: Decision = serde_json::from_slice(&bytes).expect("it reads back");
        assert_eq!(again, decision);
        assert_eq!(again.to_canonical_bytes().expect("a canonical form"), bytes);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_however_it_is_written() {
    let bare = facts().value().to_string();
    let spaced = serde_json::to_string_pretty(facts().value()).expect("JSON");
    let bytes = |facts: Facts| {
        gate().decide(&Request::new(facts)).to_canonical_bytes().expect("a canonical form")
    };
    let expected = bytes(facts());
    for text in [bare, spaced] {
        assert_eq!(bytes(Facts::from_json(text.as_bytes()).expect("JSON")), expected);
        assert_eq!(bytes(Facts::from_yaml(text.as_bytes()).expect("JSON is YAML")), expected);
    }
}

#[test]
fn the_id_is_the_digest_of_the_canonical_basis() {
    let decision = gate().decide(&Request::new(facts()));
    let document: Value =
        serde_json::from_slice(&decision.to_canonical_bytes().expect("a canonical form"))
            .expect("JSON");
    // serde_json keeps keys sorted and the basis has integers only: its compact text is the
    // canonical form.
    let basis = document["basis"].to_string();
    assert_eq!(phasegate::Digest::of(basis.as_bytes()).to_string(), document["id"]);
}

#[test]
fn everything_that_decides_enters_the_id() {
    let id = |gate: &Gate, request: &Request| gate.decide(request).id;
    let base = id(&gate(), &Request::new(facts()));
    let other_fact = facts().with(&"metrics.cost_delta".parse().expect("a path"), &json!(0.06));
    let later = Request::new(facts()).now("2026-03-01T10:00:00Z".parse().expect("a time"));
    let strict = Gate::builder().require_checklist(true).build().expect("it loads");
    let mut files = phasegate::embedded();
    files.files.insert("more.rego".to_owned(), b"package more\n\nx := 1\n".to_vec());
    let other_policy = Gate::builder().policy(files).build().expect("it loads");
    let ids = [
        base,
        id(&gate(), &Request::new(other_fact.expect("an input"))),
        id(&gate(), &later),
        id(&strict, &Request::new(facts())),
        id(&other_policy, &Request::new(facts())),
    ];
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
}

#[test]
fn the_policy_digest_does_not_depend_on_order_or_location() {
    let digest = |files: phasegate::PolicyFiles| {
        Gate::builder().policy(files).build().expect("it loads").policy().digest()
    };
    let embedded = phasegate::embedded();
    let mut moved = embedded.clone();
    moved.files = embedded
        .files
        .iter()
        .map(|(path, bytes)| match path.strip_suffix(".rego") {
            // Modules may lie anywhere, with their schemas beside them; data lie where they are
            // mounted.
            Some(stem) => (format!("elsewhere/{}.rego", stem.replace('/', "_")), bytes.clone()),
            None if path.ends_with(".schema.json") => {
                (format!("elsewhere/{}", path.replace('/', "_")), bytes.clone())
            }
            None => (path.clone(), bytes.clone()),
        })
        .collect();
    assert_eq!(digest(moved), digest(embedded.clone()));
    let mut changed = embedded.clone();
    if let Some(bytes) = changed.files.get_mut("lifecycle/promotion.rego") {
        bytes.extend_from_slice(b"# a comment\n");
    }
    assert_ne!(digest(changed), digest(embedded), "exact bytes");
}

#[test]
fn nothing_of_one_call_is_seen_by_the_next() {
    let gate = gate();
    let full = Request::new(facts());
    let first = gate.decide(&full);
    let empty = Request::new(Facts::from_value(&json!({})).expect("an input"));
    assert_eq!(gate.decide(&empty).outcome, Outcome::Hold);
    assert_eq!(gate.decide(&full), first);
}

#[test]
fn the_checklist_holds_when_it_is_required() {
    let strict = Gate::builder().require_checklist(true).build().expect("it loads");
    let decision = strict.decide(&Request::new(facts()));
    assert_eq!(decision.outcome, Outcome::Hold);
    assert!(decision.violations.len() >= 4, "one per absent section: {:#?}", decision.violations);
    // What the input says of the option does not loosen the gate's.
    let loosened =
        facts().with(&"options.require_checklist".parse().expect("a path"), &json!(false));
    let decision = strict.decide(&Request::new(loosened.expect("an input")));
    assert_eq!(decision.outcome, Outcome::Hold);
}

#[test]
fn the_conventions_of_opa_users_are_understood() {
    let decide =
        |rules: &str| crate::support::decide(rules, &json!({ "bad": true, "good": false }));
    let bare_allow = decide("default allow := false\nallow if input.good");
    assert_eq!(
        (bare_allow.outcome, bare_allow.reasons[0].code.as_str()),
        (Outcome::Reject, "policy_denied")
    );
    let denied = decide("deny contains \"too slow\" if input.bad");
    assert_eq!((denied.outcome, denied.reasons[0].message.as_str()), (Outcome::Reject, "too slow"));
    let not_denied = decide("deny contains \"too slow\" if input.good");
    assert_eq!(not_denied.outcome, Outcome::Promote);
    let violation =
        decide("violation contains {\"msg\": \"slow\", \"details\": {\"p95\": 1}} if input.bad");
    assert_eq!(
        (violation.outcome, violation.reasons[0].message.as_str()),
        (Outcome::Reject, "slow")
    );
    let boolean = decide("default deny := false\ndeny if input.bad");
    assert_eq!((boolean.outcome, boolean.reasons[0].code.as_str()), (Outcome::Reject, "deny"));
    let contradictory = decide("allow := true\ndeny contains \"x\" if input.bad");
    assert_eq!(contradictory.outcome, Outcome::Hold);
    let named = decide(
        "deny_latency contains \"too slow\" if input.bad\nwarn_cost contains \"dear\" if true",
    );
    assert_eq!((named.outcome, named.warnings.len()), (Outcome::Reject, 1));
    assert_eq!(named.reasons[0].code, "deny_latency");
    let warned = decide("allow := true\nwarn contains \"look at it\" if input.bad");
    assert_eq!((warned.outcome, warned.warnings.len()), (Outcome::Promote, 1));
}
