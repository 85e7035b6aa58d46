//! A p-value is compared, and the rule does not ask which way the effect goes: a change for the
//! worse is as significant as one for the better.

use super::facts::{p_values, reads_effect};
use super::{Found, Linted};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    for (comparison, _) in p_values(linted) {
        let Some((module, rule)) = linted.statement(&comparison.file, comparison.span) else {
            continue;
        };
        if !reads_effect(rule) {
            found.at(
                module,
                comparison.span,
                format!(
                    "`{}` says nothing of the direction: a change for the worse is significant, too",
                    module.text_of(comparison.span)
                ),
                "compare the effect (`*_delta`, `effect`, `verdict`) in the same rule",
            );
        }
    }
}
