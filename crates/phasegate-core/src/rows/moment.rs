//! Moments as logs write them.

use crate::Timestamp;
use crate::plan::TimeUnit;

/// The moment that a text says, in the unit of the log.
pub(super) fn parse(unit: TimeUnit, text: &str) -> Result<Timestamp, &'static str> {
    match unit {
        TimeUnit::Rfc3339 => plain(text.as_bytes())
            .map(Timestamp::from_unix_nanos)
            .or_else(|| text.parse().ok())
            .ok_or("give a time like `2026-03-01T10:00:00Z`, between 1678 and 2262"),
        TimeUnit::UnixSeconds => decimal(text, 9).ok_or("give seconds since 1970"),
        TimeUnit::UnixMillis => decimal(text, 6).ok_or("give milliseconds since 1970"),
    }
}

/// `2026-03-01T10:00:00.123Z`, the form that nearly every log has, without the calendar's checks
/// that need a table; anything else is left to the full parser.
fn plain(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<19>()?;
    let digits = |range: std::ops::Range<usize>| {
        date.get(range)?.iter().try_fold(0_i64, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !marks.iter().all(|(at, mark)| date.get(*at) == Some(mark)) {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let usual = (1700..2262).contains(&year)
        && (1..=12).contains(&month)
        && (1..=28).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !usual {
        return None;
    }
    let fraction = match rest {
        [b'Z'] => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let number = digits.iter().try_fold(0_i64, |number, byte| {
                byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
            })?;
            (digits.len()..9).fold(number, |number, _| number * 10)
        }
        _ => return None,
    };
    // Days from civil (Hinnant, "chrono-compatible low-level date algorithms").
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000_000 + second * 1_000_000_000 + fraction)
}

/// A decimal number times ten to the power of `shift`, digits beyond that cut off.
fn decimal(text: &str, shift: usize) -> Option<Timestamp> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let mut nanos = 0_i64;
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(shift);
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    for byte in whole.bytes().chain(padded) {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        nanos = nanos.checked_mul(10)?.checked_add(digit)?;
    }
    Some(Timestamp::from_unix_nanos(if negative { -nanos } else { nanos }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units() {
        let check = |unit, text: &str, expected: &str| {
            assert_eq!(parse(unit, text).expect(text).to_string(), expected);
        };
        check(TimeUnit::Rfc3339, "2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z");
        check(TimeUnit::Rfc3339, "2026-03-31T10:00:00.25Z", "2026-03-31T10:00:00.250Z");
        check(TimeUnit::UnixSeconds, "1772359200", "2026-03-01T10:00:00Z");
        check(TimeUnit::UnixSeconds, "1772359200.5", "2026-03-01T10:00:00.500Z");
        check(TimeUnit::UnixSeconds, "-1", "1969-12-31T23:59:59Z");
        check(TimeUnit::UnixMillis, "1772359200250", "2026-03-01T10:00:00.250Z");
        for (unit, text) in [
            (TimeUnit::Rfc3339, "2026-02-30T00:00:00Z"),
            (TimeUnit::Rfc3339, "1772359200"),
            (TimeUnit::UnixSeconds, "2026-03-01T10:00:00Z"),
            (TimeUnit::UnixSeconds, "1."),
            (TimeUnit::UnixSeconds, "1e9"),
            (TimeUnit::UnixSeconds, ""),
            (TimeUnit::UnixMillis, "99999999999999999999"),
        ] {
            assert!(parse(unit, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_says_what_the_full_one_says(nanos in any::<i64>()) {
            let moment = Timestamp::from_unix_nanos(nanos);
            let text = moment.to_string();
            prop_assert_eq!(plain(text.as_bytes()).unwrap_or(nanos), nanos, "{}", text);
            prop_assert_eq!(parse(TimeUnit::Rfc3339, &text), Ok(moment));
        }
    }
}
