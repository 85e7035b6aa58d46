//! What a directory and an archive have in common: what is kept, how much, and the last check.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use phasegate_core::PolicyFiles;

use super::limits::{MAX_ENTRIES, MAX_SET_BYTES};
use super::manifest::Manifest;
use super::name::Kind;
use crate::SourceError;

/// The files kept so far from one source.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    /// The directory or archive, for messages.
    source: &'a Path,
    files: BTreeMap<String, Vec<u8>>,
    manifest: Option<Vec<u8>>,
    bytes: u64,
    entries: usize,
}

/// Why a file was not kept.
#[derive(Debug)]
pub(super) enum Refused {
    /// The set has a file of this name already.
    Duplicate,
    /// It could not be read.
    Io(io::Error),
    /// It is beyond a limit.
    Limit(SourceError),
}

impl<'a> Collector<'a> {
    pub(super) fn new(source: &'a Path) -> Self {
        Self { source, files: BTreeMap::new(), manifest: None, bytes: 0, entries: 0 }
    }

    /// Counts one entry, kept or not.
    pub(super) fn count(&mut self) -> Result<(), SourceError> {
        self.entries += 1;
        if self.entries <= MAX_ENTRIES {
            return Ok(());
        }
        Err(self.limit(format!(
            "it has more than {MAX_ENTRIES} entries; give the folder, or build the bundle from the \
             folder, that holds only policies"
        )))
    }

    /// Keeps one file, reading no more of it than its kind may have.
    pub(super) fn keep(
        &mut self,
        name: String,
        kind: Kind,
        reader: impl Read,
    ) -> Result<u64, Refused> {
        let twice = match kind {
            Kind::Manifest => self.manifest.is_some(),
            _ => self.files.contains_key(&name),
        };
        if twice {
            return Err(Refused::Duplicate);
        }
        let mut bytes = Vec::new();
        let max = kind.max_bytes();
        let read = reader.take(max + 1).read_to_end(&mut bytes).map_err(Refused::Io)? as u64;
        if read > max {
            return Err(Refused::Limit(self.limit(format!(
                "`{name}` has more than {max} bytes, the most for a file of its kind; split it"
            ))));
        }
        self.bytes += read;
        if self.bytes > MAX_SET_BYTES {
            return Err(Refused::Limit(self.limit(format!(
                "with `{name}` its policies and data have more than {MAX_SET_BYTES} bytes; keep \
                 out what decides nothing"
            ))));
        }
        match kind {
            Kind::Manifest => self.manifest = Some(bytes),
            _ => drop(self.files.insert(name, bytes)),
        }
        Ok(read)
    }

    /// The set, once everything was seen and the manifest was read.
    pub(super) fn finish(self) -> Result<PolicyFiles, SourceError> {
        let path = || self.source.to_owned();
        if !self.files.keys().any(|name| Kind::of(name) == Some(Kind::Rego)) {
            return Err(SourceError::Empty { path: path() });
        }
        let manifest = self.manifest.as_deref().map_or(Ok(Manifest::default()), Manifest::parse);
        let manifest =
            manifest.map_err(|problems| SourceError::Manifest { path: path(), problems })?;
        let Manifest { revision, roots } = manifest;
        Ok(PolicyFiles { files: self.files, revision, roots })
    }

    fn limit(&self, problem: String) -> SourceError {
        SourceError::Limit { path: self.source.to_owned(), problem }
    }
}
