//! `phasegate impact`: a policy change on recorded decisions.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Folder, PROMOTED, Ran, joined, run, run_with};

/// A policy with this limit.
fn policy(limit: &str) -> String {
    format!(
        "package lifecycle.promotion\n\ndefault allow := false\n\nallow if count(violations) == 0\n\n\
         violations contains {{\"code\": \"rate_exceeded\", \"message\": \"too high\", \"path\": \"rate\"}} if {{\n\
         \tinput.rate > {limit}\n}}\n"
    )
}

/// The policies before and after.
fn folder(old: &str, new: &str) -> Folder {
    Folder::of(&[("old/p.rego", &policy(old)), ("new/p.rego", &policy(new))])
}

fn impact(folder: &Folder, records: &str, more: &[&str]) -> Ran {
    let (old, new) = (folder.path("old"), folder.path("new"));
    let mut args = vec!["impact", "--old", &old, "--new", &new, records];
    args.extend(["--now", "2026-03-01T00:00:00Z"]);
    args.extend(more);
    run(&args)
}

/// An event of OPA's decision log.
fn event(id: &str, rate: f64, allow: bool) -> Value {
    json!({
        "labels": {"id": "i", "version": "1.0.0"},
        "decision_id": id,
        "path": "lifecycle/promotion",
        "input": {"rate": rate},
        "result": {"allow": allow, "violations": []},
        "timestamp": "2026-02-01T10:00:00.123456789Z",
        "metrics": {"timer_server_handler_ns": 123},
    })
}

fn lines(records: &[Value]) -> String {
    joined(records.iter().map(|record| format!("{record}\n")))
}

