//! Marks in the texts of a project: what they see is what its tests cover.
//!
//! Everything stands on the rows where it stood, so that places in answers and prints hold:
//!
//! ```text
//! deny if { input.n > 3 }
//! deny if { phasegate_0 := phasegate_mark(0, [1 | phasegate_value_0 := input.n] == []);
//!     phasegate_1 := phasegate_mark(1, false); phasegate_mark(2, input.n > 3);
//!     phasegate_mark(1, true) }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use phasegate::rego::lab::{MARK, Seen};
use phasegate::rego::syntax::{
    Body, Expr, ExprKind, Module, Reference, Rule, Step, parse_set, walk_rule_exprs,
};

use super::{ComparisonCoverage, Coverage, InputCoverage, RuleCoverage, lines};
use crate::Project;
use crate::project::is_test_file;
use crate::test::Location;

/// A project with marks.
pub(crate) struct Instrumented {
    /// `(file, text)`.
    pub(crate) texts: Vec<(String, String)>,
    marks: Vec<Mark>,
}

/// What a mark looks at.
enum Mark {
    /// A body: false when it is entered, true when it holds.
    Body { location: Location, rule: String, is_policy: bool },
    /// A comparison.
    Comparison { location: Location, text: String },
    /// A path of the input: true when it is missing.
    Input { path: String },
}

impl Instrumented {
    /// Adds marks to the texts of a project, which have its rows.
    pub(crate) fn of(project: &Project, texts: &[(String, String)]) -> Self {
        let pairs = texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        // The same texts but for a few names were parsed before.
        let modules = parse_set(pairs).unwrap_or_else(|_| project.modules.clone());
        let mut marks = Vec::new();
        let texts = modules.iter().map(|module| {
            let mut work = Work { module, marks: &mut marks, edits: Vec::new() };
            work.module();
            (module.file.clone(), work.text())
        });
        let texts = texts.collect();
        Self { texts, marks }
    }

    /// How many marks there are.
    pub(crate) fn marks(&self) -> usize {
        self.marks.len()
    }

    /// What was covered.
    pub(crate) fn coverage(
        &self,
        project: &Project,
        reached: &BTreeSet<(String, usize)>,
        seen: &[Seen],
    ) -> Coverage {
        let mut fired = BTreeSet::new();
        let mut rules = Vec::new();
        let mut comparisons = Vec::new();
        let mut inputs: BTreeMap<&str, Seen> = BTreeMap::new();
        for (mark, seen) in self.marks.iter().zip(seen) {
            match mark {
                Mark::Body { location, rule, is_policy } => {
                    if seen.truthy > 0 {
                        fired.insert((location.file.clone(), location.row));
                    }
                    if *is_policy {
                        rules.push(RuleCoverage {
                            location: location.clone(),
                            rule: rule.clone(),
                            fired: seen.truthy > 0,
                            not_fired: seen.falsy > seen.truthy,
                        });
                    }
                }
                Mark::Comparison { location, text } => comparisons.push(ComparisonCoverage {
                    location: location.clone(),
                    text: text.clone(),
                    seen_true: seen.truthy > 0,
                    seen_false: seen.falsy > 0,
                }),
                Mark::Input { path } => {
                    let all = inputs.entry(path).or_default();
                    all.truthy += seen.truthy;
                    all.falsy += seen.falsy;
                }
            }
        }
        let inputs = inputs.into_iter().map(|(path, seen)| InputCoverage {
            path: path.to_owned(),
            seen_present: seen.falsy > 0,
            seen_missing: seen.truthy > 0,
        });
        Coverage {
            lines: lines::of(project, reached, &fired),
            rules,
            comparisons,
            inputs: inputs.collect(),
        }
    }
}

/// One module on its way.
struct Work<'a> {
    module: &'a Module,
    marks: &'a mut Vec<Mark>,
    /// Insertions at byte offsets; those at one offset stand in their order.
    edits: Vec<(usize, String)>,
}

