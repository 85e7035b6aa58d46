//! A query: statements without a module around them.
//!
//! It is parsed as the body of the one rule of a module of its own, so that the checks know nothing
//! of queries; what they find is put back to where it stands in the query.

use std::borrow::Cow;

use super::limits::MAX_FILE_BYTES;
use super::prescan;
use super::token::{TokenKind, Tokens};
use super::tree::{Query, Span};
use super::{Module, convert};
use crate::diagnostic::{Code, Diagnostic};

/// The name of a query where a file would have one.
pub(crate) const QUERY_FILE: &str = "<query.rego>";

/// A name that a text does not have.
pub(crate) fn free_name(name: &str, text: &str) -> String {
    let mut name = name.to_owned();
    while text.contains(&name) {
        name.push('_');
    }
    name
}

/// The rows that stand before the query. A first statement keeps a query from being taken for the
/// inside of a set or an object.
const HEADER_ROWS: usize = 4;

/// A query that parses.
#[derive(Debug, Clone)]
pub(crate) struct ParsedQuery {
    /// The module whose one rule has the query as its body.
    pub(crate) module: Module,
    header: usize,
    statements: Query,
}

impl ParsedQuery {
    /// Parses a query within the limits of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let text = &*without_last_separator(text);
        // Brackets that close more than the query opened would end the rule around it.
        prescan::scan(&Module::empty(QUERY_FILE, text))?;
        parse(text).or_else(|fault| {
            // The parser takes only a pattern on the left of `=`; unification has no sides.
            turned(text).and_then(|text| parse(&text).ok()).ok_or(fault)
        })
    }

    /// The statements, with spans in [`ParsedQuery::text`].
    pub(crate) fn statements(&self) -> &Query {
        &self.statements
    }

    /// The query with what stands before it.
    pub(crate) fn text(&self) -> &str {
        &self.module.text
    }

    /// Where the query begins in [`ParsedQuery::text`].
    pub(crate) fn start(&self) -> usize {
        self.header
    }

    /// Where the query ends in [`ParsedQuery::text`].
    pub(crate) fn end(&self) -> usize {
        self.module.text.len().saturating_sub(FOOTER.len())
    }

    /// Row and column of an offset in [`ParsedQuery::text`], as they are in the query.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let position = self.module.position(offset);
        (position.row.saturating_sub(HEADER_ROWS).max(1), position.col)
    }

    /// A finding of a check about the query, where it stands in the query.
    pub(crate) fn placed(mut found: Diagnostic) -> Diagnostic {
        found.row = found.row.saturating_sub(HEADER_ROWS);
        found
    }
}

const FOOTER: &str = "\n}\n";

fn parse(text: &str) -> Result<ParsedQuery, Box<Diagnostic>> {
    let name = free_name("phasegate_query", text);
    let header = format!("package {name}\n\n{name} if {{\ntrue;\n");
    let whole = format!("{header}{text}{FOOTER}");
    let plain = Module::empty(QUERY_FILE, text);
    let ends_early = || {
        let end = text.trim_end().len();
        let message = "the query ends too early".to_owned();
        let remedy = "complete it";
        Box::new(plain.diagnostic(Span { start: end, end }, Code::RegoParseError, message, remedy))
    };
    let module = convert::module(QUERY_FILE, &whole).module.map_err(|faults| {
        // A query near the limit of a file is refused for its own size, before this.
        let Some(mut fault) = faults.into_iter().next() else { return ends_early() };
        if fault.message.starts_with("a `,`") {
            // The parser does not say where.
            return Box::new(Diagnostic {
                message: fault.message,
                remedy: fault.remedy,
                ..*ends_early()
            });
        }
        if fault.row > HEADER_ROWS + text.lines().count() || text.len() >= MAX_FILE_BYTES {
            return ends_early();
        }
        if fault.message.ends_with("while parsing query") {
            "the statement has ended here".clone_into(&mut fault.message);
            "begin the next one after `;` or on a new line".clone_into(&mut fault.remedy);
        }
        Box::new(ParsedQuery::placed(fault))
    })?;
    let body = match module.rules.as_slice() {
        [rule] if module.imports.is_empty() => match rule.bodies.as_slice() {
            [body] => Some(&body.query),
            _ => None,
        },
        _ => None,
    };
    let Some(body) = body else {
        let message = "the query holds more than statements".to_owned();
        let remedy = "give rules and imports as a module";
        let start = Span { start: 0, end: text.len() };
        return Err(Box::new(plain.diagnostic(start, Code::RegoParseError, message, remedy)));
    };
    let mut statements = body.clone();
    if statements.statements.len() < 2 {
        return Err(ends_early());
    }
    statements.statements.remove(0);
    Ok(ParsedQuery { module, header: header.len(), statements })
}

