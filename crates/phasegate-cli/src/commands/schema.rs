//! `phasegate schema`: the JSON Schema of a document.

use phasegate::schemas;

use crate::args::Schema;
use crate::exit::Exit;
use crate::output::{Output, Problem};

pub(crate) fn run(args: &Schema, output: &mut Output) -> Result<Exit, Problem> {
    let name = args.document.as_str();
    let found = schemas::ALL.iter().find(|schema| schema.name == name);
    let schema = found.ok_or_else(|| {
        let names: Vec<&str> = schemas::ALL.iter().map(|schema| schema.name).collect();
        Problem::new(format!("there is no document `{name}`; give one of {}", names.join(", ")))
    })?;
    output.raw(schema.text.as_bytes())?;
    Ok(Exit::Ok)
}
