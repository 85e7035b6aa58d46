//! Lines that fit two windows side by side, files that hold one idea.

use super::fault::Fault;
use super::source::Source;
use super::tree::Tree;
use super::workspace::Workspace;

const MAX_COLUMNS: usize = 100;

const MAX_LINES: usize = 800;

pub(crate) fn check(tree: &Tree, _: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in tree.ending(".rs") {
        for (number, columns) in Source::new(text).columns() {
            if columns > MAX_COLUMNS && !is_table_row(text, number) {
                let problem = format!(
                    "the line has {columns} columns beside its strings, more than {MAX_COLUMNS}"
                );
                faults.push(Fault::new(file, number, problem, "break it"));
            }
        }
    }
    for ending in [".rs", ".rego", ".py"] {
        for (file, text) in tree.ending(ending) {
            let lines = text.lines().count();
            if lines > MAX_LINES {
                let problem = format!("the file has {lines} lines, more than {MAX_LINES}");
                faults.push(Fault::new(file, 0, problem, "give each idea a file").warning());
            }
        }
    }
    faults
}

/// A row of a table in documentation, which Markdown cannot break.
fn is_table_row(text: &str, number: usize) -> bool {
    let line = number.checked_sub(1).and_then(|at| text.lines().nth(at)).unwrap_or_default().trim();
    let comment = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
    comment.is_some_and(|text| text.trim_start().starts_with('|') && text.ends_with('|'))
}

#[cfg(test)]
mod tests {
    use super::super::fault::Severity;
    use super::super::testing::{expect, tree, workspace};
    use super::*;

    #[test]
    fn lines_and_files_have_a_length() {
        let fits = format!("{}\"long\"\n", "\u{e9}".repeat(MAX_COLUMNS)).repeat(MAX_LINES);
        expect(&check(&tree(&[("a.rs", &fits)]), &workspace(&[])), &[]);
        let files = tree(&[("a.rs", &format!("\n{fits}")), ("b.rs", &"x".repeat(MAX_COLUMNS + 1))]);
        let faults = check(&files, &workspace(&[]));
        expect(&faults, &["b.rs:1: 101 columns", "a.rs:0: 801 lines"]);
        let row = format!("//! | {} |\n/// | {}\n", "x".repeat(200), "x".repeat(200));
        expect(&check(&tree(&[("a.rs", &row)]), &workspace(&[])), &["a.rs:2: 206 columns"]);
        let severities: Vec<_> = faults.iter().map(|fault| fault.severity).collect();
        assert_eq!(severities, [Severity::Error, Severity::Warning]);
    }
}
