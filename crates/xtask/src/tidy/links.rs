//! Every relative link of a Markdown file leads to a file, and to a heading where it names one.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

pub(crate) fn check(tree: &Tree, _: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in tree.ending(".md") {
        for (number, line) in prose(text) {
            for target in targets(&line) {
                if let Some(problem) = follow(tree, file, target) {
                    faults.push(Fault::new(file, number, problem, "mend or remove the link"));
                }
            }
        }
    }
    faults
}

/// What is wrong with a link, if anything is.
fn follow(tree: &Tree, file: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(path) = (if path.is_empty() { Some(file.to_owned()) } else { resolve(folder, path) })
    else {
        return Some(format!("the link `{target}` leads out of the repository"));
    };
    if !tree.has(&path) {
        return Some(format!("the link `{target}` leads to no file"));
    }
    if heading.is_empty() || !tree.ending(".md").any(|(name, _)| name == path) {
        return None;
    }
    let text = tree.get(&path)?;
    let found = prose(text).filter_map(|(_, line)| anchor(&line)).any(|anchor| anchor == heading);
    (!found).then(|| format!("the link `{target}` leads to no heading"))
}

/// A path relative to a folder, without `.` and `..`; `None` when it leaves the repository.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let from_root = path.starts_with('/');
    let start = folder.split('/').filter(|part| !part.is_empty() && !from_root);
    let mut parts: Vec<&str> = start.collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside code blocks, with their numbers and without code spans.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fence = None;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => return Some((number, without_spans(line))),
            (Some(_), _) => {}
        }
        None
    })
}

/// A line with the inside of its code spans blanked, except in headings, whose anchors keep it.
fn without_spans(line: &str) -> String {
    if line.starts_with('#') {
        return line.to_owned();
    }
    let mut inside = false;
    let blank = |c: char| {
        inside ^= c == '`';
        if inside { ' ' } else { c }
    };
    if line.matches('`').count().is_multiple_of(2) {
        line.chars().map(blank).collect()
    } else {
        line.to_owned()
    }
}

/// The targets of the links on a line: `[text](target "title")` and `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, mark) in line.match_indices("](") {
        let rest = &line[at + mark.len()..];
        let target = rest.split([')', ' ']).next().unwrap_or_default();
        found.push(target.trim_matches(['<', '>']));
    }
    let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    found.extend(definition.and_then(|(_, target)| target.split_whitespace().next()));
    found
}

/// The anchor of a heading, as the hosts of repositories make it.
fn anchor(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#');
    if title.len() == line.len() || !title.starts_with(' ') {
        return None;
    }
    let kept =
        title.trim().chars().filter(|&c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, tree, workspace};
    use super::*;

    fn faults(text: &str) -> Vec<Fault> {
        let files = [
            ("docs/a.md", text),
            ("docs/b.md", "# One `thing`, and more\n"),
            ("README.md", "# phasegate\n"),
            ("policies/x.rego", ""),
        ];
        check(&tree(&files), &workspace(&[]))
    }

    #[test]
    fn links_that_lead_somewhere() {
        for text in [
            "[a](b.md) [b](../README.md#phasegate) [c](../policies) [d](/policies/x.rego)",
            "[a](./b.md#one-thing-and-more \"title\") [b](<b.md>)",
            "[a](https://example.org/none) [b](mailto:a@example.org)",
            "## Here\n[a](#here)",
            "[name]: b.md",
            "`[a](none.md)`",
            "```\n[a](none.md)\n```",
        ] {
            expect(&faults(text), &[]);
        }
    }

    #[test]
    fn links_that_do_not() {
        for (text, want) in [
            ("\n[a](none.md)", "docs/a.md:2: `none.md` leads to no file"),
            ("[a](../../x)", "docs/a.md:1: out of the repository"),
            ("[a](b.md#two)", "docs/a.md:1: `b.md#two` leads to no heading"),
            ("[a](#here)", "docs/a.md:1: no heading"),
            ("[name]: none.md", "docs/a.md:1: `none.md`"),
            ("```\n```\n[a](none.md)", "docs/a.md:3: `none.md`"),
        ] {
            expect(&faults(text), &[want]);
        }
    }
}
