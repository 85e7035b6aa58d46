//! The engine's builtins that the gate calls only after a look at their arguments.
//!
//! As the engine has them, some are undefined where OPA has an error, some take any amount of time
//! or memory, and some panic. At the gate each of these is called through [`Guarded::call`]: its
//! arguments are checked first, and an undefined result is an error, so that no rule that denies
//! goes silent because of it. It belongs to the engine, and knows its values.
//!
//! What is not a call of a builtin cannot be looked at: the product of two integers is exact,
//! however long, two values are compared part by part, and `print` writes its arguments out. A
//! policy that makes these large may outlast its deadline by the steps that the engine takes
//! between two looks at its timer. It never promotes by it: a missed deadline, an answer that is
//! too large and a number beyond a double are errors.

mod number;
mod pattern;
mod size;
mod text;
mod time;

use std::sync::LazyLock;

use regorus::Value;
use regorus::unstable as engine;

/// A builtin of the engine behind a check of its arguments.
pub(crate) struct Guarded {
    /// Its name in Rego.
    pub(crate) name: &'static str,
    /// How many arguments it takes.
    pub(crate) arity: u8,
    check: fn(&[Value]) -> Result<(), String>,
}

/// Sorted by name.
pub(crate) static GUARDED: &[Guarded] = &[
    guarded("array.concat", 2, size::array_concat),
    guarded("array.slice", 3, anything),
    guarded("base64.encode", 1, size::encode),
    guarded("bits.and", 2, anything),
    guarded("bits.lsh", 2, number::shift),
    guarded("bits.negate", 1, anything),
    guarded("bits.or", 2, anything),
    guarded("bits.rsh", 2, number::shift),
    guarded("bits.xor", 2, anything),
    guarded("concat", 2, text::concat),
    guarded("format_int", 2, number::format_int),
    guarded("glob.match", 3, pattern::glob),
    guarded("glob.quote_meta", 1, pattern::only),
    guarded("indexof", 2, text::each_in_each),
    guarded("indexof_n", 2, text::each_in_each),
    guarded("json.is_valid", 1, size::unmarshal),
    guarded("json.marshal", 1, size::marshal),
    guarded("json.unmarshal", 1, size::unmarshal),
    guarded("max", 1, anything),
    guarded("min", 1, anything),
    guarded("numbers.range", 2, number::range),
    guarded("numbers.range_step", 3, number::range_step),
    guarded("object.subset", 2, subset),
    guarded("object.union", 2, size::union),
    guarded("object.union_n", 1, size::union),
    guarded("product", 1, number::product),
    guarded("regex.find_all_string_submatch_n", 3, pattern::find),
    guarded("regex.find_n", 3, pattern::find),
    guarded("regex.is_valid", 1, pattern::only),
    guarded("regex.match", 2, pattern::regex_match),
    guarded("regex.replace", 3, pattern::replace),
    guarded("regex.split", 2, pattern::find),
    guarded("replace", 3, text::replace),
    guarded("split", 2, text::split),
    guarded("sprintf", 2, text::sprintf),
    guarded("strings.any_prefix_match", 2, text::any_in_any),
    guarded("strings.any_suffix_match", 2, text::any_in_any),
    guarded("strings.count", 2, text::count),
    guarded("time.add_date", 4, time::zone),
    guarded("time.clock", 1, time::zone),
    guarded("time.date", 1, time::zone),
    guarded("time.diff", 2, time::zone),
    guarded("time.format", 1, time::zone),
    guarded("time.parse_duration_ns", 1, time::duration),
    guarded("time.weekday", 1, time::zone),
    guarded("to_number", 1, number::text),
    guarded("trim", 2, text::each_in_each),
    guarded("trim_left", 2, text::each_in_each),
    guarded("trim_right", 2, text::each_in_each),
    guarded("units.parse", 1, number::unit),
    guarded("units.parse_bytes", 1, number::unit),
];

pub(crate) const fn guarded(
    name: &'static str,
    arity: u8,
    check: fn(&[Value]) -> Result<(), String>,
) -> Guarded {
    Guarded { name, arity, check }
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Guarded").field(&self.name).finish()
    }
}

/// The engine's builtins want to know where they are called; what they say of it is cut off again.
static PLACE: LazyLock<Option<(engine::Span, Vec<engine::Ref<engine::Expr>>)>> =
    LazyLock::new(|| {
        let source = engine::Source::from_contents("builtin".to_owned(), " ".to_owned()).ok()?;
        let span = engine::Span { source, line: 1, col: 1, start: 0, end: 1 };
        let argument = || {
            let null = engine::Expr::Null { span: span.clone(), value: Value::Null, eidx: 0 };
            engine::Ref::new(null)
        };
        let arguments = (0..MOST_ARGUMENTS).map(|_| argument()).collect();
        Some((span, arguments))
    });

const MOST_ARGUMENTS: usize = 4;

impl Guarded {
    /// Checks the arguments, calls the engine's builtin, and takes an undefined result for an
    /// error.
    ///
    /// # Errors
    /// The check's, the builtin's, or that the result is undefined: one sentence fragment.
    pub(crate) fn call(&self, arguments: &[Value]) -> Result<Value, String> {
        let name = self.name;
        let told = |message: &str| format!("`{name}` {message}");
        (self.check)(arguments).map_err(|message| told(&message))?;
        let place = PLACE.as_ref();
        let builtin = engine::BUILTINS.get(name).zip(place);
        let Some(((function, _), (span, places))) = builtin else {
            return Err(told("is not part of this build"));
        };
        let places =
            places.get(..arguments.len()).ok_or_else(|| told("is given too many arguments"))?;
        match function(span, places, arguments, true) {
            Ok(Value::Undefined) => Err(told("has no result for these arguments")),
            Ok(value) => Ok(value),
            Err(error) => {
                let text = error.to_string();
                let message = text.rsplit("error: ").next().unwrap_or_default().trim();
                Err(told(&format!("failed: {message}")))
            }
        }
    }
}

/// A check that everything passes: the builtin is undefined for some arguments, and no more.
#[expect(clippy::unnecessary_wraps, reason = "it is one of many checks")]
fn anything(_: &[Value]) -> Result<(), String> {
    Ok(())
}

/// A superset of nothing makes the engine panic; one array in another is looked for place by place.
fn subset(arguments: &[Value]) -> Result<(), String> {
    if let [Value::Array(whole), Value::Array(part)] = arguments {
        if part.is_empty() {
            return Err("is given an empty array as the part".to_owned());
        }
        at_most(whole.len().saturating_mul(part.len()), MAX_STEPS, "comparisons")?;
    }
    Ok(())
}

/// Bytes that a text may grow to.
const MAX_GROWN_BYTES: usize = 16 << 20;

/// Comparisons of a builtin that compares everything with everything: a tenth of a second.
const MAX_STEPS: usize = 50_000_000;

fn at_most(value: usize, limit: usize, what: &str) -> Result<(), String> {
    if value <= limit {
        Ok(())
    } else {
        Err(format!("would take {value} {what}, more than {limit}"))
    }
}

/// The text of an argument; empty when it is none, which the builtin itself refuses.
fn text_at(arguments: &[Value], at: usize) -> &str {
    match arguments.get(at) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

/// The texts of an argument that is a text or a collection of texts.
fn texts_at(arguments: &[Value], at: usize) -> Vec<&str> {
    match arguments.get(at) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(as_text).collect(),
        Some(Value::Set(items)) => items.iter().filter_map(as_text).collect(),
        _ => Vec::new(),
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
