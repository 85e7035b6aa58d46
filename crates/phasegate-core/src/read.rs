//! Strict reading of JSON and YAML: what two readers could understand differently is refused, with
//! its path.
//!
//! Refused: duplicate keys, numbers that are not finite, magnitudes beyond 2^53-1 (where a double
//! no longer tells neighboring integers apart), nesting deeper than [`MAX_DEPTH`], text that is not
//! UTF-8, and documents larger than the given limit. Equal documents come out equal: `3500.0` reads
//! as `3500` and `-0` as `0`, as their canonical forms are.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::path::Path;

/// How deep arrays and objects may nest. Documents of the gate need fewer than ten levels; the
/// engine and the canonical form recurse.
pub const MAX_DEPTH: usize = 64;

/// The largest magnitude of a number: 2^53-1, the last integer whose neighbors are doubles too (RFC
/// 7493, section 2.2).
pub const MAX_NUMBER: f64 = 9_007_199_254_740_991.0;

/// How many faults of one document are listed; the first ones tell what is wrong with the rest.
const MAX_FAULTS: usize = 20;

/// The text form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// RFC 8259.
    Json,
    /// YAML 1.2, one document, aliases bounded.
    Yaml,
}

impl Format {
    /// JSON when the text starts like a JSON object or array, else YAML.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Self {
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// Why a document could not be read: every fault found, in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.faults))]
pub struct ReadError {
    /// At least one.
    pub faults: Vec<Fault>,
}

/// One fault of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where in the document, `metrics.error_rate`; empty for the whole document.
    pub path: String,
    /// The line, from 1; absent when the reader cannot tell.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

/// Reads one document strictly.
///
/// # Errors
/// All faults of meaning (duplicate keys, numbers out of range, nesting), or the first fault of
/// syntax.
///
/// ```
/// use phasegate_core::read::{read, Format};
/// let error = read(br#"{"metrics": {"a": 1, "a": 2}}"#, Format::Json, 1 << 20).unwrap_err();
/// assert!(error.to_string().contains("`metrics.a`: key given twice"));
/// ```
pub fn read(bytes: &[u8], format: Format, max_bytes: usize) -> Result<Value, ReadError> {
    read_up_to(MAX_NUMBER, bytes, format, max_bytes)
}

/// Reads one document of measurements: as [`read`], but numbers may be any finite doubles. A sum of
/// squares goes beyond 2^53 and loses nothing that it had; what must be a whole number is checked
/// where it is taken.
///
/// # Errors
/// As [`read`].
pub fn read_measurements(
    bytes: &[u8],
    format: Format,
    max_bytes: usize,
) -> Result<Value, ReadError> {
    read_up_to(f64::MAX, bytes, format, max_bytes)
}

fn read_up_to(
    largest: f64,
    bytes: &[u8],
    format: Format,
    max_bytes: usize,
) -> Result<Value, ReadError> {
    if bytes.len() > max_bytes {
        let message = format!("{} bytes are more than the limit of {max_bytes}", bytes.len());
        return Err(whole(message));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let pass = |state: &State| match format {
        Format::Json => json(text, state),
        Format::Yaml => yaml(text, state),
    };
    let state = State { largest, ..State::default() };
    let outcome = pass(&state);
    let mut faults = state.faults.into_inner();
    // Neither reader tells a visitor where it is, but both tell where they were stopped.
    for (position, fault) in faults.iter_mut().enumerate() {
        let state = State { largest, stop_at: Some(position), ..State::default() };
        if let Err(stopped) = pass(&state) {
            (fault.line, fault.column) = (stopped.line, stopped.column);
        }
    }
    match outcome {
        Ok(value) if faults.is_empty() => Ok(value),
        Ok(_) => Err(ReadError { faults }),
        Err(mut fault) => {
            fault.path = state.path.into_inner().to_string();
            faults.push(fault);
            Err(ReadError { faults })
        }
    }
}

/// Where in the text the entry at a path stands, for faults that are found after reading; for a
/// path that leads nowhere, where the innermost entry on the way stands.
///
/// It reads the text once more for each path; call it for faults alone.
#[must_use]
pub fn locate(bytes: &[u8], format: Format, path: &Path) -> Option<Position> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut path = path.clone();
    loop {
        let state = State { target: Some(path.clone()), ..State::default() };
        let outcome = match format {
            Format::Json => json(text, &state),
            Format::Yaml => yaml(text, &state),
        };
        if let (Err(stopped), true) = (outcome, state.met.get()) {
            return Some(Position { line: stopped.line?, column: stopped.column? });
        }
        if path.steps().is_empty() {
            return None;
        }
        path.pop();
    }
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

fn whole(message: String) -> ReadError {
    ReadError { faults: vec![Fault { path: String::new(), line: None, column: None, message }] }
}

fn not_utf8(bytes: &[u8], at: usize) -> ReadError {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.split(|&byte| byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|&&byte| byte != b'\n').count();
    let message = "the text is not UTF-8; save it as UTF-8".to_owned();
    let fault = Fault { path: String::new(), line: Some(line), column: Some(column), message };
    ReadError { faults: vec![fault] }
}

fn json(text: &str, state: &State) -> Result<Value, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node { state, depth: 0 }.deserialize(&mut deserializer);
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| {
        let text = error.to_string();
        // serde_json ends its messages with the place, which the fault carries apart.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
        let place = (error.line() > 0).then_some((error.line(), error.column()));
        Fault {
            path: String::new(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column.max(1)),
            message: explain_json(message),
        }
    })
}

