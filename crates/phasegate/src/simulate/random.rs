//! Random numbers: a stream for each run, so that no result depends on how runs are shared out to
//! threads. Elementary functions are those of the pinned `libm`, as everywhere.

/// `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
    /// The second of two normal numbers that come together.
    spare: Option<f64>,
}

impl Random {
    /// The stream of a seed, a purpose and an index.
    pub(super) fn new(seed: u64, purpose: u64, index: u64) -> Self {
        let mut random = Self { state: seed, spare: None };
        for part in [purpose, index] {
            let base = random.bits();
            random.state = base ^ part.wrapping_mul(0xd134_2543_de82_ef95);
        }
        random
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (f64::EPSILON / 2.0)
    }

    /// A standard normal number (Box and Muller, 1958).
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // One minus, so that the logarithm is of something positive.
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Two standard normal numbers with this correlation.
    pub(super) fn pair(&mut self, correlation: f64) -> [f64; 2] {
        let (one, other) = (self.normal(), self.normal());
        let rest = (1.0 - correlation * correlation).max(0.0).sqrt();
        [one, correlation * one + rest * other]
    }

    /// A count with the Poisson distribution whose probability of 0 is `none` (Knuth, "The Art of
    /// Computer Programming", volume 2, section 3.4.1).
    pub(super) fn poisson(&mut self, none: f64) -> f64 {
        let (mut count, mut product) = (0.0, self.unit());
        while product > none {
            count += 1.0;
            product *= self.unit();
        }
        count
    }
}

pub(super) fn exp(x: f64) -> f64 {
    libm::exp(x)
}

pub(super) fn ln(x: f64) -> f64 {
    libm::log(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_paper() {
        // The reference implementation of Vigna (splitmix64.c) with x = 1234567.
        let mut random = Random { state: 1_234_567, spare: None };
        let first = [(); 3].map(|()| random.bits());
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::new(7, 1, 0);
        let n = 40_000;
        let pairs: Vec<[f64; 2]> = (0..n).map(|_| random.pair(0.6)).collect();
        let mean = |of: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>() / f64::from(n);
        // Five standard errors of each: 1 / sqrt(n) of a mean, below 2 / sqrt(n) of a product.
        assert!(mean(&|pair| pair[0]).abs() < 0.025);
        assert!((mean(&|pair| pair[1] * pair[1]) - 1.0).abs() < 0.05);
        assert!((mean(&|pair| pair[0] * pair[1]) - 0.6).abs() < 0.05);
        let none = exp(-2.0);
        let events: f64 = (0..n).map(|_| random.poisson(none)).sum();
        assert!((events / f64::from(n) - 2.0).abs() < 5.0 * (2.0 / f64::from(n)).sqrt());
    }
}
