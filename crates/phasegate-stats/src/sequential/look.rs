//! One look, with its bound.

use crate::dist::Normal;
use crate::error::{Error, ErrorKind, finite};
use crate::outcome::{Alpha, Alternative, Interval, Question};

/// One look: its bound, and the level at which a method runs there.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(into = "Shown"))]
pub struct Look {
    pub(super) fraction: f64,
    pub(super) spent: f64,
    pub(super) bound: Option<f64>,
    pub(super) alternative: Alternative,
    pub(super) alpha: Alpha,
}

/// What a document tells of a look.
#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
struct Shown {
    fraction: f64,
    spent: f64,
    bound: Option<f64>,
    nominal: Option<f64>,
}

#[cfg(feature = "serde")]
impl From<Look> for Shown {
    fn from(look: Look) -> Self {
        let nominal = look.nominal().map(Alpha::get);
        Self { fraction: look.fraction, spent: look.spent(), bound: look.bound, nominal }
    }
}

impl Look {
    /// The fraction of the planned information that was seen; above 1 for an overrun.
    #[must_use]
    pub const fn fraction(&self) -> f64 {
        self.fraction
    }

    /// The error probability that is gone after this look, of both sides where there are two.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.spent * sides(self.alternative)
    }

    /// How many standard errors the estimate must lie from the null value, in the direction of the
    /// alternative; none where nothing could be spent, and so nothing can be concluded.
    #[must_use]
    pub const fn bound(&self) -> Option<f64> {
        self.bound
    }

    /// The error probability of a single test with this bound: run any method at it, and the looks
    /// together keep the level of the plan. None where there is no bound.
    #[must_use]
    pub fn nominal(&self) -> Option<Alpha> {
        Alpha::new(Normal::upper(self.bound?) * sides(self.alternative)).ok()
    }

    /// The question to ask of a method at this look, against this null value. None where there is
    /// no bound.
    #[must_use]
    pub fn question(&self, null: f64) -> Option<Question> {
        let alpha = self.nominal()?;
        Some(Question { null, alternative: self.alternative, alpha })
    }

    /// Whether a standardized estimate crosses the bound.
    #[must_use]
    pub fn is_crossed(&self, z: f64) -> bool {
        let far = toward(self.alternative, z);
        self.bound.is_some_and(|bound| far >= bound)
    }

    /// The repeated confidence interval of an estimate with this standard error: all of them
    /// together cover the estimand with the confidence of the plan. Its ends are infinite where
    /// there is no bound.
    ///
    /// Source: Jennison and Turnbull, "Interim analyses: the repeated confidence interval approach"
    /// (1989).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`]; [`ErrorKind::OutOfRange`] for a negative standard error.
    pub fn repeated_interval(&self, estimate: f64, standard_error: f64) -> Result<Interval, Error> {
        let estimate = finite("the estimate", estimate)?;
        let error = finite("the standard error", standard_error)?;
        if error < 0.0 {
            let message = format!("the standard error is {error}; it must not be negative");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let half = self.bound.map_or(f64::INFINITY, |bound| bound * error);
        let ends = (f64::NEG_INFINITY, f64::INFINITY);
        self.alpha.interval(
            self.alternative,
            ends,
            |_| Ok(estimate - half),
            |_| Ok(estimate + half),
        )
    }
}

pub(super) const fn sides(alternative: Alternative) -> f64 {
    match alternative {
        Alternative::TwoSided => 2.0,
        Alternative::Less | Alternative::Greater => 1.0,
    }
}

/// How far a standardized estimate lies in the direction of the alternative.
pub(super) fn toward(alternative: Alternative, z: f64) -> f64 {
    match alternative {
        Alternative::TwoSided => z.abs(),
        Alternative::Less => -z,
        Alternative::Greater => z,
    }
}
