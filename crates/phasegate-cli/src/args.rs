//! The command line: every command, every option, and an example for each.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use phasegate::{Path, Timestamp};

use crate::lab_args::{Boundaries, Mutate};
use crate::test_args::Test;
use crate::what_if::WhatIf;

/// Decide whether a new version of a model-backed service may be promoted, must wait, or must be
/// rolled back, and prove why.
#[derive(Debug, Parser)]
#[command(name = "phasegate", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Example:
  phasegate decide --input promotion-input.json

Exit codes of `decide`: 0 promote, 3 hold, 4 reject, 5 rollback, 2 no decision could be made.
`test` has those of `opa test`: 0 passed, 1 usage or policies that do not load, 2 a test failed.
Other commands: 0 done, 1 found something, 2 usage or unreadable input.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Decide(Decide),
    Eval(Eval),
    Check(Check),
    Inputs(Inputs),
    Stats(Stats),
    Init(Init),
    Schema(Schema),
    Test(Test),
    Boundaries(Boundaries),
    Mutate(Mutate),
    Completions(Completions),
    Man(Man),
}

/// Decide about one policy input and say why.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what if the error rate were 3 %?
  phasegate decide --input promotion-input.json --set metrics.error_rate=0.03

Example: only go on when it may be promoted
  phasegate decide --input promotion-input.json --require-checklist && ./promote.sh

Exit codes: 0 promote, 3 hold, 4 reject, 5 rollback, 2 no decision could be made.")]
pub(crate) struct Decide {
    /// The policy input, JSON or YAML, bare or under the key `input`; `-` reads standard input.
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) input: PathBuf,
    /// A folder, an OPA bundle (folder or .tar.gz) or a .rego file instead of the embedded policies
    /// of the runbook; `-` reads a bundle or a Rego file from standard input.
    #[arg(short, long, value_name = "DIR|BUNDLE|-")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Hold when a section of the checklist (shadow, gold set, incidents, ...) is absent; else that
    /// is a warning.
    #[arg(long)]
    pub(crate) require_checklist: bool,
    /// The moment of the decision, RFC 3339; a policy that asks for the time holds without it.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Change a fact before deciding; may be given several times. The value is JSON, else text.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) what_ifs: Vec<WhatIf>,
    /// How long the policy may take before the decision is to hold.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) deadline: Duration,
    /// With `--output json`: print `{"decision": ..., "explanation": ...}` instead of the decision
    /// alone.
    #[arg(long)]
    pub(crate) explain: bool,
    /// A person reads `text`; a program reads `json`, one canonical line.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// How policies are loaded.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// The package that is asked whether to promote.
    #[arg(long, value_name = "PACKAGE", default_value = "lifecycle.promotion", value_parser = package)]
    pub(crate) promotion_package: String,
    /// The package that may name reasons to roll back.
    #[arg(long, value_name = "PACKAGE", default_value = "lifecycle.rollback", value_parser = package)]
    pub(crate) rollback_package: String,
    /// How deep rules may call each other, at most 256.
    #[arg(long, value_name = "N", default_value_t = 32)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) max_depth: u32,
}

/// Evaluate a Rego query as OPA does; nothing guards the input and nothing is decided.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what does the promotion package say?
  phasegate eval data.lifecycle.promotion --input bare-input.json --data policies

Example: many small cases through one process, JSON Lines in, JSON Lines out
  echo '{\"id\": 1, \"modules\": [\"package test\\n\\np := 1\"], \"query\": \"data.test.p = x\"}' |
    phasegate eval --batch -

Exit codes: 0 answered, 1 what --fail or --fail-defined asks for, 2 no answer.")]
pub(crate) struct Eval {
    /// The query.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) query: Option<String>,
    /// The input document, JSON or YAML; `-` reads standard input.
    #[arg(short, long, value_name = "FILE|-", conflicts_with = "batch")]
    pub(crate) input: Option<PathBuf>,
    /// Policies and data: a folder, a bundle, a .rego file, or a JSON or YAML file of data; `-`
    /// reads a bundle or a Rego file from standard input. May be given several times.
    #[arg(short, long, value_name = "PATH|-", conflicts_with = "batch")]
    pub(crate) data: Vec<PathBuf>,
    /// A failing builtin is an error instead of undefined.
    #[arg(long, conflicts_with = "batch")]
    pub(crate) strict_builtin_errors: bool,
    /// Exit 1 when the query is undefined.
    #[arg(long, conflicts_with_all = ["batch", "fail_defined"])]
    pub(crate) fail: bool,
    /// Exit 1 when the query is defined.
    #[arg(long, conflicts_with = "batch")]
    pub(crate) fail_defined: bool,
    /// The time that `time.now_ns` answers, RFC 3339; else the present.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// How long one query may take.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) deadline: Duration,
    /// Evaluate JSON Lines of {"id", "modules": [text...], "data", "input", "query", "strict"} to
    /// JSON Lines of {"id", "result": [bindings...]} or {"id", "error": {"code", "message"}}; `-`
    /// reads standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) batch: Option<PathBuf>,
    /// `json` is OPA's shape; `text` prints the values alone, one after the other.
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = Format::Json,
        conflicts_with = "batch"
    )]
    pub(crate) output: Format,
}

