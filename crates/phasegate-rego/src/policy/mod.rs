//! A policy: a set of files that was checked, prepared, and can be asked.

mod reads;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use phasegate_core::verdict::{Block, PolicyAnswer, RollbackReason, Verdict};
use phasegate_core::{Digest, PolicyFiles, Timestamp};
use serde_json::Value;

use crate::builtin::{Calling, GUARDED};
use crate::check::lint::{self, CaseTables};
use crate::check::{self, CheckOptions, Profile};
use crate::data;
use crate::decode;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::engine::{Answer, DEADLINE_EXCEEDED, Deadline, EngineError, Part, Setup, Template};
use crate::entry::{self, Entry, Role};
use crate::explain::{Explainer, Explanation, FlipSearch, PROBE_RULE, Question};
use crate::guard::{self, Blocked, Blocks, InputSchema, Requirements, Undefined};
use crate::query::bounded;
use crate::syntax::limits::MAX_SET_BYTES;
use crate::syntax::{Expr, ExprKind, Module, Reference, Step, parse_each, walk_rule_exprs};

pub use self::reads::Unread;

/// How a policy is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyOptions {
    /// The package that is asked whether a version may be promoted, without `data`. Default
    /// `lifecycle.promotion`.
    pub promotion: String,
    /// The package that may name reasons to roll back. The default need not exist; another must.
    /// Default `lifecycle.rollback`.
    pub rollback: String,
    /// How deep rules may call each other, each weighing one plus its nested queries. Default 32,
    /// at most 256: deeper ones overflow the stack of a thread.
    pub max_depth: u32,
    /// How long one decision may evaluate. Default one second, four orders above a usual one. The
    /// engine looks at the time between its steps: one that is long by itself ends late, and is
    /// blocked all the same.
    pub deadline: Duration,
}

const DEFAULT_ROLLBACK: &str = "lifecycle.rollback";

impl Default for PolicyOptions {
    fn default() -> Self {
        Self {
            promotion: "lifecycle.promotion".to_owned(),
            rollback: DEFAULT_ROLLBACK.to_owned(),
            max_depth: check::DEFAULT_MAX_DEPTH,
            deadline: Duration::from_secs(1),
        }
    }
}

/// A policy set that does not load: every fault found, by file and place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LoadError {
    /// At least one error.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = || self.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        match (errors().next(), errors().count()) {
            (Some(first), 1) => write!(f, "{first}"),
            (Some(first), count) => write!(f, "{first} (and {} more)", count - 1),
            (None, _) => f.write_str("the policy set does not load"),
        }
    }
}

/// A checked and prepared policy set. Cheap to clone, `Send` and `Sync`: any number of threads may
/// ask it at once.
#[derive(Debug, Clone)]
pub struct Policy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    digest: Digest,
    revision: Option<String>,
    warnings: Vec<Diagnostic>,
    modules: Vec<Module>,
    data: Value,
    template: Template,
    promotion: Asked,
    rollback: Option<Asked>,
    undefined: Undefined,
    rollback_package: String,
    setup: Setup,
    /// Built when the first explanation is asked for; `None` when the engine refuses the probes.
    explainer: OnceLock<Option<Explainer>>,
}

/// An entry with the facts it needs.
#[derive(Debug)]
struct Asked {
    entry: Entry,
    needs: Requirements,
}

impl Policy {
    /// Checks and prepares a policy set for decisions (the `gate` profile).
    ///
    /// # Errors
    /// All faults at once: of the files, the syntax, the checks, the guard, the engine, and an
    /// absent promotion package.
    pub fn load(files: &PolicyFiles, options: &PolicyOptions) -> Result<Self, LoadError> {
        let mut sources = Sources::read(files, Purpose::Decide);
        let template = sources.check(Profile::Gate, options.max_depth).and_then(|()| {
            let asked = sources.ask(options)?;
            let undefined = undefined(&sources.modules, &asked);
            let template = sources.prepare(options, &asked, &undefined)?;
            Some((template, asked, undefined))
        });
        let Some((template, (promotion, rollback), undefined)) = template else {
            sources.diagnostics.sort();
            sources.diagnostics.dedup();
            return Err(LoadError { diagnostics: sources.diagnostics });
        };
        let setup = setup(options, &sources.modules);
        Ok(Self {
            inner: Arc::new(Inner {
                digest: sources.digest(files),
                revision: files.revision.clone(),
                warnings: sources.diagnostics,
                modules: sources.modules,
                data: sources.data,
                template,
                promotion,
                rollback,
                undefined,
                rollback_package: options.rollback.clone(),
                setup,
                explainer: OnceLock::new(),
            }),
        })
    }

