//! Output: data to standard output, everything else to standard error. The only place of the
//! command that prints.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};

use crate::text::clean;

/// The two streams.
///
/// Text for people loses its colors where the stream is not a terminal or `NO_COLOR` is set; data
/// for programs is written byte by byte as it is. When the reader of standard output goes away, the
/// rest is dropped, so that the exit code still says the outcome.
pub(crate) struct Output {
    data: io::BufWriter<io::Stdout>,
    text: anstream::AutoStream<io::Stdout>,
    notes: anstream::AutoStream<io::Stderr>,
    closed: bool,
}

/// Why a command gave no answer, ready to be printed: sentences with their place and remedy, one
/// line or snippet each.
#[derive(Debug)]
pub(crate) struct Problem {
    told: Vec<String>,
}

impl Problem {
    /// A problem in one sentence.
    pub(crate) fn new(message: impl AsRef<str>) -> Self {
        Self::list([sentence(message.as_ref())])
    }

    /// Several problems, each a [`sentence`] or a snippet.
    pub(crate) fn list(told: impl IntoIterator<Item = String>) -> Self {
        Self { told: told.into_iter().collect() }
    }

    /// An error with its causes, each told once.
    pub(crate) fn of(error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                // Writing to a String cannot fail.
                let _ = write!(message, ": {text}");
            }
            cause = error.source();
        }
        Self::new(message)
    }
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            data: io::BufWriter::new(io::stdout()),
            text: anstream::AutoStream::auto(io::stdout()),
            notes: anstream::AutoStream::auto(io::stderr()),
            closed: false,
        }
    }

    /// A line of data for a program.
    pub(crate) fn data(&mut self, line: &[u8]) -> Result<(), Problem> {
        let written = self.data.write_all(line).and_then(|()| self.data.write_all(b"\n"));
        self.written(written)
    }

    /// Data for a program, as it is.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let written = self.data.write_all(bytes);
        self.written(written)
    }

    /// A line, or several, for a person.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Problem> {
        let written = self.data.flush().and_then(|()| writeln!(self.text, "{text}"));
        self.written(written)
    }

    /// Hands everything on to the reader.
    pub(crate) fn flush(&mut self) -> Result<(), Problem> {
        let written = self.data.flush().and_then(|()| self.text.flush());
        self.written(written)
    }

    /// Whether nobody reads standard output any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn written(&mut self, outcome: io::Result<()>) -> Result<(), Problem> {
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Problem::new(format!("standard output cannot be written: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Something beside the data.
    pub(crate) fn note(&mut self, text: &str) {
        // When standard error is gone there is nobody to tell.
        drop(writeln!(self.notes, "{text}"));
    }

    /// Why there is no answer.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        for told in &problem.told {
            self.note(told);
        }
    }
}

/// Good news.
pub(crate) const GOOD: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
/// Bad news.
pub(crate) const BAD: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
/// Not yet.
pub(crate) const WAIT: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
/// A failure of the command.
pub(crate) const ERROR: Style = BAD;
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// A problem on a line of its own.
pub(crate) fn sentence(message: &str) -> String {
    format!("{} {}", paint("error:", ERROR), clean(message))
}

/// Text in a style.
pub(crate) fn paint(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
