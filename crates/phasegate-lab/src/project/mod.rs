//! A project: policies with their tests, and the data that stands beside them.

mod data;
mod glob;
mod load;

use std::collections::BTreeMap;

use phasegate::PolicyFiles;
use phasegate::rego::syntax::{Module, parse_set};
use phasegate::rego::{Code, Diagnostic, LoadError};
use serde_json::Value;

pub use self::load::LoadOptions;

use crate::LabError;

/// What stands below the given paths.
#[derive(Debug, Clone)]
pub struct Project {
    /// The modules, tests included, in the order of their paths.
    pub modules: Vec<Module>,
    /// The base data of all files, merged.
    pub data: Value,
    /// Every file that was kept, by its path: modules, data, input schemas, case tables.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What a file of a project is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// Policies or their tests: `*.rego`.
    Rego,
    /// Base data: any other `*.json`, `*.yaml` or `*.yml`.
    Data,
    /// The input schema of the module beside it: `*.schema.json`.
    Schema,
    /// A table of cases for the policy beside it: `*.cases.yaml`, `*.cases.yml`, `*.cases.json`.
    Cases,
}

impl FileKind {
    /// The kind of a file; `None` for what a project does not hold.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
        let (stem, ending) = file.rsplit_once('.')?;
        let inner = stem.rsplit_once('.').map(|(_, inner)| inner);
        match (inner, ending) {
            (_, "rego") => Some(Self::Rego),
            (Some("schema"), "json") => Some(Self::Schema),
            (Some("cases"), "json" | "yaml" | "yml") => Some(Self::Cases),
            (_, "json" | "yaml" | "yml") => Some(Self::Data),
            _ => None,
        }
    }
}

impl Project {
    /// A project of files in memory, each at its path, `/` between folders. Data is mounted at the
    /// path of its folder.
    ///
    /// # Errors
    /// [`LabError::Load`] with every fault of the files.
    ///
    /// ```
    /// use phasegate_lab::Project;
    ///
    /// let files = [
    ///     ("gate.rego", "package gate\n\nallow if input.n < data.gate.max\n"),
    ///     ("gate/data.json", r#"{"max": 3}"#),
    /// ];
    /// let project = Project::of_files(files.map(|(path, text)| (path.to_owned(), text.into())))?;
    /// assert_eq!(project.data["gate"]["max"], 3);
    /// # Ok::<(), phasegate_lab::LabError>(())
    /// ```
    pub fn of_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, LabError> {
        let files = files.into_iter().collect::<BTreeMap<_, _>>();
        let mounts = files.keys().map(|path| (path.clone(), data::folders(path))).collect();
        Self::build(files, &mounts)
    }

    /// Builds a project of files, the data files mounted at the given steps.
    fn build(
        files: BTreeMap<String, Vec<u8>>,
        mounts: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, LabError> {
        let mut faults = Vec::new();
        let mut data = Value::Object(serde_json::Map::new());
        let mut texts = Vec::new();
        for (path, bytes) in &files {
            match FileKind::of(path) {
                Some(FileKind::Rego) => match std::str::from_utf8(bytes) {
                    Ok(text) => texts.push((path.as_str(), text)),
                    Err(error) => faults.push(Diagnostic::whole(
                        path,
                        Code::RegoParseError,
                        format!("the text is not UTF-8 from byte {} on", error.valid_up_to()),
                        "save the file as UTF-8",
                    )),
                },
                Some(FileKind::Data) => {
                    let mount = mounts.get(path).map(Vec::as_slice).unwrap_or_default();
                    data::mount(&mut data, path, bytes, mount, &mut faults);
                }
                _ => {}
            }
        }
        let modules = parse_set(texts).unwrap_or_else(|found| {
            faults.extend(found);
            Vec::new()
        });
        if faults.is_empty() {
            return Ok(Self { modules, data, files });
        }
        faults.sort();
        Err(LoadError { diagnostics: faults }.into())
    }

    /// The modules whose files are not tests (`*_test.rego`).
    pub fn policies(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(|module| !is_test_file(&module.file))
    }

    /// The files as a gate loads them: modules, input schemas, and the merged data.
    #[must_use]
    pub fn policy_files(&self) -> PolicyFiles {
        let kept = self.files.iter().filter(|(path, _)| {
            matches!(FileKind::of(path), Some(FileKind::Rego | FileKind::Schema))
        });
        let mut files: BTreeMap<String, Vec<u8>> =
            kept.map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
        files.insert("data.json".to_owned(), self.data.to_string().into_bytes());
        PolicyFiles { files, revision: None, roots: None }
    }
}

/// Whether a file holds tests: the gate does not load it, and coverage of it says nothing.
#[must_use]
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("_test.rego")
}
