//! The command line: every command, every option, and an example for each.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use phasegate::{Path, Timestamp};

use crate::commands::schema;
use crate::lab_args::{Boundaries, Impact, Mutate};
use crate::rollout_args::{Actions, Explain, Health};
use crate::simulate_args::Simulate;
use crate::test_args::Test;
use crate::watch_args::{Audit, Triggers, Watch};
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
`watch` has those of `decide`, for the worst that fired.
`test` has those of `opa test`: 0 passed, 1 usage or policies that do not load, 2 a test failed.
Other commands: 0 done, 1 found something, 2 usage or unreadable input.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Decide(Decide),
    Analyze(Analyze),
    Verify(Verify),
    Explain(Explain),
    Actions(Actions),
    Health(Health),
    Watch(Watch),
    Triggers(Triggers),
    Simulate(Simulate),
    Audit(Audit),
    Eval(Eval),
    Check(Check),
    Inputs(Inputs),
    Stats(Stats),
    Init(Init),
    Schema(Schema),
    Test(Test),
    Boundaries(Boundaries),
    Mutate(Mutate),
    Impact(Impact),
    Completions(Completions),
    Man(Man),
}

/// Decide about a version from what was observed of it, or from a policy input, and say why.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: a plan, request logs and gold-set results in one folder
  phasegate decide fixtures/scenarios/code-review

Example: the same again and again, in gray, with a memory of the looks that were taken
  phasegate decide --plan plan.yaml --observations observations.yaml --state state.json

Example: what if the error rate were 3 %?
  phasegate decide --input promotion-input.json --set metrics.error_rate=0.03

Exit codes: 0 promote, 3 hold, 4 reject, 5 rollback, 2 no decision could be made.")]
#[command(group(ArgGroup::new("what").required(true).args(["folder", "plan", "input"])))]
pub(crate) struct Decide {
    #[command(flatten)]
    pub(crate) observed: ObservedArgs,
    /// A policy input, JSON or YAML, bare or under the key `input`; `-` reads standard input.
    #[arg(short, long, value_name = "FILE|-")]
    #[arg(conflicts_with_all = ["state", "max_bad_rows"])]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Hold when a section of the checklist (shadow, gold set, incidents, ...) is absent; else that
    /// is a warning. With a plan it always is so.
    #[arg(long)]
    pub(crate) require_checklist: bool,
    /// The moment of the decision, RFC 3339; a policy that asks for the time holds without it. With
    /// observations it is their end when absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Change a fact of the input before deciding; may be given several times. The value is JSON,
    /// else text.
    #[arg(long = "set", value_name = "PATH=VALUE", requires = "input")]
    pub(crate) what_ifs: Vec<WhatIf>,
    /// With `--output json`: print `{"decision": ..., "explanation": ...}` instead of the decision
    /// alone.
    #[arg(long)]
    pub(crate) explain: bool,
    /// A person reads `text`; a program reads `json`, one canonical line.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// What was observed, and what was planned.
#[derive(Debug, Args)]
pub(crate) struct ObservedArgs {
    /// A folder with `plan.yaml` and `observations.yaml`, and the files that these name.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The plan, YAML or JSON.
    #[arg(long, value_name = "FILE|-", requires = "observations")]
    pub(crate) plan: Option<PathBuf>,
    /// The observations, YAML or JSON; the files that they name are beside them.
    #[arg(long, value_name = "FILE|-", requires = "plan")]
    pub(crate) observations: Option<PathBuf>,
    /// What is remembered from one call to the next: read when it is there, and written anew.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Go on when at most so many rows of a file cannot be used; the number is in the evidence.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_bad_rows: u64,
}

/// The policies that are asked.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// A folder, an OPA bundle (folder or .tar.gz) or a .rego file instead of the embedded policies
    /// of the runbook; `-` reads a bundle or a Rego file from standard input.
    #[arg(short, long, value_name = "DIR|BUNDLE|-")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How long the policy may take before the decision is to hold.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) deadline: Duration,
}

/// Judge what was observed, and print the evidence; no policy is asked and nothing is decided.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: what do the data prove?
  phasegate analyze fixtures/scenarios/underpowered

