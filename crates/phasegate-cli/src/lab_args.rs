//! The options of the commands that test a policy change beyond its tests.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use phasegate::{Path, Timestamp};
use phasegate_lab::boundaries::Better;

use crate::args::{Format, LoadArgs};

/// Put small faults into policies, one at a time, and list those that no test notices.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate mutate policies --threshold 95

Exit codes: 0 the score reaches the threshold, 1 it does not, 2 usage, or policies or tests that fail
before anything is mutated.")]
pub(crate) struct Mutate {
    /// Folders, bundles (.tar.gz) and files: policies, their tests and case tables.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// The share of mutants, in percent, that must be noticed.
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0, value_parser = percent)]
    pub(crate) threshold: f64,
    /// How many mutants run at once; 0 for as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) parallel: usize,
    /// The time that `time.now_ns` answers to tests, RFC 3339; else the present.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// A person reads `text`; a program reads `json`; `github` annotates a pull request.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Show what the gate decides just below, at and just above each limit, and without the fact.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate boundaries policies --input promotion-input.json

A fact with `x-better` in the input schema, a `# phasegate: better lower <path>` directive or
--better is also tried for monotonicity: one that gets worse never turns a refusal into an approval.

A rule whose metadata say `custom: {at_limit: {metrics.error_rate: allowed}}`, or `refused`, is held
to that.

Exit codes: 0 nothing found, 1 a comparison never changes the answer or is documented otherwise, or
a fact is not monotone, 2 usage or unreadable policies.")]
pub(crate) struct Boundaries {
    /// Folders, bundles (.tar.gz) and files.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// The input that is probed around, `-` for standard input; then come the rows of the case
    /// tables, for comparisons that it does not reach or change.
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) input: Option<PathBuf>,
    /// The moment of the decisions, RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Which way a fact gets better; may be given several times.
    #[arg(long, value_name = "PATH=lower|higher", value_parser = better)]
    pub(crate) better: Vec<(Path, Better)>,
    /// How many random pairs of values each fact with a direction is tried with.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) pairs: usize,
    /// Where the random numbers begin.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Replay recorded decisions on old and new policies, and list those that come out differently.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate impact --old main/policies --new policies decisions.jsonl

Records are JSON Lines, JSON documents or JSON arrays, plain or in gzip: lines of
{\"decision\", \"input\", \"now\"}, events of OPA's decision log, or bare policy inputs.
docs/impact.md says what of them can be replayed, and what --allow-flips holds.

Exit codes: 0 nothing that was refused is approved without a review, 1 something is, 2 usage,
unreadable policies, or no record that can be replayed.")]
pub(crate) struct Impact {
    /// The policies before the change: a folder, an OPA bundle (folder or .tar.gz) or a .rego file.
    #[arg(long, value_name = "DIR|BUNDLE")]
    pub(crate) old: PathBuf,
    /// The policies after it.
    #[arg(long, value_name = "DIR|BUNDLE")]
    pub(crate) new: PathBuf,
    /// Files of records; `-` reads standard input.
    #[arg(value_name = "RECORDS|-", required = true)]
    pub(crate) records: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Flips that somebody has reviewed, JSON or YAML.
    #[arg(long, value_name = "FILE")]
    pub(crate) allow_flips: Option<PathBuf>,
    /// How many records are replayed at once; 0 for as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) parallel: usize,
    /// How many findings of each kind are listed at most; all are counted.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) most: usize,
    /// The time at which reviews may have expired, RFC 3339; else the present.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// A person reads `text`; a program reads `json`; `markdown` is for a pull request.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ImpactFormat::Text)]
    pub(crate) output: ImpactFormat,
}

/// Who reads an impact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImpactFormat {
    Text,
    Json,
    Markdown,
}

fn better(text: &str) -> Result<(Path, Better), String> {
    let parts = text.rsplit_once('=').and_then(|(path, direction)| {
        let better = match direction {
            "lower" => Better::Lower,
            "higher" => Better::Higher,
            _ => return None,
        };
        Some((path.parse().ok()?, better))
    });
    parts.ok_or_else(|| "write it like `metrics.error_rate=lower`".to_owned())
}

/// Who reads a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Github,
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "write it as a number from 0 to 100".to_owned())
}
