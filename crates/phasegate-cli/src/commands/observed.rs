//! What `decide`, `analyze` and `verify` start from: the plan, what was observed, and the state.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use phasegate::observations::Observations;
use phasegate::plan::MAX_PLAN_BYTES;
use phasegate::sources::Progress as Reading;
use phasegate::sources::observe::{Folder, ObserveOptions, observe};
use phasegate::{Plan, State, canonical, state};
use serde::Serialize;

use crate::args::ObservedArgs;
use crate::input;
use crate::output::Problem;
use crate::progress::Progress;

/// The documents of one rollout at one moment.
pub(super) struct Documents {
    pub(super) plan: Plan,
    pub(super) observations: Observations,
    pub(super) state: Option<State>,
}

/// Where the documents are.
pub(super) struct Places<'a> {
    pub(super) plan: PathBuf,
    pub(super) observations: PathBuf,
    pub(super) state: Option<&'a Path>,
    pub(super) max_bad_rows: u64,
}

impl<'a> Places<'a> {
    /// Of a folder or of two files; `None` where neither is given.
    pub(super) fn of(args: &'a ObservedArgs) -> Result<Option<Self>, Problem> {
        let (plan, observations) = match (&args.folder, &args.plan, &args.observations) {
            (Some(folder), ..) => in_folder(folder)?,
            (None, Some(plan), Some(observations)) => (plan.clone(), observations.clone()),
            _ => return Ok(None),
        };
        let (state, max_bad_rows) = (args.state.as_deref(), args.max_bad_rows);
        Ok(Some(Self { plan, observations, state, max_bad_rows }))
    }

    /// Reads all of them; a state that is not there yet is none.
    pub(super) fn read(&self) -> Result<Documents, Problem> {
        let plan: Plan = input::ours(&self.plan, MAX_PLAN_BYTES)?;
        let state = match self.state {
            // What may not be looked at is not absent: its looks would be forgotten.
            Some(path) if path.try_exists().map_err(|error| input::unreadable(path, &error))? => {
                Some(input::ours(path, state::MAX_STATE_BYTES)?)
            }
            _ => None,
        };
        let bar = Progress::new("KiB");
        let mut watch = |far: Reading<'_>| {
            let kibibytes = |bytes: u64| usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
            bar.show(kibibytes(far.read), far.total.map(kibibytes));
        };
        let mut options = ObserveOptions::default();
        options.max_bad_rows = self.max_bad_rows;
        options.watch = Some(&mut watch);
        let observations = observe(&self.observations, &plan, options);
        bar.clear();
        let observations = observations.map_err(|error| Problem::of(&error))?;
        Ok(Documents { plan, observations, state })
    }
}

/// The plan and the observations of a folder.
fn in_folder(folder: &Path) -> Result<(PathBuf, PathBuf), Problem> {
    if !folder.is_dir() {
        return Err(Problem::new(format!(
            "{} is not a folder; give one with `plan.yaml` and `observations.yaml`, or a policy \
             input with `--input`",
            folder.display()
        )));
    }
    let found = Folder::find(folder).map_err(|error| Problem::of(&error))?;
    Ok((found.plan, found.observations))
}

/// Writes the state for the next call, all of it or nothing.
pub(super) fn write_state(path: &Path, state: &impl Serialize) -> Result<(), Problem> {
    let mut bytes = canonical::to_bytes(state).map_err(|error| Problem::of(&error))?;
    bytes.push(b'\n');
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        // The name is durable once its folder is.
        File::open(folder).and_then(|folder| folder.sync_all())
    };
    written().map_err(|error| {
        Problem::new(format!(
            "no answer: the state cannot be written to {}: {error}; name a file that can be written",
            path.display()
        ))
    })
}
