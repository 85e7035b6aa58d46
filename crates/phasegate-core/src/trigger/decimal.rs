//! Decimals exactly as they are written, so that a limit is met exactly where its text says.

/// A number that is not negative, `digits` / 10^`scale`: 0.95 is 95 / 10^2, and nothing near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: u64,
    scale: u32,
}

/// So many digits, before and after the point: products with counts then fit in 128 bits.
const MAX_SCALE: u32 = 18;
const MAX_DIGITS: u64 = 1_000_000_000_000_000_000;

impl Decimal {
    pub(super) const ONE: Self = Self { digits: 1, scale: 0 };
    /// What may lie above a 95th percentile.
    pub(super) const FIVE_PERCENT: Self = Self { digits: 5, scale: 2 };

    /// The decimal that a document's number was written as: the shortest one that reads as it.
    /// None for what is negative, not finite, or has more than 18 digits on a side of the point.
    pub(super) fn of(number: f64) -> Option<Self> {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        // Zero has a sign in doubles.
        let text = format!("{:e}", number.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
        let exponent: i64 = exponent.parse().ok()?;
        Self::new(u128::from(digits), i64::try_from(fraction.len()).ok()? - exponent)
    }

    fn new(digits: u128, scale: i64) -> Option<Self> {
        let (mut digits, mut scale) = (digits, scale);
        if digits == 0 {
            return Some(Self { digits: 0, scale: 0 });
        }
        while scale > 0 && digits.is_multiple_of(10) {
            (digits, scale) = (digits / 10, scale - 1);
        }
        while scale < 0 && digits <= u128::from(MAX_DIGITS) {
            (digits, scale) = (digits * 10, scale + 1);
        }
        let digits = u64::try_from(digits).ok().filter(|&digits| digits <= MAX_DIGITS)?;
        let scale = u32::try_from(scale).ok().filter(|&scale| scale <= MAX_SCALE)?;
        Some(Self { digits, scale })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let digits = u128::from(self.digits) * u128::from(other.digits);
        Self::new(digits, i64::from(self.scale) + i64::from(other.scale))
    }

    /// What is left of one; none above one.
    pub(super) fn complement(self) -> Option<Self> {
        let rest = self.unit().checked_sub(u128::from(self.digits))?;
        Self::new(rest, i64::from(self.scale))
    }

    /// The double nearest to it.
    pub(super) fn to_f64(self) -> f64 {
        self.digits as f64 / self.unit() as f64
    }

    /// Whether `part` / `whole` is above it, with no rounding anywhere.
    pub(super) fn is_below(self, part: u64, whole: u64) -> bool {
        u128::from(part) * self.unit() > u128::from(self.digits) * u128::from(whole)
    }

    /// Compares `part` / `whole` with this many times `other_part` / `other_whole`, exactly.
    pub(super) fn compare_times(
        self,
        (part, whole): (u64, u64),
        (other_part, other_whole): (u64, u64),
    ) -> std::cmp::Ordering {
        let left = product(u128::from(part) * u128::from(other_whole), self.unit());
        let right = product(u128::from(other_part) * u128::from(whole), u128::from(self.digits));
        left.cmp(&right)
    }

    /// The largest part of a whole that is not above it.
    pub(super) fn most_of(self, whole: u64) -> u64 {
        let most = u128::from(self.digits) * u128::from(whole) / self.unit();
        u64::try_from(most).unwrap_or(u64::MAX)
    }

    /// 10^scale.
    fn unit(self) -> u128 {
        10_u128.pow(self.scale)
    }
}

/// The full product of a number of up to 128 bits and one of up to 64, as (high, low).
fn product(wide: u128, narrow: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let low = (wide & LOW) * narrow;
    let high = (wide >> 64) * narrow + (low >> 64);
    (high, low & LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    #[test]
    fn a_limit_is_what_its_text_says() {
        for (number, digits, scale) in [
            (0.95, 95, 2),
            (0.1, 1, 1),
            (9000.0, 9000, 0),
            (14.4, 144, 1),
            (1e-18, 1, 18),
            (1e17, 100_000_000_000_000_000, 0),
            (0.0, 0, 0),
            (-0.0, 0, 0),
        ] {
            assert_eq!(Decimal::of(number), Some(Decimal { digits, scale }), "{number}");
        }
        for number in [-0.1, f64::NAN, f64::INFINITY, 1e-19, 1e19, f64::MIN_POSITIVE] {
            assert_eq!(Decimal::of(number), None, "{number}");
        }
    }

    #[test]
    fn sums_that_doubles_get_wrong_are_right() {
        // In doubles 3 * 0.1 is 0.30000000000000004, and 1 - 0.99 is 0.010000000000000009.
        let tenth = Decimal::of(0.1).expect("a decimal");
        let three = Decimal::of(3.0).expect("a decimal");
        assert_eq!(tenth.times(three), Decimal::of(0.3));
        assert_eq!(Decimal::of(0.99).and_then(Decimal::complement), Decimal::of(0.01));
        assert_eq!(three.complement(), None);
    }

    #[test]
    fn comparisons_do_not_round() {
        const MANY: u64 = 1 << 53;
        let limit = Decimal::of(0.1).expect("a decimal");
        assert!(!limit.is_below(10, 100) && limit.is_below(11, 100));
        assert!(!limit.is_below(900_719_925_474_099, MANY));
        assert!(limit.is_below(900_719_925_474_100, MANY));
        let same = limit.compare_times((MANY / 16, MANY), (MANY / 16 * 10, MANY));
        assert_eq!(same, Ordering::Equal);
        let above = limit.compare_times((MANY / 16 + 1, MANY), (MANY / 16 * 10, MANY));
        assert_eq!(above, Ordering::Greater);
    }
}
