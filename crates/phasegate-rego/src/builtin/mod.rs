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

mod budget;
mod format;
mod limits;
mod number;
mod opa;
mod pattern;
mod size;
mod text;
mod time;

use std::sync::LazyLock;

use regorus::Value;
use regorus::unstable as engine;

use crate::query::{MULTIPLY, REMAINDER};

pub(crate) use self::budget::{begin, refused};
pub(crate) use self::limits::Limits;

/// Why a call of a builtin gives no value: one sentence fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It would take more than a limit allows, or is refused for what it would do: an error
    /// wherever it is called.
    Refused(String),
    /// The builtin fails: an error at the gate and where queries are strict; else undefined.
    Failed(String),
    /// The builtin has no value for these arguments: an error at the gate; else undefined.
    Undefined(String),
}

impl Failure {
    /// What is wrong.
    pub(crate) fn into_message(self) -> String {
        match self {
            Self::Refused(message) | Self::Failed(message) | Self::Undefined(message) => message,
        }
    }

    fn map(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Refused(message) => Self::Refused(change(message)),
            Self::Failed(message) => Self::Failed(change(message)),
            Self::Undefined(message) => Self::Undefined(change(message)),
        }
    }
}

/// A builtin of ours.
type Own = fn(&[Value], Calling) -> Result<Value, Failure>;

/// A builtin behind a check of its arguments.
pub(crate) struct Guarded {
    /// Its name in Rego.
    pub(crate) name: &'static str,
    /// How many arguments it takes.
    pub(crate) arity: u8,
    check: fn(&[Value], &Limits) -> Result<(), Failure>,
    /// Ours instead of the engine's.
    own: Option<Own>,
}

/// How builtins are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calling {
    /// Whatever is not a value is an error.
    Gate,
    /// As the gate calls them, and whatever is not a value is undefined: the rest of an explanation
    /// still tells.
    Explanation,
    /// As OPA calls them, a failure being an error.
    Strict,
    /// As OPA calls them by default, a failure being undefined.
    Lenient,
}

impl Calling {
    /// What a call may take.
    pub(crate) fn limits(self) -> &'static Limits {
        match self {
            Self::Gate | Self::Explanation => &Limits::GATE,
            Self::Strict | Self::Lenient => &Limits::QUERY,
        }
    }

    /// Whether what Go would write into a text as an error is one.
    fn is_gate(self) -> bool {
        matches!(self, Self::Gate | Self::Explanation)
    }

    /// What the engine is given for an outcome.
    ///
    /// # Errors
    /// What ends the evaluation.
    pub(crate) fn settle(self, outcome: Result<Value, Failure>) -> Result<Value, String> {
        match (outcome, self) {
            (Ok(value), _) => Ok(value),
            (Err(Failure::Refused(message)), Self::Strict | Self::Lenient) => {
                budget::note(&message);
                Err(message)
            }
            (Err(_), Self::Explanation | Self::Lenient)
            | (Err(Failure::Undefined(_)), Self::Strict) => Ok(Value::Undefined),
            (Err(failure), Self::Gate | Self::Strict) => Err(failure.into_message()),
        }
    }
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
    own("sprintf", 2, sprintf),
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

/// What the gate calls as the engine has it, and a query only as long as it does not fill the
/// memory; and what queries have beyond the engine. Sorted by name.
pub(crate) static OPA_ONLY: &[Guarded] = &[
    own("array.flatten", 1, opa::array_flatten),
    guarded("array.reverse", 1, anything),
    guarded("base64.decode", 1, anything),
    own("crypto.hmac.equal", 2, opa::hmac_equal),
    own("crypto.hmac.sha256", 2, opa::hmac_sha256),
    own("crypto.sha256", 1, opa::sha256),
    guarded("intersection", 1, anything),
    guarded("json.filter", 2, anything),
    guarded("json.marshal_with_options", 2, size::marshal),
    guarded("json.remove", 2, anything),
    guarded("lower", 1, anything),
    own("net.cidr_intersects", 2, opa::cidr_intersects),
    guarded("object.filter", 2, anything),
    guarded("object.keys", 1, anything),
    guarded("object.remove", 2, anything),
    own(MULTIPLY, 2, number::multiply),
    own(REMAINDER, 2, number::remainder),
    guarded("rand.intn", 2, anything),
    guarded("regex.template_match", 4, pattern::template),
    guarded("sort", 1, anything),
    guarded("strings.replace_n", 2, text::replace_n),
    guarded("strings.reverse", 1, anything),
    own("strings.split_n", 3, opa::split_n),
    guarded("substring", 3, anything),
    guarded("trim_prefix", 2, anything),
    guarded("trim_space", 1, anything),
    guarded("trim_suffix", 2, anything),
    guarded("union", 1, anything),
    guarded("upper", 1, anything),
];

