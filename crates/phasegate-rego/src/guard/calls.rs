//! Calls: functions of the policy, and the builtins whose result depends on what they are given.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    builtins::{Ask, BY_ARGUMENT, Gives, signature},
    documents::RuleAt,
    extract::Extractor,
    facts::{Need, Origin, Read, Unresolved, UnresolvedKind},
    types::TypeSet,
    value::{ONE_OF, Value, scalar_json},
};
use crate::syntax::{Expr, ExprKind, HeadKind, Span};

/// How many alternatives of its arguments a function is called for one by one.
const MAX_CALLS: usize = 256;

impl<'a> Extractor<'a> {
    pub(super) fn call(&mut self, function: &[String], args: &'a [Expr], span: Span) -> Value {
        let user = self.user_function(function);
        let arity = match &user {
            Some(path) => self.arity(path),
            None => builtin_arity(function),
        };
        // One argument more than declared takes the result: `walk(x, [path, value])`.
        let (args, output) = match arity {
            Some(arity) if args.len() == arity + 1 => match args.split_last() {
                Some((output, args)) => (args, Some(output)),
                None => (args, None),
            },
            _ => (args, None),
        };
        let values: Vec<Value> = args.iter().map(|arg| self.expr(arg)).collect();
        if self.at.pending && !self.at.recording {
            // Arguments are not known yet; the function is gone through when they are.
            return Value::opaque(TypeSet::ANY, false);
        }
        let result = match user {
            Some(path) => self.apply_each(&path, &values, MAX_CALLS, span),
            None => self.builtin(&function.join("."), args, &values, span),
        };
        if let Some(output) = output {
            self.unify(output, &result);
        }
        result
    }

    /// Calls a function for each alternative of its arguments by itself, as long as those are few:
    /// a function may have a definition for each of them.
    fn apply_each(&mut self, path: &[String], args: &[Value], left: usize, span: Span) -> Value {
        let choice = args.iter().find_map(|arg| match arg {
            Value::Choice(site, cases) if (2..=left).contains(&cases.len()) => {
                Some((*site, cases.len()))
            }
            _ => None,
        });
        let Some((site, cases)) = choice else {
            return self.apply(path, args, self.origin(span));
        };
        let mut results = Vec::with_capacity(cases);
        for case in 0..cases {
            let given: Vec<Value> = args.iter().map(|arg| arg.given(site, case)).collect();
            results.push(self.apply_each(path, &given, left / cases.max(1), span));
        }
        Value::aligned(site, results)
    }

    /// A function that gives a value for literals alone gives none for any other argument, as a
    /// table does. One that is only true is a test.
    pub(super) fn handled(&mut self, definitions: &[RuleAt], args: &[Value], origin: Origin) {
        for (position, arg) in args.iter().enumerate() {
            let literal = |at: &RuleAt| match &self.documents.rule(*at)?.1.head.kind {
                HeadKind::Function { args } => match &args.get(position)?.kind {
                    ExprKind::Scalar(scalar) => Some(scalar_json(scalar)),
                    _ => None,
                },
                HeadKind::Complete | HeadKind::Set { .. } => None,
            };
            let literals: Option<Vec<Json>> = definitions.iter().map(literal).collect();
            let Some(literals) = literals else { continue };
            let note = match arg {
                Value::Input(place) => {
                    let need = Need::OneOf(literals.into());
                    Ok(Read { place: place.clone(), need, origin })
                }
                Value::Rendered | Value::Opaque { derived: true, .. } => Err(Unresolved {
                    origin,
                    message: "which of the definitions applies is only known at run time".into(),
                    kind: UnresolvedKind::Read,
                }),
                _ => continue,
            };
            self.current(|frame| match note {
                Ok(read) => frame.reads.push(read),
                Err(unresolved) => frame.unresolved.push(unresolved),
            });
        }
    }

    /// The path below `data` of a function of the policy.
    fn user_function(&self, function: &[String]) -> Option<Vec<String>> {
        let (root, rest) = function.split_first()?;
        let mut path = match (root.as_str(), self.import(root)) {
            ("data", _) => Vec::new(),
            (_, Some(import)) if import.path.first().is_some_and(|root| root == "data") => {
                import.path.get(1..)?.to_vec()
            }
            _ => {
                let mut path = self.module()?.package.clone();
                path.push(root.clone());
                path
            }
        };
        path.extend_from_slice(rest);
        let node = self.documents.node(&path)?;
        (!node.functions.is_empty()).then_some(path)
    }

    fn arity(&self, path: &[String]) -> Option<usize> {
        let at = self.documents.node(path)?.functions.first()?;
        match &self.documents.rule(*at)?.1.head.kind {
            HeadKind::Function { args } => Some(args.len()),
            HeadKind::Complete | HeadKind::Set { .. } => None,
        }
    }

