//! Policies in, findings out.

mod faults;
mod idioms;
mod scale;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;

fn parse(sources: &[(&str, &str)]) -> Vec<Module> {
    let parsed = sources.iter().map(|(file, text)| Module::parse(file, text));
    parsed.collect::<Result<_, _>>().unwrap_or_else(|faults| panic!("{}", render(&faults)))
}

fn render(faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults {
        writeln!(out, "{fault}").unwrap();
        if fault.row > 0 {
            let indent = " ".repeat(fault.col - 1);
            writeln!(out, "{}\n{indent}{}", fault.line, "^".repeat(fault.width)).unwrap();
        }
    }
    out
}

const GATE: CheckOptions = CheckOptions { profile: Profile::Gate, max_depth: DEFAULT_MAX_DEPTH };
const OPA: CheckOptions = CheckOptions { profile: Profile::Opa, max_depth: DEFAULT_MAX_DEPTH };

fn findings_of(sources: &[(&str, &str)], data: &Value, options: CheckOptions) -> String {
    render(&check(&parse(sources), data, &options))
}

/// The findings of one module `a.rego` at the gate; the package is `a` unless it says otherwise.
fn gate(text: &str) -> String {
    let text =
        if text.starts_with("package") { text.to_owned() } else { format!("package a\n{text}") };
    findings_of(&[("a.rego", &text)], &json!({}), GATE)
}

#[test]
fn the_builtins_are_sorted_and_each_guard_has_one() {
    let names: Vec<_> = builtins().map(|b| b.name).collect();
    assert!(names.is_sorted());
    let guarded: Vec<_> = builtins()
        .filter(|b| b.availability == Availability::Guarded)
        .map(|b| (b.name, *b.arity().end()))
        .collect();
    let guards: Vec<_> =
        crate::builtin::GUARDED.iter().map(|g| (g.name, usize::from(g.arity))).collect();
    assert_eq!(guarded, guards);
}
