//! The guard at run time: looks up every required fact before the policy runs.

use std::{fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    path::write_field,
    range::Range,
    requirement::RuleRow,
    types::{JsonType, TypeSet},
};

/// How many blocks are reported; the rest is counted.
pub const MAX_BLOCKS: usize = 100;
/// How many classes of facts of one type are remembered without allocating.
const CLASSES_AT_HAND: usize = 16;
/// How much of a wrong value is shown.
const MAX_SHOWN: usize = 40;

/// Why the guard blocks: one line for each fact at fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Blocks {
    /// The first [`MAX_BLOCKS`], sections before their members, names in order.
    pub blocks: Vec<Blocked>,
    /// How many there are.
    pub total: usize,
}

impl Blocks {
    /// Whether all is well.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

/// One fact that keeps the policy from being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// Where it stands or should stand: `metrics.error_rate`, `incidents[2].severity`.
    pub path: String,
    /// What is wrong with it.
    pub code: BlockCode,
    /// What was found, what is required, and which rule reads it.
    pub message: String,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.message)
    }
}

/// What is wrong with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockCode {
    /// It is absent, or a collection that needs an element is empty.
    FactMissing,
    /// It is null.
    FactNull,
    /// It has another type than is required.
    FactWrongType,
    /// It is not a finite number.
    FactNotFinite,
    /// The input schema does not allow its value, or nothing is found under it where it is looked
    /// up.
    FactOutOfRange,
    /// It should hold other facts and is no object.
    SectionNotObject,
}

impl BlockCode {
    /// The code as it is printed and serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FactMissing => "fact_missing",
            Self::FactNull => "fact_null",
            Self::FactWrongType => "fact_wrong_type",
            Self::FactNotFinite => "fact_not_finite",
            Self::FactOutOfRange => "fact_out_of_range",
            Self::SectionNotObject => "section_not_object",
        }
    }
}

impl fmt::Display for BlockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The requirements as a tree over the input, node 0 the whole of it. Children come after their
/// parents.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    nodes: Vec<PlanNode>,
    classes: usize,
}

#[derive(Debug, Clone)]
pub(super) struct PlanNode {
    pub(super) path: String,
    pub(super) types: TypeSet,
    pub(super) optional: bool,
    pub(super) section: bool,
    pub(super) fields: Vec<(Arc<str>, usize)>,
    pub(super) indexes: Vec<(usize, usize)>,
    pub(super) each: Option<usize>,
    pub(super) range: Option<Range>,
    pub(super) class: Option<usize>,
    pub(super) not_empty: bool,
    /// Large tables in which something is looked up under its value.
    pub(super) tables: Vec<Arc<Json>>,
    /// The text it is ordered against.
    pub(super) text_limit: Option<Arc<Json>>,
    pub(super) reader: Option<RuleRow>,
    pub(super) other_readers: usize,
}

impl Plan {
    pub(super) fn new(nodes: Vec<PlanNode>, classes: usize) -> Self {
        Self { nodes, classes }
    }

    pub(super) fn check(&self, input: &Json) -> Blocks {
        let Some(root) = self.nodes.first() else { return Blocks::default() };
        let mut at_hand = [None; CLASSES_AT_HAND];
        let mut allocated;
        let classes: &mut [Option<Seen<'_>>] = if self.classes <= CLASSES_AT_HAND {
            &mut at_hand
        } else {
            allocated = vec![None; self.classes];
            &mut allocated
        };
        let mut run = Run { plan: self, classes, blocks: Blocks::default() };
        run.value(root, Some(input), &Trail { above: None, step: TrailStep::Root });
        run.blocks
    }
}

/// The first fact of a class that was seen, by its node, and its type.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    node: &'a PlanNode,
    json_type: JsonType,
}

/// Where in the input the check is, as a list that lives on the stack.
struct Trail<'a> {
    above: Option<&'a Self>,
    step: TrailStep<'a>,
}

#[derive(Clone, Copy)]
enum TrailStep<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: a trail is as long as a path of the plan, which is short.
        let first = match self.above {
            Some(above) if matches!(above.step, TrailStep::Root) => true,
            Some(above) => {
                above.fmt(f)?;
                false
            }
            None => return f.write_str("input"),
        };
        match self.step {
            TrailStep::Root => Ok(()),
            TrailStep::Field(name) => write_field(f, name, first),
            TrailStep::Index(index) => write!(f, "[{index}]"),
        }
    }
}

struct Run<'a, 'c> {
    plan: &'a Plan,
    classes: &'c mut [Option<Seen<'a>>],
    blocks: Blocks,
}