    fn builtin(&mut self, name: &str, exprs: &'a [Expr], args: &[Value], span: Span) -> Value {
        let derived = args.iter().any(Value::is_derived);
        match (name, args) {
            ("object.get", [object, key, default]) => self.object_get(object, key, default, span),
            ("walk", [_]) => {
                if derived {
                    let text = self.text(span);
                    self.unresolved(span, || format!("`{text}` reads whatever there is"));
                }
                let path = Value::opaque(TypeSet::ARRAY, derived);
                Value::Array(Arc::from([path, Value::opaque(TypeSet::ANY, derived)]))
            }
            ("max" | "min", [values]) => {
                self.note(values, &Need::Element, span);
                if matches!(values, Value::Collection { .. }) && derived {
                    let text = self.text(span);
                    self.unresolved(span, || {
                        format!("whether `{text}` has an element is only known at run time")
                    });
                }
                let element = self.elements(values, span);
                let site = self.site(self.origin(span), 5) | ONE_OF;
                Value::Choice(site, Arc::from([element.rename(&mut |site| site | ONE_OF)]))
            }
            ("sort" | "array.reverse", [values]) => {
                let element = self.elements(values, span);
                Value::array(element)
            }
            ("array.slice", [values, from, to]) => {
                self.note(from, &Need::Types(TypeSet::NUMBER), span);
                self.note(to, &Need::Types(TypeSet::NUMBER), span);
                let element = self.elements(values, span);
                Value::array(element)
            }
            ("array.concat", [left, right]) => {
                let site = self.site(self.origin(span), 5);
                let mut elements = Vec::new();
                for (values, expr) in [left, right].into_iter().zip(exprs) {
                    elements.push(self.elements(values, expr.span));
                }
                Value::array(Value::one_of(site, elements))
            }
            ("count", [values]) => {
                let types = TypeSet::COLLECTION.or(TypeSet::STRING);
                self.note(values, &Need::Types(types), span);
                self.note(values, &Need::Counted, span);
                if matches!(values, Value::Rendered) {
                    self.unresolved_key(span);
                }
                Value::opaque(TypeSet::NUMBER, derived)
            }
            ("object.subset", [whole, part]) => {
                self.subset(whole, part, span);
                Value::opaque(TypeSet::BOOLEAN, derived)
            }
            ("object.keys", [object]) => {
                let key = self.iterate(object, span, span).0;
                Value::set(key)
            }
            // A policy that asks whether a fact is null has an answer for null.
            ("is_null" | "type_name", [value]) => {
                self.note(value, &Need::AskedNull, span);
                let types = if name == "is_null" { TypeSet::BOOLEAN } else { TypeSet::STRING };
                Value::opaque(types, derived)
            }
            ("to_number", [value]) => {
                // It takes null and booleans as well, and makes numbers of them.
                self.note(value, &Need::Types(TypeSet::NUMBER.or(TypeSet::STRING)), span);
                if value.has_key() {
                    self.unresolved_key(span);
                }
                Value::opaque(TypeSet::NUMBER, derived)
            }
            _ => self.table_builtin(name, exprs, args, derived, span),
        }
    }

    fn table_builtin(
        &mut self,
        name: &str,
        exprs: &'a [Expr],
        args: &[Value],
        derived: bool,
        span: Span,
    ) -> Value {
        let Some((asks, gives)) = signature(name) else {
            // No builtin of the gate: the check of calls refuses it.
            return Value::opaque(TypeSet::ANY, derived);
        };
        for ((ask, arg), expr) in asks.into_iter().zip(args).zip(exprs) {
            match ask {
                Ask::Anything => {}
                Ask::Types(types) => self.note(arg, &Need::Types(types), expr.span),
                Ask::Each(types) => {
                    let each = self.elements(arg, expr.span);
                    self.note(&each, &Need::Types(types), expr.span);
                }
            }
        }
        let renders = matches!(name, "sprintf" | "json.marshal");
        if renders && args.iter().any(Value::has_unknown) {
            return Value::Rendered;
        }
        if args.iter().any(Value::has_key) {
            match gives {
                Gives::Types(TypeSet::STRING) => return Value::Rendered,
                Gives::ArrayOf(TypeSet::STRING) => return Value::array(Value::Rendered),
                Gives::Types(TypeSet::BOOLEAN | TypeSet::NUMBER) => self.unresolved_key(span),
                _ => {}
            }
        }
        match gives {
            Gives::Types(types) => Value::opaque(types, derived),
            Gives::ArrayOf(types) => Value::array(Value::opaque(types, derived)),
            Gives::Numbers(count) => {
                Value::Array(vec![Value::opaque(TypeSet::NUMBER, derived); count].into())
            }
            Gives::Set => Value::opaque(TypeSet::NONE, derived),
        }
    }

    /// Any element of an argument that has to be an array.
    fn elements(&mut self, values: &Value, span: Span) -> Value {
        self.note(values, &Need::Types(TypeSet::ARRAY), span);
        self.iterate(values, span, span).1
    }

    /// The only read in Rego that says what holds when the fact is absent.
    fn object_get(&mut self, object: &Value, key: &Value, default: &Value, span: Span) -> Value {
        let found = match key.items() {
            Some(keys) => {
                keys.iter().fold(object.clone(), |value, key| self.member(&value, key, true, span))
            }
            None => self.member(object, key, true, span),
        };
        self.note(&found, &Need::Present, span);
        let site = self.site(self.origin(span), 6) | ONE_OF;
        Value::one_of(site, [found, default.clone()])
    }
}

/// How many arguments a builtin declares.
fn builtin_arity(function: &[String]) -> Option<usize> {
    let name = function.join(".");
    let by_argument = BY_ARGUMENT.iter().find(|(known, _)| *known == name);
    by_argument.map(|(_, arity)| *arity).or_else(|| signature(&name).map(|(asks, _)| asks.len()))
}
