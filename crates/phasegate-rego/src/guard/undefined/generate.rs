//! The generated rules: for each statement of a rule behind which something may be silenced, one
//! that holds when it is.
//!
//! ```text
//! violations contains v if { input.state == "shadow"; input.e > limit }
//!
//! rule_3 := min(found) if {
//!     found := {7 | input.state == "shadow"; count([1 | value := limit]) == 0}
//!     count(found) > 0
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{
    Operand, PACKAGE,
    analysis::{Analysis, Level, Silenced, Site, bound, variables},
};
use crate::{
    check::{Global, Place, PolicyIndex, Shape, render_path},
    syntax::{Expr, ExprKind, HeadKind, Module, Query, Rule, Statement, StatementKind, walk_expr},
};

#[derive(Debug)]
pub(super) struct Generator {
    /// The package below which the generated ones stand.
    entry: String,
    /// The rules, and the names they use, by source module.
    rules: BTreeMap<usize, (String, BTreeSet<String>)>,
    generated: BTreeSet<Place>,
    pub(super) operands: Vec<Operand>,
}

impl Generator {
    pub(super) fn new(entry: &str) -> Self {
        Self {
            entry: entry.to_owned(),
            rules: BTreeMap::new(),
            generated: BTreeSet::new(),
            operands: Vec::new(),
        }
    }

    /// Where the generated rule for a statement stands.
    fn twin(&self, place: Place) -> String {
        format!("data.{}.{PACKAGE}.module_{}.rule_{}", self.entry, place.module, place.rule)
    }

