//! Facts that lints know by their names: p-values, and what says which way an effect goes.

use super::Linted;
use crate::guard::{Comparison, InputPath, Operand, Step};
use crate::syntax::{CompareOp, ExprKind, Rule, Step as RefStep, walk_rule_exprs};

/// The comparisons of all entries that order a p-value against something.
pub(super) fn p_values<'a>(linted: &Linted<'a>) -> impl Iterator<Item = (&'a Comparison, PSide)> {
    linted.entries.iter().flat_map(|(_, needs)| needs.comparisons()).filter_map(|comparison| {
        let left = is_p_value(&comparison.left);
        let right = is_p_value(&comparison.right);
        let greater = match comparison.op {
            CompareOp::Greater | CompareOp::GreaterOrEqual => true,
            CompareOp::Less | CompareOp::LessOrEqual => false,
            CompareOp::Equal | CompareOp::NotEqual => return None,
        };
        match (left, right) {
            (true, false) if greater => Some((comparison, PSide::Greater)),
            (false, true) if !greater => Some((comparison, PSide::Greater)),
            (true, false) | (false, true) => Some((comparison, PSide::Less)),
            _ => None,
        }
    })
}

/// On which side of an ordering comparison the p-value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PSide {
    /// `p < limit`.
    Less,
    /// `p > limit`.
    Greater,
}

fn is_p_value(operand: &Operand) -> bool {
    match operand {
        Operand::Input(path) => last(path).is_some_and(|name| {
            ["p_value", "pvalue"].iter().any(|end| {
                name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
            })
        }),
        Operand::OneOf(several) => several.iter().any(is_p_value),
        Operand::Const(_) | Operand::Other => false,
    }
}

fn last(path: &InputPath) -> Option<&str> {
    match path.steps.last()? {
        Step::Field(name) => Some(name),
        Step::Index(_) | Step::Each => None,
    }
}

/// Names of what says which way a change goes, alone or behind `_`.
const EFFECTS: [&str; 6] = ["effect", "verdict", "delta", "difference", "estimate", "direction"];

/// Whether a rule statement reads something that says which way the effect goes.
pub(super) fn reads_effect(rule: &Rule) -> bool {
    let mut reads = false;
    walk_rule_exprs(rule, &mut |expr| {
        reads |= match &expr.kind {
            ExprKind::Var(name) => is_effect(name),
            ExprKind::Ref(reference) => reference.steps.iter().any(|step| match step {
                RefStep::Field(name) => is_effect(&name.text),
                RefStep::Index(_) => false,
            }),
            _ => false,
        };
    });
    reads
}

fn is_effect(name: &str) -> bool {
    EFFECTS.iter().any(|end| {
        name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_known_by_their_names() {
        for (name, yes) in [
            ("effect", true),
            ("accuracy_delta", true),
            ("latency_verdict", true),
            ("ineffect", false),
            ("accuracy", false),
            ("delta_count", false),
        ] {
            assert_eq!(is_effect(name), yes, "{name}");
        }
    }
}
