//! The README shows what the command prints; this runs what it shows.

use crate::support::{root, run};

/// What the README writes before a command of ours.
const PREFIX: &str = "$ cargo run --quiet --package phasegate-cli -- ";

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
        let arguments = block.first().and_then(|command| command.strip_prefix(PREFIX));
        match arguments {
            Some(arguments) => {
                let ran = run(&arguments.split_whitespace().collect::<Vec<_>>());
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
