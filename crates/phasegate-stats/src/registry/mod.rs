//! Every method by its name: what it answers, what it takes, an example that runs, and `run`.
//!
//! For programs that call methods by name, with inputs and outcomes as JSON: the command `phasegate
//! stats`, bindings, and lists of methods in documentation.
//!
//! ```
//! use phasegate_stats::registry;
//! use serde_json::json;
//!
//! let method = registry::find("mcnemar_exact").unwrap();
//! assert_eq!(method.family(), "paired");
//! // statsmodels 0.15.0: mcnemar([[80, 4], [12, 4]], exact=True).pvalue
//! let pairs = json!({"both": 80, "only_baseline": 4, "only_candidate": 12, "neither": 4});
//! let outcome = method.run(&json!({"pairs": pairs}))?;
//! assert!((outcome["p"].as_f64().unwrap() - 0.076812744140625).abs() < 1e-15);
//!
//! // Every fault of the inputs is told with its path.
//! let refused = method.run(&json!({"pairs": {"both": -1}, "alpha": 0.1})).unwrap_err();
//! assert_eq!(refused.code(), "invalid_inputs");
//! assert_eq!(refused.faults()[0].path, "pairs.both");
//! assert_eq!(refused.faults().len(), 5);
//! # Ok::<(), registry::Refused>(())
//! ```
//!
//! # Inputs
//!
//! Inputs are one object, with a key for each argument of the method's function. Unknown keys are
//! refused; a key that has a default may be left out or null. Summaries are given as their
//! documents, and where a method takes what raw observations can be summed to, as an array of
//! these, paired ones as `[baseline, candidate]`. An array has at most [`MAX_ITEMS`] items, a
//! histogram at most [`MAX_BUCKETS`] buckets.
//!
//! # Outcomes
//!
//! JSON has no infinity. What a method does not define is absent from its outcome; what is infinite
//! is null: the lower end of an interval that reaches down without end, the upper end of one that
//! reaches up without end, a statistic that divides by a standard error of zero, and the logarithm
//! of a p-value that is exactly zero.

mod field;
mod given;
mod summaries;

pub use field::{MAX_BUCKETS, MAX_ITEMS};
pub use given::{Fault, Refused};

pub(crate) use field::{Field, ItemField, items, word};
pub(crate) use given::{Faults, Given, Object, answer, json};
pub(crate) use summaries::{Ranks, entries};

use serde_json::Value;

/// A method, as programs find it.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    family: &'static Family,
    entry: &'static Entry,
}

/// One input of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The key.
    pub name: &'static str,
    /// What the value is, in a word: `number`, `tally`, `question`.
    pub kind: &'static str,
    /// How a value of this kind is written.
    pub form: &'static str,
    /// What is taken when it is absent; without it the input is required.
    pub default: Option<Value>,
}

/// What a family's `mod.rs` says of it, for the registry.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) methods: &'static [Entry],
}

/// What a method's file says of it, for the registry: made by [`method`].
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) question: &'static str,
    pub(crate) inputs: fn() -> Vec<Input>,
    pub(crate) example: &'static str,
    pub(crate) run: fn(Given<'_>) -> Result<Value, Refused>,
}

/// The families, in the order of the crate's documentation.
static FAMILIES: &[Family] = &[
    crate::one_sample::FAMILY,
    crate::two_sample::FAMILY,
    crate::paired::FAMILY,
    crate::design::FAMILY,
    crate::design::multiplicity::FAMILY,
    crate::design::power::FAMILY,
    crate::sequential::FAMILY,
    crate::anytime::FAMILY,
    crate::judge::FAMILY,
    crate::bayes::FAMILY,
    crate::summary::FAMILY,
];

/// All methods, family by family.
pub fn methods() -> impl Iterator<Item = Method> {
    FAMILIES
        .iter()
        .flat_map(|family| family.methods.iter().map(move |entry| Method { family, entry }))
}

/// The method of this name.
#[must_use]
pub fn find(name: &str) -> Option<Method> {
    methods().find(|method| method.name() == name)
}

