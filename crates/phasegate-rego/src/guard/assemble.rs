//! From what the extraction noted to what is required: every use of a fact counts, the strictest
//! holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value as Json;

use super::{
    facts::{Frame, Need, Origin, Read, UnresolvedKind},
    path::{InputPath, Step},
    range::Range,
    requirement::{Comparison, Operand, Requirement, RuleRow, rule_key},
    run::{Plan, PlanNode},
    schema::{Declared, InputSchema},
    types::{JsonType, TypeSet},
    value::Value,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    syntax::Module,
};

/// All uses of the fact at one path, and of what is below it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent thing that was seen")]
struct Fact {
    /// Whether something reads it itself and not only what is below.
    listed: bool,
    /// Whether something reads it, or below it, without a default.
    plain: bool,
    declared_optional: bool,
    /// What every use allows.
    types: TypeSet,
    /// The types of the literals it is compared with, without null.
    literals: TypeSet,
    /// Something asks whether it is null.
    asked_null: bool,
    counted: bool,
    truth: bool,
    not_empty: bool,
    range: Range,
    declared_types: Option<TypeSet>,
    /// The text it is ordered against.
    text_limit: Option<Arc<Json>>,
    /// Large tables it is looked up in.
    tables: Vec<Arc<Json>>,
    /// Where it is looked up in a table that shares no key with another.
    no_key: Option<Origin>,
    /// The rows that read it, and those that only compare what was read.
    readers: BTreeSet<RuleRow>,
    users: BTreeSet<RuleRow>,
    /// Where types that exclude each other met.
    clash: Option<(Origin, TypeSet, TypeSet)>,
    has_members: bool,
    has_fields: bool,
    origin: Origin,
    /// The facts of the same number have the same type.
    class: Option<usize>,
}

impl Fact {
    fn new(origin: Origin) -> Self {
        Self {
            listed: false,
            plain: false,
            declared_optional: false,
            types: TypeSet::ANY,
            literals: TypeSet::NONE,
            asked_null: false,
            counted: false,
            truth: false,
            not_empty: false,
            range: Range::default(),
            declared_types: None,
            text_limit: None,
            tables: Vec::new(),
            no_key: None,
            readers: BTreeSet::new(),
            users: BTreeSet::new(),
            clash: None,
            has_members: false,
            has_fields: false,
            origin,
            class: None,
        }
    }

    fn require(&mut self, types: TypeSet, origin: Origin) {
        let both = self.types.and(types);
        if both.is_empty() {
            self.clash.get_or_insert((origin, self.types, types));
        } else {
            self.types = both;
        }
    }

    fn one_of(&mut self, keys: &[Json], origin: Origin) {
        let keys = Range { one_of: keys.to_vec(), ..Range::default() };
        let is_first = self.range.one_of.is_empty();
        self.range = std::mem::take(&mut self.range).and(keys);
        if !is_first && self.range.one_of.is_empty() {
            self.no_key.get_or_insert(origin);
        }
    }

    fn is_optional(&self) -> bool {
        !self.plain || self.declared_optional
    }

    /// The types that pass.
    fn final_types(&self) -> TypeSet {
        let typed = self.types != TypeSet::ANY;
        let literals = match self.literals {
            TypeSet::NONE if self.counted && self.declared_types.is_none() => TypeSet::COLLECTION,
            TypeSet::NONE if typed || self.declared_types.is_some() => TypeSet::ANY,
            TypeSet::NONE if self.truth => TypeSet::BOOLEAN,
            // Null is an answer to a policy that asks for nothing else.
            TypeSet::NONE if self.asked_null => TypeSet::ANY,
            TypeSet::NONE => TypeSet::NOT_NULL,
            literals => literals,
        };
        // A schema that declares null means it, unless an ordering or a read below it needs more.
        let declared_null = self.declared_types.unwrap_or(TypeSet::NONE).and(TypeSet::NULL);
        let wanted = self.types.and(literals.or(declared_null));
        // A literal of another type is one the fact never equals.
        let wanted = if wanted.is_empty() { self.types } else { wanted };
        let Some(declared) = self.declared_types else { return wanted };
        // The schema knows better than a literal what the fact may be.
        let both = wanted.and(declared);
        if both.is_empty() { self.types.and(declared) } else { both }
    }
}

