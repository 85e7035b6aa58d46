//! `sprintf`: Go's `fmt.Sprintf` over what OPA hands to it.
//!
//! OPA gives Go an integer for each number without a fraction, a double for any other, a string for
//! a string, and the Rego text of everything else. Verbs, flags, widths, precisions, `*` and
//! argument indices are those of Go's package `fmt`. What Go cannot format it writes into the text,
//! `%!d(string=a)`: so does this in queries; at the gate it is an error, except that `%s` takes any
//! value there and `%t` a boolean.

use std::borrow::Cow;
use std::fmt::Write as _;

use regorus::Value;

use super::{Failure, Limits, bound};

/// Digits after the point beyond which a double has only zeros.
const DOUBLE_DIGITS: usize = 1_100;

/// `sprintf(format, arguments)`.
pub(super) fn sprintf(
    format: &str,
    arguments: &[Value],
    strict: bool,
    limits: &Limits,
) -> Result<String, Failure> {
    let arguments: Vec<_> = arguments.iter().map(Argument::of).collect();
    let mut printer = Printer {
        // Most messages are not much longer than their format.
        out: String::with_capacity(format.len() + 32),
        flags: Flags::default(),
        strict,
        limits,
        padded: 0,
    };
    printer.print(format, &arguments)?;
    Ok(printer.out)
}

/// An argument as OPA hands it to Go.
#[derive(Debug)]
enum Argument<'a> {
    Integer(Digits),
    Double(f64),
    Text(Cow<'a, str>),
    /// A boolean, or anything that has parts: its Rego text.
    Term(Cow<'a, str>),
}

/// An integer of any size.
#[derive(Debug)]
struct Digits {
    negative: bool,
    /// Its absolute value, by base.
    decimal: String,
    hex: Option<u64>,
    /// Beyond Go's `int`.
    is_big: bool,
}

impl<'a> Argument<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(Digits {
                    negative: integer < 0,
                    decimal: integer.unsigned_abs().to_string(),
                    hex: Some(integer.unsigned_abs()),
                    is_big: false,
                }),
                None if number.is_integer() => {
                    let text = number.format_decimal();
                    Self::Integer(Digits {
                        negative: text.starts_with('-'),
                        decimal: text.trim_start_matches('-').to_owned(),
                        hex: text.trim_start_matches('-').parse().ok(),
                        is_big: true,
                    })
                }
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            other => {
                let mut text = String::new();
                term(other, &mut text);
                Self::Term(Cow::Owned(text))
            }
        }
    }

    fn go_type(&self) -> &'static str {
        match self {
            Self::Integer(Digits { is_big: false, .. }) => "int",
            Self::Integer(_) => "*big.Int",
            Self::Double(_) => "float64",
            Self::Text(_) | Self::Term(_) => "string",
        }
    }
}

/// The Rego text of a value, as OPA writes terms.
pub(super) fn term(value: &Value, out: &mut String) {
    let list = |items: &mut dyn Iterator<Item = &Value>, out: &mut String| {
        for (at, item) in items.enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            term(item, out);
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.format_decimal()),
        Value::String(text) => quote(text, false, out),
        Value::Array(items) => {
            out.push('[');
            list(&mut items.iter(), out);
            out.push(']');
        }
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => {
            out.push('{');
            list(&mut items.iter_sorted(), out);
            out.push('}');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                term(key, out);
                out.push_str(": ");
                term(value, out);
            }
            out.push('}');
        }
        Value::Undefined => out.push_str("<undefined>"),
    }
}

/// A string as a Go literal.
fn quote(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        quote_letter(letter, '"', ascii, out);
    }
    out.push('"');
}

fn quote_letter(letter: char, mark: char, ascii: bool, out: &mut String) {
    match letter {
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\\' => out.push_str("\\\\"),
        letter if letter == mark => {
            out.push('\\');
            out.push(letter);
        }
        letter => {
            let code = u32::from(letter);
            let hidden = letter.is_control()
                || matches!(code, 0xad | 0x2028..=0x202e | 0x200b..=0x200f | 0xfeff)
                || (letter.is_whitespace() && letter != ' ');
            // Writing to a String cannot fail.
            let _ = match code {
                0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                0x80..0x1_0000 if ascii || hidden => write!(out, "\\u{code:04x}"),
                0x1_0000.. if ascii || hidden => write!(out, "\\U{code:08x}"),
                _ => write!(out, "{letter}"),
            };
        }
    }
}

