//! Runs one step after another and says on standard error what runs and how long it took.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Why a command of the menu did not succeed.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the steps run.
#[derive(Debug)]
pub(crate) struct Runner {
    root: PathBuf,
    cargo: PathBuf,
}

impl Runner {
    /// Runs in the workspace that this program belongs to, whatever folder it was called from.
    pub(crate) fn new() -> Result<Self, Failed> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = here.as_deref().and_then(|package| package.ancestors().nth(2));
        let root = root.ok_or_else(|| Failed("call it as `cargo xtask`".to_owned()))?.to_owned();
        let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Ok(Self { root, cargo })
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that Cargo builds into.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// Cargo, the one that built this program, about to run at the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.current_dir(&self.root);
        command
    }

    /// One step that is a call of Cargo; its output goes where ours goes.
    pub(crate) fn step(
        &self,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<(), Failed> {
        let set = variables.iter().map(|(name, value)| format!("{name}=\"{value}\""));
        let words = arguments.iter().map(|&argument| argument.to_owned());
        let line = set.chain(["cargo".to_owned()]).chain(words).collect::<Vec<_>>().join(" ");
        timed(name, &line, || {
            let status = self.cargo().args(arguments).envs(variables.iter().copied()).status();
            match status {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(Failed(format!("step `{name}` failed ({status}): {line}"))),
                Err(error) => Err(Failed(format!("step `{name}` did not start ({error}): {line}"))),
            }
        })
    }
}

/// Runs one step of any kind between two lines that name it.
pub(crate) fn timed(
    name: &str,
    what: &str,
    step: impl FnOnce() -> Result<(), Failed>,
) -> Result<(), Failed> {
    eprintln!("== {name}: {what}");
    let start = Instant::now();
    let outcome = step();
    let word = if outcome.is_ok() { "done" } else { "failed" };
    eprintln!("== {name}: {word} in {:.1} s", start.elapsed().as_secs_f64());
    outcome
}
