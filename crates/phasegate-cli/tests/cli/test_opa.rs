//! `phasegate test` on the small projects whose results OPA's source and documentation give.

use std::collections::BTreeSet;

use phasegate_fixtures::{OpaProject, opa_projects, opa_results};
use serde_json::Value;

use crate::support::{Folder, run};

/// The keys of a result that OPA always writes, and those that it leaves out when they are empty
/// (`tester.Result` in v1/tester/runner.go).
const ALWAYS: [&str; 4] = ["duration", "location", "name", "package"];
const SOMETIMES: [&str; 5] = ["error", "fail", "output", "skip", "sub_results"];

fn check(project: &OpaProject) -> Result<(), String> {
    let folder = Folder::of(
        &project.files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect::<Vec<_>>(),
    );
    let path = folder.path("");
    let mut args = vec!["test", "--format=json"];
    args.extend(project.args.iter().map(String::as_str));
    args.push(&path);
    let ran = run(&args);
    let mut wanted = project.results.clone();
    wanted.sort();
    // Without results there is nothing on standard output when the exit code is 1, else `[]`.
    let found = if ran.stdout.is_empty() { Some(Vec::new()) } else { opa_results(&ran.stdout) };
    let says = project.says.as_deref().unwrap_or_default();
    let keys_hold = keys_hold(&ran.stdout);
    if found == Some(wanted.clone())
        && ran.code == project.exit
        && ran.stderr.contains(says)
        && keys_hold
    {
        return Ok(());
    }
    Err(format!(
        "{} ({}): wanted {wanted:#?}, exit {}\n{ran}",
        project.name, project.source, project.exit
    ))
}

fn keys_hold(report: &str) -> bool {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    report.as_array().into_iter().flatten().all(|result| {
        let keys: BTreeSet<&str> = result.as_object().unwrap().keys().map(String::as_str).collect();
        ALWAYS.iter().all(|key| keys.contains(key))
            && keys.iter().all(|key| ALWAYS.contains(key) || SOMETIMES.contains(key))
    })
}

#[test]
fn projects_come_out_as_with_opa() {
    let projects = opa_projects();
    assert!(projects.len() >= 60, "{}", projects.len());
    let names: BTreeSet<&str> = projects.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(names.len(), projects.len());
    let faults: Vec<String> = projects.iter().filter_map(|project| check(project).err()).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), projects.len(), faults.join("\n"));
}