/// How many arguments a builtin takes that the engine lacks.
pub(crate) fn added(name: &str) -> Option<usize> {
    let at = OPA_ONLY.binary_search_by(|one| one.name.cmp(name)).ok()?;
    OPA_ONLY.get(at).filter(|one| one.own.is_some()).map(|one| usize::from(one.arity))
}

pub(crate) const fn guarded(
    name: &'static str,
    arity: u8,
    check: fn(&[Value], &Limits) -> Result<(), Failure>,
) -> Guarded {
    Guarded { name, arity, check, own: None }
}

const fn own(name: &'static str, arity: u8, function: Own) -> Guarded {
    Guarded { name, arity, check: anything, own: Some(function) }
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
    /// Checks the arguments, and calls the builtin.
    ///
    /// # Errors
    /// The check's, the builtin's, that the result is undefined, or that the builtins of this
    /// evaluation gave too much together.
    pub(crate) fn call(&self, arguments: &[Value], calling: Calling) -> Result<Value, Failure> {
        let told =
            |failure: Failure| failure.map(|message| format!("`{}` {message}", self.shown()));
        let value = (self.check)(arguments, calling.limits())
            .and_then(|()| match self.own {
                Some(own) => own(arguments, calling),
                None => self.engines(arguments),
            })
            .map_err(told)?;
        budget::spend(&value, calling.limits()).map_err(told)?;
        Ok(value)
    }

    /// Its name as a policy has it.
    fn shown(&self) -> &'static str {
        match self.name {
            MULTIPLY => "*",
            REMAINDER => "%",
            name => name,
        }
    }

    /// Calls the engine's builtin.
    fn engines(&self, arguments: &[Value]) -> Result<Value, Failure> {
        let failed = |message: String| Err(Failure::Failed(message));
        let builtin = engine::BUILTINS.get(self.name).zip(PLACE.as_ref());
        let Some(((function, _), (span, places))) = builtin else {
            return failed("is not part of this build".to_owned());
        };
        let Some(places) = places.get(..arguments.len()) else {
            return failed("is given too many arguments".to_owned());
        };
        match function(span, places, arguments, true) {
            Ok(Value::Undefined) => {
                Err(Failure::Undefined("has no result for these arguments".to_owned()))
            }
            Ok(value) => Ok(value),
            Err(error) => {
                let text = error.to_string();
                let message = text.rsplit("error: ").next().unwrap_or_default().trim();
                failed(format!("failed: {message}"))
            }
        }
    }
}

fn sprintf(arguments: &[Value], calling: Calling) -> Result<Value, Failure> {
    let [Value::String(format), Value::Array(values)] = arguments else {
        return Err(Failure::Failed("failed: it takes a text and an array".to_owned()));
    };
    size::written(values.iter(), format.len(), calling.limits())?;
    format::sprintf(format, values.as_slice(), calling.is_gate(), calling.limits()).map(Value::from)
}

/// A check that everything passes: the builtin is undefined for some arguments, and no more.
#[expect(clippy::unnecessary_wraps, reason = "it is one of many checks")]
fn anything(_: &[Value], _: &Limits) -> Result<(), Failure> {
    Ok(())
}

/// A superset of nothing makes the engine panic; one array in another is looked for place by place.
fn subset(arguments: &[Value], limits: &Limits) -> Result<(), Failure> {
    if let [Value::Array(whole), Value::Array(part)] = arguments {
        if part.is_empty() {
            return over("is given an empty array as the part".to_owned());
        }
        bound(whole.len().saturating_mul(part.len()), limits.steps, "comparisons")?;
    }
    Ok(())
}

fn bound(value: usize, limit: usize, what: &str) -> Result<(), Failure> {
    if value <= limit {
        Ok(())
    } else {
        over(format!("would take {value} {what}, more than {limit}"))
    }
}

fn over(message: String) -> Result<(), Failure> {
    Err(Failure::Refused(message))
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
mod format_tests;
#[cfg(test)]
mod tests;
