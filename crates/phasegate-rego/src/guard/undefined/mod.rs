//! Values that are undefined for some inputs, and the comparisons that this would silence.
//!
//! `limit := 0.01 if input.tier == "gold"` has no value for another tier, and `input.error_rate >
//! limit` then says neither yes nor no: nothing denies. No fact is missing, so that the lookup
//! before the evaluation cannot see it. It is asked instead together with the policy, by generated
//! rules that exist only for operands that may be undefined; the shipped policies have none.
//!
//! What must have a value: both sides of a comparison, what is looked for and where, arguments, the
//! collection that an operand is drawn from, what a table is gone through for, and what an element
//! of `violations` is composed of. A
//! rule that is named by itself (`is_gold`, `not is_gold`, `v := slow`, `contains slow`) and a rule
//! whose only value is `true` are conditions: undefined is their "no".
//!
//! A comparison is asked for its operands only where it matters: when every other condition of its
//! body holds, nothing else defines its rule, and the same is true of all rules up to the answer.

mod analysis;
mod generate;
mod partial;
mod search;

use std::collections::BTreeSet;

use self::{analysis::Analysis, generate::Generator};
use crate::{check::PolicyIndex, syntax::Module};

/// The package of the generated rules, below that of the entries.
const PACKAGE: &str = "undefined";

/// One operand that may have no value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Operand {
    /// The rule it stands in, the file and row, the operand and what it stands in.
    rule: String,
    file: String,
    row: usize,
    text: String,
    within: String,
    /// Whether it is what a table is gone through for.
    is_searched: bool,
}

/// The generated rules, and what they speak of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Undefined {
    /// The texts of the generated modules.
    pub(crate) modules: Vec<String>,
    operands: Vec<Operand>,
    /// For each asked package, whether any of its operands may be undefined.
    asked: Vec<bool>,
}

impl Undefined {
    /// Looks for operands that may be undefined behind the asked names of packages.
    pub(crate) fn find(modules: &[Module], entry: &str, asked: &[(&str, Vec<&str>)]) -> Self {
        let index = PolicyIndex::new(modules);
        let mut analysis = Analysis::new(&index);
        let mut generator = Generator::new(entry);
        let mut tops: Vec<BTreeSet<usize>> = Vec::new();
        for (package, names) in asked {
            let definitions = names.iter().filter_map(|name| {
                let path = package.split('.').chain([*name]).map(Some);
                match index.lookup(path) {
                    crate::check::Lookup::Definition { definition, .. } => Some(definition),
                    _ => None,
                }
            });
            tops.push(definitions.filter(|at| !analysis.silenced(*at).is_empty()).collect());
        }
        let mut open: Vec<usize> = tops.iter().flatten().copied().collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(generator.definition(&mut analysis, at));
            }
        }
        let modules = generator.modules(&index, &tops);
        Self {
            modules,
            operands: generator.operands,
            asked: tops.iter().map(|top| !top.is_empty()).collect(),
        }
    }

    /// The name under which the generated rules answer for an asked package; `None` when all its
    /// operands are defined whatever the input.
    pub(crate) fn answers(&self, asked: usize) -> Option<String> {
        self.asked.get(asked).copied().unwrap_or(false).then(|| format!("asked_{asked}"))
    }

    /// The statement of an entry module that gives that answer under the name.
    pub(crate) fn line(&self, entry: &str, asked: usize) -> Option<String> {
        let name = self.answers(asked)?;
        Some(format!("[\"{name}\", value] if value := data.{entry}.{PACKAGE}.{name}\n"))
    }

    /// What to say of an operand that has no value.
    pub(crate) fn message(&self, id: u64) -> String {
        let found = usize::try_from(id).ok().and_then(|id| self.operands.get(id.checked_sub(1)?));
        match found {
            Some(Operand { rule, file, row, text, within, is_searched }) => {
                let (silenced, remedy) = if text == within {
                    (format!("`{rule}` ({file}:{row})"), "give what it is made of a `default`")
                } else {
                    (format!("`{within}` in `{rule}` ({file}:{row})"), "give it a `default`")
                };
                let remedy = if *is_searched {
                    "look it up by `object.get` with a default for the others, or add an entry"
                } else {
                    remedy
                };
                let case = if *is_searched { "" } else { ", or a case" };
                format!(
                    "`{text}` has no value for this input, so that {silenced} cannot be decided; \
                     {remedy}{case} for this input"
                )
            }
            None => "a value that a comparison needs is undefined for this input".to_owned(),
        }
    }
}
