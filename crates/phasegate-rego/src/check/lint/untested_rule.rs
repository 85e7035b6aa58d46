//! No test reaches the rule: whatever it says would pass.

use super::super::index::render_path;
use super::{CaseTables, Found, Linted, is_test, is_test_module};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let definitions = linted.index.definitions().iter().enumerate();
    let mut tests: Vec<usize> = definitions
        .filter(|(_, definition)| {
            let first = definition.statements.first();
            first.and_then(|&place| linted.index.rule(place)).is_some_and(|(_, rule)| is_test(rule))
        })
        .map(|(at, _)| at)
        .collect();
    match (linted.cases, tests.is_empty()) {
        (CaseTables::Absent, true) => return nothing_is_tested(linted, found),
        (CaseTables::Present, _) => tests.extend(linted.asked()),
        (CaseTables::Absent, false) => {}
    }
    let tested = linted.reached(tests);
    for (at, module, rule) in linted.policy_definitions() {
        if tested.contains(&at) || rule.is_default {
            continue;
        }
        let path = linted.index.definition(at).map(|definition| definition.path.as_slice());
        let name = render_path(path.unwrap_or_default().iter().copied());
        found.at(
            module,
            rule.head.span,
            format!("no test reaches `{name}`"),
            "write a `test_` rule that asks for it, or a row in a case table",
        );
    }
}

/// Told once, not for each rule.
fn nothing_is_tested<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let promotion = linted.entries.first().map(|(entry, _)| entry.package.as_str());
    let module = linted.modules.iter().find(|module| {
        !is_test_module(module) && promotion == Some(module.package.join(".").as_str())
    });
    if let Some(module) = module {
        found.at(
            module,
            module.package_span,
            "the policy set has no test".to_owned(),
            "write `test_` rules in a `_test.rego` file, or a `.cases.yaml` table beside it",
        );
    }
}
