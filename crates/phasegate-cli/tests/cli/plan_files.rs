//! The plan to start from, and the schemas of the documents.

use crate::support::{Folder, run};

#[test]
fn the_plan_is_written_once() {
    let folder = Folder::of(&[]);
    let file = folder.path("plan.yaml");
    let first = run(&["init", &file]);
    assert_eq!((first.code, first.stdout.as_str()), (0, ""), "{first}");
    let printed = run(&["init", "-"]);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), printed.stdout);

    folder.add("plan.yaml", "mine");
    run(&["init", &file]).fails(2, "plan.yaml exists already; give another name, or --force");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "mine");
    assert_eq!(run(&["init", "--force", &file]).code, 0);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), printed.stdout);

    run(&["init", &folder.path("no/such/plan.yaml")]).fails(2, "give a file in a folder");
}

#[test]
fn every_document_has_its_schema() {
    for name in ["plan", "evidence", "decision", "cases", "allowed-flips"] {
        let schema = run(&["schema", name]);
        assert_eq!((schema.code, schema.stderr.as_str()), (0, ""), "{schema}");
        assert_eq!(schema.json()["type"], "object", "{name}");
        assert!(schema.stdout.contains(&format!("phasegate/{name}/v1")), "{name}");
    }
    run(&["schema", "plans"]).fails(2, "a similar value exists: 'plan'");
}