/// Everything below is made from the frames that the root frame can reach.
pub(super) struct Assembly<'a> {
    modules: &'a [Module],
    schemas: Vec<&'a InputSchema>,
    frames: &'a [Frame],
    reachable: BTreeSet<usize>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(
        modules: &'a [Module],
        schemas: Vec<&'a InputSchema>,
        frames: &'a [Frame],
        root: usize,
    ) -> Self {
        let mut reachable = BTreeSet::new();
        let mut open = vec![root];
        while let Some(frame) = open.pop() {
            if reachable.insert(frame) {
                open.extend(frames.get(frame).into_iter().flat_map(|frame| &frame.uses));
            }
        }
        Self { modules, schemas, frames, reachable, diagnostics: Vec::new() }
    }

    fn reachable(&self) -> impl Iterator<Item = &'a Frame> {
        let frames = self.frames;
        self.reachable.iter().filter_map(move |frame| frames.get(*frame))
    }

    fn diagnostic(
        &self,
        origin: Origin,
        code: Code,
        message: String,
        remedy: &str,
    ) -> Option<Diagnostic> {
        let module = self.modules.get(origin.module)?;
        Some(module.diagnostic(origin.span, code, message, remedy))
    }

    /// One finding for each line with reads that cannot be resolved, unless the line says why that
    /// is all right.
    pub(super) fn unresolved(&mut self) {
        let mut of_line = BTreeMap::new();
        for note in self.reachable().flat_map(|frame| &frame.unresolved) {
            let Some(module) = self.modules.get(note.origin.module) else { continue };
            let start = note.origin.span.start;
            if module.unguarded_reason(start).is_none() {
                let line = (note.origin.module, module.position(start).row);
                let best = of_line.entry(line).or_insert(note);
                if (note.kind, note.origin) < (best.kind, best.origin) {
                    *best = note;
                }
            }
        }
        for note in of_line.into_values() {
            let message = note.message.clone();
            let remedy = match note.kind {
                UnresolvedKind::Limit => {
                    "write the limit as a number, in the policy or its data, or end the line with \
                     `# phasegate: unguarded <reason>`"
                }
                UnresolvedKind::Read | UnresolvedKind::Follows => {
                    "write the path out, or end the line with `# phasegate: unguarded <reason>`"
                }
            };
            let code = Code::UnguardedReadError;
            self.diagnostics.extend(self.diagnostic(note.origin, code, message, remedy));
        }
    }

    pub(super) fn too_involved(&mut self, origin: Origin) {
        let message =
            "the rules that lead here are too involved for the guard to follow".to_owned();
        let remedy = "split them, or nest them less deeply";
        let diagnostic = self.diagnostic(origin, Code::UnguardedReadError, message, remedy);
        self.diagnostics.extend(diagnostic);
    }

    /// The facts that each rule depends on, directly or through what it uses.
    pub(super) fn rules(&self) -> BTreeMap<String, BTreeSet<InputPath>> {
        let mut order: Vec<usize> = self.reachable.iter().copied().collect();
        order.sort_by_key(|frame| self.frames.get(*frame).map(|frame| frame.finished));
        let mut of_frame: BTreeMap<usize, BTreeSet<InputPath>> = BTreeMap::new();
        let mut of_rule: BTreeMap<String, BTreeSet<InputPath>> = BTreeMap::new();
        for id in order {
            let Some(frame) = self.frames.get(id) else { continue };
            let mut paths: BTreeSet<InputPath> =
                frame.reads.iter().map(|read| read.place.path()).collect();
            for used in &frame.uses {
                paths.extend(of_frame.get(used).into_iter().flatten().cloned());
            }
            if !frame.rule.is_empty() {
                let rule = of_rule.entry(rule_key(&frame.package, &frame.rule)).or_default();
                rule.extend(paths.iter().filter(|path| !path.steps.is_empty()).cloned());
            }
            of_frame.insert(id, paths);
        }
        of_rule
    }

    pub(super) fn comparisons(&self) -> Vec<Comparison> {
        let mut found: Vec<(Origin, Comparison)> = Vec::new();
        for frame in self.reachable() {
            for compared in &frame.compared {
                let Some(module) = self.modules.get(compared.origin.module) else { continue };
                let comparison = Comparison {
                    package: frame.package.clone(),
                    rule: frame.rule.clone(),
                    file: module.file.clone(),
                    row: module.position(compared.origin.span.start).row,
                    span: compared.origin.span,
                    op: compared.op,
                    left: operand(&compared.left),
                    right: operand(&compared.right),
                };
                found.push((compared.origin, comparison));
            }
        }
        found.sort_by_cached_key(|(origin, comparison)| {
            (*origin, format!("{:?} {:?}", comparison.left, comparison.right))
        });
        let mut comparisons: Vec<Comparison> = found.into_iter().map(|(_, one)| one).collect();
        comparisons.dedup();
        comparisons
    }

    /// The requirements, and the plan that checks them.
    pub(super) fn requirements(&mut self) -> (Vec<Requirement>, Plan) {
        let mut facts = self.facts();
        self.declare(&mut facts);
        let classes = self.classes(&mut facts);
        let mut nodes: Vec<PlanNode> = Vec::new();
        let mut positions: BTreeMap<InputPath, usize> = BTreeMap::new();
        let mut requirements = Vec::new();
        for (path, fact) in &facts {
            self.report_clash(path, fact);
            let types = fact.final_types();
            // The class is only looked at when the types leave something open.
            let class = fact.class.filter(|_| !types.is_single());
            let rows = if fact.readers.is_empty() { &fact.users } else { &fact.readers };
            let range = (!fact.range.is_unbounded()).then(|| fact.range.clone());
            let position = nodes.len();
            let parent = path.parent();
            let parent_position = parent.as_ref().and_then(|parent| positions.get(parent)).copied();
            if let Some(parent) = parent_position.and_then(|position| nodes.get_mut(position)) {
                match path.steps.last() {
                    Some(Step::Field(name)) => parent.fields.push((name.clone(), position)),
                    Some(Step::Index(index)) => parent.indexes.push((*index, position)),
                    Some(Step::Each) => parent.each = Some(position),
                    None => {}
                }
            }
            positions.insert(path.clone(), position);
            nodes.push(PlanNode {
                path: path.to_string(),
                types,
                optional: fact.is_optional(),
                section: fact.has_fields || types == TypeSet::OBJECT,
                fields: Vec::new(),
                indexes: Vec::new(),
                each: None,
                range: range.clone(),
                class,
                not_empty: fact.not_empty,
                tables: fact.tables.clone(),
                text_limit: fact.text_limit.clone(),
                reader: rows.first().cloned(),
                other_readers: rows.len().saturating_sub(1),
            });
            if path.steps.is_empty() || !(fact.listed || fact.is_optional()) {
                continue;
            }
            let sections = (1..path.steps.len()).rev();
            let required_with = sections
                .filter_map(|length| Some(InputPath { steps: path.steps.get(..length)?.to_vec() }))
                .find(|section| facts.get(section).is_some_and(Fact::is_optional));
            let members = class.and_then(|class| classes.get(class));
            let same_type_as = members.map_or_else(Vec::new, |members| {
                // The elements of one collection may be ordered among themselves.
                let alone = members.len() == 1;
                members.iter().filter(|member| alone || *member != path).cloned().collect()
            });
            requirements.push(Requirement {
                path: path.clone(),
                types,
                optional: fact.is_optional(),
                required_with,
                range,
                same_type_as,
                not_empty: fact.not_empty,
                needed_by: rows.iter().cloned().collect(),
            });
        }
        (requirements, Plan::new(nodes, classes.len()))
    }

    fn facts(&self) -> BTreeMap<InputPath, Fact> {
        let mut facts: BTreeMap<InputPath, Fact> = BTreeMap::new();
        for frame in self.reachable() {
            for read in &frame.reads {
                let Some(row) = self.row(frame, read.origin) else { continue };
                note(&mut facts, read, &row);
            }
        }
        facts
    }

    fn row(&self, frame: &Frame, origin: Origin) -> Option<RuleRow> {
        let module = self.modules.get(origin.module)?;
        Some(RuleRow {
            package: frame.package.clone(),
            rule: frame.rule.clone(),
            file: module.file.clone(),
            row: module.position(origin.span.start).row,
        })
    }

    /// Adds what the input schemas say of the facts that are read.
    fn declare(&mut self, facts: &mut BTreeMap<InputPath, Fact>) {
        let mut findings = Vec::new();
        for schema in &self.schemas {
            let mut excluded: Option<InputPath> = None;
            for (path, fact) in facts.iter_mut() {
                match schema.declared(path) {
                    Declared::Silent => {}
                    Declared::Excluded => {
                        if !excluded.as_ref().is_some_and(|above| above.holds(path)) {
                            let message =
                                format!("`{path}` is not in the input schema `{}`", schema.file);
                            let remedy = "declare it there, or read what is declared";
                            findings.push((fact.origin, message, remedy));
                            excluded = Some(path.clone());
                        }
                    }
                    Declared::As { types, range, optional } => {
                        fact.declared_optional |= optional;
                        if let Some(types) = types {
                            let before = fact.declared_types.unwrap_or(TypeSet::ANY);
                            let both = before.and(types);
                            if both.and(fact.types).is_empty() {
                                let (need, says) = (fact.types.and(before), types.sentence());
                                let (need, file) = (need.sentence(), &schema.file);
                                let message = format!(
                                    "the rules need `{path}` to be {need}, the input schema \
                                     `{file}` says {says}"
                                );
                                let remedy = "change the schema or the rule";
                                findings.push((fact.origin, message, remedy));
                            } else {
                                fact.declared_types = Some(both);
                            }
                        }
                        let listed = !fact.range.one_of.is_empty();
                        fact.range = std::mem::take(&mut fact.range).and(range);
                        if listed && fact.range.one_of.is_empty() {
                            let message =
                                format!("no value of `{path}` is in all its input schemas");
                            let remedy = "let the schemas of one package agree";
                            findings.push((fact.origin, message, remedy));
                        }
                    }
                }
            }
        }
        for (origin, message, remedy) in findings {
            let diagnostic = self.diagnostic(origin, Code::SchemaError, message, remedy);
            self.diagnostics.extend(diagnostic);
        }
    }

    /// Facts that are compared with each other have one type: the one known of any of them, else
    /// whichever the first one has.
    fn classes(&self, facts: &mut BTreeMap<InputPath, Fact>) -> Vec<BTreeSet<InputPath>> {
        let mut classes: Vec<BTreeSet<InputPath>> = Vec::new();
        let mut origins: Vec<Origin> = Vec::new();
        for read in self.reachable().flat_map(|frame| &frame.reads) {
            let Need::SameAs(other) = &read.need else { continue };
            let mut merged = BTreeSet::from([read.place.path(), other.path()]);
            let mut origin = read.origin;
            let mut index = 0;
            while let Some(class) = classes.get_mut(index) {
                if class.is_disjoint(&merged) {
                    index += 1;
                } else {
                    merged.append(class);
                    classes.swap_remove(index);
                    origin = origins.swap_remove(index);
                }
            }
            classes.push(merged);
            origins.push(origin);
        }
        for (number, (class, origin)) in classes.iter().zip(&origins).enumerate() {
            let known = class.iter().filter_map(|path| facts.get(path));
            let common = known.fold(TypeSet::ANY, |types, fact| {
                // What is asked of it beyond being there.
                let own = match fact.final_types() {
                    TypeSet::NOT_NULL => TypeSet::ANY,
                    own => own,
                };
                let both = types.and(own);
                if both.is_empty() { types } else { both }
            });
            // Null is a type like any other here, and orders below everything.
            let common = if common == TypeSet::ANY { TypeSet::NOT_NULL } else { common };
            for path in class {
                if let Some(fact) = facts.get_mut(path) {
                    fact.require(common, *origin);
                    fact.class = Some(number);
                }
            }
        }
        classes
    }

    fn report_clash(&mut self, path: &InputPath, fact: &Fact) {
        if let Some((origin, before, types)) = fact.clash {
            let message = format!(
                "`{path}` would have to be {} here and {} elsewhere",
                types.sentence(),
                before.sentence(),
            );
            let remedy = "no input can be both; read two facts, or compare with one type";
            let diagnostic = self.diagnostic(origin, Code::RegoTypeError, message, remedy);
            self.diagnostics.extend(diagnostic);
        }
        if let Some(origin) = fact.no_key {
            let message =
                format!("`{path}` is looked up here and elsewhere, and no key is in both places");
            let remedy = "no input can name both; give each lookup a default with `object.get`";
            let diagnostic = self.diagnostic(origin, Code::RegoTypeError, message, remedy);
            self.diagnostics.extend(diagnostic);
        }
    }
}

