//! Boundaries: what the gate decides just below, at and just above each limit, and without the fact
//! or with nonsense in its place.
//!
//! The limits are those that a comparison has with a base input, whether they are literals, base
//! data or other facts; every probe moves one fact and asks the whole gate. A comparison is probed
//! around the first base where that makes a difference, so that more bases mean fewer false alarms.

mod documented;
mod monotone;

use std::collections::BTreeMap;

use phasegate::rego::explain::{Check, Question};
use phasegate::{Facts, Gate, Outcome, Path, Request, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

pub use self::documented::{Contradiction, Side};
pub use self::monotone::{Better, Counterexample, directions};

use crate::Project;

/// Facts to start from.
#[derive(Debug, Clone)]
pub struct Base {
    /// How reports call them: a file, a row of a table.
    pub name: String,
    /// The facts.
    pub facts: Facts,
}

/// One comparison of a fact with a limit, and what the gate decides around it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Boundary {
    /// The fact: `metrics.error_rate`.
    pub fact: String,
    /// The rule: `lifecycle.promotion.violations`.
    pub rule: String,
    /// The file.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// The comparison as written.
    pub text: String,
    /// What it was probed around.
    pub base: String,
    /// How the fact must stand to the limit for the version to go forward, or how the rule compares
    /// them: `<=`.
    pub required: &'static str,
    /// The limit with the base.
    pub limit: Value,
    /// The probes in order. Around a number: below, at, above, missing, null, wrong type, huge.
    /// Around a text: at, other, empty, missing, null, wrong type. Around a boolean: true, false,
    /// missing, null, wrong type.
    pub probes: Vec<Probe>,
    /// No probe with a value of the right type changes what the gate decides, around no base and no
    /// limit of this comparison.
    pub never_changes: bool,
}

/// A comparison that no base reaches: the facts that its rule needs are absent in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unreached {
    /// The fact.
    pub fact: String,
    /// The rule.
    pub rule: String,
    /// The file.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// The comparison as written.
    pub text: String,
}

/// A value in the place of a fact, and what the gate decides then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// Which.
    pub what: &'static str,
    /// The value; absent for the missing fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The outcome.
    pub outcome: Outcome,
    /// The codes of what speaks against it.
    pub codes: Vec<String>,
}

/// All boundaries of a gate around one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Boundaries {
    /// In the order of files and rows.
    pub boundaries: Vec<Boundary>,
    /// Comparisons that no base reaches; they say nothing about the policies.
    pub unreached: Vec<Unreached>,
    /// Comparisons whose boundary is not the documented one.
    pub contradictions: Vec<Contradiction>,
    /// Facts whose worsening turns a refusal into an approval.
    pub counterexamples: Vec<Counterexample>,
}

impl Boundaries {
    /// Whether there is nothing that somebody should look at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counterexamples.is_empty()
            && self.contradictions.is_empty()
            && self.boundaries.iter().all(|one| !one.never_changes)
    }
}

/// How boundaries are looked for.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BoundaryOptions {
    /// The moment of the decisions.
    pub now: Option<Timestamp>,
    /// Which way facts get better, beside what schemas and directives say.
    pub better: BTreeMap<Path, Better>,
    /// How many random pairs each fact with a direction is tried with.
    pub pairs: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// How many limits of one comparison are probed around one base.
const MOST_LIMITS: usize = 8;
/// Around how many bases one comparison is probed.
const MOST_BASES: usize = 64;

/// Probes every comparison of a gate's rules around base inputs; the first of them is also what
/// monotonicity is looked at with.
#[must_use]
pub fn run(
    project: &Project,
    gate: &Gate,
    bases: &[Base],
    options: &BoundaryOptions,
) -> Boundaries {
    let asked = Asked { gate, now: options.now };
    let checks: Vec<(&Base, Vec<Check>)> =
        bases.iter().map(|base| (base, asked.checks(&base.facts))).collect();
    let (mut boundaries, mut unreached) = (Vec::new(), Vec::new());
    // The comparisons are those of the policies, the same in the same order with every input.
    let known = checks.first().map(|(_, checks)| checks.as_slice()).unwrap_or_default();
    for (number, check) in known.iter().enumerate() {
        let Some(path) = check.fact.as_ref().and_then(|fact| fact.parse::<Path>().ok()) else {
            continue;
        };
        let around = checks.iter().filter_map(|(base, checks)| Some((*base, checks.get(number)?)));
        if around.clone().all(|(_, check)| check.seen.is_empty()) {
            unreached.push(Unreached {
                fact: path.to_string(),
                rule: check.rule.clone(),
                file: check.file.clone(),
                row: check.row,
                text: check.text.clone(),
            });
        }
        boundaries.append(&mut asked.boundaries(around, &path));
    }
    let mut better = directions(project);
    better.extend(options.better.iter().map(|(path, better)| (path.clone(), *better)));
    let counterexamples = bases
        .first()
        .map(|base| monotone::search(&asked, &base.facts, &better, &boundaries, options))
        .unwrap_or_default();
    let contradictions = documented::contradictions(gate.policy().modules(), &boundaries);
    Boundaries { boundaries, unreached, contradictions, counterexamples }
}

