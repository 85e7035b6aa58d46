//! Numbers of a JSON text that a document holds as they are written.

/// The first number of a JSON text that would be rounded: an integer beyond 64 bits, or a number
/// with more digits than a double keeps.
pub(super) fn first_rounded(json: &str) -> Option<&str> {
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (_, from) = rest.split_at(at);
        if let Some(inside) = from.strip_prefix('"') {
            rest = after_text(inside);
            continue;
        }
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        if !is_kept(number) {
            return Some(number);
        }
        rest = after;
    }
    None
}

/// What follows the text that has begun.
fn after_text(inside: &str) -> &str {
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.and_then(|end| inside.get(end + 1..)).unwrap_or_default()
}

fn is_kept(number: &str) -> bool {
    if !number.contains(['.', 'e', 'E']) {
        return number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    }
    let double = number.parse::<f64>().ok().filter(|double| double.is_finite());
    // The shortest text that gives the double has the digits of this one, or fewer when some were
    // lost.
    double.is_some_and(|double| significant(&format!("{double:e}")) == significant(number))
}

/// The digits of a number without leading and trailing zeros, and the power of ten of the first.
fn significant(number: &str) -> (String, i64) {
    let number = number.trim_start_matches('-');
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let zeros = all.len() - digits.len();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return (String::new(), 0);
    }
    let place = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let exponent: i64 = exponent.trim_start_matches('+').parse().unwrap_or(i64::MAX);
    let first = exponent.saturating_add(place(whole.len())).saturating_sub(place(zeros));
    (digits.to_owned(), first)
}

#[cfg(test)]
mod tests {
    use super::first_rounded;

    #[test]
    fn what_a_document_keeps_is_let_through() {
        let kept = [
            "[1, -0, 0.0, -0.50, 1e3, 1E+03, 2.5e-7, 9223372036854775807, 18446744073709551615]",
            "{\"123456789012345678901234567890\": \"\\\"98765432109876543210\\\\\"}",
            "[1e300, 1.7976931348623157e308, 5e-324, 100000000000000000000.0, 0.1, 0e400]",
        ];
        for json in kept {
            assert_eq!(first_rounded(json), None, "{json}");
        }
    }

    #[test]
    fn what_would_be_rounded_is_found() {
        let rounded = [
            ("[1, 18446744073709551616]", "18446744073709551616"),
            ("{\"a\":-9223372036854775809}", "-9223372036854775809"),
            ("[\"\\\\\",0.12345678901234567891]", "0.12345678901234567891"),
            ("1e309", "1e309"),
            ("1e-400", "1e-400"),
            ("9007199254740993.0", "9007199254740993.0"),
        ];
        for (json, number) in rounded {
            assert_eq!(first_rounded(json), Some(number), "{json}");
        }
    }
}
