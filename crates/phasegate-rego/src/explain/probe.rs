//! Probes: generated rules that hold what a comparison compared.
//!
//! A probe stands in the package of its rule and keeps only the statements that bind the operands,
//! in the words of the source, so that it sees the same values as the rule:
//!
//! ```text
//! violations contains v if {
//!     limit := effective.error_rate
//!     input.metrics.error_rate > limit
//!     v := ...
//! }
//! phasegate_probe contains [7, left, right] if {
//!     limit := effective.error_rate
//!     left := input.metrics.error_rate
//!     right := limit
//! }
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::syntax::{
    AssignOp, Expr, ExprKind, HeadKind, Module, Query, Rule, Statement, StatementKind, walk_expr,
};

/// The name of the generated rules; a policy may not define it.
pub(crate) const RULE: &str = "phasegate_probe";
const LEFT: &str = "phasegate_left";
const RIGHT: &str = "phasegate_right";

/// The probes of one module.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    rules: String,
}

impl Probes {
    /// Adds a probe for the operands of a comparison that stands in a body below `enclosing`
    /// queries, outermost first. Returns false when the statements that bind the operands cannot
    /// stand alone: arguments of a function, or a `with` on one of them.
    pub(crate) fn operands(
        &mut self,
        module: &Module,
        rule: &Rule,
        enclosing: &[Enclosing<'_>],
        id: usize,
        (left, right): (&Expr, &Expr),
    ) -> bool {
        if matches!(rule.head.kind, HeadKind::Function { .. }) {
            return false;
        }
        let mut needed = BTreeSet::new();
        variables(left, &mut needed);
        variables(right, &mut needed);
        let Some(bindings) = bindings(module, enclosing, needed) else { return false };
        let (left, right) = (module.text_of(left.span), module.text_of(right.span));
        // Writing to a String cannot fail.
        let _ = writeln!(self.rules, "{RULE} contains [{id}, {LEFT}, {RIGHT}] if {{");
        for binding in bindings {
            let _ = writeln!(self.rules, "\t{binding}");
        }
        let _ = writeln!(self.rules, "\t{LEFT} := {left}\n\t{RIGHT} := {right}\n}}");
        true
    }

    /// Adds a probe that holds exactly when a body of a rule statement does. Returns false for a
    /// function, whose arguments a probe does not have.
    pub(crate) fn fired(&mut self, module: &Module, rule: &Rule, id: usize) -> bool {
        if matches!(rule.head.kind, HeadKind::Function { .. }) {
            return false;
        }
        for body in &rule.bodies {
            let _ = writeln!(self.rules, "{RULE} contains [{id}] if {{");
            for statement in &body.query.statements {
                let _ = writeln!(self.rules, "\t{}", module.text_of(statement.span));
            }
            let _ = writeln!(self.rules, "\ttrue\n}}");
        }
        true
    }

    /// The generated module, in the package of the probed one and with its imports; `None` without
    /// probes.
    pub(crate) fn module(&self, module: &Module) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let mut text = format!("{}\n\n", module.text_of(module.package_span));
        for import in &module.imports {
            let _ = writeln!(text, "{}", module.text_of(import.span));
        }
        let _ = write!(text, "\n{}", self.rules);
        Some(text)
    }
}

/// A query around a comparison, and what its own head binds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Enclosing<'a> {
    /// A rule's body, or a comprehension's query.
    Query(&'a Query),
    /// The query of an `every` statement.
    Every(&'a Statement),
}

/// The statements that bind the needed variables, in the order of the source. `None` when one of
/// them cannot stand alone.
fn bindings(
    module: &Module,
    enclosing: &[Enclosing<'_>],
    mut needed: BTreeSet<String>,
) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for enclosing in enclosing.iter().rev() {
        let (query, every) = match enclosing {
            Enclosing::Query(query) => (*query, None),
            Enclosing::Every(statement) => match &statement.kind {
                StatementKind::Every { key, value, domain, query } => {
                    (query, Some((key, value, domain)))
                }
                _ => return None,
            },
        };
        // Bindings may stand in any order; one that is taken may need more.
        let mut taken = BTreeSet::new();
        loop {
            let next = query.statements.iter().enumerate().find(|(position, statement)| {
                !taken.contains(position)
                    && binds(statement).iter().any(|name| needed.contains(name))
            });
            let Some((position, statement)) = next else { break };
            if !statement.with.is_empty() {
                return None;
            }
            taken.insert(position);
            statement_variables(statement, &mut needed);
        }
        let mut here: Vec<String> = Vec::new();
        if let Some((key, value, domain)) = every {
            let names = key.iter().chain([value]).any(|name| needed.contains(&name.text));
            if names {
                let key = key.as_ref().map(|key| format!("{}, ", key.text)).unwrap_or_default();
                here.push(format!("some {key}{} in {}", value.text, module.text_of(domain.span)));
                variables(domain, &mut needed);
            }
        }
        here.extend(taken.iter().filter_map(|&position| {
            query
                .statements
                .get(position)
                .map(|statement| module.text_of(statement.span).to_owned())
        }));
        here.append(&mut texts);
        texts = here;
    }
    Some(texts)
}

/// The variables that a statement can bind.
fn binds(statement: &Statement) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    match &statement.kind {
        StatementKind::SomeVars(vars) => names.extend(vars.iter().map(|name| name.text.clone())),
        StatementKind::SomeIn { key, value, .. } => {
            for pattern in key.iter().chain([value]) {
                variables(pattern, &mut names);
            }
        }
        StatementKind::Expr(expr) => match &expr.kind {
            ExprKind::Assign { op: AssignOp::Bind, left, .. } => variables(left, &mut names),
            ExprKind::Assign { op: AssignOp::Unify, left, right } => {
                variables(left, &mut names);
                variables(right, &mut names);
            }
            // `input.items[i].size > 3`: the index is bound by iteration; the comparison itself is
            // the binding.
            _ => {}
        },
        StatementKind::Not(_) | StatementKind::Every { .. } => {}
    }
    names
}

fn statement_variables(statement: &Statement, names: &mut BTreeSet<String>) {
    match &statement.kind {
        StatementKind::SomeVars(_) | StatementKind::Not(_) | StatementKind::Every { .. } => {}
        StatementKind::SomeIn { collection, .. } => variables(collection, names),
        StatementKind::Expr(expr) => variables(expr, names),
    }
}

/// Every variable that stands in an expression.
fn variables(expr: &Expr, names: &mut BTreeSet<String>) {
    walk_expr(expr, &mut |expr| {
        if let ExprKind::Var(name) = &expr.kind {
            names.insert(name.clone());
        }
    });
}