    /// The digest of what decides: the exact bytes of the modules, the data with their mount paths
    /// and the input schemas. It does not depend on the order or the location of the files; tests
    /// and other files do not enter.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// The revision of the bundle it came from.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.inner.revision.as_deref()
    }

    /// The packages that it asks: promotion, then rollback (which the set need not have).
    #[must_use]
    pub fn packages(&self) -> [&str; 2] {
        [&self.inner.promotion.entry.package, &self.inner.rollback_package]
    }

    /// How long one evaluation may take, in nanoseconds; at most 2^53-1, which is a hundred days.
    #[must_use]
    pub fn deadline_ns(&self) -> u64 {
        const MOST: u64 = (1 << 53) - 1;
        u64::try_from(self.inner.setup.deadline.as_nanos()).map_or(MOST, |nanos| nanos.min(MOST))
    }

    /// Findings that did not keep it from loading.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.inner.warnings
    }

    /// The facts that each asked package needs: promotion first, then rollback if the set has one.
    pub fn requirements(&self) -> impl Iterator<Item = (&Entry, &Requirements)> {
        [Some(&self.inner.promotion), self.inner.rollback.as_ref()]
            .into_iter()
            .flatten()
            .map(|asked| (&asked.entry, &asked.needs))
    }

    /// The modules, in the order of their paths.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.inner.modules
    }

    /// The base data.
    #[must_use]
    pub fn data(&self) -> &Value {
        &self.inner.data
    }

    /// The packages of the engine's modules, one for each.
    #[cfg(test)]
    pub(crate) fn packages_asked(&self) -> Vec<String> {
        self.inner.template.packages()
    }

    /// The asked packages for which operands without a value are looked for.
    #[cfg(test)]
    pub(crate) fn undefined_answers(&self) -> Vec<String> {
        [PROMOTION_ASKED, ROLLBACK_ASKED]
            .into_iter()
            .filter_map(|asked| self.inner.undefined.answers(asked))
            .collect()
    }

    /// Asks both packages about one input. Total: whatever goes wrong is a block in the answer, and
    /// an error in one half never hides the other.
    ///
    /// It takes no longer than [`PolicyOptions::deadline`], and a quarter of that where the time
    /// ran out before rollback had its own: a version is rolled back without proof that it may be
    /// promoted, and not the other way round.
    #[must_use]
    pub fn evaluate(&self, input: &Value, now: Option<Timestamp>) -> PolicyAnswer {
        let deadline = self.inner.template.deadline();
        let question = Evaluation { policy: &self.inner, input, now, deadline };
        let mut promotion = question.guard(&self.inner.promotion);
        let rollback = self.inner.rollback.as_ref().map(|asked| question.guard(asked));
        // What is shared between the two is evaluated once when neither is blocked, which is the
        // usual case.
        if let (Ok(()), Some(Ok(()))) = (&promotion, &rollback) {
            match question.together() {
                Together::Answered(answer) => return answer,
                Together::OutOfTime(blocks) => promotion = Err(blocks),
                Together::Failed => {}
            }
        }
        let rollback = match (rollback, &self.inner.rollback) {
            (Some(guarded), Some(asked)) => guarded.and_then(|()| question.rollback(asked)),
            _ => Ok(Vec::new()),
        };
        PolicyAnswer { promotion: promotion.and_then(|()| question.promotion()), rollback }
    }

    /// Explains a decision about one input: what each rule compared, and the smallest single change
    /// that flips it.
    ///
    /// The first explanation of a policy prepares its probes; later ones cost a few evaluations.
    #[must_use]
    pub fn explain(
        &self,
        input: &Value,
        now: Option<Timestamp>,
        question: &Question<'_>,
    ) -> Explanation {
        let inner = &self.inner;
        let explainer = inner.explainer.get_or_init(|| {
            let asked = [Some(&inner.promotion), inner.rollback.as_ref()];
            let asked: Vec<_> =
                asked.into_iter().flatten().map(|asked| (&asked.entry, &asked.needs)).collect();
            // A probe whose builtin fails is undefined and silent; the others still tell.
            let setup = Setup { calling: Calling::Explanation, ..inner.setup.clone() };
            Explainer::build(&inner.modules, &inner.data, &asked, &setup).ok()
        });
        match explainer {
            Some(explainer) => explainer.explain(input, now, question),
            None => Explanation { checks: Vec::new(), flip: FlipSearch::NotExplained },
        }
    }
}

