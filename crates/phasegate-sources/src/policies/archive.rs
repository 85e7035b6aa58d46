//! A policy set from a bundle: a gzip-compressed tar archive, unpacked in memory within bounds.
//!
//! Archives come from elsewhere and are read with suspicion: links, devices, names that climb out
//! and names given twice are refused, and so is whatever follows the end of the archive.

use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use phasegate_core::PolicyFiles;
use tar::EntryType;

use super::collect::{Collector, Refused};
use super::limits::{MAX_DEPTH, MAX_UNPACKED_BYTES};
use super::name::{Kind, NameFault, normalize};
use crate::SourceError;

/// Reads a bundle from its compressed bytes; `path` names it in messages.
///
/// # Errors
/// As [`read`](super::read()), without `not_found` and `not_a_policy_set`.
pub fn read_archive(path: &Path, compressed: impl Read) -> Result<PolicyFiles, SourceError> {
    let over = Rc::new(Cell::new(false));
    let reader = Bounded {
        inner: MultiGzDecoder::new(compressed),
        left: MAX_UNPACKED_BYTES,
        over: Rc::clone(&over),
    };
    let mut archive = tar::Archive::new(reader);
    let read = Unpack { path }.entries(&mut archive);
    let read = read.and_then(|files| Unpack { path }.end(archive.into_inner()).map(|()| files));
    if over.get() {
        // Whatever the reader made of it, the bound is why it stopped.
        return Err(SourceError::Limit {
            path: path.to_owned(),
            problem: format!(
                "it unpacks to more than {MAX_UNPACKED_BYTES} bytes; build it from a folder that \
                 holds only policies"
            ),
        });
    }
    read
}

struct Unpack<'a> {
    path: &'a Path,
}

impl Unpack<'_> {
    fn entries<R: Read>(&self, archive: &mut tar::Archive<R>) -> Result<PolicyFiles, SourceError> {
        let mut collector = Collector::new(self.path);
        for entry in archive.entries().map_err(|error| self.damaged(&error))? {
            collector.count()?;
            let mut entry = entry.map_err(|error| self.damaged(&error))?;
            let entry_type = entry.header().entry_type();
            // `git archive` puts one at the head; it holds a comment.
            if entry_type.is_pax_global_extensions() {
                continue;
            }
            let raw = entry.path_bytes().into_owned();
            let name = self.name(&raw)?;
            if entry_type == EntryType::Directory {
                continue;
            }
            if entry_type != EntryType::Regular {
                return Err(self.fault(format!(
                    "`{name}` is a link, a device or a special file; put a plain file in its place"
                )));
            }
            if name.is_empty() || raw.ends_with(b"/") {
                return Err(self.fault(format!(
                    "`{}` is a file with the name of a folder; build the bundle anew",
                    String::from_utf8_lossy(&raw).escape_debug()
                )));
            }
            let Some(kind) = Kind::of(&name) else { continue };
            let size = entry.size();
            match collector.keep(name.clone(), kind, &mut entry) {
                Ok(read) if read == size => {}
                Ok(_) => return Err(self.damaged(&"it ends within an entry")),
                Err(Refused::Io(error)) => return Err(self.damaged(&error)),
                Err(Refused::Limit(error)) => return Err(error),
                Err(Refused::Duplicate) => {
                    return Err(self.fault(format!(
                        "it holds `{name}` twice, and readers differ in which one counts; keep one"
                    )));
                }
            }
        }
        collector.finish()
    }

    /// Reads to the end of the stream: its check sum stands there, and nothing else may.
    fn end(&self, mut rest: impl Read) -> Result<(), SourceError> {
        let mut block = [0; 4096];
        loop {
            match rest.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(read) if block.iter().take(read).all(|&byte| byte == 0) => {}
                Ok(_) => {
                    return Err(self.fault(
                        "more follows after its end, which other readers may take for a part of \
                         it; build the bundle anew"
                            .to_owned(),
                    ));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(&error)),
            }
        }
    }

    fn name(&self, raw: &[u8]) -> Result<String, SourceError> {
        let shown = || String::from_utf8_lossy(raw).escape_debug().to_string();
        let text = std::str::from_utf8(raw)
            .map_err(|_| self.fault(format!("the name `{}` is not UTF-8; rename it", shown())))?;
        normalize(text).map_err(|fault| match fault {
            NameFault::ClimbsOut => SourceError::PathEscapes {
                path: self.path.to_owned(),
                problem: format!(
                    "the name `{}` has the component `..`; build the bundle from the folder that \
                     holds the policies",
                    shown()
                ),
            },
            NameFault::BadCharacter => self.fault(format!(
                "the name `{}` has a backslash or a control character; rename it",
                shown()
            )),
            NameFault::TooDeep => SourceError::Limit {
                path: self.path.to_owned(),
                problem: format!("`{}` nests deeper than {MAX_DEPTH} folders", shown()),
            },
        })
    }

    fn damaged(&self, error: &dyn Display) -> SourceError {
        let why = error.to_string();
        self.fault(format!(
            "it is damaged or not a gzip-compressed tar archive ({}); copy or build it anew",
            why.escape_debug()
        ))
    }

    fn fault(&self, problem: String) -> SourceError {
        SourceError::Archive { path: self.path.to_owned(), problem }
    }
}

/// Hands out no more than `left` bytes, then fails and says so beside the error, for the readers
/// above it wrap errors in their own.
struct Bounded<R> {
    inner: R,
    left: u64,
    over: Rc<Cell<bool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let Some(left) = self.left.checked_sub(read as u64) else {
            self.over.set(true);
            return Err(io::Error::other("the archive unpacks to too much"));
        };
        self.left = left;
        Ok(read)
    }
}
