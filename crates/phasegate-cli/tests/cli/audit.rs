//! `phasegate audit`: the trail, kept and verified.

use serde_json::json;

use crate::support::{Folder, Ran, run, run_with};

const EVENT: &str = r#"{"event": {"time": "2026-03-01T10:00:00Z", "actor": "ada",
    "what": {"abort": {"reason": "errors"}}}}"#;

fn append(folder: &Folder, entry: &str, more: &[&str]) -> Ran {
    let trail = folder.path("audit.jsonl");
    let args = ["audit", "append", &trail, "-", "--time", "2026-03-01T10:00:01Z"];
    run_with(&[&args, more].concat(), entry)
}

fn verify(folder: &Folder, more: &[&str]) -> Ran {
    let trail = folder.path("audit.jsonl");
    run(&[&["audit", "verify", &trail], more].concat())
}

fn read(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("audit.jsonl")).expect("the trail")
}

#[test]
fn what_is_appended_is_verified() {
    let folder = Folder::of(&[]);
    let head = folder.path("head.json");
    let decision = run(&["decide", "fixtures/scenarios/dearer", "--output", "json"]).stdout;
    for (entry, line) in [(EVENT, 1), (decision.as_str(), 2), (EVENT, 3)] {
        let ran = append(&folder, entry, &["--head", &head]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        assert!(ran.stdout.starts_with(&format!("line {line} of ")), "{ran}");
    }
    let ran = verify(&folder, &["--head", &head]);
    assert_eq!(folder.strip(&ran), "exit 0\n--- stdout\nSOUND  audit.jsonl: 3 lines\n\n");
    let answer = verify(&folder, &["--output", "json"]).json();
    assert_eq!(answer["sound"], true);
    assert_eq!(answer["head"]["lines"], 3);
    assert_eq!(answer["sound_bytes"], read(&folder).len());
    let ran = append(&folder, EVENT, &["--output", "json"]);
    assert_eq!(ran.json()["head"]["lines"], 4);
    assert_eq!(ran.json()["torn_bytes"], 0);
    let records: Vec<serde_json::Value> =
        read(&folder).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records[1]["entry"]["decision"]["outcome"], "reject");
    assert_eq!(records[3]["time"], "2026-03-01T10:00:01Z");
}

#[test]
fn edits_and_cuts_are_found_where_they_are() {
    let folder = Folder::of(&[]);
    let head = folder.path("head.json");
    for _ in 0..4 {
        append(&folder, EVENT, &["--head", &head]);
    }
    let whole = read(&folder);
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let edited = whole.replacen("ada", "eve", 2).replacen("eve", "ada", 1);
    let cut = [lines[0], lines[2], lines[3]].concat();
    let short = lines[..3].concat();
    for (trail, more, says) in [
        (&edited, &[][..], "line 3 (byte "),
        (&cut, &[], "1 lines are missing before it"),
        (&short, &["--head", head.as_str()], "with 4 lines; its end was cut off or changed"),
    ] {
        folder.add("audit.jsonl", trail);
        let ran = verify(&folder, more);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.stdout.starts_with("BROKEN") && ran.stdout.contains(says), "{ran}");
        let answer = verify(&folder, &[more, &["--output", "json"]].concat()).json();
        assert_eq!(answer["sound"], false);
        assert!(answer["breaks"][0]["message"].is_string(), "{answer}");
        // Nothing is appended to what vouches for nothing.
        let ran = append(&folder, EVENT, more);
        assert_eq!(ran.code, 1, "{ran}");
        assert_eq!(&read(&folder), trail);
    }
    // The end alone cannot be seen to be missing.
    folder.add("audit.jsonl", &short);
    assert_eq!(verify(&folder, &[]).code, 0);
}

#[test]
fn a_torn_line_is_told_and_cut_off() {
    let folder = Folder::of(&[]);
    append(&folder, EVENT, &[]);
    let whole = read(&folder);
    folder.add("audit.jsonl", format!("{whole}{}", &whole[..20]));
    let ran = verify(&folder, &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains(&format!("TORN after byte {}", whole.len())), "{ran}");
    assert_eq!(verify(&folder, &["--output", "json"]).json()["torn"], true);
    let ran = append(&folder, EVENT, &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("a torn last line of 20 bytes was cut off"), "{ran}");
    let ran = verify(&folder, &[]);
    assert!(ran.stdout.contains("2 lines") && !ran.stdout.contains("TORN"), "{ran}");
    assert!(read(&folder).starts_with(&whole));
}

#[test]
fn a_line_that_lacks_its_line_feed_alone_is_kept() {
    let folder = Folder::of(&[]);
    append(&folder, EVENT, &[]);
    append(&folder, EVENT, &[]);
    let whole = read(&folder);
    folder.add("audit.jsonl", whole.trim_end());
    let ran = append(&folder, EVENT, &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    assert!(read(&folder).starts_with(&whole));
    let ran = verify(&folder, &[]);
    assert!(ran.stdout.contains("SOUND") && ran.stdout.contains("3 lines"), "{ran}");
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = Folder::of(&[]);
    verify(&folder, &[]).fails(2, "cannot read");
    for (entry, says) in [
        ("{}", "is no entry"),
        (r#"{"event": {"actor": "ada"}}"#, "give a decision, or an object with `event`"),
        (r#"{"schema": "phasegate/decision/v1"}"#, "missing"),
        ("", "is empty"),
    ] {
        append(&folder, entry, &[]).fails(2, says);
    }
    assert!(!std::path::Path::new(&folder.path("audit.jsonl")).exists());
    let head = folder.add("head.json", json!({"lines": "three"}).to_string());
    append(&folder, EVENT, &["--head", &head]).fails(2, "is not the head of a trail");
}
