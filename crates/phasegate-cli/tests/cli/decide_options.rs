//! `phasegate decide`: its options, and what a program reads.

use insta::assert_snapshot;
use phasegate::{Decision, Outcome, Timestamp};
use phasegate_fixtures::PROMOTION_INPUT;
use serde_json::json;

use crate::support::{Folder, PROMOTED, bundle, joined, run, run_with};

/// Decides about the runbook's input with these options more.
fn decide(more: &[&str]) -> crate::support::Ran {
    run(&[&["decide", "--input", PROMOTED], more].concat())
}

/// The decision that is printed as JSON.
#[track_caller]
fn decision(more: &[&str]) -> Decision {
    let ran = decide(&[&["--output", "json"], more].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

#[test]
fn each_outcome_has_its_exit_code() {
    let cases: [(&[&str], Outcome, i32); 6] = [
        (&[], Outcome::Promote, 0),
        (&["--require-checklist"], Outcome::Hold, 3),
        (&["--set", "metrics.error_rate=null"], Outcome::Hold, 3),
        (&["--set", "metrics.error_rate=0.03"], Outcome::Reject, 4),
        (&["--set", "metrics.error_rate=0.2"], Outcome::Rollback, 5),
        // A policy that fails is a hold: there is a decision.
        (&["--deadline", "0.000000001"], Outcome::Hold, 3),
    ];
    for (options, outcome, code) in cases {
        assert_eq!(decide(options).code, code, "{options:?}");
        assert_eq!(decision(options).outcome, outcome, "{options:?}");
    }
}

#[test]
fn json_is_one_canonical_line_that_reads_back() {
    for change in ["metrics.error_rate=0.01", "metrics.error_rate=0.2", "version.id=\u{7f}\u{9b}"] {
        let ran = decide(&["--output", "json", "--set", change]);
        let line = ran.stdout.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{line}");
        let decision: Decision = serde_json::from_str(line).expect("a decision");
        let bytes = decision.to_canonical_bytes().expect("it is canonical");
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), line);
        // The name of a version decides nothing, which is noted.
        assert_eq!(ran.stderr.is_empty(), !change.starts_with("version.id"), "{}", ran.stderr);
    }
}

#[test]
fn an_explanation_comes_beside_the_decision() {
    let explained = decide(&["--output", "json", "--explain"]);
    assert_eq!(explained.stdout.lines().count(), 1);
    let both = explained.json();
    let alone = decide(&["--output", "json"]).json();
    assert_eq!(both.get("decision"), Some(&alone));
    assert_eq!(both.pointer("/explanation/flip/path"), Some(&json!("metrics.security_pass_rate")));
    let checks = both.pointer("/explanation/checks").and_then(|checks| checks.as_array());
    assert!(checks.is_some_and(|checks| !checks.is_empty()), "{both}");
}

#[test]
fn what_ifs_change_facts() {
    let fails = |change: &str, says: &str| decide(&["--set", change]).fails(2, says);
    let outcome = |change: &str| decision(&["--set", change]).outcome;
    assert_eq!(outcome("metrics.error_rate=0.02"), Outcome::Promote);
    assert_eq!(outcome("input.metrics.error_rate=3e-2"), Outcome::Reject);
    assert_eq!(outcome("version.state=gray"), Outcome::Promote);
    assert_eq!(outcome("version.state=\"stable\""), Outcome::Reject);
    // Text is text: `yes` is no number.
    assert_eq!(outcome("metrics.error_rate=yes"), Outcome::Hold);
    // What is not there is made.
    assert_eq!(outcome("shadow.requests=5000"), Outcome::Hold);
    assert_eq!(
        outcome("incidents=[{\"id\": \"i\", \"version_place\": \"V2\", \"active\": true}]"),
        Outcome::Hold
    );
    let both = ["--set", "shadow.requests=5000", "--set", "shadow.hours=30"];
    assert_eq!(decision(&both).outcome, Outcome::Promote);
    // The last one counts.
    let twice = ["--set", "metrics.error_rate=0.2", "--set", "metrics.error_rate=0.01"];
    assert_eq!(decision(&twice).outcome, Outcome::Promote);
    // Nothing but the fact differs, so that the id is that of the same facts in a file.
    let changed = PROMOTION_INPUT.replace("\"error_rate\": 0.01", "\"error_rate\": 0.03");
    let by_file = run_with(&["decide", "-i", "-", "-o", "json"], changed);
    assert_eq!(decide(&["-o", "json", "--set", "metrics.error_rate=0.03"]).stdout, by_file.stdout);

    fails("metrics.error_rate", "write it as PATH=VALUE");
    fails("metrics..x=1", "`metrics..x` is not a path");
    fails("metrics.error_rate.x=1", "goes through `metrics.error_rate`");
    fails("incidents[2].active=true", "goes through `incidents`");
    fails("metrics.error_rate=1e999", "beyond the range of a double");
    fails("incidents=[", "not valid JSON");
    fails("metrics={\"a\": 1, \"a\": 2}", "key given twice");
}

