//! A chain of rules may not be deeper than the engine's stack.
//!
//! The engine evaluates what a rule needs inside that rule, and so on: each rule, each query nested
//! in it and each level of an expression takes stack. Measured with the engine built without
//! optimization, a plain rule takes 25 KiB, a nested query 10 KiB, an operator 2 KiB and a call 9
//! KiB: at most 64 KiB for each unit of the weight below, so that the default limit of 32 fits the
//! 2 MiB of an ordinary thread; with optimization it takes a fifth of that.

use super::index::render_path;
use super::{Context, Findings};
use crate::diagnostic::Code;
use crate::syntax::{Expr, ExprKind, HeadKind, Query, Reference, Rule, StatementKind, Step};

/// Levels of an expression that weigh as much as a rule.
const LEVELS_PER_UNIT: u32 = 8;

/// The heaviest chain from a vertex on.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    weight: u64,
    /// Its next vertex.
    next: Option<usize>,
    /// Whether it goes on a longer one.
    is_inner: bool,
}

/// What a library and a command call the limit; queries are checked with the highest already.
const REMEDY: &str = "shorten the chain, or raise the limit, at most to 256, where the stack is \
                      large: `max_depth` of the options, `--max-depth` of the command";

pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let graph = &context.graph;
    let definitions = context.index.definitions();
    let limit = u64::from(context.options.max_depth);
    let weight = |vertex: usize| {
        let statements =
            definitions.get(vertex).map(|d| d.statements.as_slice()).unwrap_or_default();
        let rules = statements.iter().filter_map(|&place| context.index.rule(place));
        rules.map(|(_, rule)| u64::from(weigh(rule))).max().unwrap_or(0)
    };
    // Components come after what they depend on; a cycle has been reported, and what depends on it
    // is measured up to it.
    let mut heaviest = vec![Chain::default(); graph.len()];
    let chain =
        |heaviest: &[Chain], vertex: usize| heaviest.get(vertex).copied().unwrap_or_default();
    for component in graph.components() {
        for &vertex in component {
            let edges = graph.edges(vertex).iter();
            let below = edges.map(|&next| (chain(&heaviest, next).weight, next)).max();
            let (rest, next) = below.filter(|&(rest, _)| rest > 0).unzip();
            if let Some(found) = heaviest.get_mut(vertex) {
                found.weight = weight(vertex) + rest.unwrap_or(0);
                found.next = next;
            }
        }
    }
    // A node of the path tree is part of a chain only when a rule of the chain refers to it.
    for &vertex in graph.components().iter().rev().flatten() {
        let Chain { weight, is_inner, .. } = chain(&heaviest, vertex);
        if weight > limit && (vertex < definitions.len() || is_inner) {
            for &next in graph.edges(vertex) {
                if let Some(found) = heaviest.get_mut(next) {
                    found.is_inner |= next != vertex;
                }
            }
        }
    }
    for (at, definition) in definitions.iter().enumerate() {
        let Chain { weight: depth, is_inner, .. } = chain(&heaviest, at);
        if depth <= limit || is_inner {
            continue;
        }
        let mut names = Vec::new();
        let mut next = Some(at);
        // A chain is no longer than there are vertices.
        for _ in 0..graph.len() {
            let Some(vertex) = next else { break };
            names.extend(definitions.get(vertex).map(|d| render_path(d.path.iter().copied())));
            next = chain(&heaviest, vertex).next;
        }
        let name = render_path(definition.path.iter().copied());
        let rules = if names.len() == 1 { "rule" } else { "rules" };
        let message = format!(
            "the chain of {} {rules} from `{name}` is {depth} deep, more than {limit}: {}",
            names.len(),
            render_chain(&names)
        );
        findings.at_definition(context, at, Code::RegoDepthError, message, REMEDY);
    }
}

