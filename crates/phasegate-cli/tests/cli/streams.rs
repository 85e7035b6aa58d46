//! Where things are written: data apart from the rest, colors for terminals only, and readers that
//! go away.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Folder, PROMOTED, command, finish, run};

fn with_environment(args: &[&str], variables: &[(&str, &str)]) -> crate::support::Ran {
    let mut command = command(args);
    command.envs(variables.iter().copied());
    finish(command, "")
}

#[test]
fn colors_are_for_terminals() {
    let folder = Folder::of_policy("allow if nope(1)");
    let policy = folder.path("");
    let commands: [&[&str]; 3] = [
        &["decide", "-i", PROMOTED],
        &["check", &policy],
        &["decide", "-i", PROMOTED, "-p", &policy],
    ];
    for args in commands {
        let plain = run(args);
        let all = format!("{}{}", plain.stdout, plain.stderr);
        assert!(!all.contains('\u{1b}'), "{all:?}");
        let forced = with_environment(args, &[("CLICOLOR_FORCE", "1")]);
        let all_forced = format!("{}{}", forced.stdout, forced.stderr);
        assert!(all_forced.contains("\u{1b}["), "{all_forced:?}");
        for off in [
            &[("NO_COLOR", "1")][..],
            &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
            &[("TERM", "dumb")],
        ] {
            assert_eq!(with_environment(args, off).to_string(), plain.to_string(), "{off:?}");
        }
    }
}

#[test]
fn data_is_never_colored() {
    for args in [
        &["decide", "-i", PROMOTED, "-o", "json"][..],
        &["inputs", "-o", "json"],
        &["check", "policies", "-o", "json"],
        &["eval", "{\"a\": [1]}"],
        &["completions", "bash"],
    ] {
        let forced = with_environment(args, &[("CLICOLOR_FORCE", "1")]);
        assert_eq!(forced.stdout, run(args).stdout, "{args:?}");
    }
}

#[test]
fn the_exit_code_holds_when_nobody_reads() {
    for (change, code) in [("0.01", 0), ("0.03", 4), ("0.2", 5)] {
        for output in ["text", "json"] {
            let set = format!("metrics.error_rate={change}");
            let mut command = command(&["decide", "-i", PROMOTED, "--set", &set, "-o", output]);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            drop(child.stdout.take());
            let mut said = String::new();
            let mut pipe = child.stderr.take().expect("a pipe");
            pipe.read_to_string(&mut said).expect("UTF-8");
            let status = child.wait().expect("it ends");
            assert_eq!((status.code(), said.as_str()), (Some(code), ""), "{change} {output}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_decision() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let mut command = command(&["decide", "-i", PROMOTED, "-o", "json"]);
    let output = command.stdin(Stdio::null()).stdout(full).output().expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.starts_with("error: standard output cannot be written"), "{said}");
}
