//! Running the command.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The runbook's input, which is promoted.
pub(crate) const PROMOTED: &str = "fixtures/promotion-input.json";

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ran {
    /// The exit code and both streams, without the digits of digests: those of the policy change
    /// with every edit of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}\n{}", without_digests(text))?;
            }
        }
        Ok(())
    }
}

fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("sha256:...");
        shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    shown
}

impl Ran {
    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Standard output as JSON Lines.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self}"));
        self.stdout.lines().map(parse).collect()
    }

    /// Checks the exit code and a part of what was said beside the data.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, says: &str) {
        assert_eq!(self.code, code, "{self}");
        assert!(self.stderr.contains(says), "no `{says}` in {self}");
        assert_eq!(self.stdout, "", "data in spite of the failure");
    }
}

/// The command at the root of the workspace, without the colors that the environment may ask for.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phasegate"));
    command.args(args).current_dir(root());
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command
}

/// Runs it with nothing on standard input.
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

/// Runs it with this on standard input.
pub(crate) fn run_with(args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    finish(command(args), stdin)
}

/// Runs a command that was prepared.
pub(crate) fn finish(mut command: Command, stdin: impl AsRef<[u8]>) -> Ran {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the command starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let stdin = stdin.as_ref();
    let output = std::thread::scope(|scope| {
        // A command that has read enough closes its end.
        scope.spawn(move || drop(pipe.write_all(stdin)));
        child.wait_with_output().expect("the command ends")
    });
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        code: output.status.code().expect("an exit code, not a signal"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Texts one after the other.
pub(crate) fn joined(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().collect::<Vec<_>>().concat()
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder of files for one test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        for (name, text) in files {
            folder.add(name, text);
        }
        folder
    }

    /// A policy set whose promotion package has these rules.
    pub(crate) fn of_policy(rules: &str) -> Self {
        Self::of(&[("promotion.rego", &format!("package lifecycle.promotion\n\n{rules}\n"))])
    }

    pub(crate) fn add(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        std::fs::write(&path, content).expect("it is written");
        path.display().to_string()
    }

    /// The path of a file in it; empty for the folder itself.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// What was printed, without the place of the folder.
    pub(crate) fn strip(&self, text: &impl fmt::Display) -> String {
        text.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// A bundle of these files, as `opa build` and `tar -czf` write them.
pub(crate) fn bundle(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).expect("it is appended");
    }
    archive.into_inner().expect("the archive ends").finish().expect("the stream ends")
}
