//! Our own syntax tree of Rego: the ground that checks, guard and explanation stand on.

mod comment;
mod convert;
mod fault;
pub mod limits;
mod many;
mod prescan;
mod query;
mod token;
mod tree;
mod visit;

pub use self::comment::{Better, Directive, DirectiveKind, Metadata};
pub(crate) use self::many::parse_each;
pub use self::many::parse_set;
pub(crate) use self::query::{ParsedQuery, QUERY_FILE, free_name};
pub use self::tree::*;
pub(crate) use self::visit::walk_outside_closures;
pub use self::visit::{walk_expr, walk_query, walk_reference, walk_rule_exprs, walk_statements};

use std::iter;

use crate::diagnostic::{Code, Diagnostic, Severity};

/// A parsed module.
#[derive(Debug, Clone)]
pub struct Module {
    /// The file's path within its set.
    pub file: String,
    /// The text it was parsed from, without a byte order mark at its head.
    pub text: String,
    /// The package path without `data`: `["lifecycle", "promotion"]`.
    pub package: Vec<String>,
    /// Where the package statement stands.
    pub package_span: Span,
    /// The imports, in order.
    pub imports: Vec<Import>,
    /// The rule statements, in order.
    pub rules: Vec<Rule>,
    /// `# phasegate:` directives, in order.
    pub directives: Vec<Directive>,
    /// `# METADATA` blocks, in order.
    pub metadata: Vec<Metadata>,
    line_starts: Vec<usize>,
}

/// A place in a text: row and column, both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Row, from 1.
    pub row: usize,
    /// Column in characters, from 1.
    pub col: usize,
}

impl Module {
    /// Parses one module in Rego v1 syntax. As in OPA, a byte order mark may stand at its head.
    ///
    /// # Errors
    /// All faults the parser can tell at once (it stops at the first of its own), and those of the
    /// directives.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        convert::module(file, text).module
    }

    /// A module that says nothing yet, ready to answer for places in its text.
    fn empty(file: &str, text: &str) -> Self {
        let line_starts =
            iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            package: Vec::new(),
            package_span: Span::default(),
            imports: Vec::new(),
            rules: Vec::new(),
            directives: Vec::new(),
            metadata: Vec::new(),
            line_starts,
        }
    }

    /// Row and column of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let row = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(row - 1).copied().unwrap_or(0);
        let col = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { row, col }
    }

    /// The text of a span, empty when the span is not one of this module's.
    #[must_use]
    pub fn text_of(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where an operator stands between its two sides; parentheses and comments may be there, too.
    pub(crate) fn operator_between(
        &self,
        left: Span,
        right: Span,
        operator: &str,
    ) -> Option<usize> {
        token::Tokens::from(&self.text, left.end)
            .take_while(|token| token.start < right.start)
            .find(|token| {
                token.kind != token::TokenKind::Comment
                    && self.text.get(token.start..token.end) == Some(operator)
            })
            .map(|token| token.start)
    }

    /// A line of the text, without its end; rows count from 1.
    #[must_use]
    pub fn line(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|i| self.line_starts.get(i)).copied();
        let end = self.line_starts.get(row).copied().unwrap_or(self.text.len());
        start.and_then(|start| self.text.get(start..end)).unwrap_or_default().trim_end()
    }

    /// The reason given by a `# phasegate: unguarded <reason>` directive that covers the line of an
    /// offset: at the end of that line, or alone above it.
    #[must_use]
    pub fn unguarded_reason(&self, offset: usize) -> Option<&str> {
        self.directives_at(offset).find_map(|kind| match kind {
            DirectiveKind::Unguarded { reason } => Some(reason.as_str()),
            DirectiveKind::Ignore { .. } | DirectiveKind::Better { .. } => None,
        })
    }

    fn directives_at(&self, offset: usize) -> impl Iterator<Item = &DirectiveKind> {
        let row = self.position(offset).row;
        self.directives.iter().filter(move |d| d.covers_row == row).map(|d| &d.kind)
    }

    /// The `# METADATA` block of a rule statement.
    #[must_use]
    pub fn metadata_of(&self, rule: &Rule) -> Option<&Metadata> {
        let row = self.position(rule.span.start).row;
        self.metadata.iter().find(|block| block.annotates_row == row)
    }

    /// A finding at a span of this module.
    #[must_use]
    pub fn diagnostic(&self, span: Span, code: Code, message: String, remedy: &str) -> Diagnostic {
        let Position { row, col } = self.position(span.start);
        // A line beyond the limit of columns is quoted up to it.
        let line: String = self.line(row).chars().take(limits::MAX_COLUMNS).collect();
        let rest = line.chars().count().saturating_sub(col - 1).max(1);
        let width = self.text_of(span).chars().count().clamp(1, rest);
        Diagnostic {
            file: self.file.clone(),
            row,
            col,
            code,
            severity: Severity::Error,
            message,
            line,
            width,
            remedy: remedy.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
