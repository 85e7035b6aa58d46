//! JSON Lines: one question a line, one answer a line, in order and at once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input;
use crate::output::{Output, Problem};

/// A line that asks for an answer.
pub(super) struct Line<'a> {
    /// From 1; empty lines count but are not asked.
    pub(super) number: u64,
    /// The text, or why it is none.
    pub(super) text: Result<&'a [u8], String>,
}

/// Reads lines of at most so many bytes, from a file or from standard input, and writes the answer
/// to each before the next is read: a caller may wait for it.
pub(super) fn answer_each(
    path: &Path,
    max_bytes: u64,
    output: &mut Output,
    mut answer: impl FnMut(Line<'_>) -> Result<Vec<u8>, Problem>,
) -> Result<(), Problem> {
    let fault = |error: io::Error| input::unreadable(path, &error);
    let mut reader: Box<dyn BufRead> = if input::is_standard_input(path) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(fault)?))
    };
    let mut bytes = Vec::new();
    let mut number = 0;
    while !output.is_closed() {
        bytes.clear();
        let read = reader.by_ref().take(max_bytes).read_until(b'\n', &mut bytes).map_err(fault)?;
        if read == 0 {
            break;
        }
        number += 1;
        let text = if read as u64 == max_bytes && !bytes.ends_with(b"\n") {
            reader.skip_until(b'\n').map_err(fault)?;
            Err(format!("the line has more than the limit of {max_bytes} bytes"))
        } else {
            Ok(bytes.trim_ascii())
        };
        if text.as_ref().is_ok_and(|text| text.is_empty()) {
            continue;
        }
        output.data(&answer(Line { number, text })?)?;
        output.flush()?;
    }
    Ok(())
}

/// What names a line whose rest may be anything, digit by digit.
pub(super) fn id(line: &[u8]) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        id: Option<Box<RawValue>>,
    }
    // An array would be taken for the fields in their order.
    let object = line.starts_with(b"{").then_some(line)?;
    serde_json::from_slice::<Named>(object).ok()?.id
}
