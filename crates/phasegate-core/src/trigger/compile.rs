//! From the plan's words to conditions made ready, with everything that is wrong with them.

use std::collections::BTreeSet;

use super::decimal::Decimal;
use super::ring::Window;
use super::{Condition, Leaf};
use crate::Span;
use crate::document::Contradiction;
use crate::finding::TriggerAction;
use crate::path::Path;
use crate::plan::{Missing, Plan, Trigger};

/// How deep conditions may nest, and how many a trigger may have.
const MAX_NESTING: usize = 8;
const MAX_CONDITIONS: usize = 16;

/// Into how many parts a trailing window is cut.
const PARTS: u32 = 10;

/// What the conditions of one trigger share.
pub(super) struct Setting<'a> {
    pub plan: &'a Plan,
    pub window: Window,
    pub span: Span,
    pub min_samples: u64,
    /// What limits are multiplied with while the trigger fires.
    pub easing: Decimal,
    /// The error probability of a proof of harm, corrected for their number.
    pub harm_alpha: f64,
}

/// A trigger made ready.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub id: String,
    pub action: TriggerAction,
    pub missing: Missing,
    pub cooldown: i64,
    pub mode: Mode,
    pub leaves: Vec<Leaf>,
    pub node: Node,
    pub span: Span,
}

/// When a condition that is met makes its trigger fire.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    /// Once it has been met for so long, in nanoseconds; 0 for at once.
    Held(i64),
    /// Once so many windows in a row, laid end to end, have closed with it met.
    Closed { windows: u64, window: Window },
    /// Once so many windows in a row were reported as missed.
    Reported { windows: u64 },
}

/// How conditions combine; a leaf is an index into [`Compiled::leaves`].
#[derive(Debug, Clone)]
pub(super) enum Node {
    Leaf(usize),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl Compiled {
    /// The length of the parts of its window, in nanoseconds.
    pub(super) fn part(&self) -> i64 {
        match self.mode {
            Mode::Closed { window, .. } => window.width,
            Mode::Held(_) | Mode::Reported { .. } => Window::of(self.span.nanos(), PARTS).width,
        }
    }
}

/// What is wrong, and where in the plan one is.
pub(super) struct Faults<'a> {
    path: Vec<String>,
    found: &'a mut Vec<Contradiction>,
}

impl Faults<'_> {
    pub(super) fn tell(&mut self, field: &str, message: impl Into<String>) {
        let mut text = self.path.concat();
        if !field.is_empty() {
            text = format!("{text}.{field}");
        }
        // The paths are written here, and a path that does not parse would still be a fault.
        let path: Path = text.parse().unwrap_or_default();
        self.found.push(Contradiction { path, message: message.into() });
    }

    pub(super) fn enter(&mut self, field: &str) {
        self.path.push(format!(".{field}"));
    }

    fn enter_index(&mut self, index: usize) {
        self.path.push(format!("[{index}]"));
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }
}

/// Every contradiction of the plan's triggers.
pub(crate) fn contradictions(plan: &Plan) -> Vec<Contradiction> {
    triggers(plan).err().unwrap_or_default()
}

/// All triggers of a plan, made ready.
pub(super) fn triggers(plan: &Plan) -> Result<Vec<Compiled>, Vec<Contradiction>> {
    let mut found = Vec::new();
    let mut ready = Vec::new();
    let mut ids = BTreeSet::new();
    let proofs: usize = plan.triggers.iter().map(|trigger| proofs(&trigger.when, 0)).sum();
    let harm_alpha = plan.monitoring.harm_alpha / proofs.max(1) as f64;
    for (index, spec) in plan.triggers.iter().enumerate() {
        let mut faults = Faults { path: vec![format!("triggers[{index}]")], found: &mut found };
        if !crate::plan::is_name(&spec.id) {
            let message = format!("`{}` is not a name; use a-z, 0-9 and `_`", spec.id);
            faults.tell("id", message);
        }
        if !ids.insert(&spec.id) {
            faults.tell("id", format!("`{}` names two triggers; rename one", spec.id));
        }
        ready.extend(trigger(plan, spec, harm_alpha, &mut faults));
    }
    if found.is_empty() { Ok(ready) } else { Err(found) }
}