#[test]
fn a_policy_that_asks_for_the_time_needs_it() {
    let folder = Folder::of_policy(
        "default allow := false\n\nallow if time.now_ns() >= time.parse_rfc3339_ns(\"2026-03-01T10:00:00Z\")",
    );
    let policy = folder.path("");
    let now = |now: &str| decision(&["--policy", &policy, "--now", now]);
    let without = decision(&["--policy", &policy]);
    assert_eq!(without.outcome, Outcome::Hold);
    assert_eq!(without.reasons.first().map(|reason| reason.code.as_str()), Some("clock_missing"));
    assert_eq!(now("2026-03-01T09:59:59.999999999Z").outcome, Outcome::Reject);
    let later = now("2026-03-01T12:00:00+02:00");
    assert_eq!(later.outcome, Outcome::Promote);
    let expected: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a time");
    assert_eq!(later.basis.now, Some(expected));
    decide(&["--now", "tomorrow"]).fails(2, "write it as RFC 3339");
}

#[test]
fn policies_come_from_a_folder_a_bundle_a_file_or_a_pipe() {
    let rule = "package lifecycle.promotion\n\nallow if input.metrics.error_rate < 0.02\n";
    let bytes = bundle(&[("promotion.rego", rule), (".manifest", r#"{"revision": "r1"}"#)]);
    let folder = Folder::of(&[("set/promotion.rego", rule)]);
    let archive = folder.add("bundle.tar.gz", &bytes);
    let file = folder.path("set/promotion.rego");
    let expected = decision(&["--policy", &folder.path("set")]);
    assert_eq!(expected.outcome, Outcome::Promote);
    for policy in [&archive, &file] {
        assert_eq!(decision(&["-p", policy]), expected, "{policy}");
    }
    for stdin in [bytes.as_slice(), rule.as_bytes()] {
        let args = ["decide", "-i", PROMOTED, "-p", "-", "-o", "json"];
        let ran = run_with(&args, stdin);
        let decision: Decision = serde_json::from_str(&ran.stdout).expect("a decision");
        assert_eq!(decision, expected);
    }
    let embedded = decision(&[]);
    assert_eq!(decision(&["--policy", "policies"]), embedded);
}

#[test]
fn other_packages_can_be_asked() {
    let folder = Folder::of(&[
        ("gate.rego", "package team.gate\n\nallow := true\n"),
        (
            "back.rego",
            "package team.back\n\nreasons contains {\"code\": \"c\", \"message\": \"m\"} if input.bad\n",
        ),
    ]);
    let policy = folder.path("");
    let args = |bad| {
        let set = format!("bad={bad}");
        let packages = ["--promotion-package", "team.gate", "--rollback-package", "data.team.back"];
        decision(&[&["--policy", &policy, "--set", &set], packages.as_slice()].concat()).outcome
    };
    assert_eq!(args(false), Outcome::Promote);
    assert_eq!(args(true), Outcome::Rollback);
    decide(&["--promotion-package", "a b"]).fails(2, "write it like `lifecycle.promotion`");
}

#[test]
fn a_policy_set_that_does_not_load_gives_no_decision() {
    let folder = Folder::of_policy(
        "allow if {\n\tinput.metrics.error_rate < 0.02\n\tnope(1)\n}\n\nallow if input[input.key]",
    );
    let ran = decide(&["--policy", &folder.path("")]);
    assert_snapshot!(ran, @"
    exit 2
    --- stderr
    error[rego_type_error]: undefined function `nope`
     --> promotion.rego:5:2
      |
    5 |     nope(1)
      |     ^^^^
      |
      = help: define it, or import the package that does
    error: no decision: the policy set does not load
    ");
    let ran = decide(&["--policy", "policies", "--promotion-package", "foo"]);
    assert_snapshot!(ran, @"
    exit 2
    --- stderr
    error[rego_type_error]: no file defines `allow` or `deny` in package `foo`
     |
     = help: define it, or name the package that does
    error: no decision: the policy set does not load
    ");
}

#[test]
fn a_policy_that_cannot_be_read_says_why() {
    let folder = Folder::of(&[("empty/readme.md", "nothing"), ("bundle.tar.gz", "no archive")]);
    let of = |path: &str| folder.strip(&decide(&["--policy", path]));
    assert_snapshot!(of(&folder.path("none")), @"
    exit 2
    --- stderr
    error: `none` does not exist; give a directory, a bundle (`.tar.gz`) or a `.rego` file
    ");
    assert_snapshot!(of(&folder.path("empty")), @"
    exit 2
    --- stderr
    error: `empty` holds no `.rego` file; give the directory or bundle that holds the policies (hidden files and folders are ignored)
    ");
    assert_snapshot!(of(&folder.path("bundle.tar.gz")), @"
    exit 2
    --- stderr
    error: `bundle.tar.gz` is not a usable bundle: it is not gzip-compressed; copy or build it anew
    ");
    assert_snapshot!(of(PROMOTED), @"
    exit 2
    --- stderr
    error: `fixtures/promotion-input.json` is not a policy set: give a directory, a bundle (`.tar.gz`) or a `.rego` file
    ");
}

#[test]
fn a_bundle_that_climbs_out_is_refused() {
    let bytes = {
        // `append_data` refuses such a name; a header written by hand does not.
        let mut header = tar::Header::new_gnu();
        let name = b"../../evil.rego";
        header.as_gnu_mut().expect("GNU").name[..name.len()].copy_from_slice(name);
        header.set_size(0);
        header.set_mode(0o644);
        header.set_cksum();
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        archive.append(&header, std::io::empty()).expect("it is appended");
        archive.into_inner().expect("it ends").finish().expect("it ends")
    };
    let ran = run_with(&["decide", "-i", PROMOTED, "-p", "-"], bytes);
    ran.fails(2, "reaches outside itself");
}

#[test]
fn deep_policies_need_an_option() {
    let chain = joined((0..60).map(|i| format!("r{i} := r{}\n", i + 1)));
    let folder = Folder::of_policy(&format!("allow := r0\n{chain}r60 := true\n"));
    let policy = folder.path("");
    decide(&["--policy", &policy]).fails(2, "rego_depth_error");
    assert_eq!(decision(&["--policy", &policy, "--max-depth", "256"]).outcome, Outcome::Promote);
    decide(&["--max-depth", "257"]).fails(2, "257");
    decide(&["--deadline", "0"]).fails(2, "write it as seconds");
}

#[test]
fn a_change_of_what_no_rule_reads_is_told() {
    let note = |change: &str| decide(&["--output", "json", "--set", change]).stderr;
    assert_eq!(
        note("metrics.eror_rate=0.2"),
        "note: no rule reads `metrics.eror_rate`, so that it changes nothing; did you mean \
         `metrics.error_rate`?\n"
    );
    assert_eq!(
        note("nothing.of.the.sort=1"),
        "note: no rule reads `nothing.of.the.sort`, so that it changes nothing\n"
    );
    let many: Vec<String> = (0..50).map(|i| format!("--set=nothing.of{i}=1")).collect();
    let mut arguments = vec!["--output", "json"];
    arguments.extend(many.iter().map(String::as_str));
    assert_eq!(
        decide(&arguments).stderr,
        "note: no rule reads `nothing.of0` and 49 more of what --set changes, so that they change \
         nothing\n"
    );
    for read in ["metrics.error_rate=0.2", "incidents=[]", "shadow.hours=30"] {
        assert_eq!(note(read), "", "{read}");
    }
}

#[test]
fn what_must_be_equal_is_told_as_such() {
    let rules = "default allow := false\nallow if count(violations) == 0
violations contains {\"code\": \"open\", \"message\": \"m\"} if input.incidents != 0";
    let folder = Folder::of_policy(rules);
    let input = folder.add("input.json", r#"{"incidents": 2}"#);
    let ran = run(&["decide", "--input", &input, "--policy", &folder.path("")]);
    assert!(ran.stdout.contains("incidents == 0 (now 2, 100 % away)"), "{}", ran.stdout);
}
