//! Policies that no check has refused: the extraction ends, in bounded time and on a small stack.

use std::fmt::Write as _;

use serde_json::json;

use super::policy;

fn too_involved(text: &str) -> bool {
    policy(text).needs().contains("too involved for the guard to follow")
}

#[test]
fn recursion_ends() {
    for text in [
        "deny if deny",
        "deny if allow\nallow if deny",
        "f(n) := f(n - 1)\ndeny if f(input.n) > 3",
        "f(n) := g(n)\ng(n) := f(n)\ndeny if f(input.n) > 3",
        "deny if { some x in violations }\nviolations contains x if { some x in violations }",
        "f(n) := f([n])\ndeny if f(input.n) == 3",
    ] {
        policy(text).extract();
    }
}

#[test]
fn a_long_chain_is_refused_and_one_that_the_engine_can_follow_is_not() {
    let chain = |length: usize| {
        let mut text = format!("deny if r{length}\nr0 if input.x > 3\n");
        for rule in 1..=length {
            writeln!(text, "r{rule} if r{}", rule - 1).expect("a string takes it");
        }
        text
    };
    assert_eq!(policy(&chain(256)).needs(), "x: number");
    assert!(too_involved(&chain(5_000)));
}

#[test]
fn many_flat_rules() {
    let mut text = String::new();
    for rule in 0..10_000 {
        writeln!(
            text,
            "violations contains {{\"code\": \"c{rule}\", \"message\": sprintf(\"%v\", [m])}} \
             if {{ m := input.m{}; m > {rule} }}",
            rule % 7
        )
        .expect("a string takes it");
    }
    text.push_str("deny if { some v in violations; v.code == \"c1\" }");
    let needs = policy(&text).needs();
    assert_eq!(needs, (0..7).map(|m| format!("m{m}: number")).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_doubles_is_cut_short() {
    let mut text = String::from("f0(x) := [x, x]\n");
    for step in 1..60 {
        writeln!(text, "f{step}(x) := f{}([x, x])", step - 1).expect("a string takes it");
    }
    text.push_str("deny if f59(input.x) == 3");
    policy(&text).extract();
    let mut text = String::from("r0 := [input.x, input.y]\n");
    for step in 1..60 {
        writeln!(text, "r{step} := [r{}, r{}]", step - 1, step - 1).expect("a string takes it");
    }
    text.push_str("deny if r59 == 3");
    assert_eq!(policy(&text).needs(), "x: any\ny: any");
    let mut text = String::from("deny if { x0 := input.x\n");
    for step in 1..40 {
        writeln!(text, "some x{step} in {{[x{}, 1], [x{}, 2]}}", step - 1, step - 1)
            .expect("a string takes it");
    }
    text.push_str("x39 == 3 }");
    policy(&text).extract();
}

#[test]
fn what_nests_without_end_is_cut_short() {
    let mut text = String::from("deny if {\nx0 := input.x\n");
    for step in 1..900 {
        writeln!(text, "x{step} := [x{}]", step - 1).expect("a string takes it");
    }
    text.push_str("x899 == 3\n}");
    assert_eq!(policy(&text).needs(), "x: any");
    let mut text = String::from("a0 := [1, 2, 3, 4, 5, 6, 7, 8]\n");
    for step in 1..12 {
        writeln!(text, "a{step} := [[x, y] | some x in a{}; some y in a0]", step - 1)
            .expect("a string takes it");
    }
    text.push_str("deny if { some x in a11; some y in a10; x == y; input.z > 3 }");
    assert_eq!(policy(&text).needs(), "z: number");
}

#[test]
fn large_base_data() {
    let table: serde_json::Map<String, serde_json::Value> =
        (0..50_000).map(|i| (format!("k{i}"), json!({"limit": i, "name": "n"}))).collect();
    let data = json!({"tables": {"big": table, "list": (0..50_000).collect::<Vec<_>>()}});
    let mut text = String::from("f(table, kind, x) if x > table[kind].limit\n");
    for rule in 0..200 {
        writeln!(
            text,
            "deny if {{ row := data.tables.big[input.kind]; input.x{rule} > row.limit; \
             f(data.tables.big, input.kind, input.y) }}"
        )
        .expect("a string takes it");
    }
    text.push_str("allow if input.z in data.tables.list");
    let needs = policy(&text).data(data).needs();
    assert_eq!(needs.lines().count(), 203);
    assert!(needs.lines().all(|line| line.ends_with(": number") || line == "kind: string"));
}

#[test]
fn constants_that_double_with_every_line() {
    let mut text = String::from("allow if {\nx0 := [1]\n");
    for line in 1..60 {
        writeln!(text, "x{line} := [x{0}, x{0}]", line - 1).expect("a string takes it");
    }
    text.push_str("count(x59) == 2\ninput.z > 3\n}\nr60 := 1\n");
    for rule in 0..60 {
        writeln!(text, "r{rule} := {{\"a\": r{0}, \"b\": r{0}}}", rule + 1)
            .expect("a string takes it");
    }
    text.push_str("deny contains r0 if input.y > 3\n");
    assert_eq!(policy(&text).needs(), "y: number\nz: number");
}

#[test]
fn more_pairs_than_can_be_gone_through_are_refused() {
    let facts: Vec<String> = (0..300).map(|i| format!("input.a{i}")).collect();
    let names: Vec<String> = (0..300).map(|i| format!("\"v{i}\"")).collect();
    let lists = format!("facts := [{}]\nnames := [{}]\n", facts.join(",\n"), names.join(",\n"));
    assert!(too_involved(&format!(
        "{lists}deny if {{ some a in facts; some b in names; a == b }}"
    )));
    assert!(!too_involved(&format!("{lists}deny if {{ some a in facts; a == \"v\" }}")));
    let facts: Vec<String> = (0..1_100).map(|i| format!("input.a{i}")).collect();
    let list = format!("facts := [{}]\n", facts.join(",\n"));
    assert!(too_involved(&format!("{list}deny if {{ some a in facts; a == \"v\" }}")));
}
