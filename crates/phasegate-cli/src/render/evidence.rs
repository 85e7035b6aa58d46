//! A decision from observations as a person reads it: every finding with what was seen and what is
//! asked, at most 40 lines of 100 columns.

use std::collections::BTreeMap;

use phasegate::finding::{Scale, Statistics};
use phasegate::{Decision, Evidence, Finding, Outcome, ReasonSource, Status};

use super::decision::{
    COLUMNS, LINES, MAX_WARNING_LINES, MORE, basis, entry, fit, headline, notes, reasons,
};
use super::value::{percent, plain};
use crate::output::{BAD, FAINT, GOOD, WAIT, paint};
use crate::text::{clean, pad_end, shorten, width, wrap};

/// How wide the columns of the table may become.
const MAX_ID: usize = 24;
const MAX_SEEN: usize = 34;
const MAX_ASKED: usize = 16;

/// The whole text.
pub(crate) fn text(decision: &Decision, evidence: &Evidence) -> String {
    let decision = &without_echoes(decision);
    let head = vec![headline(decision, &subject(evidence))];
    let mut tail = further(decision, evidence);
    tail.extend(basis(decision));
    let warnings = notes(decision.warnings.iter().map(|warning| {
        entry(&paint("!", WAIT), &warning.code, warning.path.as_deref(), &warning.message)
    }));
    let warnings = fit(&warnings, MAX_WARNING_LINES, MORE);
    let cases = cases(evidence);
    // One more for the blank line before each part.
    let fixed = head.len() + tail.len() + warnings.len() + cases.len() + 4;
    let left = LINES.saturating_sub(fixed);
    let table = table(&evidence.findings);
    let for_reasons = left.saturating_sub(table.len().min(left / 2));
    let mut told = unusable(decision, evidence);
    told.extend(reasons(decision, |_| false));
    let reasons = fit(&told, for_reasons, MORE);
    let table = fit_rows(table, left - reasons.len());
    let parts = [head, reasons, table, cases, warnings, tail];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join("\n"));
    parts.collect::<Vec<_>>().join("\n\n")
}

/// Why facts are missing: what makes findings unusable comes before what the policy misses.
fn unusable(decision: &Decision, evidence: &Evidence) -> Vec<Vec<String>> {
    if !decision.reasons.iter().any(|reason| reason.source == ReasonSource::Block) {
        return Vec::new();
    }
    let mut causes: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let invalid = |finding: &&Finding| finding.required && finding.status == Status::Invalid;
    for finding in evidence.findings.iter().filter(invalid) {
        causes.entry(&finding.reason).or_default().push(finding);
    }
    let told = causes.into_iter().map(|(reason, findings)| {
        let names: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        let message = findings.first().map_or("", |finding| finding.message.as_str());
        entry(&paint("?", WAIT), reason, None, &format!("{}: {message}", names.join(", ")))
    });
    told.collect()
}

/// The policy repeats what the findings say: said once is enough.
pub(super) fn without_echoes(decision: &Decision) -> Decision {
    let echoes = |path: &Option<String>| path.as_deref() == Some("evidence.findings");
    let mut decision = decision.clone();
    let findings = decision.reasons.iter().any(|reason| reason.source == ReasonSource::Finding);
    if findings {
        decision.reasons.retain(|reason| !echoes(&reason.path));
        decision.violations.retain(|violation| !echoes(&violation.path));
    }
    decision
}

/// The findings alone, for `analyze`.
pub(crate) fn findings(evidence: &Evidence) -> String {
    let count = |status: Status| {
        evidence.findings.iter().filter(|finding| finding.status == status).count()
    };
    let head = format!(
        "{}: {} pass, {} fail, {} inconclusive, {} invalid",
        subject(evidence),
        count(Status::Pass),
        count(Status::Fail),
        count(Status::Inconclusive),
        count(Status::Invalid),
    );
    let open = evidence.findings.iter().filter(|finding| finding.status != Status::Pass);
    let open = notes(open.map(|finding| {
        entry(&mark(finding), &finding.reason, Some(&finding.id), &finding.message)
    }));
    let parts = [vec![head], open.concat(), table(&evidence.findings), cases(evidence)];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join("\n"));
    parts.collect::<Vec<_>>().join("\n\n")
}

/// The version and where it is.
pub(super) fn subject(evidence: &Evidence) -> String {
    let id = evidence.candidate.as_ref().map_or("the version", |pin| pin.id.as_str());
    let id = shorten(&clean(id), 28).into_owned();
    match &evidence.phase {
        Some(phase) => format!("{id} ({})", shorten(&clean(phase), 16)),
        None => id,
    }
}

