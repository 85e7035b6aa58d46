//! The options of the commands that watch a rollout and keep its trail.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use phasegate::Timestamp;

use crate::args::Format;

/// Watch a rollout: feed the plan's triggers with observations, and print what fires as it fires.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what would have fired?
  phasegate watch --plan plan.yaml observations.jsonl

Example: live, with a memory that outlives the process
  phasegate watch --plan plan.yaml --state watch-state.json --follow observations.jsonl

docs/watch.md says what observations are, in JSON Lines and CSV. With --follow it ends when a trigger
asks to take the version back, or when it is interrupted.

Exit codes: 0 nothing is amiss, 3 something holds or pauses at the end, 5 a trigger asked to take the
version back, 2 usage, or observations that cannot be read.")]
pub(crate) struct Watch {
    /// The plan, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// What triggers keep from one call to the next: read when it is there, and written anew.
    /// Observations that it knows already are passed over.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Go on when the end is reached, and wait for more. Then `now` is the machine's clock.
    #[arg(long, conflicts_with = "now")]
    pub(crate) follow: bool,
    /// Let time pass up to this moment at the end, RFC 3339, so that silence is noticed.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// How the observations are written; by the name's end when absent, else JSON Lines.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<StreamFormat>,
    /// Go on when at most so many lines cannot be used; each is told.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_bad_lines: u64,
    /// A person reads `text`; a program reads `json`, one line for each thing that happens.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// The observations in the order of time; `-` reads standard input.
    #[arg(value_name = "FILE|-")]
    pub(crate) observations: PathBuf,
}

/// How observations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// List the triggers of a plan in plain words.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: how often does each fire for a version that is well?
  phasegate triggers --plan plan.yaml --explain --requests-per-hour 6000 --error-rate 0.02")]
pub(crate) struct Triggers {
    /// The plan, YAML or JSON; `-` reads standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) plan: PathBuf,
    /// Say how long a version that is well can be expected to run until a trigger fires.
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) healthy: HealthyArgs,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// What a version that is well looks like.
#[derive(Debug, Args)]
pub(crate) struct HealthyArgs {
    /// Requests that the candidate answers in an hour.
    #[arg(long, value_name = "N", default_value_t = 6000.0, value_parser = amount)]
    #[arg(requires = "explain")]
    pub(crate) requests_per_hour: f64,
    /// The share of them that fail; half of the plan's `thresholds.error_rate` when absent.
    #[arg(long, value_name = "FRACTION", value_parser = fraction, requires = "explain")]
    pub(crate) error_rate: Option<f64>,
    /// The share of them that take longer than the latency limit of a trigger.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.01, value_parser = fraction)]
    #[arg(requires = "explain")]
    pub(crate) slow_share: f64,
    /// Security checks in an hour.
    #[arg(long, value_name = "N", default_value_t = 600.0, value_parser = amount)]
    #[arg(requires = "explain")]
    pub(crate) security_checks_per_hour: f64,
    /// The share of them that fail; what the plan's `thresholds.security_pass_rate` leaves when
    /// absent.
    #[arg(long, value_name = "FRACTION", value_parser = fraction, requires = "explain")]
    pub(crate) security_failure_rate: Option<f64>,
    /// The share of SLO windows that are missed.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.01, value_parser = fraction)]
    #[arg(requires = "explain")]
    pub(crate) slo_miss_rate: f64,
}

/// Keep and verify the trail of what was decided and done.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate audit verify audit.jsonl")]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) verb: AuditVerb,
}

/// What to do with a trail.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    Verify(AuditVerify),
    Append(AuditAppend),
}

/// Verify that a trail is as it was written: no line edited, cut or moved.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: with the head that is kept elsewhere, a cut at the very end is found too
  phasegate audit verify audit.jsonl --head audit.head.json

Exit codes: 0 it is (a torn last line is told, and is no fault), 1 it is not, 2 unreadable.")]
pub(crate) struct AuditVerify {
    /// The trail; `-` reads standard input.
    #[arg(value_name = "TRAIL|-")]
    pub(crate) trail: PathBuf,
    /// Up to where the trail went at least, as `audit append --head` keeps it.
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Append a decision or an event to a trail, so that a crash loses at most that line.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what was decided
  phasegate decide fixtures/scenarios/code-review --output json |
    phasegate audit append audit.jsonl -

Example: what an operator did
  echo '{\"event\": {\"time\": \"2026-03-01T10:00:00Z\", \"actor\": \"ada\", \"what\": {\"promote\": {}}}}' |
    phasegate audit append audit.jsonl -

An entry is a decision as `decide` prints it, or an object with one of `event`, `decision`,
`trigger` and `cleared`; `phasegate schema audit` has their fields. A torn last line is cut off
first; one that lacks its line feed alone is kept.

Exit codes: 0 appended, 1 the trail is broken and nothing was appended, 2 unreadable.")]
pub(crate) struct AuditAppend {
    /// The trail; made when it is not there.
    #[arg(value_name = "TRAIL")]
    pub(crate) trail: PathBuf,
    /// The entry, JSON or YAML; `-` reads standard input.
    #[arg(value_name = "ENTRY|-")]
    pub(crate) entry: PathBuf,
    /// Where the head is kept: the trail must go at least so far, and it is written anew.
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// When it is written, RFC 3339; the present when absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<Timestamp>,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

fn fraction(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "give a fraction from 0 to 1, like 0.01".to_owned())
}

fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1e12).contains(number));
    number.ok_or_else(|| "give a number from 0 to 1e12".to_owned())
}
