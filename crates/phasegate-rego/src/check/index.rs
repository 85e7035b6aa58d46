//! What a policy set defines, and where every path under `data` leads.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{Head, HeadKind, Module, Rule, Step};

/// The packages, rules and functions of a policy set, by path.
#[derive(Debug)]
pub struct PolicyIndex<'a> {
    modules: &'a [Module],
    definitions: Vec<Definition<'a>>,
    nodes: Vec<Node<'a>>,
    names: Vec<Names<'a>>,
}

/// All statements of one rule or function: those that share package, name and constant steps.
#[derive(Debug)]
pub struct Definition<'a> {
    /// The path under `data`: the package, the name, and the constant steps of the head up to the
    /// first other one.
    pub path: Vec<&'a str>,
    /// Its statements, in the order of files and lines.
    pub statements: Vec<Place>,
    /// What the first statement makes of it.
    pub shape: Shape,
}

/// Where a rule statement stands: indices into the modules and into a module's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The module.
    pub module: usize,
    /// The rule statement.
    pub rule: usize,
}

/// What kind of document a definition makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// One value.
    Value,
    /// A set, element by element.
    Set,
    /// An object, key by key.
    Object,
    /// Nothing: it is called.
    Function {
        /// How many arguments it takes.
        arity: usize,
    },
}

impl Shape {
    /// What the head of a statement makes.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        match &head.kind {
            HeadKind::Function { args } => Self::Function { arity: args.len() },
            HeadKind::Set { .. } => Self::Set,
            HeadKind::Complete
                if head.reference.steps.iter().any(|s| matches!(s, Step::Index(_))) =>
            {
                Self::Object
            }
            HeadKind::Complete => Self::Value,
        }
    }
}

/// What the names of one module mean outside of local scopes.
#[derive(Debug)]
struct Names<'a> {
    /// The node of its package.
    package: usize,
    /// The names that imports bind, with their paths, root first.
    imports: BTreeMap<&'a str, &'a [String]>,
}

#[derive(Debug, Default)]
struct Node<'a> {
    children: BTreeMap<&'a str, usize>,
    definition: Option<usize>,
    /// The names of the rules of the package that this node is.
    rules: BTreeSet<&'a str>,
}

/// What a name means in a module when no local variable has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global<'a> {
    /// `input`.
    Input,
    /// `data`.
    Data,
    /// What an import binds: its path, root first.
    Import(&'a [String]),
    /// A rule of the module's own package, by its name.
    Rule(&'a str),
}

/// Where a path under `data` leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// To a rule or function, with that many steps of the path; the rest goes into its value.
    Definition {
        /// Which: see [`PolicyIndex::definition`].
        definition: usize,
        /// Steps used.
        used: usize,
    },
    /// To everything below a package or a part of its path, because the path ends there or goes on
    /// with a step that is not constant.
    Below {
        /// Which node of the path tree.
        node: usize,
    },
    /// To nothing that the policy defines: this step is the first that no package and no rule has.
    Missing {
        /// Index of the step.
        step: usize,
    },
}

impl<'a> PolicyIndex<'a> {
    /// Indexes a set of modules.
    #[must_use]
    pub fn new(modules: &'a [Module]) -> Self {
        let mut index = Self {
            modules,
            definitions: Vec::new(),
            nodes: vec![Node::default()],
            names: Vec::new(),
        };
        for (number, module) in modules.iter().enumerate() {
            let package = module.package.iter().fold(0, |node, step| index.child(node, step));
            let imports =
                module.imports.iter().filter_map(|i| Some((i.binds.as_deref()?, &*i.path)));
            index.names.push(Names { package, imports: imports.collect() });
            for (rule_number, rule) in module.rules.iter().enumerate() {
                index.add(package, rule, Place { module: number, rule: rule_number });
            }
        }
        index
    }

    fn child(&mut self, node: usize, step: &'a str) -> usize {
        if let Some(&child) = self.nodes.get(node).and_then(|node| node.children.get(step)) {
            return child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        if let Some(node) = self.nodes.get_mut(node) {
            node.children.insert(step, child);
        }
        child
    }

    fn add(&mut self, package: usize, rule: &'a Rule, place: Place) {
        let Some(name) = rule_name(rule) else { return };
        if let Some(node) = self.nodes.get_mut(package) {
            node.rules.insert(name);
        }
        let steps: Vec<&'a str> = std::iter::once(name).chain(constant_steps(&rule.head)).collect();
        let node = steps.iter().fold(package, |node, step| self.child(node, step));
        let existing = self.nodes.get(node).and_then(|node| node.definition);
        if let Some(definition) = existing.and_then(|at| self.definitions.get_mut(at)) {
            definition.statements.push(place);
        } else {
            let package =
                self.modules.get(place.module).map(|m| m.package.iter().map(String::as_str));
            let path = package.into_iter().flatten().chain(steps).collect();
            if let Some(node) = self.nodes.get_mut(node) {
                node.definition = Some(self.definitions.len());
            }
            self.definitions.push(Definition {
                path,
                statements: vec![place],
                shape: Shape::of(&rule.head),
            });
        }
    }

    /// The modules that were indexed.
    #[must_use]
    pub fn modules(&self) -> &'a [Module] {
        self.modules
    }

    /// All definitions, in the order of files and lines of their first statements.
    #[must_use]
    pub fn definitions(&self) -> &[Definition<'a>] {
        &self.definitions
    }

