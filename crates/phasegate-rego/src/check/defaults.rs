//! A default is a constant: OPA refuses one that could itself be undefined.

use super::{Context, Findings};
use crate::diagnostic::Code;
use crate::syntax::{Expr, ExprKind};

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    for module in context.index.modules() {
        for rule in module.rules.iter().filter(|rule| rule.is_default) {
            let Some(expr) = rule.head.value.as_ref().and_then(variable_part) else { continue };
            findings.at(
                module,
                expr.span,
                Code::RegoCompileError,
                format!("a default cannot depend on `{}`", module.text_of(expr.span)),
                "give a constant; comprehensions are allowed",
            );
        }
    }
}

/// The first part of a value that is neither constant nor a comprehension, which is always defined.
fn variable_part(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Scalar(_)
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. } => None,
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().find_map(variable_part),
        ExprKind::Object(fields) => {
            fields.iter().flat_map(|(key, value)| [key, value]).find_map(variable_part)
        }
        _ => Some(expr),
    }
}
