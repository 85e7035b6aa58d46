//! Each manifest takes license, lints and versions from the workspace, and says what it is for.

use toml::{Table, Value};

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

/// What all of it is under.
const LICENSE: &str = "MIT OR Apache-2.0";

/// What every package takes from the workspace.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let mut faults = lock(tree);
    for package in &workspace.members {
        let file = package.manifest();
        let mut fault = |problem: String, remedy: &str| {
            faults.push(Fault::new(&file, 0, problem, remedy));
        };
        if package.license.as_deref() != Some(LICENSE) {
            fault(format!("the license is not `{LICENSE}`"), "write `license.workspace = true`");
        }
        if package.description.as_deref().unwrap_or_default().trim().is_empty() {
            fault("there is no description".to_owned(), "say in one line what it is for");
        }
        let table = tree.get(&file).unwrap_or_default().parse::<Table>();
        let Ok(table) = table else {
            fault("the manifest cannot be read".to_owned(), "run `cargo check`");
            continue;
        };
        if !inherits(table.get("lints")) {
            fault(
                "the lints of the workspace do not apply".to_owned(),
                "end it with `[lints]` and `workspace = true`",
            );
        }
        let own = table.get("package").and_then(Value::as_table);
        for key in INHERITED {
            if !inherits(own.and_then(|own| own.get(*key))) {
                fault(
                    format!("`{key}` is not the workspace's"),
                    &format!("write `{key}.workspace = true`"),
                );
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            for (name, _) in entries.filter(|(_, entry)| !inherits(Some(entry))) {
                fault(
                    format!("`{name}` names its own version or path"),
                    "name it once, under `[workspace.dependencies]` of the root",
                );
            }
        }
    }
    faults
}

fn lock(tree: &Tree) -> Vec<Fault> {
    let committed = tree.has("Cargo.lock") && !tree.untracked.contains("Cargo.lock");
    if committed {
        return Vec::new();
    }
    vec![Fault::new("Cargo.lock", 0, "it is not committed", "commit it")]
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, package, tree, workspace};
    use super::*;

    const GOOD: &str = "
[package]
name = \"phasegate-core\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true
[dependencies]
serde.workspace = true
chrono = { workspace = true, optional = true }
[lints]
workspace = true
";

    fn faults(manifest: &str) -> Vec<Fault> {
        let tree = tree(&[("Cargo.lock", ""), ("crates/phasegate-core/Cargo.toml", manifest)]);
        check(&tree, &workspace(&[package("crates/phasegate-core", "phasegate-core", &[])]))
    }

    #[test]
    fn what_the_workspace_says_is_said_once() {
        expect(&faults(GOOD), &[]);
        for (from, to, want) in [
            ("[lints]\nworkspace = true", "", "lints of the workspace do not apply"),
            ("edition.workspace = true", "edition = \"2024\"", "`edition` is not"),
            ("serde.workspace = true", "serde = \"1\"", "`serde` names its own version"),
            ("workspace = true, optional", "path = \"x\", optional", "`chrono` names its own"),
            ("[package]", "[package", "cannot be read"),
        ] {
            let want = format!("crates/phasegate-core/Cargo.toml:0: {want}");
            expect(&faults(&GOOD.replace(from, to)), &[&want]);
        }
    }

    #[test]
    fn license_description_and_lock_are_there() {
        let mut bare = package("crates/phasegate-core", "phasegate-core", &[]);
        bare.license = Some("MIT".to_owned());
        bare.description = Some(" ".to_owned());
        let files = tree(&[("crates/phasegate-core/Cargo.toml", GOOD)]);
        let want = [
            "Cargo.lock:0: not committed",
            "crates/phasegate-core/Cargo.toml:0: license is not `MIT OR Apache-2.0`",
            "crates/phasegate-core/Cargo.toml:0: no description",
        ];
        expect(&check(&files, &workspace(&[bare])), &want);
        let mut untracked = tree(&[("Cargo.lock", "")]);
        untracked.untracked.insert("Cargo.lock".to_owned());
        expect(&check(&untracked, &workspace(&[])), &["Cargo.lock:0: not committed"]);
    }
}
