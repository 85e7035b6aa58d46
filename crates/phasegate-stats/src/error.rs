//! The one error of this crate.

use std::fmt;

/// Why there is no number: what was asked cannot be answered, with a stable code and a sentence
/// that says what to do.
///
/// ```
/// use phasegate_stats::dist::{Continuous as _, StudentsT};
///
/// let error = StudentsT::new(-1.0).unwrap_err();
/// assert_eq!(error.kind(), phasegate_stats::ErrorKind::OutOfRange);
/// let text = "degrees of freedom are -1; they must be from 0.001 to 10000000000";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The reasons for which an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is NaN or infinite.
    NonFinite,
    /// A parameter lies outside the region for which the method is defined or its accuracy is
    /// shown.
    OutOfRange,
    /// There are fewer observations than the method needs.
    TooFew,
    /// Counts contradict each other, such as more successes than trials.
    Inconsistent,
    /// Two inputs that belong together have different shapes.
    Mismatch,
    /// The method divides by a variance that is zero.
    ZeroVariance,
    /// The data are more than the method can carry exactly.
    TooLarge,
    /// An iteration did not reach its accuracy within its cap.
    NoConvergence,
    /// Bytes are not the stable form of what was asked for.
    Malformed,
}

impl ErrorKind {
    /// The stable code, as documents carry it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NonFinite => "non_finite",
            Self::OutOfRange => "out_of_range",
            Self::TooFew => "too_few",
            Self::Inconsistent => "inconsistent",
            Self::Mismatch => "mismatch",
            Self::ZeroVariance => "zero_variance",
            Self::TooLarge => "too_large",
            Self::NoConvergence => "no_convergence",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Error {
    /// The reason, for a program.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code of the reason: that of [`ErrorKind::code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    #[cold]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    #[cold]
    pub(crate) fn no_convergence(what: &str, steps: u32) -> Self {
        Self::new(ErrorKind::NoConvergence, format!("{what} did not converge in {steps} steps"))
    }
}

/// `value` if it is finite.
pub(crate) fn finite(what: &str, value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::new(ErrorKind::NonFinite, format!("{what} is `{value}`; it must be finite")))
    }
}
