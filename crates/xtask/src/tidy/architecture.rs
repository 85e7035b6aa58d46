//! Every package stands in ARCHITECTURE.md, and every package named there exists.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

const MAP: &str = "ARCHITECTURE.md";

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let Some(text) = tree.get(MAP) else {
        let remedy = "write it: the map of the packages, and what must stay absent";
        return vec![Fault::new(MAP, 0, "the map is missing", remedy)];
    };
    let exists = |name: &str| workspace.members.iter().any(|package| package.name == name);
    let mut faults = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for name in names(line).filter(|name| name.starts_with("phasegate-") && !exists(name)) {
            faults.push(Fault::new(
                MAP,
                number,
                format!("there is no package `{name}`"),
                "name it when it exists",
            ));
        }
    }
    for package in &workspace.members {
        if !text.lines().flat_map(names).any(|name| name == package.name) {
            faults.push(Fault::new(
                MAP,
                0,
                format!("the package `{}` is not named", package.name),
                "give it its line on the map",
            ));
        }
    }
    faults
}

/// The words of a line that could be the name of a package.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    words.map(|word| word.trim_matches('-')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, package, tree, workspace};
    use super::*;

    #[test]
    fn map_and_packages_agree() {
        let packages = workspace(&[
            package("crates/phasegate", "phasegate", &[]),
            package("crates/phasegate-core", "phasegate-core", &[]),
        ]);
        let good =
            tree(&[(MAP, "# Map\n`phasegate`: the facade\n| `phasegate-core` | documents |\n")]);
        expect(&check(&good, &packages), &[]);
        let bad = tree(&[(MAP, "# Map\nphasegate, phasegate-cores\n")]);
        let want = [
            "ARCHITECTURE.md:2: no package `phasegate-cores`",
            "ARCHITECTURE.md:0: `phasegate-core` is not named",
        ];
        expect(&check(&bad, &packages), &want);
        expect(&check(&tree(&[]), &packages), &["ARCHITECTURE.md:0: the map is missing"]);
    }
}