impl<'a> Run<'a, '_> {
    fn value(&mut self, node: &'a PlanNode, value: Option<&Json>, trail: &Trail<'_>) {
        let Some(value) = value else {
            if !node.optional {
                self.block(node, trail, BlockCode::FactMissing, || "is missing".to_owned());
            }
            return;
        };
        let json_type = JsonType::of(value);
        if !node.types.contains(json_type) {
            let code = wrong_type(node, value);
            let found = || match code {
                BlockCode::FactNull => "is null".to_owned(),
                BlockCode::FactNotFinite => format!("is {}, no finite number", shown(value)),
                _ => format!("is {}", shown(value)),
            };
            return self.block(node, trail, code, found);
        }
        match value {
            Json::Null | Json::Bool(_) | Json::String(_) => {}
            Json::Number(number) => {
                if !number.as_f64().is_some_and(f64::is_finite) {
                    let found = || format!("is {}, no finite number", shown(value));
                    return self.block(node, trail, BlockCode::FactNotFinite, found);
                }
            }
            Json::Object(members) => {
                for (name, below) in &node.fields {
                    self.child(*below, members.get(&**name), trail, TrailStep::Field(name));
                }
                if let Some(below) = node.each {
                    for (name, member) in members {
                        self.child(below, Some(member), trail, TrailStep::Field(name));
                    }
                }
                self.not_empty(node, members.is_empty(), trail);
            }
            Json::Array(items) => {
                for (index, below) in &node.indexes {
                    self.child(*below, items.get(*index), trail, TrailStep::Index(*index));
                }
                if let Some(below) = node.each {
                    for (index, item) in items.iter().enumerate() {
                        self.child(below, Some(item), trail, TrailStep::Index(index));
                    }
                }
                self.not_empty(node, items.is_empty(), trail);
            }
        }
        if let Some(class) = node.class {
            self.same_type(class, node, json_type, value, trail);
        }
        if !node.tables.iter().all(|table| has_key(table, value)) {
            let found = || format!("is {}, no key of the table it is looked up in", shown(value));
            return self.block(node, trail, BlockCode::FactOutOfRange, found);
        }
        if let Some(range) = &node.range
            && !range.holds(value)
        {
            let found = || format!("is {}", shown(value));
            self.block(node, trail, BlockCode::FactOutOfRange, found);
        }
    }

    fn child(&mut self, node: usize, value: Option<&Json>, above: &Trail<'_>, step: TrailStep<'_>) {
        if let Some(node) = self.plan.nodes.get(node) {
            self.value(node, value, &Trail { above: Some(above), step });
        }
    }

    fn not_empty(&mut self, node: &'a PlanNode, is_empty: bool, trail: &Trail<'_>) {
        if node.not_empty && is_empty {
            self.block(node, trail, BlockCode::FactMissing, || "is empty".to_owned());
        }
    }

    fn same_type(
        &mut self,
        class: usize,
        node: &'a PlanNode,
        json_type: JsonType,
        value: &Json,
        trail: &Trail<'_>,
    ) {
        let Some(slot) = self.classes.get_mut(class) else { return };
        match *slot {
            None => *slot = Some(Seen { node, json_type }),
            Some(seen) if seen.json_type == json_type => {}
            Some(seen) => {
                let found = || {
                    let (other, what) = (&seen.node.path, seen.json_type.with_article());
                    format!("is {}, while `{other}` is {what}", shown(value))
                };
                self.block(node, trail, BlockCode::FactWrongType, found);
            }
        }
    }

    fn block(
        &mut self,
        node: &PlanNode,
        trail: &Trail<'_>,
        code: BlockCode,
        found: impl FnOnce() -> String,
    ) {
        self.blocks.total = self.blocks.total.saturating_add(1);
        if self.blocks.blocks.len() >= MAX_BLOCKS {
            return;
        }
        let measured = match (code, &node.text_limit) {
            (BlockCode::FactWrongType, Some(limit)) => format!(
                ", because it is measured by {}; what measures a number must be a number itself",
                shown(limit)
            ),
            _ => String::new(),
        };
        let message = format!("{}; {}{measured}", found(), required(node));
        self.blocks.blocks.push(Blocked { path: trail.to_string(), code, message });
    }
}

fn has_key(table: &Json, key: &Json) -> bool {
    match (table, key) {
        (Json::Object(members), Json::String(name)) => members.contains_key(name),
        (Json::Array(items), Json::Number(index)) => {
            // A whole number may be written as `1.0`.
            index.as_f64().is_some_and(|index| {
                let length = u32::try_from(items.len()).map_or(f64::MAX, f64::from);
                index.fract() == 0.0 && index >= 0.0 && index < length
            })
        }
        _ => false,
    }
}

fn wrong_type(node: &PlanNode, value: &Json) -> BlockCode {
    match value {
        _ if node.section => BlockCode::SectionNotObject,
        Json::Null => BlockCode::FactNull,
        Json::String(text)
            if node.types.contains(JsonType::Number)
                && text.trim().parse::<f64>().is_ok_and(|number| !number.is_finite()) =>
        {
            // Where JSON has no word for it, writers put `"NaN"` or `"Infinity"`.
            BlockCode::FactNotFinite
        }
        _ => BlockCode::FactWrongType,
    }
}

/// `rule (file:row) needs a number >= 0`.
fn required(node: &PlanNode) -> String {
    let mut text = match &node.reader {
        Some(RuleRow { package, rule, file, row }) => {
            let others = match node.other_readers {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            format!("`{package}.{rule}` ({file}:{row}{others}) needs {}", node.types.sentence())
        }
        None => format!("{} is needed", node.types.sentence()),
    };
    if node.class.is_some() {
        text.push_str(" of the same type");
    }
    if node.not_empty {
        text.push_str(" with at least one element");
    }
    if let Some(range) = &node.range {
        text.push_str(", ");
        text.push_str(&range.to_string());
    }
    text
}

/// A value as a sentence shows it: type and, when short, text.
fn shown(value: &Json) -> String {
    let text = match value {
        Json::Null => return "null".to_owned(),
        Json::Array(items) => return format!("an array of {}", items.len()),
        Json::Object(members) => return format!("an object of {}", members.len()),
        Json::Bool(_) | Json::Number(_) => return value.to_string(),
        Json::String(text) => text,
    };
    let mut short: String = text.chars().take(MAX_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("the string {}", Json::String(short))
}
