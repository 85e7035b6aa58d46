//! An approval that nothing can refuse: `default allow := true`, or `allow := true` without a
//! condition.

use super::{Found, Linted};
use crate::syntax::{Expr, ExprKind, Rule, Scalar, StatementKind};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    for at in linted.asked() {
        let Some(definition) = linted.index.definition(at) else { continue };
        if definition.path.last() != Some(&"allow") {
            continue;
        }
        for &place in &definition.statements {
            let Some((module, rule)) = linted.index.rule(place) else { continue };
            if approves(rule) {
                let message = if rule.is_default {
                    "whatever no rule refuses is approved, unseen facts included".to_owned()
                } else {
                    "every input is approved: nothing is asked of it".to_owned()
                };
                let remedy = "write `default allow := false`, and say when a version is approved";
                found.at(module, rule.span, message, remedy);
            }
        }
    }
}

/// Whether a statement approves whatever the input.
fn approves(rule: &Rule) -> bool {
    let unconditional = rule.is_default
        || rule.bodies.iter().all(|body| {
            body.query.statements.iter().all(
                |statement| matches!(&statement.kind, StatementKind::Expr(expr) if is_true(expr)),
            )
        });
    unconditional && rule.head.value.as_ref().is_none_or(is_true)
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Scalar(Scalar::Bool(true)))
}
