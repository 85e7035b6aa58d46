//! Syntax that Rego v1 keeps for old policies only.

use super::{Found, Linted};
use crate::syntax::{Expr, Module, Rule};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    for module in linted.modules {
        for import in &module.imports {
            if import.path.first().is_some_and(|root| root == "rego" || root == "future") {
                let path = import.path.join(".");
                let message = format!("`import {path}` says what is the default in Rego v1");
                found.at(module, import.span, message, "remove the import");
            }
        }
        for rule in &module.rules {
            let values = rule.bodies.iter().filter_map(|body| body.value.as_ref());
            for value in rule.head.value.iter().chain(values) {
                if unified(module, rule, value) {
                    found.at(
                        module,
                        rule.head.span,
                        "a rule is given its value with `=`".to_owned(),
                        "write `:=`",
                    );
                }
            }
        }
    }
}

/// Whether a rule's value stands behind `=`.
fn unified(module: &Module, rule: &Rule, value: &Expr) -> bool {
    let before = module.text.get(rule.span.start..value.span.start).unwrap_or_default();
    let before = before.trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    before.strip_suffix('=').is_some_and(|rest| !rest.ends_with([':', '=', '<', '>', '!']))
}