fn explain_json(message: &str) -> String {
    match message {
        "number out of range" => {
            "the number is beyond the range of a double; give a finite one".to_owned()
        }
        "recursion limit exceeded" => too_deep(),
        "EOF while parsing a value" => "the document is empty or ends early".to_owned(),
        _ => format!("not valid JSON: {message}"),
    }
}

fn too_deep() -> String {
    format!("nested deeper than {MAX_DEPTH} levels; flatten it")
}

fn yaml(text: &str, state: &State) -> Result<Value, Fault> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        // Our own checks name the path and go on to the next fault.
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::PassThrough,
        // A tag that is dropped is a meaning that is lost.
        reject_unsupported_tags: true,
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Node { state, depth: 0 }.deserialize(deserializer)
    })
    .map_err(|error| {
        let place = error.location();
        let line = place.map(|place| usize::try_from(place.line()).unwrap_or(0)).filter(|&n| n > 0);
        let column = place.map(|place| usize::try_from(place.column()).unwrap_or(0));
        // The first line says it; what follows repeats the place, which the fault carries apart.
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
        Fault { path: String::new(), line, column, message: explain_yaml(message) }
    })
}

fn explain_yaml(message: &str) -> String {
    if message.contains("multiple YAML documents") {
        return "a second document begins with `---`; give one document".to_owned();
    }
    format!("not valid YAML: {message}")
}

/// What the readers of all levels share: where they are, and what they found.
struct State {
    /// The largest magnitude of a number.
    largest: f64,
    path: RefCell<Path>,
    faults: RefCell<Vec<Fault>>,
    /// The fault at which to stop reading, to learn where it is.
    stop_at: Option<usize>,
    /// The path at which to stop reading, to learn where it is, and whether it was reached.
    target: Option<Path>,
    met: Cell<bool>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            largest: MAX_NUMBER,
            path: RefCell::default(),
            faults: RefCell::default(),
            stop_at: None,
            target: None,
            met: Cell::default(),
        }
    }
}

impl State {
    /// Whether the next value is the one at which to stop.
    fn is_target(&self) -> bool {
        let here = self.target.as_ref().is_some_and(|target| *target == *self.path.borrow());
        self.met.set(self.met.get() || here);
        here
    }

    /// Whether the next fault is the one at which to stop.
    fn stops_here(&self) -> bool {
        self.stop_at == Some(self.faults.borrow().len())
    }

    /// Notes a fault and goes on, unless this is where to stop.
    fn fault<E: serde::de::Error>(&self, message: &str) -> Result<(), E> {
        let mut faults = self.faults.borrow_mut();
        if self.stop_at == Some(faults.len()) {
            return Err(E::custom(message));
        }
        if faults.len() < MAX_FAULTS {
            let path = self.path.borrow().to_string();
            faults.push(Fault { path, line: None, column: None, message: message.to_owned() });
        }
        Ok(())
    }
}

/// Reads one value; its place is in the state.
#[derive(Clone, Copy)]
struct Node<'a> {
    state: &'a State,
    depth: usize,
}

impl Node<'_> {
    fn number<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if !value.is_finite() {
            self.state.fault("the number is not finite; give a finite one or leave the key out")?;
        } else if value.abs() > self.state.largest {
            self.state.fault("the number is beyond 2^53-1, where digits get lost; scale it")?;
        } else {
            return Ok(number(value));
        }
        Ok(Value::Null)
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(too_deep()));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