/// One input on its way through a policy.
#[derive(Clone, Copy)]
struct Evaluation<'a> {
    policy: &'a Inner,
    input: &'a Value,
    now: Option<Timestamp>,
    deadline: Deadline,
}

/// What became of asking both at once.
enum Together {
    Answered(PolicyAnswer),
    /// Something went wrong: each is asked on its own, so that it does not hide the other.
    Failed,
    /// There is no time left for promotion; these are its blocks.
    OutOfTime(Vec<Block>),
}

impl Evaluation<'_> {
    /// Whether every fact that a package needs is there.
    fn guard(self, asked: &Asked) -> Result<(), Vec<Block>> {
        let missing = asked.needs.check(self.input);
        if missing.is_empty() { Ok(()) } else { Err(of_blocks(&missing)) }
    }

    /// Both answers from one evaluation.
    fn together(self) -> Together {
        let Some(Asked { entry: rollback, .. }) = &self.policy.rollback else {
            return Together::Failed;
        };
        let answer = self.policy.template.answer(&rule(BOTH), self.input, self.now, self.deadline);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.code == DEADLINE_EXCEEDED => {
                return Together::OutOfTime(vec![block(&error)]);
            }
            Err(_) => None,
        };
        // The names of the two do not overlap.
        let Some(answer) = answer else { return Together::Failed };
        Together::Answered(PolicyAnswer {
            promotion: self
                .defined(PROMOTION_ASKED, &answer)
                .and_then(|()| decode::verdict(&self.policy.promotion.entry, &answer)),
            rollback: self
                .defined(ROLLBACK_ASKED, &answer)
                .and_then(|()| decode::rollback(rollback, &answer)),
        })
    }

    fn promotion(self) -> Result<Verdict, Vec<Block>> {
        let entry = &self.policy.promotion.entry;
        let answer = self.ask(&entry.package, PROMOTION, self.deadline)?;
        self.defined(PROMOTION_ASKED, &answer)?;
        decode::verdict(entry, &answer)
    }

    /// Whether every operand that a comparison needs has a value.
    fn defined(self, asked: usize, answer: &Answer) -> Result<(), Vec<Block>> {
        let undefined = &self.policy.undefined;
        let found = undefined.answers(asked).and_then(|name| answer.get(&name)?.items());
        match found {
            Some(ids) if !ids.is_empty() => {
                let message = |id: Part<'_>| undefined.message(id.as_u64().unwrap_or(0));
                let block =
                    |message| Block { code: VALUE_UNDEFINED.to_owned(), path: None, message };
                Err(ids.into_iter().map(message).map(block).collect())
            }
            _ => Ok(()),
        }
    }

    fn rollback(self, asked: &Asked) -> Result<Vec<RollbackReason>, Vec<Block>> {
        let deadline = self.policy.template.grace(self.deadline);
        let answer = self.ask(&asked.entry.package, ROLLBACK, deadline)?;
        self.defined(ROLLBACK_ASKED, &answer)?;
        decode::rollback(&asked.entry, &answer)
    }

    fn ask(self, package: &str, entry: &str, deadline: Deadline) -> Result<Answer, Vec<Block>> {
        let answer = self.policy.template.answer(&rule(entry), self.input, self.now, deadline);
        answer.map_err(|error| vec![block(&error)])?.ok_or_else(|| {
            vec![Block {
                code: "policy_wrong_shape".to_owned(),
                path: None,
                message: format!("`data.{package}` did not answer by name"),
            }]
        })
    }
}

