//! The files of a policy as bytes: what readers of directories and bundles hand to the engine.

use std::collections::BTreeMap;

/// The files of a policy as bytes, before anything has looked at them.
///
/// Names that a policy set understands are `*.rego`, `data.json` and `data.yaml` (or `.yml`), whose
/// content is mounted at the path of their folder, and `*.schema.json`, the input schema of the
/// module beside it. `*_test.rego` files and case tables, `*.cases.yaml` (or `.yml`, `.json`), are
/// kept for testing and never loaded for decisions.
/// Everything else is ignored.
///
/// The type carries no fault of its own and checks nothing: whoever reads files fills it, and
/// whoever loads a policy judges what is in it.
///
/// ```
/// use phasegate_core::PolicyFiles;
///
/// let mut set = PolicyFiles::default();
/// set.files.insert("gate/allow.rego".to_owned(), b"package gate\n\nallow := true\n".to_vec());
/// assert_eq!(set.roots, None, "without a manifest everything is allowed");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFiles {
    /// Path within the set, `/` between folders and none at its head, to bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The revision of the bundle they came from.
    pub revision: Option<String>,
    /// The roots its manifest declares; `None` when there is no manifest or it declares none (then
    /// everything is allowed).
    pub roots: Option<Vec<String>>,
}
