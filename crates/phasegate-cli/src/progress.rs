//! How far a long command is, on a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line changes at most.
const PAUSE: Duration = Duration::from_millis(100);
/// How many cells the bar has.
const WIDTH: usize = 30;

/// A line on standard error that says how far a command is, where that is a terminal; it comes when
/// the command takes longer than a second, and leaves no trace.
pub(crate) struct Progress {
    what: &'static str,
    on_terminal: bool,
    start: Instant,
    /// When the line was last written, if it stands there.
    shown: Mutex<Option<Instant>>,
}

impl Progress {
    /// Of so many things.
    pub(crate) fn new(what: &'static str) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        Self { what, on_terminal, start: Instant::now(), shown: Mutex::new(None) }
    }

    /// Says how many are done, and of how many, where that is known.
    pub(crate) fn show(&self, done: usize, all: Option<usize>) {
        if !self.on_terminal || self.start.elapsed() < PATIENCE {
            return;
        }
        // Whoever finds another at it leaves it to them.
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        *shown = Some(Instant::now());
        let line = line(self.what, done, all, self.start.elapsed());
        // A line that cannot be written is nobody's loss.
        drop(write!(std::io::stderr().lock(), "\r{line}\u{1b}[K"));
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.shown.lock().is_ok_and(|mut shown| shown.take().is_some()) {
            drop(write!(std::io::stderr().lock(), "\r\u{1b}[K"));
        }
    }
}

fn line(what: &str, done: usize, all: Option<usize>, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-9);
    match all.filter(|all| *all > 0) {
        Some(all) => {
            let full = WIDTH * done.min(all) / all;
            let bar = format!("{}{}", "#".repeat(full), ".".repeat(WIDTH - full));
            format!("[{bar}] {done} of {all} {what}")
        }
        None => format!("{done} {what}, {rate:.0} a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let two = Duration::from_secs(2);
        assert_eq!(
            line("mutants", 5, Some(10), two),
            "[###############...............] 5 of 10 mutants"
        );
        assert_eq!(line("records", 10, None, two), "10 records, 5 a second");
        assert_eq!(line("mutants", 0, Some(0), two), "0 mutants, 0 a second");
    }
}
