//! Builds directories and archives, honest and otherwise.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use phasegate_sources::SourceError;
use phasegate_sources::policies::read;
use tar::{EntryType, Header};
use tempfile::TempDir;

pub(crate) const POLICY: &[u8] = b"package gate\n\nallow := true\n";

/// Files below a temporary directory.
pub(crate) fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

/// A tar archive under construction, whose names are written as they are given.
pub(crate) struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        files.iter().fold(Self::new(), |tar, (name, bytes)| tar.file(name.as_bytes(), bytes))
    }

    pub(crate) fn file(self, name: &[u8], bytes: &[u8]) -> Self {
        self.entry(EntryType::Regular, name, bytes.len() as u64, bytes)
    }

    /// An entry of any type that says it has `size` bytes.
    pub(crate) fn entry(mut self, kind: EntryType, name: &[u8], size: u64, bytes: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        // The setters of the library refuse the very names that a reader must refuse.
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }

    pub(crate) fn gz(self) -> Vec<u8> {
        gzip(&self.bytes())
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a bundle and returns its path; the folder lives as long as the first value.
pub(crate) fn bundle(bytes: &[u8]) -> (TempDir, PathBuf) {
    let root = directory(&[("bundle.tar.gz", bytes)]);
    let path = root.path().join("bundle.tar.gz");
    (root, path)
}

/// Reading `path` fails with the code, and says each of the words and the path.
pub(crate) fn refused(path: &Path, code: &str, words: &[&str]) -> SourceError {
    let error = match read(path) {
        Ok(set) => panic!("{code} {words:?} expected, but it was read: {:?}", set.files.keys()),
        Err(error) => error,
    };
    let text = error.to_string();
    assert_eq!(error.code(), code, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    assert!(text.contains('`') && text.len() > 40, "no file or remedy in: {text}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    error
}
