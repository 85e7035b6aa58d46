//! The table of checks: what was observed, what is required, and what is left between them.

use std::cmp::Ordering;

use anstyle::Style;
use phasegate::rego::explain::{Check, Explanation, Seen};
use phasegate::{Decision, Finding, Status};
use serde_json::Value;

use super::value::{pair, percent, plain};
use crate::output::{BAD, FAINT, GOOD, WAIT, paint};
use crate::text::{clean, pad_end, pad_start, shorten_start, width};

/// How wide the first column may become in 100 columns, and how wide it may always be.
const MAX_FACT: usize = 44;
const MIN_FACT: usize = 16;
const MAX_VALUE: usize = 20;
const MARK: usize = 4;
const GAP: usize = 2;

/// The rows in the order in which a person wants them.
pub(super) struct Checks {
    rows: Vec<Row>,
}

impl Checks {
    /// The checks that were made. What only computes a value, or was not reached, is no check.
    pub(super) fn of(explanation: &Explanation, decision: &Decision, rollback: &str) -> Self {
        let findings =
            decision.evidence.as_ref().map_or(&[][..], |evidence| evidence.findings.as_slice());
        let plain_refusal = decision.reasons.iter().any(|reason| reason.code == "policy_denied");
        let mut rows: Vec<Row> = explanation
            .checks
            .iter()
            .flat_map(|check| Row::of_check(check, rollback, plain_refusal))
            .chain(findings.iter().filter_map(Row::of_finding))
            .collect();
        rows.sort_by(Row::order);
        rows.dedup_by(|a, b| a.cells == b.cells);
        Self { rows }
    }

    /// How many lines the whole table would take.
    pub(super) fn line_count(&self) -> usize {
        if self.rows.is_empty() { 0 } else { self.rows.len() + 1 }
    }

    /// Whether a row that does not hold shows this fact.
    pub(super) fn shows_failed(&self, fact: &str, most_lines: usize) -> bool {
        let shown = self.shown(most_lines);
        self.rows.iter().take(shown).any(|row| row.mark == Mark::Fails && row.fact == fact)
    }

    fn shown(&self, most_lines: usize) -> usize {
        if self.line_count() <= most_lines {
            self.rows.len()
        } else {
            // The head, and a line that says how many more there are.
            most_lines.saturating_sub(2)
        }
    }

