//! Small trees and workspaces for the tests of the rules.

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::{Dependency, Package, Workspace};

pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
    Tree { files, ..Tree::default() }
}

/// A package as it should be, with dependencies written `name`, `name?` (optional) or
/// `name (dev)`.
pub(crate) fn package(folder: &str, name: &str, dependencies: &[&str]) -> Package {
    let dependency = |text: &&str| {
        let (name, dev) = text.strip_suffix(" (dev)").map_or((*text, false), |name| (name, true));
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        Dependency { name: name.to_owned(), dev, optional }
    };
    Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        license: Some("MIT OR Apache-2.0".to_owned()),
        description: Some("Says what it is".to_owned()),
        library: Some(format!("{folder}/src/lib.rs")),
        dependencies: dependencies.iter().map(dependency).collect(),
        ..Package::default()
    }
}

pub(crate) fn workspace(members: &[Package]) -> Workspace {
    Workspace { members: members.to_vec(), ..Workspace::default() }
}

/// Each fault stands where the wish says and holds its words; there are no others.
/// A wish is `file:line: words`, with line 0 for the whole file.
pub(crate) fn expect(faults: &[Fault], wishes: &[&str]) {
    assert_eq!(faults.len(), wishes.len(), "{faults:#?}\n{wishes:#?}");
    for (fault, wish) in faults.iter().zip(wishes) {
        let (place, words) = wish.split_once(": ").expect("a wish is `file:line: words`");
        assert_eq!(format!("{}:{}", fault.file, fault.line), place, "{fault:?}");
        assert!(fault.problem.contains(words), "`{words}` is not in: {fault:?}");
        assert!(!fault.remedy.is_empty(), "{fault:?}");
    }
}
