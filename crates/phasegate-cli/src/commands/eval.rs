//! `phasegate eval`: plain OPA semantics, for looking and for conformance suites.

use phasegate::rego::{QueryAnswer, QueryOptions, QueryPolicy, QueryResult, pretty};
use serde::Serialize;
use serde_json::Value;

use super::{batch, documents, present};
use crate::args::{Eval, Format};
use crate::exit::Exit;
use crate::output::{Output, Problem};
use crate::text::clean_lines;
use crate::{input, render};

/// How deep rules may call each other: as deep as the checks ever let them.
const MAX_DEPTH: u32 = 256;

pub(crate) fn run(args: &Eval, output: &mut Output) -> Result<Exit, Problem> {
    let now = args.now.unwrap_or_else(present);
    let mut options = QueryOptions::default();
    options.strict_builtin_errors = args.strict_builtin_errors;
    options.deadline = args.deadline;
    options.max_depth = MAX_DEPTH;
    if let Some(path) = &args.batch {
        return batch::run(path, &options, now, output);
    }
    input::one_standard_input(args.input.iter().chain(&args.data))?;
    let query = args.query.as_deref().unwrap_or_default();
    let files = documents::read_all(&args.data)?;
    let input =
        args.input.as_deref().map(|path| input::document(path, phasegate::facts::MAX_INPUT_BYTES));
    let input = input.transpose()?;
    if input.as_ref().is_some_and(is_wrapped) {
        output.note(
            "note: the input has the one key `input`, and is taken as it is, as OPA does; `decide` would \
             take what stands under it",
        );
    }
    let policy = match QueryPolicy::load(&files, &options) {
        Ok(policy) => policy,
        Err(error) => {
            render::diagnostics::note_all(&error.diagnostics, output);
            return Err(Problem::new("the policy set does not load"));
        }
    };
    let answer = policy.eval(query, input.as_ref(), Some(now));
    let answer =
        answer.map_err(|error| Problem::new(format!("{}: {}", error.code, error.message)))?;
    print(args, &answer, output)
}

fn print(args: &Eval, answer: &QueryAnswer, output: &mut Output) -> Result<Exit, Problem> {
    for line in &answer.prints {
        output.note(&clean_lines(line));
    }
    let undefined = answer.results.is_empty();
    match args.output {
        // OPA leaves the key out when the query is undefined.
        Format::Json if undefined => output.data(b"{}")?,
        Format::Json => {
            let text = serde_json::to_string(&Answer { result: &answer.results });
            let text = text.map_err(|error| Problem::of(&error))?;
            output.data(pretty(&text).as_bytes())?;
        }
        Format::Text if undefined => output.note("undefined"),
        Format::Text => {
            for expression in answer.results.iter().flat_map(|result| &result.expressions) {
                output.data(expression.value.to_pretty().as_bytes())?;
            }
        }
    }
    let fails = (args.fail && undefined) || (args.fail_defined && !undefined);
    Ok(if fails { Exit::Found } else { Exit::Ok })
}

/// What OPA prints.
#[derive(Serialize)]
struct Answer<'a> {
    result: &'a [QueryResult],
}

/// Whether a document is the body of a request to OPA, and not an input.
fn is_wrapped(input: &Value) -> bool {
    input.as_object().is_some_and(|fields| fields.len() == 1 && fields.contains_key("input"))
}
