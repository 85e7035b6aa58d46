//! `phasegate simulate`: a plan tried out on drawn rollouts.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use phasegate::Plan;
use phasegate::plan::MAX_PLAN_BYTES;
use phasegate::simulate::{
    Assumptions, MAX_ASSUMPTIONS_BYTES, Month, Report, Run, SimulateError, Simulation,
};

use super::decide::{Asked, gate};
use super::json_line;
use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::output::{Output, Problem, sentence};
use crate::progress::Progress;
use crate::render::simulate as render;
use crate::simulate_args::Simulate;
use crate::text::clean;

/// Of each thread: policies nest.
const STACK_BYTES: usize = 64 << 20;

pub(crate) fn run(args: &Simulate, output: &mut Output) -> Result<Exit, Problem> {
    input::one_standard_input([&args.plan].into_iter().chain(&args.assume))?;
    let plan: Plan = input::ours(&args.plan, MAX_PLAN_BYTES)?;
    let assumptions = assumptions(args, &plan)?;
    let asked = Asked { checklist: false, plan: Some(&plan) };
    let Some(gate) = gate(&args.policy, asked, output)? else { return Ok(Exit::NoDecision) };
    let simulation =
        Simulation::new(gate, plan, &assumptions).map_err(|error| told(&error, args))?;
    let progress = Progress::new("rollouts");
    let (runs, months) = draw(&simulation, args, &progress)?;
    progress.clear();
    let report = Report::of(&simulation, args.seed, &runs, &months);
    let report = report.map_err(|error| Problem::of(&error))?;
    match args.output {
        Format::Text => output.text(&render::text(&report))?,
        Format::Json => output.data(&json_line(&report)?)?,
    }
    Ok(Exit::Ok)
}

/// What the file says, and over it what the options say.
fn assumptions(args: &Simulate, plan: &Plan) -> Result<Assumptions, Problem> {
    let mut assumed = match &args.assume {
        Some(path) => input::ours(path, MAX_ASSUMPTIONS_BYTES)?,
        None => Assumptions::default(),
    };
    if let Some(requests) = args.requests_per_hour {
        assumed.requests_per_hour = requests;
    }
    for effect in &args.effects {
        let Some(category) = effect.of.strip_prefix("gold_set.") else {
            assumed.metrics.entry(effect.of.clone()).or_default().effect = Some(effect.size);
            continue;
        };
        if assumed.gold.is_empty() {
            assumed.gold = Assumptions::cases_of(plan);
        }
        let Some(cases) = assumed.gold.get_mut(category) else {
            let known: Vec<String> = assumed.gold.keys().map(|name| format!("`{name}`")).collect();
            return Err(Problem::new(format!(
                "--effect {}: no cases of `{category}` are assumed; there are {}",
                effect.of,
                known.join(", ")
            )));
        };
        cases.effect = Some(effect.size);
    }
    Ok(assumed)
}

/// What does not fit, each with its place.
fn told(error: &SimulateError, args: &Simulate) -> Problem {
    let SimulateError::Assumptions(faults) = error else { return Problem::of(error) };
    let place = args.assume.as_deref().map(|path| format!("{}: ", input::name(path)));
    let place = place.unwrap_or_else(|| "assumed: ".to_owned());
    let told = faults
        .iter()
        .map(|fault| sentence(&clean(&format!("{place}`{}`: {}", fault.path, fault.message))));
    Problem::list(told)
}

enum Drawn {
    Run(Run),
    Month(Month),
}

/// Draws everything on several threads; what comes of it is in order whatever their number.
fn draw(
    simulation: &Simulation,
    args: &Simulate,
    progress: &Progress,
) -> Result<(Vec<Run>, Vec<Month>), Problem> {
    let all = args.runs + args.months;
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = NonZeroUsize::new(args.parallel).unwrap_or(processors).get();
    let threads = threads.min(usize::try_from(all).unwrap_or(usize::MAX));
    let next = AtomicU64::new(0);
    let done: Mutex<BTreeMap<u64, Result<Drawn, SimulateError>>> = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= all {
                break;
            }
            let drawn = match index.checked_sub(args.runs) {
                None => simulation.rollout(args.seed, index).map(Drawn::Run),
                Some(month) => simulation.month(args.seed, month).map(Drawn::Month),
            };
            if drawn.is_err() {
                // Those before it are being drawn, so that the first error is told.
                next.store(all, Ordering::Relaxed);
            }
            let Ok(mut done) = done.lock() else { break };
            done.insert(index, drawn);
            progress.show(done.len(), usize::try_from(all).ok());
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)?;
        }
        Ok(())
    })
    .map_err(|error: std::io::Error| {
        Problem::new(format!("{threads} threads cannot be started: {error}; use `--parallel 1`"))
    })?;
    let (mut runs, mut months) = (Vec::new(), Vec::new());
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for drawn in done.into_values() {
        match drawn.map_err(|error| told(&error, args))? {
            Drawn::Run(run) => runs.push(run),
            Drawn::Month(month) => months.push(month),
        }
    }
    Ok((runs, months))
}