    /// Generates the rules for a definition; gives the definitions that they ask.
    pub(super) fn definition<'a>(
        &mut self,
        analysis: &mut Analysis<'a, '_>,
        at: usize,
    ) -> BTreeSet<usize> {
        let index = analysis.index;
        let mut asked = BTreeSet::new();
        let Some(definition) = index.definition(at) else { return asked };
        let statements: Vec<(Place, &'a Module, &'a Rule)> = definition
            .statements
            .iter()
            .filter_map(|&place| index.rule(place).map(|(module, rule)| (place, module, rule)))
            .collect();
        // A rule that something else defines is not silenced; one that has a default or an `else`
        // then says something it should not.
        let alone = !matches!(definition.shape, Shape::Set | Shape::Object)
            && statements.iter().all(|(_, _, rule)| !rule.is_default && rule.bodies.len() < 2);
        let path = render_path(definition.path.iter().copied());
        for (place, module, rule) in statements {
            let sites = analysis.sites(at, place.module, module, rule);
            let head = Head::of(module, rule);
            let unless =
                alone.then(|| format!("count([1 | phasegate_other := {path}{}]) == 0", head.args));
            let mut text = String::new();
            let bodies = rule.bodies.len().max(1);
            for body in 0..bodies {
                let of_body: Vec<&Site<'a>> =
                    sites.iter().filter(|site| site.body == body).collect();
                if !of_body.is_empty() {
                    let mut found = Vec::new();
                    for site in &of_body {
                        if let Silenced::Use { definition, .. } = &site.silenced {
                            asked.insert(*definition);
                        }
                        let around =
                            Around { module, path: &definition.path, unless: unless.as_deref() };
                        found.extend(self.site(analysis, &around, site, &sites));
                    }
                    let mut lines = head.patterns.clone();
                    lines.push(format!("phasegate_found := {}", found.join(" | ")));
                    lines.push("count(phasegate_found) > 0".to_owned());
                    branch(&mut text, "min(phasegate_found)", &lines);
                }
                // An `else` only speaks when the body before it does not hold.
                if let Some(body) = rule.bodies.get(body)
                    && bodies > 1
                {
                    let mut lines = head.patterns.clone();
                    lines.extend(
                        body.query
                            .statements
                            .iter()
                            .map(|statement| module.text_of(statement.span).to_owned()),
                    );
                    lines.push("true".to_owned());
                    branch(&mut text, "0", &lines);
                }
            }
            if sites.is_empty() {
                continue;
            }
            let (rules, names) = self.rules.entry(place.module).or_default();
            let _ = writeln!(rules, "rule_{}{}{text}\n", place.rule, head.args);
            rule_names(rule, names);
            self.generated.insert(place);
        }
        asked
    }

    /// The set of what is silenced at one place.
    fn site(
        &mut self,
        analysis: &mut Analysis<'_, '_>,
        around: &Around<'_>,
        site: &Site<'_>,
        all: &[Site<'_>],
    ) -> Vec<String> {
        let Around { module, path, unless } = *around;
        let unless = unless.filter(|_| needs(site));
        let (nowhere, none) = (BTreeSet::new(), BTreeSet::new());
        let (inside, searched) = match &site.silenced {
            Silenced::Operand { inside, searched, .. } => (inside, searched),
            Silenced::Use { .. } => (&nowhere, &none),
        };
        let mut lines: Vec<String> = kept(site, all, inside, searched)
            .into_iter()
            .map(|line| match line {
                Line::Statement(statement) => module.text_of(statement.span).to_owned(),
                Line::Every(text_of) => text_of.text(module),
            })
            .collect();
        match &site.silenced {
            Silenced::Operand { operand, within, beside, .. } => {
                lines.extend(unless.map(str::to_owned));
                let mut used = Vec::new();
                if let Some(beside) = beside {
                    variables(beside, &mut used);
                }
                if let Some(beside) =
                    beside.filter(|_| used.iter().all(|name| !searched.contains(name)))
                {
                    lines.push(format!("phasegate_beside := {}", module.text_of(beside.span)));
                }
                let mut value: Vec<String> = inside
                    .iter()
                    .filter_map(|&(depth, number)| {
                        let statement = site.levels.get(depth)?.query.statements.get(number)?;
                        Some(module.text_of(statement.span).to_owned())
                    })
                    .collect();
                value.push(format!("phasegate_value := {}", module.text_of(operand.span)));
                lines.push(format!("count([1 | {}]) == 0", value.join("\n\t\t")));
                self.operands.push(Operand {
                    rule: path.join("."),
                    file: module.file.clone(),
                    row: module.position(within.span.start).row,
                    text: flat(module.text_of(operand.span)),
                    within: flat(module.text_of(within.span)),
                    is_searched: !searched.is_empty(),
                });
                vec![format!("{{{} | {}}}", self.operands.len(), lines.join("\n\t\t"))]
            }
            Silenced::Use { definition, args } => {
                let args: Vec<&str> = args.iter().map(|arg| module.text_of(arg.span)).collect();
                let args =
                    if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
                let places = analysis.silenced(*definition).to_vec();
                // What is used either takes this rule with it, or has a value that lacks something.
                let path = analysis.index.definition(*definition).map(|used| used.path.clone());
                let path = render_path(path.unwrap_or_default());
                let cases: Vec<Option<String>> = match unless {
                    Some(unless) => {
                        let has_value = format!("phasegate_used := {path}{args}");
                        vec![Some(unless.to_owned()), Some(has_value)]
                    }
                    None => vec![None],
                };
                let twins = places.into_iter().map(|place| self.twin(place));
                let mut found = Vec::new();
                for twin in twins {
                    for case in &cases {
                        let mut lines = lines.clone();
                        lines.extend(case.clone());
                        lines.push(format!("phasegate_id := {twin}{args}"));
                        lines.push("phasegate_id != 0".to_owned());
                        found.push(format!("{{phasegate_id | {}}}", lines.join("\n\t\t")));
                    }
                }
                found
            }
        }
    }

    /// The generated modules: one for each with rules, and one that collects what asked names say.
    pub(super) fn modules(&self, index: &PolicyIndex<'_>, tops: &[BTreeSet<usize>]) -> Vec<String> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut texts = Vec::new();
        for (&number, (rules, names)) in &self.rules {
            let Some(module) = index.modules().get(number) else { continue };
            let mut text = format!("package {}.{PACKAGE}.module_{number}\n\n", self.entry);
            for import in &module.imports {
                let _ = writeln!(text, "{}", module.text_of(import.span));
            }
            for name in names {
                if let Some(Global::Rule(name)) = index.global(number, name) {
                    let package = module.package.iter().map(String::as_str);
                    let path = render_path(package.chain([name]));
                    let _ = writeln!(text, "import {path}");
                }
            }
            let _ = write!(text, "\n{rules}");
            texts.push(text);
        }
        let mut text = format!("package {}.{PACKAGE}\n", self.entry);
        for (asked, top) in tops.iter().enumerate() {
            let places = top.iter().filter_map(|&at| index.definition(at));
            for &place in places.flat_map(|definition| &definition.statements) {
                if self.generated.contains(&place) {
                    let twin = self.twin(place);
                    let _ = write!(
                        text,
                        "\nasked_{asked} contains id if {{\n\tid := {twin}\n\tid != 0\n}}\n"
                    );
                }
            }
        }
        texts.push(text);
        texts
    }
}

fn branch(text: &mut String, value: &str, lines: &[String]) {
    let start = if text.is_empty() { " := " } else { " else := " };
    let _ = write!(text, "{start}{value} if {{");
    for line in lines {
        let _ = write!(text, "\n\t{line}");
    }
    text.push_str("\n}");
}

/// What stands around a place.
struct Around<'a> {
    module: &'a Module,
    /// The rule.
    path: &'a [&'a str],
    /// Holds when the rule has no value; for rules that nothing else gives one.
    unless: Option<&'a str>,
}

/// Whether the rule has no value where what stands at a place has none: under `not`, and in a
/// query of its own, it has one because of that.
fn needs(site: &Site<'_>) -> bool {
    match site.levels.as_slice() {
        [] => true,
        [level] => !level
            .at
            .and_then(|at| level.query.statements.get(at))
            .is_some_and(|statement| matches!(statement.kind, StatementKind::Not(_))),
        _ => false,
    }
}

/// The head of a generated rule.
struct Head {
    /// `(x, phasegate_1)`, or nothing.
    args: String,
    /// What the arguments have to fit.
    patterns: Vec<String>,
}

