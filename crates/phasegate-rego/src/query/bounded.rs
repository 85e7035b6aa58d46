//! The text of a module as the engine is given it, for queries.
//!
//! The engine's integers are exact and have no end: thirty rules, each the square of the one
//! before, are a number of gigabytes, and no operator can be looked at. In queries a product is
//! written as a call, `a * b` as `phasegate_multiply(a, b)`, whose arguments are. So is a
//! remainder, which the engine has an error for where OPA is undefined.
//!
//! And a call with one argument more than its builtin takes, which is its result, is written as an
//! equation where the builtin is not the engine's: it knows that form of its own alone. Rows stay
//! what they are, and columns are put back where an error is told.

use crate::builtin;
use crate::syntax::{ArithmeticOp, Expr, ExprKind, Module, Scalar, Span, walk_rule_exprs};

/// The name of the builtin that multiplies.
pub(crate) const MULTIPLY: &str = "phasegate_multiply";

/// The name of the builtin that divides and gives what is left.
pub(crate) const REMAINDER: &str = "phasegate_remainder";

/// A change of a text.
#[derive(Debug, Clone, Copy)]
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
        walk_rule_exprs(rule, &mut |expr| {
            operator(module, expr, &mut edits);
            output(module, expr, &mut edits);
        });
    }
    for import in &module.imports {
        // The engine would write a warning to standard error.
        if import.path == ["input"] && import.binds.as_deref() == Some("input") {
            let Span { start, end } = import.span;
            edits.push(Edit { at: start, opens: true, removes: end - start, inserts: "" });
        }
    }
    // What begins at one place was found from the outside in, and stays so.
    edits.sort_by_key(|edit| (edit.at, edit.opens));
    edits
}

/// `f(a, x)` becomes `f(a)= x`.
fn output(module: &Module, expr: &Expr, edits: &mut Vec<Edit>) {
    let ExprKind::Call { function, args, .. } = &expr.kind else { return };
    let [.., last, output] = args.as_slice() else { return };
    let takes = builtin::added(&function.join("."));
    if takes.is_none_or(|takes| args.len() != takes + 1) || is_of_policy(module, function) {
        return;
    }
    let end = expr.span.end.saturating_sub(1);
    let closing = Span { start: end, end: expr.span.end };
    let Some(comma) = module.operator_between(last.span, output.span, ",") else { return };
    edits.push(Edit { at: comma, opens: true, removes: 1, inserts: ")=" });
    if let Some(trailing) = module.operator_between(output.span, closing, ",") {
        edits.push(Edit { at: trailing, opens: true, removes: 1, inserts: "" });
    }
    edits.push(Edit { at: end, opens: true, removes: 1, inserts: "" });
}

/// Whether a name that is a builtin's, too, is one that the module itself gives a meaning.
fn is_of_policy(module: &Module, function: &[String]) -> bool {
    let Some(root) = function.first() else { return false };
    module.imports.iter().any(|import| import.binds.as_ref() == Some(root))
        || module.rules.iter().any(
            |rule| matches!(&rule.head.reference.base.kind, ExprKind::Var(name) if name == root),
        )
}

fn operator(module: &Module, expr: &Expr, edits: &mut Vec<Edit>) {
    let ExprKind::Arithmetic { op, left, right } = &expr.kind else { return };
    let written = |side: &Expr| matches!(side.kind, ExprKind::Scalar(Scalar::Number(_)));
    let (sign, call) = match op {
        // A number as written makes the other at most a kilobyte longer.
        ArithmeticOp::Multiply if written(left) || written(right) => return,
        ArithmeticOp::Multiply => ("*", "phasegate_multiply("),
        ArithmeticOp::Remainder => ("%", "phasegate_remainder("),
        _ => return,
    };
    let Some(operator) = module.operator_between(left.span, right.span, sign) else { return };
    edits.push(Edit { at: expr.span.start, opens: true, removes: 0, inserts: call });
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
/// inside what was inserted is that of what it was inserted before.
pub(crate) fn original_column(module: &Module, row: usize, col: usize) -> usize {
    let (mut grown, mut removed) = (0, 0);
    for edit in edits(module) {
        let position = module.position(edit.at);
        let at = (position.col + grown).saturating_sub(removed);
        if position.row != row || at >= col {
            continue;
        }
        if col < at + edit.inserts.len() {
            return position.col;
        }
        grown += edit.inserts.len();
        removed += edit.removes;
    }
    (col + removed).saturating_sub(grown).max(1)
}
