//! `phasegate watch`: what fires, as it fires.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Folder, Ran, command, run, run_with};

const RUNBOOK: &str = "crates/phasegate-core/src/plan/runbook.yaml";

/// A plan with these triggers alone.
fn plan(triggers: &str) -> String {
    let plan = std::fs::read_to_string(crate::support::root().join(RUNBOOK)).expect("the plan");
    let kept = plan.split("triggers:").next().expect("the head");
    format!("{kept}triggers:\n{triggers}\n")
}

const SPIKE: &str = "  - {id: error_spike, when: {threshold: {metric: error_rate, limit: \
                     {absolute: 0.1}}}, min_samples: 50, action: abort, missing: ignore}";
const BUDGET: &str = "  - {id: cost_budget, when: {daily_budget: {limit_usd: 50}}, \
                      action: pause_evaluation, missing: ignore}";

/// One record a minute, with so many errors of a hundred requests.
fn line(minute: u64, errors: u64) -> String {
    let record = json!({
        "schema": "phasegate/observation/v1",
        "source": "gateway",
        "sequence": minute,
        "time": format!("2026-03-01T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60),
        "candidate": {"requests": 100, "errors": errors},
    });
    format!("{record}\n")
}

fn lines(errors: &[u64]) -> String {
    (0..).zip(errors).map(|(minute, errors)| line(minute, *errors)).collect()
}

/// Ten minutes of which the fourth and the fifth are bad.
const BURST: [u64; 12] = [1, 1, 1, 40, 60, 1, 1, 1, 1, 1, 1, 1];

fn folder(triggers: &str) -> (Folder, String) {
    let folder = Folder::of(&[("plan.yaml", &plan(triggers))]);
    let plan = folder.path("plan.yaml");
    (folder, plan)
}

fn watch(plan: &str, more: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    run_with(&[&["watch", "--plan", plan], more, &["-"]].concat(), stdin)
}

#[test]
fn what_fires_is_told_as_it_fires() {
    let (_folder, plan) = folder(SPIKE);
    assert_snapshot!(watch(&plan, &[], lines(&BURST)), @"
    exit 5
    --- stdout
    2026-03-01T10:03:00Z  FIRED  error_spike  abort: error_rate 0.1075 (43 bad of 400) is above 0.1 over 5m; since 2026-03-01T10:03:00Z
    2026-03-01T10:09:00Z  ENDED  error_spike  since 2026-03-01T10:03:00Z
    ROLLBACK: abort  12 observations up to 2026-03-01T10:11:00Z
    ");
    assert_snapshot!(watch(&plan, &["-o", "json"], lines(&BURST)), @r#"
    exit 5
    --- stdout
    {"event":"fired","schema":"phasegate/watch/v1","trigger":{"action":"abort","evidence":[{"bad":43,"limit":0.1,"met":true,"observed":0.1075,"of":"error_rate","relation":"above","samples":400,"window":"5m"}],"id":"error_spike","since":"2026-03-01T10:03:00Z","status":"fired"}}
    {"event":"cleared","schema":"phasegate/watch/v1","trigger":{"action":"abort","id":"error_spike","since":"2026-03-01T10:03:00Z","until":"2026-03-01T10:09:00Z"}}
    {"event":"end","schema":"phasegate/watch/v1","summary":{"action":null,"ahead":0,"bad":0,"clock":"2026-03-01T10:11:00Z","duplicates":0,"late":0,"missed":0,"other_phase":0,"renumbered":0,"stopped":false,"taken":12,"too_many_sources":0,"worst":"abort"},"triggers":[]}
    "#);
    assert_snapshot!(watch(&plan, &[], lines(&[1; 12])), @"
    exit 0
    --- stdout
    QUIET  12 observations up to 2026-03-01T10:11:00Z
    ");
}

#[test]
fn the_worst_is_the_exit_code() {
    let (folder, plan) = folder(&format!("{SPIKE}\n{BUDGET}"));
    let mut record: Value = serde_json::from_str(&line(12, 0)).expect("JSON");
    record["cost_usd"] = json!(50);
    let at = record.to_string();
    record["cost_usd"] = json!(50.01);
    let beyond = record.to_string();
    for (stream, code) in [
        (lines(&[10; 12]), 0),
        (lines(&[11; 12]), 5),
        // What asked for a rollback stands when it has ended.
        (lines(&BURST), 5),
        (at, 0),
        (beyond.clone(), 3),
        (lines(&BURST) + &beyond, 5),
        (String::new(), 0),
    ] {
        let ran = watch(&plan, &[], &stream);
        assert_eq!(ran.code, code, "{ran}");
    }
    // At the reset of the day the budget is whole again.
    let ran = watch(&plan, &["--now", "2026-03-02T00:00:00Z"], &beyond);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("ENDED  cost_budget"), "{ran}");
    // The whole runbook lacks data, and holds.
    let whole = run_with(&["watch", "--plan", RUNBOOK, "-"], lines(&[1; 12]));
    assert_eq!(whole.code, 3, "{whole}");
    drop(folder);
}

#[test]
fn a_restart_changes_nothing() {
    let (folder, plan) = folder(&format!("{SPIKE}\n{BUDGET}"));
    let whole = watch(&plan, &["-o", "json"], lines(&BURST)).json_lines();
    let state = folder.path("state.json");
    for cut in 0..=BURST.len() {
        std::fs::remove_file(&state).ok();
        let all = lines(&BURST);
        let split: usize = all.split_inclusive('\n').take(cut).map(str::len).sum();
        let more = ["--state", state.as_str(), "-o", "json"];
        let first = watch(&plan, &more, &all[..split]).json_lines();
        // What is known already is passed over.
        let rest = watch(&plan, &more, &all).json_lines();
        let events = |lines: &[Value]| lines[..lines.len() - 1].to_vec();
        let both = [events(&first), events(&rest)].concat();
        assert_eq!(both, events(&whole), "{cut}");
        let end = &rest.last().expect("the end")["summary"];
        assert_eq!(
            end["duplicates"].as_u64().map(|same| same + end["late"].as_u64().unwrap_or(0)),
            Some(cut as u64),
            "{end}"
        );
        assert_eq!(end["clock"], "2026-03-01T10:11:00Z");
    }
    let kept = std::fs::read(&state).expect("the state");
    assert!(kept.len() < 4096, "{} bytes", kept.len());
    // It is of this plan.
    let other = folder.add("other.yaml", super::watch::plan(SPIKE));
    watch(&other, &["--state", &state], "").fails(2, "the state belongs to the plan");
}

#[test]
fn csv_says_the_same_as_json() {
    let (folder, plan) = folder(&format!("{SPIKE}\n{BUDGET}"));
    let header = "time,source,sequence,candidate.requests,candidate.errors,cost_usd\n".to_owned();
    let rows = BURST.iter().enumerate().map(|(minute, errors)| {
        format!("2026-03-01T10:{minute:02}:00Z,gateway,{minute},100,{errors},\n")
    });
    let csv: String = std::iter::once(header).chain(rows).collect();
    let file = folder.add("seen.csv", &csv);
    let ran = run(&["watch", "--plan", &plan, "-o", "json", &file]);
    let same = watch(&plan, &["-o", "json"], lines(&BURST));
    assert_eq!((ran.code, &ran.stdout), (same.code, &same.stdout));
    let piped = watch(&plan, &["--format", "csv", "-o", "json"], csv.replace('\n', "\r\n"));
    assert_eq!(piped.stdout, same.stdout, "{piped}");
    // Without a source and a number a row has those of its line.
    let plain = "time,candidate.requests,candidate.errors\n2026-03-01T10:00:00Z,100,11.0\n";
    let ran = watch(&plan, &["--format", "csv"], plain);
    assert_eq!((ran.code, ran.stderr.as_str()), (5, ""), "{ran}");
    for (csv, says) in [
        ("when,value\n", "line 1: the column `when` is none of observations"),
        ("candidate.requests\n", "there is no column `time`"),
        ("time,time\n", "the column `time` is there twice"),
    ] {
        watch(&plan, &["--format", "csv"], csv).fails(2, says);
    }
    for (row, says) in [
        ("2026-03-01T10:00:00Z,x,1", "line 2: `candidate.requests`: `x` is not a number"),
        ("2026-03-01T10:00:00Z,1,2", "`candidate.errors`: more than `requests`"),
        ("yesterday,1,0", "line 2: `yesterday` is not a time"),
        ("2026-03-01T10:00:00Z,1", "it has 2 fields, and the header 3 columns"),
        (",1,0", "`time`: missing"),
    ] {
        let csv = format!("time,candidate.requests,candidate.errors\n{row}\n");
        let ran = watch(&plan, &["--format", "csv"], csv);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(says), "no `{says}` in {ran}");
    }
}

#[test]
fn bad_lines_have_their_place_and_reason() {
    let (folder, plan) = folder(SPIKE);
    let long = format!("{{\"source\": \"{}\"}}\n", "x".repeat(1 << 16));
    let bad = format!("{}nope\n\n{long}{}", line(0, 1), line(1, 1));
    let file = folder.add("seen.jsonl", &bad);
    let ran = run(&["watch", "--plan", &plan, "--max-bad-lines", "2", &file]);
    assert_snapshot!(folder.strip(&ran), @"
    exit 0
    --- stdout
    QUIET  2 observations up to 2026-03-01T10:01:00Z; 2 lines that cannot be used

    --- stderr
    error: seen.jsonl: line 2: line 1, column 2: not valid JSON: expected ident
    error: seen.jsonl: line 4: it has more than the limit of 65536 bytes
    ");
    let ran = run(&["watch", "--plan", &plan, "--max-bad-lines", "1", &file]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stdout.starts_with("STOPPED"), "{ran}");
    // What fired before stands.
    let ran = watch(&plan, &[], lines(&BURST) + "nope\n");
    assert_eq!(ran.code, 5, "{ran}");
    // The last line may lack its line feed.
    let ran = watch(&plan, &[], lines(&[50]).trim_end());
    assert_eq!(ran.code, 5, "{ran}");
    run(&["watch", "--plan", &plan, "nowhere.jsonl"]).fails(2, "cannot read nowhere.jsonl");
    run(&["watch", "--plan", &plan, "crates"]).fails(2, "is a folder");
    let none = folder.add("none.yaml", plan_without_triggers());
    run(&["watch", "--plan", &none, &file]).fails(2, "has no `triggers`");
}

fn plan_without_triggers() -> String {
    plan("").replace("triggers:", "")
}

#[test]
fn odd_observations_are_counted() {
    let (_folder, plan) = folder(SPIKE);
    let stream = [line(3, 1), line(3, 1), line(2, 1), line(9, 1)].concat();
    let mut other: Value = serde_json::from_str(&line(10, 1)).expect("JSON");
    other["phase"] = json!("gray_7");
    let ran = watch(&plan, &["-o", "json"], format!("{stream}{other}\n"));
    let lines = ran.json_lines();
    let summary = &lines.last().expect("the end")["summary"];
    for (count, number) in
        [("taken", 3), ("duplicates", 1), ("late", 1), ("missed", 5), ("other_phase", 1)]
    {
        assert_eq!(summary[count], number, "{count}: {ran}");
    }
    assert!(ran.stderr.contains("of the phase `gray_7`, which the plan does not have"), "{ran}");
}

#[test]
fn it_follows_a_file_until_a_rollback_is_asked_for() {
    let (folder, plan) = folder(SPIKE);
    let file = folder.add("seen.jsonl", lines(&[1, 1, 1]));
    let state = folder.path("state.json");
    let args = ["watch", "--plan", &plan, "--state", &state, "--follow", "-o", "json", &file];
    let mut child = command(&args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    // The state says when the end was reached.
    while !std::path::Path::new(&state).exists() {
        assert!(child.try_wait().expect("it runs").is_none(), "it waits for more");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut appended = std::fs::OpenOptions::new().append(true).open(&file).expect("the file");
    let burst = line(3, 90);
    let (head, tail) = burst.split_at(30);
    appended.write_all(head.as_bytes()).expect("half a line");
    appended.flush().expect("written");
    std::thread::sleep(std::time::Duration::from_millis(300));
    appended.write_all(tail.as_bytes()).expect("the rest");
    drop(appended);
    let mut text = String::new();
    out.read_line(&mut text).expect("a line");
    let fired: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&fired["event"], &fired["trigger"]["id"]),
        (&json!("fired"), &json!("error_spike"))
    );
    assert_eq!(child.wait().expect("it ends").code(), Some(5));
}

#[test]
fn rows_without_numbers_go_on_in_the_next_file() {
    let (folder, plan) = folder(SPIKE);
    let header = "time,candidate.requests,candidate.errors\n";
    let day = |hour: u64, errors: u64| {
        format!("{header}2026-03-01T{hour}:00:00Z,100,1\n2026-03-01T{hour}:01:00Z,100,{errors}\n")
    };
    let first = folder.add("first.csv", day(10, 1));
    let state = folder.path("state.json");
    let args = |file: &str| run(&["watch", "--plan", &plan, "--state", &state, file]);
    assert_eq!(args(&first).code, 0);
    let second = folder.add("second.csv", day(11, 90));
    let ran = args(&second);
    assert_eq!(ran.code, 5, "{ran}");
    // The same file again says nothing new.
    let ran = args(&second);
    assert!(ran.stdout.contains("0 observations"), "{ran}");
    // Two rows of one moment are two.
    let twice = format!("{header}2026-03-01T10:00:00Z,30,30\n2026-03-01T10:00:00Z,30,30\n");
    let ran = watch(&plan, &["--format", "csv"], twice);
    assert!(ran.code == 5 && ran.stdout.contains("2 observations"), "{ran}");
    assert!(!ran.stdout.contains("missing"), "{ran}");
}

#[test]
fn what_nobody_judged_holds() {
    let (folder, plan) = folder(SPIKE);
    // Newer than all before it, with a number that was given before.
    let mut anew: Value = serde_json::from_str(&line(9, 90)).expect("JSON");
    anew["sequence"] = json!(1);
    let ran = watch(&plan, &[], lines(&[1, 1, 1]) + &format!("{anew}\n"));
    assert_snapshot!(ran, @"
    exit 3
    --- stdout
    HOLD: not all could be judged  3 observations up to 2026-03-01T10:02:00Z; 1 numbered anew

    --- stderr
    `gateway` number 1 is of 2026-03-01T10:09:00Z, newer than all before it, and that number was given before: passed over; number the records of a source ascending
    ");
    // One of a far future does not stop the clock of the others.
    let mut ahead: Value = serde_json::from_str(&line(3, 1)).expect("JSON");
    ahead["time"] = json!("2199-01-01T00:00:00Z");
    ahead["source"] = json!("other");
    let ran = watch(&plan, &[], format!("{ahead}\n") + &lines(&[1, 1]));
    assert!(ran.code == 3 && ran.stdout.contains("1 ahead of the clock"), "{ran}");
    let ran = watch(&plan, &[], format!("{ahead}\n") + &lines(&[90, 90]));
    assert_eq!(ran.code, 5, "{ran}");
    drop(folder);
}

#[test]
fn a_state_that_cannot_be_kept_hides_no_rollback() {
    let (folder, plan) = folder(SPIKE);
    let nowhere = folder.path("no/such/folder/state.json");
    let ran = watch(&plan, &["--state", &nowhere], lines(&BURST));
    assert_eq!(ran.code, 5, "{ran}");
    assert!(ran.stdout.contains("ROLLBACK") && ran.stderr.contains("cannot be written"), "{ran}");
    let ran = watch(&plan, &["--state", &nowhere], lines(&[1]));
    assert_eq!(ran.code, 2, "{ran}");
}

#[cfg(unix)]
#[test]
fn it_follows_a_name_to_another_file() {
    let (folder, plan) = folder(SPIKE);
    let file = folder.add("seen.jsonl", lines(&[1, 1, 1]));
    let state = folder.path("state.json");
    let mut child = command(&["watch", "--plan", &plan, "--state", &state, "--follow", &file])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    while !std::path::Path::new(&state).exists() {
        assert!(child.try_wait().expect("it runs").is_none(), "it waits for more");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::fs::rename(&file, folder.path("seen.1.jsonl")).expect("a rename");
    std::fs::write(&file, lines(&[1, 1, 1]) + &line(3, 90)).expect("another file");
    assert_eq!(child.wait().expect("it ends").code(), Some(5));
}
