//! `phasegate eval --data`: policies and data from several places.

use serde_json::{Value, json};

use crate::support::{Folder, bundle, run, run_with};

/// The value of `data` with these places.
#[track_caller]
fn data(paths: &[String]) -> Value {
    let options = paths.iter().flat_map(|path| ["--data", path.as_str()]);
    let args: Vec<&str> = ["eval", "data"].into_iter().chain(options).collect();
    let ran = run(&args);
    assert_eq!(ran.code, 0, "{ran}");
    ran.json()["result"][0]["expressions"][0]["value"].clone()
}

#[track_caller]
fn fails(paths: &[String], says: &str) {
    let options = paths.iter().flat_map(|path| ["--data", path.as_str()]);
    let args: Vec<&str> = ["eval", "data"].into_iter().chain(options).collect();
    run(&args).fails(2, says);
}

#[test]
fn places_are_merged_as_opa_merges_them() {
    let folder = Folder::of(&[
        ("set/a.rego", "package a\n\np := data.limits.high\n"),
        ("set/data.json", r#"{"limits": {"high": 3}}"#),
        ("set/deep/er/data.yaml", "x: 1\n"),
        ("more/data.json", r#"{"limits": {"low": 1}}"#),
        ("more/a.rego", "package a\n\nq := 2\n"),
        ("single.rego", "package b\n\nr := 4\n"),
        ("one.json", r#"{"one": 1, "limits": {"low": 1}}"#),
        ("two.yaml", "two: [2]\n"),
    ]);
    let all = ["set", "more", "single.rego", "one.json", "two.yaml"].map(|name| folder.path(name));
    let expected = json!({
        "a": {"p": 3, "q": 2},
        "b": {"r": 4},
        "limits": {"high": 3, "low": 1},
        "deep": {"er": {"x": 1}},
        "one": 1,
        "two": [2],
    });
    assert_eq!(data(&all), expected);
    let mut reversed = all.clone();
    reversed.reverse();
    assert_eq!(data(&reversed), expected);
    // The same place twice is the place once.
    let [set, ..] = all;
    assert_eq!(data(&[set.clone(), set.clone()]), data(&[set]));
}

#[test]
fn a_bundle_is_a_place() {
    let bytes = bundle(&[("a.rego", "package a\n\np := data.x\n"), ("data.json", "{\"x\": 1}")]);
    let folder = Folder::of(&[]);
    let archive = folder.add("bundle.tar.gz", &bytes);
    assert_eq!(data(&[archive]), json!({"a": {"p": 1}, "x": 1}));
    let ran = run_with(&["eval", "data.a.p", "-d", "-", "-o", "text"], &bytes);
    assert_eq!(ran.stdout, "1\n", "{ran}");
    let ran = run_with(&["eval", "data.a.p", "-d", "-", "-o", "text"], "package a\n\np := 2\n");
    assert_eq!(ran.stdout, "2\n", "{ran}");
}

#[test]
fn values_that_differ_are_refused() {
    let folder = Folder::of(&[
        ("one.json", r#"{"a": {"b": 1}}"#),
        ("two.json", r#"{"a": {"b": 2}}"#),
        ("three.yaml", "a: {b: 3}\n"),
        ("list.json", "[1]"),
        ("bad.yaml", "a: [1,\n"),
    ]);
    let of = |names: &[&str]| names.iter().map(|name| folder.path(name)).collect::<Vec<_>>();
    fails(&of(&["one.json", "two.json"]), "another value for `a.b`");
    fails(&of(&["one.json", "three.yaml"]), "`a.b`");
    fails(&of(&["list.json"]), "must be an object");
    fails(&of(&["bad.yaml"]), "bad.yaml:1:4");
    fails(&of(&["none"]), "does not exist");
    fails(&of(&["none.json"]), "cannot read");
}
