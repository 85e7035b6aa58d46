//! Two rules, or a rule and base data, that claim the same path.

use serde_json::Value;

use super::index::{Definition, Lookup, PolicyIndex, Shape, render_path};
use super::{Context, Findings};
use crate::diagnostic::Code;

/// Base data at the path of a rule, which the engine would take for the rule's value.
pub(super) fn with_data(context: &Context<'_>, findings: &mut Findings) {
    for (at, definition) in context.index.definitions().iter().enumerate() {
        if let Some(path) = shadowed_by(context.data, definition) {
            findings.at_definition(
                context,
                at,
                Code::RegoConflictError,
                format!(
                    "base data at `{}` hides the rule `{}`",
                    render_path(path.iter().copied()),
                    render_path(definition.path.iter().copied())
                ),
                "move the data to another path: the engine would take it for the rule's value",
            );
        }
    }
}

/// Rules and packages that claim the same path.
pub(super) fn check(context: &Context<'_>, findings: &mut Findings) {
    let index = &context.index;
    for definition in index.definitions() {
        let name = render_path(definition.path.iter().copied());
        same_path(context, definition, &name, findings);
        if let Some(node) = index.node_of(definition) {
            below(context, definition, node, &name, findings);
        }
    }
    packages(index, context, findings);
}

/// Statements of one path that do not make one document.
fn same_path(
    context: &Context<'_>,
    definition: &Definition<'_>,
    name: &str,
    findings: &mut Findings,
) {
    let mut default = None;
    for &place in &definition.statements {
        let Some((module, rule)) = context.index.rule(place) else { continue };
        let shape = Shape::of(&rule.head);
        if shape != definition.shape {
            let first = definition.statements.first().and_then(|&first| context.index.rule(first));
            let at_first = first.map_or_else(String::new, |(first, rule)| {
                format!("{}:{}", first.file, first.position(rule.span.start).row)
            });
            findings.at(
                module,
                rule.head.span,
                Code::RegoTypeError,
                format!(
                    "`{name}` is {} here and {} in {at_first}",
                    describe(shape),
                    describe(definition.shape)
                ),
                "give one of the two another name",
            );
        }
        if rule.is_default && default.replace(place).is_some() {
            findings.at(
                module,
                rule.head.span,
                Code::RegoTypeError,
                format!("`{name}` has more than one default"),
                "keep one of them",
            );
        }
    }
}

fn describe(shape: Shape) -> String {
    match shape {
        Shape::Value => "one value".to_owned(),
        Shape::Set => "a set".to_owned(),
        Shape::Object => "an object by keys".to_owned(),
        Shape::Function { arity: 1 } => "a function of 1 argument".to_owned(),
        Shape::Function { arity } => format!("a function of {arity} arguments"),
    }
}

/// Rules below a rule that is not an object by keys: `p := 1` and `p.q := 2`.
fn below(
    context: &Context<'_>,
    definition: &Definition<'_>,
    node: usize,
    name: &str,
    findings: &mut Findings,
) {
    if definition.shape == Shape::Object {
        return;
    }
    let mut nodes: Vec<usize> = context.index.below(node).0.map(|(_, child)| child).collect();
    while let Some(node) = nodes.pop() {
        let (children, inner) = context.index.below(node);
        nodes.extend(children.map(|(_, child)| child));
        // A package below is told by itself.
        let same_package = inner
            .and_then(|inner| context.index.definition(inner)?.statements.first())
            .and_then(|&place| context.index.rule(place))
            .is_some_and(|(module, _)| module.package.len() < definition.path.len());
        if let Some(inner) = inner.filter(|_| same_package) {
            let message =
                format!("this rule is below `{name}`, which is {}", describe(definition.shape));
            let remedy =
                "make the outer rule an object by keys, or give one of the two another name";
            findings.at_definition(context, inner, Code::RegoTypeError, message, remedy);
            // One finding tells where; what is below that is its own rule's affair.
            break;
        }
    }
}

/// Packages at or below the path of a rule.
fn packages(index: &PolicyIndex<'_>, context: &Context<'_>, findings: &mut Findings) {
    for module in index.modules() {
        let steps = module.package.iter().map(|step| Some(step.as_str()));
        if let Lookup::Definition { definition, .. } = index.lookup(steps)
            && let Some(definition) = context.index.definition(definition)
        {
            let name = render_path(definition.path.iter().copied());
            findings.at(
                module,
                module.package_span,
                Code::RegoTypeError,
                format!("the package is at or below the rule `{name}`"),
                "rename the package or the rule",
            );
        }
    }
}

/// The path at which base data stands in for a rule: the rule's own, or one above that is no
/// object.
fn shadowed_by<'d>(data: &Value, definition: &'d Definition<'_>) -> Option<&'d [&'d str]> {
    let mut at = data;
    for (number, step) in definition.path.iter().enumerate() {
        match at {
            Value::Object(object) => at = object.get(*step)?,
            _ => return definition.path.get(..number),
        }
    }
    Some(&definition.path)
}
