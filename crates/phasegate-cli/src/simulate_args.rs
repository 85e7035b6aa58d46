//! The command line of `phasegate simulate`.

use std::path::PathBuf;

use clap::Args;

use crate::args::{Format, PolicyArgs};

/// Try a plan out: how often and when candidates of an assumed quality are promoted, held, rejected
/// and rolled back.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: how often is a candidate promoted whose error rate is one point higher?
  phasegate simulate --plan plan.yaml --effect accuracy=0.06 --effect error_rate=0.01

docs/simulate.md says what is assumed and what the table means. The same plan, assumptions, policies
and seed give the same bytes, however many rollouts are drawn at once.

Exit codes: 0 simulated, 2 usage or unreadable input.")]
pub(crate) struct Simulate {
    /// The plan, YAML or JSON.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) plan: PathBuf,
    /// What is assumed of both versions, YAML or JSON; defaults where it says nothing.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) assume: Option<PathBuf>,
    /// How the candidate differs from the baseline: a metric's id, or `gold_set.` with a category,
    /// and candidate minus baseline (relative to it where the metric's margin is relative). May be
    /// repeated; nothing differs without it.
    #[arg(long = "effect", value_name = "METRIC=NUMBER", value_parser = effect)]
    pub(crate) effects: Vec<Effect>,
    /// Requests to the service in an hour, both versions together; 600 when nothing is said.
    #[arg(long, value_name = "N", value_parser = requests)]
    pub(crate) requests_per_hour: Option<f64>,
    /// How many rollouts are drawn.
    #[arg(long, value_name = "N", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) runs: u64,
    /// How many times thirty days of an equal candidate are drawn to count false alarms; none with
    /// 0.
    #[arg(long, value_name = "N", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=100_000))]
    pub(crate) months: u64,
    /// From which everything is drawn, up to sixteen hexadecimal digits.
    #[arg(long, value_name = "HEX", default_value = "1", value_parser = seed)]
    pub(crate) seed: u64,
    /// How many rollouts are drawn at once; 0 for as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) parallel: usize,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// A difference between the versions.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) of: String,
    pub(crate) size: f64,
}

fn effect(text: &str) -> Result<Effect, String> {
    let parsed = text.rsplit_once('=').and_then(|(of, size)| {
        let size = size.parse().ok().filter(|size: &f64| size.is_finite())?;
        (!of.is_empty()).then(|| Effect { of: of.to_owned(), size })
    });
    parsed.ok_or_else(|| "give a metric's id and a number, like `error_rate=0.01`".to_owned())
}

fn requests(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (1.0..=20_000.0).contains(number));
    number.ok_or_else(|| "give a number from 1 to 20000".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let parsed = is_hex.then(|| u64::from_str_radix(digits, 16).ok()).flatten();
    parsed.ok_or_else(|| "give one to sixteen hexadecimal digits".to_owned())
}
