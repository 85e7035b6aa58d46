//! The command line of the commands about a rollout: `explain`, `actions`, `health`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use phasegate::Timestamp;

use crate::args::{Format, ObservedArgs};

/// Say why a decision came out as it did, and what would have to change for a promotion.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what is missing?
  phasegate explain fixtures/scenarios/underpowered/decision.json

Exit codes: 0 explained, 2 it is no decision.")]
pub(crate) struct Explain {
    /// The decision, as `decide --output json` printed it; `-` reads standard input.
    #[arg(value_name = "DECISION|-")]
    pub(crate) decision: PathBuf,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Print what is to be done, in order, as commands; nothing is executed.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what follows from a decision?
  phasegate actions decision.json --plan plan.yaml --target target.yaml

Example: an emergency (P0, P1, P2), from what is observed of both versions
  phasegate actions --emergency facts.yaml --plan plan.yaml --target target.yaml

Example: no shadow traffic, policy failures, a rollout or a re-evaluation that is stuck
  phasegate actions --troubleshoot facts.yaml --target target.yaml

docs/actions.md has the target and the facts. Exit codes: 0 printed, also when there is nothing to
do; 2 usage or unreadable input.")]
#[command(override_usage = "\
phasegate actions <DECISION|-> --plan <FILE> --target <FILE> [OPTIONS]
       phasegate actions --emergency <FILE|-> --plan <FILE> --target <FILE> [OPTIONS]
       phasegate actions --troubleshoot <FILE|-> --target <FILE> [OPTIONS]")]
#[command(group(ArgGroup::new("from").required(true).args(["decision", "emergency", "troubleshoot"])))]
pub(crate) struct Actions {
    /// The decision, as `decide --output json` printed it; `-` reads standard input.
    #[arg(value_name = "DECISION|-", requires = "plan")]
    pub(crate) decision: Option<PathBuf>,
    /// What is observed of both versions in an emergency, YAML or JSON.
    #[arg(long, value_name = "FILE|-", requires = "plan")]
    pub(crate) emergency: Option<PathBuf>,
    /// What is observed of the machinery around a rollout, YAML or JSON.
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["plan", "image", "stable"])]
    pub(crate) troubleshoot: Option<PathBuf>,
    /// What things are called where it is to be done, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) target: PathBuf,
    /// The plan: of a decision the one that it was made with, of an emergency its thresholds.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// The image that begins the rollout, with its tag or digest: for a promotion from shadow.
    #[arg(long, value_name = "IMAGE", requires = "decision")]
    pub(crate) image: Option<String>,
    /// The version has become the stable one since: it is undone, not aborted.
    #[arg(long, requires = "decision")]
    pub(crate) stable: bool,
    /// Until when an evaluation that is to be paused stays so, RFC 3339.
    #[arg(long, value_name = "TIME", requires = "decision")]
    pub(crate) paused_until: Option<Timestamp>,
    /// The moment for which they are printed, RFC 3339; the machine's clock when absent. A
    /// promotion is not acted on after it was valid.
    #[arg(long, value_name = "TIME", requires = "decision")]
    pub(crate) now: Option<Timestamp>,
    /// A person reads `text`, which a shell can read too; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Compare candidate and stable version as they are now, and say which of the two is at fault.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: is it the new version?
  phasegate health --plan plan.yaml --observations observations.yaml

Exit codes: 0 neither is at fault, 1 the stable version alone, 3 too little is known, 5 the
candidate, or both; 2 usage or unreadable input.")]
#[command(group(ArgGroup::new("what").required(true).args(["folder", "plan"])))]
pub(crate) struct Health {
    #[command(flatten)]
    pub(crate) observed: ObservedArgs,
    /// How many requests of a version there must be for a word about it.
    #[arg(long, value_name = "N", default_value_t = phasegate::health::MIN_SAMPLES)]
    pub(crate) min_samples: u64,
    /// The present moment, RFC 3339; the end of the observations when absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}
