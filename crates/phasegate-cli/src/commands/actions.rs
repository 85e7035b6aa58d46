//! `phasegate actions`: what is to be done, in order, as commands. Nothing is executed.

use phasegate::action::{
    Action, EmergencyFacts, NextMove, Rendered, Situation, Target, TroubleFacts, emergency, render,
    troubleshoot,
};
use phasegate::observations::Place;
use phasegate::plan::{MAX_PLAN_BYTES, Stage};
use phasegate::{Decision, Outcome, Plan};
use serde::Serialize;
use serde_json::{Value, json};

use super::verify::MAX_DECISION_BYTES;
use super::{json_line, present};
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::output::{Output, Problem};
use crate::rollout_args::Actions;
use crate::text::clean;

/// How many bytes a target or facts may have.
const MAX_BYTES: usize = 1 << 20;

/// Actions that belong together.
#[derive(Serialize)]
struct Group {
    /// What they follow from, in a sentence.
    because: String,
    /// What else is known of it.
    #[serde(flatten)]
    about: serde_json::Map<String, Value>,
    actions: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    action: Action,
    command: Option<String>,
    note: Option<String>,
}

pub(crate) fn run(args: &Actions, output: &mut Output) -> Result<Exit, Problem> {
    let given = [&args.decision, &args.emergency, &args.troubleshoot];
    input::one_standard_input(given.into_iter().flatten())?;
    let target: Target = input::ours(&args.target, MAX_BYTES)?;
    let plan = match &args.plan {
        Some(path) => Some(input::ours::<Plan>(path, MAX_PLAN_BYTES)?),
        None => None,
    };
    let groups = match (&args.decision, &args.emergency, &args.troubleshoot, &plan) {
        (Some(path), _, _, Some(plan)) => {
            let decision: Decision = input::ours(path, MAX_DECISION_BYTES)?;
            vec![of_decision(args, &decision, plan, &target)?]
        }
        (_, Some(path), _, Some(plan)) => {
            let facts: EmergencyFacts = input::ours(path, MAX_BYTES)?;
            of_emergency(&facts, plan, &target)
        }
        (_, _, Some(path), _) => {
            let facts: TroubleFacts = input::ours(path, MAX_BYTES)?;
            of_trouble(&facts, &target)
        }
        _ => {
            return Err(Problem::new(
                "give a decision with --plan, --emergency, or --troubleshoot",
            ));
        }
    };
    match args.output {
        Format::Text => output.text(&text(&groups))?,
        Format::Json => output.data(&json_line(&json!({ "groups": groups }))?)?,
    }
    Ok(Exit::Ok)
}

fn of_decision(
    args: &Actions,
    decision: &Decision,
    plan: &Plan,
    target: &Target,
) -> Result<Group, Problem> {
    may_be_acted_on(args, decision)?;
    let situation = situation(args, decision, plan)?;
    let actions = decision.actions(&situation);
    let place = if args.stable { "stable" } else { place_of(plan, decision)?.1 };
    let because = format!(
        "decision {} about `{}` ({place}): {}",
        decision.id,
        situation.version.id,
        decision.outcome.as_str()
    );
    let about = about(&[
        ("decision", json!(decision.id)),
        ("outcome", json!(decision.outcome)),
        ("valid_until", json!(decision.valid_until)),
    ]);
    Ok(group(because, about, actions, target))
}

/// Only what was decided is acted on, and a promotion only while it is valid: what it rests on may
/// have changed since. To go back it is never too late.
fn may_be_acted_on(args: &Actions, decision: &Decision) -> Result<(), Problem> {
    if decision.basis.id() != decision.id {
        return Err(Problem::new(
            "the decision's id does not derive from its basis, so that it was changed; decide anew",
        ));
    }
    let now = args.now.unwrap_or_else(present);
    match decision.valid_until {
        Some(until) if decision.outcome == Outcome::Promote && until <= now => {
            Err(Problem::new(format!(
                "the promotion was valid until {until}; decide anew, or give `--now` to see what it \
                 asked for"
            )))
        }
        _ => Ok(()),
    }
}

