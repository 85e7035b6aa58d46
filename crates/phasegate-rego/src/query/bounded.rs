//! Products that do not outgrow the memory.
//!
//! The engine's integers are exact and have no end: thirty rules, each the square of the one
//! before, are a number of gigabytes, and no operator can be looked at. In queries a product is
//! written as a call, `a * b` as `phasegate_multiply(a, b)`, whose arguments are. Rows stay what
//! they are, and columns are put back where an error is told.

use crate::syntax::{ArithmeticOp, Expr, ExprKind, Module, Scalar, Span, walk_rule_exprs};

/// The name of the builtin that multiplies.
pub(crate) const MULTIPLY: &str = "phasegate_multiply";

/// A change of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edit {
    pub(crate) at: usize,
    /// Whether it belongs to what ends here; these come first.
    pub(crate) opens: bool,
    pub(crate) removes: usize,
    pub(crate) inserts: &'static str,
}

/// The changes of a module, sorted.
pub(crate) fn edits(module: &Module) -> Vec<Edit> {
    let mut edits = Vec::new();
    for rule in &module.rules {
        walk_rule_exprs(rule, &mut |expr| product(module, expr, &mut edits));
    }
    for import in &module.imports {
        // The engine would write a warning to standard error.
        if import.path == ["input"] && import.binds.as_deref() == Some("input") {
            let Span { start, end } = import.span;
            edits.push(Edit { at: start, opens: true, removes: end - start, inserts: "" });
        }
    }
    edits.sort_unstable();
    edits
}

fn product(module: &Module, expr: &Expr, edits: &mut Vec<Edit>) {
    let ExprKind::Arithmetic { op: ArithmeticOp::Multiply, left, right } = &expr.kind else {
        return;
    };
    // A number as written makes the other at most a kilobyte longer.
    let written = |side: &Expr| matches!(side.kind, ExprKind::Scalar(Scalar::Number(_)));
    if written(left) || written(right) {
        return;
    }
    let Some(operator) = module.operator_between(left.span, right.span, "*") else { return };
    edits.push(Edit {
        at: expr.span.start,
        opens: true,
        removes: 0,
        inserts: "phasegate_multiply(",
    });
    edits.push(Edit { at: operator, opens: true, removes: 1, inserts: "," });
    edits.push(Edit { at: expr.span.end, opens: false, removes: 0, inserts: ")" });
}

/// The text of a module as the engine is given it.
pub(crate) fn bounded(module: &Module) -> String {
    let mut text = String::with_capacity(module.text.len());
    let mut at = 0;
    for edit in edits(module) {
        text.push_str(module.text.get(at..edit.at).unwrap_or_default());
        text.push_str(edit.inserts);
        at = edit.at + edit.removes;
    }
    text.push_str(module.text.get(at..).unwrap_or_default());
    text
}

/// A column of [`bounded`] text, as it is in the text of the module; both count characters. A place
/// inside what was inserted is that of the product.
pub(crate) fn original_column(module: &Module, row: usize, col: usize) -> usize {
    let mut shift = 0;
    for edit in edits(module) {
        let position = module.position(edit.at);
        if position.row == row && position.col + shift < col {
            shift += edit.inserts.len();
            shift = shift.saturating_sub(edit.removes);
        }
    }
    col.saturating_sub(shift).max(1)
}
