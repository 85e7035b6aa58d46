//! The summaries of both arms in one.

use crate::error::Error;
use crate::summary::{Reader, Summary, Writer};

/// The same summary of both arms.
///
/// ```
/// use phasegate_stats::anytime::{Arm, Arms};
/// use phasegate_stats::summary::{Moments, Summary as _};
///
/// let mut cost = Arms::<Moments>::default();
/// cost.update(Arm::Baseline(1.0))?;
/// cost.update(Arm::Candidate(1.5))?;
/// assert_eq!(cost.candidate.mean(), Some(1.5));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Arms<S> {
    /// Of the baseline.
    pub baseline: S,
    /// Of the candidate.
    pub candidate: S,
}

/// An observation of one of the arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm<T> {
    /// Of the baseline.
    Baseline(T),
    /// Of the candidate.
    Candidate(T),
}

impl<S: Summary + Clone> Summary for Arms<S>
where
    S::Item: Clone,
{
    type Item = Arm<S::Item>;

    /// That of the summary, with another first letter.
    const TAG: [u8; 4] = [b'a', S::TAG[1], S::TAG[2], S::TAG[3]];

    fn update(&mut self, item: Arm<S::Item>) -> Result<(), Error> {
        match item {
            Arm::Baseline(item) => self.baseline.update(item),
            Arm::Candidate(item) => self.candidate.update(item),
        }
    }

    fn update_slice(&mut self, items: &[Arm<S::Item>]) -> Result<(), Error> {
        let (mut baseline, mut candidate) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Arm::Baseline(item) => baseline.push(item.clone()),
                Arm::Candidate(item) => candidate.push(item.clone()),
            }
        }
        let mut sum = self.clone();
        sum.baseline.update_slice(&baseline)?;
        sum.candidate.update_slice(&candidate)?;
        *self = sum;
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let mut sum = self.clone();
        sum.baseline.merge(&other.baseline)?;
        sum.candidate.merge(&other.candidate)?;
        *self = sum;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        self.baseline.write(to);
        self.candidate.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { baseline: S::read(from)?, candidate: S::read(from)? })
    }
}
