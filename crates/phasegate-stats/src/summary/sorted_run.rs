//! All values, in order.

use crate::error::Error;
use crate::summary::bytes::{Reader, Writer, malformed};
use crate::summary::{Summary, all_finite, order};

/// All values of one variable in ascending order: what rank methods read.
///
/// Adding a slice costs a sort of the slice (some 15 ms for 1e6 values) and one merge; adding
/// values one by one costs a shift of the larger ones each, so collect them first.
///
/// ```
/// use phasegate_stats::summary::{SortedRun, Summary as _};
///
/// let mut latency = SortedRun::default();
/// latency.update_slice(&[30.0, 10.0])?;
/// latency.update_slice(&[20.0, -0.0])?;
/// assert_eq!(latency.values(), [0.0, 10.0, 20.0, 30.0]);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<f64>", into = "Vec<f64>")
)]
pub struct SortedRun {
    values: Vec<f64>,
}

impl From<SortedRun> for Vec<f64> {
    fn from(run: SortedRun) -> Self {
        run.values
    }
}

impl TryFrom<Vec<f64>> for SortedRun {
    type Error = Error;

    /// In any order.
    fn try_from(values: Vec<f64>) -> Result<Self, Error> {
        Self::of(&values)
    }
}

impl SortedRun {
    fn of(values: &[f64]) -> Result<Self, Error> {
        all_finite(values)?;
        Ok(Self { values: order::sorted(values) })
    }

    /// The values in ascending order.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many values were seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.values.len() as u64
    }
}

impl Summary for SortedRun {
    type Item = f64;

    const TAG: [u8; 4] = *b"pgS1";

    fn update(&mut self, value: f64) -> Result<(), Error> {
        let value = crate::error::finite("a value", value)? + 0.0;
        let at = self.values.partition_point(|other| *other <= value);
        self.values.insert(at, value);
        Ok(())
    }

    fn update_slice(&mut self, values: &[f64]) -> Result<(), Error> {
        let run = Self::of(values)?;
        if self.values.is_empty() {
            *self = run;
            return Ok(());
        }
        self.merge(&run)
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let mut merged = Vec::with_capacity(self.values.len() + other.values.len());
        let (mut here, mut there) = (self.values.as_slice(), other.values.as_slice());
        while let (Some(first), Some(second)) = (here.first(), there.first()) {
            let from = if first <= second { &mut here } else { &mut there };
            if let Some((value, rest)) = from.split_first() {
                merged.push(*value);
                *from = rest;
            }
        }
        merged.extend(here);
        merged.extend(there);
        self.values = merged;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.count());
        for value in &self.values {
            to.f64(*value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let length = from.length(8)?;
        let values = (0..length).map(|_| from.f64()).collect::<Result<Vec<_>, _>>()?;
        if !values.is_sorted() {
            return Err(malformed("values are not in order"));
        }
        Self::try_from(values)
    }
}
