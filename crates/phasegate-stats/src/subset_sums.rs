//! Sums of many subsets of the same values.

use crate::random::Random;

/// How many values share a table.
const GROUP: usize = 4;

/// The number of their subsets.
const SUBSETS: usize = 1 << GROUP;

/// The bits of a word that say which subset of the next group it is.
const SUBSET: u64 = (1 << GROUP) - 1;

/// How many groups a word of bits serves.
const GROUPS: usize = u64::BITS as usize / GROUP;

/// Values whose subsets are summed, four at a time, from tables of the sums of all subsets of these
/// four.
#[derive(Debug)]
pub(crate) struct SubsetSums {
    tables: Vec<[f64; SUBSETS]>,
    count: usize,
}

impl SubsetSums {
    pub(crate) fn new(values: &[f64]) -> Self {
        let table = |group: &[f64]| {
            let mut sums = [0.0; SUBSETS];
            for (subset, sum) in sums.iter_mut().enumerate() {
                let chosen = group.iter().enumerate().filter(|(at, _)| (subset >> at) & 1 == 1);
                *sum = chosen.map(|(_, value)| value).sum();
            }
            sums
        };
        Self { tables: values.chunks(GROUP).map(table).collect(), count: values.len() }
    }

    /// The words of a subset's bits.
    pub(crate) fn words(&self) -> usize {
        self.count.div_ceil(u64::BITS as usize)
    }

    /// The bits of the last word that stand for values; the others must be 0.
    pub(crate) fn last_mask(&self) -> u64 {
        let rest = self.count % u64::BITS as usize;
        if rest == 0 { u64::MAX } else { (1 << rest) - 1 }
    }

    /// The sum of the values whose bit is set, the first value's in the lowest bit of the first
    /// word.
    pub(crate) fn sum(&self, bits: &[u64]) -> f64 {
        // Sums in lanes wait less for each other.
        const LANES: usize = 4;
        let mut sums = [0.0; LANES];
        for (tables, word) in self.tables.chunks(GROUPS).zip(bits) {
            let mut word = *word;
            for tables in tables.chunks(LANES) {
                for (sum, table) in sums.iter_mut().zip(tables) {
                    *sum += table[(word & SUBSET) as usize];
                    word >>= GROUP;
                }
            }
        }
        sums.iter().sum()
    }

    /// Sets all bits at random, each subset as likely as another; the number of bits that are set.
    pub(crate) fn toss(&self, bits: &mut [u64], random: &mut Random) -> usize {
        bits.fill_with(|| random.bits());
        if let Some(last) = bits.last_mut() {
            *last &= self.last_mask();
        }
        bits.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Sets so many bits, each such subset as likely as another.
    ///
    /// A toss of all bits is uniform among the subsets of its size, and stays so among those of the
    /// next size when a bit drawn at random is set or cleared.
    pub(crate) fn choose(&self, bits: &mut [u64], chosen: usize, random: &mut Random) {
        let chosen = chosen.min(self.count);
        // From the nearest of none, half and all.
        let quarter = self.count / 4;
        let mut set = if chosen < quarter {
            bits.fill(0);
            0
        } else if chosen <= self.count - quarter {
            self.toss(bits, random)
        } else {
            bits.fill(u64::MAX);
            if let Some(last) = bits.last_mut() {
                *last &= self.last_mask();
            }
            self.count
        };
        while set != chosen {
            let at = random.below(self.count);
            let wanted = u64::from(set < chosen);
            let Some(word) = bits.get_mut(at / u64::BITS as usize) else { continue };
            let shift = at % u64::BITS as usize;
            if (*word >> shift) & 1 != wanted {
                *word ^= 1 << shift;
                set = if set < chosen { set + 1 } else { set - 1 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each value is a power of two, so that a sum names its subset.
    #[test]
    fn sums_are_those_of_the_bits() {
        let values: Vec<f64> = (0..50).map(|power| (1_u64 << power) as f64).collect();
        for count in [0, 1, 3, 4, 5, 31, 50] {
            let sums = SubsetSums::new(&values[..count]);
            let mut bits = vec![0; sums.words()];
            let mut random = Random::new(1, 1);
            for _ in 0..20 {
                let set = sums.toss(&mut bits, &mut random);
                let word = bits.first().copied().unwrap_or_default();
                assert_eq!((sums.sum(&bits), word.count_ones() as usize), (word as f64, set));
            }
        }
        let many = SubsetSums::new(&[1.0; 203]);
        let mut bits = vec![0; many.words()];
        for chosen in 0..=203 {
            many.choose(&mut bits, chosen, &mut Random::new(2, chosen as u64));
            assert_eq!(crate::math::to_count(many.sum(&bits)), chosen as u64);
        }
    }

    /// All subsets of a size come equally often: of 10 subsets in 10,000 draws each within five
    /// standard deviations, 150, of 1000.
    #[test]
    fn subsets_of_a_size_are_equally_likely() {
        let sums = SubsetSums::new(&[1.0; 5]);
        let mut random = Random::new(3, 0);
        for chosen in [2, 3] {
            let mut seen = std::collections::BTreeMap::new();
            let mut bits = [0];
            for _ in 0..10_000 {
                sums.choose(&mut bits, chosen, &mut random);
                *seen.entry(bits).or_insert(0_i32) += 1;
            }
            assert_eq!(seen.len(), 10);
            assert!(seen.values().all(|count| (count - 1000).abs() < 150), "{seen:?}");
        }
    }
}
