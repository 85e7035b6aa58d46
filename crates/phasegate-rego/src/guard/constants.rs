//! Constants, base data among them: taken apart once, however often the rules look into them.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde_json::Value as Json;

use super::{
    types::TypeSet,
    value::{MAX_CASES, Site, Value, normal},
};

/// What was taken out of constants. A constant that is held here keeps its address, which then
/// names it.
#[derive(Debug, Default)]
pub(super) struct Constants {
    held: BTreeMap<usize, Arc<Json>>,
    data: BTreeMap<Vec<String>, Arc<Json>>,
    members: BTreeMap<(usize, String), Arc<Json>>,
    any: BTreeMap<usize, (Value, Value)>,
}

/// The site of what large constants have in common; every use renames it.
const ANY_SITE: Site = Site::MAX;

impl Constants {
    /// Base data at a path.
    pub(super) fn base_data(&mut self, path: &[String], json: &Json) -> Arc<Json> {
        if let Some(known) = self.data.get(path) {
            return known.clone();
        }
        let constant = Arc::new(normal(json.clone()));
        self.hold(&constant);
        self.data.insert(path.to_vec(), constant.clone());
        constant
    }

    /// The member of a constant under a constant key.
    pub(super) fn member(&mut self, json: &Arc<Json>, key: &Json) -> Value {
        let found = match (&**json, key) {
            (Json::Object(members), Json::String(name)) => members.get(name),
            (Json::Array(items), Json::Number(index)) => {
                index.as_u64().and_then(|index| items.get(usize::try_from(index).ok()?))
            }
            _ => None,
        };
        let Some(found) = found else { return Value::Never };
        if !found.is_object() && !found.is_array() || !self.holds(json) {
            return Value::constant(found.clone());
        }
        let name = (address(json), key.to_string());
        if let Some(known) = self.members.get(&name) {
            return Value::Const(known.clone());
        }
        let member = Arc::new(found.clone());
        self.hold(&member);
        self.members.insert(name, member.clone());
        Value::Const(member)
    }

    /// Whether a constant has too many entries to tell them apart.
    pub(super) fn is_large(json: &Json) -> bool {
        match json {
            Json::Array(items) => items.len() > MAX_CASES,
            Json::Object(members) => members.len() > MAX_CASES,
            _ => false,
        }
    }

    /// The keys and elements of a constant.
    pub(super) fn entries(json: &Json) -> (Vec<Value>, Vec<Value>) {
        match json {
            Json::Array(items) => (items.iter().enumerate())
                .map(|(index, item)| {
                    (Value::constant(Json::from(index)), Value::constant(item.clone()))
                })
                .unzip(),
            Json::Object(members) => (members.iter())
                .map(|(name, member)| {
                    (Value::constant(Json::from(name.as_str())), Value::constant(member.clone()))
                })
                .unzip(),
            _ => (Vec::new(), Vec::new()),
        }
    }

    /// What the entries of a large constant have in common.
    pub(super) fn any_of(&mut self, json: &Arc<Json>) -> (Value, Value) {
        if let Some(known) = self.any.get(&address(json)).filter(|_| self.holds(json)) {
            return known.clone();
        }
        let types = if json.is_array() { TypeSet::NUMBER } else { TypeSet::STRING };
        let elements: Box<dyn Iterator<Item = &Json>> = match &**json {
            Json::Array(items) => Box::new(items.iter()),
            Json::Object(members) => Box::new(members.values()),
            _ => Box::new(std::iter::empty()),
        };
        let element = Value::one_of(ANY_SITE, elements.cloned().map(Value::constant));
        let any = (Value::opaque(types, false), element);
        if self.holds(json) {
            self.any.insert(address(json), any.clone());
        }
        any
    }

    /// Writes a value so that equal values are written alike, held constants by their address.
    pub(super) fn write_key(&self, value: &Value, out: &mut String) {
        let all = |values: &[Value], out: &mut String| {
            for value in values {
                self.write_key(value, out);
            }
        };
        out.push('\u{1}');
        // Writing to a string does not fail.
        let written = match value {
            Value::Const(json) if self.holds(json) => write!(out, "held {}", address(json)),
            Value::Const(json) => write!(out, "const {json}"),
            Value::Array(items) => {
                all(items, out);
                write!(out, "array {}", items.len())
            }
            Value::Object(members) => {
                for (key, member) in members.iter() {
                    self.write_key(key, out);
                    self.write_key(member, out);
                }
                write!(out, "object {}", members.len())
            }
            Value::Collection { kind, key, element } => {
                self.write_key(key, out);
                self.write_key(element, out);
                write!(out, "{kind:?}")
            }
            Value::Choice(site, cases) => {
                all(cases, out);
                write!(out, "choice {site} {}", cases.len())
            }
            Value::Never
            | Value::Input(_)
            | Value::Key(_)
            | Value::Rendered
            | Value::Opaque { .. }
            | Value::Document(_) => write!(out, "{value:?}"),
        };
        debug_assert!(written.is_ok(), "a string takes any text");
    }

    fn hold(&mut self, json: &Arc<Json>) {
        self.held.insert(address(json), json.clone());
    }

    fn holds(&self, json: &Arc<Json>) -> bool {
        self.held.contains_key(&address(json))
    }
}

fn address(json: &Arc<Json>) -> usize {
    Arc::as_ptr(json).addr()
}
