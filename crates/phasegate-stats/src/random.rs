//! The stream of random bits behind the methods that draw: the same on every platform.

use crate::error::{Error, ErrorKind};

/// How many rearrangements or resamples are drawn where there are too many to try all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Draws {
    /// The seed; the same seed gives the same answer everywhere.
    pub seed: u64,
    /// How many, from 99 to 1,000,000; one less than a round number makes the p-values round.
    pub count: u32,
}

impl Draws {
    pub(crate) fn checked(self) -> Result<Self, Error> {
        if (99..=1_000_000).contains(&self.count) {
            return Ok(self);
        }
        let message = format!("{} draws are asked for; there may be 99 to 1000000", self.count);
        Err(Error::new(ErrorKind::OutOfRange, message))
    }

    /// The draws in blocks with a stream of bits each, so that no answer depends on how blocks are
    /// shared out to threads: the stream, and how many draws it serves.
    pub(crate) fn blocks(self) -> impl Iterator<Item = (Random, u32)> {
        const BLOCK: u32 = 256;
        (0..self.count.div_ceil(BLOCK)).map(move |index| {
            let left = self.count - index * BLOCK;
            (Random::new(self.seed, u64::from(index)), left.min(BLOCK))
        })
    }
}

/// `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The stream of one seed. Streams of the same seed with different `index` are independent, so
    /// that draws may be shared out to threads.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut random = Self { state: seed };
        let base = random.bits();
        random.state = base ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        random.state = random.bits();
        random
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`, by the high half of a product; for less than 2^32 numbers no
    /// value is likelier than another by more than 2^-32 of its probability.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let product = u128::from(self.bits()) * end as u128;
        usize::try_from(product >> 64).unwrap_or_default()
    }

    /// Two whole numbers, each below its `end`, from one word of bits: the high halves of products.
    /// No value is likelier than another by more than `end` / 2^32 of its probability.
    pub(crate) fn two_below(&mut self, ends: [u32; 2]) -> [u32; 2] {
        let bits = self.bits();
        let scaled = |half: u64, end: u32| ((half * u64::from(end)) >> 32) as u32;
        [scaled(bits & u64::from(u32::MAX), ends[0]), scaled(bits >> 32, ends[1])]
    }

    /// A number from 0 to below 1, in steps of 2^-53.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (f64::EPSILON / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_paper() {
        // The reference implementation of Vigna (splitmix64.c) with x = 1234567.
        let mut random = Random { state: 1_234_567 };
        let first: Vec<_> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn streams_differ() {
        let mut seen: Vec<_> = (0..100).map(|index| Random::new(7, index).bits()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}
