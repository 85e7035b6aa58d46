//! Why a decision came out as it did: what decided, every finding with its bounds, and what would
//! have to change; at most 40 lines of 100 columns.

use phasegate::Decision;
use phasegate::needs::{Need, NeedKind};

use super::decision::{
    LINES, MAX_WARNING_LINES, MORE, basis, entry, fit, headline, notes, reasons,
};
use super::evidence;
use super::value::plain;
use crate::output::{FAINT, paint};

/// The whole text.
pub(crate) fn text(decision: &Decision, needs: &[Need]) -> String {
    let told = evidence::without_echoes(decision);
    let found = decision.evidence.as_ref();
    let subject = found.map_or_else(|| "the version".to_owned(), evidence::subject);
    let head = vec![headline(&told, &subject)];
    let warnings = notes(
        told.warnings
            .iter()
            .map(|warning| entry("!", &warning.code, warning.path.as_deref(), &warning.message)),
    );
    let warnings = fit(&warnings, MAX_WARNING_LINES, MORE);
    let mut tail = basis(decision);
    if let Some(until) = decision.valid_until {
        tail.push(paint(&format!("valid until {until}"), FAINT));
    }
    // One for the blank line before each part, and one for the heading of the needs.
    let left = LINES.saturating_sub(head.len() + warnings.len() + tail.len() + 6);
    let table = found.map(|found| evidence::table(&found.findings)).unwrap_or_default();
    let needs = of_needs(needs);
    let for_reasons = left / 4;
    let reasons = fit(&reasons(&told, |_| false), for_reasons, MORE);
    let for_needs = (left / 2).max(left.saturating_sub(reasons.len() + table.len()));
    let needs = fit(&needs, for_needs.min(left - reasons.len()), MORE);
    let table = evidence::fit_rows(table, left - reasons.len() - needs.len());
    let needs = if needs.is_empty() {
        Vec::new()
    } else {
        [vec!["for a promotion:".to_owned()], needs].concat()
    };
    let parts = [head, reasons, table, needs, warnings, tail];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join("\n"));
    parts.collect::<Vec<_>>().join("\n\n")
}

fn of_needs(needs: &[Need]) -> Vec<Vec<String>> {
    notes(needs.iter().map(|need| {
        let gap = need.gap.filter(|_| need.kind == NeedKind::Better);
        let message = match gap {
            Some(gap) => format!("{}; {} beyond its limit", need.message, plain(gap)),
            None => need.message.clone(),
        };
        entry("-", &need.of, None, &message)
    }))
}
