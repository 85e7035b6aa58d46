//! The p-value after stopping.

use std::f64::consts::LN_2;

use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln, ln_sum};
use crate::outcome::{Alpha, Alternative};
use crate::sequential::look::toward;
use crate::sequential::{Looks, Spending, looks_at};

/// A p-value that accounts for the looks before.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct StagewiseP {
    /// From 0 to 1.
    pub p: f64,
    /// Its natural logarithm.
    pub ln_p: f64,
}

impl Looks {
    /// The p-value of a standardized estimate at the last look taken, in the stagewise ordering:
    /// the probability under the null hypothesis to have crossed a bound before, or to be at this
    /// look at least as far out.
    ///
    /// It is a p-value once the looks have ended, by crossing a bound or at the last one, and then
    /// it is at most the level of the plan exactly where a bound was crossed. Two-sided it is twice
    /// the smaller side. The looks after do not enter it, so that it can be told at once.
    ///
    /// Source: Jennison and Turnbull, "Group Sequential Methods" (2000), 8.4; the ordering is that
    /// of Armitage (1957) and Tsiatis, Rosner and Mehta (1984).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFew`] before the first look; [`ErrorKind::NonFinite`] for NaN.
    pub fn stagewise_p(&self, z: f64) -> Result<StagewiseP, Error> {
        if self.taken.is_empty() {
            let message = "no look was taken; a stagewise p needs the one that ended";
            return Err(Error::new(ErrorKind::TooFew, message));
        }
        if z.is_nan() {
            return Err(Error::new(ErrorKind::NonFinite, "the estimate is `NaN`"));
        }
        let last = self.reach_of_last()?;
        let before = ln(self.spent_before_last());
        // Two-sided the side of the estimate is the smaller one.
        let side = ln_sum(before, last.ln_above(toward(self.alternative, z))?);
        let ln_p = match self.alternative {
            Alternative::TwoSided => LN_2 + side,
            Alternative::Less | Alternative::Greater => side,
        };
        let ln_p = ln_p.min(0.0);
        Ok(StagewiseP { p: exp(ln_p), ln_p })
    }
}

/// How surprising is the estimate at the last of these looks, the ones before it counted in?
///
/// For reports and tables; where looks are kept as [`Looks`], ask [`Looks::stagewise_p`], of which
/// this is the answer.
///
/// - Hypotheses: the effect is its null value; it is less, greater, or differs. `z` is the estimate
///   less that value, in standard errors, at the look of the last fraction.
/// - Assumes: as [`Looks`], and that no look before the last has crossed its bound.
/// - Edge cases: two-sided p is twice the smaller side; an estimate far out has p = 0 and a finite
///   `ln_p`; no look is an error.
/// - Units: `z` counts standard errors; fractions are of the planned information.
/// - Cost: about a millisecond a look.
/// - Source: as [`Looks::stagewise_p`].
///
/// ```
/// use phasegate_stats::sequential::{Spending, stagewise_p};
/// use phasegate_stats::{Alpha, Alternative};
///
/// let (alpha, greater) = (Alpha::FIVE_PERCENT, Alternative::Greater);
/// let p = stagewise_p(Spending::Pocock, alpha, greater, &[0.5, 1.0], 2.0)?;
/// // Above that of a single look, and small enough.
/// assert!(p.p > 0.0228 && p.p < 0.05);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
///
/// # Errors
///
/// As [`Looks::new`], [`Looks::take`] and [`Looks::stagewise_p`].
pub fn stagewise_p(
    spending: Spending,
    alpha: Alpha,
    alternative: Alternative,
    fractions: &[f64],
    z: f64,
) -> Result<StagewiseP, Error> {
    looks_at(spending, alpha, alternative, fractions)?.stagewise_p(z)
}

#[cfg(feature = "registry")]
crate::registry::method! {
    stagewise_p: "How surprising is the estimate at the last of several looks?",
    {
        spending: Spending = Spending::ObrienFleming,
        alpha: Alpha = Alpha::FIVE_PERCENT,
        alternative: Alternative = Alternative::TwoSided,
        fractions: Vec<f64>,
        z: f64,
    },
    r#"{"spending": "pocock", "alternative": "greater", "fractions": [0.5, 1], "z": 2}"#,
    stagewise_p(spending, alpha, alternative, &fractions, z),
}
