//! Policy sets: from a directory, an OPA bundle, or one file.
//!
//! A set is every `*.rego`, `data.json`, `data.yaml` (`data.yml`), `*.schema.json` and
//! `*.cases.yaml` (`.yml`, `.json`) below one place; a `.manifest` at its top makes it an OPA
//! bundle with a revision and roots. Other files are ignored, and so is everything hidden (a name
//! that begins with a dot), in a directory and in an archive alike: the same files give the same
//! set.
//!
//! Roots bind packages and the paths of data, not the names of files, as in OPA. They are checked
//! for themselves here (none may overlap another) and travel with the files; what lies outside them
//! is found by whoever parses policies and data.
//!
//! Signatures (`.signatures.json`) are not verified. The digest of the policy stands in every
//! decision; compare that, or deliver bundles over a channel that you trust.

mod archive;
mod collect;
mod directory;
pub mod limits;
mod manifest;
mod name;

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use phasegate_core::PolicyFiles;

pub use archive::read_archive;

use crate::SourceError;
use collect::{Collector, Refused};
use name::{Kind, normalize};

/// The first bytes of everything that gzip wrote (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads the policy set at `path`: a directory, a bundle (`.tar.gz`, `.tgz`, told by its content),
/// or a single `.rego` file.
///
/// Links within a directory are followed as long as they stay inside it. The limits are those of
/// [`limits`]; an archive is never unpacked further than they allow.
///
/// # Errors
/// [`SourceError`], whose [`code`](SourceError::code) is
///
/// | code | when |
/// |---|---|
/// | `not_found` | nothing is at the path |
/// | `not_a_policy_set` | another kind of file; a name that is not UTF-8; a link in a circle |
/// | `empty` | there is no `.rego` file |
/// | `io` | the operating system refused |
/// | `archive` | a damaged archive; a link, a device, a name twice, bytes after the end |
/// | `path_escapes` | a name with `..`, a link to the outside |
/// | `limit` | too many bytes, entries or levels |
/// | `manifest` | a manifest that OPA would not write |
///
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("gate.rego"), "package gate\n\nallow := true\n")?;
///
/// let set = phasegate_sources::policies::read(folder.path())?;
/// assert_eq!(set.files.keys().collect::<Vec<_>>(), ["gate.rego"]);
/// assert_eq!(set.revision, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path) -> Result<PolicyFiles, SourceError> {
    let meta = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound { path: path.to_owned() },
        _ => SourceError::io(path)(error),
    })?;
    if meta.is_dir() {
        return directory::read(path);
    }
    if !meta.is_file() {
        return Err(not_a_set(path, "it is neither a file nor a directory; give one of them"));
    }
    let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if Kind::of(file_name) == Some(Kind::Rego) {
        return single(path, file_name);
    }
    let mut file = File::open(path).map_err(SourceError::io(path))?;
    let mut head = Vec::new();
    file.by_ref().take(2).read_to_end(&mut head).map_err(SourceError::io(path))?;
    if head == GZIP_MAGIC {
        if meta.len() > limits::MAX_ARCHIVE_BYTES {
            return Err(SourceError::Limit {
                path: path.to_owned(),
                problem: format!(
                    "the archive has {} bytes, more than {}; build it from a folder that holds \
                     only policies",
                    meta.len(),
                    limits::MAX_ARCHIVE_BYTES
                ),
            });
        }
        file.rewind().map_err(SourceError::io(path))?;
        return read_archive(path, file.take(limits::MAX_ARCHIVE_BYTES));
    }
    if path.extension().is_some_and(|ending| ending == "gz" || ending == "tgz") {
        return Err(SourceError::Archive {
            path: path.to_owned(),
            problem: "it is not gzip-compressed; copy or build it anew".to_owned(),
        });
    }
    Err(not_a_set(path, "give a directory, a bundle (`.tar.gz`) or a `.rego` file"))
}

/// A set of one file, which is named after it.
fn single(path: &Path, file_name: &str) -> Result<PolicyFiles, SourceError> {
    let name = normalize(file_name).map_err(|_| {
        not_a_set(path, "its name has a backslash or a control character; rename it")
    })?;
    let file = File::open(path).map_err(SourceError::io(path))?;
    let mut collector = Collector::new(path);
    match collector.keep(name, Kind::Rego, file) {
        // The set was empty before.
        Ok(_) | Err(Refused::Duplicate) => collector.finish(),
        Err(Refused::Io(source)) => Err(SourceError::Io { path: path.to_owned(), source }),
        Err(Refused::Limit(error)) => Err(error),
    }
}

fn not_a_set(path: &Path, problem: &str) -> SourceError {
    SourceError::NotAPolicySet { path: path.to_owned(), problem: problem.to_owned() }
}
