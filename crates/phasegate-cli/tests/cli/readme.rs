//! The README shows what the command prints; this runs what it shows.

use crate::support::{root, run_with};

/// What the README writes before the arguments of our command.
const COMMAND: &str = "cargo run --quiet --package phasegate-cli -- ";

/// What a line of the README gives to standard input, and the arguments of our command.
fn parse(line: &str) -> Option<(String, &str)> {
    let line = line.strip_prefix("$ ")?;
    if let Some(arguments) = line.strip_prefix(COMMAND) {
        return Some((String::new(), arguments));
    }
    let (input, command) = line.strip_prefix("echo '")?.split_once("' | ")?;
    Some((format!("{input}\n"), command.strip_prefix(COMMAND)?))
}

/// Every `console` block of the README is a command, then what it prints, then `# exit N` when N is
/// not 0.
#[test]
fn the_readme_shows_what_the_command_prints() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let mut current: Vec<String> = Vec::new();
    let mut shown = 0;
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        current.push(line.to_owned());
        if line != "```console" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match block.first().and_then(|line| parse(line)) {
            Some((input, arguments)) => {
                let ran = run_with(&arguments.split_whitespace().collect::<Vec<_>>(), input);
                current.extend(block.first().map(ToString::to_string));
                current.extend(ran.stdout.lines().map(str::to_owned));
                current.extend((ran.code != 0).then(|| format!("# exit {}", ran.code)));
                shown += 1;
            }
            None => current.extend(block.iter().map(ToString::to_string)),
        }
        current.push("```".to_owned());
    }
    let current = current.join("\n") + "\n";
    assert!(shown >= 3, "the README shows the command at work");
    if std::env::var_os("PHASEGATE_UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the README can be written");
    }
    assert!(readme == current, "README.md is not current: run the tests with PHASEGATE_UPDATE=1");
}
