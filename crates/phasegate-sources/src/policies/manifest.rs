//! The manifest of a bundle: its revision, and the roots that it claims.
//!
//! The format is OPA's (<https://www.openpolicyagent.org/docs/latest/management-bundles/>).

use phasegate_core::read::{Format, read};
use serde_json::Value;

use super::limits::MAX_MANIFEST_BYTES;

/// What a manifest says that matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) revision: Option<String>,
    pub(super) roots: Option<Vec<String>>,
}

impl Manifest {
    /// Reads a manifest; every fault at once.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Vec<String>> {
        let limit = usize::try_from(MAX_MANIFEST_BYTES).unwrap_or(usize::MAX);
        let value = read(bytes, Format::Json, limit)
            .map_err(|error| error.faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let Value::Object(fields) = value else {
            return Err(vec![
                "it must be a JSON object, `{\"revision\": ..., \"roots\": [...]}`".to_owned(),
            ]);
        };
        let mut manifest = Self::default();
        let mut problems = Vec::new();
        for (key, value) in fields {
            match key.as_str() {
                "revision" => match value {
                    Value::String(text) => manifest.revision = Some(text),
                    _ => problems.push("`revision` must be a string".to_owned()),
                },
                "roots" => match roots(&value) {
                    Ok(roots) => manifest.roots = Some(roots),
                    Err(problem) => problems.push(problem),
                },
                "rego_version" => problems.extend(rego_version("rego_version", &value)),
                "file_rego_versions" => match value {
                    Value::Object(files) => {
                        for (file, version) in &files {
                            let place = format!("file_rego_versions.{}", file.escape_debug());
                            problems.extend(rego_version(&place, version));
                        }
                    }
                    _ => problems.push("`file_rego_versions` must be an object".to_owned()),
                },
                "metadata" if value.is_object() => {}
                "metadata" => problems.push("`metadata` must be an object".to_owned()),
                "wasm" if value.as_array().is_some_and(Vec::is_empty) => {}
                "wasm" => problems.push(
                    "`wasm` names compiled entry points, which are not evaluated; build the bundle \
                     with `opa build --target rego`"
                        .to_owned(),
                ),
                other => problems.push(format!(
                    "`{}` is not a key of a manifest; the keys are `revision`, `roots`, \
                     `rego_version`, `file_rego_versions`, `metadata` and `wasm`",
                    other.escape_debug()
                )),
            }
        }
        if problems.is_empty() { Ok(manifest) } else { Err(problems) }
    }
}

fn rego_version(place: &str, value: &Value) -> Option<String> {
    if value.as_u64() == Some(1) {
        return None;
    }
    Some(format!("`{place}` must be 1: only Rego v1 is read; rewrite v0 with `opa fmt --v0-v1`"))
}

fn roots(value: &Value) -> Result<Vec<String>, String> {
    let roots = value
        .as_array()
        .and_then(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>())
        .ok_or("`roots` must be an array of strings like `lifecycle/promotion`")?;
    let roots: Vec<String> = roots.iter().map(|root| root.trim_matches('/').to_owned()).collect();
    // Sorted by components, a root is followed by what lies under it, if anything does.
    let mut sorted: Vec<_> = roots.iter().map(|root| (segments(root), root)).collect();
    sorted.sort();
    for ((above, one), (below, other)) in sorted.iter().zip(sorted.iter().skip(1)) {
        if below.starts_with(above) {
            return Err(format!(
                "the roots `{}` and `{}` overlap; keep the first",
                one.escape_debug(),
                other.escape_debug()
            ));
        }
    }
    Ok(roots)
}

/// The components of a root; the root `""` has none and contains everything.
fn segments(root: &str) -> Vec<&str> {
    root.split('/').filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        Manifest::parse(text.as_bytes()).map_err(|problems| problems.join("; "))
    }

    #[test]
    fn what_opa_writes_is_read() {
        let full = r#"{"revision": "r1", "roots": ["/a/b/", "c"], "rego_version": 1, "wasm": [],
                       "file_rego_versions": {"x.rego": 1}, "metadata": {"k": 1}}"#;
        let want = Manifest {
            revision: Some("r1".to_owned()),
            roots: Some(vec!["a/b".to_owned(), "c".to_owned()]),
        };
        assert_eq!(parse(full), Ok(want));
        assert_eq!(parse("{}"), Ok(Manifest::default()));
    }

    #[test]
    fn faults_are_told_with_a_remedy() {
        for (text, want) in [
            ("", "ends early"),
            ("[]", "must be a JSON object"),
            (r#"{"revision": 1}"#, "`revision` must be a string"),
            (r#"{"revision": "a", "revision": "b"}"#, "key given twice"),
            (r#"{"roots": "a"}"#, "`roots` must be an array of strings"),
            (r#"{"roots": [1]}"#, "`roots` must be an array of strings"),
            (r#"{"roots": ["a/b", "a-c", "a"]}"#, "the roots `a` and `a/b` overlap"),
            (r#"{"roots": ["a", "a"]}"#, "overlap"),
            (r#"{"roots": ["", "a"]}"#, "overlap"),
            (r#"{"rego_version": 0}"#, "`rego_version` must be 1"),
            (r#"{"rego_version": "1"}"#, "`rego_version` must be 1"),
            (r#"{"file_rego_versions": {"/old/*.rego": 0}}"#, "`file_rego_versions./old/*.rego`"),
            (r#"{"file_rego_versions": []}"#, "must be an object"),
            (r#"{"metadata": []}"#, "`metadata` must be an object"),
            (r#"{"wasm": [{"entrypoint": "a"}]}"#, "--target rego"),
            (r#"{"root": []}"#, "`root` is not a key of a manifest"),
        ] {
            let problems = parse(text).expect_err(text);
            assert!(problems.contains(want), "{text}: {problems}");
        }
        let both = Manifest::parse(br#"{"root": [], "revision": 1}"#).unwrap_err();
        assert_eq!(both.len(), 2, "{both:?}");
    }
}
