//! Which rule depends on which.

use super::index::{Callee, Lookup, PolicyIndex, Shape};
use super::scope::{Absolute, Root, Scope, Visitor, walk_rule};
use crate::syntax::{Expr, ExprKind, With};

/// The dependencies among the definitions of a policy set.
///
/// Its vertices are the definitions, by their index, and behind them the nodes of the path tree: a
/// reference that ends above the rules, or goes on with a step that is not constant, depends on
/// everything below a node, which costs one edge here.
#[derive(Debug)]
pub(super) struct Graph {
    edges: Vec<Vec<usize>>,
    /// The strongly connected components, each after those it depends on.
    components: Vec<Vec<usize>>,
}

impl Graph {
    pub(super) fn new(index: &PolicyIndex<'_>) -> Self {
        let definitions = index.definitions().len();
        let mut edges = vec![Vec::new(); definitions + index.node_count()];
        for (at, definition) in index.definitions().iter().enumerate() {
            let mut found = Dependencies { index, nodes_from: definitions, found: Vec::new() };
            for &place in &definition.statements {
                if let Some((_, rule)) = index.rule(place) {
                    walk_rule(index, place.module, rule, &mut found);
                }
            }
            found.found.sort_unstable();
            found.found.dedup();
            if let Some(edges) = edges.get_mut(at) {
                *edges = found.found;
            }
        }
        for (node, edges) in edges.iter_mut().skip(definitions).enumerate() {
            let (children, definition) = index.below(node);
            edges.extend(children.map(|(_, child)| definitions + child));
            // A package's document leaves its functions out.
            edges.extend(definition.filter(|&at| {
                index.definition(at).is_some_and(|d| !matches!(d.shape, Shape::Function { .. }))
            }));
        }
        let components = components(&edges);
        Self { edges, components }
    }

    /// What a vertex depends on.
    pub(super) fn edges(&self, from: usize) -> &[usize] {
        self.edges.get(from).map(Vec::as_slice).unwrap_or_default()
    }

    /// The strongly connected components, each after those it depends on.
    pub(super) fn components(&self) -> &[Vec<usize>] {
        &self.components
    }

    /// Whether the vertices of a component depend on themselves.
    pub(super) fn is_cycle(&self, component: &[usize]) -> bool {
        match component {
            [one] => self.edges(*one).contains(one),
            _ => true,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.edges.len()
    }
}

struct Dependencies<'a, 'i> {
    index: &'i PolicyIndex<'a>,
    /// The vertex of node 0.
    nodes_from: usize,
    found: Vec<usize>,
}

impl Dependencies<'_, '_> {
    fn add(&mut self, path: Option<Absolute<'_>>) {
        let Some(path) = path.filter(|path| path.root == Root::Data) else { return };
        match self.index.lookup(path.lookup_steps()) {
            Lookup::Definition { definition, .. } => self.definition(definition),
            Lookup::Below { node } => self.found.push(self.nodes_from + node),
            Lookup::Missing { .. } => {}
        }
    }

    fn definition(&mut self, at: usize) {
        self.found.push(at);
        // Rules may add keys below a partial object, `p[x]` and `p.y`; together they are its value.
        let Some(definition) = self.index.definition(at).filter(|d| d.shape == Shape::Object)
        else {
            return;
        };
        if let Some(node) = self.index.node_of(definition)
            && self.index.below(node).0.next().is_some()
        {
            self.found.push(self.nodes_from + node);
        }
    }
}

impl<'a> Visitor<'a> for Dependencies<'a, '_> {
    fn expr(&mut self, expr: &'a Expr, scope: &Scope<'a, '_>) {
        match &expr.kind {
            ExprKind::Call { function, .. } => {
                if let Callee::Definition(at) = self.index.callee(scope.module(), function) {
                    self.found.push(at);
                }
            }
            ExprKind::Var(_) | ExprKind::Ref(_) => self.add(scope.absolute(expr)),
            _ => {}
        }
    }

    fn with(&mut self, with: &'a With, scope: &Scope<'a, '_>) {
        self.add(scope.absolute(&with.value));
    }
}

/// A vertex on its way through Tarjan's algorithm.
#[derive(Debug, Clone, Copy, Default)]
struct Vertex {
    /// When it was first seen; `None` before.
    order: Option<usize>,
    /// The earliest vertex on the stack that it reaches.
    low: usize,
    on_stack: bool,
}

/// Tarjan's algorithm with its stack on the heap: a chain of rules is as long as the file.
fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut vertices = vec![Vertex::default(); edges.len()];
    let mut stack = Vec::new();
    let mut components = Vec::new();
    let mut next = 0;
    for start in 0..edges.len() {
        let mut work = vec![(start, 0_usize)];
        while let Some((at, edge)) = work.pop() {
            let targets = edges.get(at).map(Vec::as_slice).unwrap_or_default();
            // Back from the target of the edge before.
            let back = edge
                .checked_sub(1)
                .and_then(|before| targets.get(before))
                .and_then(|&target| vertices.get(target))
                .filter(|target| target.on_stack)
                .map(|target| target.low);
            let Some(vertex) = vertices.get_mut(at) else { continue };
            if edge == 0 {
                if vertex.order.is_some() {
                    continue;
                }
                *vertex = Vertex { order: Some(next), low: next, on_stack: true };
                next += 1;
                stack.push(at);
            }
            if let Some(low) = back {
                vertex.low = vertex.low.min(low);
            }
            let is_root = vertex.order == Some(vertex.low);
            if let Some(&target) = targets.get(edge) {
                work.push((at, edge + 1));
                if vertices.get(target).is_some_and(|target| target.order.is_none()) {
                    work.push((target, 0));
                }
            } else if is_root {
                let from = stack.iter().rposition(|&other| other == at).unwrap_or(0);
                let component = stack.split_off(from);
                for &member in &component {
                    if let Some(member) = vertices.get_mut(member) {
                        member.on_stack = false;
                    }
                }
                components.push(component);
            }
        }
    }
    components
}
