//! Base data: `data.json` and `data.yaml`, each mounted at the path of its folder, merged into one
//! document.

use phasegate_core::read::{Format, read};
use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic};

/// How many bytes one data file may have.
pub(crate) const MAX_DATA_FILE_BYTES: usize = 16 << 20;

/// The format of a data file, `None` for any other name: OPA mounts only files of these names.
pub(crate) fn format_of(path: &str) -> Option<Format> {
    match path.rsplit('/').next().unwrap_or(path) {
        "data.json" => Some(Format::Json),
        "data.yaml" | "data.yml" => Some(Format::Yaml),
        _ => None,
    }
}

/// The folder of a data file as steps: `a/b/data.json` is mounted at `data.a.b`.
pub(crate) fn mount_of(path: &str) -> Vec<&str> {
    let mut steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    steps.pop();
    steps
}

/// Merges data files into one document. All faults are reported.
pub(crate) fn merge<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    roots: Option<&[String]>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let mut data = Value::Object(Map::new());
    for (file, bytes) in files {
        let Some(format) = format_of(file) else { continue };
        match read(bytes, format, MAX_DATA_FILE_BYTES) {
            Ok(value) => mount(&mut data, file, value, roots, diagnostics),
            Err(error) => diagnostics.extend(error.faults.iter().map(|fault| {
                let remedy = "mend the file; base data must be one JSON or YAML document";
                Diagnostic::of_fault(file, bytes, fault, remedy)
            })),
        }
    }
    data
}

fn mount(
    data: &mut Value,
    file: &str,
    value: Value,
    roots: Option<&[String]>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let steps = mount_of(file);
    if steps.is_empty() && !value.is_object() {
        diagnostics.push(Diagnostic::whole(
            file,
            Code::DataParseError,
            "the document at the root must be an object".to_owned(),
            "wrap it in an object, or move the file into a folder",
        ));
        return;
    }
    outside_roots(&steps, &value, roots, file, diagnostics);
    let mut wrapped = value;
    for step in steps.iter().rev() {
        wrapped = Value::Object([((*step).to_owned(), wrapped)].into_iter().collect());
    }
    diagnostics.extend(phasegate_core::merge(data, wrapped).into_iter().map(|path| {
        Diagnostic::whole(
            file,
            Code::RegoConflictError,
            format!("`data.{path}` is given by another data file too"),
            "give each path in one file",
        )
    }));
}

/// A bundle owns the paths under its roots and no others.
fn outside_roots(
    mount: &[&str],
    value: &Value,
    roots: Option<&[String]>,
    file: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(roots) = roots else { return };
    let mut path: Vec<String> = mount.iter().map(|step| (*step).to_owned()).collect();
    let mut outside = Vec::new();
    visit(&mut path, value, roots, &mut outside);
    diagnostics.extend(outside.into_iter().map(|path| {
        Diagnostic::whole(
            file,
            Code::ManifestError,
            format!("`data.{path}` lies outside the bundle's roots"),
            "move it under a root, or add its path to `roots` in `.manifest`",
        )
    }));
}

fn visit(path: &mut Vec<String>, value: &Value, roots: &[String], outside: &mut Vec<String>) {
    let here = path.join("/");
    if roots.iter().any(|root| is_under(&here, root)) {
        return;
    }
    // Above a root everything depends on what is below; beside one it is outside.
    let above = roots.iter().any(|root| is_under(root.trim_matches('/'), &here));
    match value {
        Value::Object(entries) if above => {
            for (key, value) in entries {
                path.push(key.clone());
                visit(path, value, roots, outside);
                path.pop();
            }
        }
        _ => outside.push(path.join(".")),
    }
}

/// Whether a path, steps parted by `/`, is a root or lies under it. The empty root owns everything.
pub(crate) fn is_under(path: &str, root: &str) -> bool {
    let root = root.trim_matches('/');
    root.is_empty()
        || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
