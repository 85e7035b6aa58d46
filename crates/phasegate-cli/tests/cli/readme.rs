//! The README and the pages of the docs show what the command prints; this runs what they show.

use crate::support::{root, run_with};

/// What the README writes before the arguments of our command.
const CARGO: &str = "cargo run --quiet --package phasegate-cli -- ";

/// What a line of a page gives to standard input, and the arguments of our command.
fn parse(line: &str) -> Option<(String, &str)> {
    let line = line.strip_prefix("$ ")?;
    if let Some(arguments) = command(line) {
        return Some((String::new(), arguments));
    }
    let (input, line) = line.strip_prefix("echo '")?.split_once("' | ")?;
    Some((format!("{input}\n"), command(line)?))
}

/// The arguments of our command.
fn command(line: &str) -> Option<&str> {
    line.strip_prefix(CARGO).or_else(|| line.strip_prefix("phasegate "))
}

/// Every `console` block of a page is a command, then what it prints, then `# exit N` when N is not
/// 0.
#[track_caller]
fn check(page: &str, least: usize) {
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).expect("the page is there");
    let mut current: Vec<String> = Vec::new();
    let mut shown = 0;
    let mut lines = text.lines();
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
    assert!(shown >= least, "{page} shows the command at work");
    if std::env::var_os("PHASEGATE_UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the page can be written");
    }
    assert!(text == current, "{page} is not current: run the tests with PHASEGATE_UPDATE=1");
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    check("README.md", 3);
}

#[test]
fn the_walk_through_shows_what_the_command_prints() {
    check("docs/policy-change.md", 9);
}

#[test]
fn the_page_about_actions_shows_what_the_command_prints() {
    check("docs/actions.md", 5);
}
