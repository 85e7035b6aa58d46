//! What is assumed of pairs of yes-or-no answers.

use crate::design::power::{observed_rate, rate};
use crate::error::Error;
use crate::summary::PairTally;

/// The shares of items that the candidate gains and loses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Discordant {
    pub(super) gained: f64,
    pub(super) lost: f64,
}

impl Discordant {
    /// Of two rates whose sum is one too.
    pub(super) fn new(gained: f64, lost: f64) -> Result<Self, Error> {
        rate("the rate of gains", gained)?;
        rate("the rate of losses", lost)?;
        rate("the rate of discordant pairs", gained + lost)?;
        Ok(Self { gained, lost })
    }

    /// As pairs show, with half an item added to each of gains and losses.
    pub(super) fn observed(pairs: &PairTally) -> Result<Self, Error> {
        let gained = observed_rate(pairs.only_candidate(), pairs.pairs())?;
        let lost = observed_rate(pairs.only_baseline(), pairs.pairs())?;
        // All discordant, rounding may leave more than one.
        let sum = (gained + lost).max(1.0);
        Self::new(gained / sum, lost / sum)
    }

    /// The rate of discordant pairs.
    pub(super) fn sum(self) -> f64 {
        (self.gained + self.lost).min(1.0)
    }

    /// The candidate's rate less the baseline's.
    pub(super) fn difference(self) -> f64 {
        self.gained - self.lost
    }

    /// With another difference; the sum is kept where it is large enough.
    pub(super) fn with_difference(self, difference: f64) -> Result<Self, Error> {
        rate("the size of the effect", difference.abs())?;
        let sum = (self.gained + self.lost).max(difference.abs());
        Ok(Self { gained: 0.5 * (sum + difference), lost: 0.5 * (sum - difference) })
    }

    /// Baseline and candidate change places.
    pub(super) fn mirrored(self) -> Self {
        Self { gained: self.lost, lost: self.gained }
    }
}
