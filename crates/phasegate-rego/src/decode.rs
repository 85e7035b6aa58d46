//! Decoding: what a policy answered, strictly. Anything of another shape is a block, never a guess.

use phasegate_core::verdict::{Block, Effect, RollbackReason, Verdict, Violation, Warning};

use crate::engine::{Allowance, Answer, Part};
use crate::entry::{Entry, Role};

/// The verdict of a promotion package.
///
/// With an `allow` rule that is the answer. Without one (OPA's and Conftest's conventions) nothing
/// denied is `allow`. A name that the policy defines and that is undefined answers nothing, not
/// "no".
pub(crate) fn verdict(entry: &Entry, answer: &Answer) -> Result<Verdict, Vec<Block>> {
    let mut decoder = Decoder::new(entry);
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
    let mut decoder = Decoder::new(entry);
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
    allowance: Allowance,
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

impl<'a> Decoder<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self { package: &entry.package, blocks: Vec::new(), allowance: Allowance::new() }
    }

    fn block(&mut self, at: &str, problem: &str) {
        self.blocks.push(Block {
            code: "policy_wrong_shape".to_owned(),
            path: None,
            message: format!("`data.{}.{at}` {problem}", self.package),
        });
    }

    fn boolean(&mut self, name: &str, value: Part<'_>) -> Option<bool> {
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.block(name, &format!("must be true or false, not {}", value.kind()));
        }
        boolean
    }

    fn violations(&mut self, name: &str, value: Part<'_>) -> Vec<Violation> {
        self.list(name, value, Shape::Strict).into_iter().map(of_item).collect()
    }

    /// `deny` as a set or array of reasons, or as a boolean.
    fn denials(&mut self, name: &str, value: Part<'_>) -> Vec<Violation> {
        match value.as_bool() {
            Some(false) => Vec::new(),
            Some(true) => vec![Violation {
                code: name.to_owned(),
                path: None,
                message: format!("`data.{}.{name}` is true", self.package),
                effect: Effect::Reject,
            }],
            None => self.list(name, value, Shape::Convention).into_iter().map(of_item).collect(),
        }
    }

    fn warnings(&mut self, name: &str, value: Part<'_>, shape: Shape) -> Vec<Warning> {
        self.list(name, value, shape)
            .into_iter()
            .map(|item| Warning { code: item.code, path: item.path, message: item.message })
            .collect()
    }

    /// The entries that could be read. Those that cannot are blocks, up to the first that is too
    /// much.
    fn list(&mut self, name: &str, value: Part<'_>, shape: Shape) -> Vec<Item> {
        let Some(entries) = value.items() else {
            self.block(name, &format!("must be a set or an array, not {}", value.kind()));
            return Vec::new();
        };
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            if !self.allowance.take(ENTRY_BYTES) {
                self.blocks.push(Allowance::used_up());
                break;
            }
            match self.item(name, entry, shape) {
                Ok(item) => items.push(item),
                Err(Refused::Entry(problem)) => self.block(name, &problem),
                Err(Refused::Size) => {
                    self.blocks.push(Allowance::used_up());
                    break;
                }
            }
        }
        items
    }

    fn item(&mut self, name: &str, entry: Part<'_>, shape: Shape) -> Result<Item, Refused> {
        if let (Some(message), Shape::Convention) = (entry.as_text(), shape) {
            let message = self.copy(message)?;
            return Ok(Item { code: name.to_owned(), path: None, message, effect: Effect::Reject });
        }
        let Some(given) = entry.fields() else {
            let may = if shape == Shape::Strict { "objects" } else { "texts or objects" };
            return Err(Refused::Entry(format!("must hold {may}, not {}", entry.kind())));
        };
        let mut fields = Fields::default();
        for (key, value) in given {
            match key.as_text() {
                Some("code") => fields.code = Some(value),
                Some("effect") => fields.effect = Some(value),
                Some("message") => fields.message = Some(value),
                Some("path") => fields.path = Some(value),
                Some("msg") if shape == Shape::Convention => fields.msg = Some(value),
                _ if shape == Shape::Convention => {}
                unknown => {
                    let unknown = match unknown {
                        Some(name) => format!("the unknown field `{}`", self.copy(name)?),
                        None => format!("{} as the name of a field", key.kind()),
                    };
                    return Err(Refused::Entry(format!(
                        "has an entry with {unknown}; it may have code, message, effect and path"
                    )));
                }
            }
        }
        let message = match (fields.message, shape) {
            (None, Shape::Convention) => self.required("msg", fields.msg)?,
            (given, _) => self.required("message", given)?,
        };
        let code = match (fields.code, shape) {
            (None, Shape::Convention) => name.to_owned(),
            (given, _) => self.required("code", given)?,
        };
        let path = fields.path.map(|path| self.text("path", path)).transpose()?;
        let effect = match fields.effect.map(Part::as_text) {
            None | Some(Some("reject")) => Effect::Reject,
            Some(Some("hold")) => Effect::Hold,
            Some(_) => {
                let problem = "has an entry whose `effect` is neither \"reject\" nor \"hold\"";
                return Err(Refused::Entry(problem.to_owned()));
            }
        };
        Ok(Item { code, path, message, effect })
    }

    fn required(&mut self, field: &str, value: Option<Part<'_>>) -> Result<String, Refused> {
        let value =
            value.ok_or_else(|| Refused::Entry(format!("has an entry without `{field}`")))?;
        self.text(field, value)
    }

    /// A text field, which is not empty.
    fn text(&mut self, field: &str, value: Part<'_>) -> Result<String, Refused> {
        match value.as_text() {
            Some(text) if !text.is_empty() => self.copy(text),
            other => {
                let found = if other.is_some() { "an empty text" } else { value.kind() };
                Err(Refused::Entry(format!(
                    "has an entry whose `{field}` is {found}; it must be a text"
                )))
            }
        }
    }

    fn copy(&mut self, text: &str) -> Result<String, Refused> {
        if self.allowance.take(text.len()) { Ok(text.to_owned()) } else { Err(Refused::Size) }
    }
}

/// An entry costs its record and, when it is refused, a sentence.
const ENTRY_BYTES: usize = 64;

/// Why an entry gives no item.
enum Refused {
    /// It has another shape.
    Entry(String),
    /// The answer is too large.
    Size,
}

/// The fields that an entry may have.
#[derive(Default)]
struct Fields<'a> {
    code: Option<Part<'a>>,
    effect: Option<Part<'a>>,
    message: Option<Part<'a>>,
    msg: Option<Part<'a>>,
    path: Option<Part<'a>>,
}

fn of_item(item: Item) -> Violation {
    Violation { code: item.code, path: item.path, message: item.message, effect: item.effect }
}
