//! Which package may depend on which, and which of them may reach the outside.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::{Package, Workspace};

/// What a package may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Values in, values out: no clock, files, environment or network.
    Pure,
    /// Does IO.
    Outside,
    /// Tests, benchmarks, their data, and development commands: nothing is built upon them.
    Development,
}

/// A package, what it may reach, and the packages of ours that it may depend on; with `?` only
/// behind a feature that is off by default.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) reach: Reach,
    pub(crate) may: &'static [&'static str],
}

const fn row(name: &'static str, reach: Reach, may: &'static [&'static str]) -> Row {
    Row { name, reach, may }
}

/// The architecture. A row may stand here before its package does.
pub(crate) const ROWS: &[Row] = &[
    row("phasegate-stats", Reach::Pure, &[]),
    row("phasegate-core", Reach::Pure, &["phasegate-stats"]),
    row("phasegate-rego", Reach::Pure, &["phasegate-core"]),
    row("phasegate-policies", Reach::Pure, &[]),
    row(
        "phasegate",
        Reach::Pure,
        &[
            "phasegate-core",
            "phasegate-policies",
            "phasegate-rego",
            "phasegate-sources?",
            "phasegate-stats",
        ],
    ),
    row("phasegate-lab", Reach::Outside, &["phasegate"]),
    row("phasegate-sources", Reach::Outside, &["phasegate-core"]),
    row("phasegate-server", Reach::Outside, &["phasegate", "phasegate-sources"]),
    row(
        "phasegate-cli",
        Reach::Outside,
        &["phasegate", "phasegate-lab", "phasegate-server", "phasegate-sources"],
    ),
    row("phasegate-fixtures", Reach::Development, &[]),
    row("phasegate-benches", Reach::Development, &[]),
    row("phasegate-tests", Reach::Development, &[]),
    row("xtask", Reach::Development, &[]),
];

pub(crate) fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

pub(crate) fn check(_: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in &workspace.members {
        let manifest = package.manifest();
        let Some(row) = find(&package.name) else {
            faults.push(Fault::new(
                &manifest,
                0,
                format!("`{}` has no row in the table of arrows", package.name),
                "give it one in crates/xtask/src/tidy/arrows.rs and say in ARCHITECTURE.md why",
            ));
            continue;
        };
        let ours = package.dependencies.iter().filter(|dependency| !dependency.dev);
        for dependency in ours {
            let Some(target) = find(&dependency.name) else { continue };
            if let Some((problem, remedy)) = judge(row, target, dependency.optional, package) {
                faults.push(Fault::new(&manifest, 0, problem, remedy));
            }
        }
    }
    faults
}

/// What is wrong with an arrow, and what to do.
fn judge(
    from: &Row,
    to: &Row,
    optional: bool,
    package: &Package,
) -> Option<(String, &'static str)> {
    let (source, target) = (from.name, to.name);
    if from.reach == Reach::Development {
        return None;
    }
    if to.reach == Reach::Development {
        let problem = format!("`{source}` depends on `{target}`, which is for development alone");
        return Some((problem, "make it a dev-dependency"));
    }
    let behind_feature = from.may.iter().any(|may| may.strip_suffix('?') == Some(target));
    if !behind_feature && !from.may.contains(&target) {
        let problem = format!("`{source}` may not depend on `{target}`");
        return Some((problem, "move the code to where the arrows of ARCHITECTURE.md allow it"));
    }
    if from.reach == Reach::Pure && to.reach == Reach::Outside && !behind_feature {
        let problem = format!("`{source}` is pure and `{target}` does IO");
        return Some((problem, "pass in what it reads"));
    }
    if behind_feature && (!optional || on_by_default(package, target)) {
        let problem = format!("`{source}` may depend on `{target}` behind a feature only");
        return Some((problem, "make it optional and keep its feature out of `default`"));
    }
    None
}

/// Whether the default features switch a dependency on, directly or through other features.
fn on_by_default(package: &Package, dependency: &str) -> bool {
    let mut open = vec!["default"];
    let mut seen = Vec::new();
    while let Some(feature) = open.pop() {
        if seen.contains(&feature) {
            continue;
        }
        seen.push(feature);
        for enables in package.features.get(feature).into_iter().flatten() {
            let name = enables.strip_prefix("dep:").unwrap_or(enables);
            // `name/feature` switches `name` on as well; `name?/feature` does not.
            if name.split('/').next() == Some(dependency) {
                return true;
            }
            open.push(enables);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, package, tree, workspace};
    use super::*;

    fn faults(packages: &[Package]) -> Vec<Fault> {
        check(&tree(&[]), &workspace(packages))
    }

    #[test]
    fn allowed_arrows() {
        expect(
            &faults(&[
                package("crates/phasegate-core", "phasegate-core", &["phasegate-stats", "serde"]),
                package("crates/phasegate-core", "phasegate-core", &["phasegate-fixtures (dev)"]),
                package("crates/phasegate", "phasegate", &["phasegate-sources?"]),
                package("crates/phasegate-cli", "phasegate-cli", &["phasegate-sources"]),
                package("tests", "phasegate-tests", &["phasegate-cli", "phasegate-fixtures"]),
            ]),
            &[],
        );
    }

    #[test]
    fn other_arrows() {
        let sources = "phasegate-sources";
        for (name, dependency, want) in [
            ("phasegate-core", "phasegate-rego", "may not depend on `phasegate-rego`"),
            ("phasegate-rego", sources, "may not depend on"),
            ("phasegate-stats", "phasegate-core", "may not depend on"),
            (sources, "phasegate", "may not depend on"),
            ("phasegate", sources, "behind a feature only"),
            ("phasegate-rego", "phasegate-fixtures", "for development alone"),
            ("phasegate-new", "serde", "has no row"),
        ] {
            let folder = format!("crates/{name}");
            let want = format!("{folder}/Cargo.toml:0: {want}");
            expect(&faults(&[package(&folder, name, &[dependency])]), &[&want]);
        }
    }

    #[test]
    fn a_feature_that_is_on_by_default_is_no_feature() {
        for (features, count) in [
            (&[("default", "sources"), ("sources", "dep:phasegate-sources")][..], 1),
            (&[("default", "phasegate-sources/x")], 1),
            (&[("default", "phasegate-sources?/x"), ("a", "dep:phasegate-sources")], 0),
            (&[("default", "default")], 0),
        ] {
            let mut facade = package("crates/phasegate", "phasegate", &["phasegate-sources?"]);
            facade.features = features
                .iter()
                .map(|&(name, enables)| (name.to_owned(), vec![enables.to_owned()]))
                .collect();
            assert_eq!(faults(&[facade]).len(), count, "{features:?}");
        }
    }

    #[test]
    fn the_table_itself_holds() {
        for row in ROWS {
            for may in row.may {
                let target = find(may.trim_end_matches('?')).expect("an arrow leads to a row");
                let outside = row.reach == Reach::Pure && target.reach == Reach::Outside;
                assert!(!outside || may.ends_with('?'), "{} -> {may}", row.name);
            }
        }
    }
}
