//! The impact as Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use phasegate::Outcome;

use super::{Deciding, Flip, FlipKind, Impact, Key, Listing, OUTCOMES, RecordRef};

/// How many of each kind a comment lists: it is read by people, and services cut it off.
const MOST: usize = 20;

/// The impact as Markdown. Of each kind the first twenty are listed; what is not listed is counted.
#[must_use]
pub fn markdown(impact: &Impact) -> String {
    let mut text = String::from("## Impact of the policy change\n\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}\n", verdict(impact));
    matrix(impact, &mut text);
    list(&mut text, "Flips", &impact.flips, flip);
    list(&mut text, "Same outcome, other reasons", &impact.reason_changes, |one| {
        let change = format!("without {}; with {}", keys(&one.gone), keys(&one.added));
        format!("{} {}: {change}", record(&one.record), one.outcome.as_str())
    });
    list(&mut text, "New errors", &impact.new_errors, |one| {
        format!("{} {}", record(&one.record), keys(&one.errors))
    });
    list(
        &mut text,
        "Drift: the old policies no longer answer what was logged",
        &impact.drift,
        |one| {
            let logged = match one.logged.outcome {
                Some(outcome) => outcome.as_str(),
                None if one.logged.approved => "approved",
                None => "refused",
            };
            let now = format!("now {} ({})", one.outcome.as_str(), keys(&one.keys));
            format!("{} logged {logged}, {now}", record(&one.record))
        },
    );
    list(&mut text, "Not replayed", &impact.unreplayable, |one| {
        format!(
            "{} {}: {}",
            code(&format!("{}:{}", one.file, one.line)),
            one.why.as_str(),
            plain(&one.message)
        )
    });
    for (title, reviews) in
        [("Unused reviews", &impact.unused_reviews), ("Expired reviews", &impact.expired_reviews)]
    {
        if !reviews.is_empty() {
            let _ = writeln!(text, "\n### {title} ({})\n", reviews.len());
        }
        for one in reviews.iter().take(MOST) {
            let outcomes = format!("{} to {}", one.from.as_str(), one.to.as_str());
            let _ = writeln!(text, "- {} {outcomes}: {}", code(&one.id), plain(&one.reason));
        }
    }
    text
}

fn verdict(impact: &Impact) -> String {
    let replayed = impact.replayed;
    match impact.unreviewed {
        0 => format!(
            "{replayed} records replayed; nothing that was refused is approved without a review."
        ),
        count => format!(
            "{replayed} records replayed; **what was refused is approved without a review: {count}.**"
        ),
    }
}

fn matrix(impact: &Impact, text: &mut String) {
    text.push_str(
        "| old \\ new | promote | hold | reject | rollback |\n|---|---:|---:|---:|---:|\n",
    );
    for old in OUTCOMES {
        let row = impact.matrix.iter().filter(|cell| cell.old == old);
        let _ = write!(text, "| {} |", old.as_str());
        for cell in row {
            let is_worse = cell.new == Outcome::Promote && old != Outcome::Promote;
            let _ = match cell.records {
                0 => write!(text, " |"),
                count if is_worse => write!(text, " **{count}** |"),
                count => write!(text, " {count} |"),
            };
        }
        text.push('\n');
    }
}

fn list<T>(text: &mut String, title: &str, listing: &Listing<T>, line: impl Fn(&T) -> String) {
    if listing.count == 0 {
        return;
    }
    let _ = writeln!(text, "\n### {title} ({})\n", listing.count);
    for one in listing.listed.iter().take(MOST) {
        let _ = writeln!(text, "- {}", line(one));
    }
    let more = listing.count.saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(text, "- and {more} more");
    }
}

fn flip(flip: &Flip) -> String {
    let review = match (&flip.reviewed, flip.kind) {
        (Some(reason), _) => format!("; reviewed: {}", plain(reason)),
        (None, FlipKind::RefusalToApproval) => "; **not reviewed**".to_owned(),
        (None, _) => String::new(),
    };
    let (old, new) = (side(&flip.old), side(&flip.new));
    format!("{} {old}, then {new}{review}", record(&flip.record))
}

fn side(deciding: &Deciding) -> String {
    let reasons = deciding.reasons.iter().map(|reason| {
        let places = reason.rules.iter().map(|one| code(&format!("{}:{}", one.file, one.row)));
        let places: Vec<String> = places.collect();
        let at =
            if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) };
        format!("{}{at}", code(&reason.key.to_string()))
    });
    // A comparison of no fact, such as a count of violations, says nothing beyond the reason.
    let compared = deciding.comparisons.iter().filter_map(|one| {
        let fact = one.fact.as_deref()?;
        Some(code(&format!("{fact} {} must be {} {}", one.observed, one.required, one.limit)))
    });
    let parts: Vec<String> = reasons.chain(compared).collect();
    let outcome = deciding.outcome.as_str();
    if parts.is_empty() { outcome.to_owned() } else { format!("{outcome} ({})", parts.join("; ")) }
}

fn record(record: &RecordRef) -> String {
    format!("{} ({})", code(&record.id), code(&format!("{}:{}", record.file, record.line)))
}

fn keys(keys: &[Key]) -> String {
    let shown: Vec<String> = keys.iter().map(|key| code(&key.to_string())).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// Text from outside as code: nothing in it is markup.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Text from outside between other text: what is markup is escaped.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '@' | '!' => {
                plain.push('\\');
                plain.push(c);
            }
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_no_markup() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(plain("<b> *x*\n@you"), "\\<b\\> \\*x\\* \\@you");
    }
}
