//! Reading what the commands are given: documents from files or standard input, policies from
//! folders and bundles.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use phasegate::document::{self, Document};
use phasegate::read::{Format, ReadError, read};
use phasegate::rego::{MAX_SET_BYTES, PolicyOptions};
use phasegate::sources::policies;
use phasegate::{Facts, PolicyFiles};
use serde_json::Value;

use crate::args::LoadArgs;
use crate::output::Problem;
use crate::render::diagnostics::document_fault;

/// The first bytes of everything that gzip wrote (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a file, or standard input for `-`, up to a limit of bytes.
pub(crate) fn bytes(path: &Path, max_bytes: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    // One byte more tells a full file from one that is too large.
    let limit = max_bytes as u64 + 1;
    let read = if is_standard_input(path) {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(path, &error))?;
    if bytes.len() > max_bytes {
        return Err(Problem::new(format!(
            "{}: more than the limit of {max_bytes} bytes; give a smaller file",
            name(path)
        )));
    }
    Ok(bytes)
}

/// Why the operating system did not give a file.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot read {}: {error}", name(path)))
}

/// Reads a policy input.
pub(crate) fn facts(path: &Path) -> Result<Facts, Problem> {
    let bytes = bytes(path, phasegate::facts::MAX_INPUT_BYTES)?;
    let text = text(path, &bytes)?;
    let facts = match format(path, text) {
        Format::Yaml => Facts::from_yaml(text),
        _ => Facts::from_json(text),
    };
    facts.map_err(|error| faults(path, text, &error))
}

/// Reads any document.
pub(crate) fn document(path: &Path, max_bytes: usize) -> Result<Value, Problem> {
    let bytes = bytes(path, max_bytes)?;
    let text = text(path, &bytes)?;
    read(text, format(path, text), max_bytes).map_err(|error| faults(path, text, &error))
}

/// Reads something typed, with all its faults.
pub(crate) fn typed<T>(
    path: &Path,
    max_bytes: usize,
    read: impl Fn(&[u8], Format) -> Result<T, ReadError>,
) -> Result<T, Problem> {
    let bytes = bytes(path, max_bytes)?;
    let text = text(path, &bytes)?;
    read(text, format(path, text)).map_err(|error| faults(path, text, &error))
}

/// Reads a document of ours.
pub(crate) fn ours<T: Document>(path: &Path, max_bytes: usize) -> Result<T, Problem> {
    typed(path, max_bytes, |text, format| document::read(text, format, max_bytes))
}

/// What is to be read: something, without the byte order mark that some editors put first (RFC
/// 8259, section 8.1).
fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a [u8], Problem> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(bytes);
    if text.trim_ascii().is_empty() {
        return Err(Problem::new(format!("{} is empty; give a JSON or YAML document", name(path))));
    }
    Ok(text)
}

/// Reads the files of a policy set; from standard input a bundle or a single Rego file.
pub(crate) fn policies(path: &Path) -> Result<PolicyFiles, Problem> {
    if !is_standard_input(path) {
        return policies::read(path).map_err(|error| Problem::of(&error));
    }
    let max_bytes = usize::try_from(policies::limits::MAX_ARCHIVE_BYTES).unwrap_or(MAX_SET_BYTES);
    let bytes = bytes(path, max_bytes)?;
    if bytes.starts_with(&GZIP_MAGIC) {
        return policies::read_archive(Path::new("standard input"), bytes.as_slice())
            .map_err(|error| Problem::of(&error));
    }
    let files = [("stdin.rego".to_owned(), bytes)].into();
    Ok(PolicyFiles { files, revision: None, roots: None })
}

/// Refuses to read standard input twice.
pub(crate) fn one_standard_input<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Problem> {
    if paths.into_iter().filter(|path| is_standard_input(path)).count() > 1 {
        return Err(Problem::new("`-` is given twice; standard input can be read only once"));
    }
    Ok(())
}

/// How the gate is told to load them.
pub(crate) fn options(args: &LoadArgs) -> PolicyOptions {
    let mut options = PolicyOptions::default();
    if let Some(package) = &args.promotion_package {
        options.promotion.clone_from(package);
    }
    if let Some(package) = &args.rollback_package {
        options.rollback.clone_from(package);
    }
    options.max_depth = args.max_depth;
    options
}

/// The format a file's name says, else what its text looks like.
fn format(path: &Path, bytes: &[u8]) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("yaml" | "yml") => Format::Yaml,
        _ => Format::sniff(bytes),
    }
}

/// Every fault with the file and, where it is known, the line.
fn faults(path: &Path, text: &[u8], error: &ReadError) -> Problem {
    let text = String::from_utf8_lossy(text);
    let name = name(path);
    Problem::list(error.faults.iter().map(|fault| document_fault(&name, &text, fault)))
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A file as it is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}
