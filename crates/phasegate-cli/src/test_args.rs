//! The options of `phasegate test`: those of `opa test` (version 1), so that a command line of one
//! is a command line of the other, and a few more. What cannot be honored is refused by name.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use phasegate::Timestamp;

/// Run the tests of policies as `opa test` does, and say what they cover.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is on or off")]
#[command(after_help = "\
Example:
  phasegate test policies

Example: what do the tests not cover?
  phasegate test policies --coverage --format text

Options of `opa test` that are not given are taken from the environment: OPA_TEST_FORMAT=json and so
on.

Exit codes, as those of `opa test`: 0 passed, 1 usage or policies that do not load, 2 a test failed
or was skipped, or less is covered than --threshold asks for.")]
pub(crate) struct Test {
    /// Folders, bundles (.tar.gz), and files: Rego, JSON or YAML; `-` reads a bundle or a Rego file
    /// from standard input.
    #[arg(value_name = "PATH|-", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Tell also the tests that passed, and the statement that did not hold in the others.
    #[arg(short, long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) verbose: bool,
    /// Run only the tests whose full name, such as `data.gate_test.test_limit`, matches.
    #[arg(short, long, value_name = "REGEX")]
    pub(crate) run: Option<String>,
    /// Show the statement that did not hold, with the values in it.
    #[arg(long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) var_values: bool,
    /// Report what the tests cover, as OPA's JSON; with `--format text` for a person: lines, and
    /// the rules, comparisons and inputs that were not seen both ways.
    #[arg(short, long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) coverage: bool,
    /// Exit 2 when fewer lines, in percent, are covered.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    #[arg(hide_default_value = true)]
    pub(crate) threshold: f64,
    /// How results are told. `pretty` and `json` are those of OPA.
    #[arg(short, long, visible_alias = "output", value_name = "FORMAT", value_enum)]
    #[arg(default_value_t = TestFormat::Pretty)]
    pub(crate) format: TestFormat,
    /// Skipped tests (`todo_test_...`) do not make the exit code 2.
    #[arg(short = 'z', long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) exit_zero_on_skipped: bool,
    /// Exit 1 when no test was run.
    #[arg(long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) fail_on_empty: bool,
    /// How long one test may take, like `500ms` or `1m30s`; 0 is 5s.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = go_duration)]
    #[arg(hide_default_value = true)]
    pub(crate) timeout: Duration,
    /// Run everything so often, until something fails.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) count: u32,
    /// How many tests run at once; 0 for as many as there are processors.
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub(crate) parallel: usize,
    /// Leave out files and folders of these names, such as `.*` or `*.yaml`; may be given several
    /// times.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Load each path as a bundle: only `data.json` and `data.yaml` are data.
    #[arg(short, long)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = ArgAction::Set, default_value = "false", value_parser = BoolishValueParser::new())]
    #[arg(hide_possible_values = true, value_name = "BOOL", hide_default_value = true)]
    pub(crate) bundle: bool,
    /// How many faults of policies are told at most; 0 for all.
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    pub(crate) max_errors: usize,
    /// `fails` shows the statements that did not hold; the others need a trace, which the engine
    /// does not keep.
    #[arg(long, value_name = "MODE", value_enum)]
    pub(crate) explain: Option<Explain>,
    /// A failing builtin is an error, as at the gate; else its expression is undefined, as in OPA.
    #[arg(long)]
    pub(crate) strict_builtin_errors: bool,
    /// The time that `time.now_ns` answers, RFC 3339; else the present.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) refused: Refused,
}

/// Options of `opa test` that are understood and, but for their defaults, refused.
#[derive(Debug, Args)]
pub(crate) struct Refused {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) bench: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) benchmem: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) capabilities: Option<String>,
    #[arg(short, long, hide = true)]
    pub(crate) schema: Option<String>,
    #[arg(short, long, hide = true)]
    pub(crate) target: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) v0_compatible: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) v1_compatible: Option<String>,
    #[arg(short, long, hide = true, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) watch: Option<String>,
}

impl Test {
    /// Why an option cannot be honored, and what to do; `None` when all can.
    pub(crate) fn refusal(&self) -> Option<String> {
        let refused = &self.refused;
        let on = |value: &Option<String>| {
            value.as_deref().is_some_and(|value| !matches!(value, "false" | "f" | "F" | "0"))
        };
        let cases = [
            (
                on(&refused.bench) || self.format == TestFormat::Gobench,
                "`--bench` and `gobench` are not offered; measure with `opa bench`",
            ),
            (
                refused.capabilities.is_some(),
                "`--capabilities` is not offered: the builtins are those of the engine; leave it out",
            ),
            (
                refused.schema.is_some(),
                "`--schema` is not offered here; `phasegate check` reads the `*.schema.json` beside a module",
            ),
            (
                refused.target.as_deref().is_some_and(|target| target != "rego"),
                "`--target` can only be `rego`; leave it out",
            ),
            (
                on(&refused.v0_compatible),
                "`--v0-compatible` is not offered: policies are read as Rego v1; rewrite them with `opa fmt --rego-v1`",
            ),
            (
                on(&refused.watch),
                "`--watch` is not offered; let a watcher of files call this command",
            ),
            (
                self.explain.is_some_and(|mode| mode != Explain::Fails),
                "`--explain` can only be `fails`: the engine keeps no trace; `--var-values` shows the values",
            ),
        ];
        cases.into_iter().find(|(is_given, _)| *is_given).map(|(_, why)| why.to_owned())
    }
}

/// How results are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Pretty,
    /// As `pretty`; with `--coverage` the view for a person.
    Text,
    Json,
    Junit,
    Github,
    #[value(hide = true)]
    Gobench,
}

/// OPA's modes of explaining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Explain {
    Fails,
    #[value(hide = true)]
    Full,
    #[value(hide = true)]
    Notes,
    #[value(hide = true)]
    Debug,
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "code coverage threshold must be between 0 and 100".to_owned())
}

/// A duration as Go writes it: numbers with units, at most a day.
fn go_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("\u{b5}s", 1e-6),
        ("\u{3bc}s", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    const DAY: f64 = 86_400.0;
    let fault = || "write it like `500ms`, `5s` or `1m30s`; at most a day".to_owned();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, more) = rest.split_at(rest.find(|c| !is_number(c)).ok_or_else(fault)?);
        let (unit, more) = more.split_at(more.find(is_number).unwrap_or(more.len()));
        let unit = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(fault)?.1;
        seconds += number.parse::<f64>().map_err(|_| fault())? * unit;
        rest = more;
    }
    if text.is_empty() || seconds > DAY {
        Err(fault())
    } else {
        Ok(Duration::from_secs_f64(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_in_go() {
        for (text, want) in [
            ("0", Some(Duration::ZERO)),
            ("5s", Some(Duration::from_secs(5))),
            ("1m35s", Some(Duration::from_secs(95))),
            ("1.5h", Some(Duration::from_mins(90))),
            ("250ms", Some(Duration::from_millis(250))),
            ("5", None),
            ("", None),
            ("s", None),
            ("-5s", None),
            ("5 s", None),
            ("25h", None),
        ] {
            assert_eq!(go_duration(text).ok(), want, "{text}");
        }
    }
}