/// Check a policy set as the gate loads it, and lint it: syntax, references, recursion, facts that
/// cannot be guarded, and what loads and is worth a look.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate check policies

A line is left alone with `# phasegate: ignore <code> <reason>`; docs/lints.md explains each code.

Exit codes: 0 no errors, 1 errors (with --deny-warnings warnings, too), 2 usage or unreadable
policies.")]
pub(crate) struct Check {
    /// A folder, an OPA bundle (folder or .tar.gz) or a .rego file; `-` reads a bundle or a Rego
    /// file from standard input.
    #[arg(value_name = "DIR|BUNDLE|-")]
    pub(crate) policies: PathBuf,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Exit 1 when there are warnings.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// List the facts that a policy set needs, with their types and the rules that need them.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate inputs policies")]
pub(crate) struct Inputs {
    /// A folder, an OPA bundle or a .rego file, `-` for standard input; the embedded policies of
    /// the runbook when absent.
    #[arg(value_name = "DIR|BUNDLE|-")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Run statistical methods: JSON Lines in, JSON Lines out.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what can be asked, and how?
  phasegate stats --list two_sample

Example: the example of a method, answered
  phasegate stats --list mcnemar_exact | grep '{\"method\"' | phasegate stats -

A line is {\"id\", \"method\", \"inputs\"} and is answered by one line, in order: {\"id\", \"outcome\"}, or
{\"id\", \"line\", \"error\": {\"code\", \"message\", \"faults\": [{\"path\", \"message\"}]}}. What a method does
not define is absent from an outcome; what is infinite, such as an open end of an interval, is null.
A line has at most 32 MiB, an array at most 1000000 items; keys given twice, numbers that are not
finite or beyond 2^53-1, and unknown keys are refused.

Exit codes: 0 every line was answered, 1 a line was refused, 2 usage or unreadable input.")]
pub(crate) struct Stats {
    /// Lines of {"id", "method", "inputs"}; `-` reads standard input.
    #[arg(value_name = "FILE|-", required_unless_present = "list", conflicts_with = "list")]
    pub(crate) questions: Option<PathBuf>,
    /// List every method with its inputs and an example line that runs; or those of a family, or
    /// one method.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub(crate) list: Option<String>,
    /// With `--list`: a person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    #[arg(conflicts_with = "questions")]
    pub(crate) output: Format,
}

/// Write the runbook's plan, with comments, to start from.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate init plan.yaml")]
pub(crate) struct Init {
    /// The file to write; `-` prints the plan.
    #[arg(default_value = "plan.yaml", value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// Write over a file that exists.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Print the JSON Schema of a document.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: let an editor check the plan while it is written
  phasegate schema plan > plan.schema.json")]
pub(crate) struct Schema {
    /// The document.
    #[arg(value_parser = phasegate::schemas::ALL.map(|schema| schema.name))]
    pub(crate) document: String,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate completions bash > /etc/bash_completion.d/phasegate")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// Write the manual pages into a folder, or print the main one.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  phasegate man /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// An existing folder; without it the main page is printed.
    pub(crate) folder: Option<PathBuf>,
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// A package, with or without the `data.` before it.
fn package(text: &str) -> Result<String, String> {
    let package = text.strip_prefix("data.").unwrap_or(text);
    let path: Result<Path, _> = package.parse();
    match path {
        Ok(path) if path.to_string() == package && !package.contains('[') => Ok(package.to_owned()),
        _ => Err("write it like `lifecycle.promotion`".to_owned()),
    }
}

/// A duration above zero, up to an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds <= 3600.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| {
        "write it as seconds, like `0.5` or `10`; above 0 and at most 3600".to_owned()
    })
}