/// Where the decision found the version, and what comes next there.
fn situation(args: &Actions, decision: &Decision, plan: &Plan) -> Result<Situation, Problem> {
    let digest = plan.digest().map_err(|error| Problem::of(&error))?;
    if decision.basis.plan != Some(digest) {
        return Err(Problem::new(match decision.basis.plan {
            Some(other) => format!(
                "the decision follows the plan {other}, and --plan is {digest}; give the plan that \
                 it was made with"
            ),
            None => "the decision was made from a policy input, which says neither which version \
                     runs where nor what comes next; decide from observations"
                .to_owned(),
        }));
    }
    let version = decision.evidence.as_ref().and_then(|evidence| evidence.candidate.clone());
    let version = version.ok_or_else(|| {
        Problem::new("the decision's evidence names no candidate; decide from observations")
    })?;
    let (index, _) = place_of(plan, decision)?;
    let phase = plan.phases.get(index);
    let place = match phase.map(|phase| phase.stage) {
        _ if args.stable => Place::Stable,
        Some(Stage::Shadow) => Place::Shadow,
        _ => Place::Gray,
    };
    let promotes = decision.outcome == Outcome::Promote;
    let next = match (place, plan.phases.get(index + 1)) {
        (Place::Stable, _) | (_, None) => NextMove::Complete {},
        // From one phase of shadow to the next no image is set.
        (Place::Shadow, Some(after)) if after.stage == Stage::Gray && promotes => {
            let image = args.image.clone().ok_or_else(|| {
                Problem::new("a promotion from shadow begins the rollout; give its --image")
            })?;
            NextMove::Begin { image }
        }
        (_, Some(after)) => NextMove::Step { percent: after.weight * 100.0 },
    };
    Ok(Situation { version, place, next, paused_until: args.paused_until })
}

/// The phase of a decision by its place in the plan, and its name.
fn place_of<'a>(plan: &'a Plan, decision: &Decision) -> Result<(usize, &'a str), Problem> {
    let phase = decision.evidence.as_ref().and_then(|evidence| evidence.phase.as_deref());
    let found = plan.phases.iter().enumerate().find(|(_, one)| Some(one.id.as_str()) == phase);
    found.map(|(index, one)| (index, one.id.as_str())).ok_or_else(|| {
        Problem::new("the decision's evidence names no phase of the plan; decide from observations")
    })
}

fn of_emergency(facts: &EmergencyFacts, plan: &Plan, target: &Target) -> Vec<Group> {
    let found = emergency(facts, &plan.thresholds).into_iter().map(|one| {
        let level = json!(one.level);
        let because = format!("{}: {}", level.as_str().unwrap_or_default(), one.message);
        let about = about(&[("level", level), ("at_fault", json!(one.at_fault))]);
        group(because, about, one.actions, target)
    });
    found.collect()
}

fn of_trouble(facts: &TroubleFacts, target: &Target) -> Vec<Group> {
    let found = troubleshoot(facts).into_iter().map(|one| {
        let about = about(&[("kind", json!(one.kind)), ("check", json!(one.check))]);
        let because = format!("{}; look at {}", one.seen, one.check);
        group(because, about, one.remedy, target)
    });
    found.collect()
}

fn about(pairs: &[(&str, Value)]) -> serde_json::Map<String, Value> {
    let told = pairs.iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn group(
    because: String,
    about: serde_json::Map<String, Value>,
    actions: Vec<Action>,
    target: &Target,
) -> Group {
    let rendered = render(&actions, target);
    let steps = actions
        .into_iter()
        .zip(rendered)
        .map(|(action, Rendered { command, note, .. })| Step { action, command, note });
    Group { because, about, actions: steps.collect() }
}

/// Lines that a shell can read: what is not a command is a comment. A command keeps its bytes, line
/// ends within quotes among them, unless a terminal would obey some of them.
fn text(groups: &[Group]) -> String {
    if groups.is_empty() {
        return "# nothing is found, and nothing is to be done".to_owned();
    }
    let mut lines = Vec::new();
    for group in groups {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("# {}", clean(&group.because)));
        if let Some(Some(until)) = group.about.get("valid_until").map(Value::as_str) {
            lines.push(format!("# too old to act on from {} on", clean(until)));
        }
        if group.actions.is_empty() {
            lines.push("# nothing is to be done".to_owned());
        }
        for (step, number) in group.actions.iter().zip(1..) {
            let note = step.note.as_deref().map(|note| format!(": {}", clean(note)));
            let name = step.action.name();
            lines.push(format!("# {number}. {name}{}", note.unwrap_or_default()));
            match &step.command {
                Some(command) if is_harmless(command) => lines.push(command.clone()),
                Some(command) => lines.push(format!(
                    "# (has characters that a terminal obeys; `--output json` has it) {}",
                    clean(command)
                )),
                None => {}
            }
        }
    }
    lines.join("\n")
}

fn is_harmless(command: &str) -> bool {
    command.lines().all(|line| clean(line) == line)
}
