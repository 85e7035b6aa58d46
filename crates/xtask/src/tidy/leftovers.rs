//! What people leave while they work, and nobody should find afterwards.

use super::fault::Fault;
use super::source::{Source, has_word, is_rust};
use super::tree::Tree;
use super::workspace::Workspace;

/// Files that hold text of ours; lock files and data of others are not.
const ENDINGS: &[&str] =
    &[".rs", ".rego", ".md", ".toml", ".py", ".sh", ".yaml", ".yml", ".ci/run", ".gitignore"];

/// This folder names what it looks for.
const EXEMPT: &str = "crates/xtask/src/tidy/";

/// Words with no part of a name beside them, anywhere in a text.
const WORDS: &[(&str, &str)] = &[
    ("TODO", "do it, or say in the documentation what is not done"),
    ("FIXME", "mend it"),
    ("XXX", "write down what the mark means, or mend it"),
    ("Co-Authored-By", "the repository speaks of the product alone"),
    ("Generated with", "the repository speaks of the product alone"),
];

/// Folders of one machine.
const PLACES: &[&str] = &["/work/", "/home/", "/root/", "/Users/", "/private/tmp/"];

/// Code.
const CODE: &[(&str, &str)] = &[
    ("dbg!(", "remove it"),
    ("todo!(", "write what belongs there"),
    ("unimplemented!(", "write what belongs there"),
    ("#[allow(", "write `#[expect(lint, reason = \"...\")]`, which tells when it is stale"),
    ("#![allow(", "write `#![expect(lint, reason = \"...\")]`, which tells when it is stale"),
];

pub(crate) fn check(tree: &Tree, _: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in &tree.files {
        if file.starts_with(EXEMPT) || !ENDINGS.iter().any(|ending| file.ends_with(ending)) {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            for (word, remedy) in WORDS.iter().filter(|(word, _)| has_word(line, word)) {
                faults.push(Fault::new(file, number, format!("`{word}` was left"), *remedy));
            }
            for place in PLACES.iter().filter(|place| begins_a_path(line, place)) {
                let problem = format!("a path below `{place}` exists on one machine");
                faults.push(Fault::new(file, number, problem, "write a relative path"));
            }
        }
        if is_rust(file) {
            faults.extend(code_faults(file, text));
        }
    }
    faults
}

fn code_faults(file: &str, text: &str) -> Vec<Fault> {
    let source = Source::new(text);
    let mut faults = Vec::new();
    for (number, line) in source.lines() {
        for (code, remedy) in CODE.iter().filter(|(code, _)| line.contains(code)) {
            faults.push(Fault::new(file, number, format!("`{code}` was left"), *remedy));
        }
        if has_word(line, "unsafe") {
            let problem = "the word `unsafe` stands in code";
            faults.push(Fault::new(file, number, problem, "write it without"));
        }
    }
    faults
}

/// Whether a path of the machine begins on the line, as opposed to one that only contains it.
fn begins_a_path(line: &str, place: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~' | '}');
    line.match_indices(place).any(|(at, _)| !line[..at].chars().next_back().is_some_and(within))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, tree, workspace};
    use super::*;

    #[test]
    fn clean_text_is_clean() {
        let files = tree(&[
            ("a.rs", "// mastodon, TODOS\nlet s = \"dbg!(x)\"; // unsafe variables\nunsafe_code\n"),
            ("a.md", "see https://example.org/work/x and target/home/x\n"),
            ("crates/xtask/src/tidy/leftovers.rs", "TODO"),
            ("data.json", "{\"path\": \"/home/x\"}"),
        ]);
        expect(&check(&files, &workspace(&[])), &[]);
    }

    #[test]
    fn leftovers_are_found() {
        for (file, text, want) in [
            ("a.rs", "// TODO: more", "a.rs:1: `TODO`"),
            ("a.rego", "\n# FIXME", "a.rego:2: `FIXME`"),
            ("a.md", "XXX", "a.md:1: `XXX`"),
            ("a.md", "Co-Authored-By: x", "a.md:1: `Co-Authored-By`"),
            (".ci/run", "cd /work/x", ".ci/run:1: `/work/`"),
            ("a.rs", "f(\"/home/x\")", "a.rs:1: `/home/`"),
            ("a.rs", "dbg!(x);", "a.rs:1: `dbg!(`"),
            ("a.rs", "#[allow(dead_code)]", "a.rs:1: `#[allow(`"),
            ("a.rs", "#![allow(dead_code)]", "a.rs:1: `#![allow(`"),
            ("a.rs", "\nfn f() { todo!() }", "a.rs:2: `todo!(`"),
            ("a.rs", "unsafe { f() }", "a.rs:1: `unsafe`"),
        ] {
            expect(&check(&tree(&[(file, text)]), &workspace(&[])), &[want]);
        }
    }
}