struct Asked<'a> {
    gate: &'a Gate,
    now: Option<Timestamp>,
}

impl Asked<'_> {
    fn request(&self, facts: Facts) -> Request {
        let request = Request::new(facts);
        match self.now {
            Some(now) => request.now(now),
            None => request,
        }
    }

    /// What every comparison compares; what would flip the decision is not looked for.
    fn checks(&self, facts: &Facts) -> Vec<Check> {
        let nothing = |_: &Value| false;
        let question = Question { promoted: false, promotes: &nothing };
        self.gate.policy().explain(facts.value(), self.now, &question).checks
    }

    /// The boundaries of one comparison around the first base where they change what is decided,
    /// else around the first that reaches it.
    fn boundaries<'b>(
        &self,
        around: impl Iterator<Item = (&'b Base, &'b Check)>,
        path: &Path,
    ) -> Vec<Boundary> {
        let mut first = Vec::new();
        let reached = around.filter(|(_, check)| !check.seen.is_empty());
        for (base, check) in reached.take(MOST_BASES) {
            let mut limits: Vec<(&'static str, &Value)> = Vec::new();
            for seen in &check.seen {
                if limits.len() < MOST_LIMITS && !limits.iter().any(|(_, one)| **one == seen.limit)
                {
                    limits.push((seen.required, &seen.limit));
                }
            }
            let limits = limits.into_iter();
            let mut found: Vec<Boundary> =
                limits.filter_map(|limit| self.boundary(base, check, path, limit)).collect();
            if found.iter().any(|one| !one.never_changes) {
                for one in &mut found {
                    one.never_changes = false;
                }
                return found;
            }
            if first.is_empty() {
                first = found;
            }
        }
        first
    }

    fn boundary(
        &self,
        base: &Base,
        check: &Check,
        path: &Path,
        (required, limit): (&'static str, &Value),
    ) -> Option<Boundary> {
        let probes: Vec<Probe> = values(limit)?
            .into_iter()
            .filter_map(|(what, value)| self.probe(&base.facts, path, what, value))
            .collect();
        let answers = || probes.iter().filter(|one| NEAR.contains(&one.what));
        let first = answers().next().map(|one| (one.outcome, &one.codes));
        let never_changes = answers().all(|one| Some((one.outcome, &one.codes)) == first);
        Some(Boundary {
            fact: path.to_string(),
            rule: check.rule.clone(),
            file: check.file.clone(),
            row: check.row,
            text: check.text.clone(),
            base: base.name.clone(),
            required,
            limit: limit.clone(),
            probes,
            never_changes,
        })
    }

    fn probe(
        &self,
        base: &Facts,
        path: &Path,
        what: &'static str,
        value: Option<Value>,
    ) -> Option<Probe> {
        let mut facts = base.value().clone();
        match &value {
            Some(value) => *path.entry(&mut facts).ok()? = value.clone(),
            None => {
                crate::cases::remove(&mut facts, path);
            }
        }
        let decision = self.gate.decide(&self.request(Facts::from_value(&facts).ok()?));
        let mut codes: Vec<String> =
            decision.reasons.iter().map(|reason| reason.code.clone()).collect();
        // A warning is an answer, too.
        codes.extend(decision.violations.iter().map(|violation| violation.code.clone()));
        codes.extend(decision.warnings.iter().map(|warning| warning.code.clone()));
        codes.sort();
        codes.dedup();
        Some(Probe { what, value, outcome: decision.outcome, codes })
    }
}

/// The probes whose values are of the limit's type and near it: one of them has to change what is
/// decided.
const NEAR: [&str; 7] = ["below", "at", "above", "other", "empty", "true", "false"];

/// What is put in the place of a fact that is held against a limit; `None` where there is nothing
/// to learn.
fn values(limit: &Value) -> Option<Vec<(&'static str, Option<Value>)>> {
    let mut values = match limit {
        Value::Number(number) => {
            let at = number.as_f64()?;
            // The neighbors are beyond the rounding of any limit that a rule computes.
            let step = (at.abs() / 1e6).max(1e-9);
            // Twelve digits, as people read them.
            let near = |value: f64| {
                phasegate::read::number(format!("{value:.12e}").parse().unwrap_or(value))
            };
            vec![
                ("below", Some(near(at - step))),
                ("at", Some(limit.clone())),
                ("above", Some(near(at + step))),
            ]
        }
        Value::String(text) => vec![
            ("at", Some(limit.clone())),
            ("other", Some(json!(format!("not-{text}")))),
            ("empty", Some(json!(""))),
        ],
        Value::Bool(_) => vec![("true", Some(json!(true))), ("false", Some(json!(false)))],
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let wrong = if limit.is_string() { json!(0) } else { json!(limit.to_string()) };
    values.extend([("missing", None), ("null", Some(Value::Null)), ("wrong type", Some(wrong))]);
    if limit.is_number() {
        values.push(("huge", Some(phasegate::read::number(phasegate::read::MAX_NUMBER))));
    }
    Some(values)
}
