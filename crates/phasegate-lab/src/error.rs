//! What can go wrong before a question about a project has an answer.

use std::io;
use std::path::PathBuf;

use phasegate::rego::{Diagnostic, LoadError};
use phasegate::sources::SourceError;

/// Why a project has no answer. Text from outside stands in backticks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// Nothing is at a given path.
    #[error("`{}` does not exist; give a folder, a bundle or a file", .path.display())]
    NotFound {
        /// The path that was given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read `{}`; check that you may read it", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A given file is none of the kinds that a project holds.
    #[error(
        "`{}`: unrecognized file; give Rego, JSON, YAML or a bundle (`.tar.gz`)", .path.display()
    )]
    Unrecognized {
        /// The path that was given.
        path: PathBuf,
    },
    /// A file or the whole is larger than a project may be.
    #[error("`{}` is beyond a limit: {problem}", .path.display())]
    Limit {
        /// The file or folder.
        path: PathBuf,
        /// What is too large, the limit, and what to do.
        problem: String,
    },
    /// A bundle cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The files were read and are not a policy set: every fault, by file and place.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An option says something that cannot be done.
    #[error("{problem}")]
    Usage {
        /// What is wrong and what to do.
        problem: String,
    },
}

impl LabError {
    /// A name for the kind of fault that programs may match on; it never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Io { .. } => "io",
            Self::Unrecognized { .. } => "unrecognized",
            Self::Limit { .. } => "limit",
            Self::Source(error) => error.code(),
            Self::Load(_) => "load",
            Self::Usage { .. } => "usage",
        }
    }

    /// The faults of the files, when those are the reason.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Load(error) => &error.diagnostics,
            _ => &[],
        }
    }

    pub(crate) fn usage(problem: impl Into<String>) -> Self {
        Self::Usage { problem: problem.into() }
    }

    /// Maps what the operating system said about `path`.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path: path.to_owned() },
            _ => Self::Io { path: path.to_owned(), source },
        }
    }
}
