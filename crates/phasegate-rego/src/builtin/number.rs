//! Numbers: shifts, ranges, units.

use regorus::Value;

use super::{Calling, Failure, Limits, bound, over, text_at};
use crate::syntax;

/// Characters of a quantity such as `1.5Gi`, and its exponent: the engine writes `1e2000000000`
/// out.
const MAX_UNIT_BYTES: usize = 100;
const MAX_EXPONENT: u32 = 300;

pub(super) fn integer_at(arguments: &[Value], at: usize) -> Option<i64> {
    match arguments.get(at) {
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    }
}

pub(super) fn shift(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    match arguments.get(1) {
        Some(Value::Number(_)) if integer_at(arguments, 1).is_none_or(|by| by > limits.shift) => {
            over(format!("shifts by at most {} places", limits.shift))
        }
        _ => Ok(()),
    }
}

/// Of an integer beyond 64 bits the engine's text is empty.
pub(super) fn format_int(arguments: &[Value], _: &Limits) -> Result<(), Failure> {
    match arguments.first() {
        Some(Value::Number(number)) if number.as_f64().is_none_or(|n| n.abs() >= 9.2e18) => {
            over("formats integers of 64 bits".to_owned())
        }
        _ => Ok(()),
    }
}

pub(super) fn range(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    bounded_range(arguments, 1, limits)
}

pub(super) fn range_step(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    match arguments.get(2) {
        Some(Value::Number(_)) => match integer_at(arguments, 2) {
            Some(step) if step > 0 => bounded_range(arguments, step, limits),
            _ => over("takes a positive integer as its step".to_owned()),
        },
        _ => Ok(()),
    }
}

fn bounded_range(arguments: &[Value], step: i64, limits: &Limits) -> Result<(), Failure> {
    let [Some(Value::Number(_)), Some(Value::Number(_))] = [arguments.first(), arguments.get(1)]
    else {
        return Ok(());
    };
    let ends = integer_at(arguments, 0).zip(integer_at(arguments, 1));
    let length = ends.and_then(|(from, to)| to.checked_sub(from)?.checked_abs()).map(|n| n / step);
    match length {
        Some(length) if length < limits.range => Ok(()),
        _ => over(format!("gives at most {} integers", limits.range)),
    }
}

pub(super) fn product(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    let factors: Vec<&Value> = match arguments.first() {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Set(items)) => items.iter().collect(),
        _ => Vec::new(),
    };
    bound(factors.len(), limits.factors, "factors")?;
    let bits = |factor: &&Value| match factor {
        Value::Number(number) if number.as_i64().is_none() => {
            number.to_big().map_or(0, |big| big.bits())
        }
        _ => 0,
    };
    match factors.iter().map(bits).fold(0, u64::saturating_add) {
        bits if bits <= limits.bits => Ok(()),
        _ => over(format!("takes factors of at most {} bits together", limits.bits)),
    }
}

/// The engine keeps as many digits as it is given, and writes an exponent out; it takes blanks
/// around a number, which OPA does not.
pub(super) fn text(arguments: &[Value], _: &Limits) -> Result<(), Failure> {
    let text = text_at(arguments, 0);
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(Failure::Failed("failed: a number has no blanks around it".to_owned()));
    }
    quantity(arguments, syntax::limits::MAX_NUMBER_CHARS)
}

pub(super) fn unit(arguments: &[Value], _: &Limits) -> Result<(), Failure> {
    quantity(arguments, MAX_UNIT_BYTES)
}

fn quantity(arguments: &[Value], most: usize) -> Result<(), Failure> {
    let text = text_at(arguments, 0);
    bound(text.len(), most, "bytes")?;
    let exponents = text.split(['e', 'E']).skip(1);
    for exponent in exponents {
        let digits: String = exponent
            .trim_start_matches(['+', '-'])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let digits = digits.trim_start_matches('0');
        if !digits.is_empty() && !digits.parse().is_ok_and(|n: u32| n <= MAX_EXPONENT) {
            return over(format!("takes an exponent of at most {MAX_EXPONENT}"));
        }
    }
    Ok(())
}

/// The product of two numbers, as the engine's operator makes it.
pub(super) fn multiply(arguments: &[Value], calling: Calling) -> Result<Value, Failure> {
    let failed = |message: &str| Failure::Failed(format!("failed: {message}"));
    let [Value::Number(left), Value::Number(right)] = arguments else {
        return Err(failed("it takes numbers"));
    };
    let bits = |number: &Value| match number {
        Value::Number(number) if number.as_i64().is_none() => {
            number.to_big().map_or(64, |big| big.bits())
        }
        _ => 64,
    };
    let together: u64 = arguments.iter().map(bits).fold(0, u64::saturating_add);
    if together > calling.limits().bits {
        over(format!("makes numbers of at most {} bits", calling.limits().bits))?;
    }
    left.mul(right).map(Value::from).map_err(|error| failed(&error.to_string()))
}

/// What is left of a division of integers. The engine's operator fails for others even where a
/// query is to be undefined.
pub(super) fn remainder(arguments: &[Value], _: Calling) -> Result<Value, Failure> {
    let failed = |message: &str| Failure::Failed(format!("failed: {message}"));
    let [Value::Number(left), Value::Number(right)] = arguments else {
        return Err(failed("it takes numbers"));
    };
    if !left.is_integer() || !right.is_integer() {
        return Err(failed("modulo on floating-point number"));
    }
    if right.as_f64() == Some(0.0) {
        return Err(failed("modulo by zero"));
    }
    left.clone().modulo(right).map(Value::from).map_err(|error| failed(&error.to_string()))
}
