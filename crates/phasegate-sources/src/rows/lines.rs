//! Records of a text, one after the other, each within a bound.

use memchr::{memchr, memchr_iter};

use crate::SourceError;
use crate::stream::Stream;

/// How many bytes a line may have: a request's row has a few hundred.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// How many bytes are asked for at once.
const BLOCK: usize = 1 << 18;

/// A record of a text: one line, or several where quotes hold line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// Its bytes, without the line break at its end.
    pub(super) bytes: &'a [u8],
    /// The line at which it begins, from 1.
    pub(super) line: u64,
    /// Whether it has a quote, where those were looked for.
    pub(super) quoted: bool,
}

/// Cuts a stream into records.
pub(super) struct Lines<'n, 's> {
    stream: Stream<'s>,
    name: &'n str,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not given yet.
    from: usize,
    to: usize,
    line: u64,
    ended: bool,
}

impl<'n, 's> Lines<'n, 's> {
    pub(super) fn new(name: &'n str, stream: Stream<'s>) -> Result<Self, SourceError> {
        let buffer = vec![0; 2 * BLOCK];
        let mut lines = Self { stream, name, buffer, from: 0, to: 0, line: 1, ended: false };
        while lines.to < 4 && lines.fill()? {}
        lines.mark()?;
        Ok(lines)
    }

    pub(super) fn finish(self) -> Stream<'s> {
        self.stream
    }

    /// Steps over the mark of UTF-8, and refuses those of others.
    fn mark(&mut self) -> Result<(), SourceError> {
        let head = self.buffer.get(..self.to).unwrap_or_default();
        if head.starts_with(b"\xef\xbb\xbf") {
            self.from = 3;
        } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            let problem = "it is UTF-16; save it as UTF-8".to_owned();
            return Err(SourceError::unusable(self.name, problem));
        } else if head.starts_with(b"PAR1") {
            let problem = "it is Parquet; name it `.parquet`, or say `format: parquet`".to_owned();
            return Err(SourceError::unusable(self.name, problem));
        }
        Ok(())
    }

    /// The next record; with `quotes` a line break between quotes does not end it.
    pub(super) fn next(&mut self, quotes: bool) -> Result<Option<Record<'_>>, SourceError> {
        let (end, quoted) = loop {
            let waiting = self.buffer.get(self.from..self.to).unwrap_or_default();
            if let Some(end) = end(waiting, quotes) {
                break end;
            }
            if waiting.len() > MAX_LINE_BYTES {
                return Err(self.too_long(quotes));
            }
            if !self.fill()? {
                let waiting = self.buffer.get(self.from..self.to).unwrap_or_default();
                if waiting.is_empty() {
                    return Ok(None);
                }
                let quoted = quotes && memchr(b'"', waiting).is_some();
                if quoted && memchr_iter(b'"', waiting).count() % 2 == 1 {
                    let problem = "a quote that opens here is never closed".to_owned();
                    return Err(SourceError::row(self.name, self.line, problem));
                }
                break (waiting.len(), quoted);
            }
        };
        if end > MAX_LINE_BYTES {
            return Err(self.too_long(quotes));
        }
        let start = self.from;
        let line = self.line;
        // Past the line break, which the last record may lack.
        self.from = (start + end + 1).min(self.to);
        let bytes = self.buffer.get(start..start + end).unwrap_or_default();
        self.line += 1;
        if quoted {
            self.line += memchr_iter(b'\n', bytes).count() as u64;
        }
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Record { bytes, line, quoted }))
    }

    #[cold]
    fn too_long(&self, quotes: bool) -> SourceError {
        let hint = if quotes { "; is a quote left open?" } else { "" };
        let problem = format!("longer than {MAX_LINE_BYTES} bytes{hint}");
        SourceError::row(self.name, self.line, problem)
    }

    /// Reads more; whether there was more.
    fn fill(&mut self) -> Result<bool, SourceError> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        if self.buffer.len() < self.to + BLOCK {
            self.buffer.resize(self.to + BLOCK, 0);
        }
        let read = self.stream.read(self.buffer.get_mut(self.to..).unwrap_or_default())?;
        self.to += read;
        self.ended = read == 0;
        Ok(read > 0)
    }
}

/// Where the first record ends, and whether it has quotes.
fn end(bytes: &[u8], quotes: bool) -> Option<(usize, bool)> {
    let first = memchr(b'\n', bytes)?;
    let line = bytes.get(..first)?;
    if !quotes || memchr(b'"', line).is_none() {
        return Some((first, false));
    }
    let mut open = false;
    let mut from = 0;
    for at in memchr_iter(b'\n', bytes) {
        let piece = bytes.get(from..at).unwrap_or_default();
        open ^= memchr_iter(b'"', piece).count() % 2 == 1;
        if !open {
            return Some((at, true));
        }
        from = at;
    }
    None
}
