//! The policies and data of `phasegate eval --data`, gathered from several places as OPA does.

use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use phasegate::PolicyFiles;
use phasegate::read::{Format, read};
use phasegate::rego::MAX_SET_BYTES;

use crate::input;
use crate::output::Problem;

/// Reads every path: a folder, a bundle, a module, or a file of data, which is mounted at the root.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<PolicyFiles, Problem> {
    let mut all = PolicyFiles::default();
    for path in paths {
        for (name, bytes) in files_of(path)? {
            match all.files.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(bytes);
                }
                Entry::Occupied(mut place) => {
                    let merged = merged(place.key(), place.get(), &bytes, path)?;
                    place.insert(merged);
                }
            }
        }
    }
    Ok(all)
}

/// The files of one place. A module is named after its place, data after its mount point.
fn files_of(path: &Path) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    if matches!(extension, Some("json" | "yaml" | "yml")) && !path.is_dir() {
        let data = input::document(path, MAX_SET_BYTES)?;
        return Ok(vec![("data.json".to_owned(), data.to_string().into_bytes())]);
    }
    let set = input::policies(path)?;
    let single = path.is_file() && extension == Some("rego");
    let is_module = |name: &str| Path::new(name).extension().is_some_and(|end| end == "rego");
    let name = |name: String| match is_module(&name) {
        true if single => path.display().to_string(),
        true if path.is_dir() => path.join(name).display().to_string(),
        true if !input::is_standard_input(path) => format!("{}:{name}", path.display()),
        _ => name,
    };
    Ok(set.files.into_iter().map(|(file, bytes)| (name(file), bytes)).collect())
}

/// Two files of one name in one: data is merged, and the same module given twice is given once.
fn merged(name: &str, old: &[u8], new: &[u8], path: &Path) -> Result<Vec<u8>, Problem> {
    if old == new {
        return Ok(old.to_vec());
    }
    let json = Path::new(name).extension().is_some_and(|end| end == "json");
    let format = if json { Format::Json } else { Format::Yaml };
    let parse = |bytes: &[u8]| read(bytes, format, MAX_SET_BYTES);
    let (Ok(mut document), Ok(more)) = (parse(old), parse(new)) else {
        return Err(Problem::new(format!(
            "{}: another --data has a `{name}` too, and they cannot be merged; leave one out",
            input::name(path)
        )));
    };
    let twice = phasegate::merge(&mut document, more.clone());
    // The same value from two places is no contradiction.
    if let Some(other) = twice.iter().find(|path| path.find(&document) != path.find(&more)) {
        return Err(Problem::new(format!(
            "{}: another --data has another value for `{other}`; leave one out",
            input::name(path),
        )));
    }
    Ok(document.to_string().into_bytes())
}
