//! Decoding: what a policy answered, strictly. Anything of another shape is a block, never a guess.

use std::collections::BTreeMap;

use phasegate_core::verdict::{Block, Effect, RollbackReason, Verdict, Violation, Warning};
use serde_json::{Map, Value};

use crate::entry::{Entry, Role};

/// A policy's answer by name.
pub(crate) type Answer = BTreeMap<String, Value>;

/// The pairs that the generated entry rule gives. `None` when it is not such a set, which the
/// engine never gives.
pub(crate) fn answer(pairs: Option<Value>) -> Option<Answer> {
    let pairs = match pairs {
        None => return Some(Answer::new()),
        Some(Value::Array(pairs)) => pairs,
        Some(_) => return None,
    };
    pairs
        .into_iter()
        .map(|pair| match pair {
            Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
                Ok([Value::String(name), value]) => Some((name, value)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// The verdict of a promotion package.
///
/// With an `allow` rule that is the answer. Without one (OPA's and Conftest's conventions) nothing
/// denied is `allow`. A name that the policy defines and that is undefined answers nothing, not
/// "no".
pub(crate) fn verdict(entry: &Entry, answer: &Answer) -> Result<Verdict, Vec<Block>> {
    let mut decoder = Decoder { package: &entry.package, blocks: Vec::new() };
    let mut allow = None;
    let mut verdict = Verdict::default();
    for name in &entry.names {
        let Some(role) = entry.role(name) else { continue };
        let Some(value) = answer.get(name) else {
            if !matches!(role, Role::Warnings | Role::Remarks) {
                decoder.blocks.push(undefined(&entry.package, name));
            }
            continue;
        };
        match role {
            Role::Allow => allow = decoder.boolean(name, value),
            Role::Violations => verdict.violations.extend(decoder.violations(name, value)),
            Role::Denials => verdict.violations.extend(decoder.denials(name, value)),
            Role::Warnings => verdict.warnings.extend(decoder.warnings(name, value, Shape::Strict)),
            Role::Remarks => {
                verdict.warnings.extend(decoder.warnings(name, value, Shape::Convention));
            }
            Role::Reasons => {}
        }
    }
    if !decoder.blocks.is_empty() {
        return Err(decoder.blocks);
    }
    let denies = entry.names.iter().any(|name| entry.role(name).is_some_and(Role::speaks));
    let Some(allow) = allow.or_else(|| denies.then_some(verdict.violations.is_empty())) else {
        return Err(vec![undefined(&entry.package, "allow")]);
    };
    verdict.allow = allow;
    verdict.violations.sort();
    verdict.violations.dedup();
    verdict.warnings.sort();
    verdict.warnings.dedup();
    Ok(verdict)
}

/// The reasons of a rollback package.
pub(crate) fn rollback(entry: &Entry, answer: &Answer) -> Result<Vec<RollbackReason>, Vec<Block>> {
    let Some(value) = answer.get("reasons") else {
        return Err(vec![undefined(&entry.package, "reasons")]);
    };
    let mut decoder = Decoder { package: &entry.package, blocks: Vec::new() };
    let mut reasons: Vec<_> = decoder
        .list("reasons", value, Shape::Strict)
        .into_iter()
        .map(|item| RollbackReason { code: item.code, path: item.path, message: item.message })
        .collect();
    if !decoder.blocks.is_empty() {
        return Err(decoder.blocks);
    }
    reasons.sort();
    reasons.dedup();
    Ok(reasons)
}

fn undefined(package: &str, name: &str) -> Block {
    Block {
        code: "policy_undefined".to_owned(),
        path: None,
        message: format!("`data.{package}.{name}` is undefined; give it a default"),
    }
}

struct Decoder<'a> {
    package: &'a str,
    blocks: Vec<Block>,
}

/// One decoded entry of `violations`, `warnings` or `reasons`.
struct Item {
    code: String,
    path: Option<String>,
    message: String,
    effect: Effect,
}

/// Which shapes an entry may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Ours: `code` and `message`, optional `effect` and `path`, nothing else.
    Strict,
    /// OPA's and Conftest's: a text, or an object with `msg` or `message`; more fields are the
    /// author's own.
    Convention,
}

impl Decoder<'_> {
    fn block(&mut self, at: &str, problem: &str) {
        self.blocks.push(Block {
            code: "policy_wrong_shape".to_owned(),
            path: None,
            message: format!("`data.{}.{at}` {problem}", self.package),
        });
    }

    fn boolean(&mut self, name: &str, value: &Value) -> Option<bool> {
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.block(name, &format!("must be true or false, not {}", kind(value)));
        }
        boolean
    }

    fn violations(&mut self, name: &str, value: &Value) -> Vec<Violation> {
        self.list(name, value, Shape::Strict).into_iter().map(of_item).collect()
    }

    /// `deny` as a set or array of reasons, or as a boolean.
    fn denials(&mut self, name: &str, value: &Value) -> Vec<Violation> {
        match value {
            Value::Bool(false) => Vec::new(),
            Value::Bool(true) => vec![Violation {
                code: name.to_owned(),
                path: None,
                message: format!("`data.{}.{name}` is true", self.package),
                effect: Effect::Reject,
            }],
            _ => self.list(name, value, Shape::Convention).into_iter().map(of_item).collect(),
        }
    }

    fn warnings(&mut self, name: &str, value: &Value, shape: Shape) -> Vec<Warning> {
        self.list(name, value, shape)
            .into_iter()
            .map(|item| Warning { code: item.code, path: item.path, message: item.message })
            .collect()
    }

    fn list(&mut self, name: &str, value: &Value, shape: Shape) -> Vec<Item> {
        let Some(entries) = value.as_array() else {
            self.block(name, &format!("must be a set or an array, not {}", kind(value)));
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.item(name, entry, shape)).collect()
    }

    fn item(&mut self, name: &str, entry: &Value, shape: Shape) -> Option<Item> {
        if let (Value::String(message), Shape::Convention) = (entry, shape) {
            return Some(Item {
                code: name.to_owned(),
                path: None,
                message: message.clone(),
                effect: Effect::Reject,
            });
        }
        let Some(fields) = entry.as_object() else {
            let may = if shape == Shape::Strict { "objects" } else { "texts or objects" };
            self.block(name, &format!("must hold {may}, not {}", kind(entry)));
            return None;
        };
        if shape == Shape::Strict
            && let Some(unknown) = fields
                .keys()
                .find(|key| !["code", "message", "effect", "path"].contains(&key.as_str()))
        {
            self.block(name, &format!("has an entry with the unknown field `{unknown}`; it may have code, message, effect and path"));
            return None;
        }
        let message = self.text(name, fields, "message", false)?;
        let message = match (message, shape) {
            (None, Shape::Convention) => self.text(name, fields, "msg", true)?,
            (None, Shape::Strict) => self.text(name, fields, "message", true)?,
            (given, _) => given,
        };
        let code = self.text(name, fields, "code", shape == Shape::Strict)?;
        let path = self.text(name, fields, "path", false)?;
        let effect = match fields.get("effect").map(Value::as_str) {
            None | Some(Some("reject")) => Effect::Reject,
            Some(Some("hold")) => Effect::Hold,
            Some(_) => {
                self.block(name, "has an entry whose `effect` is neither \"reject\" nor \"hold\"");
                return None;
            }
        };
        Some(Item {
            code: code.unwrap_or_else(|| name.to_owned()),
            path,
            message: message.unwrap_or_default(),
            effect,
        })
    }

    /// A text field. The outer `None` means that a block was recorded.
    #[expect(clippy::option_option, reason = "outer: goes on or not; inner: there or not")]
    fn text(
        &mut self,
        name: &str,
        fields: &Map<String, Value>,
        field: &str,
        required: bool,
    ) -> Option<Option<String>> {
        match fields.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Some(Some(text.clone())),
            None if !required => Some(None),
            Some(other) => {
                let found = if other == "" { "an empty text" } else { kind(other) };
                self.block(
                    name,
                    &format!("has an entry whose `{field}` is {found}; it must be a text"),
                );
                None
            }
            None => {
                self.block(name, &format!("has an entry without `{field}`"));
                None
            }
        }
    }
}

fn of_item(item: Item) -> Violation {
    Violation { code: item.code, path: item.path, message: item.message, effect: item.effect }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
