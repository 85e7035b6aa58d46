//! A folder tells its package: in `crates/` it is the name, elsewhere `phasegate-` goes before it.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

pub(crate) fn check(_: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in &workspace.members {
        let (parent, folder) = package.folder.rsplit_once('/').unwrap_or(("", &package.folder));
        let want =
            if parent == "crates" { folder.to_owned() } else { format!("phasegate-{folder}") };
        if package.name != want {
            faults.push(Fault::new(
                &package.manifest(),
                0,
                format!("the package is `{}`, its folder says `{want}`", package.name),
                "rename one of them",
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, package, tree, workspace};
    use super::*;

    #[test]
    fn folders_tell_packages() {
        let good = [
            package("crates/phasegate-core", "phasegate-core", &[]),
            package("crates/xtask", "xtask", &[]),
            package("policies", "phasegate-policies", &[]),
            package("bindings/python", "phasegate-python", &[]),
        ];
        expect(&check(&tree(&[]), &workspace(&good)), &[]);
        let bad =
            [package("crates/core", "phasegate-core", &[]), package("policies", "policies", &[])];
        let want = [
            "crates/core/Cargo.toml:0: its folder says `core`",
            "policies/Cargo.toml:0: its folder says `phasegate-policies`",
        ];
        expect(&check(&tree(&[]), &workspace(&bad)), &want);
    }
}
