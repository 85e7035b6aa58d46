//! Counts over a trailing window, in a fixed number of parts of it and never in rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::observation::MAX_COUNT;

/// How a stretch of time is cut into parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The length of a part, in nanoseconds; at least 1.
    pub width: i64,
    /// How many parts; at least 1.
    pub parts: usize,
}

impl Window {
    /// This many nanoseconds in this many parts.
    pub(super) fn of(nanos: u64, parts: u32) -> Self {
        let width = i64::try_from(nanos / u64::from(parts)).unwrap_or(i64::MAX).max(1);
        Self { width, parts: parts as usize }
    }

    /// The part that a moment falls in, counted from 1970.
    pub(super) fn part(self, at: i64) -> i64 {
        at.div_euclid(self.width)
    }

    /// The oldest part of the window that ends at a moment.
    fn first(self, at: i64) -> i64 {
        self.part(at).saturating_sub(i64::try_from(self.parts).unwrap_or(i64::MAX) - 1)
    }

    pub(super) fn holds(self, moment: i64, at: i64) -> bool {
        (self.first(at)..=self.part(at)).contains(&self.part(moment))
    }
}

/// How many, and how many of them were bad, per part of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ring {
    /// The newest part, counted from 1970.
    newest: Option<i64>,
    /// Bad and all, at the place of the part modulo their number.
    counts: Vec<[u64; 2]>,
}

impl Ring {
    pub(super) fn new(window: Window) -> Self {
        Self { newest: None, counts: vec![[0, 0]; window.parts] }
    }

    /// Whether it is one of this window: a stored one might not be.
    pub(super) fn fits(&self, window: Window) -> bool {
        self.counts.len() == window.parts
    }

    /// Adds counts; those of a part that has left the window change nothing.
    pub(super) fn add(&mut self, window: Window, time: i64, [bad, all]: [u64; 2]) {
        let part = window.part(time);
        let newest = self.newest.unwrap_or(part);
        let kept = i64::try_from(self.counts.len()).unwrap_or(i64::MAX);
        if part > newest || self.newest.is_none() {
            let passed = part.saturating_sub(newest);
            if passed >= kept {
                self.counts.fill([0, 0]);
            } else {
                for skipped in newest + 1..=part {
                    if let Some(count) = self.at(skipped) {
                        *count = [0, 0];
                    }
                }
            }
            self.newest = Some(part);
        } else if newest.saturating_sub(part) >= kept {
            return;
        }
        if let Some(count) = self.at(part) {
            for (sum, more) in count.iter_mut().zip([bad, all]) {
                *sum = sum.saturating_add(more).min(MAX_COUNT);
            }
        }
    }

    /// Bad and all in the window that ends at a moment.
    pub(super) fn sum(&self, window: Window, at: i64) -> [u64; 2] {
        let Some(newest) = self.newest else { return [0, 0] };
        let kept = i64::try_from(self.counts.len()).unwrap_or(i64::MAX);
        let first = window.first(at).max(newest.saturating_sub(kept - 1));
        let last = window.part(at).min(newest);
        // All of it, as nearly always: no need to ask where each part stands.
        if last.saturating_sub(first) == kept - 1 {
            return self.counts.iter().fold([0, 0], add);
        }
        (first..=last).filter_map(|part| self.counts.get(self.place(part))).fold([0, 0], add)
    }

    fn at(&mut self, part: i64) -> Option<&mut [u64; 2]> {
        let place = self.place(part);
        self.counts.get_mut(place)
    }

    fn place(&self, part: i64) -> usize {
        let parts = i64::try_from(self.counts.len().max(1)).unwrap_or(i64::MAX);
        usize::try_from(part.rem_euclid(parts)).unwrap_or_default()
    }
}

fn add([bad, all]: [u64; 2], [more_bad, more]: &[u64; 2]) -> [u64; 2] {
    [(bad + more_bad).min(MAX_COUNT), (all + more).min(MAX_COUNT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_its_parts() {
        let window = Window::of(100, 10);
        let mut ring = Ring::new(window);
        for time in 0..100 {
            ring.add(window, time, [u64::from(time % 2 == 0), 1]);
        }
        assert_eq!(ring.sum(window, 99), [50, 100]);
        // A part later the oldest part is gone; what comes for it is too late.
        assert_eq!(ring.sum(window, 105), [45, 90]);
        ring.add(window, 105, [0, 1]);
        ring.add(window, 9, [1, 1]);
        assert_eq!(ring.sum(window, 105), [45, 91]);
        // Out of order within the window counts where it belongs.
        ring.add(window, 10, [1, 1]);
        assert_eq!(ring.sum(window, 105), [46, 92]);
        // After a gap nothing is left, and moments before the window say nothing of it.
        ring.add(window, 10_000, [0, 1]);
        assert_eq!(ring.sum(window, 10_000), [0, 1]);
        assert_eq!(ring.sum(window, 500), [0, 0]);
        assert_eq!(ring.sum(window, i64::MAX), [0, 0]);
    }

    #[test]
    fn the_ends_of_time_and_of_counts_are_places_like_others() {
        let window = Window::of(300_000_000_000, 10);
        let mut ring = Ring::new(window);
        for time in [i64::MIN, 0, i64::MAX, i64::MIN] {
            ring.add(window, time, [u64::MAX, u64::MAX]);
        }
        assert_eq!(ring.sum(window, i64::MAX), [MAX_COUNT, MAX_COUNT]);
        assert_eq!(ring.sum(window, i64::MIN), [0, 0]);
    }
}
