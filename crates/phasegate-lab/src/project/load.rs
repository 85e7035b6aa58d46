//! Reading a project from paths, as `opa test` does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use phasegate::sources::policies;

use super::data::MAX_DATA_FILE_BYTES;
use super::{FileKind, Project, glob};
use crate::LabError;

/// How many bytes of files one project may have.
const MAX_PROJECT_BYTES: usize = 256 << 20;
/// How deep folders may nest.
const MAX_DEPTH: usize = 64;
/// How many files and folders may be looked at.
const MAX_ENTRIES: usize = 100_000;

/// How paths are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Names of files and folders that are left out, as patterns (`*_test.rego`, `.*`); the given
    /// paths themselves are never left out.
    pub ignore: Vec<String>,
    /// Each path is a bundle: a folder or an archive, of which only `data.json` and `data.yaml` are
    /// data, and whose manifest counts.
    pub bundles: bool,
}

impl Project {
    /// Reads the files below each path: `*.rego`, `*.json`, `*.yaml` and `*.yml`, and bundles
    /// (`.tar.gz`).
    ///
    /// Data stands at the path of its folder below the given one; `a.b:path` mounts a path at
    /// `data.a.b`. A `*.schema.json`, the input schema of the module beside it, and a
    /// `*.cases.yaml`, a table of cases for it, are no data.
    ///
    /// # Errors
    /// [`LabError`] for a path that cannot be read, or with every fault of the files.
    pub fn load(paths: &[PathBuf], options: &LoadOptions) -> Result<Self, LabError> {
        if let Some(bad) = options.ignore.iter().find(|pattern| !glob::is_valid(pattern)) {
            return Err(LabError::usage(format!(
                "`{bad}` is not a pattern of names; `*`, `?` and `[a-z]` are understood"
            )));
        }
        let mut reader = Reader {
            options,
            files: BTreeMap::new(),
            mounts: BTreeMap::new(),
            bytes: 0,
            entries: 0,
        };
        for path in paths {
            reader.given(path)?;
        }
        Self::build(reader.files, &reader.mounts)
    }
}

struct Reader<'a> {
    options: &'a LoadOptions,
    files: BTreeMap<String, Vec<u8>>,
    mounts: BTreeMap<String, Vec<String>>,
    bytes: usize,
    entries: usize,
}

impl Reader<'_> {
    /// One path of the command line.
    fn given(&mut self, path: &Path) -> Result<(), LabError> {
        let (mount, path) = split_mount(path);
        let meta = fs::metadata(&path).map_err(LabError::io(&path))?;
        if self.options.bundles || (meta.is_file() && is_archive(&path)) {
            return self.bundle(&path, &mount);
        }
        if meta.is_dir() {
            return self.folder(&path, &mount, 0);
        }
        match FileKind::of(&name_of(&path)) {
            Some(kind) => self.file(&path, kind, mount),
            None => Err(LabError::Unrecognized { path }),
        }
    }

    fn bundle(&mut self, path: &Path, mount: &[String]) -> Result<(), LabError> {
        let set = policies::read(path)?;
        let single = path.is_file() && !is_archive(path);
        for (name, bytes) in set.files {
            if name.split('/').any(|part| self.is_ignored(part)) {
                continue;
            }
            let mut steps = mount.to_vec();
            steps.extend(super::data::folders(&name));
            let file = if single { path.to_owned() } else { path.join(name) };
            self.keep(path, shown(&file), bytes, steps)?;
        }
        Ok(())
    }

    fn folder(&mut self, folder: &Path, mount: &[String], depth: usize) -> Result<(), LabError> {
        if depth > MAX_DEPTH {
            return Err(LabError::Limit {
                path: folder.to_owned(),
                problem: format!(
                    "folders nest deeper than {MAX_DEPTH}; is there a link to itself?"
                ),
            });
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(LabError::io(folder))? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(LabError::Limit {
                    path: folder.to_owned(),
                    problem: format!("there are more than {MAX_ENTRIES} files; use `--ignore`"),
                });
            }
            names.push(entry.map_err(LabError::io(folder))?.file_name());
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let shown = name.to_string_lossy();
            if self.is_ignored(&shown) {
                continue;
            }
            let meta = fs::metadata(&path).map_err(LabError::io(&path))?;
            if meta.is_dir() {
                let mut below = mount.to_vec();
                below.push(shown.into_owned());
                self.folder(&path, &below, depth + 1)?;
            } else if is_archive(&path) {
                self.bundle(&path, mount)?;
            } else if let Some(kind) = FileKind::of(&shown) {
                self.file(&path, kind, mount.to_vec())?;
            }
        }
        Ok(())
    }

    fn is_ignored(&self, name: &str) -> bool {
        self.options.ignore.iter().any(|pattern| glob::matches(pattern, name))
    }

    fn file(&mut self, path: &Path, kind: FileKind, mount: Vec<String>) -> Result<(), LabError> {
        let most = match kind {
            FileKind::Rego => phasegate::rego::syntax::limits::MAX_FILE_BYTES,
            _ => MAX_DATA_FILE_BYTES,
        };
        let file = fs::File::open(path).map_err(LabError::io(path))?;
        let mut bytes = Vec::new();
        let read =
            file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(LabError::io(path))?;
        if read > most {
            return Err(LabError::Limit {
                path: path.to_owned(),
                problem: format!("it has more than {most} bytes; split it, or use `--ignore`"),
            });
        }
        self.keep(path, shown(path), bytes, mount)
    }

    fn keep(
        &mut self,
        from: &Path,
        file: String,
        bytes: Vec<u8>,
        mount: Vec<String>,
    ) -> Result<(), LabError> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MAX_PROJECT_BYTES {
            return Err(LabError::Limit {
                path: from.to_owned(),
                problem: format!(
                    "with `{file}` the project has more than {MAX_PROJECT_BYTES} bytes; use \
                     `--ignore`"
                ),
            });
        }
        // A file below two of the given paths is one file.
        self.mounts.insert(file.clone(), mount);
        self.files.insert(file, bytes);
        Ok(())
    }
}

