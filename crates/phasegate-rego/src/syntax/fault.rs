//! What the engine's parser says when it refuses a text, as one of our findings.

use super::Module;
use super::prescan::Scan;
use super::token::{TokenKind, Tokens};
use super::tree::Span;
use crate::diagnostic::{Code, Diagnostic};

/// A parse error from the parser's rendered message.
///
/// It comes in three forms: a header `--> file:row:col`, an excerpt and a line `error: message`;
/// `file:row:col error: message`; and a bare message, which only a separator out of place in a body
/// causes.
pub(super) fn parse_error(module: &Module, scan: &Scan, rendered: &str) -> Diagnostic {
    let (place, message) = split(rendered);
    let offset = place.map_or(scan.suspect, |(row, col)| Some(offset_of(module, row, col)));
    let span = span_at(module, scan, offset);
    let message = message.trim().trim_end_matches(['.', ':']);
    let at_end = span.start >= scan.end;
    let (code, message, remedy) = explain(message, at_end);
    module.diagnostic(span, code, message, remedy)
}

fn split(rendered: &str) -> (Option<(usize, usize)>, &str) {
    let rendered = rendered.trim_start();
    let (header, message) = if let Some(rest) = rendered.strip_prefix("--> ") {
        let (header, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        (header, rest.split_once("\nerror: ").map_or("", |(_, message)| message))
    } else {
        match rendered.split_once(" error: ") {
            Some((header, message)) if !header.contains('\n') => (header, message),
            _ => ("", rendered),
        }
    };
    let mut parts = header.rsplit(':').map(str::parse);
    let place = match (parts.next(), parts.next()) {
        (Some(Ok(col)), Some(Ok(row))) => Some((row, col)),
        _ => None,
    };
    (place, message.lines().next().unwrap_or_default())
}

/// The byte offset of a place as the engine's lexer counts: a tab is four columns, another
/// character as many as it has bytes.
fn offset_of(module: &Module, row: usize, col: usize) -> usize {
    let start = row.checked_sub(1).and_then(|i| module.line_starts.get(i)).copied();
    let Some(start) = start else { return module.text.len() };
    let mut at = 1;
    let mut offset = start;
    for c in module.line(row).chars() {
        if at >= col {
            break;
        }
        at += if c == '\t' { 4 } else { c.len_utf8() };
        offset += c.len_utf8();
    }
    offset
}

/// The token at an offset; at the end of the text, or when there is no place, one past the last
/// token.
fn span_at(module: &Module, scan: &Scan, offset: Option<usize>) -> Span {
    let end = Span { start: scan.end, end: scan.end };
    let Some(offset) = offset.filter(|&offset| offset < scan.end) else { return end };
    Tokens::new(&module.text)
        .find(|token| token.kind != TokenKind::Comment && token.end > offset)
        .map_or(end, |token| Span { start: token.start, end: token.end })
}

fn explain(message: &str, at_end: bool) -> (Code, String, &'static str) {
    let parse = Code::RegoParseError;
    match message {
        _ if message.contains("Missing package declaration") => (
            parse,
            "the file does not begin with a package".to_owned(),
            "begin it with `package <name>`",
        ),
        _ if message.starts_with("`if` keyword is required") => (
            parse,
            "the body has no `if` before it".to_owned(),
            "write `if` before the `{`, as Rego v1 demands",
        ),
        _ if message.starts_with("`contains` keyword is required") => (
            parse,
            "a set rule without `contains`".to_owned(),
            "write `name contains value if { ... }`, as Rego v1 demands",
        ),
        _ if message.starts_with("rule must have a body or assignment") => (
            parse,
            "the rule has neither a value nor a body".to_owned(),
            "write `name := value` or `name if { ... }`",
        ),
        _ if message.starts_with("expression nesting too deep") => {
            (Code::RegoLimitError, message.to_owned(), "give the inner part a rule of its own")
        }
        _ if message.starts_with("path exceeds maximum") => {
            (Code::RegoLimitError, message.to_owned(), "use a shorter path")
        }
        _ if message.starts_with("encountered ,") => (
            parse,
            "a `,` between the statements of a body".to_owned(),
            "separate statements by line breaks or `;`",
        ),
        _ if message.starts_with("try pars") => (
            parse,
            "a body was expected, not a collection".to_owned(),
            "separate statements by line breaks or `;`",
        ),
        _ if message.starts_with("import shadows")
            || message.starts_with("this import shadows") =>
        {
            (parse, "the import repeats an earlier one".to_owned(), "remove one of the two")
        }
        _ if at_end && message.starts_with("expecting") => {
            (parse, format!("the text ends too early: {message}"), "complete the last rule")
        }
        "" => (
            parse,
            "the text is not Rego".to_owned(),
            "correct the text here; it is read as Rego v1",
        ),
        _ => {
            let mut chars = message.chars();
            let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            (parse, first + chars.as_str(), "correct the text here; it is read as Rego v1")
        }
    }
}
