//! The evidence guard: which facts a policy reads, and whether an input has them.
//!
//! In plain Rego `deny if input.metrics.error_rate > 0.02` is undefined when the metric is missing,
//! so that nothing denies; and `"3000" > 2500` holds for any number, because values of different
//! types are ordered by their type. The guard closes both holes in two halves. [`extract()`] goes
//! through the syntax tree of every rule that an entry can reach and finds each path of the input
//! that is read, with the type its use needs; [`Requirements::check`] looks each of them up before
//! the policy runs.
//!
//! A fact is optional only when it is read through `object.get` with a default, or when the input
//! schema beside the module declares it optional; `not`, `default` and a comparison with null never
//! make it so. Below an optional section a fact is required exactly when the section is present.
//!
//! | use | what the fact must be |
//! |---|---|
//! | ordered against a number, arithmetic | a number |
//! | compared with another fact | of the same type as that one |
//! | equal to literals, or looked for among them | of one of their types, part by part |
//! | compared with null alone, `is_null` | anything; null is refused as soon as more is asked |
//! | argument of a builtin | what the builtin takes |
//! | counted | an array or object, unless something else says that it is a string |
//! | iterated, or indexed by an unbound variable | an array or object, each element as it is used |
//! | a key that is looked for by its name, or looked up | present under that name |
//! | looked up in policy or data by its value | one of the keys there |
//! | a truth by itself, `input.ready` | a boolean, unless something else says more |
//! | anything else | present and not null |
//!
//! A table whose only value is `true`, and a function that is only true, are sets: what is not
//! among their keys is an answer. `object.get` with a default takes any value as its key.
//!
//! A read that cannot be resolved is an [`UnguardedReadError`](crate::Code::UnguardedReadError)
//! unless its line ends with, or stands below, `# phasegate: unguarded <reason>`: a key that is
//! computed or that a builtin tests, `walk`, `with`, a member of what a builtin made from input, a
//! condition on a text that shows facts or keys, a pattern over input, the greatest or least of a
//! list that a comprehension made, a member that what is looked into does not have, an order
//! against null or a boolean.

mod assemble;
mod builtins;
mod calls;
mod compare;
mod constants;
mod documents;
mod expression;
mod extract;
mod facts;
mod member;
mod path;
mod range;
mod render;
mod requirement;
mod run;
mod schema;
mod scope;
mod types;
mod undefined;
mod value;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

pub use self::{
    path::{InputPath, Step},
    range::Range,
    requirement::{Comparison, Operand, Requirement, Requirements, RuleRow},
    run::{BlockCode, Blocked, Blocks, MAX_BLOCKS},
    schema::InputSchema,
    types::{JsonType, TypeSet},
};

pub(crate) use self::undefined::Undefined;
use self::{assemble::Assembly, documents::Documents, extract::Extractor};
use crate::{diagnostic::Diagnostic, syntax::Module};

/// What a policy set is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The package, without `data`: `["lifecycle", "promotion"]`.
    pub package: Vec<String>,
    /// The names in it; those the package does not have are passed over.
    pub names: Vec<String>,
}

/// What the extraction found.
#[derive(Debug, Clone)]
pub struct Extraction {
    /// What the question requires of its input.
    pub requirements: Requirements,
    /// Reads that cannot be resolved, facts that would need two types at once, and schemas that
    /// disagree with the rules, in the order of files and rows. Each keeps the set from loading in
    /// the gate profile.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds every path of the input that an entry can read.
///
/// `data` is the base data of the set, whose values are as good as literals. Test modules are
/// passed over; a schema applies when the module it stands beside is of the entry's package. It
/// answers for any modules, also such as the load checks refuse.
#[must_use]
pub fn extract(
    modules: &[Module],
    data: &Json,
    schemas: &[InputSchema],
    question: &Question,
) -> Extraction {
    let mut extractor = Extractor::new(Documents::new(modules, data));
    let root = extractor.entry(&question.package, &question.names);
    let own = modules.iter().filter(|module| module.package == question.package);
    let schemas = own.flat_map(|module| schemas.iter().filter(|schema| schema.belongs_to(module)));
    let mut assembly = Assembly::new(modules, schemas.collect(), &extractor.frames, root);
    assembly.unresolved();
    if let Some(origin) = extractor.exhausted {
        assembly.too_involved(origin);
    }
    let (requirements, plan) = assembly.requirements();
    let documents = &extractor.documents;
    let names = question.names.iter().filter(|name| {
        let path: Vec<&String> = question.package.iter().chain([*name]).collect();
        documents.node(&path).is_some()
    });
    let requirements = Requirements {
        package: question.package.join("."),
        names: names.cloned().collect(),
        requirements,
        rules: assembly.rules(),
        comparisons: assembly.comparisons(),
        plan,
    };
    let mut diagnostics = assembly.diagnostics;
    diagnostics.sort();
    Extraction { requirements, diagnostics }
}
