//! Records one after the other, from JSON Lines, JSON documents and JSON arrays, gzip or plain.

use std::io::{self, BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;
use serde::de::IgnoredAny;

/// How many bytes one record may have: the largest input, and as much again around it.
const MAX_RECORD_BYTES: usize = 2 * phasegate::facts::MAX_INPUT_BYTES;

/// The first bytes of everything that gzip wrote (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A record as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The name of its file.
    pub file: String,
    /// The line it begins in, from 1.
    pub line: usize,
    /// Its text, or why there is none.
    pub text: Result<Vec<u8>, String>,
}

/// Reads records: JSON Lines, JSON documents one after the other, or JSON arrays of records, as
/// they are or in gzip.
///
/// Only one record is held at a time. Lines are told from documents by the first line: a whole JSON
/// document, or one that ends in the middle of something, not after an opening bracket or a comma.
///
/// ```
/// use phasegate_lab::impact::RecordReader;
///
/// let log = b"[{\"input\": {\"a\": 1}},\n {\"input\": {\"a\": 2}}]";
/// let records: Vec<_> = RecordReader::new("log.json", &log[..])?.collect::<Result<_, _>>()?;
/// assert_eq!(records.len(), 2);
/// assert_eq!(records[1].line, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RecordReader<R: Read> {
    file: String,
    source: BufReader<Source<R>>,
    line: usize,
    layout: Layout,
    /// What was read to see the layout.
    first: Option<Result<Vec<u8>, String>>,
    /// How many bytes of it documents have used.
    used: usize,
}

impl<R: Read> std::fmt::Debug for RecordReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordReader")
            .field("file", &self.file)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

enum Source<R: Read> {
    Plain(BufReader<R>),
    Gzip(Box<MultiGzDecoder<BufReader<R>>>),
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(buffer),
            Self::Gzip(source) => source.read(buffer),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Documents { in_array: bool },
}

impl<R: Read> RecordReader<R> {
    /// Begins to read; `file` is how messages call it.
    ///
    /// # Errors
    /// The operating system's.
    pub fn new(file: &str, source: R) -> io::Result<Self> {
        let mut source = BufReader::new(source);
        let source = if source.fill_buf()?.starts_with(&GZIP_MAGIC) {
            Source::Gzip(Box::new(MultiGzDecoder::new(source)))
        } else {
            Source::Plain(source)
        };
        let mut source = BufReader::with_capacity(1 << 16, source);
        if source.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            source.consume(BYTE_ORDER_MARK.len());
        }
        let mut reader = Self {
            file: file.to_owned(),
            source,
            line: 1,
            layout: Layout::Documents { in_array: false },
            first: None,
            used: 0,
        };
        reader.look()?;
        Ok(reader)
    }

    /// Finds the layout out from the first line.
    fn look(&mut self) -> io::Result<()> {
        self.skip_space()?;
        if self.source.fill_buf()?.first() == Some(&b'[') {
            return Ok(());
        }
        let Some(first) = self.whole_line()? else { return Ok(()) };
        let is_line = match &first {
            Ok(text) => {
                let goes_on =
                    [b"{", b"[", b","].iter().any(|end| text.trim_ascii_end().ends_with(*end));
                !goes_on || serde_json::from_slice::<IgnoredAny>(text).is_ok()
            }
            Err(_) => true,
        };
        if is_line {
            self.layout = Layout::Lines;
        }
        self.first = Some(first);
        Ok(())
    }

    /// The rest of the line with its end; `None` at the end of the source.
    fn whole_line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut text = Vec::new();
        let limit = MAX_RECORD_BYTES as u64 + 1;
        let read = self.source.by_ref().take(limit).read_until(b'\n', &mut text)?;
        if read == 0 {
            return Ok(None);
        }
        if text.len() > MAX_RECORD_BYTES {
            if !text.ends_with(b"\n") {
                skip_line(&mut self.source)?;
            }
            return Ok(Some(Err(too_long())));
        }
        Ok(Some(Ok(text)))
    }

    fn next_line(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            let next = match self.first.take() {
                Some(first) => Some(first),
                None => self.whole_line()?,
            };
            let Some(text) = next else { return Ok(None) };
            let line = self.line;
            self.line += 1;
            let text = text.map(|text| text.trim_ascii().to_vec());
            if text.as_ref().is_ok_and(Vec::is_empty) {
                continue;
            }
            return Ok(Some(RawRecord { file: self.file.clone(), line, text }));
        }
    }

    fn next_document(&mut self, mut in_array: bool) -> io::Result<Option<RawRecord>> {
        // What separates records, up to the first byte of one.
        loop {
            self.skip_space()?;
            let Some(byte) = self.peek()? else {
                self.layout = Layout::Documents { in_array: false };
                let cut = in_array.then(|| RawRecord {
                    file: self.file.clone(),
                    line: self.line,
                    text: Err("the array does not end; is the file whole?".to_owned()),
                });
                return Ok(cut);
            };
            match byte {
                b'[' if !in_array => in_array = true,
                b']' if in_array => in_array = false,
                b',' if in_array => {}
                _ => break,
            }
            self.take()?;
        }
        self.layout = Layout::Documents { in_array };
        let line = self.line;
        let text = self.document(in_array)?;
        Ok(Some(RawRecord { file: self.file.clone(), line, text }))
    }

    /// One JSON value, by its brackets; what is wrong within them is for its reader to say.
    fn document(&mut self, in_array: bool) -> io::Result<Result<Vec<u8>, String>> {
        let mut text = Vec::new();
        let mut is_long = false;
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        while let Some(byte) = self.peek()? {
            if !in_string && depth == 0 && !text.is_empty() {
                let ends = byte.is_ascii_whitespace() || in_array && matches!(byte, b',' | b']');
                if ends {
                    break;
                }
            }
            self.take()?;
            if text.len() < MAX_RECORD_BYTES {
                text.push(byte);
            } else {
                is_long = true;
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        Ok(match (is_long, depth > 0 || in_string) {
            (true, _) => Err(too_long()),
            (_, true) => Err("the record does not end; is the file whole?".to_owned()),
            _ => Ok(text),
        })
    }

    fn skip_space(&mut self) -> io::Result<()> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.take()?;
        }
        Ok(())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if let Some(Ok(first)) = &self.first {
            if let Some(&byte) = first.get(self.used) {
                return Ok(Some(byte));
            }
            self.first = None;
        }
        Ok(self.source.fill_buf()?.first().copied())
    }

    fn take(&mut self) -> io::Result<()> {
        if self.peek()? == Some(b'\n') {
            self.line += 1;
        }
        match &self.first {
            Some(Ok(_)) => self.used += 1,
            _ => self.source.consume(1),
        }
        Ok(())
    }
}