/// The query without the `;` that may end its last statement; it becomes a space, so that all
/// places stay what they are.
fn without_last_separator(text: &str) -> Cow<'_, str> {
    let tokens = || Tokens::new(text).filter(|token| token.kind != TokenKind::Comment);
    match tokens().last() {
        Some(last)
            if text.get(last.start..last.end) == Some(";")
                && tokens().next().is_some_and(|first| first.start < last.start) =>
        {
            let mut text = text.to_owned();
            text.replace_range(last.start..last.end, " ");
            Cow::Owned(text)
        }
        _ => Cow::Borrowed(text),
    }
}

/// The query with `expression = name` written as `name = expression`, wherever it is; `None` when
/// there is nothing of the kind.
fn turned(text: &str) -> Option<String> {
    let tokens: Vec<_> =
        Tokens::new(text).filter(|token| token.kind != TokenKind::Comment).collect();
    let word = |at: usize| tokens.get(at).and_then(|token| text.get(token.start..token.end));
    let mut turned = text.to_owned();
    let mut changed = false;
    for at in (0..tokens.len()).filter(|&at| word(at) == Some("=")) {
        let from = left_end(text, &tokens, at);
        // What is on the right: a name, alone.
        let is_name = tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Ident);
        let ends = match tokens.get(at + 2) {
            None => true,
            Some(next) => {
                matches!(word(at + 2), Some(";" | "]" | "}" | ")" | "," | "with"))
                    || tokens
                        .get(at + 1)
                        .and_then(|token| text.get(token.end..next.start))
                        .is_some_and(|between| between.contains('\n'))
            }
        };
        let (Some(first), Some(equals), Some(name)) =
            (tokens.get(from), tokens.get(at), tokens.get(at + 1))
        else {
            continue;
        };
        if from == at || !is_name || !ends {
            continue;
        }
        let sides = (text.get(first.start..equals.start), text.get(name.start..name.end));
        let between = text.get(equals.end..name.start);
        if let (Some(left), Some(right), Some(between)) = (sides.0, sides.1, between) {
            // As long as before, so that all places stay what they are.
            let swapped = format!("{right}={between}{left}");
            let room = name.end - first.start;
            let swapped = format!("{:<room$}", swapped.trim_end());
            if swapped.len() == room && turned.is_char_boundary(first.start) {
                turned.replace_range(first.start..name.end, &swapped);
                changed = true;
            }
        }
    }
    changed.then_some(turned)
}

/// The first token of what stands on the left of a token: back to a separator, an opening bracket
/// or the end of a line.
fn left_end(text: &str, tokens: &[super::token::Token], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut from = at;
    while let Some(before) = from.checked_sub(1) {
        let Some(token) = tokens.get(before) else { break };
        let word = text.get(token.start..token.end).unwrap_or_default();
        match word {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "(" | "[" | "{" => break,
            ";" | "|" | "," | "=" | ":=" | "not" | "some" | "every" if depth == 0 => break,
            _ => {}
        }
        let line_ends = tokens
            .get(from)
            .and_then(|next| text.get(token.end..next.start))
            .is_some_and(|between| between.contains('\n'));
        if depth == 0 && line_ends && from < at {
            break;
        }
        from = before;
    }
    from
}