/// Adds one read to the fact it reads and to the sections around it.
fn note(facts: &mut BTreeMap<InputPath, Fact>, read: &Read, row: &RuleRow) {
    let mut path = InputPath::default();
    let root = facts.entry(path.clone()).or_insert_with(|| Fact::new(read.origin));
    // The root is there whatever is read.
    root.plain = true;
    root.users.insert(row.clone());
    for place in &read.place.steps {
        if let Some(section) = facts.get_mut(&path) {
            section.has_members = true;
            section.has_fields |= matches!(place.step, Step::Field(_));
            let types = match place.step {
                Step::Field(_) => TypeSet::OBJECT,
                Step::Index(_) => TypeSet::ARRAY,
                Step::Each => TypeSet::COLLECTION,
            };
            section.require(types, read.origin);
        }
        path.steps.push(place.step.clone());
        let fact = facts.entry(path.clone()).or_insert_with(|| Fact::new(read.origin));
        fact.plain |= !place.optional;
        fact.users.insert(row.clone());
    }
    let Some(fact) = facts.get_mut(&path) else { return };
    fact.listed = true;
    match &read.need {
        Need::Present => {
            fact.readers.insert(row.clone());
        }
        Need::Types(types) => fact.require(*types, read.origin),
        Need::TextLimit(limit) => {
            fact.require(TypeSet::STRING, read.origin);
            fact.text_limit.get_or_insert_with(|| limit.clone());
        }
        Need::Literal(types) => {
            fact.literals = fact.literals.or(types.and(TypeSet::NOT_NULL));
            fact.asked_null |= types.contains(JsonType::Null);
        }
        Need::AskedNull => fact.asked_null = true,
        Need::Counted => fact.counted = true,
        Need::Truth => fact.truth = true,
        Need::OneOf(keys) => fact.one_of(keys, read.origin),
        Need::KeyOf(table) => {
            if !fact.tables.iter().any(|known| Arc::ptr_eq(known, table)) {
                fact.tables.push(table.clone());
            }
        }
        Need::Element => fact.not_empty = true,
        // What they share is settled when all is known of both.
        Need::SameAs(_) => {}
    }
}

fn operand(value: &Value) -> Operand {
    match value {
        Value::Input(place) => Operand::Input(place.path()),
        Value::Const(json) => Operand::Const((**json).clone()),
        Value::Choice(_, cases) => {
            let mut operands: Vec<Operand> = Vec::new();
            for case in cases.iter().filter(|case| !matches!(case, Value::Never)) {
                let found = match operand(case) {
                    Operand::OneOf(inner) => inner,
                    one => vec![one],
                };
                for one in found {
                    if !operands.contains(&one) {
                        operands.push(one);
                    }
                }
            }
            match operands.pop() {
                Some(only) if operands.is_empty() && cases.len() > 1 => only,
                Some(last) => {
                    operands.push(last);
                    Operand::OneOf(operands)
                }
                None => Operand::Other,
            }
        }
        _ => Operand::Other,
    }
}
