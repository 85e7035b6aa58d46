//! What can go wrong when something outside is read.

use std::io;
use std::path::{Path, PathBuf};

use phasegate_core::read::ReadError;

/// Why a source could not be read: which file, what is wrong and what to do.
///
/// Text from outside stands in backticks with its control characters escaped. The cause of an
/// [`SourceError::Io`] is its source and is not repeated in its text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing is at the given path.
    #[error(
        "`{}` does not exist; give a directory, a bundle (`.tar.gz`) or a `.rego` file",
        .path.display()
    )]
    NotFound {
        /// The path that was given.
        path: PathBuf,
    },
    /// What is at the path cannot be a policy set.
    #[error("`{}` is not a policy set: {problem}", .path.display())]
    NotAPolicySet {
        /// The path that was given.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The directory or bundle holds no policy.
    #[error(
        "`{}` holds no `.rego` file; give the directory or bundle that holds the policies (hidden \
         files and folders are ignored)",
        .path.display()
    )]
    Empty {
        /// The path that was given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read `{}`; check that it exists and that you may read it", .path.display())]
    Io {
        /// The file or folder that could not be read.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The archive is damaged, or holds what a bundle may not hold.
    #[error("`{}` is not a usable bundle: {problem}", .path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong, in which entry, and what to do.
        problem: String,
    },
    /// A name or link leads out of the policy set.
    #[error("`{}` reaches outside itself: {problem}", .path.display())]
    PathEscapes {
        /// The directory or archive.
        path: PathBuf,
        /// Which name or link, where to, and what to do.
        problem: String,
    },
    /// Something is larger than a policy set may be.
    #[error("`{}` is beyond a limit: {problem}", .path.display())]
    Limit {
        /// The directory, archive or file.
        path: PathBuf,
        /// What is too large, the limit with its unit, and what to do.
        problem: String,
    },
    /// A file of rows or results cannot be used as a whole.
    #[error("`{}` cannot be used: {problem}", .path.display())]
    Unusable {
        /// The file, as it was named.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// One row of a file cannot be used.
    #[error(
        "`{}`, line {line}{}{}: {problem}",
        .path.display(),
        .column.as_ref().map_or_else(String::new, |name| format!(", column `{name}`")),
        .value.as_ref().map_or_else(String::new, |value| format!(": `{value}`"))
    )]
    Row {
        /// The file, as it was named.
        path: PathBuf,
        /// The line at which the row begins, from 1.
        line: u64,
        /// The column.
        column: Option<String>,
        /// What stands there, shortened.
        value: Option<String>,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A plan or observations are not what they should be.
    #[error("`{}` does not hold: {source}", .path.display())]
    Document {
        /// The document.
        path: PathBuf,
        /// Every fault found.
        source: ReadError,
    },
    /// What was read does not go together.
    #[error("`{}`: {problem}", .path.display())]
    Conflict {
        /// The observations that name it.
        path: PathBuf,
        /// What does not go together, and what to do.
        problem: String,
    },
    /// The manifest is not what OPA writes.
    #[error("the `.manifest` of `{}` does not hold: {}", .path.display(), .problems.join("; "))]
    Manifest {
        /// The directory or archive.
        path: PathBuf,
        /// Every fault found, each with what to do; at least one.
        problems: Vec<String>,
    },
}

impl SourceError {
    /// A name for the kind of fault that programs may match on; it never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NotAPolicySet { .. } => "not_a_policy_set",
            Self::Empty { .. } => "empty",
            Self::Io { .. } => "io",
            Self::Archive { .. } => "archive",
            Self::PathEscapes { .. } => "path_escapes",
            Self::Limit { .. } => "limit",
            Self::Manifest { .. } => "manifest",
            Self::Unusable { .. } => "unusable",
            Self::Row { .. } => "row",
            Self::Document { .. } => "document",
            Self::Conflict { .. } => "conflict",
        }
    }

    /// The path that the error is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path }
            | Self::NotAPolicySet { path, .. }
            | Self::Empty { path }
            | Self::Io { path, .. }
            | Self::Archive { path, .. }
            | Self::PathEscapes { path, .. }
            | Self::Limit { path, .. }
            | Self::Manifest { path, .. }
            | Self::Unusable { path, .. }
            | Self::Row { path, .. }
            | Self::Document { path, .. }
            | Self::Conflict { path, .. } => path,
        }
    }

    /// Maps what the operating system said about `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// A file that cannot be used as a whole.
    pub(crate) fn unusable(name: &str, problem: String) -> Self {
        Self::Unusable { path: name.into(), problem }
    }

    /// A row that cannot be used.
    pub(crate) fn row(name: &str, line: u64, problem: String) -> Self {
        Self::Row { path: name.into(), line, column: None, value: None, problem }
    }
}

/// A text from outside, short enough for a message, its control characters escaped.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|letter| {
            let escaped = letter.is_control().then(|| letter.escape_debug());
            let plain = if escaped.is_some() { None } else { Some(letter) };
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('\u{2026}');
    }
    short
}
