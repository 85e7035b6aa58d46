//! The p-value after stopping.

use std::f64::consts::LN_2;

use crate::error::{Error, ErrorKind};
use crate::math::{exp, ln, ln_sum};
use crate::outcome::Alternative;
use crate::sequential::Looks;
use crate::sequential::look::toward;

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