/// The names of the generated rules.
const PROMOTION: &str = "promotion";
const ROLLBACK: &str = "rollback";
const BOTH: &str = "both";

/// The places of the two packages in [`Undefined`].
const PROMOTION_ASKED: usize = 0;
const ROLLBACK_ASKED: usize = 1;

/// The block for an operand that has no value.
const VALUE_UNDEFINED: &str = "value_undefined";

/// The operands behind the two packages that may have no value.
fn undefined(modules: &[Module], (promotion, rollback): &(Asked, Option<Asked>)) -> Undefined {
    let asked: Vec<(&str, Vec<&str>)> = [Some(promotion), rollback.as_ref()]
        .into_iter()
        .flatten()
        .map(|asked| {
            // A warning that is not given changes no decision.
            let decides = asked
                .entry
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| asked.entry.role(name).is_some_and(Role::decides));
            (asked.entry.package.as_str(), decides.collect())
        })
        .collect();
    Undefined::find(modules, entry::PACKAGE, &asked)
}

fn rule(name: &str) -> String {
    format!("data.{}.{name}", entry::PACKAGE)
}

fn setup(options: &PolicyOptions, modules: &[Module]) -> Setup {
    Setup {
        calling: Calling::Gate,
        deadline: options.deadline,
        guarded: vec![GUARDED],
        called: Some(called(modules)),
    }
}

/// Every name that modules can call: those of calls, and those that a `with` may put in their
/// place. They come from the syntax tree, so that no spelling of a name evades it.
fn called(modules: &[Module]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut note = |expr: &Expr| {
        names.extend(match &expr.kind {
            ExprKind::Call { function, .. } => Some(function.join(".")),
            ExprKind::Var(name) => Some(name.clone()),
            ExprKind::Ref(Reference { base, steps }) => match &base.kind {
                ExprKind::Var(root) => {
                    Some(steps.iter().fold(root.clone(), |path, step| match step {
                        Step::Field(name) => format!("{path}.{}", name.text),
                        Step::Index(_) => path,
                    }))
                }
                _ => None,
            },
            _ => None,
        });
    };
    for rule in modules.iter().flat_map(|module| &module.rules) {
        walk_rule_exprs(rule, &mut note);
    }
    names
}

/// The blocks of a guard; what it did not list is counted.
fn of_blocks(missing: &Blocks) -> Vec<Block> {
    let mut blocks: Vec<Block> = missing.blocks.iter().map(of_blocked).collect();
    let more = missing.total.saturating_sub(blocks.len());
    if more > 0 {
        blocks.push(Block {
            code: "more_facts".to_owned(),
            path: None,
            message: format!(
                "{more} more facts are missing or cannot be used; mend the first ones"
            ),
        });
    }
    blocks
}

fn of_blocked(blocked: &Blocked) -> Block {
    Block {
        code: blocked.code.as_str().to_owned(),
        path: Some(blocked.path.clone()),
        message: blocked.to_string(),
    }
}

fn block(error: &EngineError) -> Block {
    Block { code: error.code.to_owned(), path: None, message: error.to_sentence() }
}

/// What the files are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For decisions: tests stay out.
    Decide,
    /// For queries: tests are modules like others, as in `opa eval`.
    Query,
}