impl Work<'_> {
    fn module(&mut self) {
        let module = self.module;
        for rule in module.rules.iter().filter(|rule| !rule.is_default) {
            let paths =
                if is_test_file(&module.file) { BTreeSet::new() } else { paths(module, rule) };
            for (at, body) in rule.bodies.iter().enumerate() {
                // What the head reads is read with the first body.
                let paths = if at == 0 { &paths } else { &BTreeSet::new() };
                self.body(rule, body, paths);
            }
            if rule.bodies.is_empty() {
                let mark = self.mark(rule, rule.head.span.start, false);
                let statements = self.inputs(&paths);
                self.edits
                    .push((rule.span.end, format!(" if {{ {statements}{MARK}({mark}, true) }}")));
            }
            if !is_test_file(&module.file) {
                self.comparisons(rule);
            }
        }
    }

    fn body(&mut self, rule: &Rule, body: &Body, paths: &BTreeSet<String>) {
        let statements = &body.query.statements;
        let start = if body.is_else { body.span.start } else { rule.head.span.start };
        let (Some(first), Some(last)) = (statements.first(), statements.last()) else {
            let mark = self.mark(rule, start, false);
            self.edits.push((body.span.end, format!(" if {MARK}({mark}, true)")));
            return;
        };
        let mark = self.mark(rule, start, true);
        let inputs = self.inputs(paths);
        let braces = !self.closes(last.span.end);
        let (open, close) = if braces { ("{ ", " }") } else { ("", "") };
        let entered = format!("phasegate_{mark} := {MARK}({mark}, false); ");
        self.edits.push((first.span.start, format!("{open}{inputs}{entered}")));
        self.edits.push((last.span.end, format!("; {MARK}({mark}, true){close}")));
    }

    fn mark(&mut self, rule: &Rule, start: usize, has_body: bool) -> usize {
        let location = self.location(start);
        let rule = self.module.text_of(rule.head.reference.base.span).to_owned();
        let is_policy = has_body && !is_test_file(&self.module.file);
        self.marks.push(Mark::Body { location, rule, is_policy });
        self.marks.len() - 1
    }

    /// Statements that always hold and look at each path.
    fn inputs(&mut self, paths: &BTreeSet<String>) -> String {
        let mut text = String::new();
        for path in paths {
            let mark = self.marks.len();
            self.marks.push(Mark::Input { path: path.clone() });
            let _ = write!(
                text,
                "phasegate_{mark} := {MARK}({mark}, [1 | phasegate_value_{mark} := {path}] == []); "
            );
        }
        text
    }

    fn comparisons(&mut self, rule: &Rule) {
        let mut found = Vec::new();
        let mut see = |expr: &Expr| {
            if matches!(expr.kind, ExprKind::Compare { .. }) {
                found.push(expr.span);
            }
        };
        walk_rule_exprs(rule, &mut see);
        for span in found {
            let mark = self.marks.len();
            let text = self.module.text_of(span).to_owned();
            self.marks.push(Mark::Comparison { location: self.location(span.start), text });
            self.edits.push((span.start, format!("{MARK}({mark}, ")));
            self.edits.push((span.end, ")".to_owned()));
        }
    }

    fn location(&self, offset: usize) -> Location {
        let position = self.module.position(offset);
        Location { file: self.module.file.clone(), row: position.row, col: position.col }
    }

    /// Whether the first that follows, comments left out, is the end of a body in braces.
    fn closes(&self, end: usize) -> bool {
        let rest = self.module.text.get(end..).unwrap_or_default();
        let mut lines = rest.lines().map(str::trim_start);
        let told = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        told.is_some_and(|line| line.trim_start_matches(';').trim_start().starts_with('}'))
    }

    fn text(mut self) -> String {
        // What ends stands before what begins at the same place, and inner ends before outer ones.
        self.edits.sort_by_key(|(at, text)| match text.as_bytes().first() {
            Some(b')') => (*at, 0),
            Some(b';' | b' ') => (*at, 1),
            _ => (*at, 2),
        });
        let mut text = String::with_capacity(self.module.text.len() * 2);
        let mut from = 0;
        for (at, insert) in &self.edits {
            text.push_str(self.module.text.get(from..*at).unwrap_or_default());
            text.push_str(insert);
            from = *at;
        }
        text.push_str(self.module.text.get(from..).unwrap_or_default());
        text
    }
}

/// The paths of the input that a rule reads, as far as they are constant.
fn paths(module: &Module, rule: &Rule) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    walk_rule_exprs(rule, &mut |expr| {
        if let ExprKind::Ref(reference) = &expr.kind {
            paths.extend(path(module, reference));
        }
    });
    paths
}

fn path(module: &Module, reference: &Reference) -> Option<String> {
    let ExprKind::Var(root) = &reference.base.kind else { return None };
    let alias = module.imports.iter().find(|import| {
        import.binds.as_ref() == Some(root) && import.path.first().is_some_and(|p| p == "input")
    });
    let mut steps: Vec<&str> = match (root.as_str(), alias) {
        ("input", _) => Vec::new(),
        (_, Some(import)) => import.path.iter().skip(1).map(String::as_str).collect(),
        _ => return None,
    };
    steps.extend(reference.steps.iter().map_while(|step| match step {
        Step::Field(name) => Some(name.text.as_str()),
        Step::Index(_) => None,
    }));
    let path = phasegate::rego::check::render_path(steps);
    path.strip_prefix("data").filter(|rest| !rest.is_empty()).map(|rest| format!("input{rest}"))
}
