//! Count, mean and sum of squared deviations of one variable.

use crate::error::{Error, ErrorKind};
use crate::summary::bytes::{Reader, Writer};
use crate::summary::{CHUNK, Summary, all_finite};

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

document!(
    Moments { count: u64 = count, mean: f64 = mean, sum_of_squared_deviations: f64 = squares },
    Self::from_parts
);

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
        let [drift, squares] = lanes_of(values, |value| {
            let deviation = value - mean;
            [deviation, deviation * deviation]
        });
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
    let [sum] = lanes_of(values, |value| [f(value)]);
    sum
}

/// Several such sums in one pass.
fn lanes_of<const N: usize>(values: &[f64], f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut sums = [[0.0; N]; 8];
    let (eights, rest) = values.as_chunks::<8>();
    let add = |sums: &mut [f64; N], value: f64| {
        for (sum, part) in sums.iter_mut().zip(f(value)) {
            *sum += part;
        }
    };
    for eight in eights {
        for (lane, value) in sums.iter_mut().zip(eight) {
            add(lane, *value);
        }
    }
    for (lane, value) in sums.iter_mut().zip(rest) {
        add(lane, *value);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    std::array::from_fn(|n| ((a[n] + e[n]) + (c[n] + g[n])) + ((b[n] + f[n]) + (d[n] + h[n])))
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
        let mut sum = *self;
        for chunk in values.chunks(CHUNK) {
            let part = Self::of_chunk(chunk);
            if !part.mean.is_finite() {
                // What is not finite makes the sum so; finite values may be too large for one.
                all_finite(values)?;
            }
            sum.merge(&part.in_range()?)?;
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