/// A set on its way in: what was read, and what was found wrong.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) modules: Vec<Module>,
    pub(crate) data: Value,
    pub(crate) schemas: Vec<InputSchema>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Sources {
    /// Reads and parses the files of a set.
    pub(crate) fn read(files: &PolicyFiles, purpose: Purpose) -> Self {
        let mut diagnostics = Vec::new();
        let total: usize = files.files.values().map(Vec::len).sum();
        if total > MAX_SET_BYTES {
            let message =
                format!("the set has {total} bytes, more than the limit of {MAX_SET_BYTES}");
            diagnostics.push(Diagnostic::whole(
                "",
                Code::RegoLimitError,
                message,
                "split it into several sets",
            ));
            let schemas = Vec::new();
            return Self { modules: Vec::new(), data: Value::Null, schemas, diagnostics };
        }
        let roots = files.roots.as_deref();
        let bytes = || files.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        let data = data::merge(bytes(), roots, &mut diagnostics);
        let mut texts = Vec::new();
        for (path, bytes) in bytes().filter(|(path, _)| is_module(path, purpose)) {
            match text_of(path, bytes) {
                Ok(text) => texts.push((path, text)),
                Err(found) => diagnostics.extend(found),
            }
        }
        let (modules, faults) = parse_each(texts);
        diagnostics.extend(faults);
        for module in &modules {
            diagnostics.extend(out_of_place(module, roots));
        }
        let schemas = match purpose {
            Purpose::Decide => schemas(files, &modules, &mut diagnostics),
            Purpose::Query => Vec::new(),
        };
        // A query may be about data alone, or about nothing: `1 + 1`.
        if purpose == Purpose::Decide && modules.is_empty() && diagnostics.is_empty() {
            let message = "the policy set has no Rego file".to_owned();
            diagnostics.push(Diagnostic::whole(
                "",
                Code::RegoLimitError,
                message,
                "give a folder or bundle with `.rego` files",
            ));
        }
        Self { modules, data, schemas, diagnostics }
    }

    /// Parses modules that are already in memory.
    pub(crate) fn of_modules<'a>(
        modules: impl IntoIterator<Item = (&'a str, &'a str)>,
        data: Value,
    ) -> Self {
        let (modules, diagnostics) = parse_each(modules);
        Self { modules, data, schemas: Vec::new(), diagnostics }
    }

    /// Runs the load-time checks. `None` when there is an error by now.
    pub(crate) fn check(&mut self, profile: Profile, max_depth: u32) -> Option<()> {
        // A module that does not parse leaves references to it dangling; those are not faults of
        // their own.
        if self.has_errors() {
            return None;
        }
        let options = CheckOptions { profile, max_depth };
        self.diagnostics.extend(check::check(&self.modules, &self.data, &options));
        (!self.has_errors()).then_some(())
    }

    fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// Finds the asked packages and the facts they need.
    fn ask(&mut self, options: &PolicyOptions) -> Option<(Asked, Option<Asked>)> {
        let mut found = Vec::new();
        let promotion = entry::Asked::Promotion;
        let promotion = Entry::find(&self.modules, &options.promotion, promotion, &mut found);
        let rollback = entry::Asked::Rollback;
        let rollback = Entry::find(&self.modules, &options.rollback, rollback, &mut found);
        for (package, asked) in [
            (&options.promotion, entry::Asked::Promotion),
            (&options.rollback, entry::Asked::Rollback),
        ] {
            entry::elsewhere(&self.modules, &self.data, package, asked, &mut found);
        }
        self.diagnostics.append(&mut found);
        let present =
            |package: &str| self.modules.iter().any(|one| one.package.join(".") == package);
        if rollback.is_none() && (options.rollback != DEFAULT_ROLLBACK || present(DEFAULT_ROLLBACK))
        {
            // A set need not roll back; one that is said to must not fail to in silence.
            let message = format!("no file defines `reasons` in package `{}`", options.rollback);
            let remedy = "define it, or name the package that does";
            self.diagnostics.push(Diagnostic::whole("", Code::RegoTypeError, message, remedy));
        }
        if promotion.is_none() {
            let message =
                format!("no file defines `allow` or `deny` in package `{}`", options.promotion);
            let remedy = "define it, or name the package that does";
            self.diagnostics.push(Diagnostic::whole("", Code::RegoTypeError, message, remedy));
        }
        let promotion = promotion.map(|entry| self.needs(entry));
        let rollback = rollback.map(|entry| self.needs(entry));
        if self.has_errors() {
            return None;
        }
        promotion.map(|promotion| (promotion, rollback))
    }

    fn needs(&mut self, entry: Entry) -> Asked {
        let question = guard::Question {
            package: entry.package.split('.').map(str::to_owned).collect(),
            names: entry.names.clone(),
        };
        let found = guard::extract(&self.modules, &self.data, &self.schemas, &question);
        self.diagnostics.extend(found.diagnostics);
        Asked { entry, needs: found.requirements }
    }

    fn prepare(
        &mut self,
        options: &PolicyOptions,
        (promotion, rollback): &(Asked, Option<Asked>),
        undefined: &Undefined,
    ) -> Option<Template> {
        let mut own = format!("package {}\n\nready := true\n\n", entry::PACKAGE);
        let mut ask = |asked: &Asked, number: usize, rule: &str| {
            own.push_str(&asked.entry.statements(rule));
            if let Some(line) = undefined.line(entry::PACKAGE, number) {
                own.extend([rule, " contains ", &line]);
            }
        };
        ask(promotion, PROMOTION_ASKED, PROMOTION);
        if let Some(rollback) = rollback {
            ask(rollback, ROLLBACK_ASKED, ROLLBACK);
            // The names of the two do not overlap.
            ask(promotion, PROMOTION_ASKED, BOTH);
            ask(rollback, ROLLBACK_ASKED, BOTH);
        }
        let generated: Vec<String> =
            [own].into_iter().chain(undefined.modules.iter().cloned()).collect();
        self.template(&generated, &setup(options, &self.modules))
    }

    /// Builds and prepares the engine; what it refuses becomes a diagnostic.
    ///
    /// Without generated modules nothing of ours is in it, so that a query for all of `data` sees
    /// what was given; each query prepares its own clone then.
    pub(crate) fn template(&mut self, generated: &[String], setup: &Setup) -> Option<Template> {
        let texts: Vec<Cow<'_, str>> = (self.modules.iter())
            .map(|module| match setup.calling {
                Calling::Gate | Calling::Explanation => Cow::Borrowed(module.text.as_str()),
                Calling::Strict | Calling::Lenient => Cow::Owned(bounded(module)),
            })
            .collect();
        let files = self.modules.iter().map(|module| module.file.as_str());
        let modules = files.zip(texts.iter().map(AsRef::as_ref));
        let ready = (!generated.is_empty()).then(|| format!("data.{}.ready", entry::PACKAGE));
        let generated = generated.iter().map(|text| ("phasegate_entry.rego", text.as_str()));
        let template = Template::build(modules.chain(generated), &self.data, setup).and_then(
            |mut template| {
                if let Some(ready) = ready {
                    template.prepare(&ready)?;
                }
                Ok(template)
            },
        );
        template.map_err(|error| self.refused(&error)).ok()
    }

    fn refused(&mut self, error: &EngineError) {
        let line = |file: &str, row: usize| {
            let module = self.modules.iter().find(|module| module.file == file)?;
            Some(module.line(row).to_owned())
        };
        let found = error.to_diagnostic(line);
        self.diagnostics.push(found);
    }

    /// Exact bytes of what decides, in an order that depends on contents only.
    fn digest(&self, files: &PolicyFiles) -> Digest {
        let mut parts: Vec<(&str, String, &[u8])> = Vec::new();
        for module in &self.modules {
            parts.push(("rego", String::new(), module.text.as_bytes()));
            if let Some((_, bytes)) =
                schema_beside(module).and_then(|path| files.files.get_key_value(&path))
            {
                parts.push(("schema", module.package.join("."), bytes));
            }
        }
        for (path, bytes) in &files.files {
            if data::format_of(path).is_some() {
                parts.push(("data", data::mount_of(path).join("/"), bytes));
            }
        }
        parts.sort();
        Digest::of_parts(
            parts.iter().flat_map(|(kind, at, bytes)| [kind.as_bytes(), at.as_bytes(), bytes]),
        )
    }
}

