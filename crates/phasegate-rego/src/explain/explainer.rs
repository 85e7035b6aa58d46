//! The explainer: the probes of a policy, built once when the first explanation is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use phasegate_core::Timestamp;
use serde_json::{Number, Value};

use super::comparison::{self, Comparison, Site};
use super::flip::{self, Candidate, Question};
use super::probe::{Probes, RULE};
use super::rules::{RuleId, Rules};
use super::{Check, Explanation, FlipSearch, Seen};
use crate::engine::{EngineError, Setup, Template};
use crate::entry::{self, Entry, Role};
use crate::guard::{InputPath, Operand, Requirements};
use crate::syntax::{CompareOp, Module, Rule, Span};

/// How many ways to bind the variables of one comparison are listed; what does not hold comes first
/// when there are more.
const MAX_SEEN: usize = 20;
/// How many of them are looked at for a change that flips.
const MAX_BOUND: usize = 2_000;
/// How many changes are gathered, from all comparisons.
const MAX_CANDIDATES: usize = 20_000;
/// The ids of probes that tell whether a statement fired start here, those of comparisons at 0.
const FIRED: usize = 1 << 24;

/// The probes of a policy, prepared.
#[derive(Debug)]
pub(crate) struct Explainer {
    template: Template,
    comparisons: Vec<Known>,
    statements: Vec<Statement>,
    /// The comparisons behind statements that speak against a version.
    spoken_of: BTreeSet<usize>,
    /// Whether the engine took all probes.
    complete: bool,
}

/// The statements whose firing is probed, each once.
struct Statements<'a, 'r> {
    rules: &'r Rules<'a>,
    ids: &'r BTreeMap<Site, usize>,
    by_place: BTreeMap<(usize, Span), usize>,
    list: Vec<Statement>,
}

impl Statements<'_, '_> {
    /// The statement of a rule, probed from now on; `None` when it cannot be.
    fn add(
        &mut self,
        place: (usize, &Module, &Rule),
        id: RuleId,
        speaks: bool,
        probes: &mut Probes,
    ) -> Option<usize> {
        let (module_index, module, rule) = place;
        if let Some(&known) = self.by_place.get(&(module_index, rule.span)) {
            return Some(known);
        }
        let index = self.list.len();
        if !probes.fired(module, rule, FIRED + index) {
            return None;
        }
        let sites = comparison::sites_of(self.rules, place, id);
        let comparisons = sites.iter().filter_map(|site| self.ids.get(site).copied()).collect();
        self.list.push(Statement { comparisons, speaks });
        self.by_place.insert((module_index, rule.span), index);
        Some(index)
    }
}

/// The one fact on the left and on the right of a comparison, where there is one.
type Sides = (Option<String>, Option<String>);

/// The facts of every comparison that the guard knows, by file and place. A side that can be
/// several facts is none.
fn facts(needs: &Requirements) -> BTreeMap<(&str, Span), Sides> {
    let mut sides: BTreeMap<_, (BTreeSet<Option<&InputPath>>, BTreeSet<_>)> = BTreeMap::new();
    for comparison in needs.comparisons() {
        let (left, right) = sides.entry((comparison.file.as_str(), comparison.span)).or_default();
        left.insert(fact(&comparison.left));
        right.insert(fact(&comparison.right));
    }
    let only = |facts: BTreeSet<Option<&InputPath>>| match (facts.len(), facts.first()) {
        (1, Some(Some(path))) => Some(path.to_string()),
        _ => None,
    };
    sides.into_iter().map(|(place, (left, right))| (place, (only(left), only(right)))).collect()
}

fn fact(operand: &Operand) -> Option<&InputPath> {
    match operand {
        Operand::Input(path) => Some(path),
        Operand::Const(_) | Operand::OneOf(_) | Operand::Other => None,
    }
}

/// What is known of a comparison before any input.
#[derive(Debug)]
struct Known {
    rule: String,
    file: String,
    row: usize,
    text: String,
    op: CompareOp,
    good_when_true: Option<bool>,
    fact: Option<String>,
    /// The fact stands on the right.
    mirrored: bool,
    /// The statement it stands in, when a probe can tell whether that fired.
    statement: Option<usize>,
}

/// A rule statement whose firing is probed.
#[derive(Debug)]
struct Statement {
    /// The comparisons that it rests on, directly or through other rules.
    comparisons: BTreeSet<usize>,
    /// It speaks against the version by itself: an element of `violations`, `deny` or `reasons`.
    speaks: bool,
}

