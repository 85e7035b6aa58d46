//! The files of the repository, as the rules see them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::run::Failed;

/// Every file that is committed or about to be.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Path from the root, `/` between folders, to text; empty text for what is not UTF-8.
    pub(crate) files: BTreeMap<String, String>,
    /// Those that Git does not know yet.
    pub(crate) untracked: BTreeSet<String>,
}

impl Tree {
    /// Reads what Git tracks, and what it would track.
    pub(crate) fn read(root: &Path) -> Result<Self, Failed> {
        let untracked: BTreeSet<String> =
            list(root, &["--others", "--exclude-standard"])?.into_iter().collect();
        let mut files = BTreeMap::new();
        for name in list(root, &["--cached"])?.into_iter().chain(untracked.iter().cloned()) {
            match std::fs::read(root.join(&name)) {
                Ok(bytes) => {
                    files.insert(name, String::from_utf8(bytes).unwrap_or_default());
                }
                // Deleted, and the deletion is not committed yet.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failed(format!("cannot read `{name}`: {error}"))),
            }
        }
        Ok(Self { files, untracked })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// Whether a file has this name, or lies in a folder of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let folder = format!("{}/", name.trim_end_matches('/'));
        name.is_empty()
            || self.files.contains_key(name)
            || self
                .files
                .range(folder.clone()..)
                .next()
                .is_some_and(|(at, _)| at.starts_with(&folder))
    }

    /// The files whose name ends so, in order.
    pub(crate) fn ending<'a>(
        &'a self,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let files = self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        files.filter(move |(name, _)| name.ends_with(ending))
    }
}

fn list(root: &Path, options: &[&str]) -> Result<Vec<String>, Failed> {
    let output =
        Command::new("git").current_dir(root).args(["ls-files", "-z"]).args(options).output();
    let output =
        output.map_err(|error| Failed(format!("tidy needs git to list files: {error}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failed(format!("git cannot list the files: {why}")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}
