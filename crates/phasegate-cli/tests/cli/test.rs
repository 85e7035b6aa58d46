//! `phasegate test` as its users meet it. The forms of `pretty` are those of OPA's
//! v1/tester/reporter.go; the values below a statement stand where `cmd/test_test.go`
//! (`TestFailVarValues`) has them.

use serde_json::{Value, json};

use crate::support::{Folder, Ran, bundle, command, finish, joined, run, run_with};

const POLICY: &str = "package gate

default allow := false

allow if {
\tinput.rate < limit
\tnot input.stop
}

limit := 3 if input.gold

limit := 1 if not input.gold
";

const TESTS: &str = "package gate_test

import data.gate

test_low if gate.allow with input as {\"rate\": 0}

test_gold[name] if {
\tsome name, rate in {\"two\": 2, \"five\": 5}
\tgate.allow with input as {\"rate\": rate, \"gold\": true}
}

test_high if {
\trate := 1
\tprint(\"rate\", rate)
\tgate.limit < rate with input as {\"rate\": rate}
}

test_twice if twice

twice := 1

twice := 2

todo_test_stop if false
";

const TOLD: &str = r"gate_test.rego:7:
data.gate_test.test_gold: FAIL (TIME)
  five: FAIL
gate_test.rego:12:
data.gate_test.test_high: FAIL (TIME)

  rate 1

gate_test.rego:18:
data.gate_test.test_twice: ERROR (TIME)
  gate_test.rego:22: eval_conflict_error: complete rules must not produce multiple outputs
gate_test.rego:24:
data.gate_test.todo_test_stop: SKIPPED
";

const COUNTS: &str = r"--------------------------------------------------------------------------------
PASS: 2/6
FAIL: 2/6
SKIPPED: 1/6
ERROR: 1/6
";

const FAILURES: &str = "--------------------------------------------------------------------------------\n\
FAILURES\n\
--------------------------------------------------------------------------------\n\
data.gate_test.test_gold: FAIL (TIME)\n\
\n\
\x20 five: FAIL\n\
\n\
\x20   gate_test.rego:9:\n\
\x20     \tgate.allow with input as {\"rate\": rate, \"gold\": true}\n\
\x20     \t|                                 |\n\
\x20     \t|                                 5\n\
\x20     \tfalse\n\
\n\
data.gate_test.test_high: FAIL (TIME)\n\
\n\
\x20 gate_test.rego:15:\n\
\x20   \tgate.limit < rate with input as {\"rate\": rate}\n\
\x20   \t|            |                           |\n\
\x20   \t|            |                           1\n\
\x20   \t|            1\n\
\x20   \t1\n\
\n\
";

const JUNIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="6" failures="2" errors="1" skipped="1" time="T">
  <testsuite name="data.gate_test" tests="6" failures="2" errors="1" skipped="1" time="T">
    <testcase classname="data.gate_test" name="test_low" file="gate_test.rego" line="5" time="T"/>
    <testcase classname="data.gate_test" name="test_gold[five]" file="gate_test.rego" line="7" time="T">
      <failure message="gate_test.rego:9">gate.allow with input as {&quot;rate&quot;: rate, &quot;gold&quot;: true}</failure>
    </testcase>
    <testcase classname="data.gate_test" name="test_gold[two]" file="gate_test.rego" line="7" time="T"/>
    <testcase classname="data.gate_test" name="test_high" file="gate_test.rego" line="12" time="T">
      <failure message="gate_test.rego:15">gate.limit &lt; rate with input as {&quot;rate&quot;: rate}</failure>
      <system-out>rate 1&#10;</system-out>
    </testcase>
    <testcase classname="data.gate_test" name="test_twice" file="gate_test.rego" line="18" time="T">
      <error type="eval_conflict_error" message="gate_test.rego:22: eval_conflict_error: complete rules must not produce multiple outputs"/>
    </testcase>
    <testcase classname="data.gate_test" name="todo_test_stop" file="gate_test.rego" line="24" time="T">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>
"#;

const GITHUB: &str = r#"::error file=gate_test.rego,line=9,col=2,title=data.gate_test.test_gold%3A five::FAIL: gate.allow with input as {"rate": rate, "gold": true}
::error file=gate_test.rego,line=15,col=2,title=data.gate_test.test_high::FAIL: gate.limit < rate with input as {"rate": rate}
::error file=gate_test.rego,line=18,col=1,title=data.gate_test.test_twice::ERROR: gate_test.rego:22: eval_conflict_error: complete rules must not produce multiple outputs
::warning file=gate_test.rego,line=24,col=1,title=data.gate_test.todo_test_stop::SKIPPED
2 passed, 2 failed, 1 skipped, 1 errors
"#;

const COVERAGE: &str = r#"gate.rego: 100.0 % of lines
gate_test.rego: 9.1 % of lines
      7 | test_gold[name] if {
      9 |     gate.allow with input as {"rate": rate, "gold": true}
     12 | test_high if {
     13 |     rate := 1
     14 |     print("rate", rate)
     15 |     gate.limit < rate with input as {"rate": rate}
     18 | test_twice if twice
     20 | twice := 1
     22 | twice := 2
     24 | todo_test_stop if false

Rules not seen both ways:
  gate.rego:5: allow never seen not to fire
  gate.rego:10: limit never fired
  gate.rego:12: limit never seen not to fire

Comparisons not seen both ways:
  gate.rego:6: input.rate < limit never false

Input not seen both ways:
  input.gold never present
  input.rate never missing
  input.stop never present

Coverage: 41.2 % of lines; seen both ways: 0/3 rules, 0/1 comparisons, 0/3 inputs
"#;

/// Runs `phasegate test ARGS .` in the folder of the policy above.
fn test(args: &[&str]) -> Ran {
    let folder = Folder::of(&[("gate.rego", POLICY), ("gate_test.rego", TESTS)]);
    let mut command = command(&["test"]);
    command.args(args).arg(".").current_dir(folder.path(""));
    let mut ran = finish(command, "");
    for (before, after, word) in [(" (", ")", "TIME"), ("time=\"", "\"", "T")] {
        ran.stdout = masked(&ran.stdout, before, after, word);
    }
    ran
}

/// The text with what a run measured replaced.
fn masked(text: &str, before: &str, after: &str, word: &str) -> String {
    let mut parts = text.split(before);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str(before);
        let measured = part.split_once(after).filter(|(time, _)| {
            time.starts_with(|c: char| c.is_ascii_digit()) && !time.contains('\n')
        });
        match measured {
            Some((_, rest)) => masked.extend([word, after, rest]),
            None => masked.push_str(part),
        }
    }
    masked
}

#[track_caller]
fn check(args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let ran = test(args);
    assert_eq!(ran.stdout, stdout, "{args:?}: {ran}");
    assert_eq!(ran.code, code, "{args:?}: {ran}");
    assert!(ran.stderr.contains(stderr), "{args:?}: {ran}");
}

#[test]
fn results_are_told_as_by_opa() {
    check(&[], 2, &format!("{TOLD}{COUNTS}"), "");
    check(&["--var-values"], 2, &format!("{TOLD}{FAILURES}{COUNTS}"), "");
    check(&["--run", "low"], 0, "PASS: 1/1\n", "");
    let verbose = test(&["-v", "-r", "low"]).stdout;
    assert!(verbose.starts_with("gate_test.rego:5:\ndata.gate_test.test_low: PASS (TIME)\n"));
}

#[test]
fn programs_read_junit_and_annotations() {
    check(&["--format", "junit"], 2, JUNIT, "");
    check(&["-f", "github"], 2, GITHUB, "");
}

#[test]
fn coverage_is_told_by_line_and_beyond() {
    check(&["-r", "low", "-c", "--format", "text"], 0, COVERAGE, "");
    let ran = test(&["-r", "low", "--coverage"]);
    let row = |start: usize, end: usize| json!({"start": {"row": start}, "end": {"row": end}});
    let report = ran.json();
    // OPA's shape (v1/cover/cover.go): empty lists and zeros are left out.
    let policy = json!({
        "covered": [row(3, 3), row(5, 7), row(10, 10), row(12, 12)],
        "covered_lines": 6,
        "coverage": 100.0,
    });
    assert_eq!(report["files"]["gate.rego"], policy);
    assert_eq!(report["covered_lines"], 7);
    assert_eq!(report["not_covered_lines"], 10);
    assert_eq!(report["comparisons"][0]["seen_false"], false);
    check(&["-r", "low", "--threshold", "41"], 0, &ran.stdout, "");
    let missed = "Code coverage threshold not met: got 41.18 instead of 90.00";
    check(&["-r", "low", "--threshold", "90"], 2, "", missed);
    check(&["-r", "low", "--threshold", "90", "-v"], 2, "", "\n\tgate_test.rego:12-15\n");
    let failed = test(&["-r", "high", "-c"]);
    assert_eq!(failed.code, 1, "{failed}");
    assert!(failed.stderr.contains("data.gate_test.test_high: FAIL"), "{failed}");
}

#[test]
fn what_cannot_be_honored_is_refused() {
    for (args, says) in [
        (&["--bench"][..], "`--bench`"),
        (&["--format=gobench"], "`gobench`"),
        (&["--explain=full"], "`--explain`"),
        (&["--explain=notes"], "`--explain`"),
        (&["--target=wasm"], "`--target`"),
        (&["-s", "schema.json"], "`--schema`"),
        (&["--capabilities", "c.json"], "`--capabilities`"),
        (&["--v0-compatible"], "`--v0-compatible`"),
        (&["-w"], "`--watch`"),
        (&["--nope"], "unexpected argument"),
        (&["--timeout", "5"], "1m30s"),
        (&["--ignore", "["], "not a pattern"),
    ] {
        check(args, 1, "", says);
    }
    assert_eq!(run(&["test"]).code, 1);
    assert_eq!(run(&["test", "none"]).code, 1);
    // Without effect in OPA, too.
    check(
        &["-r", "low", "--benchmem=false", "--bench=false", "--watch=false"],
        0,
        "PASS: 1/1\n",
        "",
    );
    check(
        &["-vzr", "low", "--explain=fails", "--format=text", "-p2"],
        0,
        &test(&["-vr", "low"]).stdout,
        "",
    );
}

#[test]
fn standard_input_is_a_bundle_or_a_file() {
    let ran = run_with(&["test", "-"], "package a\n\ntest_a if true\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "PASS: 1/1\n"), "{ran}");
    let files = [("gate.rego", POLICY), ("gate_test.rego", TESTS)];
    let ran = run_with(&["test", "-", "-r", "low"], bundle(&files));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "PASS: 1/1\n"), "{ran}");
}

#[test]
fn faults_are_counted_beyond_the_most() {
    let rules: String = joined((0..12).map(|n| format!("r{n} if nope{n}(1)\n\n")));
    let folder = Folder::of(&[("a.rego", &format!("package a\n\n{rules}"))]);
    let ran = run(&["test", &folder.path("")]);
    ran.fails(1, "2 more faults are not told");
    run(&["test", "-m0", &folder.path("")]).fails(1, "undefined function `nope11`");
}

#[test]
fn the_shipped_policies_are_tested_and_every_comparison_is_seen_both_ways() {
    let ran = run(&["test", "policies", "--threshold", "100"]);
    assert_eq!(ran.code, 0, "{ran}");
    let report = ran.json();
    let both = |part: &str, one: &str, other: &str| {
        let part = report[part].as_array().expect("a list").clone();
        assert!(!part.is_empty());
        let seen = |entry: &&Value| entry[one] != true || entry[other] != true;
        part.iter().filter(seen).cloned().collect::<Vec<_>>()
    };
    assert_eq!(both("comparisons", "seen_true", "seen_false"), Vec::<Value>::new());
    assert_eq!(both("rules", "fired", "not_fired"), Vec::<Value>::new());
}

#[test]
fn options_come_from_the_environment_too() {
    let folder = Folder::of(&[("a_test.rego", "package a\n\ntest_a if true\n")]);
    let path = folder.path("");
    let with = |value: &str, args: &[&str]| {
        let mut command = command(&[&["test", &path], args].concat());
        command.env("OPA_TEST_FORMAT", value);
        finish(command, "")
    };
    assert_eq!(with("json", &[]).json()[0]["name"], "test_a");
    assert_eq!(with("json", &["--format", "pretty"]).stdout, "PASS: 1/1\n");
    let wrong = with("xml", &[]);
    assert_eq!(wrong.code, 1, "{wrong}");
    assert!(wrong.stderr.contains("options were taken from `OPA_TEST_FORMAT`"), "{wrong}");
}