/// A finite number in its one form: integral values as integers, so that `3500.0` is `3500` and
/// `-0.0` is `0`.
///
/// Not finite gives null; readers refuse it before.
#[must_use]
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= MAX_NUMBER {
        #[expect(clippy::cast_possible_truncation, reason = "integral and within 2^53-1")]
        let integer = value as i64;
        return Value::Number(Number::from(integer));
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.state.is_target() {
            return deserializer.deserialize_any(Stop).map(|()| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.number(value as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.number(value as f64)
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.number(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.number(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.number(value)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let node = self.deeper()?;
        let mut array = Vec::new();
        loop {
            self.state.path.borrow_mut().push_index(array.len());
            let Some(item) = items.next_element_seed(node)? else { break };
            self.state.path.borrow_mut().pop();
            array.push(item);
        }
        self.state.path.borrow_mut().pop();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let node = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            self.state.path.borrow_mut().push_field(key.clone());
            if object.contains_key(&key) {
                if self.state.stops_here() {
                    // An error of our own between key and value would have no place in YAML.
                    entries.next_value_seed(Stop)?;
                }
                self.state.fault("key given twice; remove one")?;
            }
            object.insert(key, entries.next_value_seed(node)?);
            self.state.path.borrow_mut().pop();
        }
        Ok(Value::Object(object))
    }
}

/// Reads an object's key: text only, so that `1: x` and `"1": x` of YAML cannot be taken for each
/// other.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text key; put it in quotes")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E>(self, value: String) -> Result<String, E> {
        Ok(value)
    }
}

/// Takes no value whatever, so that the reader says where it is.
struct Stop;

impl<'de> DeserializeSeed<'de> for Stop {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Stop {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that was not given before")
    }
}

/// Brings a value built in process to the form that [`read`] gives.
///
/// # Errors
/// What [`read`] refuses in a document and a value can hold: numbers beyond 2^53-1 and nesting
/// deeper than [`MAX_DEPTH`].
pub fn normalize(value: &Value) -> Result<Value, ReadError> {
    let state = State::default();
    match (Node { state: &state, depth: 0 }).deserialize(value) {
        Ok(value) if state.faults.borrow().is_empty() => Ok(value),
        Ok(_) => Err(ReadError { faults: state.faults.into_inner() }),
        Err(error) => {
            let path = state.path.into_inner().to_string();
            let message = serde_json::Error::custom(error).to_string();
            Err(ReadError { faults: vec![Fault { path, line: None, column: None, message }] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], format: Format, expected: &str) {
        let outcome = read(text, format, 1 << 20);
        assert_eq!(
            outcome.map_or_else(|error| error.to_string(), |value| value.to_string()),
            expected
        );
    }

    #[track_caller]
    fn json(text: &str, expected: &str) {
        check(text.as_bytes(), Format::Json, expected);
    }

    #[track_caller]
    fn yaml(text: &str, expected: &str) {
        check(text.as_bytes(), Format::Yaml, expected);
    }

    #[test]
    fn equal_numbers_come_out_equal() {
        json("[3500.0, 3500, 35e2, -0.0, -0, 0.1]", "[3500,3500,3500,0,0,0.1]");
        yaml("[3500.0, 3500, 35e2, -0.0, 0.1]", "[3500,3500,3500,0,0.1]");
    }

    #[test]
    fn numbers_that_lose_digits_are_refused() {
        json("[9007199254740991]", "[9007199254740991]");
        let beyond = "the number is beyond 2^53-1, where digits get lost; scale it";
        json(r#"{"a": [1, 9007199254740992]}"#, &format!("line 1, column 26: `a[1]`: {beyond}"));
        json("[-9007199254740993]", &format!("line 1, column 18: `[0]`: {beyond}"));
        json("[1e300]", &format!("line 1, column 6: `[0]`: {beyond}"));
        json("[123456789012345678901234567890]", &format!("line 1, column 31: `[0]`: {beyond}"));
        yaml("a: 123456789012345678901234567890", &format!("line 1, column 4: `a`: {beyond}"));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused_with_their_path() {
        json(
            r#"{"metrics": {"error_rate": 1e999}}"#,
            "line 1, column 32: `metrics.error_rate`: the number is beyond the range of a double; give a finite one",
        );
        json("[NaN]", "line 1, column 2: `[0]`: not valid JSON: expected value");
        let not_finite = "the number is not finite; give a finite one or leave the key out";
        yaml(
            "metrics:\n  error_rate: .nan",
            &format!("line 2, column 15: `metrics.error_rate`: {not_finite}"),
        );
        yaml("a: -.inf", &format!("line 1, column 4: `a`: {not_finite}"));
    }

    #[test]
    fn all_duplicate_keys_are_listed() {
        json(
            r#"{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}"#,
            "line 1, column 29: `b.c`: key given twice; remove one; line 1, column 38: `a`: key given twice; remove one",
        );
        json(r#"{"a": 1, "\u0061": 2}"#, "line 1, column 20: `a`: key given twice; remove one");
        yaml("a: 1\nb: 2\na: 3", "line 3, column 1: `a`: key given twice; remove one");
    }

    #[test]
    fn yaml_keys_are_text_and_yes_is_not_a_boolean() {
        yaml("a: yes\nb: true", r#"{"a":"yes","b":true}"#);
        let outcome = read(b"1: x", Format::Yaml, 100).map(|value| value.to_string());
        let message = outcome.expect_err("a number is not a key").to_string();
        assert!(message.contains("a text key; put it in quotes"), "{message}");
    }

    #[test]
    fn yaml_that_would_lose_something_is_refused() {
        let second = read(b"a: 1\n---\nb: 2\n", Format::Yaml, 100).expect_err("two documents");
        let expected = "a second document begins with `---`; give one document";
        assert!(second.to_string().ends_with(expected), "{second}");
        let tagged = read(b"a: !money 1\n", Format::Yaml, 100).expect_err("an unknown tag");
        assert!(tagged.to_string().starts_with("line 1, column "), "{tagged}");
        assert!(tagged.to_string().contains("!money"), "{tagged}");
        yaml("a: !!str 1", r#"{"a":"1"}"#);
    }

    #[test]
    fn measurements_may_be_any_double() {
        let read = |text: &str| read_measurements(text.as_bytes(), Format::Json, 1 << 20);
        assert_eq!(read("[9.1e15, -1e300, 2]"), Ok(serde_json::json!([9.1e15, -1e300, 2])));
        assert!(read("[1e999]").is_err() && read(r#"{"a": 1, "a": 2}"#).is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nest = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nest(MAX_DEPTH).as_bytes(), Format::Json, 1 << 20).is_ok());
        for depth in [MAX_DEPTH + 1, 200, 100_000] {
            for format in [Format::Json, Format::Yaml] {
                let error = read(nest(depth).as_bytes(), format, 1 << 20).expect_err("too deep");
                assert!(!error.faults.is_empty());
            }
        }
        let error = read(nest(200).as_bytes(), Format::Json, 1 << 20).expect_err("too deep");
        assert!(error.to_string().contains("nested deeper than 64 levels"), "{error}");
    }

    #[test]
    fn a_path_is_found_in_the_text() {
        #[track_caller]
        fn at(text: &str, format: Format, path: &str, expected: (usize, usize)) {
            let path = path.parse().expect("a path");
            let place = locate(text.as_bytes(), format, &path);
            let place = place.map(|place| (place.line, place.column));
            assert_eq!(place, Some(expected));
        }
        let yaml = "metrics:\n  - id: latency\n    margin: 5\n  - id: cost\n";
        at(yaml, Format::Yaml, "metrics[0].margin", (3, 5));
        at(yaml, Format::Yaml, "metrics[1].id", (4, 5));
        // What is missing is missing from where it would have stood.
        at(yaml, Format::Yaml, "metrics[1].margin", (4, 5));
        at(yaml, Format::Yaml, "nowhere", (1, 1));
        let json = "{\n \"metrics\": [\n  {\"id\": \"latency\",\n   \"margin\": 5}]}";
        at(json, Format::Json, "metrics[0].margin", (4, 14));
        at(json, Format::Json, "metrics[0].better", (3, 3));
    }

    #[test]
    fn aliases_do_not_explode() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb = format!("{bomb}a{level}: &a{level} [{aliases}]\n");
        }
        assert!(read(bomb.as_bytes(), Format::Yaml, 1 << 20).is_err());
    }

    #[test]
    fn what_is_not_a_document_is_refused_with_its_place() {
        check(
            b"{\"a\":\n \xff}",
            Format::Json,
            "line 2, column 2: the text is not UTF-8; save it as UTF-8",
        );
        json("", "line 1, column 1: the document is empty or ends early");
        json("{} {}", "line 1, column 4: not valid JSON: trailing characters");
        check(b"[1, 2]", Format::Json, "[1,2]");
        let error = read(b"[1, 2]", Format::Json, 5).expect_err("six bytes");
        assert_eq!(error.to_string(), "6 bytes are more than the limit of 5");
    }

    #[test]
    fn a_value_built_in_process_is_held_to_the_same() {
        let value = serde_json::json!({ "a": 3500.0, "b": [1, u64::MAX] });
        let error = normalize(&value).expect_err("u64::MAX is beyond");
        assert!(error.to_string().starts_with("`b[1]`: the number is beyond 2^53-1"), "{error}");
        let value = serde_json::json!({ "a": 3500.0 });
        assert_eq!(
            normalize(&value).map(|value| value.to_string()),
            Ok(r#"{"a":3500}"#.to_owned())
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)
        ) {
            for format in [Format::Json, Format::Yaml] {
                drop(read(&bytes, format, 1 << 20));
            }
        }

        #[test]
        fn what_is_read_is_canonical_already(number in proptest::num::f64::NORMAL) {
            if let Ok(value) = read(format!("[{number:e}]").as_bytes(), Format::Json, 1 << 20) {
                let text = crate::canonical::to_bytes(&value).expect("finite");
                let again = read(&text, Format::Json, 1 << 20).expect("canonical JSON is JSON");
                proptest::prop_assert_eq!(again, value);
            }
        }
    }
}