/// `a.b:path` is the path mounted at `data.a.b`; a drive letter is no mount.
fn split_mount(path: &Path) -> (Vec<String>, PathBuf) {
    let text = path.to_str().unwrap_or_default();
    match text.split_once(':') {
        Some((mount, rest)) if mount.len() > 1 && !mount.contains('/') && !rest.is_empty() => {
            (mount.split('.').map(str::to_owned).collect(), PathBuf::from(rest))
        }
        _ => (Vec::new(), path.to_owned()),
    }
}

/// A path as OPA shows it: without steps that lead nowhere.
fn shown(path: &Path) -> String {
    let steps = path.components().filter(|step| *step != Component::CurDir);
    steps.collect::<PathBuf>().display().to_string()
}

fn is_archive(path: &Path) -> bool {
    let name = name_of(path);
    [".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_what_stands_below_the_paths() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("p/a.rego", "package a\n\nx := 1\n"),
            ("p/a_test.rego", "package a_test\n\ntest_x if data.a.x == 1\n"),
            ("p/a.schema.json", "{}"),
            ("p/a.cases.yaml", "[]"),
            ("p/limits/values.yaml", "max: 3\n"),
            ("p/limits/data.json", r#"{"min": 1}"#),
            ("p/README.md", "no\n"),
            ("p/skipped/b.rego", "no rego\n"),
        ] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let path = root.path().join("p");
        let options = LoadOptions { ignore: vec!["skip*".to_owned()], ..LoadOptions::default() };
        let project = Project::load(std::slice::from_ref(&path), &options).unwrap();
        assert_eq!(project.data, serde_json::json!({"limits": {"max": 3, "min": 1}}));
        assert_eq!(project.modules.len(), 2);
        assert_eq!(project.policies().count(), 1);
        assert_eq!(project.files.len(), 6);

        let broken = Project::load(std::slice::from_ref(&path), &LoadOptions::default());
        assert_eq!(broken.unwrap_err().code(), "load");
        let mounted = PathBuf::from(format!("x.y:{}", path.join("limits").display()));
        let mounted = Project::load(&[mounted], &LoadOptions::default()).unwrap();
        assert_eq!(mounted.data, serde_json::json!({"x": {"y": {"max": 3, "min": 1}}}));
        let readme = Project::load(&[path.join("README.md")], &LoadOptions::default());
        assert_eq!(readme.unwrap_err().code(), "unrecognized");
        let missing = Project::load(&[path.join("none")], &LoadOptions::default());
        assert_eq!(missing.unwrap_err().code(), "not_found");
    }
}
