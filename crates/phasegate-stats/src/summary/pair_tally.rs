//! The four counts of paired yes-or-no answers.

use crate::error::Error;
use crate::summary::bytes::{Reader, Writer};
use crate::summary::{Summary, Tally, add, overflow};

/// Whether each version succeeded on the same item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PairedAnswer {
    /// Whether the baseline succeeded.
    pub baseline: bool,
    /// Whether the candidate succeeded.
    pub candidate: bool,
}

/// The four counts of pairs of yes-or-no answers to the same items.
///
/// ```
/// use phasegate_stats::summary::PairTally;
///
/// let pairs = PairTally::new(80, 4, 12, 4)?;
/// assert_eq!(pairs.pairs(), 100);
/// assert_eq!(pairs.discordant(), 16);
/// assert_eq!(pairs.difference(), Some(0.08));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct PairTally {
    both: u64,
    only_baseline: u64,
    only_candidate: u64,
    neither: u64,
}

document!(
    PairTally {
        both: u64 = both,
        only_baseline: u64 = only_baseline,
        only_candidate: u64 = only_candidate,
        neither: u64 = neither,
    },
    Self::new
);

impl PairTally {
    /// The counts of items on which both succeeded, only one did, neither did.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](crate::ErrorKind::TooLarge) where they sum to more than 64 bits hold.
    pub fn new(
        both: u64,
        only_baseline: u64,
        only_candidate: u64,
        neither: u64,
    ) -> Result<Self, Error> {
        [only_baseline, only_candidate, neither]
            .iter()
            .try_fold(both, |sum, count| sum.checked_add(*count))
            .ok_or_else(overflow)?;
        Ok(Self { both, only_baseline, only_candidate, neither })
    }

    /// Items on which both succeeded.
    #[must_use]
    pub const fn both(&self) -> u64 {
        self.both
    }

    /// Items on which the baseline alone succeeded.
    #[must_use]
    pub const fn only_baseline(&self) -> u64 {
        self.only_baseline
    }

    /// Items on which the candidate alone succeeded.
    #[must_use]
    pub const fn only_candidate(&self) -> u64 {
        self.only_candidate
    }

    /// Items on which neither succeeded.
    #[must_use]
    pub const fn neither(&self) -> u64 {
        self.neither
    }

    /// All items.
    #[must_use]
    pub const fn pairs(&self) -> u64 {
        self.both + self.only_baseline + self.only_candidate + self.neither
    }

    /// Items on which the two differ.
    #[must_use]
    pub const fn discordant(&self) -> u64 {
        self.only_baseline + self.only_candidate
    }

    /// The candidate's rate less the baseline's; none of nothing.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        let gained = self.only_candidate as f64 - self.only_baseline as f64;
        (self.pairs() > 0).then(|| gained / self.pairs() as f64)
    }

    /// The baseline's own tally.
    #[must_use]
    pub fn baseline(&self) -> Tally {
        Tally::known(self.both + self.only_baseline, self.pairs())
    }

    /// The candidate's own tally.
    #[must_use]
    pub fn candidate(&self) -> Tally {
        Tally::known(self.both + self.only_candidate, self.pairs())
    }

    /// With baseline and candidate in each other's place.
    #[must_use]
    pub const fn swapped(&self) -> Self {
        Self { only_baseline: self.only_candidate, only_candidate: self.only_baseline, ..*self }
    }
}

impl Summary for PairTally {
    type Item = PairedAnswer;

    const TAG: [u8; 4] = *b"pgP1";

    fn update(&mut self, item: PairedAnswer) -> Result<(), Error> {
        self.update_slice(&[item])
    }

    fn update_slice(&mut self, items: &[PairedAnswer]) -> Result<(), Error> {
        let mut seen = Self::default();
        for item in items {
            match (item.baseline, item.candidate) {
                (true, true) => seen.both += 1,
                (true, false) => seen.only_baseline += 1,
                (false, true) => seen.only_candidate += 1,
                (false, false) => seen.neither += 1,
            }
        }
        self.merge(&seen)
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        *self = Self::new(
            add(self.both, other.both)?,
            add(self.only_baseline, other.only_baseline)?,
            add(self.only_candidate, other.only_candidate)?,
            add(self.neither, other.neither)?,
        )?;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.both).u64(self.only_baseline).u64(self.only_candidate).u64(self.neither);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Self::new(from.u64()?, from.u64()?, from.u64()?, from.u64()?)
    }
}