impl Method {
    /// The name: that of its function, and the `method` of its outcomes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.entry.name
    }

    /// The family: the module that its function is in.
    #[must_use]
    pub const fn family(&self) -> &'static str {
        self.family.name
    }

    /// What it answers, in one line.
    #[must_use]
    pub const fn question(&self) -> &'static str {
        self.entry.question
    }

    /// What it takes.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        (self.entry.inputs)()
    }

    /// Inputs that run, as one line of JSON.
    #[must_use]
    pub const fn example(&self) -> &'static str {
        self.entry.example
    }

    /// The method's answer to these inputs, as a document.
    ///
    /// # Errors
    ///
    /// [`Refused::Inputs`] with every fault of the inputs, or [`Refused::Method`] with what the
    /// method itself says.
    pub fn run(&self, inputs: &Value) -> Result<Value, Refused> {
        (self.entry.run)(Given::new(inputs))
    }
}

/// The entry of a method, at the end of its file: its question, its inputs with their types and
/// defaults (the names are those that the call below them uses), an example, and the call.
macro_rules! method {
    (
        $name:ident: $question:literal,
        { $($input:ident: $form:ty $(= $default:expr)?),* $(,)? },
        $example:literal,
        $call:expr $(,)?
    ) => {
        pub(crate) const METHOD: $crate::registry::Entry = $crate::registry::Entry {
            name: stringify!($name),
            question: $question,
            inputs: || vec![$($crate::registry::Input {
                name: stringify!($input),
                kind: <$form as $crate::registry::Field>::KIND,
                form: <$form as $crate::registry::Field>::FORM,
                default: $crate::registry::method!(@json $form $(, $default)?),
            }),*],
            example: $example,
            run: |mut given| {
                $(let $input = given.take(
                    stringify!($input),
                    $crate::registry::method!(@default $form $(, $default)?),
                );)*
                given.close();
                let ($(Some($input),)* true) = ($($input,)* given.is_sound()) else {
                    return Err(given.refused());
                };
                $crate::registry::answer($call)
            },
        };
    };
    (@json $form:ty) => { None };
    (@json $form:ty, $default:expr) => { Some($crate::registry::json::<$form>(&$default)) };
    (@default $form:ty) => { None::<$form> };
    (@default $form:ty, $default:expr) => { Some::<$form>($default) };
}

/// How a struct of inputs is read: each field by its name, all of them required unless they have a
/// default. A struct with rules of its own tells its form, and how it is made of the fields.
macro_rules! object {
    (
        $name:ident $kind:literal as $written:expr;
        { $($field:ident: $form:ty $(= $default:expr)?),* $(,)? } => $make:expr
    ) => {
        impl $crate::registry::Field for $name {
            const KIND: &'static str = $kind;
            const FORM: &'static str = $written;

            fn read(
                value: &serde_json::Value,
                _: Option<Self>,
                path: &str,
                faults: &mut $crate::registry::Faults,
            ) -> Option<Self> {
                let mut object = $crate::registry::Object::of(value, path, faults)?;
                $(let $field = object.take::<$form>(
                    stringify!($field),
                    $crate::registry::method!(@default $form $(, $default)?),
                    faults,
                );)*
                object.close(faults);
                $(let $field = $field?;)*
                faults.accept(path, $make)
            }
        }
    };
    ($name:ident $kind:literal { $($field:ident: $form:ident $(= $default:expr)?),* $(,)? }) => {
        $crate::registry::object! {
            $name $kind as concat!("{", $crate::registry::object!(@keys $($field: $form),*), "}");
            { $($field: $form $(= $default)?),* } => Ok($name { $($field),* })
        }
    };
    (@keys $first:ident: $form:ident $(, $rest:ident: $other:ident)*) => {
        concat!(
            "\"", stringify!($first), "\": ", $crate::registry::object!(@word $form)
            $(, ", \"", stringify!($rest), "\": ", $crate::registry::object!(@word $other))*
        )
    };
    (@word f64) => { "number" };
    (@word Arm) => { "arm" };
    (@word $count:ident) => { "count" };
}

/// How an enumeration of inputs is read: each variant by its word.
macro_rules! words {
    (
        $name:ident $kind:literal {
            $first:literal => $variant:ident $(, $word:literal => $other:ident)* $(,)?
        }
    ) => {
        impl $crate::registry::Field for $name {
            const KIND: &'static str = $kind;
            const FORM: &'static str = concat!($first $(, " | ", $word)*);

            fn read(
                value: &serde_json::Value,
                _: Option<Self>,
                path: &str,
                faults: &mut $crate::registry::Faults,
            ) -> Option<Self> {
                let words = [($first, Self::$variant) $(, ($word, Self::$other))*];
                $crate::registry::word(value, &words, path, faults)
            }
        }
    };
}

pub(crate) use {method, object, words};
