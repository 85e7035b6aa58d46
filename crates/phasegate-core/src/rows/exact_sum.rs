//! Sums of doubles without rounding, so that the order of rows never shows.

/// A sum of doubles, exact until it is read.
///
/// It is a fixed-point number in limbs of 32 bits, of which only the window that the values reach
/// is kept (Neal, "Fast exact summation using small and large superaccumulators", 2015). Equal
/// values in any order, added or merged, give the same double: the one nearest to the true sum.
#[derive(Debug, Clone, Default)]
pub(super) struct ExactSum {
    /// The position of the first limb; limb `i` counts multiples of 2^(32 i - 1074).
    first: usize,
    /// Each below 2^63 in magnitude until carries are moved on.
    limbs: Vec<i64>,
    /// How many additions there were since carries were moved on; each adds less than 2^32.
    pending: u32,
}

/// After so many additions a limb holds less than 2^62.
const MAX_PENDING: u32 = 1 << 30;

impl ExactSum {
    /// Adds a finite value.
    pub(super) fn add(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, position) =
            if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        if mantissa == 0 {
            return;
        }
        let wide = u128::from(mantissa) << (position & 31);
        #[expect(clippy::cast_possible_truncation, reason = "the parts that are meant")]
        let parts = [(wide as u32), ((wide >> 32) as u32), ((wide >> 64) as u32)];
        let at = usize::try_from(position >> 5).unwrap_or(0);
        if self.pending >= MAX_PENDING {
            self.carry();
        }
        self.pending += 1;
        self.reach(at, at + parts.len());
        let window = self.limbs.iter_mut().skip(at - self.first);
        if value < 0.0 {
            window.zip(parts).for_each(|(limb, part)| *limb -= i64::from(part));
        } else {
            window.zip(parts).for_each(|(limb, part)| *limb += i64::from(part));
        }
    }

    /// Adds the product of two finite values, exactly as long as neither the product nor its
    /// rounding error leaves the range of normal doubles (Dekker, 1971).
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let (product, error) = product(a, b);
        self.add(product);
        self.add(error);
    }

    /// Adds all that another sum has.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.carry();
        other.carry();
        self.reach(other.first, other.first + other.limbs.len());
        let window = self.limbs.iter_mut().skip(other.first.saturating_sub(self.first));
        window.zip(&other.limbs).for_each(|(limb, part)| *limb += part);
        self.pending = 2;
    }

    /// The double nearest to the sum; infinite beyond the doubles.
    pub(super) fn value(&self) -> f64 {
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.limbs.last().is_some_and(|top| *top < 0);
        if negative {
            sum.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            sum.carry();
        }
        let Some(top) = sum.limbs.iter().rposition(|limb| *limb != 0) else { return 0.0 };
        // Three limbs hold at least 65 significant bits; all below them only says whether the
        // rest is nothing.
        let low = top.saturating_sub(2);
        let (rest, head) = sum.limbs.split_at(low);
        let mut digits = 0_u128;
        for (index, limb) in head.iter().take(top + 1 - low).enumerate() {
            digits |= u128::from(limb.unsigned_abs()) << (32 * index);
        }
        digits |= u128::from(rest.iter().any(|limb| *limb != 0));
        let exponent = 32 * i32::try_from(sum.first + low).unwrap_or(i32::MAX / 64) - 1074;
        let size = scale(digits as f64, exponent);
        if negative { -size } else { size }
    }

    /// The sum as up to three doubles of falling size, which hold at least 150 of its bits.
    pub(super) fn expansion(&self) -> [f64; 3] {
        let mut rest = self.clone();
        std::array::from_fn(|_| {
            let part = rest.value();
            if part.is_finite() {
                rest.add(-part);
            }
            part
        })
    }

    /// Makes the window reach the limbs of this range.
    fn reach(&mut self, from: usize, to: usize) {
        if self.limbs.is_empty() {
            self.first = from;
        }
        if from < self.first {
            let missing = self.first - from;
            self.limbs.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = from;
        }
        if self.first + self.limbs.len() < to {
            self.limbs.resize(to - self.first, 0);
        }
    }

    /// Leaves 32 bits in each limb but the last, which has the sign.
    fn carry(&mut self) {
        let mut carry = 0;
        let Some((last, limbs)) = self.limbs.split_last_mut() else { return };
        for limb in limbs {
            let sum = *limb + carry;
            carry = sum >> 32;
            *limb = sum & 0xffff_ffff;
        }
        *last += carry;
        if last.unsigned_abs() >> 32 != 0 {
            let top = *last >> 32;
            *last &= 0xffff_ffff;
            self.limbs.push(top);
        }
        self.pending = 1;
    }
}

/// A product and what its rounding left off.
fn product(a: f64, b: f64) -> (f64, f64) {
    // 2^27 + 1 cuts a double into two halves of 26 bits (Veltkamp).
    let halves = |value: f64| {
        let scaled = 134_217_729.0 * value;
        let high = scaled - (scaled - value);
        (high, value - high)
    };
    let whole = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let error = ((a_high * b_high - whole) + a_high * b_low + a_low * b_high) + a_low * b_low;
    // Beyond 2^996 halves overflow; whoever reads the sum finds it infinite by its first part.
    (whole, if error.is_finite() { error } else { 0.0 })
}

/// A double times a power of two, in two steps, each of which is exact where the result is.
fn scale(value: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| {
        let biased = u64::try_from(exponent.clamp(-1022, 1023) + 1023).unwrap_or(0);
        f64::from_bits(biased << 52)
    };
    let half = exponent / 2;
    value * power(half) * power(exponent - half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for value in values {
            sum.add(*value);
        }
        sum
    }

    #[test]
    fn sums_are_rounded_once() {
        // Python 3.11, math.fsum of the same lists.
        for (values, expected) in [
            (&[][..], 0.0),
            (&[0.1; 10], 1.0),
            (&[1e308, 1.0, -1e308], 1.0),
            (&[5e-324, 5e-324], 1e-323),
            (&[1.0, 1e100, 1.0, -1e100], 2.0),
            (&[-1.0, 0.25], -0.75),
            (&[9007199254740992.0, 1.0, 1e-300], 9007199254740994.0),
            (&[9007199254740992.0, 1.0], 9007199254740992.0),
            (&[2.2250738585072014e-308, -5e-324], 2.225073858507201e-308),
            (&[-0.1, -0.2, -0.3], -0.6),
        ] {
            assert_eq!(sum(values).value().to_bits(), f64::to_bits(expected), "{values:?}");
        }
        assert!(sum(&[f64::MAX, f64::MAX]).value().is_infinite());
    }

    #[test]
    fn products_are_exact() {
        let mut squares = ExactSum::default();
        squares.add_product(1e8 + 1.0, 1e8 + 1.0);
        squares.add_product(-1e8, 1e8);
        assert_eq!(squares.value().to_bits(), f64::to_bits(2e8 + 1.0));
    }

    proptest! {
        #[test]
        fn no_order_and_no_cut_shows(
            mut values in
                prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, 0..40),
            cut in 0_usize..40,
        ) {
            for value in &mut values {
                *value /= 64.0;
            }
            let bits = |sum: &ExactSum| sum.expansion().map(f64::to_bits);
            let whole = bits(&sum(&values));
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged = sum(right);
            merged.merge(sum(left));
            prop_assert_eq!(bits(&merged), whole);
            values.sort_by(f64::total_cmp);
            prop_assert_eq!(bits(&sum(&values)), whole);
        }
    }
}
