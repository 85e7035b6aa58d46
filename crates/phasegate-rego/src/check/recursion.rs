//! A rule may not depend on itself: evaluating it would never end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::index::render_path;
use super::{Context, Findings};
use crate::diagnostic::Code;

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let graph = &context.graph;
    let definitions = context.index.definitions();
    for component in graph.components() {
        if !graph.is_cycle(component) {
            continue;
        }
        // A cycle always has a rule: the path tree alone has none.
        let Some(&first) = component.iter().filter(|&&at| at < definitions.len()).min() else {
            continue;
        };
        let cycle = shortest_cycle(first, component, |from| graph.edges(from));
        let names: Vec<_> = cycle
            .into_iter()
            .filter_map(|at| definitions.get(at))
            .map(|definition| render_path(definition.path.iter().copied()))
            .collect();
        let name = names.first().cloned().unwrap_or_default();
        let message = format!("`{name}` depends on itself: {}", super::depth::render_chain(&names));
        findings.at_definition(
            context,
            first,
            Code::RegoRecursionError,
            message,
            "break the cycle; a reference with a step that is not constant depends on everything it may reach",
        );
    }
}

/// The shortest way from a vertex back to itself inside its component, both ends included.
fn shortest_cycle<'g>(
    start: usize,
    component: &[usize],
    edges: impl Fn(usize) -> &'g [usize],
) -> Vec<usize> {
    let members: BTreeSet<usize> = component.iter().copied().collect();
    let mut from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(vertex) = queue.pop_front() {
        for &target in edges(vertex) {
            if target == start {
                let mut path = vec![start];
                let mut at = vertex;
                while at != start {
                    path.push(at);
                    at = from.get(&at).copied().unwrap_or(start);
                }
                path.push(start);
                path.reverse();
                return path;
            }
            if members.contains(&target) && !from.contains_key(&target) {
                from.insert(target, vertex);
                queue.push_back(target);
            }
        }
    }
    vec![start, start]
}