impl<R: Read> Iterator for RecordReader<R> {
    type Item = io::Result<RawRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.layout {
            Layout::Lines => self.next_line(),
            Layout::Documents { in_array } => self.next_document(in_array),
        }
        .transpose()
    }
}

fn skip_line(source: &mut impl BufRead) -> io::Result<()> {
    source.skip_until(b'\n').map(drop)
}

fn too_long() -> String {
    format!("the record has more than the limit of {MAX_RECORD_BYTES} bytes")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        let reader = RecordReader::new("f", bytes).unwrap();
        reader
            .map(|one| {
                let one = one.unwrap();
                let text = one.text.map(|text| String::from_utf8(text).unwrap());
                format!("{}: {}", one.line, text.unwrap_or_else(|why| format!("({why})")))
            })
            .collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(read(text.as_bytes()), expected, "{text}");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        assert_eq!(read(&gzip.finish().unwrap()), expected, "gzip of {text}");
    }

    #[test]
    fn each_layout_is_understood() {
        check("", &[]);
        check(" \n\n", &[]);
        check("{\"a\": 1}\n\n{\"a\": 2}", &["1: {\"a\": 1}", "3: {\"a\": 2}"]);
        check("\u{feff}{}\n{}\n", &["1: {}", "2: {}"]);
        check("{\n  \"a\": \"}\\\"\"\n}\n", &["1: {\n  \"a\": \"}\\\"\"\n}"]);
        check("{\n\"a\": 1}{\n\"a\": 2}", &["1: {\n\"a\": 1}", "2: {\n\"a\": 2}"]);
        check("[{\"a\": [1]},\n{}]\n[{}]", &["1: {\"a\": [1]}", "2: {}", "3: {}"]);
        check("[]", &[]);
    }

    #[test]
    fn what_is_broken_does_not_take_the_rest_with_it() {
        check("{\"a\": 1\n{}\n", &["1: {\"a\": 1", "2: {}"]);
        check("[1, {}, x]", &["1: 1", "1: {}", "1: x"]);
        check("[{}", &["1: {}", "1: (the array does not end; is the file whole?)"]);
        check("{\n \"a\": \"b\n", &["1: (the record does not end; is the file whole?)"]);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"[{}, {}]").unwrap();
        let mut bytes = gzip.finish().unwrap();
        bytes.truncate(bytes.len() - 9);
        assert!(RecordReader::new("f", &bytes[..]).map_or(true, |mut r| r.any(|one| one.is_err())));
    }

    #[test]
    fn archives_may_follow_each_other() {
        let mut all = Vec::new();
        for text in ["[{\"a\":1}]", "\n[{\"a\":2}]"] {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            all.extend(gzip.finish().unwrap());
        }
        assert_eq!(read(&all), ["1: {\"a\":1}", "2: {\"a\":2}"]);
    }
}
