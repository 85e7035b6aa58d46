//! Queries: plain OPA semantics over a policy set, for `eval` and for conformance suites. Never
//! used for decisions.

use std::time::Duration;

use phasegate_core::{PolicyFiles, Timestamp};
use serde_json::Value;

use crate::check::Profile;
use crate::engine::{QueryAnswer, Refusals, Setup, Template};
use crate::policy::{LoadError, Purpose, Sources};
use crate::syntax::check_query;

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
            strict_builtin_errors: options.strict_builtin_errors,
            deadline: options.deadline,
            guarded: &[],
            called: None,
            refusals: Refusals::Fail,
        };
        let template = sources
            .check(Profile::Opa, options.max_depth)
            .and_then(|()| sources.template(&[], &setup));
        match template {
            Some(template) => Ok(Self { template }),
            None => Err(LoadError { diagnostics: sources.diagnostics }),
        }
    }

    /// Evaluates a query.
    ///
    /// # Errors
    /// What OPA reports as an error: conflicts, builtin errors when strict, a query that does not
    /// parse; a query beyond the [limits](crate::syntax::limits) of a file; and the deadline.
    pub fn eval(
        &self,
        query: &str,
        input: Option<&Value>,
        now: Option<Timestamp>,
    ) -> Result<QueryAnswer, QueryError> {
        check_query(query).map_err(|found| QueryError {
            code: found.code.as_str().to_owned(),
            message: format!(
                "{}:{}:{}: {}; {}",
                found.file, found.row, found.col, found.message, found.remedy
            ),
        })?;
        self.template.query(query, input, now).map_err(|error| QueryError {
            code: error.code.to_owned(),
            message: error.to_sentence(),
        })
    }
}
