//! Numbers: shifts, ranges, units.

use regorus::Value;

use super::{at_most, text_at};
use crate::syntax::limits;

/// Places to shift by: the engine's integers have no end, and its time does.
const MAX_SHIFT: i64 = 1_000;

/// Numbers of a range.
const MAX_RANGE: i64 = 100_000;

/// Factors, and the bits of all of them: each makes the product longer.
const MAX_FACTORS: usize = 1_000;
const MAX_FACTOR_BITS: u64 = 64_000;

/// Characters of a quantity such as `1.5Gi`, and its exponent: the engine writes `1e2000000000`
/// out.
const MAX_UNIT_BYTES: usize = 100;
const MAX_EXPONENT: u32 = 300;

fn integer_at(arguments: &[Value], at: usize) -> Option<i64> {
    match arguments.get(at) {
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    }
}

pub(super) fn shift(arguments: &[Value]) -> Result<(), String> {
    match arguments.get(1) {
        Some(Value::Number(_)) if integer_at(arguments, 1).is_none_or(|by| by > MAX_SHIFT) => {
            Err(format!("shifts by at most {MAX_SHIFT} places"))
        }
        _ => Ok(()),
    }
}

/// Of an integer beyond 64 bits the engine's text is empty.
pub(super) fn format_int(arguments: &[Value]) -> Result<(), String> {
    match arguments.first() {
        Some(Value::Number(number)) if number.as_f64().is_none_or(|n| n.abs() >= 9.2e18) => {
            Err("formats integers of 64 bits".to_owned())
        }
        _ => Ok(()),
    }
}

pub(super) fn range(arguments: &[Value]) -> Result<(), String> {
    bounded_range(arguments, 1)
}

pub(super) fn range_step(arguments: &[Value]) -> Result<(), String> {
    match arguments.get(2) {
        Some(Value::Number(_)) => match integer_at(arguments, 2) {
            Some(step) if step > 0 => bounded_range(arguments, step),
            _ => Err("takes a positive integer as its step".to_owned()),
        },
        _ => Ok(()),
    }
}

fn bounded_range(arguments: &[Value], step: i64) -> Result<(), String> {
    let [Some(Value::Number(_)), Some(Value::Number(_))] = [arguments.first(), arguments.get(1)]
    else {
        return Ok(());
    };
    let ends = integer_at(arguments, 0).zip(integer_at(arguments, 1));
    let length = ends.and_then(|(from, to)| to.checked_sub(from)?.checked_abs()).map(|n| n / step);
    match length {
        Some(length) if length < MAX_RANGE => Ok(()),
        _ => Err(format!("gives at most {MAX_RANGE} integers")),
    }
}

pub(super) fn product(arguments: &[Value]) -> Result<(), String> {
    let factors: Vec<&Value> = match arguments.first() {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Set(items)) => items.iter().collect(),
        _ => Vec::new(),
    };
    at_most(factors.len(), MAX_FACTORS, "factors")?;
    let bits = |factor: &&Value| match factor {
        Value::Number(number) if number.as_i64().is_none() => {
            number.to_big().map_or(0, |big| big.bits())
        }
        _ => 0,
    };
    match factors.iter().map(bits).fold(0, u64::saturating_add) {
        0..=MAX_FACTOR_BITS => Ok(()),
        _ => Err(format!("takes factors of at most {MAX_FACTOR_BITS} bits together")),
    }
}

/// The engine keeps as many digits as it is given, and writes an exponent out.
pub(super) fn text(arguments: &[Value]) -> Result<(), String> {
    quantity(arguments, limits::MAX_NUMBER_CHARS)
}

pub(super) fn unit(arguments: &[Value]) -> Result<(), String> {
    quantity(arguments, MAX_UNIT_BYTES)
}

fn quantity(arguments: &[Value], most: usize) -> Result<(), String> {
    let text = text_at(arguments, 0);
    at_most(text.len(), most, "bytes")?;
    let exponents = text.split(['e', 'E']).skip(1);
    for exponent in exponents {
        let digits: String = exponent
            .trim_start_matches(['+', '-'])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let digits = digits.trim_start_matches('0');
        if !digits.is_empty() && !digits.parse().is_ok_and(|n: u32| n <= MAX_EXPONENT) {
            return Err(format!("takes an exponent of at most {MAX_EXPONENT}"));
        }
    }
    Ok(())
}
