//! Numbers and flags as logs write them.

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Parsed {
    /// Nothing.
    Missing,
    /// `NaN` or an infinity.
    NotANumber,
    /// A number.
    Number(f64),
    /// Something else.
    Other,
}

/// Powers of ten that are doubles.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads a number.
pub(super) fn number(text: &str) -> Parsed {
    if let Some(number) = short(text.as_bytes()) {
        return Parsed::Number(number);
    }
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() {
        return Parsed::Missing;
    }
    let size = text.trim_start_matches(['-', '+']);
    if ["nan", "inf", "infinity"].iter().any(|name| size.eq_ignore_ascii_case(name)) {
        return Parsed::NotANumber;
    }
    let looks_like_one = size.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    match text.parse::<f64>() {
        Ok(number) if looks_like_one && number.is_finite() => Parsed::Number(number),
        _ => Parsed::Other,
    }
}

/// Reads a flag, as 1 or 0.
pub(super) fn flag(text: &str) -> Parsed {
    match text {
        "1" | "true" | "True" | "TRUE" => Parsed::Number(1.0),
        "0" | "false" | "False" | "FALSE" => Parsed::Number(0.0),
        // Tables with missing flags write them as numbers.
        _ => number(text),
    }
}

/// A number of at most 15 digits without an exponent: a whole number divided by a power of ten,
/// both of which are doubles, so that one rounding gives the nearest double (Clinger, 1990).
fn short(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut whole = 0_u64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            whole = whole * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let fraction = match point {
        None if digits.len() > 15 => return None,
        None => 0,
        // A number has a digit before the point and one after it.
        Some(at) if at == 0 || at + 1 == digits.len() => return None,
        Some(at) => digits.len() - at - 1,
    };
    let size = whole as f64 / POWERS.get(fraction)?;
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words() {
        for (text, expected) in [
            ("", Parsed::Missing),
            (" ", Parsed::Missing),
            ("NaN", Parsed::NotANumber),
            ("-inf", Parsed::NotANumber),
            ("Infinity", Parsed::NotANumber),
            ("1e3", Parsed::Number(1000.0)),
            (" 2 ", Parsed::Number(2.0)),
            ("1e999", Parsed::Other),
            ("12 ms", Parsed::Other),
            ("1,5", Parsed::Other),
            ("0x10", Parsed::Other),
            ("-", Parsed::Other),
            (".", Parsed::Other),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(flag("True"), Parsed::Number(1.0));
        assert_eq!(flag("0.0"), Parsed::Number(0.0));
        assert_eq!(flag("yes"), Parsed::Other);
    }

    proptest! {
        #[test]
        fn the_quick_way_says_what_std_says(text in "-?[0-9]{0,12}\\.?[0-9]{0,9}") {
            if let Some(number) = short(text.as_bytes()) {
                prop_assert_eq!(Ok(number), text.parse::<f64>());
            }
        }
    }
}
