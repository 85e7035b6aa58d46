//! A set is used as a condition: it is true even when it is empty, so that `not deny` never holds
//! and a bare `deny` always does.

use super::super::index::{Lookup, Shape, render_path};
use super::super::scope::{Root, Scope, Visitor, walk_rule};
use super::{Found, Linted};
use crate::syntax::{Statement, StatementKind};

pub(super) fn lint<'a>(linted: &Linted<'a>, found: &mut Found<'a>) {
    let mut conditions = Conditions { linted, found };
    for (number, module) in linted.modules.iter().enumerate() {
        for rule in &module.rules {
            walk_rule(&linted.index, number, rule, &mut conditions);
        }
    }
}

struct Conditions<'a, 'l, 'f> {
    linted: &'l Linted<'a>,
    found: &'f mut Found<'a>,
}

impl<'a> Visitor<'a> for Conditions<'a, '_, '_> {
    fn expr(&mut self, _: &'a crate::syntax::Expr, _: &Scope<'a, '_>) {}

    fn statement(&mut self, statement: &'a Statement, scope: &Scope<'a, '_>) {
        let (expr, negated) = match &statement.kind {
            StatementKind::Expr(expr) => (expr, false),
            StatementKind::Not(expr) => (expr, true),
            _ => return,
        };
        let Some(path) = scope.absolute(expr).filter(|path| path.root == Root::Data) else {
            return;
        };
        let Lookup::Definition { definition, used } = self.linted.index.lookup(path.lookup_steps())
        else {
            return;
        };
        let Some(definition) = self.linted.index.definition(definition) else { return };
        let what = match definition.shape {
            Shape::Set => "a set",
            Shape::Object => "an object",
            Shape::Value | Shape::Function { .. } => return,
        };
        let Some(module) = self.linted.modules.get(scope.module()) else { return };
        if used == path.steps.len() {
            let name = render_path(definition.path.iter().copied());
            let text = module.text_of(expr.span);
            let (message, remedy) = if negated {
                (
                    format!("`not {text}` never holds: `{name}` is {what}, true even when empty"),
                    format!("write `count({text}) == 0`"),
                )
            } else {
                (
                    format!("`{text}` always holds: `{name}` is {what}, true even when empty"),
                    format!("write `count({text}) > 0`"),
                )
            };
            self.found.at(module, statement.span, message, &remedy);
        }
    }
}