/// The table: a head and a line per finding, in the order of the evidence.
pub(super) fn table(findings: &[Finding]) -> Vec<String> {
    if findings.is_empty() {
        return Vec::new();
    }
    // What is in order and has no numbers takes one line.
    let (plain, told): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| {
        finding.status == Status::Pass && finding.required && finding.observed.is_none()
    });
    let rows: Vec<([String; 4], String)> =
        told.iter().map(|finding| (cells(finding), mark(finding))).collect();
    let head = ["finding", "seen", "asked", "so"].map(str::to_owned);
    let most = [MAX_ID, MAX_SEEN, MAX_ASKED];
    let widths: Vec<usize> = most
        .iter()
        .enumerate()
        .map(|(column, most)| {
            let cells = rows.iter().map(|(cells, _)| cells).chain([&head]);
            let widest = cells.filter_map(|cells| cells.get(column)).map(|cell| width(cell)).max();
            widest.unwrap_or(0).min(*most)
        })
        .collect();
    let lay = |cells: &[String; 4]| {
        let mut line = String::new();
        for (cell, &columns) in cells.iter().zip(&widths) {
            line.push_str(&pad_end(&shorten(cell, columns), columns));
            line.push_str("  ");
        }
        let [.., last] = cells;
        line.push_str(last);
        shorten(line.trim_end(), COLUMNS - 4).into_owned()
    };
    let mut lines = vec![format!("    {}", paint(&lay(&head), FAINT))];
    lines.extend(rows.iter().map(|(cells, mark)| format!("  {mark} {}", lay(cells))));
    if !plain.is_empty() {
        let names: Vec<&str> = plain.iter().map(|finding| finding.id.as_str()).collect();
        let names = format!("in order: {}", names.join(", "));
        lines.push(format!("  {} {}", paint("+", GOOD), shorten(&clean(&names), COLUMNS - 4)));
    }
    lines
}

/// The table in at most so many lines.
pub(super) fn fit_rows(mut table: Vec<String>, most_lines: usize) -> Vec<String> {
    if table.len() > most_lines {
        let more = table.len() - most_lines.saturating_sub(1);
        table.truncate(most_lines.saturating_sub(1));
        table.push(format!("    and {more} more; {MORE}"));
    }
    table
}

fn mark(finding: &Finding) -> String {
    match finding.status {
        // What no decision needs is told and not stressed.
        _ if !finding.required => paint(".", FAINT),
        Status::Pass => paint("+", GOOD),
        Status::Fail => paint("x", BAD),
        Status::Inconclusive | Status::Invalid => paint("?", WAIT),
    }
}

fn cells(finding: &Finding) -> [String; 4] {
    let scale = finding.statistics.as_ref().map_or(Scale::Absolute, |found| found.scale);
    let seen = match &finding.statistics {
        Some(found) => interval(found),
        None => finding.observed.map(plain).unwrap_or_default(),
    };
    let asked = finding.limit.map(|limit| number(limit, scale)).unwrap_or_default();
    let asked = match (asked.is_empty(), sense(finding)) {
        (false, Some(sense)) => format!("{sense} {asked}"),
        _ => asked,
    };
    let so = match finding.status {
        Status::Pass => "proved".to_owned(),
        Status::Fail => format!("refuted: {}", finding.reason),
        Status::Inconclusive => format!("open: {}", finding.reason),
        Status::Invalid => format!("unusable: {}", finding.reason),
    };
    let so = if finding.required { so } else { format!("{so} (not required here)") };
    [clean(&finding.id).into_owned(), seen, asked, so]
}

/// On which side of the limit is good, as far as the numbers say.
fn sense(finding: &Finding) -> Option<&'static str> {
    let (limit, left) = (finding.limit?, finding.margin_left?);
    // Of a comparison a bound counts, else what was seen.
    let (low, high) = match &finding.statistics {
        Some(found) => (found.lower, found.upper),
        None => (finding.observed, finding.observed),
    };
    let near = |gap: f64| (gap - left).abs() <= 1e-9 * left.abs().max(limit.abs());
    let above = low.is_some_and(|low| near(low - limit));
    let below = high.is_some_and(|high| near(limit - high));
    match (above, below) {
        (true, false) => Some(">="),
        (false, true) => Some("<="),
        _ => None,
    }
}

/// The effect and what confidence leaves of it.
fn interval(found: &Statistics) -> String {
    let end = |end: Option<f64>, infinite: &str| {
        end.map_or_else(|| infinite.to_owned(), |end| number(end, found.scale))
    };
    let effect = found.effect.map(|effect| number(effect, found.scale)).unwrap_or_default();
    if found.lower.is_none() && found.upper.is_none() {
        return effect;
    }
    format!("{effect} [{}, {}]", end(found.lower, "-inf"), end(found.upper, "inf"))
        .trim_start()
        .to_owned()
}

fn number(number: f64, scale: Scale) -> String {
    match scale {
        Scale::Absolute => {
            let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
            plain(rounded)
        }
        Scale::Relative if number > 0.0 => format!("+{}", percent(number)),
        Scale::Relative => percent(number),
    }
}

/// Which cases of the gold set fail now and did not before.
fn cases(evidence: &Evidence) -> Vec<String> {
    let told = evidence.gold.iter().filter(|(_, changes)| changes.newly_failing > 0);
    let line = |(category, changes): (&String, &phasegate::evidence::GoldChanges)| {
        let name = if category.is_empty() { "no category" } else { category };
        let line = format!(
            "  newly failing in {name}: {} ({})",
            changes.newly_failing,
            changes.failing_cases.join(", ")
        );
        shorten(&clean(&line), COLUMNS).into_owned()
    };
    told.map(line).take(4).collect()
}

/// What more data would do.
fn further(decision: &Decision, evidence: &Evidence) -> Vec<String> {
    if decision.outcome != Outcome::Hold {
        return Vec::new();
    }
    let open = evidence
        .findings
        .iter()
        .filter(|finding| finding.required && finding.status == Status::Inconclusive);
    let wants: Vec<String> = open
        .filter_map(|finding| {
            let found = finding.statistics.as_ref()?;
            Some(format!("{}: about {} more observations", finding.id, found.further_n?))
        })
        .collect();
    if wants.is_empty() {
        return Vec::new();
    }
    let line = format!("what would prove it, with a power of 80 %: {}", wants.join("; "));
    wrap(&clean(&line), COLUMNS, 2)
}
