//! No rule that is asked uses this one: it decides nothing, whatever it says.

use super::super::index::render_path;
use super::{Found, Linted};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let mut roots = linted.asked();
    let entrypoints = linted.policy_definitions().filter(|(_, module, rule)| {
        let metadata = module.metadata_of(rule);
        metadata.is_some_and(|block| block.yaml.lines().any(|line| line == "entrypoint: true"))
    });
    roots.extend(entrypoints.map(|(at, ..)| at));
    let used = linted.reached(roots);
    for (at, module, rule) in linted.policy_definitions() {
        if used.contains(&at) {
            continue;
        }
        let path = linted.index.definition(at).map(|definition| definition.path.as_slice());
        let name = render_path(path.unwrap_or_default().iter().copied());
        found.at(
            module,
            rule.head.span,
            format!("no rule that is asked uses `{name}`, so that it decides nothing"),
            "use it, remove it, or annotate it with `entrypoint: true`",
        );
    }
}