#[test]
fn every_flip_is_told_with_what_decided() {
    let folder = folder("0.5", "0.7");
    let mut events = [event("a", 0.1, true), event("b", 0.6, false), event("c", 0.9, false)];
    for one in &mut events[1..] {
        one["result"]["violations"] = json!([{"code": "rate_exceeded", "message": "too high"}]);
    }
    let records = folder.add("log.jsonl", lines(&events));
    let ran = impact(&folder, &records, &[]);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 1
    --- stdout
    old \ new      promote      hold    reject  rollback
    promote              1         0         0         0
    hold                 0         0         0         0
    reject               1         0         1         0
    rollback             0         0         0         0

    log.jsonl:2 b reject to promote; not reviewed
      old rate_exceeded (rate) at p.rego:7 lifecycle.promotion.violations
      old p.rego:5 count(violations) == 0: observed 1, required == 0
      old p.rego:8 rate: observed 0.6, required <= 0.5
      new p.rego:8 rate: observed 0.6, required <= 0.7

    3 records replayed; what was refused is approved without a review: 1
    "#);

    let markdown = impact(&folder, &records, &["--output", "markdown"]);
    assert_snapshot!(folder.strip(&markdown), @r#"
    exit 1
    --- stdout
    ## Impact of the policy change

    3 records replayed; **what was refused is approved without a review: 1.**

    | old \ new | promote | hold | reject | rollback |
    |---|---:|---:|---:|---:|
    | promote | 1 | | | |
    | hold | | | | |
    | reject | **1** | | 1 | |
    | rollback | | | | |

    ### Flips (1)

    - `b` (`log.jsonl:2`) reject (`rate_exceeded (rate)` at `p.rego:7`; `rate 0.6 must be <= 0.5`), then promote (`rate 0.6 must be <= 0.7`); **not reviewed**
    "#);

    let json = impact(&folder, &records, &["--output", "json"]).json();
    assert_eq!(json["replayed"], 3);
    assert_eq!(json["matrix"].as_array().map(Vec::len), Some(16));
    let flip = &json["flips"]["listed"][0];
    assert_eq!([&flip["id"], &flip["kind"]], [&json!("b"), &json!("refusal_to_approval")]);
    assert_eq!(flip["old"]["reasons"][0]["rules"][0]["row"], 7);
    assert_eq!(flip["new"]["comparisons"][0]["limit"], json!(0.7));
    for parallel in ["1", "2", "5"] {
        let again = impact(&folder, &records, &["--parallel", parallel]);
        assert_eq!(again.to_string(), ran.to_string());
    }
}

#[test]
fn a_stricter_policy_is_told_and_passes() {
    let folder = folder("0.7", "0.5");
    let records = folder.add("log.jsonl", lines(&[json!({"rate": 0.6}), json!({"rate": 0.9})]));
    let ran = impact(&folder, &records, &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("promote to reject"), "{ran}");
    assert!(ran.stdout.contains("old p.rego:8 rate: observed 0.6, required <= 0.7"), "{ran}");
}

#[test]
fn reviewed_flips_pass_until_they_expire() {
    let folder = folder("0.5", "0.7");
    let records = folder.add("log.jsonl", lines(&[event("b", 0.6, false)]));
    let review = |more: &str| {
        format!(
            "schema: phasegate/allowed-flips/v1\nflips:\n\
             - {{id: b, from: reject, to: promote, reason: seen{more}}}\n\
             - {{id: z, from: reject, to: promote, reason: never}}\n"
        )
    };
    let file = folder.add("allow.yaml", review(""));
    let ran = impact(&folder, &records, &["--allow-flips", &file]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("reject to promote; reviewed: seen"), "{ran}");
    assert!(ran.stdout.contains("unused review: z reject to promote: never"), "{ran}");
    let file = folder.add("late.yaml", review(", expires: \"2026-03-01T00:00:00Z\""));
    let ran = impact(&folder, &records, &["--allow-flips", &file]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stdout.contains("expired review: b reject to promote: seen"), "{ran}");
    let file = folder.add("bad.yaml", review("").replace("reason: seen", "why: seen"));
    let ran = impact(&folder, &records, &["--allow-flips", &file]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
    assert!(ran.stderr.contains("bad.yaml:3"), "{ran}");
}

#[test]
fn what_cannot_be_replayed_is_listed_with_why() {
    let folder = folder("0.5", "0.5");
    let with = |id: &str, key: &str, value: Value| {
        let mut event = event(id, 0.1, true);
        event[key] = value;
        event
    };
    let mut without = event("no input", 0.1, true);
    if let Some(object) = without.as_object_mut() {
        object.remove("input");
    }
    let mut other = event("query", 0.1, true);
    if let Some(object) = other.as_object_mut() {
        object.remove("path");
        object.insert("query".to_owned(), json!("data.x = y"));
    }
    let decision = run(&["decide", "--input", PROMOTED, "--output", "json"]).json();
    let records = [
        event("good", 0.1, true),
        with("erased", "erased", json!(["/input/secret"])),
        with("erased elsewhere", "erased", json!(["/result/inputs"])),
        with("masked", "masked", json!(["/input/secret"])),
        with("path", "path", json!("other/package")),
        with("below", "path", json!("/lifecycle/promotion/allow")),
        with("random", "nd_builtin_cache", json!({"rand.intn": {"[\"a\", 2]": 1}})),
        with("clock", "nd_builtin_cache", json!({"time.now_ns": {"[]": 1663798091197612000_i64}})),
        with("text", "input", json!("text")),
        without,
        other,
        decision.clone(),
        json!({"decision": decision, "input": {"rate": 0.1}}),
        json!({"decision": decision, "inputs": {}}),
    ];
    let text = lines(&records) + "{\"decision_id\": \"cut\n7\n";
    let file = folder.add("log.jsonl", text);
    let ran = impact(&folder, &file, &[]);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 0
    --- stdout
    old \ new      promote      hold    reject  rollback
    promote              4         0         0         0
    hold                 0         0         0         0
    reject               0         0         0         0
    rollback             0         0         0         0

    12 records that cannot be replayed:
      log.jsonl:2 erased: erased_input: `erased` names `/input/secret`
      log.jsonl:4 masked: masked_input: `masked` names `/input/secret`
      log.jsonl:5 path: other_path: `other/package` was asked, not `lifecycle.promotion`
      log.jsonl:7 random: nondeterministic: the answer rested on `rand.intn`
      log.jsonl:9 text: unreadable: the input must be an object of facts, bare or under the one key `input`
      log.jsonl:10 no input: no_input: the event has no `input`
      log.jsonl:11 query: other_path: a query was asked: `data.x = y`
      log.jsonl:12: no_input: a decision holds only the digest of its input; record `{"decision": ..., "input": ...}`
      log.jsonl:13 sha256:...: other_input: the decision is about the input sha256:...
      log.jsonl:14 sha256:...: unreadable: `inputs` is no field of a record; there are `schema`, `decision`, `explanation`, `input`, `now`
      log.jsonl:15: unreadable: no JSON object: EOF while parsing a string at line 1 column 20
      log.jsonl:16: unreadable: no JSON object: invalid type: integer `7`, expected a map at line 1 column 1

    4 records replayed; nothing that was refused is approved without a review
    "#);
    let nothing = folder.add("none.jsonl", lines(&records[1..2]));
    impact(&folder, &nothing, &[]).fails(2, "none of 1 records can be replayed");
    impact(&folder, &folder.path("absent"), &[]).fails(2, "absent");
}

#[test]
fn a_record_is_held_against_its_own_answer() {
    let folder = folder("0.5", "0.5");
    let mut failed = event("failed", 0.1, true);
    failed["error"] = json!({"code": "eval_builtin_error", "message": "x"});
    let mut missing = event("guarded", 0.1, true);
    missing["input"] = json!({"rates": 1});
    let records = [event("same", 0.1, true), event("other", 0.6, true), failed, missing];
    let file = folder.add("log.json", Value::from(records.to_vec()).to_string());
    let ran = impact(&folder, &file, &[]);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 0
    --- stdout
    old \ new      promote      hold    reject  rollback
    promote              2         0         0         0
    hold                 0         1         0         0
    reject               0         0         1         0
    rollback             0         0         0         0

    3 records that the old policies now answer differently:
      log.json:1 other: logged approved, now reject: rate_exceeded (rate)
      log.json:1 failed: logged refused, now promote: nothing
      log.json:1 guarded: logged approved, now hold: fact_missing (rate)

    4 records replayed; nothing that was refused is approved without a review
    "#);
}

#[test]
fn our_decisions_are_replayed_with_their_input() {
    let folder = Folder::of(&[]);
    let input: Value = serde_json::from_str(phasegate_fixtures::PROMOTION_INPUT).expect("JSON");
    let mut records = Vec::new();
    for more in [&[][..], &["--require-checklist"], &["--now", "2026-03-01T10:00:00Z"]] {
        let args = [&["decide", "--input", PROMOTED, "--output", "json"], more].concat();
        records.push(json!({
            "schema": "phasegate/record/v1",
            "decision": run(&args).json(),
            "input": input["input"],
        }));
    }
    let file = folder.add("records.jsonl", lines(&records));
    let args = ["impact", "--old", "policies", "--new", "policies", &file];
    let ran = run(&args);
    assert_snapshot!(folder.strip(&ran), @r#"
    exit 0
    --- stdout
    old \ new      promote      hold    reject  rollback
    promote              2         0         0         0
    hold                 0         1         0         0
    reject               0         0         0         0
    rollback             0         0         0         0

    3 records replayed; nothing that was refused is approved without a review
    "#);
}

/// A policy that refuses only where the checklist is required: the comparison that says so is that
/// of the decision, not of the bare input.
#[test]
fn what_the_checklist_decides_is_told() {
    let rule = "violations contains {\"code\": \"checklist\", \"message\": \"missing\"} if {\n\
                \tobject.get(input, [\"options\", \"require_checklist\"], false) == true\n}\n";
    let allow = "package lifecycle.promotion\n\ndefault allow := false\n\nallow if count(violations) == 0\n\n";
    let folder = Folder::of(&[
        ("old/p.rego", &format!("{allow}{rule}")),
        ("new/p.rego", &format!("{allow}violations := set()\n")),
        ("input.json", "{\"rate\": 1}"),
    ]);
    let (old, input) = (folder.path("old"), folder.path("input.json"));
    let decide = ["decide", "--policy", &old, "--input", &input, "--output", "json"];
    let decision = run(&[&decide[..], &["--require-checklist"]].concat()).json();
    let record = json!({"decision": decision, "input": {"rate": 1}});
    let file = folder.add("records.json", record.to_string());
    let ran = impact(&folder, &file, &[]);
    assert_eq!(ran.code, 1, "{ran}");
    assert!(
        ran.stdout.contains("old checklist at p.rego:7 lifecycle.promotion.violations"),
        "{ran}"
    );
    assert!(ran.stdout.contains("observed true"), "{ran}");
}

#[test]
fn records_come_from_anywhere() {
    let folder = folder("0.5", "0.7");
    let events = Value::from(vec![event("a", 0.1, true), event("b", 0.6, false)]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(events.to_string().as_bytes()).expect("it is written");
    let file = folder.add("log.json.gz", gzip.finish().expect("it ends"));
    let zipped = impact(&folder, &file, &["-o", "json"]);
    assert_eq!((zipped.code, &zipped.json()["replayed"]), (1, &json!(2)), "{zipped}");
    let (old, new) = (folder.path("old"), folder.path("new"));
    let pretty = format!("{events:#}");
    let piped = run_with(&["impact", "--old", &old, "--new", &new, "-", "-o", "json"], pretty);
    assert_eq!(piped.json()["flips"]["count"], 1, "{piped}");
    let twice = run(&["impact", "--old", "-", "--new", &new, "-"]);
    twice.fails(2, "`-` is given twice");
    let few = impact(&folder, &file, &["--most", "0"]);
    assert!(few.stdout.contains("and 1 more flips"), "{few}");
}
