//! Queries: plain OPA semantics over a policy set, for `eval` and for conformance suites. Never
//! used for decisions.

mod bounded;
mod capture;
#[cfg(test)]
mod tests;

use std::time::Duration;

use phasegate_core::{PolicyFiles, Timestamp};
use serde_json::Value;

pub(crate) use self::bounded::{MULTIPLY, REMAINDER, bounded};
pub(crate) use self::capture::Captured;

use self::bounded::original_column;
use crate::builtin::{Calling, GUARDED, OPA_ONLY};
use crate::check::{self, CheckOptions, Profile};
use crate::diagnostic::Diagnostic;
use crate::engine::{EngineError, QueryAnswer, Setup, Template};
use crate::policy::{LoadError, Purpose, Sources};
use crate::syntax::{HeadKind, Module, ParsedQuery, QUERY_FILE};

/// How queries are evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryOptions {
    /// A failing builtin is an error; else, as in OPA by default, it makes its expression
    /// undefined.
    pub strict_builtin_errors: bool,
    /// How long one query may take. Default ten seconds.
    pub deadline: Duration,
    /// How deep rules may call each other. The caller provides the stack: about 16 KiB for each
    /// level.
    pub max_depth: u32,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self { strict_builtin_errors: false, deadline: Duration::from_secs(10), max_depth: 256 }
    }
}

/// A query that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// An OPA-style code: `eval_builtin_error`, `eval_conflict_error`, `rego_parse_error`, ...
    pub code: String,
    /// What failed, with file, row and column where the engine knows them.
    pub message: String,
}

/// A policy set that answers any query (the `opa` profile).
#[derive(Debug, Clone)]
pub struct QueryPolicy {
    template: Template,
    modules: Vec<Module>,
    data: Value,
    max_depth: u32,
}

impl QueryPolicy {
    /// Loads a set as `opa eval` does: tests are modules like others, no entry is needed, nothing
    /// guards the input.
    ///
    /// # Errors
    /// All faults that OPA's compiler would report too, as far as the checks know them.
    pub fn load(files: &PolicyFiles, options: &QueryOptions) -> Result<Self, LoadError> {
        Self::prepare(Sources::read(files, Purpose::Query), options)
    }

    /// Loads modules and base data that are already in memory, as conformance suites give them.
    ///
    /// # Errors
    /// As [`QueryPolicy::load`].
    pub fn from_modules<'a>(
        modules: impl IntoIterator<Item = (&'a str, &'a str)>,
        data: &Value,
        options: &QueryOptions,
    ) -> Result<Self, LoadError> {
        Self::prepare(Sources::of_modules(modules, data.clone()), options)
    }

    fn prepare(mut sources: Sources, options: &QueryOptions) -> Result<Self, LoadError> {
        let setup = Setup {
            calling: if options.strict_builtin_errors { Calling::Strict } else { Calling::Lenient },
            deadline: options.deadline,
            guarded: vec![GUARDED, OPA_ONLY],
            called: None,
        };
        let template = sources
            .check(Profile::Opa, options.max_depth)
            .and_then(|()| sources.template(&[], &setup));
        match template {
            Some(template) => Ok(Self {
                template,
                modules: sources.modules,
                data: sources.data,
                max_depth: options.max_depth,
            }),
            None => Err(LoadError { diagnostics: sources.diagnostics }),
        }
    }

    /// Evaluates a query.
    ///
    /// # Errors
    /// What OPA reports as an error: a query that does not parse, calls what does not exist, or has
    /// a variable that nothing binds; conflicts; builtin errors when strict. And what is beyond a
    /// limit: the [limits](crate::syntax::limits) of a file, the depth, the size of values, the
    /// deadline.
    pub fn eval(
        &self,
        query: &str,
        input: Option<&Value>,
        now: Option<Timestamp>,
    ) -> Result<QueryAnswer, QueryError> {
        let query = ParsedQuery::parse(query).map_err(|found| refused(&found))?;
        let mut modules = self.modules.clone();
        modules.push(query.module.clone());
        let options = CheckOptions { profile: Profile::Opa, max_depth: self.max_depth };
        if let Some(found) = check::check_query(&modules, &self.data, options).into_iter().next() {
            return Err(refused(&ParsedQuery::placed(found)));
        }
        let captured = Captured::new(&query, |function| self.arity(function));
        self.template.query(&captured, input, now).map_err(|error| {
            let place = error.place.map(|(file, row, col)| {
                if file != QUERY_FILE {
                    let module = self.modules.iter().find(|module| module.file == file);
                    let col = module.map_or(col, |module| original_column(module, row, col));
                    return (file, row, col);
                }
                let (row, col) = captured.place(&query, row, col);
                (file, row, col)
            });
            let error = EngineError { place, ..error };
            QueryError { code: error.code.to_owned(), message: error.to_sentence() }
        })
    }

    /// How many arguments a function of the policy takes; a query calls it by its whole path.
    fn arity(&self, function: &[String]) -> Option<usize> {
        let (name, package) = function.get(1..)?.split_last()?;
        self.modules.iter().filter(|module| module.package == package).find_map(|module| {
            module.rules.iter().find_map(|rule| match &rule.head.kind {
                HeadKind::Function { args } if crate::entry::defines(rule, name) => {
                    Some(args.len())
                }
                _ => None,
            })
        })
    }
}

fn refused(found: &Diagnostic) -> QueryError {
    QueryError {
        code: found.code.as_str().to_owned(),
        message: format!(
            "{}:{}:{}: {}; {}",
            found.file, found.row, found.col, found.message, found.remedy
        ),
    }
}
