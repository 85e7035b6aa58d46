//! Successes among trials.

use crate::error::{Error, ErrorKind};
use crate::summary::bytes::{Reader, Writer};
use crate::summary::{Summary, add};

/// Successes among trials.
///
/// ```
/// use phasegate_stats::summary::{Summary as _, Tally};
///
/// let mut passed = Tally::new(58, 60)?;
/// passed.update_slice(&[true, false])?;
/// assert_eq!((passed.successes(), passed.trials()), (59, 62));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Tally {
    successes: u64,
    trials: u64,
}

document!(Tally { successes: u64 = successes, trials: u64 = trials }, Self::new);

impl Tally {
    /// So many successes among so many trials.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Inconsistent`] for more successes than trials.
    pub fn new(successes: u64, trials: u64) -> Result<Self, Error> {
        if successes > trials {
            let message = format!("{successes} successes are more than {trials} trials");
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        Ok(Self { successes, trials })
    }

    /// For counts of which the first cannot exceed the second.
    pub(crate) const fn known(successes: u64, trials: u64) -> Self {
        Self { successes, trials }
    }

    /// How many trials succeeded.
    #[must_use]
    pub const fn successes(&self) -> u64 {
        self.successes
    }

    /// How many trials failed.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.trials - self.successes
    }

    /// How many trials there were.
    #[must_use]
    pub const fn trials(&self) -> u64 {
        self.trials
    }

    /// The share of successes; none of nothing.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.trials > 0).then(|| self.successes as f64 / self.trials as f64)
    }

    /// This rate less that of the baseline, when neither is of nothing; in one fraction, so that
    /// equal rates differ by exactly nothing.
    pub(crate) fn rate_difference(&self, baseline: &Self) -> f64 {
        let for_this = u128::from(self.successes) * u128::from(baseline.trials);
        let for_baseline = u128::from(baseline.successes) * u128::from(self.trials);
        let gap = for_this.abs_diff(for_baseline) as f64;
        let size = gap / baseline.trials as f64 / self.trials as f64;
        if for_this < for_baseline { -size } else { size }
    }

    /// The tally of failures.
    #[must_use]
    pub const fn complement(&self) -> Self {
        Self { successes: self.failures(), trials: self.trials }
    }
}

impl Summary for Tally {
    type Item = bool;

    const TAG: [u8; 4] = *b"pgT1";

    fn update(&mut self, success: bool) -> Result<(), Error> {
        self.merge(&Self { successes: u64::from(success), trials: 1 })
    }

    fn update_slice(&mut self, items: &[bool]) -> Result<(), Error> {
        let successes = items.iter().map(|success| u64::from(*success)).sum();
        self.merge(&Self { successes, trials: items.len() as u64 })
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        // Successes are at most trials, so that their sum cannot overflow alone.
        let trials = add(self.trials, other.trials)?;
        *self = Self { successes: self.successes + other.successes, trials };
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.successes).u64(self.trials);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Self::new(from.u64()?, from.u64()?)
    }
}
