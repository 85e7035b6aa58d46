//! Comments: `# METADATA` blocks and `# phasegate:` directives.

use super::Module;
use super::prescan::Comment;
use super::tree::Span;
use phasegate_core::Path;

use crate::check::lint;
use crate::diagnostic::{Code, Diagnostic};

/// A `# phasegate:` directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// What it says.
    pub kind: DirectiveKind,
    /// The row it speaks of: its own, or when it stands alone on its line that of the next
    /// statement or expression.
    pub covers_row: usize,
    /// The comment.
    pub span: Span,
}

/// What a directive says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectiveKind {
    /// `# phasegate: unguarded <reason>`: the guard need not resolve the reads of this line.
    Unguarded {
        /// Why; never empty.
        reason: String,
    },
    /// `# phasegate: ignore <code> <reason>`: the lint says nothing of this line.
    Ignore {
        /// Which lint.
        code: Code,
        /// Why; never empty.
        reason: String,
    },
    /// `# phasegate: better <lower|higher> <path>`: which way a fact gets better, for tests of a
    /// policy that move it.
    Better {
        /// Which way.
        direction: Better,
        /// The fact, without `input`: `metrics.error_rate`.
        path: Path,
    },
}

/// Which way a fact gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Better {
    /// Less of it is better: a latency, an error rate.
    Lower,
    /// More of it is better: a pass rate.
    Higher,
}

/// A `# METADATA` block: the YAML text of the comment lines that follow it, markers removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The YAML text.
    pub yaml: String,
    /// The block, marker line included.
    pub span: Span,
    /// The row of the first token after the block: the rule or package it annotates starts there.
    pub annotates_row: usize,
}

/// Sorts the comments of a module into directives and metadata blocks; the faults are those of the
/// directives.
pub(super) fn read(module: &mut Module, comments: &[Comment]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut directives = Vec::new();
    let mut metadata = Vec::new();
    let mut comments = comments.iter().copied().peekable();
    while let Some(Comment { span, next }) = comments.next() {
        let text = body(module, span);
        if let Some(directive) = text.strip_prefix("phasegate:") {
            match kind(directive.trim()) {
                Ok(kind) => {
                    let row = module.position(span.start).row;
                    let alone = alone(module, span);
                    let covers_row = if alone { row_of(module, next, row) } else { row };
                    directives.push(Directive { kind, covers_row, span });
                }
                Err(fault) => faults.push(module.diagnostic(
                    span,
                    Code::DirectiveError,
                    fault,
                    remedy(directive.trim()),
                )),
            }
        } else if text == "METADATA" {
            let mut block = span;
            let mut after = next;
            let mut row = module.position(span.start).row;
            let mut yaml = String::new();
            // As in OPA: the block goes on as long as each next line begins with a comment.
            while let Some(Comment { span: line, next }) = comments.next_if(|comment| {
                let place = module.position(comment.span.start);
                place.row == row + 1 && place.col == 1
            }) {
                let text = module.text_of(line);
                let text = text.strip_prefix('#').unwrap_or(text);
                yaml.push_str(text.strip_prefix(' ').unwrap_or(text).trim_end());
                yaml.push('\n');
                block.end = line.end;
                after = next;
                row += 1;
            }
            let annotates_row = row_of(module, after, row);
            metadata.push(Metadata { yaml, span: block, annotates_row });
        }
    }
    module.directives = directives;
    module.metadata = metadata;
    faults
}

/// A comment's text without its marker and the spaces around.
fn body(module: &Module, span: Span) -> &str {
    module.text_of(span).trim_start_matches('#').trim()
}

fn kind(directive: &str) -> Result<DirectiveKind, String> {
    let (word, rest) = split_word(directive);
    match word {
        "unguarded" if rest.is_empty() => Err("`unguarded` without a reason".to_owned()),
        "unguarded" => Ok(DirectiveKind::Unguarded { reason: rest.to_owned() }),
        "ignore" => {
            let (code, reason) = split_word(rest);
            match lint::code(code) {
                _ if code.is_empty() => Err("`ignore` without a code".to_owned()),
                None => Err(format!("`{code}` is no lint that can be ignored")),
                Some(_) if reason.is_empty() => Err(format!("`ignore {code}` without a reason")),
                Some(code) => Ok(DirectiveKind::Ignore { code, reason: reason.to_owned() }),
            }
        }
        "better" => {
            let (direction, path) = split_word(rest);
            let direction = match direction {
                "lower" => Better::Lower,
                "higher" => Better::Higher,
                _ => return Err("`better` needs `lower` or `higher`, then a path".to_owned()),
            };
            match path.parse() {
                Ok(path) => Ok(DirectiveKind::Better { direction, path }),
                Err(_) => Err(format!("`{path}` is not a path into the input")),
            }
        }
        "" => Err("a directive that says nothing".to_owned()),
        _ => Err(format!("unknown directive `{word}`")),
    }
}

/// How a directive that cannot be read is written.
fn remedy(directive: &str) -> &'static str {
    match split_word(directive).0 {
        "ignore" => "write `# phasegate: ignore <code> <reason>`",
        "better" => "write `# phasegate: better <lower|higher> <path>`",
        "unguarded" => "write `# phasegate: unguarded <reason>`",
        _ => "a directive begins with `unguarded`, `ignore` or `better`",
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// Whether nothing but spaces stands before a comment on its line.
fn alone(module: &Module, span: Span) -> bool {
    let row = module.position(span.start).row;
    let start = module.line_starts.get(row - 1).copied().unwrap_or(0);
    module.text_of(Span { start, end: span.start }).trim().is_empty()
}

/// The row of the token after a comment, or the one below the comment's when there is none.
fn row_of(module: &Module, next: Option<usize>, row: usize) -> usize {
    next.map_or(row + 1, |offset| module.position(offset).row)
}
