//! A simulation as a person reads it.

use phasegate::simulate::{Ending, Report, Share, Spread};

use super::value::{percent, plain};
use crate::output::{BAD, GOOD, WAIT, paint};
use crate::text::{clean, pad_end, pad_start, shorten};

/// How wide names are at most.
const NAME: usize = 34;

pub(crate) fn text(report: &Report) -> String {
    let mut lines = vec![format!("{} rollouts, seed {}", report.runs, report.seed)];
    lines.extend(assumed(report));
    lines.push(String::new());
    lines.push(row(
        "",
        ["share", "95 % interval", "hours", "candidate requests"].map(str::to_owned),
    ));
    for ends in &report.outcomes {
        let (word, style) = match ends.ending {
            Ending::Promoted => ("promoted", GOOD),
            Ending::Held => ("held", WAIT),
            Ending::Rejected => ("rejected", BAD),
            Ending::RolledBack => ("rolled back", BAD),
        };
        let cells = [
            percent(ends.share.share),
            interval(&ends.share),
            spread(ends.hours),
            spread(ends.candidate_requests),
        ];
        let line = row(word, cells);
        lines.push(match line.split_at_checked(FIRST) {
            Some((word, cells)) => format!("{}{cells}", paint(word, style)),
            None => line,
        });
    }
    lines.push(String::new());
    lines.push(phase_row("phase", ["entered", "left", "held", "rejected", "rolled back"]));
    for phase in &report.phases {
        let counts = [phase.entered, phase.left, phase.held, phase.rejected, phase.rolled_back];
        let counts = counts.map(|count| count.to_string());
        lines.push(phase_row(&phase.id, counts.each_ref().map(String::as_str)));
    }
    if !report.reasons.is_empty() {
        lines.push(String::new());
        lines.push("why not promoted".to_owned());
        let reasons = report.reasons.iter();
        lines.extend(reasons.map(|told| {
            format!("{}  {}", pad_start(&told.count.to_string(), 7), name(&told.reason, 88))
        }));
    }
    lines.push(String::new());
    lines.extend(alarms(report));
    lines.join("\n")
}

/// How wide the first column is.
const FIRST: usize = 13;

fn row(word: &str, [share, interval, hours, requests]: [String; 4]) -> String {
    let line = format!(
        "{}{}  {}  {}  {requests}",
        pad_end(word, FIRST),
        pad_start(&share, 8),
        pad_end(&interval, 18),
        pad_end(&hours, 18),
    );
    line.trim_end().to_owned()
}

fn phase_row(id: &str, cells: [&str; 5]) -> String {
    let cells = cells.map(|cell| pad_start(cell, 12));
    format!("{}{}", pad_end(&name(id, 20), 20), cells.concat())
}

fn alarms(report: &Report) -> Vec<String> {
    let alarms = &report.false_alarms;
    let Some(any) = alarms.any else {
        return vec!["false alarms were not counted".to_owned()];
    };
    let mut lines = vec![format!(
        "false alarms in 30 days of gray, from {} times 30 days of an equal candidate",
        alarms.months
    )];
    let told = |id: &str, per_30_days: Option<f64>, share: &Share| {
        let mean =
            per_30_days.map_or_else(String::new, |mean| format!(", {} on average", plain(mean)));
        format!(
            "  {}  any in {} ({}){mean}",
            pad_end(&name(id, NAME), NAME),
            percent(share.share),
            interval(share)
        )
    };
    lines.push(told("all of them", None, &any));
    let found = alarms.alarms.iter().filter(|alarm| alarm.months.count > 0);
    lines.extend(found.map(|alarm| told(&alarm.id, Some(alarm.per_30_days), &alarm.months)));
    lines
}

/// The traffic, and in what the versions differ.
fn assumed(report: &Report) -> Vec<String> {
    let assumed = &report.assumptions;
    let metrics = assumed.metrics.iter().map(|(id, one)| (id.clone(), one.effect));
    let cases = assumed.gold.iter().map(|(name, one)| (format!("gold_set.{name}"), one.effect));
    let differing: Vec<String> = metrics
        .chain(cases)
        .filter_map(|(id, effect)| {
            let effect = effect.filter(|effect| *effect != 0.0)?;
            let sign = if effect > 0.0 { "+" } else { "" };
            Some(format!("{} {sign}{}", name(&id, NAME), plain(effect)))
        })
        .collect();
    let differs = if differing.is_empty() {
        "the candidate is as good as the baseline".to_owned()
    } else {
        format!("the candidate differs by {}", differing.join(", "))
    };
    let traffic = plain(assumed.requests_per_hour);
    let every = plain(assumed.decide_every_hours);
    vec![format!("{traffic} requests an hour, decided every {every} hours"), differs]
}

fn interval(share: &Share) -> String {
    format!("{} to {}", percent(share.lower), percent(share.upper))
}

/// The median, and where four fifths are.
fn spread(spread: Option<Spread>) -> String {
    spread.map_or_else(
        || "-".to_owned(),
        |one| format!("{} ({} to {})", plain(one.median), plain(one.p10), plain(one.p90)),
    )
}

fn name(text: &str, columns: usize) -> String {
    shorten(&clean(text), columns).into_owned()
}
