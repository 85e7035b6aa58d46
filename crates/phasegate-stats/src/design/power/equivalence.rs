//! Planning a proof of equivalence.

use crate::design::power::{Design, ROUNDS, SampleSize, check_side, check_target, least_size};
use crate::error::{Error, ErrorKind};
use crate::outcome::{Alpha, Question};

/// How many observations prove that an effect lies between two margins?
///
/// Two one-sided tests (TOST) must both reject; any design serves for them.
///
/// - Power: at least the sum of both powers less one, which is what is given here. It is exact
///   where the two tests cannot both fail, so for the normal distribution, and for all others as
///   soon as it is above one half.
/// - Source: Schuirmann (1987); Phillips, "Power of the two one-sided tests procedure in
///   bioequivalence" (1990).
///
/// ```
/// use phasegate_stats::{Alpha, Question};
/// use phasegate_stats::design::power::{EquivalenceDesign, PairedMeansDesign};
///
/// let paired = PairedMeansDesign::new(0.0, 1.0, Question::greater_than(0.0))?;
/// let design = EquivalenceDesign::new(&paired, (-0.3, 0.3), Alpha::FIVE_PERCENT)?;
/// assert_eq!(design.sample_size(0.8)?.size, 97);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquivalenceDesign<D> {
    above: D,
    below: D,
}

impl<D: Design> EquivalenceDesign<D> {
    /// Of a design whose question is replaced by the two against the lower and the upper margin.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] unless the lower margin is below the upper one, and for margins
    /// that the design does not take.
    pub fn new(design: &D, (lower, upper): (f64, f64), alpha: Alpha) -> Result<Self, Error> {
        if lower >= upper || lower.is_nan() || upper.is_nan() {
            let message = format!("the margins are {lower} and {upper}; the lower one comes first");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(Self {
            above: design.with_question(Question::greater_than(lower).at(alpha))?,
            below: design.with_question(Question::less_than(upper).at(alpha))?,
        })
    }

    /// The probability that equivalence will be proved with so many units.
    ///
    /// # Errors
    ///
    /// As [`Design::power`].
    pub fn power(&self, size: u64) -> Result<f64, Error> {
        Ok((self.above.power(size)? + self.below.power(size)? - 1.0).max(0.0))
    }

    /// The least size from which on the power stays at `target` or above.
    ///
    /// # Errors
    ///
    /// As [`Design::sample_size`].
    pub fn sample_size(&self, target: f64) -> Result<SampleSize, Error> {
        check_target(self.above.question(), target)?;
        check_side(&self.above)?;
        check_side(&self.below)?;
        let mut failing = self.above.least().max(self.below.least()).saturating_sub(1);
        for _ in 0..ROUNDS {
            let size = least_size(failing, target, |size| self.power(size))?;
            let dips = [self.above.dip(size, target)?, self.below.dip(size, target)?];
            match dips.into_iter().flatten().max() {
                Some(low) => failing = low,
                None => return Ok(SampleSize { size, power: self.power(size)? }),
            }
        }
        Err(Error::no_convergence("the sample size", ROUNDS))
    }
}
