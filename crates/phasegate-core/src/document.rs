//! Documents: what carries a schema id and is read strictly, with all its faults at once.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::path::Path;
use crate::read::{self, Fault, Format, ReadError};
use crate::shape;

/// A document of phasegate: its type says its shape, and what the shape cannot say is checked.
pub trait Document: Serialize + DeserializeOwned + JsonSchema {
    /// The schema id that the document carries.
    const SCHEMA: &'static str;

    /// What is wrong with a document of the right shape: names given twice, references to nothing.
    fn contradictions(&self) -> Vec<Contradiction> {
        Vec::new()
    }
}

/// A fault of meaning in a document of the right shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Where.
    pub path: Path,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads a document from its text.
///
/// # Errors
/// Every fault with its path, line and remedy: first those of the text ([`read::read`]), then
/// those of the shape, then those of meaning; later ones are looked for when there are no earlier
/// ones.
pub fn read<T: Document>(bytes: &[u8], format: Format, max_bytes: usize) -> Result<T, ReadError> {
    let value = read::read(bytes, format, max_bytes)?;
    of_value(&value).map_err(|mut misfits| {
        for (path, fault) in &mut misfits {
            let place = read::locate(bytes, format, path);
            (fault.line, fault.column) =
                (place.map(|place| place.line), place.map(|place| place.column));
        }
        let mut faults: Vec<Fault> = misfits.into_iter().map(|(_, fault)| fault).collect();
        faults.sort_by_key(|fault| (fault.line, fault.column));
        ReadError { faults }
    })
}

/// Takes a document from a value that was read strictly.
///
/// # Errors
/// As [`read()`], without places in a text.
pub fn from_value<T: Document>(value: &Value) -> Result<T, ReadError> {
    of_value(value).map_err(|misfits| ReadError {
        faults: misfits.into_iter().map(|(_, fault)| fault).collect(),
    })
}

/// How many faults of one document are located and listed.
const MAX_FAULTS: usize = 20;

fn of_value<T: Document>(value: &Value) -> Result<T, Vec<(Path, Fault)>> {
    let mut problems = misfits::<T>(value);
    match T::deserialize(value) {
        Ok(document) => {
            let contradictions = document.contradictions();
            if contradictions.is_empty() && problems.is_empty() {
                return Ok(document);
            }
            problems.extend(contradictions.into_iter().map(|found| (found.path, found.message)));
        }
        // The shape says what serde says; should it ever not, serde has the word.
        Err(error) if problems.is_empty() => {
            problems.push((Path::default(), error.to_string()));
        }
        Err(_) => {}
    }
    let fault = |(path, message): (Path, String)| {
        let fault = Fault { path: path.to_string(), line: None, column: None, message };
        (path, fault)
    };
    Err(problems.into_iter().take(MAX_FAULTS).map(fault).collect())
}

fn misfits<T: Document>(value: &Value) -> Vec<(Path, String)> {
    let schema = schemars::schema_for!(T).to_value();
    let misfits = shape::misfits(&schema, value);
    misfits.into_iter().map(|misfit| (misfit.path, misfit.message)).collect()
}
