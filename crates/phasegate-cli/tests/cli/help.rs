//! Help, completions and manual pages.

use insta::assert_snapshot;
use unicode_width::UnicodeWidthStr;

use crate::support::{Folder, run, run_with};

/// The commands that the help lists.
fn commands() -> Vec<String> {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help}");
    let listed = help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names: Vec<String> = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    assert!(names.len() >= 6, "{names:?}");
    names
}

#[test]
fn the_help_says_what_it_is_for() {
    assert_snapshot!(run(&["--help"]), @"
    exit 0
    --- stdout
    Decide whether a new version of a model-backed service may be promoted, must wait, or must be rolled
    back, and prove why

    Usage: phasegate <COMMAND>

    Commands:
      decide       Decide about a version from what was observed of it, or from a policy input, and say
                   why
      analyze      Judge what was observed, and print the evidence; no policy is asked and nothing is
                   decided
      verify       Derive a decision again from what it rests on, and say what differs
      explain      Say why a decision came out as it did, and what would have to change for a promotion
      actions      Print what is to be done, in order, as commands; nothing is executed
      health       Compare candidate and stable version as they are now, and say which of the two is at
                   fault
      watch        Watch a rollout: feed the plan's triggers with observations, and print what fires as
                   it fires
      triggers     List the triggers of a plan in plain words
      simulate     Try a plan out: how often and when candidates of an assumed quality are promoted,
                   held, rejected and rolled back
      audit        Keep and verify the trail of what was decided and done
      eval         Evaluate a Rego query as OPA does; nothing guards the input and nothing is decided
      check        Check a policy set as the gate loads it, and lint it: syntax, references, recursion,
                   facts that cannot be guarded, and what loads and is worth a look
      inputs       List the facts that a policy set needs, with their types and the rules that need them
      stats        Run statistical methods: JSON Lines in, JSON Lines out
      init         Write the runbook's plan, with comments, to start from
      schema       Print the JSON Schema of a document
      test         Run the tests of policies as `opa test` does, and say what they cover
      boundaries   Show what the gate decides just below, at and just above each limit, and without the
                   fact
      mutate       Put small faults into policies, one at a time, and list those that no test notices
      impact       Replay recorded decisions on old and new policies, and list those that come out
                   differently
      completions  Print a completion script for a shell
      man          Write the manual pages into a folder, or print the main one
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Example:
      phasegate decide --input promotion-input.json

    Exit codes of `decide`: 0 promote, 3 hold, 4 reject, 5 rollback, 2 no decision could be made.
    `watch` has those of `decide`, for the worst that fired.
    `test` has those of `opa test`: 0 passed, 1 usage or policies that do not load, 2 a test failed.
    Other commands: 0 done, 1 found something, 2 usage or unreadable input.
    ");
}

#[test]
fn every_help_has_an_example_and_fits() {
    let helps = commands()
        .into_iter()
        .flat_map(|name| [vec![name.clone(), "--help".to_owned()], vec![name, "-h".to_owned()]]);
    for args in helps.chain([vec!["--help".to_owned()]]) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let help = run(&args);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help}");
        assert!(help.stdout.contains("Example"), "{args:?}: {help}");
        assert!(help.stdout.contains("\n  phasegate "), "{args:?}: {help}");
        for line in help.stdout.lines() {
            assert!(line.width() <= 100, "{args:?}: {line}");
        }
    }
}

#[test]
fn the_examples_run() {
    // What the help of `decide` and `eval` shows, with the files where they are here.
    assert_eq!(
        run(&[
            "decide",
            "--input",
            "fixtures/promotion-input.json",
            "--set",
            "metrics.error_rate=0.03"
        ])
        .code,
        4
    );
    assert_eq!(
        run(&["decide", "--input", "fixtures/promotion-input.json", "--require-checklist"]).code,
        3
    );
    let eval = [
        "eval",
        "data.lifecycle.promotion",
        "--input",
        "fixtures/promotion-input.json",
        "--data",
        "policies",
    ];
    assert_eq!(run(&eval).code, 0);
    assert_eq!(run(&["check", "policies"]).code, 0);
    assert_eq!(run(&["inputs", "policies"]).code, 0);
    assert_eq!(run(&["stats", "--list", "two_sample"]).code, 0);
    let listed = run(&["stats", "--list", "mcnemar_exact"]).stdout;
    let lines = listed.lines().filter(|line| line.contains(r#"{"method""#));
    let answered = run_with(&["stats", "-"], lines.collect::<Vec<_>>().join("\n"));
    assert_eq!((answered.code, answered.json_lines().len()), (0, 1), "{answered}");
}

#[test]
fn every_command_that_answers_with_data_has_output() {
    for name in ["decide", "eval", "check", "inputs", "stats", "impact"] {
        let help = run(&[name, "--help"]).stdout;
        assert!(help.contains("--output"), "{name}");
        assert!(help.contains("|-"), "{name} does not read `-`");
    }
}

#[test]
fn usage_errors_are_no_decision() {
    for args in [
        &[][..],
        &["nope"],
        &["decide"],
        &["decide", "--nope"],
        &["eval"],
        &["decide", "-i", "a", "-o", "xml"],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran}");
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
    let version = run(&["--version"]);
    assert_eq!(version.stdout, format!("phasegate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(&["completions", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        assert!(ran.stdout.contains("phasegate") && ran.stdout.contains("decide"), "{shell}");
    }
    run(&["completions", "tcsh"]).fails(2, "invalid value");
}

#[test]
fn a_manual_page_for_every_command() {
    let folder = Folder::of(&[]);
    let ran = run(&["man", &folder.path("")]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran}");
    let mut names = vec!["phasegate".to_owned()];
    names.extend(commands().into_iter().map(|name| format!("phasegate-{name}")));
    for name in &names {
        let page = std::fs::read_to_string(folder.path(&format!("{name}.1"))).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
        assert!(page.contains("Example"), "{name}");
        assert!(page.contains(&format!(".TH {name}")), "{name}: {page}");
    }
    let written = std::fs::read_dir(folder.path("")).expect("the folder").count();
    assert_eq!(written, names.len());
    let main = run(&["man"]);
    assert_eq!(main.stdout, std::fs::read_to_string(folder.path("phasegate.1")).expect("a page"));
    run(&["man", &folder.path("none")]).fails(2, "give an existing folder");
}