/// The path of the input schema of a module: `promotion.schema.json` beside `promotion.rego`.
fn schema_beside(module: &Module) -> Option<String> {
    module.file.strip_suffix(".rego").map(|stem| format!("{stem}.schema.json"))
}

/// Reads the input schemas that stand beside a module.
fn schemas(
    files: &PolicyFiles,
    modules: &[Module],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InputSchema> {
    let mut schemas = Vec::new();
    for path in modules.iter().filter_map(schema_beside) {
        let Some(bytes) = files.files.get(&path) else { continue };
        let schema = text_of(&path, bytes).and_then(|text| InputSchema::parse(&path, text));
        match schema {
            Ok(schema) => schemas.push(schema),
            Err(found) => diagnostics.extend(found),
        }
    }
    schemas
}

fn is_module(path: &str, purpose: Purpose) -> bool {
    path.strip_suffix(".rego").is_some()
        && (purpose == Purpose::Query || !path.ends_with("_test.rego"))
}

fn text_of<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Vec<Diagnostic>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("the text is not UTF-8 from byte {} on", error.valid_up_to());
        let remedy = "save the file as UTF-8";
        vec![Diagnostic::whole(path, Code::RegoParseError, message, remedy)]
    })
}

/// A name that is ours, or a package outside the bundle's roots.
fn out_of_place(module: &Module, roots: Option<&[String]>) -> Option<Diagnostic> {
    let package = module.package.join(".");
    if let Some(rule) = module.rules.iter().find(|rule| entry::defines(rule, PROBE_RULE)) {
        let message = format!("rule `{PROBE_RULE}` belongs to the gate");
        return Some(module.diagnostic(
            rule.head.span,
            Code::RegoConflictError,
            message,
            "choose another name",
        ));
    }
    if module.package.first().is_some_and(|first| first == entry::PACKAGE) {
        let message = format!("package `{package}` belongs to the gate");
        return Some(module.diagnostic(
            module.package_span,
            Code::RegoConflictError,
            message,
            "choose another name",
        ));
    }
    let path = module.package.join("/");
    if roots.is_some_and(|roots| !roots.iter().any(|root| data::is_under(&path, root))) {
        let message = format!("package `{package}` lies outside the bundle's roots");
        let remedy = "move it under a root, or add its path to `roots` in `.manifest`";
        return Some(module.diagnostic(module.package_span, Code::ManifestError, message, remedy));
    }
    None
}

