//! The command `phasegate`: reads, asks the library, prints, and exits with a code that says the
//! outcome.

mod args;
mod commands;
mod contain;
mod environment;
mod exit;
mod input;
mod lab_args;
mod output;
mod progress;
mod render;
mod rollout_args;
mod simulate_args;
mod test_args;
mod text;
mod watch_args;
mod what_if;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, Command};
use self::exit::Exit;
use self::output::{Output, Problem};

/// Evaluating a policy is a third allocation with the C library's allocator, and threads wait for
/// each other there; a program that links the library keeps its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The stack of every command: policies and documents nest, and the main thread's stack is whatever
/// the machine gives it.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    let line = environment::extended(std::env::args_os().collect(), |name| std::env::var_os(name));
    let cli = match Cli::try_parse_from(&line.args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is usage.
            let is_test = std::env::args_os().nth(1).is_some_and(|command| command == "test");
            let code = match (error.use_stderr(), is_test) {
                (false, _) => Exit::Ok,
                // `opa test` ends so, and scripts tell it from a test that failed.
                (true, true) => Exit::Found,
                (true, false) => Exit::NoDecision,
            };
            // A closed pipe is nobody's fault.
            drop(error.print());
            if !line.variables.is_empty() {
                let variables = line.variables.join("`, `");
                Output::new().note(&format!("options were taken from `{variables}`"));
            }
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
        Command::Analyze(args) => commands::analyze::run(args, &mut output),
        Command::Verify(args) => commands::verify::run(args, &mut output),
        Command::Explain(args) => commands::explain::run(args, &mut output),
        Command::Actions(args) => commands::actions::run(args, &mut output),
        Command::Health(args) => commands::health::run(args, &mut output),
        Command::Watch(args) => commands::watch::run(args, &mut output),
        Command::Triggers(args) => commands::triggers::run(args, &mut output),
        Command::Simulate(args) => commands::simulate::run(args, &mut output),
        Command::Audit(args) => commands::audit::run(args, &mut output),
        Command::Eval(args) => commands::eval::run(args, &mut output),
        Command::Check(args) => commands::check::run(args, &mut output),
        Command::Inputs(args) => commands::inputs::run(args, &mut output),
        Command::Stats(args) => commands::stats::run(args, &mut output),
        Command::Init(args) => commands::init::run(args, &mut output),
        Command::Schema(args) => commands::schema::run(args, &mut output),
        Command::Test(args) => Ok(commands::test::run(args, &mut output)),
        Command::Boundaries(args) => commands::boundaries::run(args, &mut output),
        Command::Mutate(args) => commands::mutate::run(args, &mut output),
        Command::Impact(args) => commands::impact::run(args, &mut output),
        Command::Completions(args) => commands::generate::completions(args, &mut output),
        Command::Man(args) => commands::generate::man(args, &mut output),
    }?;
    output.flush()?;
    Ok(exit)
}
