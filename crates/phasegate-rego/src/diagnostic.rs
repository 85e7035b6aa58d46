//! What is wrong with a policy, and where.

use std::fmt;

use phasegate_core::read::Fault;
use serde::Serialize;

/// One finding about a policy set: its code, its place and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// The file's path within the set.
    pub file: String,
    /// Row, from 1; 0 when the finding concerns the whole file or set.
    pub row: usize,
    /// Column in characters, from 1; 0 with row 0.
    pub col: usize,
    /// An OPA-style code, such as `rego_parse_error`.
    pub code: Code,
    /// Whether it keeps the set from loading.
    pub severity: Severity,
    /// One lower-case sentence fragment; user text in backticks.
    pub message: String,
    /// The source line the finding points at; empty with row 0.
    pub line: String,
    /// How many characters of the line it covers, at least 1 with a row.
    pub width: usize,
    /// What to do about it, one sentence fragment; never empty.
    pub remedy: String,
}

/// Whether a finding keeps a policy set from loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The set does not load.
    Error,
    /// The set loads; the finding is worth a look.
    Warning,
}

/// The code of a finding: stable, so that programs may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The text is not Rego.
    RegoParseError,
    /// Not even a policy set: no file, text that is not UTF-8, a file, nesting or set beyond a
    /// limit.
    RegoLimitError,
    /// A rule or function depends on itself.
    RegoRecursionError,
    /// The longest call chain is deeper than the limit.
    RegoDepthError,
    /// A variable is used that nothing binds.
    RegoUnsafeVarError,
    /// A call of an unknown or banned function, or with the wrong number of arguments; a reference
    /// that leads nowhere.
    RegoTypeError,
    /// Two rules, or a rule and base data, claim the same path.
    RegoConflictError,
    /// Anything else that the engine refuses when it prepares the set.
    RegoCompileError,
    /// `data.json` or `data.yaml` is not what its name says.
    DataParseError,
    /// An input schema that says something the guard does not understand.
    SchemaError,
    /// A manifest that is not what OPA writes, or a file outside its roots.
    ManifestError,
    /// The guard cannot tell which fact this reads.
    UnguardedReadError,
    /// A `# phasegate:` comment that says nothing known, or gives no reason.
    DirectiveError,
    /// A table of cases that cannot be read.
    CaseTableError,
    /// A p-value is compared, and the rule does not ask which way the effect goes.
    PValueAlone,
    /// A large p-value is taken as proof that nothing got worse.
    PValueAsProof,
    /// A set is used as a condition: it is true even when it is empty.
    SetAsCondition,
    /// No rule that is asked uses this one.
    UnusedRule,
    /// A name hides a rule of the same name, or a rule says again what another says.
    ShadowedRule,
    /// An approval that nothing can refuse.
    UnconditionalApproval,
    /// A fact that may be absent is compared, and nothing says what its absence means.
    UnguardedFact,
    /// No test reaches the rule.
    UntestedRule,
    /// Syntax that Rego v1 keeps for old policies only.
    DeprecatedSyntax,
    /// An `ignore` directive of a line on which there is nothing to ignore.
    UnusedIgnore,
}

impl Code {
    /// The code as it is printed and serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegoParseError => "rego_parse_error",
            Self::RegoLimitError => "rego_limit_error",
            Self::RegoRecursionError => "rego_recursion_error",
            Self::RegoDepthError => "rego_depth_error",
            Self::RegoUnsafeVarError => "rego_unsafe_var_error",
            Self::RegoTypeError => "rego_type_error",
            Self::RegoConflictError => "rego_conflict_error",
            Self::RegoCompileError => "rego_compile_error",
            Self::DataParseError => "data_parse_error",
            Self::SchemaError => "schema_error",
            Self::ManifestError => "manifest_error",
            Self::UnguardedReadError => "unguarded_read_error",
            Self::DirectiveError => "directive_error",
            Self::CaseTableError => "case_table_error",
            Self::PValueAlone => "p_value_alone",
            Self::PValueAsProof => "p_value_as_proof",
            Self::SetAsCondition => "set_as_condition",
            Self::UnusedRule => "unused_rule",
            Self::ShadowedRule => "shadowed_rule",
            Self::UnconditionalApproval => "unconditional_approval",
            Self::UnguardedFact => "unguarded_fact",
            Self::UntestedRule => "untested_rule",
            Self::DeprecatedSyntax => "deprecated_syntax",
            Self::UnusedIgnore => "unused_ignore",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Diagnostic {
    /// A finding about a whole file, or with an empty name about the whole set.
    #[must_use]
    pub fn whole(file: &str, code: Code, message: String, remedy: &str) -> Self {
        Self {
            file: file.to_owned(),
            row: 0,
            col: 0,
            code,
            severity: Severity::Error,
            message,
            line: String::new(),
            width: 0,
            remedy: remedy.to_owned(),
        }
    }
}

impl Diagnostic {
    /// A fault of a data file with its line.
    #[must_use]
    pub fn of_fault(file: &str, bytes: &[u8], fault: &Fault, remedy: &str) -> Self {
        let row = fault.line.unwrap_or(0);
        let mut lines = std::str::from_utf8(bytes).unwrap_or_default().lines();
        let at = match fault.path.as_str() {
            "" => String::new(),
            path => format!("`{path}`: "),
        };
        let line = row.checked_sub(1).and_then(|row| lines.nth(row));
        Self {
            file: file.to_owned(),
            row,
            col: fault.column.unwrap_or(0),
            code: Code::DataParseError,
            severity: Severity::Error,
            message: format!("{at}{}", fault.message),
            line: line.unwrap_or_default().to_owned(),
            width: usize::from(row > 0),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        if self.row > 0 {
            write!(f, "{}:{}:", self.row, self.col)?;
        }
        if !self.file.is_empty() {
            f.write_str(" ")?;
        }
        write!(f, "{}: {}; {}", self.code, self.message, self.remedy)
    }
}