/// `a -> b -> c`, shortened in the middle when it is long.
pub(super) fn render_chain(names: &[String]) -> String {
    const ENDS: usize = 4;
    match names {
        [first @ .., _] if names.len() <= 2 * ENDS + 1 || first.is_empty() => names.join(" -> "),
        _ => {
            let (head, rest) = names.split_at(ENDS.min(names.len()));
            let (middle, tail) = rest.split_at(rest.len().saturating_sub(ENDS));
            format!(
                "{} -> ... {} more ... -> {}",
                head.join(" -> "),
                middle.len(),
                tail.join(" -> ")
            )
        }
    }
}

/// One for the rule, one for each query nested in it, one for every eight levels of its highest
/// expression.
pub(super) fn weigh(rule: &Rule) -> u32 {
    let mut tallest = Size::default();
    let mut add = |size: Size| tallest = tallest.max(size);
    for step in &rule.head.reference.steps {
        add(step_size(step));
    }
    match &rule.head.kind {
        HeadKind::Complete => {}
        HeadKind::Set { key } => add(size(key)),
        HeadKind::Function { args } => args.iter().for_each(|arg| add(size(arg))),
    }
    if let Some(value) = &rule.head.value {
        add(size(value));
    }
    for body in &rule.bodies {
        if let Some(value) = &body.value {
            add(size(value));
        }
        add(query_size(&body.query));
    }
    1 + tallest.queries + tallest.levels / LEVELS_PER_UNIT
}

/// How many queries are nested in something, and how high it is.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    queries: u32,
    levels: u32,
}

impl Size {
    fn max(self, other: Self) -> Self {
        Self { queries: self.queries.max(other.queries), levels: self.levels.max(other.levels) }
    }

    fn above(self, levels: u32) -> Self {
        Self { levels: self.levels + levels, ..self }
    }
}

fn tallest(sizes: impl Iterator<Item = Size>) -> Size {
    sizes.fold(Size::default(), Size::max)
}

fn query_size(query: &Query) -> Size {
    tallest(query.statements.iter().flat_map(|statement| {
        let own = match &statement.kind {
            StatementKind::SomeVars(_) => Size::default(),
            StatementKind::SomeIn { key, value, collection } => {
                tallest(key.iter().chain([value, collection]).map(size))
            }
            StatementKind::Expr(expr) | StatementKind::Not(expr) => size(expr),
            StatementKind::Every { domain, query, .. } => size(domain).max(nested(query)),
        };
        statement.with.iter().map(|with| size(&with.value)).chain([own])
    }))
}

fn nested(query: &Query) -> Size {
    let inner = query_size(query);
    Size { queries: inner.queries + 1, levels: inner.levels }
}

fn step_size(step: &Step) -> Size {
    match step {
        Step::Field(_) => Size::default(),
        Step::Index(index) => size(index),
    }
}

fn size(expr: &Expr) -> Size {
    match &expr.kind {
        ExprKind::Scalar(_) | ExprKind::Var(_) => Size::default(),
        ExprKind::Ref(Reference { base, steps }) => {
            tallest(steps.iter().map(step_size).chain([size(base)])).above(1)
        }
        ExprKind::Array(items) | ExprKind::Set(items) => tallest(items.iter().map(size)).above(1),
        // A call takes four times the stack of an operator.
        ExprKind::Call { args, .. } => tallest(args.iter().map(size)).above(2),
        ExprKind::Object(fields) => {
            tallest(fields.iter().flat_map(|(key, value)| [size(key), size(value)])).above(1)
        }
        ExprKind::ArrayComprehension { term, query }
        | ExprKind::SetComprehension { term, query } => size(term).max(nested(query)).above(1),
        ExprKind::ObjectComprehension { key, value, query } => {
            size(key).max(size(value)).max(nested(query)).above(1)
        }
        ExprKind::Compare { left, right, .. }
        | ExprKind::Arithmetic { left, right, .. }
        | ExprKind::SetOperation { left, right, .. }
        | ExprKind::Assign { left, right, .. } => size(left).max(size(right)).above(1),
        ExprKind::Membership { key, value, collection } => {
            tallest(key.iter().map(|key| size(key)).chain([size(value), size(collection)])).above(1)
        }
    }
}
