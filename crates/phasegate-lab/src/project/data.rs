//! Base data: each file is mounted at a path, and all are merged into one document.

use phasegate::read::{Format, read};
use phasegate::rego::{Code, Diagnostic};
use serde_json::{Map, Value};

/// How many bytes one data file may have.
pub(super) const MAX_DATA_FILE_BYTES: usize = 16 << 20;

/// The folders of a path, outermost first.
pub(super) fn folders(path: &str) -> Vec<String> {
    let mut steps: Vec<String> =
        path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
    steps.pop();
    steps
}

/// Adds a file to the document, below `steps`.
pub(super) fn mount(
    data: &mut Value,
    file: &str,
    bytes: &[u8],
    steps: &[String],
    faults: &mut Vec<Diagnostic>,
) {
    let format = if file.ends_with("json") { Format::Json } else { Format::Yaml };
    let value = match read(bytes, format, MAX_DATA_FILE_BYTES) {
        Ok(value) => value,
        Err(error) => {
            let remedy = "mend the file, or leave it out with `--ignore`";
            let found = |fault| Diagnostic::of_fault(file, bytes, fault, remedy);
            faults.extend(error.faults.iter().map(found));
            return;
        }
    };
    if steps.is_empty() && !value.is_object() {
        faults.push(Diagnostic::whole(
            file,
            Code::DataParseError,
            "the document at the root must be an object".to_owned(),
            "wrap it in an object, or move the file into a folder",
        ));
        return;
    }
    let wrapped = steps
        .iter()
        .rev()
        .fold(value, |inner, step| Value::Object(Map::from_iter([(step.clone(), inner)])));
    faults.extend(phasegate::merge(data, wrapped).into_iter().map(|path| {
        Diagnostic::whole(
            file,
            Code::RegoConflictError,
            format!("`data.{path}` is given by another data file too"),
            "give each path in one file",
        )
    }));
}
