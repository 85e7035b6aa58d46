//! Moments of two variables seen together.

use crate::error::{Error, ErrorKind};
use crate::summary::bytes::{Reader, Writer};
use crate::summary::moments::lanes;
use crate::summary::{CHUNK, Moments, Summary};

/// Two numbers that belong together: those of both versions for one request, or a metric and its
/// covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Of the baseline, or the covariate.
    pub baseline: f64,
    /// Of the candidate, or the metric.
    pub candidate: f64,
}

/// Count, both means, both sums of squared deviations and the sum of their products.
///
/// ```
/// use phasegate_stats::summary::{Pair, PairMoments, Summary as _};
///
/// let mut cost = PairMoments::default();
/// for (baseline, candidate) in [(1.0, 1.5), (2.0, 2.0), (3.0, 4.0)] {
///     cost.update(Pair { baseline, candidate })?;
/// }
/// assert_eq!(cost.covariance(), Some(1.25));
/// // The moments of candidate - 1.1 baseline, without the pairs.
/// let contrast = cost.contrast(1.1)?;
/// assert!((contrast.mean().unwrap() - 0.3).abs() < 1e-15);
/// # Ok::<(), phasegate_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct PairMoments {
    baseline: Moments,
    candidate: Moments,
    products: f64,
}

document!(
    PairMoments {
        baseline: Moments = baseline,
        candidate: Moments = candidate,
        sum_of_products_of_deviations: f64 = products,
    },
    Self::from_parts
);

impl PairMoments {
    /// From the moments of each and the sum of products of deviations.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] for different counts; [`ErrorKind::Inconsistent`] for products
    /// larger than the squares allow (Cauchy-Schwarz, with a part in 1e9 for rounding);
    /// [`ErrorKind::NonFinite`].
    pub fn from_parts(baseline: Moments, candidate: Moments, products: f64) -> Result<Self, Error> {
        let products = crate::error::finite("the sum of products", products)?;
        if baseline.count() != candidate.count() {
            let message = format!(
                "pairs cannot have {} baseline and {} candidate values",
                baseline.count(),
                candidate.count()
            );
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let bound = baseline.sum_of_squared_deviations().sqrt()
            * candidate.sum_of_squared_deviations().sqrt();
        if products.abs() > bound * (1.0 + 1e-9) {
            let message =
                format!("the sum of products {products} exceeds what the squares allow, {bound}");
            return Err(Error::new(ErrorKind::Inconsistent, message));
        }
        Ok(Self { baseline, candidate, products })
    }

    /// How many pairs were seen.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.baseline.count()
    }

    /// The moments of the baseline alone.
    #[must_use]
    pub const fn baseline(&self) -> &Moments {
        &self.baseline
    }

    /// The moments of the candidate alone.
    #[must_use]
    pub const fn candidate(&self) -> &Moments {
        &self.candidate
    }

    /// The sum of products of deviations from both means.
    #[must_use]
    pub const fn sum_of_products_of_deviations(&self) -> f64 {
        self.products
    }

    /// The covariance with divisor n - 1; none of fewer than two pairs.
    #[must_use]
    pub fn covariance(&self) -> Option<f64> {
        (self.count() > 1).then(|| self.products / (self.count() - 1) as f64)
    }

    /// The moments of candidate - `ratio` * baseline.
    ///
    /// Where the two nearly cancel, the digits of the variance are those that the three sums leave;
    /// summing the differences themselves loses none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NonFinite`] for such a ratio, [`ErrorKind::TooLarge`] where the result leaves
    /// the range of doubles.
    pub fn contrast(&self, ratio: f64) -> Result<Moments, Error> {
        let ratio = crate::error::finite("the ratio", ratio)?;
        let squares = self.candidate.sum_of_squared_deviations() - 2.0 * ratio * self.products
            + ratio * ratio * self.baseline.sum_of_squared_deviations();
        let mean = self.candidate.known_mean() - ratio * self.baseline.known_mean();
        // Rounding may leave less than nothing; an overflow must stay visible.
        let squares = if squares < 0.0 { 0.0 } else { squares };
        Moments::known(self.count(), mean, squares).in_range()
    }

    fn of_chunk(pairs: &[Pair]) -> Result<Self, Error> {
        let baseline: Vec<f64> = pairs.iter().map(|pair| pair.baseline).collect();
        let candidate: Vec<f64> = pairs.iter().map(|pair| pair.candidate).collect();
        let first = Moments::of_chunk(&baseline).in_range()?;
        let second = Moments::of_chunk(&candidate).in_range()?;
        let products: Vec<f64> = pairs
            .iter()
            .map(|pair| {
                (pair.baseline - first.known_mean()) * (pair.candidate - second.known_mean())
            })
            .collect();
        Ok(Self { baseline: first, candidate: second, products: lanes(&products, |value| value) })
    }
}

impl Summary for PairMoments {
    type Item = Pair;

    const TAG: [u8; 4] = *b"pgC1";

    fn update(&mut self, pair: Pair) -> Result<(), Error> {
        self.update_slice(&[pair])
    }

    fn update_slice(&mut self, pairs: &[Pair]) -> Result<(), Error> {
        let bad = |pair: &Pair| !(pair.baseline.is_finite() && pair.candidate.is_finite());
        if let Some(index) = pairs.iter().position(bad) {
            let Pair { baseline, candidate } = pairs[index];
            let message =
                format!("pair {index} is `{baseline}` and `{candidate}`; both must be finite");
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        let mut sum = *self;
        for chunk in pairs.chunks(CHUNK) {
            sum.merge(&Self::of_chunk(chunk)?)?;
        }
        *self = sum;
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let (here, there) = (self.count() as f64, other.count() as f64);
        let shift = |first: &Moments, second: &Moments| second.known_mean() - first.known_mean();
        // Of an empty side there is nothing to correct, whatever its mean is taken for.
        let cross = if here > 0.0 && there > 0.0 {
            shift(&self.baseline, &other.baseline)
                * shift(&self.candidate, &other.candidate)
                * (here * there / (here + there))
        } else {
            0.0
        };
        let (mut baseline, mut candidate) = (self.baseline, self.candidate);
        baseline.merge(&other.baseline)?;
        candidate.merge(&other.candidate)?;
        *self = Self { baseline, candidate, products: self.products + other.products + cross };
        Ok(())
    }

    fn write(&self, to: &mut Writer) {
        self.baseline.write(to);
        self.candidate.write(to);
        to.f64(self.products);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        Self::from_parts(Moments::read(from)?, Moments::read(from)?, from.f64()?)
    }
}
