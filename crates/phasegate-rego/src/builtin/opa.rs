//! Builtins of OPA that the engine lacks, for queries and tests. What each gives is in OPA's
//! reference of builtins; hashes are SHA-256 (FIPS 180-4) and HMAC (RFC 2104).

use core::net::IpAddr;

use phasegate_core::Digest;
use regorus::Value;

use super::number::integer_at;
use super::{Calling, Failure, bound};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

fn failed(message: &str) -> Failure {
    Failure::Failed(format!("failed: {message}"))
}

/// Arrays among the items are unpacked, one level deep.
pub(super) fn array_flatten(arguments: &[Value], calling: Calling) -> Result<Value, Failure> {
    let [Value::Array(items)] = arguments else { return Err(failed("it takes an array")) };
    let mut length: usize = 0;
    for item in items.iter() {
        length = length.saturating_add(match item {
            Value::Array(inner) => inner.len(),
            _ => 1,
        });
    }
    bound(length, calling.limits().grown_items, "items")?;
    let mut flat = Vec::with_capacity(length);
    for item in items.iter() {
        match item {
            Value::Array(inner) => flat.extend(inner.iter().cloned()),
            other => flat.push(other.clone()),
        }
    }
    Ok(Value::from(flat))
}

/// The first parts of a text, or with a negative count its last.
pub(super) fn split_n(arguments: &[Value], calling: Calling) -> Result<Value, Failure> {
    let (Some(Value::String(text)), Some(Value::String(between)), Some(count)) =
        (arguments.first(), arguments.get(1), integer_at(arguments, 2))
    else {
        return Err(failed("it takes a text, what is between its parts, and an integer"));
    };
    super::text::split(arguments, calling.limits())?;
    let parts: Vec<&str> = if between.is_empty() {
        // Every character is a part; Rust would give an empty one at both ends.
        text.char_indices().filter_map(|(at, c)| text.get(at..at + c.len_utf8())).collect()
    } else {
        text.split(&**between).collect()
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(parts.len());
    let from = if count < 0 { parts.len() - wanted } else { 0 };
    let parts = parts.iter().skip(from).take(wanted);
    Ok(Value::from(parts.map(|part| Value::from(*part)).collect::<Vec<_>>()))
}

/// Whether two signatures are the same.
pub(super) fn hmac_equal(arguments: &[Value], _: Calling) -> Result<Value, Failure> {
    match arguments {
        [Value::String(one), Value::String(other)] => Ok(Value::from(one == other)),
        _ => Err(failed("it takes two texts")),
    }
}

pub(super) fn sha256(arguments: &[Value], _: Calling) -> Result<Value, Failure> {
    match arguments {
        [Value::String(text)] => Ok(Value::from(hex(text.as_bytes()))),
        _ => Err(failed("it takes a text")),
    }
}

pub(super) fn hmac_sha256(arguments: &[Value], _: Calling) -> Result<Value, Failure> {
    let [Value::String(text), Value::String(key)] = arguments else {
        return Err(failed("it takes a text and a key"));
    };
    let mut block =
        if key.len() > BLOCK { bytes(&hex(key.as_bytes())) } else { key.as_bytes().to_vec() };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| block.iter().map(move |byte| byte ^ pad);
    let inner: Vec<u8> = padded(0x36).chain(text.bytes()).collect();
    let outer: Vec<u8> = padded(0x5c).chain(bytes(&hex(&inner))).collect();
    Ok(Value::from(hex(&outer)))
}

fn hex(bytes: &[u8]) -> String {
    let digest = Digest::of(bytes).to_string();
    digest.strip_prefix("sha256:").unwrap_or(&digest).to_owned()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.as_bytes()
        .chunks(2)
        .filter_map(|pair| pair.iter().try_fold(0_u8, |byte, c| Some(byte << 4 | digit(*c)?)))
        .collect()
}

/// Whether two networks have an address in common.
pub(super) fn cidr_intersects(arguments: &[Value], _: Calling) -> Result<Value, Failure> {
    let [Value::String(one), Value::String(other)] = arguments else {
        return Err(failed("it takes two texts"));
    };
    let (one, other) = (Network::of(one)?, Network::of(other)?);
    Ok(Value::from(
        one.bits == other.bits && {
            let shorter = one.length.min(other.length);
            one.prefix(shorter) == other.prefix(shorter)
        },
    ))
}

/// A network, its address in the lowest bits.
struct Network {
    address: u128,
    bits: u32,
    length: u32,
}

impl Network {
    fn of(text: &str) -> Result<Self, Failure> {
        let parsed = text.split_once('/').and_then(|(address, length)| {
            let (address, bits) = match address.parse().ok()? {
                IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
                IpAddr::V6(address) => (u128::from(address), 128),
            };
            let is_plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
            let length = length.parse().ok().filter(|length| is_plain && *length <= bits)?;
            Some(Self { address, bits, length })
        });
        parsed.ok_or_else(|| failed("it takes networks like `10.0.0.0/8`"))
    }

    fn prefix(&self, length: u32) -> u128 {
        // A shift by all bits of the number is none in Rust.
        self.address.checked_shr(self.bits - length).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        function: fn(&[Value], Calling) -> Result<Value, Failure>,
        given: &str,
        expected: &str,
    ) {
        let Value::Array(arguments) = Value::from_json_str(given).unwrap() else { panic!() };
        let told = match function(arguments.as_slice(), Calling::Strict) {
            Ok(value) => value.to_json_str().unwrap(),
            Err(failure) => failure.into_message(),
        };
        let told: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(told, expected, "{given}");
    }

    #[test]
    fn arrays_are_flattened_one_level_deep() {
        check(array_flatten, "[[1, [2, [3]], {}]]", "[ 1, 2, [ 3 ], {} ]");
        check(array_flatten, "[[]]", "[]");
        check(array_flatten, "[1]", "failed: it takes an array");
    }

    /// By what `strings.split_n` of OPA 1.20.2 says of itself.
    #[test]
    fn parts_are_counted_from_either_end() {
        check(split_n, r#"["a.b.c", ".", 2]"#, r#"[ "a", "b" ]"#);
        check(split_n, r#"["a.b.c", ".", -2]"#, r#"[ "b", "c" ]"#);
        check(split_n, r#"["a.b.c", ".", 9]"#, r#"[ "a", "b", "c" ]"#);
        check(split_n, r#"["a.b.c", ".", -9223372036854775808]"#, r#"[ "a", "b", "c" ]"#);
        check(split_n, r#"["a.b.c", ".", 0]"#, "[]");
        check(split_n, r#"["äb", "", 1]"#, r#"[ "ä" ]"#);
        let told = "failed: it takes a text, what is between its parts, and an integer";
        check(split_n, r#"["a", ".", 0.5]"#, told);
    }

    /// RFC 4231, test case 2, and FIPS 180-4's `abc`; the long key by Python 3.11:
    /// `hmac.new(b"k" * 100, b"text", "sha256").hexdigest()`.
    #[test]
    fn hashes_are_those_of_the_standards() {
        check(
            sha256,
            "[\"abc\"]",
            "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
        );
        check(
            hmac_sha256,
            "[\"what do ya want for nothing?\", \"Jefe\"]",
            "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"",
        );
        check(hmac_sha256, &format!("[\"text\", \"{}\"]", "k".repeat(100)), LONG);
        check(hmac_equal, "[\"a\", \"a\"]", "true");
        check(hmac_equal, "[\"a\", \"b\"]", "false");
        check(hmac_equal, "[1, \"b\"]", "failed: it takes two texts");
    }

    const LONG: &str = "\"5964a5c58b736800917a8e85cf03892e9ab8a997a15175b1d876119624a9b699\"";

    #[test]
    fn networks_intersect_where_one_holds_the_other() {
        check(cidr_intersects, "[\"192.168.0.0/16\", \"192.168.1.0/24\"]", "true");
        check(cidr_intersects, "[\"192.168.1.0/24\", \"192.168.2.0/24\"]", "false");
        check(cidr_intersects, "[\"0.0.0.0/0\", \"192.168.2.0/24\"]", "true");
        check(cidr_intersects, "[\"::/0\", \"192.168.2.0/24\"]", "false");
        check(cidr_intersects, "[\"::/0\", \"fd00::/8\"]", "true");
        for wrong in ["[\"10.0.0.0\", \"10.0.0.0/8\"]", "[\"10.0.0.0/33\", \"10.0.0.0/8\"]"] {
            check(cidr_intersects, wrong, "failed: it takes networks like `10.0.0.0/8`");
        }
    }
}