    /// One definition.
    #[must_use]
    pub fn definition(&self, at: usize) -> Option<&Definition<'a>> {
        self.definitions.get(at)
    }

    /// The module and the rule at a place.
    #[must_use]
    pub fn rule(&self, place: Place) -> Option<(&'a Module, &'a Rule)> {
        let module = self.modules.get(place.module)?;
        Some((module, module.rules.get(place.rule)?))
    }

    /// The rule statements of a path under `data`, such as `["lifecycle", "promotion", "allow"]`,
    /// with their modules.
    pub fn rules_at(&self, path: &[&str]) -> impl Iterator<Item = (&'a Module, &'a Rule)> {
        let at = match self.lookup(path.iter().copied().map(Some)) {
            Lookup::Definition { definition, used } if used == path.len() => Some(definition),
            _ => None,
        };
        let places = at.and_then(|at| self.definitions.get(at)).map(|d| d.statements.as_slice());
        places.unwrap_or_default().iter().filter_map(|&place| self.rule(place))
    }

    /// What a name means in a module when no local variable has it; `None` for the name of a
    /// variable.
    #[must_use]
    pub fn global(&self, module: usize, name: &str) -> Option<Global<'a>> {
        let names = self.names.get(module)?;
        // As in OPA, an import hides a rule of the same name.
        if let Some(path) = names.imports.get(name) {
            return Some(Global::Import(path));
        }
        if let Some(rule) = self.nodes.get(names.package)?.rules.get(name) {
            return Some(Global::Rule(rule));
        }
        match name {
            "input" => Some(Global::Input),
            "data" => Some(Global::Data),
            _ => None,
        }
    }

    /// Where a path under `data` leads; a step that is not constant is `None`.
    pub fn lookup<'s>(&self, steps: impl IntoIterator<Item = Option<&'s str>>) -> Lookup {
        let mut node = 0;
        for (at, step) in steps.into_iter().enumerate() {
            let Some(step) = step else { return Lookup::Below { node } };
            let Some(&child) = self.nodes.get(node).and_then(|node| node.children.get(step)) else {
                return Lookup::Missing { step: at };
            };
            if let Some(definition) = self.nodes.get(child).and_then(|node| node.definition) {
                return Lookup::Definition { definition, used: at + 1 };
            }
            node = child;
        }
        Lookup::Below { node }
    }

    /// The function that a call names, or the path of the rule that is none.
    ///
    /// What an import binds comes first, then a rule of the same package, then a path under `data`;
    /// what is left is the name of a builtin.
    #[must_use]
    pub fn callee(&self, module: usize, function: &[String]) -> Callee {
        let Some(root) = function.first() else { return Callee::Builtin };
        let rest = function.iter().skip(1).map(|step| Some(step.as_str()));
        let under_data: Vec<Option<&str>> = match self.global(module, root) {
            Some(Global::Rule(_)) => {
                let package =
                    self.modules.get(module).map(|m| m.package.as_slice()).unwrap_or_default();
                package.iter().chain(function).map(|step| Some(step.as_str())).collect()
            }
            Some(Global::Data) => rest.collect(),
            Some(Global::Import(path)) if path.first().is_some_and(|root| root == "data") => {
                path.iter().skip(1).map(|step| Some(step.as_str())).chain(rest).collect()
            }
            Some(Global::Import(_) | Global::Input) => return Callee::Nothing,
            None => return Callee::Builtin,
        };
        let length = under_data.len();
        match self.lookup(under_data) {
            Lookup::Definition { definition, used } if used == length => {
                Callee::Definition(definition)
            }
            _ => Callee::Nothing,
        }
    }

    /// The nodes directly below a node, and the definition at it.
    pub(super) fn below(
        &self,
        node: usize,
    ) -> (impl Iterator<Item = (&'a str, usize)>, Option<usize>) {
        let node = self.nodes.get(node);
        let children =
            node.into_iter().flat_map(|node| node.children.iter().map(|(&s, &n)| (s, n)));
        (children, node.and_then(|node| node.definition))
    }

    /// The definitions at a node and below it.
    pub(crate) fn definitions_below(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let (children, definition) = self.below(node);
            found.extend(definition);
            open.extend(children.map(|(_, child)| child));
        }
        found
    }

    /// The node at which a definition stands.
    pub(super) fn node_of(&self, definition: &Definition<'_>) -> Option<usize> {
        definition
            .path
            .iter()
            .try_fold(0, |node, step| self.nodes.get(node)?.children.get(step).copied())
    }

    pub(super) fn node_count(&self) -> usize {
        self.nodes.len()
    }
}

/// What a call names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// A rule or function of the policy.
    Definition(usize),
    /// A path that leads to no rule.
    Nothing,
    /// No name of the policy: a builtin, if one is called so.
    Builtin,
}

/// The name of a rule.
fn rule_name(rule: &Rule) -> Option<&str> {
    match &rule.head.reference.base.kind {
        crate::syntax::ExprKind::Var(name) => Some(name),
        _ => None,
    }
}

/// The constant steps of a head up to the first other one.
fn constant_steps(head: &Head) -> impl Iterator<Item = &str> {
    head.reference.steps.iter().map_while(|step| match step {
        Step::Field(name) => Some(name.text.as_str()),
        Step::Index(_) => None,
    })
}

/// A path under `data` as it is written: `data.a["b c"]`.
#[must_use]
pub fn render_path<'s>(path: impl IntoIterator<Item = &'s str>) -> String {
    let mut text = "data".to_owned();
    for step in path {
        let mut bytes = step.bytes();
        let plain = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain {
            text.push('.');
            text.push_str(step);
        } else {
            text.push('[');
            text.push_str(&serde_json::Value::from(step).to_string());
            text.push(']');
        }
    }
    text
}
