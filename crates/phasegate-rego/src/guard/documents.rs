//! The tree below `data`: which rules and functions stand at which path, and the base data around
//! them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::syntax::{HeadKind, Module, Rule, Step};

/// Where a rule statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleAt {
    pub(super) module: usize,
    pub(super) rule: usize,
}

/// One path below `data`.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) children: BTreeMap<String, Self>,
    pub(super) rules: Vec<RuleAt>,
    pub(super) functions: Vec<RuleAt>,
    /// Length of the package part of the path, for the rules and functions that stand here.
    pub(super) package_length: usize,
    /// The names of the rules and functions of the package at this path.
    pub(super) rule_names: BTreeSet<String>,
}

/// Everything below `data`.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    pub(super) modules: &'a [Module],
    root: Node,
    data: &'a Json,
}

impl<'a> Documents<'a> {
    /// Tests are left out: they are never loaded for decisions.
    pub(super) fn new(modules: &'a [Module], data: &'a Json) -> Self {
        let mut root = Node::default();
        for (module_index, module) in modules.iter().enumerate() {
            if module.file.ends_with("_test.rego") {
                continue;
            }
            for (rule_index, rule) in module.rules.iter().enumerate() {
                let mut node = &mut root;
                for name in &module.package {
                    node = node.children.entry(name.clone()).or_default();
                }
                node.rule_names.extend(ground_path(rule).next());
                for name in ground_path(rule) {
                    node = node.children.entry(name).or_default();
                }
                node.package_length = module.package.len();
                let at = RuleAt { module: module_index, rule: rule_index };
                match rule.head.kind {
                    HeadKind::Function { .. } => node.functions.push(at),
                    HeadKind::Complete | HeadKind::Set { .. } => node.rules.push(at),
                }
            }
        }
        Self { modules, root, data }
    }

    pub(super) fn node<S: AsRef<str>>(&self, path: &[S]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, name| node.children.get(name.as_ref()))
    }

    /// Base data at a path.
    pub(super) fn data<S: AsRef<str>>(&self, path: &[S]) -> Option<&'a Json> {
        path.iter().try_fold(self.data, |json, name| json.get(name.as_ref()))
    }

    /// The names below a path, of rules and of base data.
    pub(super) fn names<S: AsRef<str>>(&self, path: &[S]) -> BTreeSet<String> {
        let rules = self.node(path).into_iter().flat_map(|node| node.children.keys());
        let data = self.data(path).and_then(Json::as_object);
        rules.chain(data.into_iter().flat_map(|members| members.keys())).cloned().collect()
    }

    pub(super) fn rule(&self, at: RuleAt) -> Option<(&'a Module, &'a Rule)> {
        let module = self.modules.get(at.module)?;
        Some((module, module.rules.get(at.rule)?))
    }
}

/// The path a rule stands at, below its package: its name and the plain steps after it.
pub(super) fn ground_path(rule: &Rule) -> impl Iterator<Item = String> + '_ {
    let name = match &rule.head.reference.base.kind {
        crate::syntax::ExprKind::Var(name) => Some(name.clone()),
        _ => None,
    };
    name.into_iter().chain(rule.head.reference.steps.iter().map_while(|step| match step {
        Step::Field(name) => Some(name.text.clone()),
        Step::Index(_) => None,
    }))
}
