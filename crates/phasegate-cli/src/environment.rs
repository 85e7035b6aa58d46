//! Options of `phasegate test` from the environment, as `opa test` takes them: `OPA_TEST_FORMAT` is
//! `--format` where that is not given, and so on.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::parser::ValueSource;

use crate::args::Cli;

/// The options of `opa test` (cmd/test.go, version 1).
const OPTIONS: [&str; 23] = [
    "bench",
    "benchmem",
    "bundle",
    "capabilities",
    "count",
    "coverage",
    "exit-zero-on-skipped",
    "explain",
    "fail-on-empty",
    "format",
    "ignore",
    "max-errors",
    "parallel",
    "run",
    "schema",
    "target",
    "threshold",
    "timeout",
    "v0-compatible",
    "v1-compatible",
    "var-values",
    "verbose",
    "watch",
];

/// A command line with the options that the environment adds to it.
pub(crate) struct CommandLine {
    /// All of it.
    pub(crate) args: Vec<OsString>,
    /// The variables that were taken.
    pub(crate) variables: Vec<String>,
}

/// Adds the options that are not given and that the environment names; an empty variable is none.
pub(crate) fn extended(
    args: Vec<OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> CommandLine {
    let mut line = CommandLine { args, variables: Vec::new() };
    if line.args.get(1).is_none_or(|command| command != "test") {
        return line;
    }
    let mut command = Cli::command();
    // What cannot be parsed is told by whoever parses it next.
    let Ok(matches) = command.try_get_matches_from_mut(&line.args) else { return line };
    let (Some(given), Some(test)) =
        (matches.subcommand_matches("test"), command.find_subcommand("test"))
    else {
        return line;
    };
    for option in OPTIONS {
        let arg = test.get_arguments().find(|arg| arg.get_long() == Some(option));
        let Some(arg) = arg else { continue };
        if given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        let name = format!("OPA_TEST_{}", option.to_uppercase().replace('-', "_"));
        let Some(value) = variable(&name).filter(|value| !value.is_empty()) else { continue };
        let mut word = OsString::from(format!("--{option}="));
        word.push(value);
        line.args.insert(2, word);
        line.variables.push(name);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &str, variables: &[(&str, &str)], expected: &str) {
        let args = args.split(' ').map(OsString::from).collect();
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name);
        let line = extended(args, |name| found(name).map(|(_, value)| OsString::from(value)));
        assert_eq!(line.args.join(" ".as_ref()).to_str(), Some(expected));
    }

    #[test]
    fn what_is_given_wins() {
        let json = ("OPA_TEST_FORMAT", "json");
        check("phasegate test p", &[json], "phasegate test --format=json p");
        check("phasegate test p -f pretty", &[json], "phasegate test p -f pretty");
        check("phasegate test p", &[("OPA_TEST_FORMAT", "")], "phasegate test p");
        check("phasegate check p", &[json], "phasegate check p");
        check("phasegate test", &[json], "phasegate test");
        check(
            "phasegate test -- p",
            &[("OPA_TEST_EXIT_ZERO_ON_SKIPPED", "true"), ("OPA_TEST_RUN", "a b")],
            "phasegate test --run=a b --exit-zero-on-skipped=true -- p",
        );
    }

    #[test]
    fn every_option_is_one_of_the_command() {
        let command = Cli::command();
        let test = command.find_subcommand("test").expect("a command");
        for option in OPTIONS {
            assert!(test.get_arguments().any(|arg| arg.get_long() == Some(option)), "{option}");
        }
    }
}
