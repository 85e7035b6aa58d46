//! A policy set from a directory: every folder, in order of name, never outside the given one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use phasegate_core::PolicyFiles;

use super::collect::{Collector, Refused};
use super::name::{Kind, MANIFEST, NameFault, normalize};
use crate::SourceError;

/// Reads the policy set below `root`.
pub(super) fn read(root: &Path) -> Result<PolicyFiles, SourceError> {
    let real = fs::canonicalize(root).map_err(SourceError::io(root))?;
    let mut walk = Walk { root, above: vec![real.clone()], real, collector: Collector::new(root) };
    walk.folder(root, "")?;
    walk.collector.finish()
}

struct Walk<'a> {
    /// As it was given, for messages.
    root: &'a Path,
    /// Without links: what a link must stay under.
    real: PathBuf,
    /// The folders that are open, without links: a link to one of them would never end.
    above: Vec<PathBuf>,
    collector: Collector<'a>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), SourceError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(SourceError::io(folder))? {
            self.collector.count()?;
            names.push(entry.map_err(SourceError::io(folder))?.file_name());
        }
        names.sort();
        for name in names.iter().filter(|name| !is_hidden(name) || is_manifest(name, prefix)) {
            self.entry(&folder.join(name), name, prefix)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &OsStr, prefix: &str) -> Result<(), SourceError> {
        let name = self.name(name, prefix)?;
        let mut meta = fs::symlink_metadata(path).map_err(SourceError::io(path))?;
        let mut target = None;
        if meta.is_symlink() {
            target = Some(self.follow(path)?);
            meta = fs::metadata(path).map_err(SourceError::io(path))?;
        }
        if meta.is_dir() {
            let real = match target {
                Some(real) => real,
                None => fs::canonicalize(path).map_err(SourceError::io(path))?,
            };
            if self.above.contains(&real) {
                return Err(SourceError::NotAPolicySet {
                    path: self.root.to_owned(),
                    problem: format!(
                        "the link `{name}` leads back to a folder above it; remove it"
                    ),
                });
            }
            self.above.push(real);
            self.folder(path, &name)?;
            self.above.pop();
            return Ok(());
        }
        let Some(kind) = Kind::of(&name) else { return Ok(()) };
        if !meta.is_file() {
            return Err(SourceError::NotAPolicySet {
                path: self.root.to_owned(),
                problem: format!("`{name}` is neither a file nor a folder; remove it"),
            });
        }
        let file = File::open(path).map_err(SourceError::io(path))?;
        match self.collector.keep(name, kind, file) {
            // A folder cannot hold a name twice.
            Ok(_) | Err(Refused::Duplicate) => Ok(()),
            Err(Refused::Io(source)) => Err(SourceError::Io { path: path.to_owned(), source }),
            Err(Refused::Limit(error)) => Err(error),
        }
    }

    /// Where a link leads, once it is known to stay inside.
    fn follow(&self, link: &Path) -> Result<PathBuf, SourceError> {
        let target = fs::canonicalize(link).map_err(SourceError::io(link))?;
        if target.starts_with(&self.real) {
            return Ok(target);
        }
        Err(SourceError::PathEscapes {
            path: self.root.to_owned(),
            problem: format!(
                "the link `{}` leads to `{}`; copy what it names into the directory",
                link.display().to_string().escape_debug(),
                target.display().to_string().escape_debug()
            ),
        })
    }

    fn name(&self, name: &OsStr, prefix: &str) -> Result<String, SourceError> {
        let shown = || Path::new(prefix).join(name).to_string_lossy().escape_debug().to_string();
        let not_a_set =
            |problem| SourceError::NotAPolicySet { path: self.root.to_owned(), problem };
        let text = name
            .to_str()
            .ok_or_else(|| not_a_set(format!("the name `{}` is not UTF-8; rename it", shown())))?;
        normalize(&format!("{prefix}/{text}")).map_err(|fault| match fault {
            NameFault::TooDeep => SourceError::Limit {
                path: self.root.to_owned(),
                problem: format!(
                    "`{}` nests deeper than {} folders; give a folder further down",
                    shown(),
                    super::limits::MAX_DEPTH
                ),
            },
            NameFault::ClimbsOut | NameFault::BadCharacter => not_a_set(format!(
                "the name `{}` has a backslash or a control character; rename it",
                shown()
            )),
        })
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn is_manifest(name: &OsStr, prefix: &str) -> bool {
    prefix.is_empty() && name == MANIFEST
}
