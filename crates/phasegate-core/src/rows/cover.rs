//! Covered time: how long somebody was there to be seen.

use std::collections::BTreeMap;

/// A longer gap between two requests does not count: nobody was there.
const MAX_GAP_NANOS: i64 = 15 * 60 * 1_000_000_000;

/// About 28 years of quarters of an hour; the bound of the memory.
const MAX_BINS: usize = 1 << 20;

/// The time that moments cover, exact and whatever their order.
///
/// Kept are the first and the last moment of each quarter of an hour: within one there is no gap
/// that is too long, and between two only the last of one and the first of the other matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    bins: BTreeMap<i64, (i64, i64)>,
    /// The bin of the moment before, which is nearly always the next one's too.
    recent: Option<(i64, (i64, i64))>,
}

impl Cover {
    /// Whether a moment can be taken: the number of quarters of an hour is bounded.
    pub(super) fn has_room(&self) -> bool {
        self.bins.len() < MAX_BINS
    }

    /// Takes a moment, in nanoseconds.
    pub(super) fn add(&mut self, time: i64) {
        let bin = time.div_euclid(MAX_GAP_NANOS);
        match &mut self.recent {
            Some((recent, (first, last))) if *recent == bin => {
                *first = time.min(*first);
                *last = time.max(*last);
            }
            _ => {
                self.settle();
                self.recent = Some((bin, (time, time)));
            }
        }
    }

    /// Takes all moments of another.
    pub(super) fn merge(&mut self, other: Self) {
        self.settle();
        for (_, (first, last)) in other.bins.into_iter().chain(other.recent) {
            self.add(first);
            self.add(last);
        }
    }

    /// In nanoseconds.
    pub(super) fn nanos(&self) -> u64 {
        let mut whole = self.clone();
        whole.settle();
        let mut covered = 0_u64;
        let mut before: Option<i64> = None;
        for (first, last) in whole.bins.into_values() {
            let gap = before.map_or(0, |before| first.abs_diff(before));
            if gap <= MAX_GAP_NANOS.unsigned_abs() {
                covered = covered.saturating_add(gap);
            }
            covered = covered.saturating_add(last.abs_diff(first));
            before = Some(last);
        }
        covered
    }

    /// The first and the last moment.
    pub(super) fn ends(&self) -> Option<(i64, i64)> {
        let recent = self.recent.map(|(_, ends)| ends);
        let first = self.bins.first_key_value().map(|(_, (first, _))| *first);
        let last = self.bins.last_key_value().map(|(_, (_, last))| *last);
        let first = first.into_iter().chain(recent.map(|(first, _)| first)).min()?;
        let last = last.into_iter().chain(recent.map(|(_, last)| last)).max()?;
        Some((first, last))
    }

    fn settle(&mut self) {
        let Some((bin, (first, last))) = self.recent.take() else { return };
        let ends = self.bins.entry(bin).or_insert((first, last));
        *ends = (ends.0.min(first), ends.1.max(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cover(times: &[i64]) -> Cover {
        let mut cover = Cover::default();
        for time in times {
            cover.add(*time);
        }
        cover
    }

    #[test]
    fn long_gaps_do_not_count() {
        let minute = 60_000_000_000;
        let times = [0, 10, 25, 41, 45].map(|minutes| minutes * minute);
        // 0 to 25 and 41 to 45: the gap of 16 minutes does not count.
        assert_eq!(cover(&times).nanos(), 29 * 60_000_000_000);
        assert_eq!(cover(&[minute]).nanos(), 0);
        assert_eq!(cover(&[]).ends(), None);
        assert_eq!(cover(&[i64::MIN, i64::MAX]).nanos(), 0);
    }

    proptest! {
        #[test]
        fn it_is_that_of_the_sorted_times(
            mut times in prop::collection::vec(0_i64..20_000_000_000_000, 0..60),
            cut in 0_usize..60,
        ) {
            let here = cover(&times);
            let (left, right) = times.split_at(cut.min(times.len()));
            let mut merged = cover(right);
            merged.merge(cover(left));
            times.sort_unstable();
            let plain: i64 = times
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .filter(|gap| *gap <= MAX_GAP_NANOS)
                .sum();
            prop_assert_eq!(here.nanos(), plain.unsigned_abs());
            prop_assert_eq!(merged.nanos(), here.nanos());
            prop_assert_eq!(merged.ends(), times.first().copied().zip(times.last().copied()));
        }
    }
}
