//! Large policies: the checks go through them once, and never deeper than the tree.

use super::*;

#[test]
fn twenty_thousand_flat_rules_pass() {
    let mut text = "package a\n".to_owned();
    for i in 0..19_990 {
        writeln!(text, "deny contains \"m{i}\" if input.a{i}.b > {i}").unwrap();
    }
    assert_eq!(findings_of(&[("a.rego", &text)], &json!({}), GATE), "");
}

#[test]
fn a_package_that_every_rule_reads_whole_costs_one_edge_each() {
    let lib: String =
        (0..9_000).fold("package lib\n".to_owned(), |text, i| text + &format!("r{i} := {i}\n"));
    let main: String = (0..9_000).fold("package a\n".to_owned(), |text, i| {
        text + &format!("p{i} := data.lib[input.k{i}]\n")
    });
    assert_eq!(findings_of(&[("a.rego", &main), ("lib.rego", &lib)], &json!({}), GATE), "");
}

#[test]
fn many_statements_in_any_order_are_settled_or_left_to_the_engine() {
    // Each statement needs the one after the next but one: neither forth nor back is quick.
    let mut statements: Vec<String> = (0..900).map(|i| format!("x{i} = x{} + 1", i + 1)).collect();
    statements.push("x900 = 1".to_owned());
    for reversed in [false, true] {
        if reversed {
            statements.reverse();
        }
        let text = format!("p if {{\n{}\n}}", statements.join("\n"));
        assert_eq!(gate(&text), "");
    }
    let shuffled: Vec<_> = (0..901).map(|i| statements[(i * 397) % 901].clone()).collect();
    assert_eq!(gate(&format!("p if {{\n{}\n}}", shuffled.join("\n"))), "");
}

#[test]
fn nested_queries_do_not_multiply() {
    let open = "every x in [1] {\n".repeat(13);
    assert_eq!(gate(&format!("p if {{ {open} x {} }}", "}".repeat(13))), "");
    let nested = format!("{}1{}", "[x | x := ".repeat(7), "]".repeat(7));
    assert_eq!(gate(&format!("p := {nested}")), "");
    let faulty = format!("{}y{}", "[x | x := ".repeat(7), "]".repeat(7));
    assert!(gate(&format!("p := {faulty}")).contains("`y` is unsafe"));
}
