//! Sorting doubles: by their leading bits into buckets that fit the cache, each bucket by the bits
//! that follow, and what is left by insertion.

/// Fewer keys than this are sorted at once, and more in one bucket are told apart by their own
/// range.
const FEW: usize = 1 << 13;

/// How many leading bits of the range of keys tell buckets apart, at most: more buckets would be
/// written to than the processor keeps pages at hand.
const MOST_BITS: u32 = 12;

/// Two to this is how many keys a bucket should hold.
const BUCKET_BITS: u32 = 8;

/// How many bits more tell the keys of a bucket apart, at most.
const INNER_BITS: u32 = 10;

/// So many keys that share all these bits are moved into place one by one.
const NEIGHBORS: usize = 24;

/// Finite values in ascending order, with one zero.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let keys = sorted_by_keys(values.len(), || values.iter().map(|value| key(*value)));
    // Of the same size, so that the collection takes no new memory.
    keys.into_iter().map(of_key).collect()
}

/// Finite doubles are in the order of these integers, which sort faster. Adding zero makes -0 a 0,
/// or equal runs would have different bytes.
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

fn of_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 0 { !key } else { key & !(1 << 63) })
}

/// Where keys go: by the bits of their distance from the least of them that `shift` and `mask`
/// leave.
#[derive(Clone, Copy)]
struct Digit {
    least: u64,
    shift: u32,
    mask: u64,
}

impl Digit {
    #[expect(clippy::cast_possible_truncation, reason = "the mask has few bits")]
    const fn of(self, key: u64) -> usize {
        ((key.wrapping_sub(self.least) >> self.shift) & self.mask) as usize
    }

    /// Puts keys where they belong; `starts` are counts before, and ends after.
    fn spread(self, keys: impl Iterator<Item = u64>, starts: &mut [usize], to: &mut [u64]) {
        let mut start = 0_usize;
        for count in &mut *starts {
            start = start.wrapping_add(std::mem::replace(count, start));
        }
        for key in keys {
            let at = &mut starts[self.of(key)];
            to[*at] = key;
            *at = at.wrapping_add(1);
        }
    }

    fn count(self, keys: impl Iterator<Item = u64>, counts: &mut [usize]) {
        for key in keys {
            let count = &mut counts[self.of(key)];
            *count = count.wrapping_add(1);
        }
    }
}

/// The keys in ascending order; they are computed three times, which costs less than to keep them.
///
/// Where an outlier leaves most keys in one bucket, that bucket is told apart by its own range: at
/// most a dozen times, for each takes five bits or more.
fn sorted_by_keys<I: Iterator<Item = u64>>(count: usize, keys: impl Fn() -> I) -> Vec<u64> {
    if count < FEW {
        let mut sorted: Vec<u64> = keys().collect();
        sorted.sort_unstable();
        return sorted;
    }
    let (least, most) =
        keys().fold((u64::MAX, 0), |(least, most), key| (key.min(least), key.max(most)));
    let bits = (count.ilog2() - BUCKET_BITS).min(MOST_BITS);
    let shift = (u64::BITS - (most - least).leading_zeros()).saturating_sub(bits);
    let digit = Digit { least, shift, mask: (1 << bits) - 1 };
    let mut ends = vec![0; 1 << bits];
    digit.count(keys(), &mut ends);
    let mut sorted = vec![0; count];
    digit.spread(keys(), &mut ends, &mut sorted);
    let mut rest = sorted.as_mut_slice();
    let mut before = 0;
    let mut room = Room { keys: Vec::with_capacity(FEW), ends: [0; 1 << INNER_BITS] };
    for end in ends {
        let (own, others) = rest.split_at_mut(end - before);
        if own.len() >= FEW && shift > 0 {
            own.copy_from_slice(&sorted_keys(own));
        } else {
            sort_bucket(own, least, shift, &mut room);
        }
        (rest, before) = (others, end);
    }
    sorted
}

fn sorted_keys(keys: &[u64]) -> Vec<u64> {
    sorted_by_keys(keys.len(), || keys.iter().copied())
}

/// What sorting a bucket needs, kept for the next.
struct Room {
    keys: Vec<u64>,
    ends: [usize; 1 << INNER_BITS],
}

/// Sorts keys that differ only in the bits below `shift` of their distance from `least`.
fn sort_bucket(keys: &mut [u64], least: u64, shift: u32, room: &mut Room) {
    if keys.len() <= NEIGHBORS {
        keys.sort_unstable();
        return;
    }
    let bits = (keys.len().ilog2() + 1).min(INNER_BITS).min(shift);
    let digit = Digit { least, shift: shift - bits, mask: (1 << bits) - 1 };
    let ends = &mut room.ends[..1 << bits];
    ends.fill(0);
    digit.count(keys.iter().copied(), ends);
    if ends.iter().any(|count| *count > NEIGHBORS) {
        keys.sort_unstable();
        return;
    }
    room.keys.clear();
    room.keys.extend_from_slice(keys);
    digit.spread(room.keys.iter().copied(), ends, keys);
    for end in 1..keys.len() {
        let key = keys[end];
        let mut at = end;
        while at > 0 && keys[at - 1] > key {
            keys[at] = keys[at - 1];
            at -= 1;
        }
        keys[at] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of bits, from `SplitMix64`.
    fn bits(seed: u64) -> impl Iterator<Item = u64> {
        (1..).map(move |step: u64| {
            let mut mixed = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }

    const COUNT: usize = 40_000;

    #[test]
    fn the_order_is_that_of_the_values() {
        let any = || bits(1).map(f64::from_bits).filter(|value| value.is_finite());
        let latencies = || bits(2).map(|bits| 100.0 + (bits >> 50) as f64);
        let outlier = || [1e300, -1e300].into_iter().chain(latencies());
        let near = || bits(3).map(|bits| 1.0 + (bits >> 62) as f64 * f64::EPSILON);
        let few = || [0.0, -0.0, 3.0, -3.0, f64::MAX, f64::MIN, 5e-324].into_iter().cycle();
        let samples: [Vec<f64>; 5] = [
            any().take(COUNT).collect(),
            latencies().take(COUNT).collect(),
            outlier().take(COUNT).collect(),
            near().take(COUNT).collect(),
            few().take(COUNT).collect(),
        ];
        for (index, values) in samples.into_iter().enumerate() {
            for count in [0, 1, 2, 100, FEW, FEW + 1, values.len()] {
                let mut want: Vec<f64> = values[..count].iter().map(|value| value + 0.0).collect();
                want.sort_by(f64::total_cmp);
                let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&sorted(&values[..count])), bits(&want), "{index} {count}");
            }
        }
    }
}
