//! Count, mean and sum of squared deviations of one variable.

use crate::error::{Error, ErrorKind};
use crate::summary::bytes::{Reader, Writer};
use crate::summary::{CHUNK, Summary};

/// Count, mean and sum of squared deviations.
///
/// Never a sum of squares: at a mean of 1e8 and a variance of 1 that sum has no digit of the
/// variance left.
///
/// ```
/// use phasegate_stats::summary::{Moments, Summary as _};
///
/// let mut latency = Moments::default();
/// latency.update_slice(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0])?;
/// assert_eq!(latency.mean(), Some(1e9 + 10.0));
/// assert_eq!(latency.variance(), Some(30.0));
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

/// The fields as documents carry them.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
struct Parts {
    count: u64,
    mean: f64,
    sum_of_squared_deviations: f64,
}

impl From<Moments> for Parts {
    fn from(moments: Moments) -> Self {
        Self {
            count: moments.count,
            mean: moments.mean,
            sum_of_squared_deviations: moments.squares,
        }
    }
}

impl TryFrom<Parts> for Moments {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::from_parts(parts.count, parts.mean, parts.sum_of_squared_deviations)
    }
}

impl Moments {
    /// From numbers that were summed elsewhere: the count, the mean, and the sum of squared
    /// deviations from the mean.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`], or [`ErrorKind::Inconsistent`] for a negative sum of squares, or
    /// for a mean of nothing or a deviation of one value that is not zero.
    pub fn from_parts(count: u64, mean: f64, squares: f64) -> Result<Self, Error> {
        if !(mean.is_finite() && squares.is_finite()) {
            let message = format!(
                "the mean is `{mean}` and the sum of squares `{squares}`; both must be finite"
            );
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        if squares < 0.0 || (count == 0 && mean != 0.0) || (count < 2 && squares != 0.0) {
            let message = format!(
                "no {count} values have the mean {mean} and the sum of squared deviations {squares}"
            );
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        Ok(Self { count, mean, squares })
    }

    /// For numbers that are consistent by construction.
    pub(crate) const fn known(count: u64, mean: f64, squares: f64) -> Self {
        Self { count, mean, squares }
    }

    /// The mean; 0 of nothing.
    pub(crate) const fn known_mean(&self) -> f64 {
        self.mean
    }

    /// How many values were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The mean; none of nothing.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The sum of squared deviations from the mean.
    #[must_use]
    pub const fn sum_of_squared_deviations(&self) -> f64 {
        self.squares
    }

    /// The variance with divisor n - 1; none of fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The moments of one chunk of finite values: the mean by eight interleaved sums, then the
    /// deviations from it with the correction for the mean's own rounding (Chan and others,
    /// "Algorithms for computing the sample variance", 1983, equation 1.7).
    pub(super) fn of_chunk(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = lanes(values, |value| value) / count;
        let drift = lanes(values, |value| value - mean);
        let squares = lanes(values, |value| (value - mean) * (value - mean));
        Self {
            count: values.len() as u64,
            mean: mean + drift / count,
            // Rounding may leave less than nothing; an overflow must stay visible.
            squares: if squares < drift * drift / count {
                0.0
            } else {
                squares - drift * drift / count
            },
        }
    }

    pub(super) fn in_range(self) -> Result<Self, Error> {
        if self.mean.is_finite() && self.squares.is_finite() {
            return Ok(self);
        }
        let message = "the squares of the values leave the range of doubles; scale the values down";
        Err(Error::new(ErrorKind::TooLarge, message))
    }
}

/// The sum of `f` over the values in eight lanes, which a compiler may run side by side and which
/// round the same on every machine.
pub(crate) fn lanes(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += f(*value);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += f(*value);
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}

impl Summary for Moments {
    type Item = f64;

    const TAG: [u8; 4] = *b"pgM1";

    fn update(&mut self, value: f64) -> Result<(), Error> {
        let value = crate::error::finite("a value", value)?;
        self.merge(&Self { count: 1, mean: value, squares: 0.0 })
    }

    /// In chunks of 65,536 values that merge in order, whatever the number of threads: whoever cuts
    /// the input at multiples of that length gets the same bytes.
    fn update_slice(&mut self, values: &[f64]) -> Result<(), Error> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let message = format!("value {index} is `{}`; it must be finite", values[index]);
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        let mut sum = *self;
        for chunk in values.chunks(CHUNK) {
            sum.merge(&Self::of_chunk(chunk).in_range()?)?;
        }
        *self = sum;
        Ok(())
    }

    /// Chan's update: the deviation between the two means adds to the squares.
    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if other.count == 0 {
            return Ok(());
        }
        if self.count == 0 {
            *self = *other;
            return Ok(());
        }
        let count = self.count.checked_add(other.count).ok_or_else(crate::summary::overflow)?;
        let (here, there, all) = (self.count as f64, other.count as f64, count as f64);
        let shift = other.mean - self.mean;
        let mean = self.mean + shift * (there / all);
        let squares = self.squares + other.squares + shift * shift * (here * there / all);
        *self = Self { count, mean, squares }.in_range()?;
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        to.u64(self.count).f64(self.mean).f64(self.squares);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Self::from_parts(from.u64()?, from.f64()?, from.f64()?)
    }
}
