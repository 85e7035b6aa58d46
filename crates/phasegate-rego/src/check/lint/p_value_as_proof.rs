//! A large p-value is taken as proof that nothing got worse; it is only the absence of proof, which
//! too few observations always give.

use super::facts::{PSide, p_values};
use super::{Found, Linted};
use crate::explain::{Rules, find_comparisons};
use crate::syntax::{Expr, Module, Rule, Span, StatementKind, walk_expr, walk_statements};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let rules = Rules::new(linted.modules);
    let judged: Vec<_> =
        linted.entries.iter().map(|(entry, _)| find_comparisons(&rules, entry)).collect();
    for (comparison, side) in p_values(linted) {
        let Some((module, rule)) = linted.statement(&comparison.file, comparison.span) else {
            continue;
        };
        let good_when_true = judged
            .iter()
            .flat_map(|sites| sites.values())
            .find(|one| one.module.file == module.file && one.span == comparison.span)
            .and_then(|one| one.good_when_true);
        let large_is_good = match (side, good_when_true) {
            (PSide::Greater, Some(good)) => good,
            // Also `not p < limit` in an approval; in a refusal `p < limit` alone is an alarm,
            // which claims nothing when it is silent.
            (PSide::Less, Some(false)) => is_negated(rule, comparison.span),
            (PSide::Less, Some(true)) | (_, None) => false,
        };
        if large_is_good {
            tell(module, comparison.span, found);
        }
    }
}

fn tell<'a>(module: &'a Module, span: Span, found: &mut Found<'a>) {
    let text = module.text_of(span);
    found.at(
        module,
        span,
        format!("a large p-value proves nothing: `{text}` holds whenever there is little data"),
        "ask for a non-inferiority finding, or for a bound on the effect",
    );
}

fn is_negated(rule: &Rule, span: Span) -> bool {
    let mut negated = false;
    walk_statements(rule, &mut |_, statement| {
        if let StatementKind::Not(expr) = &statement.kind {
            walk_expr(expr, &mut |inner: &Expr| negated |= inner.span == span);
        }
    });
    negated
}