/// What stands between `%` and the verb.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the five flags of Go's `fmt`")]
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

struct Printer<'l> {
    out: String,
    flags: Flags,
    strict: bool,
    limits: &'l Limits,
    padded: usize,
}

/// The place in the format and in the arguments.
struct Cursor<'f> {
    rest: &'f str,
    argument: usize,
    /// An index such as `[2]` was used.
    reordered: bool,
    /// The last index was no good.
    bad_index: bool,
    after_index: bool,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next();
        self.rest = letters.as_str();
        letter
    }

    /// A number, if one stands here; beyond a million Go gives up.
    fn number(&mut self) -> Option<usize> {
        let digits =
            self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = self.rest.split_at(digits);
        if number.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(number.parse().unwrap_or(usize::MAX))
    }

    /// An argument index in brackets, if one stands here.
    fn index(&mut self, arguments: usize) {
        self.after_index = false;
        let Some(inside) = self.rest.strip_prefix('[') else { return };
        self.reordered = true;
        let Some((number, rest)) = inside.split_once(']') else {
            self.bad_index = true;
            self.rest = inside;
            return;
        };
        self.rest = rest;
        match number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
            Some(at) if at < arguments => {
                self.argument = at;
                self.after_index = true;
            }
            _ => self.bad_index = true,
        }
    }
}

