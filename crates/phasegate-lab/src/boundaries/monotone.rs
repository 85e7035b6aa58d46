//! Monotonicity: a fact that gets worse never turns a refusal into an approval.

use std::collections::BTreeMap;

pub use phasegate::rego::syntax::Better;
use phasegate::rego::syntax::DirectiveKind;
use phasegate::{Facts, Outcome, Path, ReasonSource};
use serde::Serialize;
use serde_json::Value;

use super::{Asked, Boundary, BoundaryOptions};
use crate::Project;
use crate::project::FileKind;

/// A fact that is worse in an approval than in a refusal, all others being equal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counterexample {
    /// The fact.
    pub fact: String,
    /// The better value, which is refused.
    pub refused: Value,
    /// The worse value, which is promoted.
    pub promoted: Value,
    /// The outcome of the refusal.
    pub outcome: Outcome,
}

/// Which way facts get better, as schemas (`x-better`) and directives say.
#[must_use]
pub fn directions(project: &Project) -> BTreeMap<Path, Better> {
    let mut found = BTreeMap::new();
    for (file, bytes) in &project.files {
        if FileKind::of(file) == Some(FileKind::Schema)
            && let Ok(schema) = serde_json::from_slice::<Value>(bytes)
        {
            declared(&schema, &Path::default(), &mut found);
        }
    }
    for directive in project.policies().flat_map(|module| &module.directives) {
        if let DirectiveKind::Better { direction, path } = &directive.kind {
            found.insert(path.clone(), *direction);
        }
    }
    found
}

/// Schemas nest as deep as their reader allowed.
fn declared(schema: &Value, path: &Path, found: &mut BTreeMap<Path, Better>) {
    match schema.get("x-better").and_then(Value::as_str) {
        Some("lower") => drop(found.insert(path.clone(), Better::Lower)),
        Some("higher") => drop(found.insert(path.clone(), Better::Higher)),
        _ => {}
    }
    for (name, property) in
        schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        let mut below = path.clone();
        below.push_field(name);
        declared(property, &below, found);
    }
}

/// Tries random pairs of each fact with a direction, and shrinks what it finds.
pub(super) fn search(
    asked: &Asked<'_>,
    base: &Facts,
    better: &BTreeMap<Path, Better>,
    boundaries: &[Boundary],
    options: &BoundaryOptions,
) -> Vec<Counterexample> {
    let mut random = Random(options.seed);
    let mut found = Vec::new();
    for (path, better) in better {
        let Some(value) = path.find(base.value()).and_then(Value::as_f64) else { continue };
        // Wide enough to cross every limit that the fact is held against.
        let name = path.to_string();
        let limits = boundaries.iter().filter(|one| one.fact == name);
        let limits = limits.filter_map(|one| one.limit.as_f64());
        let span = limits.fold(value.abs(), |widest, limit| widest.max(limit.abs()));
        let span = if span == 0.0 { 1.0 } else { span };
        for _ in 0..options.pairs {
            let [a, b] = [(); 2].map(|()| 4.0f64.mul_add(random.unit(), -1.0) * span);
            let (good, bad) = match better {
                Better::Lower => (a.min(b), a.max(b)),
                Better::Higher => (a.max(b), a.min(b)),
            };
            if let Some(shrunk) = shrink(asked, base, path, good, bad) {
                found.push(shrunk);
                break;
            }
        }
    }
    found
}

/// The closest pair that still contradicts, when this one does.
fn shrink(
    asked: &Asked<'_>,
    base: &Facts,
    path: &Path,
    good: f64,
    bad: f64,
) -> Option<Counterexample> {
    let outcome = |value: f64| -> Option<Outcome> {
        let facts = base.with(path, &phasegate::read::number(value)).ok()?;
        let decision = asked.gate.decide(&asked.request(facts));
        // What the guard blocks is no value at all: a rate below zero is neither good nor bad.
        let blocked = decision.reasons.iter().any(|reason| reason.source == ReasonSource::Block);
        (!blocked).then_some(decision.outcome)
    };
    let (mut good, mut bad) = (good, bad);
    if outcome(bad)? != Outcome::Promote || outcome(good)? == Outcome::Promote {
        return None;
    }
    // Halving 60 times leaves neighbors of any double.
    for _ in 0..60 {
        let middle = f64::midpoint(good, bad);
        match outcome(middle) {
            Some(Outcome::Promote) => bad = middle,
            Some(_) => good = middle,
            None => break,
        }
    }
    let [refused, promoted] = [good, bad].map(phasegate::read::number);
    let outcome = outcome(good)?;
    Some(Counterexample { fact: path.to_string(), refused, promoted, outcome })
}

/// `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct Random(u64);

impl Random {
    /// In `0..1`.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
