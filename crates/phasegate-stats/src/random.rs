//! The stream of random bits behind the methods that draw: the same on every platform.

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
