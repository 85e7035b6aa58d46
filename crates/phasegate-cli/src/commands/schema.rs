//! `phasegate schema`: the JSON Schema of a document.

use phasegate::schemas::DocumentSchema;

use crate::args::Schema;
use crate::exit::Exit;
use crate::output::{Output, Problem};

/// Those of deciding, then those of testing a policy change.
pub(crate) fn all() -> impl Iterator<Item = DocumentSchema> {
    phasegate::schemas::ALL.into_iter().chain(phasegate_lab::schemas::ALL)
}

pub(crate) fn run(args: &Schema, output: &mut Output) -> Result<Exit, Problem> {
    let name = args.document.as_str();
    let schema = all().find(|schema| schema.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|schema| schema.name).collect();
        Problem::new(format!("there is no document `{name}`; give one of {}", names.join(", ")))
    })?;
    output.raw(schema.text.as_bytes())?;
    Ok(Exit::Ok)
}
