//! A decision as a person reads it at a glance: at most 40 lines of 100 columns.

use anstyle::Style;
use phasegate::rego::explain::{Explanation, Flip, FlipSearch};
use phasegate::{Decision, Digest, Facts, Outcome, Reason, ReasonSource};
use serde_json::Value;

use super::checks::Checks;
use super::value::{pair, percent, value};
use crate::output::{BAD, FAINT, GOOD, WAIT, paint};
use crate::text::{clean, shorten, width, wrap};
use crate::what_if::WhatIf;

pub(super) const LINES: usize = 40;
pub(super) const COLUMNS: usize = 100;
/// A message longer than this says the rest in JSON.
const MAX_MESSAGE_LINES: usize = 3;
pub(super) const MAX_WARNING_LINES: usize = 4;
pub(super) const MORE: &str = "`--output json` has all";

/// What is told.
pub(crate) struct Told<'a> {
    /// The decision.
    pub(crate) decision: &'a Decision,
    /// Why.
    pub(crate) explanation: &'a Explanation,
    /// What it is about, with the changes.
    pub(crate) facts: &'a Facts,
    /// The changes, so that nobody takes a what-if for what is.
    pub(crate) what_ifs: &'a [WhatIf],
    /// The package whose limits are those of a rollback.
    pub(crate) rollback_package: &'a str,
}

/// The whole text.
pub(crate) fn text(told: &Told<'_>) -> String {
    let decision = told.decision;
    let mut head = vec![headline(decision, &subject(told.facts.value()))];
    head.extend(what_if(told.what_ifs));
    let mut tail = flip(decision, &told.explanation.flip);
    tail.extend(basis(decision));

    let checks = Checks::of(told.explanation, decision, told.rollback_package);
    let warnings = notes(decision.warnings.iter().map(|warning| {
        entry(&paint("!", WAIT), &warning.code, warning.path.as_deref(), &warning.message)
    }));
    let warnings = fit(&warnings, MAX_WARNING_LINES, MORE);
    // One more for the blank line before each part.
    let fixed = head.len() + tail.len() + 1 + warnings.len() + usize::from(!warnings.is_empty());
    let left = LINES.saturating_sub(fixed + 2);
    // Either part may have what the other leaves, and each is sure of its half.
    let for_reasons = left.saturating_sub(checks.line_count().min(left / 2));
    let shown = |path: &str| checks.shows_failed(path, left / 2);
    let reasons = fit(&reasons(decision, shown), for_reasons, MORE);
    let checks = checks.lines(left - reasons.len(), COLUMNS);

    let parts = [head, reasons, checks, warnings, tail];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join("\n"));
    parts.collect::<Vec<_>>().join("\n\n")
}

/// What is to be done with what.
pub(super) fn headline(decision: &Decision, subject: &str) -> String {
    let outcome = decision.outcome;
    let word = outcome.as_str().to_uppercase();
    let count = decision.reasons.len();
    let reasons = format!("{count} reason{}", if count == 1 { "" } else { "s" });
    let says = match outcome {
        Outcome::Promote => "may be promoted: everything required holds".to_owned(),
        Outcome::Hold if is_blocked(decision) => {
            format!("has to wait, it cannot be judged: {reasons}")
        }
        Outcome::Hold => format!("has to wait: {reasons}"),
        Outcome::Reject => format!("must not be promoted: {reasons}"),
        Outcome::Rollback => format!("must be rolled back: {reasons}"),
    };
    format!("{}  {} {says}", paint(&word, style(outcome)), subject)
}

/// The version, as far as the facts name it.
fn subject(facts: &Value) -> String {
    let text = |key: &str, columns: usize| {
        let text = facts.get("version")?.get(key)?.as_str().filter(|text| !text.is_empty())?;
        Some(shorten(&clean(text), columns).into_owned())
    };
    match (text("id", 28), text("state", 12)) {
        (Some(id), Some(state)) => format!("{id} ({state})"),
        (Some(id), None) => id,
        (None, Some(state)) => format!("the version ({state})"),
        (None, None) => "the version".to_owned(),
    }
}

fn is_blocked(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| reason.source == ReasonSource::Block)
}

fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Promote => GOOD,
        Outcome::Hold => WAIT,
        Outcome::Reject | Outcome::Rollback => BAD,
    }
}

fn what_if(what_ifs: &[WhatIf]) -> Option<String> {
    let told = |change: &WhatIf| match &change.value {
        // What was asked is told in all its digits.
        Value::Number(number) => format!("{} = {number}", change.path),
        other => format!("{} = {}", change.path, value(other, 30)),
    };
    let changes: Vec<String> = what_ifs.iter().map(told).collect();
    let line = format!("what if {}", changes.join(", "));
    (!changes.is_empty()).then(|| paint(&shorten(&clean(&line), COLUMNS), WAIT))
}