impl Printer<'_> {
    fn print(&mut self, format: &str, arguments: &[Argument<'_>]) -> Result<(), Failure> {
        let mut at = Cursor {
            rest: format,
            argument: 0,
            reordered: false,
            bad_index: false,
            after_index: false,
        };
        loop {
            let (plain, rest) = match at.rest.split_once('%') {
                Some((plain, rest)) => (plain, Some(rest)),
                None => (at.rest, None),
            };
            self.out.push_str(plain);
            let Some(rest) = rest else { break };
            at.rest = rest;
            self.directive(&mut at, arguments)?;
            bound(self.out.len(), self.limits.grown_bytes, "bytes")?;
        }
        if !at.reordered && at.argument < arguments.len() {
            self.wrong("an argument that nothing formats")?;
            self.flags = Flags::default();
            self.out.push_str("%!(EXTRA ");
            for (number, argument) in arguments.iter().skip(at.argument).enumerate() {
                if number > 0 {
                    self.out.push_str(", ");
                }
                self.out.push_str(argument.go_type());
                self.out.push('=');
                self.argument(argument, 'v')?;
            }
            self.out.push(')');
        }
        bound(self.out.len(), self.limits.grown_bytes, "bytes")
    }

    fn directive(
        &mut self,
        at: &mut Cursor<'_>,
        arguments: &[Argument<'_>],
    ) -> Result<(), Failure> {
        self.flags = Flags::default();
        at.bad_index = false;
        while let Some(flag) = at.peek() {
            match flag {
                '#' => self.flags.sharp = true,
                '0' => self.flags.zero = true,
                '+' => self.flags.plus = true,
                '-' => self.flags.minus = true,
                ' ' => self.flags.space = true,
                _ => break,
            }
            at.take();
        }
        let count = arguments.len();
        at.index(count);
        if at.peek() == Some('*') {
            at.take();
            match number_of(at, arguments) {
                Some(width) => {
                    self.flags.width = usize::try_from(width.unsigned_abs()).ok();
                    if width < 0 {
                        self.flags.minus = true;
                        self.flags.zero = false;
                    }
                }
                None => self.bad("%!(BADWIDTH)", "a `*` without an integer for its width")?,
            }
            at.after_index = false;
        } else {
            self.flags.width = at.number();
            if at.after_index && self.flags.width.is_some() {
                at.bad_index = true;
            }
        }
        if at.peek() == Some('.') {
            at.take();
            at.bad_index |= at.after_index;
            at.index(count);
            if at.peek() == Some('*') {
                at.take();
                match number_of(at, arguments) {
                    Some(precision) if precision >= 0 => {
                        self.flags.precision = usize::try_from(precision).ok();
                    }
                    Some(_) => {}
                    None => {
                        self.bad("%!(BADPREC)", "a `*` without an integer for its precision")?;
                    }
                }
                at.after_index = false;
            } else {
                self.flags.precision = Some(at.number().unwrap_or(0));
            }
        }
        if !at.after_index {
            at.index(count);
        }
        for places in [self.flags.width, self.flags.precision].into_iter().flatten() {
            bound(places, self.limits.width, "places for one field")?;
            self.padded = self.padded.saturating_add(places);
            bound(self.padded, self.limits.widths, "places")?;
        }
        let Some(verb) = at.take() else {
            return self.bad("%!(NOVERB)", "a `%` without a verb at its end");
        };
        if verb == '%' {
            self.out.push('%');
            return Ok(());
        }
        if at.bad_index {
            self.wrong("an index of an argument that is not there")?;
            let _ = write!(self.out, "%!{verb}(BADINDEX)");
            return Ok(());
        }
        let Some(argument) = arguments.get(at.argument) else {
            self.wrong("a verb without an argument")?;
            let _ = write!(self.out, "%!{verb}(MISSING)");
            return Ok(());
        };
        at.argument += 1;
        self.argument(argument, verb)
    }

    /// Go writes what is wrong into the text; the gate refuses it.
    fn wrong(&self, what: &str) -> Result<(), Failure> {
        if self.strict {
            Err(Failure::Failed(format!("failed: the format has {what}")))
        } else {
            Ok(())
        }
    }

    fn bad(&mut self, text: &str, what: &str) -> Result<(), Failure> {
        self.wrong(what)?;
        self.out.push_str(text);
        Ok(())
    }

    fn argument(&mut self, argument: &Argument<'_>, verb: char) -> Result<(), Failure> {
        if verb == 'T' {
            return self.text(argument.go_type());
        }
        match (argument, verb) {
            (Argument::Term(text), 't')
                if self.strict && ["true", "false"].contains(&text.as_ref()) =>
            {
                self.text(text)
            }
            (Argument::Integer(_) | Argument::Double(_), 's') if self.strict => {
                self.argument(argument, 'v')
            }
            (Argument::Integer(digits), 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X') => {
                self.integer(digits, verb)
            }
            (Argument::Integer(digits), 's') if digits.is_big => self.integer(digits, 'd'),
            (Argument::Integer(digits), 'c' | 'q' | 'U') if !digits.is_big => {
                self.code_point(digits, verb)
            }
            (Argument::Double(double), 'v' | 'g' | 'G' | 'e' | 'E' | 'f' | 'F') => {
                self.double(*double, verb)
            }
            (Argument::Text(text) | Argument::Term(text), 'v' | 's') => {
                if verb == 'v' && self.flags.sharp {
                    let mut quoted = String::new();
                    quote(text, false, &mut quoted);
                    return self.pad(&quoted);
                }
                self.text(text)
            }
            (Argument::Text(text) | Argument::Term(text), 'q') => {
                let text = cut(text, self.flags.precision);
                let mut quoted = String::new();
                if self.flags.sharp
                    && !text.contains(['`', '\u{feff}', '\x7f'])
                    && !text.chars().any(|c| c < ' ' && c != '\t')
                {
                    let _ = write!(quoted, "`{text}`");
                } else {
                    quote(text, self.flags.plus, &mut quoted);
                }
                self.pad(&quoted)
            }
            (Argument::Text(text) | Argument::Term(text), 'x' | 'X') => {
                let bytes = text.as_bytes();
                let bytes =
                    bytes.get(..self.flags.precision.unwrap_or(bytes.len())).unwrap_or(bytes);
                let mut hex = String::new();
                let prefix = if verb == 'x' { "0x" } else { "0X" };
                for (at, byte) in bytes.iter().enumerate() {
                    if self.flags.space && at > 0 {
                        hex.push(' ');
                    }
                    if self.flags.sharp && (at == 0 || self.flags.space) {
                        hex.push_str(prefix);
                    }
                    let _ = if verb == 'x' {
                        write!(hex, "{byte:02x}")
                    } else {
                        write!(hex, "{byte:02X}")
                    };
                }
                self.pad(&hex)
            }
            _ => {
                let go_type = argument.go_type();
                self.wrong(&format!("the verb `%{verb}`, which does not format a {go_type}"))?;
                let _ = write!(self.out, "%!{verb}({go_type}=");
                self.argument(argument, 'v')?;
                self.out.push(')');
                Ok(())
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.pad(cut(text, self.flags.precision))
    }

    fn pad(&mut self, text: &str) -> Result<(), Failure> {
        let zero = self.flags.zero && !self.flags.minus;
        self.pad_with(text, if zero { "0" } else { " " })
    }

    fn pad_with(&mut self, text: &str, padding: &str) -> Result<(), Failure> {
        bound(self.out.len().saturating_add(text.len()), self.limits.grown_bytes, "bytes")?;
        let missing = match self.flags.width {
            None => 0,
            Some(width) => width.saturating_sub(text.chars().count()),
        };
        let padding = padding.repeat(missing);
        if self.flags.minus {
            self.out.extend([text, &padding]);
        } else {
            self.out.extend([&padding, text]);
        }
        Ok(())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn integer(&mut self, digits: &Digits, verb: char) -> Result<(), Failure> {
        let text = match (verb, digits.hex) {
            ('d' | 'v', _) => digits.decimal.clone(),
            ('b', Some(number)) => format!("{number:b}"),
            ('o' | 'O', Some(number)) => format!("{number:o}"),
            ('x', Some(number)) => format!("{number:x}"),
            ('X', Some(number)) => format!("{number:X}"),
            (_, None) => rebased(&digits.decimal, verb)?,
            (_, Some(_)) => String::new(),
        };
        let sign = self.sign(digits.negative);
        let least = match self.flags.precision {
            Some(0) if text == "0" => return self.pad_with("", " "),
            Some(precision) => precision,
            None if self.flags.zero && !self.flags.minus => {
                self.flags.width.unwrap_or(0).saturating_sub(sign.len())
            }
            None => 0,
        };
        let zeros = least.saturating_sub(text.len());
        let prefix = match verb {
            'b' if self.flags.sharp => "0b",
            'o' if self.flags.sharp && zeros == 0 && !text.starts_with('0') => "0",
            'O' => "0o",
            'x' if self.flags.sharp => "0x",
            'X' if self.flags.sharp => "0X",
            _ => "",
        };
        self.pad_with(&format!("{sign}{prefix}{}{text}", "0".repeat(zeros)), " ")
    }

    fn code_point(&mut self, digits: &Digits, verb: char) -> Result<(), Failure> {
        let code =
            digits.hex.filter(|_| !digits.negative).and_then(|code| u32::try_from(code).ok());
        let letter = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
        match verb {
            'c' => self.pad(letter.encode_utf8(&mut [0; 4])),
            'q' => {
                let mut quoted = "'".to_owned();
                quote_letter(letter, '\'', self.flags.plus, &mut quoted);
                quoted.push('\'');
                self.pad(&quoted)
            }
            _ => {
                let least = self.flags.precision.unwrap_or(0).max(4);
                let code = digits.hex.unwrap_or(0);
                let mut text = format!("U+{code:0>least$X}");
                if self.flags.sharp && !letter.is_control() {
                    let _ = write!(text, " '{letter}'");
                }
                self.pad_with(&text, " ")
            }
        }
    }

    fn double(&mut self, double: f64, verb: char) -> Result<(), Failure> {
        let text = match verb {
            'f' | 'F' => fixed(double.abs(), self.flags.precision.unwrap_or(6)),
            'e' | 'E' => scientific(double.abs(), Some(self.flags.precision.unwrap_or(6))),
            _ => general(double.abs(), self.flags.precision),
        };
        let text = if verb.is_ascii_uppercase() { text.to_uppercase() } else { text };
        let sign = self.sign(double.is_sign_negative());
        let zero = self.flags.zero && !self.flags.minus && double.is_finite();
        let width = self.flags.width.unwrap_or(0).saturating_sub(sign.len());
        if zero {
            let zeros = width.saturating_sub(text.len());
            return self.pad_with(&format!("{sign}{}{text}", "0".repeat(zeros)), " ");
        }
        self.pad_with(&format!("{sign}{text}"), " ")
    }
}

/// The integer argument that a `*` stands for.
fn number_of(at: &mut Cursor<'_>, arguments: &[Argument<'_>]) -> Option<i64> {
    let argument = arguments.get(at.argument)?;
    at.argument += 1;
    match argument {
        Argument::Integer(Digits { negative, decimal, is_big: false, .. }) => {
            let number: i64 = decimal.parse().ok()?;
            Some(if *negative { -number } else { number })
        }
        _ => None,
    }
}

/// The first letters of a text.
fn cut(text: &str, letters: Option<usize>) -> &str {
    match letters.and_then(|letters| text.char_indices().nth(letters)) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// A decimal integer in another base, by division digit by digit.
fn rebased(decimal: &str, verb: char) -> Result<String, Failure> {
    // The square of this many digits is a few milliseconds.
    bound(decimal.len(), 2_000, "digits in another base")?;
    let base = match verb {
        'b' => 2,
        'o' | 'O' => 8,
        _ => 16,
    };
    let mut digits: Vec<u32> = decimal.chars().filter_map(|c| c.to_digit(10)).collect();
    let mut text = Vec::new();
    while !digits.is_empty() {
        let mut rest = 0;
        let mut quotient = Vec::with_capacity(digits.len());
        for digit in digits {
            let part = rest * 10 + digit;
            rest = part % base;
            if !(quotient.is_empty() && part < base) {
                quotient.push(part / base);
            }
        }
        text.push(char::from_digit(rest, base).unwrap_or('0'));
        digits = quotient;
    }
    let text: String = text.into_iter().rev().collect();
    Ok(if verb == 'X' { text.to_uppercase() } else { text })
}

fn fixed(double: f64, precision: usize) -> String {
    if !double.is_finite() {
        return not_finite(double);
    }
    let known = precision.min(DOUBLE_DIGITS);
    format!("{double:.known$}{}", "0".repeat(precision - known))
}

fn not_finite(double: f64) -> String {
    if double.is_nan() { "NaN".to_owned() } else { "Inf".to_owned() }
}

/// The digits of a number and its decimal exponent: `1.25e2` is `125` and 2.
fn parts(double: f64, digits: Option<usize>) -> (String, i32) {
    let text = match digits {
        None => format!("{double:e}"),
        Some(digits) => {
            let known = digits.min(DOUBLE_DIGITS);
            format!("{double:.known$e}")
        }
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// `%e`; without a precision the fewest digits.
fn scientific(double: f64, precision: Option<usize>) -> String {
    if !double.is_finite() {
        return not_finite(double);
    }
    let (digits, exponent) = parts(double, precision);
    let zeros = precision.unwrap_or(0).saturating_sub(DOUBLE_DIGITS);
    with_exponent(&(digits + &"0".repeat(zeros)), exponent)
}

fn with_exponent(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(digits.len().min(1));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

/// `%g`: the shorter of the two, by Go's rule.
fn general(double: f64, precision: Option<usize>) -> String {
    if !double.is_finite() {
        return not_finite(double);
    }
    let precision = precision.map(|precision| precision.clamp(1, DOUBLE_DIGITS));
    let (digits, exponent) = parts(double, precision.map(|precision| precision - 1));
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        shortest => shortest,
    };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let most = match precision.map(|precision| i32::try_from(precision).unwrap_or(i32::MAX)) {
        // The fewest digits: Go decides as for six.
        None => 6,
        Some(most) if most > count && count > exponent => count,
        Some(most) => most,
    };
    if exponent < -4 || exponent >= most {
        return with_exponent(digits, exponent);
    }
    match usize::try_from(exponent) {
        Ok(whole) if digits.len() > whole + 1 => {
            let (whole, fraction) = digits.split_at(whole + 1);
            format!("{whole}.{fraction}")
        }
        Ok(whole) => format!("{digits}{}", "0".repeat(whole + 1 - digits.len())),
        Err(_) => {
            let zeros = usize::try_from(-1 - exponent).unwrap_or(0);
            format!("0.{}{digits}", "0".repeat(zeros))
        }
    }
}