Exit codes: 0 judged, 2 no evidence could be had.")]
#[command(group(ArgGroup::new("what").required(true).args(["folder", "plan"])))]
pub(crate) struct Analyze {
    #[command(flatten)]
    pub(crate) observed: ObservedArgs,
    /// The moment of the analysis, RFC 3339; the end of the observations when absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// A person reads `text`; a program reads `json`, the evidence in one canonical line.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// Derive a decision again from what it rests on, and say what differs.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: is this the decision that these observations give?
  phasegate verify decision.json --plan plan.yaml --observations observations.yaml

Exit codes: 0 it is, 1 something differs, 2 it could not be derived.")]
pub(crate) struct Verify {
    /// The decision, as `decide --output json` printed it; `-` reads standard input.
    #[arg(value_name = "DECISION|-")]
    pub(crate) decision: PathBuf,
    /// The plan, YAML or JSON.
    #[arg(long, value_name = "FILE", requires = "observations")]
    pub(crate) plan: Option<PathBuf>,
    /// The observations, YAML or JSON; the files that they name are beside them.
    #[arg(long, value_name = "FILE", requires = "plan")]
    pub(crate) observations: Option<PathBuf>,
    /// The state before the decision.
    #[arg(long, value_name = "FILE", requires = "plan")]
    pub(crate) state: Option<PathBuf>,
    /// The policy input, of a decision that was made from one.
    #[arg(short, long, value_name = "FILE", conflicts_with = "plan")]
    #[arg(required_unless_present = "plan")]
    pub(crate) input: Option<PathBuf>,
    /// How many rows of a file may be unusable, as it was for the decision.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_bad_rows: u64,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// A person reads `text`; a program reads `json`.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
}

/// How policies are loaded.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// The package that is asked whether to promote, instead of `lifecycle.promotion`.
    #[arg(long, value_name = "PACKAGE", value_parser = package)]
    pub(crate) promotion_package: Option<String>,
    /// The package that may name reasons to roll back, instead of `lifecycle.rollback`.
    #[arg(long, value_name = "PACKAGE", value_parser = package)]
    pub(crate) rollback_package: Option<String>,
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
    /// reads standard input. Empty lines are passed over; a case that fails is an answer like any
    /// other, so that the exit code is 0 once all lines are answered.
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
    #[arg(value_parser = PossibleValuesParser::new(schema::all().map(|one| one.name)))]
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

#[cfg(test)]
mod tests {
    use phasegate::read::{Format, read};
    use serde_json::Value;

    use super::*;

    const WORKFLOW: &str = include_str!("../../../fixtures/github-workflow.yml");

    /// The shape is that of GitHub's reference: Workflow syntax for GitHub Actions.
    #[test]
    fn the_workflow_is_one_and_calls_the_command_as_it_is() {
        let workflow = read(WORKFLOW.as_bytes(), Format::Yaml, 1 << 20).unwrap();
        for key in ["name", "on", "permissions", "jobs"] {
            assert!(workflow.get(key).is_some(), "{key}: {workflow}");
        }
        let mut calls = Vec::new();
        for job in workflow["jobs"].as_object().unwrap().values() {
            assert!(job["runs-on"].is_string(), "{job}");
            for step in job["steps"].as_array().unwrap() {
                match (step["uses"].as_str(), step["run"].as_str()) {
                    (Some(action), None) => assert!(action.contains('@'), "{step}"),
                    (None, Some(run)) => calls.extend(run.lines().map(str::to_owned)),
                    _ => panic!("a step either uses an action or runs commands: {step}"),
                }
            }
        }
        calls.retain(|line| line.starts_with("phasegate "));
        let verbs = ["check", "test", "test", "boundaries", "mutate", "impact"];
        let called: Vec<Option<&str>> = calls.iter().map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(called, verbs.map(Some), "{calls:?}");
        for call in &calls {
            let words = call.split_whitespace().take_while(|word| *word != ">");
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{call}: {parsed:?}");
        }
        assert_ne!(workflow["on"]["pull_request"], Value::Null);
    }
}
