//! What happens while a rollout is watched, a line each.

use phasegate::Timestamp;
use phasegate::canonical;
use phasegate::finding::TriggerAction;
use phasegate::trigger::{Cleared, TriggerFinding, TriggerStatus};
use serde::Serialize;

use crate::output::{BAD, FAINT, GOOD, Problem, WAIT, paint};
use crate::text::clean;

/// The version of the lines for programs.
const SCHEMA: &str = "phasegate/watch/v1";

/// Something that happened.
pub(crate) enum Happened<'a> {
    Began(&'a TriggerFinding),
    Ended(&'a Cleared),
}

/// What a whole watch came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// How many observations were taken.
    pub(crate) taken: u64,
    /// How many were known already, and how many came after a later one of their source.
    pub(crate) duplicates: u64,
    pub(crate) late: u64,
    pub(crate) ahead: u64,
    pub(crate) too_many_sources: u64,
    /// How many are newer than all before them and have a number that was given before.
    pub(crate) renumbered: u64,
    pub(crate) other_phase: u64,
    /// How many are missing by their numbers.
    pub(crate) missed: u64,
    /// How many lines cannot be used.
    pub(crate) bad: u64,
    /// Whether there were more of them than allowed, and nothing after them was read.
    pub(crate) stopped: bool,
    /// Up to where the observations reach.
    pub(crate) clock: Option<Timestamp>,
    /// The worst that is asked for at the end.
    pub(crate) action: Option<TriggerAction>,
    /// The worst that was ever asked for.
    pub(crate) worst: Option<TriggerAction>,
}

impl Summary {
    /// How many were passed over that nobody has judged.
    pub(crate) fn unjudged(&self) -> u64 {
        self.ahead + self.too_many_sources + self.renumbered
    }
}

/// For a person.
pub(crate) fn text(happened: &Happened<'_>) -> String {
    let (time, word, id, rest) = match happened {
        Happened::Began(finding) => {
            let word = match finding.status {
                TriggerStatus::Holding => paint("HOLDS", WAIT),
                TriggerStatus::Fired if finding.action >= TriggerAction::Abort => {
                    paint("FIRED", BAD)
                }
                TriggerStatus::Fired => paint("FIRED", WAIT),
            };
            let rest = format!("{}: {finding}", finding.action.as_str());
            (finding.since, word, &finding.id, rest)
        }
        Happened::Ended(cleared) => {
            let rest = format!("since {}", cleared.since);
            (cleared.until, paint("ENDED", GOOD), &cleared.id, rest)
        }
    };
    format!("{}  {word}  {}  {}", paint(&time.to_string(), FAINT), clean(id), clean(&rest))
}

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum What<'a> {
    Fired { trigger: &'a TriggerFinding },
    Holding { trigger: &'a TriggerFinding },
    Cleared { trigger: &'a Cleared },
    End { summary: &'a Summary, triggers: &'a [TriggerFinding] },
}

/// For a program.
pub(crate) fn line(happened: &Happened<'_>) -> Result<Vec<u8>, Problem> {
    written(match happened {
        Happened::Began(trigger) => match trigger.status {
            TriggerStatus::Fired => What::Fired { trigger },
            TriggerStatus::Holding => What::Holding { trigger },
        },
        Happened::Ended(trigger) => What::Cleared { trigger },
    })
}

/// The last line for a program.
pub(crate) fn end_line(summary: &Summary, triggers: &[TriggerFinding]) -> Result<Vec<u8>, Problem> {
    written(What::End { summary, triggers })
}

fn written(what: What<'_>) -> Result<Vec<u8>, Problem> {
    canonical::to_bytes(&Line { schema: SCHEMA, what }).map_err(|error| Problem::of(&error))
}

/// The last lines for a person.
pub(crate) fn end(summary: &Summary) -> String {
    let heading = match (summary.worst, summary.action) {
        (Some(worst), _) if worst >= TriggerAction::Abort => {
            paint(&format!("ROLLBACK: {}", worst.as_str()), BAD)
        }
        _ if summary.stopped => paint("STOPPED", BAD),
        (_, Some(action)) => paint(&format!("HOLD: {}", action.as_str()), WAIT),
        _ if summary.unjudged() > 0 => paint("HOLD: not all could be judged", WAIT),
        _ => paint("QUIET", GOOD),
    };
    let until = summary.clock.map_or_else(String::new, |clock| format!(" up to {clock}"));
    let mut line = vec![format!("{heading}  {} observations{until}", summary.taken)];
    for (count, what) in [
        (summary.duplicates, "known already"),
        (summary.late, "late"),
        (summary.ahead, "ahead of the clock"),
        (summary.too_many_sources, "of too many sources"),
        (summary.renumbered, "numbered anew"),
        (summary.other_phase, "of other phases"),
        (summary.missed, "missing by their numbers"),
        (summary.bad, "lines that cannot be used"),
    ] {
        if count > 0 {
            line.push(format!("; {count} {what}"));
        }
    }
    line.concat()
}
