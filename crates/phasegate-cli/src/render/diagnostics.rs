//! A finding about a policy, or a fault of a document, with its source line.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};
use phasegate::read::Fault;
use phasegate::rego::{Diagnostic, Severity};

use crate::output::{Output, sentence};
use crate::text::{clean, masked, shorten};

/// The width of what is shown, source lines included.
const COLUMNS: usize = 100;

/// A longer line is not shown: it was written by a program, and for one.
const MAX_LINE: usize = 1000;

/// The finding as a compiler shows it: what, where, the line, and what to do.
pub(crate) fn snippet(found: &Diagnostic) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let [message, remedy, file] =
        [&found.message, &found.remedy, &found.file].map(|text| clean(text));
    let title = level.primary_title(message).id(found.code.as_str());
    let remedy = Level::HELP.message(remedy);
    let report = if found.row > 0 {
        let place = Place { file: &file, row: found.row, col: found.col, width: found.width };
        place.shown(title, &found.line).element(remedy)
    } else if file.is_empty() {
        Group::with_title(title).element(remedy)
    } else {
        title.element(Origin::path(file)).element(remedy)
    };
    Renderer::styled().term_width(COLUMNS).render(&[report])
}

/// What to do about a syntax error; all other faults say so themselves.
const SYNTAX_REMEDIES: [(&str, &str); 2] = [
    (
        "not valid JSON",
        "correct it there; keys and texts have double quotes, and a comma stands only between elements",
    ),
    ("not valid YAML", "correct it there; a text with `: `, ` #`, `[` or `{` in it needs quotes"),
];

/// A fault of a document, in the same way.
pub(crate) fn document_fault(file: &str, text: &str, fault: &Fault) -> String {
    let line = fault.line.and_then(|row| text.lines().nth(row.checked_sub(1)?));
    let (Some(row), Some(col), Some(line)) = (fault.line, fault.column, line) else {
        return sentence(&format!("{file}: {fault}"));
    };
    let at = match fault.path.as_str() {
        "" => String::new(),
        path => format!("`{}`: ", shorten(path, COLUMNS / 2)),
    };
    let message = format!("{at}{}", fault.message);
    let file = clean(file);
    let place = Place { file: &file, row, col, width: 1 };
    let mut report = place.shown(Level::ERROR.primary_title(clean(&message)), line);
    if let Some((_, remedy)) = SYNTAX_REMEDIES.iter().find(|(says, _)| fault.message.contains(says))
    {
        report = report.element(Level::HELP.message(*remedy));
    }
    Renderer::styled().term_width(COLUMNS).render(&[report])
}

/// Where something stands: row and column from 1, the column and the width in characters.
struct Place<'a> {
    file: &'a str,
    row: usize,
    col: usize,
    width: usize,
}

impl<'a> Place<'a> {
    /// The line with this place marked.
    fn shown(self, title: Title<'a>, line: &str) -> Group<'a> {
        if line.len() > MAX_LINE {
            let origin = Origin::path(self.file).line(self.row).char_column(self.col);
            return title.element(origin);
        }
        let line = masked(line);
        let starts: Vec<usize> =
            line.char_indices().map(|(start, _)| start).chain([line.len()]).collect();
        let at = |chars: usize| starts.get(chars).copied().unwrap_or(line.len());
        let start = at(self.col.saturating_sub(1));
        let end = at(self.col.saturating_sub(1) + self.width).max(start);
        let snippet = Snippet::source(line)
            .path(self.file)
            .line_start(self.row)
            .annotation(AnnotationKind::Primary.span(start..end));
        title.element(snippet)
    }
}

/// All findings beside the data.
pub(crate) fn note_all(found: &[Diagnostic], output: &mut Output) {
    for diagnostic in found {
        output.note(&snippet(diagnostic));
    }
}
