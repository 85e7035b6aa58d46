//! Order statistics of all differences between two samples, without writing them down.

use crate::error::{Error, ErrorKind};

/// All differences are finite where the outermost two are.
pub(crate) fn check_range(baseline: &[f64], candidate: &[f64]) -> Result<(), Error> {
    let outermost = [(baseline.last(), candidate.first()), (baseline.first(), candidate.last())];
    for (baseline, candidate) in outermost {
        if let (Some(baseline), Some(candidate)) = (baseline, candidate)
            && !(candidate - baseline).is_finite()
        {
            let message = "a difference leaves the range of doubles; scale the values down";
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
    }
    Ok(())
}

/// The difference of this rank, counted from 1, among all of a candidate's value less a baseline's;
/// both slices in ascending order, neither empty,
/// in range by [`check_range`].
///
/// The differences are the entries of a matrix with sorted rows and columns, so that one pass down
/// its staircase counts those up to a limit. The limit is halved, by value and by the order of
/// doubles in turn (no scale of the values makes both slow), until few enough differences are left
/// to be collected. Memory: the size of both samples.
pub(crate) fn nth_difference(baseline: &[f64], candidate: &[f64], rank: u64) -> f64 {
    let (Some(first_b), Some(last_b)) = (baseline.first(), baseline.last()) else {
        return f64::NAN;
    };
    let (Some(first_c), Some(last_c)) = (candidate.first(), candidate.last()) else {
        return f64::NAN;
    };
    let few = 2 * (baseline.len() + candidate.len()) as u64 + 64;
    // The difference that is sought lies above `low` and at or below `high`.
    let (mut low, mut high) = (before(first_c - last_b), last_c - first_b);
    let mut up_to_low = 0;
    let mut up_to_high = baseline.len() as u64 * candidate.len() as u64;
    let mut by_value = true;
    while up_to_high - up_to_low > few {
        let middle = if by_value { f64::midpoint(low, high) } else { middle(low, high) };
        by_value = !by_value;
        if middle <= low || middle >= high {
            if before(high) <= low {
                return high;
            }
            continue;
        }
        let count = count_up_to(baseline, candidate, middle);
        if count < rank {
            (low, up_to_low) = (middle, count);
        } else {
            (high, up_to_high) = (middle, count);
        }
    }
    let mut left = Vec::with_capacity(usize::try_from(up_to_high - up_to_low).unwrap_or(0));
    let mut from = 0;
    for value in candidate {
        while baseline.get(from).is_some_and(|other| value - other > high) {
            from += 1;
        }
        let differences = baseline.iter().skip(from).map(|other| value - other);
        left.extend(differences.take_while(|difference| *difference > low));
    }
    let index = usize::try_from(rank.saturating_sub(up_to_low + 1)).unwrap_or(usize::MAX);
    match left.len() {
        0 => high,
        count => *left.select_nth_unstable_by(index.min(count - 1), f64::total_cmp).1,
    }
}

/// The median of all differences; of an even number, the middle of the two in the middle.
pub(crate) fn median_difference(baseline: &[f64], candidate: &[f64]) -> f64 {
    let pairs = baseline.len() as u64 * candidate.len() as u64;
    let lower = nth_difference(baseline, candidate, pairs.div_ceil(2));
    if pairs % 2 == 1 {
        return lower;
    }
    f64::midpoint(lower, nth_difference(baseline, candidate, pairs / 2 + 1))
}

/// How many differences are at or below the limit.
fn count_up_to(baseline: &[f64], candidate: &[f64], limit: f64) -> u64 {
    let (mut from, mut count) = (0, 0);
    for value in candidate {
        while baseline.get(from).is_some_and(|other| value - other > limit) {
            from += 1;
        }
        count += (baseline.len() - from) as u64;
    }
    count
}

/// The next smaller double.
fn before(x: f64) -> f64 {
    from_order(order(x).saturating_sub(1))
}

/// The double halfway between two in their order.
fn middle(low: f64, high: f64) -> f64 {
    let (low, high) = (i128::from(order(low)), i128::from(order(high)));
    from_order(i64::try_from((low + high).div_euclid(2)).unwrap_or_default())
}

/// The place of a double among all of them: negative ones run backward, and both zeros are one.
fn order(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

fn from_order(order: i64) -> f64 {
    let bits = if order < 0 { i64::MIN.wrapping_sub(order) } else { order };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "a selected value is one of the values")]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_order_of_doubles_is_theirs() {
        let values = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, -5e-324, 0.0, 5e-324, 2.0];
        assert!(values.windows(2).all(|pair| order(pair[0]) < order(pair[1])));
        for value in values {
            assert_eq!(from_order(order(value)).to_bits(), value.to_bits());
        }
        assert_eq!(order(-0.0), order(0.0));
        assert_eq!(before(1.0), 1.0 - f64::EPSILON / 2.0);
    }

    #[test]
    fn every_rank_is_that_of_the_sorted_matrix() {
        let mut random = Random::new(5, 0);
        for (n_b, n_c, levels) in [(1, 1, 10), (7, 5, 4), (60, 41, 1000), (90, 90, 3)] {
            let mut draw = |count: usize| {
                let mut values: Vec<f64> = (0..count)
                    .map(|_| {
                        let level = random.bits() % levels;
                        (level as f64 - 2.0) * if level.is_multiple_of(5) { 1e9 } else { 0.125 }
                    })
                    .collect();
                values.sort_by(f64::total_cmp);
                values
            };
            let (b, c) = (draw(n_b), draw(n_c));
            let mut all: Vec<f64> = c.iter().flat_map(|c| b.iter().map(move |b| c - b)).collect();
            all.sort_by(f64::total_cmp);
            for (index, want) in all.iter().enumerate() {
                assert_eq!(nth_difference(&b, &c, index as u64 + 1), *want);
            }
        }
    }
}