impl Explainer {
    /// Generates and prepares the probes. Those of a module that the engine refuses are left out.
    ///
    /// # Errors
    /// The engine's, when it takes the policy not even without probes.
    pub(crate) fn build(
        modules: &[Module],
        data: &Value,
        asked: &[(&Entry, &Requirements)],
        setup: &Setup,
    ) -> Result<Self, EngineError> {
        let rules = Rules::new(modules);
        let mut found: BTreeMap<Site, (Comparison<'_>, Sides)> = BTreeMap::new();
        for (entry, needs) in asked {
            let mut facts = facts(needs);
            for (site, comparison) in comparison::find(&rules, entry) {
                let sides = facts.remove(&(comparison.module.file.as_str(), comparison.span));
                found.entry(site).or_insert((comparison, sides.unwrap_or_default()));
            }
        }
        let ids: BTreeMap<Site, usize> = found.keys().copied().zip(0..).collect();
        let mut probes: BTreeMap<usize, Probes> = BTreeMap::new();
        let mut statements =
            Statements { rules: &rules, ids: &ids, by_place: BTreeMap::new(), list: Vec::new() };
        for (entry, _) in asked {
            for name in &entry.names {
                if !entry.role(name).is_some_and(Role::speaks) {
                    continue;
                }
                let Some(id) = rules.named(&entry.package, name) else { continue };
                for (module_index, module, rule) in rules.statements(id) {
                    let probes = probes.entry(module_index).or_default();
                    statements.add((module_index, module, rule), id, true, probes);
                }
            }
        }
        let mut known = Vec::with_capacity(found.len());
        for ((module_index, _), (comparison, facts)) in &found {
            let probes = probes.entry(*module_index).or_default();
            let sides = (comparison.left, comparison.right);
            let id = known.len();
            probes.operands(comparison.module, comparison.rule, &comparison.enclosing, id, sides);
            let place = (*module_index, comparison.module, comparison.rule);
            let statement = statements.add(place, comparison.id, false, probes);
            known.push(Known::of(comparison, facts, statement, rules.path(comparison.id)));
        }
        let statements = statements.list;
        let (template, complete) = prepare(modules, data, &generate(modules, &probes), setup)?;
        let speaking = statements.iter().filter(|statement| statement.speaks);
        let spoken_of =
            speaking.flat_map(|statement| statement.comparisons.iter().copied()).collect();
        Ok(Self { template, comparisons: known, statements, spoken_of, complete })
    }

    /// Explains one decision.
    pub(crate) fn explain(
        &self,
        input: &Value,
        now: Option<Timestamp>,
        question: &Question<'_>,
    ) -> Explanation {
        let rule = format!("data.{}.explain", entry::PACKAGE);
        // Probes that fail tell nothing; the decision has said what failed.
        let answers = self.template.rule(&rule, Some(input), now, self.template.deadline());
        let complete = self.complete && answers.is_ok();
        let answers = answers.ok().flatten();
        let answers = answers.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut seen: BTreeMap<usize, Vec<(&Value, &Value)>> = BTreeMap::new();
        let mut all = true;
        let mut fired = BTreeSet::new();
        for answer in answers.iter().filter_map(Value::as_array) {
            let id = answer.first().and_then(Value::as_u64).and_then(|id| usize::try_from(id).ok());
            match (answer.as_slice(), id) {
                ([_, left, right], Some(id)) => {
                    let pairs = seen.entry(id).or_default();
                    if pairs.len() < MAX_BOUND {
                        pairs.push((left, right));
                    } else {
                        all = false;
                    }
                }
                ([_], Some(id)) => fired.extend(id.checked_sub(FIRED)),
                _ => {}
            }
        }
        let blamed: BTreeSet<usize> = self
            .spoken(&fired)
            .flat_map(|statement| statement.comparisons.iter().copied())
            .collect();
        let mut checks: Vec<Check> = self
            .comparisons
            .iter()
            .enumerate()
            .map(|(id, known)| {
                let own = known.statement.is_none_or(|statement| fired.contains(&statement));
                let pairs = seen.get(&id).map_or(&[][..], Vec::as_slice);
                // What no statement speaks of is asked by `allow` itself, and to blame whenever it
                // does not hold.
                known.check(pairs, !self.spoken_of.contains(&id) || own && blamed.contains(&id))
            })
            .collect();
        // All changes together may take as long as one evaluation: each is one, with a deadline of
        // its own.
        let deadline = self.template.deadline();
        let time = || deadline.has_time();
        let candidates = self.candidates(&checks, &fired, input, question.promoted, &time);
        let all = all && candidates.is_ok();
        let candidates = candidates.unwrap_or_else(|some| some);
        let flip = match flip::search(&candidates, all, input, question, &time) {
            // What was not seen may flip it.
            FlipSearch::NoSingleFact if !complete => FlipSearch::NotExplained,
            found => found,
        };
        for check in &mut checks {
            if check.seen.len() > MAX_SEEN {
                check.seen.sort_by_key(|seen| seen.ok != Some(false));
                check.seen.truncate(MAX_SEEN);
            }
            if time() {
                check.name_elements(input);
            }
        }
        Explanation { checks, flip }
    }

    /// The statements that fired and speak against the version.
    fn spoken<'a>(&'a self, fired: &'a BTreeSet<usize>) -> impl Iterator<Item = &'a Statement> {
        let statements = fired.iter().filter_map(|&index| self.statements.get(index));
        statements.filter(|statement| statement.speaks)
    }

    /// The changes worth trying: for a refusal, only facts on which every statement that fired
    /// rests. Those that there was time and room for, as an error, when there are more.
    fn candidates(
        &self,
        checks: &[Check],
        fired: &BTreeSet<usize>,
        input: &Value,
        promoted: bool,
        time: &dyn Fn() -> bool,
    ) -> Result<Vec<Candidate>, Vec<Candidate>> {
        let facts_of = |statement: &Statement| -> BTreeSet<&str> {
            let comparisons = statement.comparisons.iter();
            comparisons.filter_map(|&id| self.comparisons.get(id)?.fact.as_deref()).collect()
        };
        let common = self.spoken(fired).map(facts_of).reduce(|a, b| &a & &b);
        let mut candidates = Vec::new();
        for (known, check) in self.comparisons.iter().zip(checks) {
            let Some(fact) = known.fact.as_deref() else { continue };
            if !promoted && common.as_ref().is_some_and(|common| !common.contains(fact)) {
                continue;
            }
            for seen in check.seen.iter().filter(|seen| seen.ok == Some(promoted)) {
                if !time() || candidates.len() > MAX_CANDIDATES {
                    return Err(candidates);
                }
                let places = flip::places(fact, input, &seen.observed);
                let of = |place: &String| flip::candidate(place, seen, promoted);
                candidates.extend(places.iter().filter_map(of));
            }
        }
        Ok(candidates)
    }
}

impl Check {
    /// Says which elements were seen, where the fact is one of many.
    fn name_elements(&mut self, input: &Value) {
        let Some(fact) = self.fact.as_deref().filter(|fact| fact.contains("[*]")) else { return };
        let values: Vec<Value> = self.seen.iter().map(|seen| seen.observed.clone()).collect();
        for seen in &mut self.seen {
            // One value against two limits: which element met which is not known.
            if values.iter().filter(|value| **value == seen.observed).count() == 1 {
                seen.places = flip::places(fact, input, &seen.observed);
                seen.places.truncate(MAX_SEEN);
            }
        }
    }
}

impl Known {
    fn of(
        comparison: &Comparison<'_>,
        (left, right): &Sides,
        statement: Option<usize>,
        rule: String,
    ) -> Self {
        let mirrored = match (left, right) {
            (Some(left), Some(right)) => flip::is_setting(left) && !flip::is_setting(right),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        Self {
            rule,
            file: comparison.module.file.clone(),
            row: comparison.module.position(comparison.span.start).row,
            text: comparison
                .module
                .text_of(comparison.span)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            op: comparison.op,
            good_when_true: comparison.good_when_true,
            fact: if mirrored { right.clone() } else { left.clone() },
            mirrored,
            statement,
        }
    }

    fn check(&self, pairs: &[(&Value, &Value)], blamed: bool) -> Check {
        Check {
            rule: self.rule.clone(),
            file: self.file.clone(),
            row: self.row,
            text: self.text.clone(),
            fact: self.fact.clone(),
            seen: pairs
                .iter()
                .filter_map(|&(left, right)| self.seen(left, right, blamed))
                .collect(),
        }
    }

    fn seen(&self, left: &Value, right: &Value, blamed: bool) -> Option<Seen> {
        let (observed, limit, op) =
            if self.mirrored { (right, left, self.op.mirrored()) } else { (left, right, self.op) };
        let holds = holds(op, observed, limit)?;
        let required = if self.good_when_true == Some(false) { op.negated() } else { op };
        let margin = margin(required, observed, limit);
        Some(Seen {
            observed: observed.clone(),
            places: Vec::new(),
            required: required.as_str(),
            limit: limit.clone(),
            ok: match self.good_when_true {
                Some(good) if holds == good => Some(true),
                // One of several conditions, the others of which do not hold: it asks for nothing.
                Some(false) if !blamed => None,
                good => good.map(|_| false),
            },
            margin,
            margin_share: margin.zip(limit.as_f64()).and_then(|(margin, limit)| {
                (limit != 0.0).then(|| margin / limit.abs()).filter(|share| share.is_finite())
            }),
        })
    }
}

/// Whether a comparison holds between two values of one type; across types Rego has an order that
/// no rule means.
fn holds(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64()?.partial_cmp(&right.as_f64()?)?
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => {
            return match op {
                CompareOp::Equal => Some(left == right),
                CompareOp::NotEqual => Some(left != right),
                _ => None,
            };
        }
    };
    Some(match op {
        CompareOp::Less => order.is_lt(),
        CompareOp::LessOrEqual => order.is_le(),
        CompareOp::Equal => order.is_eq(),
        CompareOp::NotEqual => order.is_ne(),
        CompareOp::GreaterOrEqual => order.is_ge(),
        CompareOp::Greater => order.is_gt(),
    })
}

/// How far a number is on the good side of its limit.
fn margin(required: CompareOp, observed: &Value, limit: &Value) -> Option<f64> {
    let (observed, limit) = (number(observed)?, number(limit)?);
    let margin = match required {
        CompareOp::Less | CompareOp::LessOrEqual => limit - observed,
        CompareOp::Greater | CompareOp::GreaterOrEqual => observed - limit,
        CompareOp::Equal | CompareOp::NotEqual => return None,
    };
    margin.is_finite().then_some(margin)
}

fn number(value: &Value) -> Option<f64> {
    value.as_number().and_then(Number::as_f64)
}

/// The probes of one module as a module of the same package.
#[derive(Debug, Clone)]
struct Generated {
    package: String,
    text: String,
}

fn generate(modules: &[Module], probes: &BTreeMap<usize, Probes>) -> Vec<Generated> {
    let of = |(&index, probes): (&usize, &Probes)| {
        let module = modules.get(index)?;
        let package = module.text_of(module.package_span).trim_start_matches("package").trim();
        Some(Generated { package: package.to_owned(), text: probes.module(module)? })
    };
    probes.iter().filter_map(of).collect()
}

/// The engine with the probes, and whether it took all of them.
fn prepare(
    modules: &[Module],
    data: &Value,
    probes: &[Generated],
    setup: &Setup,
) -> Result<(Template, bool), EngineError> {
    let with = |probes: &[Generated]| {
        let sources = modules.iter().map(|module| (module.file.as_str(), module.text.as_str()));
        let collector = collector(probes);
        let texts = probes.iter().map(|probe| probe.text.as_str()).chain([collector.as_str()]);
        let generated = texts.map(|text| ("phasegate_probe.rego", text));
        let mut template = Template::build(sources.chain(generated), data, setup)?;
        template.prepare(&format!("data.{}.ready", entry::PACKAGE))?;
        Ok(template)
    };
    if let Ok(template) = with(probes) {
        return Ok((template, true));
    }
    let alone = |probe: &&Generated| with(std::slice::from_ref(*probe)).is_ok();
    let taken: Vec<Generated> = probes.iter().filter(alone).cloned().collect();
    with(&taken).map(|template| (template, false))
}

/// The module with the rule that collects what the probes hold.
fn collector(probes: &[Generated]) -> String {
    let packages: BTreeSet<&str> = probes.iter().map(|probe| probe.package.as_str()).collect();
    let mut text = format!("package {}\n\nready := true\n", entry::PACKAGE);
    for package in packages {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nexplain contains probe if some probe in data.{package}.{RULE}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::builtin::Calling;

    #[test]
    fn a_refused_module_of_probes_leaves_the_others_and_says_so() {
        let module = |package: &str| {
            Module::parse("a.rego", &format!("package {package}\n\nx := input.x\n")).unwrap()
        };
        let setup = Setup {
            calling: Calling::Explanation,
            deadline: Duration::MAX,
            guarded: Vec::new(),
            called: None,
        };
        let probe = |package: &str, value: &str| Generated {
            package: package.to_owned(),
            text: format!("package {package}\n\n{RULE} contains [7, v, 1] if v := {value}\n"),
        };
        let probes = [probe("a", "data.a.x"), probe("b", "}")];
        let (template, complete) =
            prepare(&[module("a"), module("b")], &serde_json::json!({}), &probes, &setup).unwrap();
        assert!(!complete);
        let rule = format!("data.{}.explain", entry::PACKAGE);
        let input = serde_json::json!({ "x": 5 });
        let answer = template.rule(&rule, Some(&input), None, template.deadline());
        assert_eq!(answer, Ok(Some(serde_json::json!([[7, 5, 1]]))));
        let explainer = Explainer {
            template,
            comparisons: Vec::new(),
            statements: Vec::new(),
            spoken_of: BTreeSet::new(),
            complete,
        };
        let question = Question { promoted: false, promotes: &|_| false };
        assert_eq!(explainer.explain(&input, None, &question).flip, FlipSearch::NotExplained);
    }
}
