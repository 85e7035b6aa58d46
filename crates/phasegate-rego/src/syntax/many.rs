//! Parsing all the files of a set, within the limits of a set.

use super::limits::{MAX_SET_BYTES, MAX_SET_RULES, MAX_SET_WORK};
use super::{Module, convert};
use crate::diagnostic::{Code, Diagnostic};

/// Parses the modules of a set, given as `(file, text)`.
///
/// # Errors
/// The faults of all files, sorted by file and place; or the limit of a set that they exceed
/// together.
pub fn parse_set<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Module>, Vec<Diagnostic>> {
    let (modules, faults) = parse_each(files);
    if faults.is_empty() { Ok(modules) } else { Err(faults) }
}

/// The modules that parse, and the faults of the others. Nothing is parsed beyond a limit of the
/// set.
pub(crate) fn parse_each<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> (Vec<Module>, Vec<Diagnostic>) {
    let mut modules = Vec::new();
    let mut faults = Vec::new();
    let (mut bytes, mut rules, mut work) = (0_usize, 0_usize, 0_u64);
    for (file, text) in files {
        bytes = bytes.saturating_add(text.len());
        if bytes > MAX_SET_BYTES {
            let message =
                format!("the policies have more than {MAX_SET_BYTES} bytes with this file");
            return (Vec::new(), over(file, message));
        }
        let parsed = convert::module(file, text);
        work = work.saturating_add(parsed.work);
        if work > MAX_SET_WORK {
            let message = "the policies are too large and too deeply nested with this file";
            return (Vec::new(), over(file, message.to_owned()));
        }
        match parsed.module {
            Ok(module) => {
                rules = rules.saturating_add(module.rules.len());
                if rules > MAX_SET_RULES {
                    let message =
                        format!("the policies have more than {MAX_SET_RULES} rules with this file");
                    return (Vec::new(), over(file, message));
                }
                modules.push(module);
            }
            Err(found) => faults.extend(found),
        }
    }
    faults.sort();
    (modules, faults)
}

fn over(file: &str, message: String) -> Vec<Diagnostic> {
    let remedy = "split the set; tables belong into `data.json` or `data.yaml`";
    vec![Diagnostic::whole(file, Code::RegoLimitError, message, remedy)]
}
