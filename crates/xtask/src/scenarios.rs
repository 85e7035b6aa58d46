//! Writes the scenarios of the fixtures anew.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use phasegate_fixtures::scenarios;

use crate::run::{Failed, Runner};

pub(crate) fn run(runner: &Runner) -> Result<(), Failed> {
    for scenario in scenarios() {
        let folder = runner.root().join("fixtures/scenarios").join(scenario.name);
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let readme = ("README.md".to_owned(), scenario.readme());
        for (name, text) in scenario.files.into_iter().chain([readme]) {
            let path = folder.join(&name);
            let packs = path.extension().is_some_and(|end| end == "gz");
            let bytes = if packs { packed(&text) } else { Ok(text.into_bytes()) };
            bytes
                .and_then(|bytes| fs::write(&path, bytes))
                .map_err(|error| failed(&path, &error))?;
        }
    }
    Ok(())
}

/// Compressed, without a time and a name.
fn packed(text: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

fn failed(path: &Path, error: &std::io::Error) -> Failed {
    Failed(format!("`{}` cannot be written: {error}", path.display()))
}
