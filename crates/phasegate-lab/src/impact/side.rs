//! One of the two policy sets, and what it says of a record.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use phasegate::rego::explain::{Check, Question};
use phasegate::rego::syntax::{Expr, ExprKind, Module, Rule, Scalar, walk_rule_exprs};
use phasegate::rego::{LoadError, PolicyOptions};
use phasegate::{Decision, Gate, Outcome, PolicyFiles, ReasonSource};
use serde::Serialize;
use serde_json::{Value, json};

use super::record::Record;

/// A policy set that records are replayed on.
#[derive(Debug, Clone)]
pub struct Side {
    gate: Gate,
    /// The same policies where an absent section of the checklist holds.
    strict: Gate,
    /// The rules that name a code.
    rules: BTreeMap<String, Vec<RulePlace>>,
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct RulePlace {
    /// `lifecycle.promotion.violations`.
    pub rule: String,
    /// The file.
    pub file: String,
    /// The row of its head, from 1.
    pub row: usize,
    #[serde(skip)]
    last_row: usize,
}

/// A code and the fact it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Key {
    /// The code.
    pub code: String,
    /// The fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Key {
    pub(super) fn of(code: &str, path: Option<&str>) -> Self {
        Self { code: code.to_owned(), path: path.map(str::to_owned) }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{} ({path})", self.code),
            None => f.write_str(&self.code),
        }
    }
}

/// What a side says of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// The codes of reasons, and of violations whatever the outcome.
    pub(super) keys: BTreeSet<Key>,
    pub(super) reasons: BTreeSet<Key>,
    pub(super) violations: BTreeSet<String>,
    /// Those reasons that are errors of guard and policy.
    pub(super) errors: BTreeSet<Key>,
}

/// What decided on one side of a flip.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deciding {
    /// What is decided.
    pub outcome: Outcome,
    /// What speaks against the version, and the rules that say so; empty for an approval.
    pub reasons: Vec<DecidingReason>,
    /// The comparisons that speak against it; for an approval those about the facts that the other
    /// side refuses for.
    pub comparisons: Vec<Comparison>,
}

/// A reason and the rules that give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecidingReason {
    /// Its code and fact.
    #[serde(flatten)]
    pub key: Key,
    /// The rules that name the code; those whose comparison speaks against the version, where that
    /// tells them apart. Empty for what the gate says itself.
    pub rules: Vec<RulePlace>,
}

/// A comparison with what it compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The rule: `lifecycle.promotion.violations`.
    pub rule: String,
    /// The file.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// As written.
    pub text: String,
    /// The fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The fact's value.
    pub observed: Value,
    /// How it must stand to the limit for the version to go forward.
    pub required: &'static str,
    /// The limit.
    pub limit: Value,
}

impl Side {
    /// Loads a policy set as the gate does.
    ///
    /// # Errors
    /// All its faults at once, by file and place.
    pub fn load(files: &PolicyFiles, options: &PolicyOptions) -> Result<Self, LoadError> {
        let builder = Gate::builder().policy(files.clone()).options(options.clone());
        let gate = builder.clone().build()?;
        let strict = builder.require_checklist(true).build()?;
        let mut rules: BTreeMap<String, Vec<RulePlace>> = BTreeMap::new();
        for module in gate.policy().modules() {
            for rule in &module.rules {
                let place = place(module, rule);
                let mut texts = BTreeSet::new();
                walk_rule_exprs(rule, &mut |expr| texts.extend(text(expr)));
                for text in texts {
                    rules.entry(text).or_default().push(place.clone());
                }
            }
        }
        Ok(Self { gate, strict, rules })
    }

    /// The digest of the policy set.
    #[must_use]
    pub fn digest(&self) -> phasegate::Digest {
        self.gate.policy().digest()
    }

    pub(super) fn answer(&self, record: &Record) -> Answer {
        let gate = if record.require_checklist { &self.strict } else { &self.gate };
        answer(&gate.decide(&record.request))
    }

    /// What decided; `other` is what the other side's comparisons are about.
    pub(super) fn deciding(
        &self,
        record: &Record,
        answer: &Answer,
        other: Option<&[Comparison]>,
    ) -> Deciding {
        let checks = self.checks(record, answer.outcome);
        let comparisons: Vec<Comparison> = checks
            .iter()
            .flat_map(|check| check.seen.iter().map(move |seen| (check, seen)))
            .filter(|(check, seen)| match other {
                Some(other) => {
                    check.fact.is_some() && other.iter().any(|one| one.fact == check.fact)
                }
                None => seen.ok == Some(false),
            })
            .map(|(check, seen)| Comparison {
                rule: check.rule.clone(),
                file: check.file.clone(),
                row: check.row,
                text: check.text.clone(),
                fact: check.fact.clone(),
                observed: seen.observed.clone(),
                required: seen.required,
                limit: seen.limit.clone(),
            })
            .collect();
        let reasons = answer.reasons.iter().map(|key| {
            let named = self.rules.get(&key.code).map(Vec::as_slice).unwrap_or_default();
            let fired = named.iter().filter(|place| {
                let within = |one: &Comparison| {
                    one.file == place.file && (place.row..=place.last_row).contains(&one.row)
                };
                comparisons.iter().any(within)
            });
            let fired: Vec<RulePlace> = fired.cloned().collect();
            let rules = if fired.is_empty() { named.to_vec() } else { fired };
            DecidingReason { key: key.clone(), rules }
        });
        let reasons = reasons.collect();
        Deciding { outcome: answer.outcome, reasons, comparisons }
    }

    /// What every comparison compares; what would flip the decision is not looked for, which would
    /// cost hundreds of evaluations.
    fn checks(&self, record: &Record, outcome: Outcome) -> Vec<Check> {
        let mut input = Cow::Borrowed(record.request.facts().value());
        if record.require_checklist
            && let Some(facts) = input.to_mut().as_object_mut()
        {
            // As the gate does for a decision that required the checklist.
            let options = facts.entry("options").or_insert_with(|| json!({}));
            if let Some(options) = options.as_object_mut() {
                options.insert("require_checklist".to_owned(), Value::Bool(true));
            }
        }
        let nothing = |_: &Value| false;
        let question = Question { promoted: outcome == Outcome::Promote, promotes: &nothing };
        self.gate.policy().explain(&input, record.now, &question).checks
    }
}

fn answer(decision: &Decision) -> Answer {
    let reasons = || decision.reasons.iter();
    let key = |one: &phasegate::Reason| Key::of(&one.code, one.path.as_deref());
    let violations = decision.violations.iter();
    let mut keys: BTreeSet<Key> =
        violations.clone().map(|one| Key::of(&one.code, one.path.as_deref())).collect();
    keys.extend(reasons().map(key));
    Answer {
        outcome: decision.outcome,
        keys,
        reasons: reasons().map(key).collect(),
        violations: violations.map(|one| one.code.clone()).collect(),
        errors: reasons().filter(|one| one.source == ReasonSource::Block).map(key).collect(),
    }
}

fn place(module: &Module, rule: &Rule) -> RulePlace {
    let mut name = module.package.join(".");
    if let ExprKind::Var(root) = &rule.head.reference.base.kind {
        name.push('.');
        name.push_str(root);
    }
    RulePlace {
        rule: name,
        file: module.file.clone(),
        row: module.position(rule.span.start).row,
        last_row: module.position(rule.span.end).row,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Scalar(Scalar::String(text)) => Some(text.clone()),
        _ => None,
    }
}