/// What decided, marked `x`, then what else the policy holds against the version.
/// Which facts a table shows beside their values is the caller's to say.
pub(super) fn reasons(decision: &Decision, shown: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let path = |path: &'_ Option<String>| path.clone().filter(|path| !shown(path));
    let decided = decision.reasons.iter().map(|reason| {
        let mark = paint("x", style(decision.outcome));
        entry(&mark, &reason.code, path(&reason.path).as_deref(), &reason.message)
    });
    let told = |code: &str, path: &Option<String>, message: &str| {
        let same = |reason: &Reason| {
            (reason.code.as_str(), &reason.path, reason.message.as_str()) == (code, path, message)
        };
        decision.reasons.iter().any(same)
    };
    let others = decision
        .violations
        .iter()
        .filter(|other| !told(&other.code, &other.path, &other.message))
        .map(|other| {
            let mark = paint("-", WAIT);
            entry(&mark, &other.code, path(&other.path).as_deref(), &other.message)
        });
    notes(decided.chain(others))
}

/// Entries, each once.
pub(super) fn notes(entries: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let mut entries: Vec<_> = entries.collect();
    entries.dedup();
    entries
}

/// A code with its message beside it, or below when there is no room.
pub(super) fn entry(mark: &str, code: &str, path: Option<&str>, message: &str) -> Vec<String> {
    let message = clean(message);
    let subject = match path {
        // Said once is enough.
        Some(path) if !message.contains(path) => format!("{code} ({path})"),
        _ => code.to_owned(),
    };
    let subject = clean(&subject);
    let one = if message.trim().is_empty() {
        subject.clone().into_owned()
    } else {
        format!("{subject}: {message}")
    };
    if width(&one) <= COLUMNS - 4 {
        return vec![format!("  {mark} {one}")];
    }
    let mut lines = vec![format!("  {mark} {}", shorten(&subject, COLUMNS - 4))];
    let rest = wrap(&message, COLUMNS - 6, MAX_MESSAGE_LINES);
    lines.extend(rest.into_iter().map(|line| format!("      {line}")));
    lines
}

/// Whole entries in at most so many lines.
pub(super) fn fit(entries: &[Vec<String>], most_lines: usize, rest: &str) -> Vec<String> {
    let all: usize = entries.iter().map(Vec::len).sum();
    // The last line says how many more there are.
    let room = if all > most_lines { most_lines.saturating_sub(1) } else { most_lines };
    let mut lines = Vec::new();
    let mut shown = 0;
    for entry in entries {
        if lines.len() + entry.len() > room {
            break;
        }
        lines.extend_from_slice(entry);
        shown += 1;
    }
    if shown < entries.len() {
        lines.push(format!("    and {} more; {rest}", entries.len() - shown));
    }
    lines
}

/// What would change it.
fn flip(decision: &Decision, search: &FlipSearch) -> Vec<String> {
    let promoted = decision.outcome == Outcome::Promote;
    let says = match search {
        FlipSearch::Change(flip) if promoted => format!("not promoted with {}", change(flip)),
        FlipSearch::Change(flip) => format!("promoted with {}", change(flip)),
        _ if is_blocked(decision) => format!("mend {} and ask again", blocking(decision)),
        FlipSearch::NoSingleFact => "no single fact moved to its limit is enough".to_owned(),
        FlipSearch::NotAmongNearest { tried } => {
            format!("none of the {tried} facts nearest to their limits is enough alone")
        }
        FlipSearch::NotExplained => "not all comparisons could be looked at".to_owned(),
    };
    wrap(&clean(&format!("what would change it: {says}")), COLUMNS, 2)
}

/// The facts without which nothing can be judged.
fn blocking(decision: &Decision) -> String {
    let blocks = decision.reasons.iter().filter(|reason| reason.source == ReasonSource::Block);
    let mut facts: Vec<_> = blocks.filter_map(|reason| reason.path.as_deref()).collect();
    facts.dedup();
    match facts.len() {
        0 => "what blocks".to_owned(),
        1..=3 => facts.iter().map(|fact| format!("`{fact}`")).collect::<Vec<_>>().join(", "),
        count => format!("these {count} facts"),
    }
}

fn change(flip: &Flip) -> String {
    let path = &flip.path;
    let Some((old, new)) = flip.from.as_f64().zip(flip.to.as_f64()) else {
        let [from, to] = pair(&flip.from, &flip.to, 30);
        return format!("{path} {to} (now {from})");
    };
    let [from, boundary] = pair(&flip.from, &flip.boundary, 30);
    let side = match (flip.at_boundary, new > old) {
        _ if flip.exactly => "==",
        (true, true) => ">=",
        (true, false) => "<=",
        (false, true) => ">",
        (false, false) => "<",
    };
    format!("{path} {side} {boundary} (now {from}, {} away)", percent(flip.relative_change))
}

/// What it rests on.
pub(super) fn basis(decision: &Decision) -> Vec<String> {
    let short = |digest: Digest| digest.to_string().chars().take(19).collect::<String>();
    let basis = &decision.basis;
    let parts = match (basis.plan, basis.observations) {
        (Some(plan), Some(seen)) => {
            vec![("plan", plan), ("observations", seen), ("policy", basis.policy)]
        }
        _ => vec![("input", basis.input), ("policy", basis.policy)],
    };
    let parts = parts.into_iter().map(|(name, digest)| format!(", {name} {}", short(digest)));
    let line = format!("decision {}{}", short(decision.id), parts.collect::<String>());
    let mut lines = wrap(&line, COLUMNS, 2);
    lines.extend(basis.now.map(|now| format!("now {now}")));
    lines.iter().map(|line| paint(line, FAINT)).collect()
}