impl Head {
    fn of(module: &Module, rule: &Rule) -> Self {
        let HeadKind::Function { args } = &rule.head.kind else {
            return Self { args: String::new(), patterns: Vec::new() };
        };
        let mut names = Vec::new();
        let mut patterns = Vec::new();
        for (number, arg) in args.iter().enumerate() {
            match &arg.kind {
                ExprKind::Var(name) if name != "_" => names.push(name.clone()),
                kind => {
                    let name = format!("phasegate_{number}");
                    if !matches!(kind, ExprKind::Var(_)) {
                        patterns.push(format!("{} = {name}", module.text_of(arg.span)));
                    }
                    names.push(name);
                }
            }
        }
        Self { args: format!("({})", names.join(", ")), patterns }
    }
}

enum Line<'a> {
    Statement(&'a Statement),
    Every(Every<'a>),
}

/// What an `every` statement draws its variables from.
struct Every<'a> {
    statement: &'a Statement,
}

impl Every<'_> {
    fn text(&self, module: &Module) -> String {
        let StatementKind::Every { key, value, domain, .. } = &self.statement.kind else {
            return "true".to_owned();
        };
        let key = key.as_ref().map(|key| format!("{}, ", key.text)).unwrap_or_default();
        format!("some {key}{} in {}", value.text, module.text_of(domain.span))
    }
}

/// The conditions around a place: the statements of its levels, without those that may be silenced
/// themselves, those about the entries of a table that is searched, and those that use what is then
/// not bound.
fn kept<'a>(
    site: &Site<'a>,
    all: &[Site<'a>],
    inside: &BTreeSet<(usize, usize)>,
    searched: &BTreeSet<&'a str>,
) -> Vec<Line<'a>> {
    let address = |query: &Query| std::ptr::from_ref(query).addr();
    let silenced: BTreeSet<(usize, usize)> = all
        .iter()
        .flat_map(|site| &site.levels)
        .filter_map(|level| Some((address(level.query), level.at?)))
        .collect();
    let mut kept: Vec<(usize, &'a Statement)> = Vec::new();
    let mut left_out: Vec<&'a Statement> = Vec::new();
    for (depth, Level { query, at, .. }) in site.levels.iter().enumerate() {
        for (number, statement) in query.statements.iter().enumerate() {
            let out = *at == Some(number)
                || inside.contains(&(depth, number))
                || silenced.contains(&(address(query), number))
                || mentions(statement, searched);
            if out {
                left_out.push(statement);
            } else {
                kept.push((depth, statement));
            }
        }
    }
    loop {
        let bound_here: BTreeSet<&str> = kept.iter().flat_map(|(_, one)| bound(one)).collect();
        let unbound: BTreeSet<&str> = left_out
            .iter()
            .flat_map(|statement| bound(statement))
            .filter(|name| !bound_here.contains(name))
            .collect();
        let Some(position) = kept.iter().position(|(_, one)| mentions(one, &unbound)) else {
            break;
        };
        let (_, statement) = kept.remove(position);
        left_out.push(statement);
    }
    let mut lines = Vec::new();
    for (depth, level) in site.levels.iter().enumerate() {
        lines.extend(level.every.map(|statement| Line::Every(Every { statement })));
        let own = kept.iter().filter(|(own, _)| *own == depth);
        lines.extend(own.map(|(_, statement)| Line::Statement(statement)));
    }
    lines
}

/// Whether a statement mentions one of the names.
fn mentions(statement: &Statement, names: &BTreeSet<&str>) -> bool {
    if names.is_empty() {
        return false;
    }
    let mut own: Vec<&str> = Vec::new();
    of_statement(statement, &mut |expr| variables(expr, &mut own));
    if let StatementKind::SomeVars(vars) = &statement.kind {
        own.extend(vars.iter().map(|name| name.text.as_str()));
    }
    own.iter().any(|name| names.contains(name))
}

fn of_statement<'a>(statement: &'a Statement, f: &mut impl FnMut(&'a Expr)) {
    match &statement.kind {
        StatementKind::SomeVars(_) => {}
        StatementKind::SomeIn { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(f);
        }
        StatementKind::Expr(expr) | StatementKind::Not(expr) => f(expr),
        StatementKind::Every { domain, query, .. } => {
            f(domain);
            query.statements.iter().for_each(|statement| of_statement(statement, f));
        }
    }
}

/// Every name in a rule that may mean another rule.
fn rule_names(rule: &Rule, names: &mut BTreeSet<String>) {
    let mut note = |expr: &Expr| {
        walk_expr(expr, &mut |part| match &part.kind {
            ExprKind::Var(name) => drop(names.insert(name.clone())),
            ExprKind::Call { function, .. } => names.extend(function.first().cloned()),
            _ => {}
        });
    };
    match &rule.head.kind {
        HeadKind::Set { key } => note(key),
        HeadKind::Function { args } => args.iter().for_each(&mut note),
        HeadKind::Complete => {}
    }
    for step in &rule.head.reference.steps {
        if let crate::syntax::Step::Index(index) = step {
            note(index);
        }
    }
    rule.head.value.iter().for_each(&mut note);
    for body in &rule.bodies {
        body.value.iter().for_each(&mut note);
        body.query.statements.iter().for_each(|statement| of_statement(statement, &mut note));
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
