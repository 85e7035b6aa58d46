//! `phasegate init`: the runbook's plan, with comments, to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use phasegate::plan;

use crate::args::Init;
use crate::exit::Exit;
use crate::output::{Output, Problem};

pub(crate) fn run(args: &Init, output: &mut Output) -> Result<Exit, Problem> {
    if args.file.as_os_str() == "-" {
        output.raw(plan::RUNBOOK.as_bytes())?;
        return Ok(Exit::Ok);
    }
    let shown = args.file.display();
    let mut options = OpenOptions::new();
    // Whoever has a plan has worked on it.
    options.write(true).create_new(!args.force).create(true).truncate(args.force);
    let written =
        options.open(&args.file).and_then(|mut file| file.write_all(plan::RUNBOOK.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Problem::new(format!(
            "{shown} exists already; give another name, or --force to write over it"
        )),
        _ => Problem::new(format!("{shown}: {error}; give a file in a folder you can write to")),
    })?;
    output.note(&format!("{shown}: the runbook's plan; change the service, then the numbers"));
    Ok(Exit::Ok)
}
