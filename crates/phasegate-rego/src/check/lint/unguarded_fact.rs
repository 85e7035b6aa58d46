//! A fact that may be absent is compared, and nothing says what its absence means: the rule is then
//! undefined, and a rule that should refuse is silent.

use std::collections::BTreeSet;

use super::super::scope::{AbsoluteStep, Root, Scope, Visitor, walk_rule};
use super::{Found, Linted, is_test_module};
use crate::guard::{InputPath, Operand, Requirements, Step};
use crate::syntax::{Expr, Span, Statement, StatementKind};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let mut asked = Asked::default();
    for (number, module) in linted.modules.iter().enumerate() {
        if !is_test_module(module) {
            for rule in &module.rules {
                asked.rule = Some((&module.file, rule.span));
                walk_rule(&linted.index, number, rule, &mut asked);
            }
        }
    }
    for (_, needs) in linted.entries {
        for comparison in needs.comparisons() {
            let Some((module, rule)) = linted.statement(&comparison.file, comparison.span) else {
                continue;
            };
            for side in [&comparison.left, &comparison.right] {
                let Operand::Input(path) = side else { continue };
                let Some(optional) = optional_part(needs, path) else { continue };
                if asked.handles(&optional, path, (&module.file, rule.span)) {
                    continue;
                }
                found.at(
                    module,
                    comparison.span,
                    format!(
                        "`{optional}` may be absent, and then `{}` is neither true nor false",
                        module.text_of(comparison.span)
                    ),
                    &format!(
                        "say what its absence means: a rule with `not input.{optional}`, \
                         `object.get` with a default, or `required` in the schema"
                    ),
                );
            }
        }
    }
}

/// The part of a fact's path that may be absent.
fn optional_part(needs: &Requirements, path: &InputPath) -> Option<InputPath> {
    let requirement = needs.requirements.iter().find(|one| one.path == *path)?;
    if requirement.optional { Some(path.clone()) } else { requirement.required_with.clone() }
}

/// The facts whose presence the policy asks for.
#[derive(Default)]
struct Asked<'a> {
    /// The file and span of the rule statement that is walked.
    rule: Option<(&'a str, Span)>,
    /// Somewhere: `not input.a`.
    absent: BTreeSet<InputPath>,
    /// In a rule: `input.a`.
    present: BTreeSet<(&'a str, Span, InputPath)>,
}

impl Asked<'_> {
    /// Whether the absence of a path's optional part is spoken of, for a rule.
    fn handles(&self, optional: &InputPath, path: &InputPath, rule: (&str, Span)) -> bool {
        let between = |asked: &InputPath| optional.holds(asked) && asked.holds(path);
        self.absent.iter().any(between)
            || self
                .present
                .iter()
                .any(|(file, span, asked)| (*file, *span) == rule && between(asked))
    }
}

impl<'a> Visitor<'a> for Asked<'a> {
    fn expr(&mut self, _: &'a Expr, _: &Scope<'a, '_>) {}

    fn statement(&mut self, statement: &'a Statement, scope: &Scope<'a, '_>) {
        let (expr, negated) = match &statement.kind {
            StatementKind::Expr(expr) => (expr, false),
            StatementKind::Not(expr) => (expr, true),
            _ => return,
        };
        let Some(path) = scope.absolute(expr).filter(|path| path.root == Root::Input) else {
            return;
        };
        let steps: Option<Vec<Step>> = path
            .steps
            .iter()
            .map(|step| match step {
                AbsoluteStep::Constant(name) => Some(Step::Field((*name).into())),
                AbsoluteStep::Dynamic(_) => None,
            })
            .collect();
        let Some(path) = steps.map(|steps| InputPath { steps }) else { return };
        if negated {
            self.absent.insert(path);
        } else if let Some((file, span)) = self.rule {
            self.present.insert((file, span, path));
        }
    }
}
