//! Which rule an expression means: the index of the load-time checks, asked for rules alone.

use crate::check::{Callee, Global, Lookup, PolicyIndex};
use crate::syntax::{Expr, ExprKind, Module, Reference, Rule, Step};

/// The rules of a policy.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    index: PolicyIndex<'a>,
}

/// A rule: its definition in the index.
pub(crate) type RuleId = usize;

impl<'a> Rules<'a> {
    pub(crate) fn new(modules: &'a [Module]) -> Self {
        Self { index: PolicyIndex::new(modules) }
    }

    /// A name of a package.
    pub(crate) fn named(&self, package: &str, name: &str) -> Option<RuleId> {
        self.lookup(package.split('.').chain([name]))
    }

    /// The path of a rule under `data`: `lifecycle.promotion.violations`.
    pub(crate) fn path(&self, rule: RuleId) -> String {
        self.index.definition(rule).map(|definition| definition.path.join(".")).unwrap_or_default()
    }

    /// The statements of a rule with their modules, in the order of files and rows.
    pub(crate) fn statements(
        &self,
        rule: RuleId,
    ) -> impl Iterator<Item = (usize, &'a Module, &'a Rule)> + use<'_, 'a> {
        let places = self.index.definition(rule).map(|definition| definition.statements.as_slice());
        places.unwrap_or_default().iter().filter_map(|&place| {
            let (module, rule) = self.index.rule(place)?;
            Some((place.module, module, rule))
        })
    }

    /// The rule that an expression of a module refers to, if it refers to one.
    pub(crate) fn resolve(&self, module: usize, expr: &Expr) -> Option<RuleId> {
        let (root, steps): (&str, &[Step]) = match &expr.kind {
            ExprKind::Var(name) => (name, &[]),
            ExprKind::Ref(Reference { base, steps }) => match &base.kind {
                ExprKind::Var(name) => (name, steps),
                _ => return None,
            },
            ExprKind::Call { function, .. } => {
                return match self.index.callee(module, function) {
                    Callee::Definition(rule) => Some(rule),
                    Callee::Nothing | Callee::Builtin => None,
                };
            }
            _ => return None,
        };
        let fields = steps.iter().map_while(|step| match step {
            Step::Field(name) => Some(name.text.as_str()),
            Step::Index(_) => None,
        });
        let text = |step: &'a String| step.as_str();
        match self.index.global(module, root)? {
            Global::Data => self.lookup(fields),
            Global::Rule(name) => {
                let package = self.index.modules().get(module)?.package.iter().map(text);
                self.lookup(package.chain([name]).chain(fields))
            }
            Global::Import(path) => {
                let (first, path) = path.split_first()?;
                let path = (first == "data").then(|| path.iter().map(text))?;
                self.lookup(path.chain(fields))
            }
            Global::Input => None,
        }
    }

    fn lookup<'s>(&self, path: impl Iterator<Item = &'s str>) -> Option<RuleId> {
        match self.index.lookup(path.map(Some)) {
            Lookup::Definition { definition, .. } => Some(definition),
            Lookup::Below { .. } | Lookup::Missing { .. } => None,
        }
    }
}
