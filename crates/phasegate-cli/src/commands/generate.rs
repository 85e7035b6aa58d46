//! `phasegate completions` and `phasegate man`: made from the definitions of the command line, so
//! that they cannot differ from it.

use std::path::Path;

use clap::CommandFactory;

use crate::args::{Cli, Completions, Man};
use crate::exit::Exit;
use crate::output::{Output, Problem};

pub(crate) fn completions(args: &Completions, output: &mut Output) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "phasegate", &mut script);
    output.raw(&script)?;
    Ok(Exit::Ok)
}

pub(crate) fn man(args: &Man, output: &mut Output) -> Result<Exit, Problem> {
    // `phasegate help` has no page of its own; `phasegate-help(1)` would lead nowhere.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.folder else {
        output.raw(&page(command)?)?;
        return Ok(Exit::Ok);
    };
    for subcommand in command.get_subcommands() {
        let name = format!("phasegate-{}", subcommand.get_name());
        write(folder, &name, &page(subcommand.clone().name(name.clone()))?)?;
    }
    write(folder, "phasegate", &page(command)?)?;
    Ok(Exit::Ok)
}

fn page(command: clap::Command) -> Result<Vec<u8>, Problem> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Problem::of(&error))?;
    Ok(page)
}

fn write(folder: &Path, name: &str, page: &[u8]) -> Result<(), Problem> {
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page).map_err(|error| {
        Problem::new(format!("{}: {error}; give an existing folder", path.display()))
    })
}
