//! Every development command of phasegate, in one menu: `cargo xtask`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a development command talks to the person who called it"
)]

mod bench_full;
mod bench_stats;
mod ci;
mod opa;
mod run;
mod scenarios;
mod test;
mod tidy;

use std::process::ExitCode;

use run::{Failed, Runner};

/// One line of the menu.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&Runner) -> Result<(), Failed>,
}

const MENU: &[Command] = &[
    Command { name: "test", about: "everything a contributor must see green", run: test::run },
    Command {
        name: "ci",
        about: "all that a change must pass: format, tidy, lints, docs, test, benches once",
        run: ci::run,
    },
    Command {
        name: "bench-full",
        about: "every benchmark for real, with rivals and long runs; takes long",
        run: bench_full::run,
    },
    Command {
        name: "bench-stats",
        about: "the benchmarks of statistics beside scipy, one table; makes its own environment",
        run: bench_stats::run,
    },
    Command {
        name: "opa",
        about: "where `opa` is on the PATH: both test commands on the same small projects",
        run: opa::run,
    },
    Command {
        name: "scenarios",
        about: "writes the scenarios under fixtures/ anew from their seeds",
        run: scenarios::run,
    },
    Command {
        name: "tidy",
        about: "names, dependency arrows, licenses, purity, links, leftovers; needs no build",
        run: tidy::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = match (arguments.next(), arguments.next()) {
        (None, _) => None,
        (Some(name), None) => Some(name),
        (Some(_), Some(more)) => {
            eprintln!("`{more}` is one argument too many; a command stands alone\n\n{}", menu());
            return ExitCode::from(2);
        }
    };
    let command = match name.as_deref() {
        None | Some("help" | "--help" | "-h") => {
            println!("{}", menu());
            return ExitCode::SUCCESS;
        }
        Some(name) => MENU.iter().find(|command| command.name == name),
    };
    let Some(command) = command else {
        eprintln!("`{}` is not a command\n\n{}", name.unwrap_or_default(), menu());
        return ExitCode::from(2);
    };
    match Runner::new().and_then(|runner| (command.run)(&runner)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("xtask {}: {failed}", command.name);
            ExitCode::FAILURE
        }
    }
}

fn menu() -> String {
    let lines = MENU.iter().map(|command| format!("  {:<11} {}", command.name, command.about));
    format!("cargo xtask COMMAND\n\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_fits_a_terminal_and_names_each_command_once() {
        for command in MENU {
            assert_eq!(MENU.iter().filter(|other| other.name == command.name).count(), 1);
        }
        assert_eq!(menu().lines().count(), MENU.len() + 2);
        assert!(menu().lines().all(|line| line.len() <= 100), "{}", menu());
    }
}
