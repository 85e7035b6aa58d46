//! The report: how often and when rollouts end which way.

use std::collections::BTreeMap;

use phasegate_core::Digest;
use phasegate_core::plan::Stage;
use phasegate_stats::one_sample::clopper_pearson;
use phasegate_stats::summary::Tally;
use phasegate_stats::{Alpha, Question};
use serde::Serialize;

use super::{Assumptions, Ending, Month, Run, SimulateError, Simulation};

/// The schema id of [`Report`].
pub const REPORT_SCHEMA: &str = "phasegate/simulation/v1";

/// How many of the reasons are told, the most frequent.
const MOST_REASONS: usize = 10;

/// The operating characteristics of a plan: how often and when rollouts end which way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Always `phasegate/simulation/v1`.
    pub schema: &'static str,
    /// The plan.
    pub plan: Digest,
    /// The seed, as hexadecimal digits.
    pub seed: String,
    /// How many rollouts were drawn.
    pub runs: u64,
    /// One for each ending, the best first.
    pub outcomes: Vec<Ends>,
    /// What came of the plan's phases, in its order.
    pub phases: Vec<PhaseEnds>,
    /// Why rollouts were not promoted, the most frequent first.
    pub reasons: Vec<Told>,
    /// Alarms about a candidate that is as good as the baseline.
    pub false_alarms: FalseAlarms,
    /// What was assumed, with every default.
    pub assumptions: Assumptions,
}

/// A share of all, with its two-sided 95 % Clopper-Pearson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of all, as a fraction.
    pub share: f64,
    /// The lower end of the interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// The rollouts that end one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ends {
    /// Which way.
    pub ending: Ending,
    /// How many of all.
    #[serde(flatten)]
    pub share: Share,
    /// Hours from the beginning to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Spread>,
    /// Requests that the candidate answered until then, mirrored ones too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_requests: Option<Spread>,
}

/// The middle of a number and where most of it lies; each is one that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// A tenth is at most this.
    pub p10: f64,
    /// A half is.
    pub median: f64,
    /// Nine tenths are.
    pub p90: f64,
}

/// What came of one phase: how many rollouts entered it, and how those that ended in it ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseEnds {
    /// Its id.
    pub id: String,
    /// How many entered it.
    pub entered: u64,
    /// How many left it for the next phase, or were promoted in full.
    pub left: u64,
    /// How many were held in it for good.
    pub held: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// How many were rolled back.
    pub rolled_back: u64,
}

/// A reason, and how many rollouts ended with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// Its code, with the fact, finding or trigger it is about.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// Alarms about a candidate that is as good as the baseline, in gray.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// How many times thirty days were drawn, the same time in each gray phase.
    pub months: u64,
    /// How many of them had any alarm; absent when none was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Share>,
    /// Of each trigger, and of each metric's harm.
    pub alarms: Vec<AlarmRate>,
}

/// How often one alarm is false. In a phase it is counted once: it would have ended it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlarmRate {
    /// The trigger's name, or `harm.` with the metric's.
    pub id: String,
    /// Its mean number in thirty days.
    pub per_30_days: f64,
    /// In how many of the months there was one.
    #[serde(flatten)]
    pub months: Share,
}

impl Report {
    /// Sums up rollouts and months, in the order of their indices or any other.
    ///
    /// # Errors
    /// When there are no runs.
    pub fn of(
        simulation: &Simulation,
        seed: u64,
        runs: &[Run],
        months: &[Month],
    ) -> Result<Self, SimulateError> {
        let plan = simulation.plan();
        let all = runs.len() as u64;
        let mut outcomes = Vec::new();
        for ending in [Ending::Promoted, Ending::Held, Ending::Rejected, Ending::RolledBack] {
            let such: Vec<&Run> = runs.iter().filter(|run| run.ending == ending).collect();
            outcomes.push(Ends {
                ending,
                share: share(such.len() as u64, all)?,
                hours: spread(such.iter().map(|run| run.hours)),
                candidate_requests: spread(such.iter().map(|run| run.candidate_requests as f64)),
            });
        }
        let phases = plan.phases.iter().enumerate().map(|(place, phase)| {
            let ended = |ending| {
                let such = |run: &&Run| run.phase == place && run.ending == ending;
                runs.iter().filter(such).count() as u64
            };
            let entered = runs.iter().filter(|run| run.phase >= place).count() as u64;
            let [held, rejected, rolled_back] =
                [Ending::Held, Ending::Rejected, Ending::RolledBack].map(ended);
            let left = entered - held - rejected - rolled_back;
            PhaseEnds { id: phase.id.clone(), entered, left, held, rejected, rolled_back }
        });
        Ok(Self {
            schema: REPORT_SCHEMA,
            plan: plan.digest().map_err(phasegate_core::AnalyzeError::from)?,
            seed: format!("{seed:x}"),
            runs: all,
            outcomes,
            phases: phases.collect(),
            reasons: reasons(runs),
            false_alarms: false_alarms(simulation, months)?,
            assumptions: simulation.assumptions().clone(),
        })
    }
}

fn share(count: u64, all: u64) -> Result<Share, SimulateError> {
    let tally = Tally::new(count, all)?;
    let question = Question::differs_from(0.5).at(Alpha::FIVE_PERCENT);
    let outcome = clopper_pearson(&tally, &question)?;
    let (lower, upper) =
        outcome.interval.map_or((0.0, 1.0), |interval| (interval.lower, interval.upper));
    Ok(Share { count, share: count as f64 / all as f64, lower, upper })
}

fn spread(values: impl Iterator<Item = f64>) -> Option<Spread> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    // The smallest that so many tenths do not exceed.
    let at = |tenths: usize| values.get((values.len() * tenths).div_ceil(10).max(1) - 1).copied();
    Some(Spread { p10: at(1)?, median: at(5)?, p90: at(9)? })
}

fn reasons(runs: &[Run]) -> Vec<Told> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in runs.iter().flat_map(|run| &run.reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut told: Vec<Told> = counts
        .into_iter()
        .map(|(reason, count)| Told { reason: reason.to_owned(), count })
        .collect();
    // Stable: ties stay by name.
    told.sort_by_key(|one| std::cmp::Reverse(one.count));
    told.truncate(MOST_REASONS);
    told
}

fn false_alarms(simulation: &Simulation, months: &[Month]) -> Result<FalseAlarms, SimulateError> {
    let plan = simulation.plan();
    let all = months.len() as u64;
    let has_gray = plan.phases.iter().any(|phase| phase.stage == Stage::Gray);
    if all == 0 || !has_gray {
        return Ok(FalseAlarms { months: 0, any: None, alarms: Vec::new() });
    }
    let triggers = plan.triggers.iter().map(|trigger| trigger.id.clone());
    let metrics = plan.metrics.iter().filter(|metric| !metric.measure.is_gold());
    let mut alarms = Vec::new();
    for id in triggers.chain(metrics.map(|metric| format!("harm.{}", metric.id))) {
        let such = months.iter().flat_map(|month| &month.alarms).filter(|alarm| alarm.id == id);
        let per_30_days = such.count() as f64 / all as f64;
        let with = |month: &&Month| month.alarms.iter().any(|alarm| alarm.id == id);
        let months = share(months.iter().filter(with).count() as u64, all)?;
        alarms.push(AlarmRate { id, per_30_days, months });
    }
    let with_any = months.iter().filter(|month| !month.alarms.is_empty()).count();
    let any = Some(share(with_any as u64, all)?);
    Ok(FalseAlarms { months: all, any, alarms })
}
