//! `phasegate health`: candidate against stable version, now, and which of the two is at fault.

use phasegate::action::AtFault;
use phasegate::health::{Health as Found, VersionHealth, health};
use phasegate::plan::Thresholds;

use super::json_line;
use super::observed::Places;
use crate::args::Format;
use crate::exit::Exit;
use crate::output::{BAD, GOOD, Output, Problem, WAIT, paint};
use crate::render::value::{percent, plain};
use crate::rollout_args::Health;
use crate::text::{clean, pad_end, shorten};

pub(crate) fn run(args: &Health, output: &mut Output) -> Result<Exit, Problem> {
    if args.observed.state.is_some() {
        return Err(Problem::new("health is of the present and keeps nothing; leave --state out"));
    }
    let places = Places::of(&args.observed)?
        .ok_or_else(|| Problem::new("give a folder, or `--plan` and `--observations`"))?;
    let documents = places.read()?;
    let found = health(&documents.plan, &documents.observations, args.now, args.min_samples)
        .map_err(|error| Problem::of(&error))?;
    match args.output {
        Format::Text => output.text(&text(&found, &documents.plan.thresholds))?,
        Format::Json => output.data(&json_line(&found)?)?,
    }
    Ok(match found.at_fault {
        AtFault::Neither => Exit::Ok,
        AtFault::Stable => Exit::Found,
        AtFault::Unknown => Exit::Hold,
        AtFault::Candidate | AtFault::Both => Exit::Rollback,
    })
}

fn text(found: &Found, thresholds: &Thresholds) -> String {
    let (word, style) = match found.at_fault {
        AtFault::Neither => ("HEALTHY", GOOD),
        AtFault::Unknown => ("UNKNOWN", WAIT),
        AtFault::Candidate => ("CANDIDATE", BAD),
        AtFault::Stable => ("STABLE", BAD),
        AtFault::Both => ("BOTH", BAD),
    };
    let phase = shorten(&clean(&found.phase), 30).into_owned();
    let mut lines = vec![format!("{}  {} ({phase})", paint(word, style), found.message)];
    lines.push(String::new());
    let columns = [17, 14, 14];
    let lay = |name: &str, cells: [String; 2], last: &str| {
        let [name_columns, first, second] = columns;
        let [stable, candidate] = cells;
        format!(
            "  {}{}{}{last}",
            pad_end(name, name_columns),
            pad_end(&stable, first),
            pad_end(&candidate, second)
        )
    };
    let heads = ["stable", "candidate"].map(str::to_owned);
    lines.push(lay("", heads, "threshold").trim_end().to_owned());
    let both = [&found.stable, &found.candidate];
    lines.push(lay("requests", both.map(|one| one.requests.to_string()), "").trim_end().to_owned());
    let shown = |name: &str, value: Option<f64>, of: &VersionHealth, show: fn(f64) -> String| {
        let mark = if of.beyond.iter().any(|one| one == name) { " !" } else { "" };
        value.map_or_else(|| "not known".to_owned(), |value| format!("{}{mark}", show(value)))
    };
    let errors = both.map(|one| shown("error_rate", one.error_rate, one, percent));
    lines.push(lay("error rate", errors, &format!("<= {}", percent(thresholds.error_rate))));
    let tails = both.map(|one| {
        shown("p95_latency_ms", one.p95_latency_ms, one, |ms| format!("{} ms", plain(ms)))
    });
    lines.push(lay("p95 latency", tails, &format!("<= {} ms", plain(thresholds.p95_latency_ms))));
    if !found.proved_worse.is_empty() {
        let names = clean(&found.proved_worse.join(", ")).into_owned();
        lines.push(format!("  proved worse than the stable version: {}", shorten(&names, 58)));
    }
    lines.join("\n")
}
