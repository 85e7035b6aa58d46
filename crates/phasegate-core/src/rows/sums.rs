//! Means and ratios of sums from exact sums, so that the order of rows never shows.

use super::exact_sum::ExactSum;
use crate::observations::MeanOf;

/// Count, sum and sum of squares of one number.
#[derive(Debug, Clone, Default)]
pub(super) struct MeanSums {
    n: u64,
    sum: ExactSum,
    squares: ExactSum,
}

impl MeanSums {
    pub(super) fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum.add(value);
        self.squares.add_product(value, value);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.sum.merge(other.sum);
        self.squares.merge(other.squares);
    }

    /// Mean and deviation, each nearest to the true one but for the last digits of the division.
    pub(super) fn finish(&self) -> MeanOf {
        let n = self.n as f64;
        if self.n == 0 {
            return MeanOf::default();
        }
        let sum = self.sum.expansion();
        let mean = sum[0] / n;
        // The sum of (x - mean)^2 for this very double as the mean, without rounding ...
        let mut squares = self.squares.clone();
        for part in sum {
            squares.add_product(part, -2.0 * mean);
        }
        let [whole, rest] = two_parts(mean, mean);
        squares.add_product(whole, n);
        squares.add_product(rest, n);
        // ... and what it is less around the true one.
        let mut drift = self.sum.clone();
        drift.add_product(-mean, n);
        let drift = drift.value();
        let deviation = (squares.value() - drift * drift / n).max(0.0);
        let sd = if self.n > 1 { (deviation / (n - 1.0)).sqrt() } else { 0.0 };
        MeanOf { n: self.n, mean, sd }
    }
}

/// A product as the sum of two doubles.
fn two_parts(a: f64, b: f64) -> [f64; 2] {
    let mut product = ExactSum::default();
    product.add_product(a, b);
    let [whole, rest, _] = product.expansion();
    [whole, rest]
}

/// Count, sums, squares and products of a numerator and a denominator.
#[derive(Debug, Clone, Default)]
pub(super) struct RatioSums {
    n: u64,
    numerator: ExactSum,
    denominator: ExactSum,
    numerator_squares: ExactSum,
    denominator_squares: ExactSum,
    products: ExactSum,
}

impl RatioSums {
    pub(super) fn add(&mut self, numerator: f64, denominator: f64) {
        self.n += 1;
        self.numerator.add(numerator);
        self.denominator.add(denominator);
        self.numerator_squares.add_product(numerator, numerator);
        self.denominator_squares.add_product(denominator, denominator);
        self.products.add_product(numerator, denominator);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.numerator.merge(other.numerator);
        self.denominator.merge(other.denominator);
        self.numerator_squares.merge(other.numerator_squares);
        self.denominator_squares.merge(other.denominator_squares);
        self.products.merge(other.products);
    }

    /// The ratio of the sums, and of each row's part in it the deviation by Taylor's linearization:
    /// (y - R x) divided by the mean of x (Cochran, "Sampling Techniques", 1977, section 2.11).
    ///
    /// None where the denominator sums to nothing.
    pub(super) fn finish(&self) -> Option<MeanOf> {
        let n = self.n as f64;
        let denominator = self.denominator.value();
        if denominator <= 0.0 {
            return None;
        }
        let ratio = self.numerator.value() / denominator;
        // The sum of (y - R x)^2, without rounding before its end.
        let mut squares = self.numerator_squares.clone();
        for part in self.products.expansion() {
            squares.add_product(part, -2.0 * ratio);
        }
        let [whole, rest] = two_parts(ratio, ratio);
        for part in self.denominator_squares.expansion() {
            squares.add_product(part, whole);
            squares.add_product(part, rest);
        }
        let sd = if self.n > 1 {
            (squares.value().max(0.0) / (n - 1.0)).sqrt() / (denominator / n)
        } else {
            0.0
        };
        Some(MeanOf { n: self.n, mean: ratio, sd })
    }
}

/// Per cluster the sums of a numerator and a denominator.
///
/// A mean is the ratio whose denominator is 1 in each row.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupedSums {
    groups: std::collections::BTreeMap<String, (ExactSum, ExactSum)>,
}

impl GroupedSums {
    pub(super) fn add(&mut self, cluster: &str, numerator: f64, denominator: f64) {
        let group = match self.groups.get_mut(cluster) {
            Some(group) => group,
            None => self.groups.entry(cluster.to_owned()).or_default(),
        };
        group.0.add(numerator);
        group.1.add(denominator);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (cluster, sums) in other.groups {
            let group = self.groups.entry(cluster).or_default();
            group.0.merge(sums.0);
            group.1.merge(sums.1);
        }
    }

    /// The ratio of the sums over the clusters, each of them one observation: `n` is the number of
    /// clusters and the deviation that of a cluster's part in the ratio, so that sd^2 / n is its
    /// cluster-robust variance.
    pub(super) fn finish(&self) -> Option<MeanOf> {
        let mut clusters = RatioSums::default();
        for (numerator, denominator) in self.groups.values() {
            clusters.add(numerator.value(), denominator.value());
        }
        clusters.finish()
    }
}
