//! `phasegate triggers`: a plan's triggers in plain words, and how often they fire for nothing.

use phasegate::canonical;
use phasegate::plan::{MAX_PLAN_BYTES, Plan, Trigger};
use phasegate::trigger::{Engine, FalseAlarm, Healthy};
use serde::Serialize;

use crate::args::Format;
use crate::exit::Exit;
use crate::input;
use crate::output::{Output, Problem};
use crate::render::triggers as render;
use crate::watch_args::{HealthyArgs, Triggers};

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    healthy: Option<Healthy>,
    triggers: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    words: String,
    #[serde(flatten)]
    trigger: &'a Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    false_alarm: Option<FalseAlarm>,
}

pub(crate) fn run(args: &Triggers, output: &mut Output) -> Result<Exit, Problem> {
    let plan: Plan = input::ours(&args.plan, MAX_PLAN_BYTES)?;
    let engine = Engine::new(&plan).map_err(|error| Problem::of(&error))?;
    let healthy = args.explain.then(|| healthy(&args.healthy, &plan));
    let alarms = healthy.map(|healthy| engine.false_alarms(&healthy)).unwrap_or_default();
    match args.output {
        Format::Text => output.text(&render::text(&plan, healthy.as_ref(), &alarms))?,
        Format::Json => {
            let mut alarms = alarms.into_iter();
            let told = plan.triggers.iter().map(|trigger| Told {
                words: render::words(trigger, &plan),
                trigger,
                false_alarm: alarms.next(),
            });
            let answer = Answer { healthy, triggers: told.collect() };
            let line = canonical::to_bytes(&answer).map_err(|error| Problem::of(&error))?;
            output.data(&line)?;
        }
    }
    Ok(Exit::Ok)
}

fn healthy(args: &HealthyArgs, plan: &Plan) -> Healthy {
    let fails = 1.0 - plan.thresholds.security_pass_rate;
    Healthy {
        requests_per_hour: Some(args.requests_per_hour),
        error_rate: Some(args.error_rate.unwrap_or(plan.thresholds.error_rate / 2.0)),
        slow_share: Some(args.slow_share),
        security_checks_per_hour: Some(args.security_checks_per_hour),
        security_failure_rate: Some(args.security_failure_rate.unwrap_or(fails)),
        slo_miss_rate: Some(args.slo_miss_rate),
    }
}
