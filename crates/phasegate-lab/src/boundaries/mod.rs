//! Boundaries: what the gate decides just below, at and just above each limit, and without the fact
//! or with nonsense in its place.
//!
//! The limits are those of the base input; every probe moves one fact and asks the whole gate.

mod monotone;

use std::collections::BTreeMap;

use phasegate::rego::explain::Check;
use phasegate::{Facts, Gate, Outcome, Path, Request, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

pub use self::monotone::{Better, Counterexample, directions};

use crate::Project;

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
    /// The limit with the base input.
    pub limit: Value,
    /// The probes in order: below, at, above, missing, null, wrong type, huge.
    pub probes: Vec<Probe>,
    /// No probe with a number changes what the gate decides.
    pub never_changes: bool,
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
    /// Facts whose worsening turns a refusal into an approval.
    pub counterexamples: Vec<Counterexample>,
}

impl Boundaries {
    /// Whether there is nothing that somebody should look at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counterexamples.is_empty() && self.boundaries.iter().all(|one| !one.never_changes)
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

/// Probes every comparison of a gate's rules around a base input.
#[must_use]
pub fn run(project: &Project, gate: &Gate, base: &Facts, options: &BoundaryOptions) -> Boundaries {
    let asked = Asked { gate, now: options.now };
    let request = asked.request(base.clone());
    // The decision is about this request, which is all that an explanation can refuse.
    let explained = gate.explain(&request, &gate.decide(&request));
    let checks = explained.map(|explanation| explanation.checks).unwrap_or_default();
    let boundaries: Vec<Boundary> =
        checks.iter().filter_map(|check| asked.boundary(base, check)).collect();
    let mut better = directions(project);
    better.extend(options.better.iter().map(|(path, better)| (path.clone(), *better)));
    let counterexamples = monotone::search(&asked, base, &better, &boundaries, options);
    Boundaries { boundaries, counterexamples }
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

    fn boundary(&self, base: &Facts, check: &Check) -> Option<Boundary> {
        let path: Path = check.fact.as_ref()?.parse().ok()?;
        let limit = &check.seen.first()?.limit;
        let at = limit.as_f64()?;
        // The neighbors are beyond the rounding of any limit that a rule computes.
        let step = (at.abs() / 1e6).max(1e-9);
        // Twelve digits, as people read them.
        let near =
            |value: f64| phasegate::read::number(format!("{value:.12e}").parse().unwrap_or(value));
        let values = [
            ("below", Some(near(at - step))),
            ("at", Some(limit.clone())),
            ("above", Some(near(at + step))),
            ("missing", None),
            ("null", Some(Value::Null)),
            ("wrong type", Some(json!(limit.to_string()))),
            ("huge", Some(phasegate::read::number(phasegate::read::MAX_NUMBER))),
        ];
        let probes: Vec<Probe> = values
            .into_iter()
            .filter_map(|(what, value)| self.probe(base, &path, what, value))
            .collect();
        let numbers = || probes.iter().filter(|one| ["below", "at", "above"].contains(&one.what));
        let first = numbers().next().map(|one| (one.outcome, &one.codes));
        let never_changes = numbers().all(|one| Some((one.outcome, &one.codes)) == first);
        Some(Boundary {
            fact: path.to_string(),
            rule: check.rule.clone(),
            file: check.file.clone(),
            row: check.row,
            text: check.text.clone(),
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
