//! Which rules are tests, what they are called, and under which names they are run.
//!
//! As in `opa test`, every rule is a test of its own whose head has a segment that begins with
//! `test_`; later ones of the same name are `name#01`, `name#02`. The engine would merge them, so
//! that the modules it gets carry a name of ours in their place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use phasegate::rego::check::render_path;
use phasegate::rego::syntax::{
    Expr, ExprKind, Module, Query, Rule, Span, StatementKind, Step, walk_rule_exprs,
};

use super::result::Location;
use crate::Project;

/// What the name of a test begins with.
const TEST: &str = "test_";
/// What the name of a test begins with that is not run yet.
const SKIPPED: &str = "todo_test_";

/// A rule that is a test.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// Its place among the modules of the project, and among the rules of its module.
    pub(crate) place: (usize, usize),
    pub(crate) location: Location,
    /// `data.gate_test`.
    pub(crate) package: String,
    /// `test_limit`, `a.b["test_limit#01"]`.
    pub(crate) name: String,
    /// Under which path the engine knows it.
    pub(crate) path: String,
    /// It is told and not run.
    pub(crate) skip: bool,
    /// How many steps of its head belong to its name; what follows names its cases.
    pub(crate) named: usize,
    /// Its cases are named by what its body finds.
    pub(crate) has_cases: bool,
}

impl Test {
    /// What `--run` looks at.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }
}

/// The tests of a project, in the order of files and rules, and the texts in which each has a name
/// of its own.
#[derive(Debug)]
pub(crate) struct Discovered {
    pub(crate) tests: Vec<Test>,
    /// `(file, text)`, one for each module.
    pub(crate) texts: Vec<(String, String)>,
}

pub(crate) fn discover(project: &Project) -> Discovered {
    let mut counts = BTreeMap::new();
    let mut tests = Vec::new();
    let mut texts = Vec::new();
    for (at, module) in project.modules.iter().enumerate() {
        let mut edits = Vec::new();
        for (number, rule) in module.rules.iter().enumerate() {
            let Some(found) = named(module, rule) else { continue };
            let mut segments = found.segments;
            let mut shown = segments.clone();
            let skip = found.name.starts_with(SKIPPED);
            if !skip {
                let key = (module.package.clone(), segments.clone());
                let count: &mut usize = counts.entry(key).or_default();
                if let (true, Some(last), Some(last_shown)) =
                    (*count > 0, segments.last_mut(), shown.last_mut())
                {
                    let fresh = format!("{}__phasegate_{count:02}", found.name);
                    let name = if found.quoted { format!("\"{fresh}\"") } else { fresh.clone() };
                    edits.push((found.span, name));
                    *last = Segment::Name(fresh);
                    *last_shown = Segment::Name(format!("{}#{count:02}", found.name));
                }
                *count += 1;
            }
            let position = module.position(rule.span.start);
            let location =
                Location { file: module.file.clone(), row: position.row, col: position.col };
            let package = render_path(module.package.iter().map(String::as_str));
            tests.push(Test {
                place: (at, number),
                location,
                path: format!("{package}{}", reference(&segments, true)),
                name: reference(&shown, false),
                package,
                skip,
                named: segments.len() - 1,
                has_cases: found.has_cases,
            });
        }
        edits.extend(calls(project, module));
        texts.push((module.file.clone(), edited(module, edits)));
    }
    Discovered { tests, texts }
}

/// A segment of a head that does not depend on its body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Name(String),
    /// A number or another scalar, as written.
    Scalar(String),
}

struct Named {
    segments: Vec<Segment>,
    name: String,
    span: Span,
    quoted: bool,
    has_cases: bool,
}

/// The head up to the segment that makes it a test.
fn named(module: &Module, rule: &Rule) -> Option<Named> {
    let reference = &rule.head.reference;
    let ExprKind::Var(root) = &reference.base.kind else { return None };
    let mut segments = vec![Segment::Name(root.clone())];
    let has_cases = reference.steps.iter().any(is_dynamic);
    if is_test(root) {
        let (name, span) = (root.clone(), reference.base.span);
        return Some(Named { segments, name, span, quoted: false, has_cases });
    }
    for step in reference.steps.iter().take_while(|step| !is_dynamic(step)) {
        match step {
            Step::Field(field) => {
                segments.push(Segment::Name(field.text.clone()));
                if is_test(&field.text) {
                    let (name, span) = (field.text.clone(), field.span);
                    let quoted = module.text_of(span).starts_with(['"', '`']);
                    return Some(Named { segments, name, span, quoted, has_cases });
                }
            }
            Step::Index(index) => {
                segments.push(Segment::Scalar(module.text_of(index.span).to_owned()));
            }
        }
    }
    None
}

/// Whether the body says what a step of a head is.
fn is_dynamic(step: &Step) -> bool {
    match step {
        Step::Field(_) => false,
        Step::Index(index) => !matches!(index.kind, ExprKind::Scalar(_)),
    }
}

fn is_test(name: &str) -> bool {
    name.starts_with(TEST) || name.starts_with(SKIPPED)
}

/// `.a.b["c#01"][0]` when it follows something, else without the first dot.
fn reference(segments: &[Segment], follows: bool) -> String {
    let mut text = String::new();
    for (at, segment) in segments.iter().enumerate() {
        match segment {
            // The root is a variable, whatever its characters are.
            Segment::Name(name) if at == 0 && !follows => text.push_str(name),
            Segment::Name(name) => {
                let step = render_path([name.as_str()]);
                text.push_str(step.strip_prefix("data").unwrap_or(&step));
            }
            Segment::Scalar(scalar) => {
                // Writing to a String cannot fail.
                let _ = write!(text, "[{scalar}]");
            }
        }
    }
    text
}

/// Calls of mocked functions by their whole path: the engine mocks no others.
fn calls(project: &Project, module: &Module) -> Vec<(Span, String)> {
    let mocked: BTreeSet<&[String]> = project
        .modules
        .iter()
        .flat_map(|module| &module.rules)
        .flat_map(|rule| &rule.bodies)
        .flat_map(|body| mocks(&body.query))
        .collect();
    if mocked.is_empty() {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let mut see = |expr: &Expr| {
        let ExprKind::Call { function, function_span, .. } = &expr.kind else { return };
        let [root, rest @ ..] = function.as_slice() else { return };
        let import = module.imports.iter().find(|import| import.binds.as_ref() == Some(root));
        let data = || std::iter::once("data".to_owned());
        let path: Vec<String> = match import {
            _ if root == "data" => return,
            Some(import) => import.path.iter().chain(rest).cloned().collect(),
            None => data().chain(module.package.iter().chain(function).cloned()).collect(),
        };
        if mocked.contains(path.as_slice()) {
            let path = render_path(path.iter().skip(1).map(String::as_str));
            edits.push((*function_span, path));
        }
    };
    for rule in &module.rules {
        walk_rule_exprs(rule, &mut see);
    }
    edits
}

/// What the mocks of a query replace.
fn mocks(query: &Query) -> Vec<&[String]> {
    let mut targets = Vec::new();
    for statement in &query.statements {
        targets.extend(statement.with.iter().map(|with| with.target.as_slice()));
        if let StatementKind::Every { query, .. } = &statement.kind {
            targets.extend(mocks(query));
        }
    }
    targets
}

/// The text of a module with names replaced; rows stay as they are.
fn edited(module: &Module, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = module.text.clone();
    for (span, name) in edits {
        text.replace_range(span.start..span.end, &name);
    }
    text
}