/// The load-time findings of a set, errors and warnings, in the order of files and places. Empty
/// when there is nothing to say.
///
/// A set that loads is also linted, its tests included: see [`check::lint`].
#[must_use]
pub fn check_files(files: &PolicyFiles, options: &PolicyOptions) -> Vec<Diagnostic> {
    let policy = match Policy::load(files, options) {
        Ok(policy) => policy,
        Err(error) => return error.diagnostics,
    };
    let mut found = policy.warnings().to_vec();
    let mut texts = Vec::new();
    for (path, bytes) in files.files.iter().filter(|(path, _)| path.ends_with("_test.rego")) {
        match text_of(path, bytes) {
            Ok(text) => texts.push((path.as_str(), text)),
            Err(faults) => found.extend(faults),
        }
    }
    let (tests, faults) = parse_each(texts);
    // What refers to a test that does not parse would be told of it, too.
    if faults.is_empty() {
        let modules: Vec<Module> = policy.modules().iter().cloned().chain(tests).collect();
        let entries: Vec<_> = policy.requirements().collect();
        let has_cases = files.files.keys().any(|path| is_case_table(path));
        let cases = if has_cases { CaseTables::Present } else { CaseTables::Absent };
        found.extend(lint::lint(&modules, &entries, cases));
    }
    found.extend(faults);
    found.sort();
    found
}

/// Whether a file of a set is a table of cases for its decisions.
fn is_case_table(path: &str) -> bool {
    [".cases.yaml", ".cases.yml", ".cases.json"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests;
