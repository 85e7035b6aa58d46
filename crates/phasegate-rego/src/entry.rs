//! Entries: which packages the gate asks, and the one generated rule through which it asks each.
//!
//! A package answers under fixed names only; its helpers are ignored. The generated rule is a set
//! of `[name, value]` pairs, so that a name that is undefined is absent from the answer instead of
//! making all of it undefined.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::{ExprKind, HeadKind, Module, Rule};

/// The package of the generated rules. A policy may not define it.
pub(crate) const PACKAGE: &str = "phasegate_entry";

/// A package that the gate asks, and the names it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The package path without `data`: `lifecycle.promotion`.
    pub package: String,
    /// The names asked for that the policy defines, in the order of their text.
    pub names: Vec<String>,
    roles: BTreeMap<String, Role>,
}

/// What a package is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// May it be promoted?
    Promotion,
    /// Must it be rolled back?
    Rollback,
}

/// What a name of a package answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `allow`: yes or no.
    Allow,
    /// `violations`, in our shape.
    Violations,
    /// `deny` and `violation`, in the shapes of OPA and Conftest users; so are `deny_<name>` and
    /// `violation_<name>`.
    Denials,
    /// `warnings`, in our shape.
    Warnings,
    /// `warn` and `warn_<name>`, in the shapes of Conftest users.
    Remarks,
    /// `reasons`, in our shape.
    Reasons,
}

impl Role {
    fn of(asked: Asked, name: &str) -> Option<Self> {
        let is = |convention: &str| {
            name.strip_prefix(convention)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        match (asked, name) {
            (Asked::Promotion, "allow") => Some(Self::Allow),
            (Asked::Promotion, "violations") => Some(Self::Violations),
            (Asked::Promotion, "warnings") => Some(Self::Warnings),
            (Asked::Promotion, _) if is("deny") || is("violation") => Some(Self::Denials),
            (Asked::Promotion, _) if is("warn") => Some(Self::Remarks),
            (Asked::Rollback, "reasons") => Some(Self::Reasons),
            _ => None,
        }
    }

    /// Whether a decision hangs on it.
    pub(crate) fn decides(self) -> bool {
        !matches!(self, Self::Warnings | Self::Remarks)
    }

    /// Whether what it answers speaks against the version.
    pub(crate) fn speaks(self) -> bool {
        matches!(self, Self::Violations | Self::Denials | Self::Reasons)
    }
}

impl Entry {
    /// The entry of a package over modules; `None` when the package answers nothing. A name that is
    /// asked for and defined in a way that cannot answer is a finding: it would be passed over in
    /// silence.
    pub(crate) fn find(
        modules: &[Module],
        package: &str,
        asked: Asked,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut roles = BTreeMap::new();
        for module in modules.iter().filter(|module| module.package.join(".") == package) {
            for rule in &module.rules {
                let Some(name) = name_of(rule) else { continue };
                let Some(role) = Role::of(asked, name) else { continue };
                match fault(rule, role, name) {
                    None if is_function(rule) => {}
                    None => drop(roles.insert(name.to_owned(), role)),
                    Some((message, remedy)) => {
                        let code = Code::RegoTypeError;
                        diagnostics.push(module.diagnostic(rule.head.span, code, message, remedy));
                    }
                }
            }
        }
        let names: Vec<String> = roles.keys().cloned().collect();
        (!names.is_empty()).then(|| Self { package: package.to_owned(), names, roles })
    }

    /// What a name answers.
    pub(crate) fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name).copied()
    }

    /// The generated statements that ask this entry under the name of a rule. All stand in one
    /// module: the engine goes through its modules at every reference into `data`.
    pub(crate) fn statements(&self, rule: &str) -> String {
        let mut text = String::new();
        for name in &self.names {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{rule} contains [\"{name}\", value] if value := data.{}.{name}",
                self.package
            );
        }
        text
    }
}

/// Names that are asked for and given by base data or by a package of that path: they would be
/// passed over in silence.
pub(crate) fn elsewhere(
    modules: &[Module],
    data: &Value,
    package: &str,
    asked: Asked,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let given = package.split('.').try_fold(data, |data, step| data.get(step));
    for name in given.and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys) {
        if Role::of(asked, name).is_some() {
            let message =
                format!("`data.{package}.{name}` is asked for as a rule, and base data gives it");
            let remedy = "write it as a rule, or give the data another name";
            diagnostics.push(Diagnostic::whole("", Code::RegoConflictError, message, remedy));
        }
    }
    for module in modules {
        let path = module.package.join(".");
        let below = path.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'));
        let name = below.and_then(|below| below.split('.').next());
        if let Some(name) = name.filter(|name| Role::of(asked, name).is_some()) {
            let message =
                format!("`{name}` is asked for as a rule of `{package}`, and this is a package");
            let remedy = "write it as a rule, or give the package another name";
            let found =
                module.diagnostic(module.package_span, Code::RegoTypeError, message, remedy);
            diagnostics.push(found);
        }
    }
}

/// Why a rule statement cannot answer under a name that is asked for.
fn fault(rule: &Rule, role: Role, name: &str) -> Option<(String, &'static str)> {
    if !rule.head.reference.steps.is_empty() {
        let message = format!("`{name}` is asked for as a whole, and this defines a part of it");
        let remedy = match role {
            Role::Allow => "write `allow if ...`",
            _ => "make it a set: `name contains element if ...`",
        };
        return Some((message, remedy));
    }
    // A helper may well be called `violation_text`; `violations` may not be one.
    let fixed = matches!(role, Role::Allow | Role::Violations | Role::Warnings | Role::Reasons);
    (is_function(rule) && (fixed || ["deny", "violation", "warn"].contains(&name))).then(|| {
        let message = format!("`{name}` is asked for as a value, and this is a function");
        (message, "give the function another name")
    })
}

fn is_function(rule: &Rule) -> bool {
    matches!(rule.head.kind, HeadKind::Function { .. })
}

/// The name of a rule statement.
fn name_of(rule: &Rule) -> Option<&str> {
    match &rule.head.reference.base.kind {
        ExprKind::Var(name) => Some(name),
        _ => None,
    }
}

/// Whether a rule statement defines a name of its package, or a path below it.
pub(crate) fn defines(rule: &Rule, name: &str) -> bool {
    name_of(rule) == Some(name)
}
