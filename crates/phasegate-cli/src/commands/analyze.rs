//! `phasegate analyze`: the evidence, without a decision.

use phasegate::analyze::analyze;
use phasegate::canonical;

use super::observed::{Places, write_state};
use crate::args::{Analyze, Format};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::render;

pub(crate) fn run(args: &Analyze, output: &mut Output) -> Result<Exit, Problem> {
    let places = Places::of(&args.observed)?
        .ok_or_else(|| Problem::new("give a folder, or `--plan` and `--observations`"))?;
    let documents = places.read()?;
    let state = documents.state.as_ref();
    let analysis = analyze(&documents.plan, state, &documents.observations, args.now)
        .map_err(|error| Problem::of(&error))?;
    if let Some(path) = places.state {
        write_state(path, &analysis.state)?;
    }
    match args.output {
        Format::Text => output.text(&render::evidence::findings(&analysis.evidence))?,
        Format::Json => {
            let line = canonical::to_bytes(&analysis.evidence);
            output.data(&line.map_err(|error| Problem::of(&error))?)?;
        }
    }
    Ok(Exit::Ok)
}
