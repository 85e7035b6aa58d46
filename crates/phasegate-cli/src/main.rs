//! The command `phasegate`: reads, asks the library, prints, and exits with a code that says the
//! outcome.

mod args;
mod commands;
mod contain;
mod exit;
mod input;
mod output;
mod render;
mod text;
mod what_if;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, Command};
use self::exit::Exit;
use self::output::{Output, Problem};

/// The stack of every command: policies and documents nest, and the main thread's stack is whatever
/// the machine gives it.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is usage.
            let code = if error.use_stderr() { Exit::NoDecision } else { Exit::Ok };
            // A closed pipe is nobody's fault.
            drop(error.print());
            return code.into();
        }
    };
    contain::silence_panics();
    let exit = contain::on_stack(STACK_BYTES, || run(&cli.command)).and_then(|outcome| outcome);
    match exit {
        Ok(exit) => exit.into(),
        Err(problem) => {
            Output::new().problem(&problem);
            Exit::NoDecision.into()
        }
    }
}

fn run(command: &Command) -> Result<Exit, Problem> {
    let mut output = Output::new();
    let exit = match command {
        Command::Decide(args) => commands::decide::run(args, &mut output),
        Command::Eval(args) => commands::eval::run(args, &mut output),
        Command::Check(args) => commands::check::run(args, &mut output),
        Command::Inputs(args) => commands::inputs::run(args, &mut output),
        Command::Completions(args) => commands::generate::completions(args, &mut output),
        Command::Man(args) => commands::generate::man(args, &mut output),
    }?;
    output.flush()?;
    Ok(exit)
}
