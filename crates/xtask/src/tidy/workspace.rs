//! The packages of the workspace, as `cargo metadata` tells them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::run::{Failed, Runner};

/// Our packages, and what they bring in.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) members: Vec<Package>,
    pub(crate) foreign: Vec<Foreign>,
}

/// A package of ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Folder from the root of the workspace, `crates/phasegate-core`.
    pub(crate) folder: String,
    pub(crate) license: Option<String>,
    pub(crate) description: Option<String>,
    /// The file of its library, from the root of the workspace.
    pub(crate) library: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// A line under `[dependencies]` or one of its kin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) optional: bool,
}

/// A package of somebody else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
}

impl Package {
    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

impl Workspace {
    /// Asks Cargo, which must find `Cargo.lock` complete.
    pub(crate) fn read(runner: &Runner) -> Result<Self, Failed> {
        let mut command = runner.cargo();
        command.args(["metadata", "--format-version", "1", "--locked"]);
        let output = command.output();
        let output = output.map_err(|error| Failed(format!("cargo did not start: {error}")))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Failed(format!("cargo cannot describe the workspace: {why}")));
        }
        let metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| Failed(format!("cargo's description is not JSON: {error}")))?;
        Ok(Self::from_metadata(&metadata, runner.root()))
    }

    fn from_metadata(metadata: &Value, root: &Path) -> Self {
        let mut workspace = Self::default();
        for package in array(&metadata["packages"]) {
            if package["source"].is_null() {
                workspace.members.push(member(package, root));
            } else {
                workspace.foreign.push(Foreign {
                    name: text(&package["name"]).unwrap_or_default(),
                    version: text(&package["version"]).unwrap_or_default(),
                    license: text(&package["license"]),
                });
            }
        }
        workspace
    }
}

fn member(package: &Value, root: &Path) -> Package {
    let manifest = inside(&package["manifest_path"], root);
    let library = array(&package["targets"]).iter().find(|target| {
        array(&target["kind"])
            .iter()
            .any(|kind| matches!(kind.as_str(), Some("lib" | "proc-macro")))
    });
    let dependencies = array(&package["dependencies"]).iter().map(|dependency| Dependency {
        name: text(&dependency["name"]).unwrap_or_default(),
        dev: dependency["kind"].as_str() == Some("dev"),
        optional: dependency["optional"].as_bool() == Some(true),
    });
    let features = package["features"].as_object().into_iter().flatten().map(|(name, enables)| {
        (name.clone(), array(enables).iter().filter_map(text).collect::<Vec<_>>())
    });
    Package {
        name: text(&package["name"]).unwrap_or_default(),
        folder: manifest.trim_end_matches("/Cargo.toml").to_owned(),
        license: text(&package["license"]),
        description: text(&package["description"]),
        library: library.map(|target| inside(&target["src_path"], root)),
        dependencies: dependencies.collect(),
        features: features.collect(),
    }
}

/// A path as it is written within the repository.
fn inside(path: &Value, root: &Path) -> String {
    let path = Path::new(path.as_str().unwrap_or_default());
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "source": null, "manifest_path": "/r/crates/a/Cargo.toml",
             "license": "MIT OR Apache-2.0", "description": "says",
             "targets": [{"kind": ["test"], "src_path": "/r/crates/a/tests/t.rs"},
                         {"kind": ["lib"], "src_path": "/r/crates/a/src/lib.rs"}],
             "dependencies": [{"name": "b", "kind": null, "optional": true},
                              {"name": "c", "kind": "dev", "optional": false}],
             "features": {"default": ["dep:b"]}},
            {"name": "z", "version": "1.0.0", "source": "registry+x", "license": null}]});
        let workspace = Workspace::from_metadata(&metadata, Path::new("/r"));
        let [a] = workspace.members.as_slice() else { panic!("{workspace:?}") };
        assert_eq!((a.name.as_str(), a.folder.as_str()), ("a", "crates/a"));
        assert_eq!(a.library.as_deref(), Some("crates/a/src/lib.rs"));
        assert_eq!(a.manifest(), "crates/a/Cargo.toml");
        let shape: Vec<_> =
            a.dependencies.iter().map(|d| (d.name.as_str(), d.dev, d.optional)).collect();
        assert_eq!(shape, [("b", false, true), ("c", true, false)]);
        assert_eq!(a.features["default"], ["dep:b"]);
        let [z] = workspace.foreign.as_slice() else { panic!("{workspace:?}") };
        assert_eq!((z.name.as_str(), z.version.as_str(), &z.license), ("z", "1.0.0", &None));
    }
}