    /// The table in at most so many lines, each of at most so many columns.
    pub(super) fn lines(&self, most_lines: usize, columns: usize) -> Vec<String> {
        let shown = self.shown(most_lines);
        let rows = self.rows.get(..shown).unwrap_or_default();
        if rows.is_empty() {
            return Vec::new();
        }
        let head = ["check", "observed", "required", "margin"].map(str::to_owned);
        let widest = |column: usize| {
            let cells = rows.iter().map(|row| &row.cells).chain([&head]);
            cells.filter_map(|cells| cells.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let [observed, required, margin] = [1, 2, 3].map(widest);
        let rest = MARK + 3 * GAP + observed + required + margin;
        let fact = widest(0).min(MAX_FACT).min(columns.saturating_sub(rest).max(MIN_FACT));
        let gap = " ".repeat(GAP);
        let lay = |[first, second, third, fourth]: &[String; 4]| {
            let cells = [
                pad_end(&shorten_start(first, fact), fact),
                pad_start(second, observed),
                pad_end(third, required),
                fourth.clone(),
            ];
            cells.join(&gap).trim_end().to_owned()
        };
        let mut lines = vec![format!("    {}", paint(&lay(&head), FAINT))];
        lines
            .extend(rows.iter().map(|row| format!("  {} {}", row.mark.painted(), lay(&row.cells))));
        if shown < self.rows.len() {
            let more = self.rows.len() - shown;
            lines.push(format!("    and {more} more; `--output json --explain` has all"));
        }
        lines
    }
}

/// How a check came out, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Fails,
    Unknown,
    Holds,
}

impl Mark {
    fn painted(self) -> String {
        let (mark, style): (&str, Style) = match self {
            Self::Fails => ("x", BAD),
            Self::Unknown => ("?", WAIT),
            Self::Holds => ("+", GOOD),
        };
        paint(mark, style)
    }
}

struct Row {
    mark: Mark,
    /// Whether it takes the version back.
    urgent: bool,
    fact: String,
    /// What is left, as a share of the limit; the order within a mark.
    share: f64,
    cells: [String; 4],
}

impl Row {
    /// Without a margin (states, flags) a row is shown when nothing else says what does not hold:
    /// where the policy names no violation. A limit within its floor is never shown.
    fn of_check(check: &Check, rollback: &str, plain_refusal: bool) -> Vec<Self> {
        let Some(fact) = check.fact.as_deref() else { return Vec::new() };
        let of_rollback =
            check.rule.strip_prefix(rollback).is_some_and(|rest| rest.starts_with('.'));
        let row = |seen: &Seen| {
            let ok = seen.ok?;
            let shown = match (ok, seen.margin) {
                (true, margin) => margin.is_some() && !is_setting(fact),
                (false, margin) => margin.is_some() || plain_refusal,
            };
            if !shown {
                return None;
            }
            let [observed, limit] = pair(&seen.observed, &seen.limit, MAX_VALUE);
            let mut margin = margin(seen.required, seen.margin, seen.margin_share);
            if of_rollback {
                margin.push_str(", rollback limit");
            }
            let named = match seen.places.as_slice() {
                [] => fact.to_owned(),
                [one] => one.clone(),
                [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            };
            Some(Self {
                mark: if ok { Mark::Holds } else { Mark::Fails },
                urgent: of_rollback && !ok,
                fact: fact.to_owned(),
                share: seen.margin_share.unwrap_or(f64::MAX),
                cells: [
                    clean(&named).into_owned(),
                    observed,
                    format!("{} {limit}", seen.required),
                    margin,
                ],
            })
        };
        check.seen.iter().filter_map(row).collect()
    }

    /// A finding that names its numbers; the others are told by their reasons.
    fn of_finding(finding: &Finding) -> Option<Self> {
        let (observed, limit) = (finding.observed?, finding.limit?);
        let [observed, limit] = pair(&Value::from(observed), &Value::from(limit), MAX_VALUE);
        let share = finding.margin_left.zip(finding.limit).map(|(left, limit)| left / limit.abs());
        let share = share.filter(|share| share.is_finite());
        Some(Self {
            mark: match finding.status {
                Status::Pass => Mark::Holds,
                Status::Fail => Mark::Fails,
                Status::Inconclusive | Status::Invalid => Mark::Unknown,
            },
            urgent: false,
            fact: format!("finding {}", finding.id),
            share: share.unwrap_or(f64::MAX),
            cells: [
                clean(&format!("finding {}", finding.id)).into_owned(),
                observed,
                format!("limit {limit}"),
                margin("", finding.margin_left, share),
            ],
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.mark.cmp(&other.mark))
            .then(other.urgent.cmp(&self.urgent))
            .then(self.share.total_cmp(&other.share))
            .then_with(|| self.cells.cmp(&other.cells))
    }
}

fn margin(required: &str, margin: Option<f64>, share: Option<f64>) -> String {
    let Some(margin) = margin else { return String::new() };
    // Whether that is enough, `<=` and `<` say beside it.
    if margin == 0.0 {
        return "at the limit".to_owned();
    }
    let side = match required {
        _ if margin > 0.0 => "left",
        ">=" | ">" => "short",
        "<=" | "<" => "over",
        _ => "beyond",
    };
    match share {
        Some(share) => format!("{} {side} ({})", plain(margin.abs()), percent(share.abs())),
        None => format!("{} {side}", plain(margin.abs())),
    }
}

fn is_setting(fact: &str) -> bool {
    ["thresholds.", "version.", "options."].iter().any(|section| fact.starts_with(section))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_read_as_they_are_meant() {
        for (required, left, share, expected) in [
            ("<=", 500.0, Some(1.0 / 6.0), "500 left (16.7 %)"),
            ("<=", -500.0, Some(-1.0 / 6.0), "500 over (16.7 %)"),
            (">=", -0.5, Some(-0.5), "0.5 short (50 %)"),
            (">", 0.03, None, "0.03 left"),
            ("<=", 0.0, Some(0.0), "at the limit"),
            ("<", 0.0, Some(0.0), "at the limit"),
            (">", -0.0, None, "at the limit"),
            ("==", -1.0, None, "1 beyond"),
        ] {
            assert_eq!(margin(required, Some(left), share), expected, "{required} {left}");
        }
        assert_eq!(margin("==", None, None), "");
    }
}
