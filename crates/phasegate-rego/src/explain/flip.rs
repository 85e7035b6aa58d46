//! The smallest single change that flips a decision: facts are moved to the boundaries that the
//! rules compare them with, nearest first, and each is verified by deciding again.

use std::cmp::Ordering;

use phasegate_core::Path;
use phasegate_core::path::Step;
use phasegate_core::read::number;
use serde_json::Value;

use super::{Flip, FlipSearch, Seen};

/// How many changes are tried: every one that a policy of some hundred comparisons gives. Each
/// costs one decision, and all together no longer than one deadline; the first that flips ends the
/// search.
const MAX_TRIED: usize = 256;

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
/// settings, for facts on the wrong side for the question, and for what has no boundary. `fact` is
/// the place of one value.
pub(crate) fn candidate(fact: &str, seen: &Seen, promoted: bool) -> Option<Candidate> {
    if is_setting(fact) || seen.ok? != promoted {
        return None;
    }
    let flip = |to: Value, at_boundary, relative_change| {
        Some(Candidate(Flip {
            path: fact.to_owned(),
            from: seen.observed.clone(),
            to,
            boundary: seen.limit.clone(),
            at_boundary,
            exactly: matches!(seen.required, "==" | "!="),
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

/// The places in an input that a fact names and that hold a value: each element for `[*]`, in
/// the order of the input, and at most as many as are tried.
pub(crate) fn places(fact: &str, input: &Value, observed: &Value) -> Vec<String> {
    let mut parts = fact.split("[*]");
    let mut found = vec![Path::default()];
    if let Some(first) = parts.next() {
        found = found.into_iter().filter_map(|path| below(path, first)).collect();
    }
    for part in parts {
        let each = found.iter().flat_map(|path| elements(path, input));
        found = each.filter_map(|path| below(path, part)).collect();
    }
    found
        .into_iter()
        .filter(|path| path.find(input) == Some(observed))
        .take(MAX_TRIED)
        .map(|path| path.to_string())
        .collect()
}

fn below(mut path: Path, part: &str) -> Option<Path> {
    let part = part.strip_prefix('.').unwrap_or(part);
    if part.is_empty() {
        return Some(path);
    }
    for step in part.parse::<Path>().ok()?.steps() {
        match step {
            Step::Field(name) => path.push_field(name.clone()),
            Step::Index(index) => path.push_index(*index),
        }
    }
    Some(path)
}

fn elements(path: &Path, input: &Value) -> Vec<Path> {
    let with = |push: &dyn Fn(&mut Path)| {
        let mut path = path.clone();
        push(&mut path);
        path
    };
    match path.find(input) {
        Some(Value::Array(items)) => {
            (0..items.len()).map(|index| with(&|path| path.push_index(index))).collect()
        }
        Some(Value::Object(members)) => {
            members.keys().map(|name| with(&|path| path.push_field(name.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

/// Tries the candidates, smallest relative change first, ties by path, as long as there is `time`.
/// When `all` is false there are others that nobody listed.
pub(crate) fn search(
    candidates: &[Candidate],
    all: bool,
    input: &Value,
    question: &Question<'_>,
    time: &dyn Fn() -> bool,
) -> FlipSearch {
    let mut candidates: Vec<&Flip> = candidates.iter().map(|candidate| &candidate.0).collect();
    candidates.sort_by(|a, b| nearer(a, b));
    candidates.dedup_by(|a, b| a.path == b.path && a.to == b.to);
    let mut tried = 0;
    for flip in candidates.iter().take(MAX_TRIED) {
        if !time() {
            break;
        }
        let changed = change(input, flip);
        if changed.is_some_and(|changed| (question.promotes)(&changed) != question.promoted) {
            return FlipSearch::Change((*flip).clone());
        }
        tried += 1;
    }
    match (tried == candidates.len(), tried) {
        (true, _) if all => FlipSearch::NoSingleFact,
        (_, 0) => FlipSearch::NotExplained,
        _ => FlipSearch::NotAmongNearest { tried },
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    /// The candidates of facts `a`, `b`, ... that are 1, 2, ... beyond their limit of 100.
    fn beyond(count: u8) -> Vec<Candidate> {
        let of = |number: u8| {
            let seen = Seen {
                observed: json!(100 + u32::from(number) + 1),
                places: Vec::new(),
                required: "<=",
                limit: json!(100),
                ok: Some(false),
                margin: None,
                margin_share: None,
            };
            candidate(&char::from(b'a' + number).to_string(), &seen, false)
        };
        (0..count).filter_map(of).collect()
    }

    /// How often it was asked, and what was found, when the change of `flips` is what it takes and
    /// there is time for so many.
    fn found(flips: &str, all: bool, time: usize) -> (usize, FlipSearch) {
        let input: Value = (b'a'..=b'h')
            .map(|name| (char::from(name).to_string(), json!(u32::from(name - b'a') + 101)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let asked = Cell::new(0);
        let promotes = |changed: &Value| {
            asked.set(asked.get() + 1);
            changed[flips] == 100
        };
        let question = Question { promoted: false, promotes: &promotes };
        let search = search(&beyond(8), all, &input, &question, &|| asked.get() < time);
        (asked.get(), search)
    }

    #[test]
    fn the_nearest_that_flips_ends_the_search() {
        let (asked, search) = found("h", true, usize::MAX);
        let FlipSearch::Change(flip) = search else { panic!("{search:?}") };
        assert_eq!((asked, flip.path.as_str(), flip.to), (8, "h", json!(100)));
        assert_eq!(found("c", true, usize::MAX).0, 3);
    }

    #[test]
    fn the_search_ends_with_its_time() {
        assert_eq!(found("h", true, 3), (3, FlipSearch::NotAmongNearest { tried: 3 }));
        assert_eq!(found("h", true, 0), (0, FlipSearch::NotExplained));
    }

    #[test]
    fn only_who_tried_all_says_that_there_is_none() {
        assert_eq!(found("none", true, usize::MAX), (8, FlipSearch::NoSingleFact));
        let some = FlipSearch::NotAmongNearest { tried: 8 };
        assert_eq!(found("none", false, usize::MAX), (8, some));
    }
}