fn trigger(
    plan: &Plan,
    spec: &Trigger,
    harm_alpha: f64,
    faults: &mut Faults<'_>,
) -> Option<Compiled> {
    if spec.consecutive.is_some() && spec.hold_for.is_some() {
        faults.tell("for", "it stands beside `consecutive`; give one of the two");
    }
    let span = spec.window;
    let reported = matches!(spec.when, Condition::Slo(_));
    let mode = match spec.consecutive {
        windows if reported => Mode::Reported { windows: u64::from(windows.unwrap_or(1)) },
        Some(windows) => {
            Mode::Closed { windows: u64::from(windows), window: Window::of(span.nanos(), 1) }
        }
        None => Mode::Held(nanos(spec.hold_for)),
    };
    if reported && spec.hold_for.is_some() {
        faults.tell("for", "windows of an SLO are counted; give `consecutive`");
    }
    if !reported && spec.consecutive.is_some() && counts_by_itself(&spec.when, 0) {
        let message = "it has a time of its own or is reported from outside; windows that close here cannot be counted with it";
        faults.tell("consecutive", message);
    }
    let easing = match spec.hysteresis {
        None => Decimal::ONE,
        Some(part) => {
            let easing = Decimal::of(part).and_then(Decimal::complement);
            if easing.is_none() {
                faults.tell("hysteresis", "give a fraction with at most 18 digits");
            }
            if !has_limits(&spec.when, 0) {
                faults.tell("hysteresis", "no condition here has a limit that could be eased");
            }
            easing.unwrap_or(Decimal::ONE)
        }
    };
    let window = match mode {
        Mode::Closed { window, .. } => window,
        Mode::Held(_) | Mode::Reported { .. } => Window::of(span.nanos(), PARTS),
    };
    let min_samples = spec.min_samples.unwrap_or(1);
    let setting = Setting { plan, window, span, min_samples, easing, harm_alpha };
    let mut leaves = Vec::new();
    faults.enter("when");
    let node = combine(&spec.when, &setting, faults, &mut leaves, 0);
    if leaves.len() > MAX_CONDITIONS {
        faults.tell("", format!("{} conditions are more than {MAX_CONDITIONS}", leaves.len()));
    }
    faults.leave();
    Some(Compiled {
        id: spec.id.clone(),
        action: spec.action,
        missing: spec.missing,
        cooldown: nanos(spec.cooldown),
        mode,
        leaves,
        node: node?,
        span,
    })
}

fn nanos(span: Option<Span>) -> i64 {
    span.map_or(0, |span| i64::try_from(span.nanos()).unwrap_or(i64::MAX))
}

fn combine(
    condition: &Condition,
    setting: &Setting<'_>,
    faults: &mut Faults<'_>,
    leaves: &mut Vec<Leaf>,
    depth: usize,
) -> Option<Node> {
    if depth >= MAX_NESTING {
        faults.tell("", format!("conditions nest more than {MAX_NESTING} deep"));
        return None;
    }
    let mut several = |name: &str, conditions: &[Condition], faults: &mut Faults<'_>| {
        faults.enter(name);
        if conditions.is_empty() {
            faults.tell("", "no condition; give at least one");
        }
        let mut nodes = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            faults.enter_index(index);
            nodes.push(combine(condition, setting, faults, leaves, depth + 1));
            faults.leave();
        }
        faults.leave();
        nodes.into_iter().collect::<Option<Vec<_>>>()
    };
    match condition {
        Condition::All(conditions) => several("all", conditions, faults).map(Node::All),
        Condition::Any(conditions) => several("any", conditions, faults).map(Node::Any),
        Condition::Not(inner) => {
            faults.enter("not");
            let node = combine(inner, setting, faults, leaves, depth + 1);
            faults.leave();
            node.map(|node| Node::Not(Box::new(node)))
        }
        single => {
            let leaf = Leaf::compile(single, setting, faults)?;
            leaves.push(leaf);
            Some(Node::Leaf(leaves.len() - 1))
        }
    }
}

/// Whether some condition below is one for which this holds; conditions that nest too deep are
/// refused elsewhere.
fn any(condition: &Condition, depth: usize, holds: fn(&Condition) -> bool) -> bool {
    if depth >= MAX_NESTING {
        return false;
    }
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            inner.iter().any(|condition| any(condition, depth + 1, holds))
        }
        Condition::Not(inner) => any(inner, depth + 1, holds),
        single => holds(single),
    }
}

/// Every single condition below.
pub(super) fn each(condition: &Condition, tell: &mut dyn FnMut(&Condition)) {
    each_within(condition, 0, tell);
}

fn each_within(condition: &Condition, depth: usize, tell: &mut dyn FnMut(&Condition)) {
    if depth >= MAX_NESTING {
        return;
    }
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            for condition in inner {
                each_within(condition, depth + 1, tell);
            }
        }
        Condition::Not(inner) => each_within(inner, depth + 1, tell),
        single => tell(single),
    }
}

fn counts_by_itself(condition: &Condition, depth: usize) -> bool {
    any(condition, depth, |single| !matches!(single, Condition::Threshold(_)))
}

fn has_limits(condition: &Condition, depth: usize) -> bool {
    any(condition, depth, |single| {
        matches!(
            single,
            Condition::Threshold(_) | Condition::BurnRate(_) | Condition::ErrorBudget(_)
        )
    })
}

/// How many proofs of harm the plan's error probability is shared by.
fn proofs(condition: &Condition, depth: usize) -> usize {
    if depth >= MAX_NESTING {
        return 0;
    }
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            inner.iter().map(|condition| proofs(condition, depth + 1)).sum()
        }
        Condition::Not(inner) => proofs(inner, depth + 1),
        Condition::Harm(harm) => usize::from(harm.alpha.is_none()),
        _ => 0,
    }
}
