//! The smallest single change that flips a decision: facts are moved to the boundaries that the
//! rules compare them with, nearest first, and each is verified by deciding again.

use std::cmp::Ordering;

use phasegate_core::Path;
use phasegate_core::read::number;
use serde_json::Value;

use super::{Flip, FlipSearch, Seen};

/// How many changes are tried. Each costs one decision; an explanation is to stay below ten.
const MAX_TRIED: usize = 6;

/// Sections that state limits and identity: changing them is not a change of the version.
const SETTINGS: [&str; 3] = ["thresholds", "version", "options"];

/// Whether a fact states a limit or an identity, not something observed.
pub(crate) fn is_setting(fact: &str) -> bool {
    SETTINGS.iter().any(|section| {
        fact.strip_prefix(section)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// The decision that is to be flipped.
pub struct Question<'a> {
    /// Whether the version was promoted.
    pub promoted: bool,
    /// Whether it would be, with this input.
    pub promotes: &'a dyn Fn(&Value) -> bool,
}

impl std::fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question").field("promoted", &self.promoted).finish_non_exhaustive()
    }
}

/// A change worth trying.
#[derive(Debug, Clone)]
pub(crate) struct Candidate(Flip);

/// The change that moves a fact across (or onto) the limit that it was compared with. `None` for
/// settings, for facts on the wrong side for the question, and for what has no boundary.
pub(crate) fn candidate(fact: &str, seen: &Seen, promoted: bool) -> Option<Candidate> {
    if is_setting(fact) || fact.contains("[*]") || seen.ok? != promoted {
        return None;
    }
    let flip = |to: Value, at_boundary, relative_change| {
        Some(Candidate(Flip {
            path: fact.to_owned(),
            from: seen.observed.clone(),
            to,
            boundary: seen.limit.clone(),
            at_boundary,
            relative_change,
        }))
    };
    if let (Value::Bool(observed), "==" | "!=") = (&seen.observed, seen.required) {
        return flip(Value::Bool(!observed), true, 1.0);
    }
    if let ("==", false) = (seen.required, promoted) {
        return flip(seen.limit.clone(), true, 1.0);
    }
    let (observed, limit) = (seen.observed.as_f64()?, seen.limit.as_f64()?);
    // A refusal is lifted on the good side, a promotion is lost on the bad side.
    let (upper, inclusive) = match seen.required {
        "<=" => (true, true),
        "<" => (true, false),
        ">=" => (false, true),
        ">" => (false, false),
        _ => return None,
    };
    let (at_boundary, upward) = (inclusive != promoted, upper == promoted);
    let to = match (at_boundary, upward) {
        (true, _) => limit,
        (false, true) => limit.next_up(),
        (false, false) => limit.next_down(),
    };
    let scale = observed.abs().max(limit.abs());
    let relative_change = if scale > 0.0 { (to - observed).abs() / scale } else { 0.0 };
    flip(number(to), at_boundary, relative_change)
}

/// Tries the candidates, smallest relative change first, ties by path.
pub(crate) fn search(
    candidates: &[Candidate],
    input: &Value,
    question: &Question<'_>,
) -> FlipSearch {
    let mut candidates: Vec<&Flip> = candidates.iter().map(|candidate| &candidate.0).collect();
    candidates.sort_by(|a, b| nearer(a, b));
    candidates.dedup_by(|a, b| a.path == b.path && a.to == b.to);
    let tried = candidates.len().min(MAX_TRIED);
    for flip in candidates.iter().take(MAX_TRIED) {
        let changed = change(input, flip);
        if changed.is_some_and(|changed| (question.promotes)(&changed) != question.promoted) {
            return FlipSearch::Change((*flip).clone());
        }
    }
    if candidates.len() <= MAX_TRIED {
        FlipSearch::NoSingleFact
    } else {
        FlipSearch::NotAmongNearest { tried }
    }
}

fn nearer(a: &Flip, b: &Flip) -> Ordering {
    a.relative_change.total_cmp(&b.relative_change).then_with(|| a.path.cmp(&b.path))
}

fn change(input: &Value, flip: &Flip) -> Option<Value> {
    let path: Path = flip.path.parse().ok()?;
    let mut changed = input.clone();
    *path.entry(&mut changed).ok()? = flip.to.clone();
    Some(changed)
}
