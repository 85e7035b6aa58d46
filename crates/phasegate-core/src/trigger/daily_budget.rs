//! Daily budget: evaluation costs more than a calendar day may cost.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::day_of;
use super::compile::{Faults, Setting};
use super::observation::{MAX_COUNT, floor};
use super::reading::Reading;
use super::{Kind, Moment, Observation, Truth};
use crate::Timestamp;

const NANOS: f64 = 1e9;

/// Evaluation has cost more today than a day may cost. Today is the calendar day of the named time
/// zone, by the observations' own time, 23 or 25 hours long where clocks change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DailyBudget {
    /// In US dollars; the checklist's `daily_budget_usd` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1_000_000.0))]
    pub limit_usd: Option<f64>,
    /// The time zone of the day, by its IANA name: `Europe/Berlin`, `UTC`.
    #[serde(default = "utc")]
    pub zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Debug, Clone)]
pub(super) struct Judge {
    /// In billionths of a dollar, as all sums are.
    limit: u64,
    limit_usd: f64,
    zone: Tz,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// Absent before a cost was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    today: Option<Today>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Today {
    start: Timestamp,
    end: Timestamp,
    spent_nano_usd: u64,
}

impl Kind for Judge {
    type Spec = DailyBudget;
    type Memory = Memory;

    fn compile(spec: &DailyBudget, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        let zone = spec.zone.parse::<Tz>();
        if zone.is_err() {
            let message = format!(
                "`{}` is not a time zone; give an IANA name like `Europe/Berlin`, or `UTC`",
                spec.zone
            );
            faults.tell("zone", message);
        }
        let limit = spec.limit_usd.or(setting.plan.checklist.daily_budget_usd);
        match limit {
            None => {
                faults
                    .tell("limit_usd", "missing; give it here or as `checklist.daily_budget_usd`");
            }
            Some(usd) if !(usd > 0.0 && usd <= 1_000_000.0) => {
                faults.tell("limit_usd", "a day may cost at most a million dollars");
                return None;
            }
            Some(_) => {}
        }
        let limit_usd = limit?;
        Some(Self { limit: nano_usd(limit_usd), limit_usd, zone: zone.ok()? })
    }

    fn begin(&self) -> Memory {
        Memory { today: None }
    }

    fn fits(&self, _: &Memory) -> bool {
        true
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        let Some(usd) = observation.cost_usd else { return };
        let time = observation.time;
        let same = memory.today.filter(|today| time < today.end);
        let today = match same {
            // The day before is over: what comes for it is not today's.
            Some(today) if time < today.start => return,
            Some(today) => today,
            None => {
                let Some(day) = day_of(time, self.zone) else { return };
                Today { start: day.start, end: day.end, spent_nano_usd: 0 }
            }
        };
        let spent = today.spent_nano_usd.saturating_add(nano_usd(usd)).min(MAX_COUNT);
        memory.today = Some(Today { spent_nano_usd: spent, ..today });
    }

    fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
        match memory.today {
            None => Truth::Unknown,
            Some(today) => {
                Truth::of(moment.now < today.end.unix_nanos() && today.spent_nano_usd > self.limit)
            }
        }
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        Reading {
            of: "cost_usd".to_owned(),
            met: self.truth(memory, moment).known(),
            observed: memory.today.map(|today| today.spent_nano_usd as f64 / NANOS),
            limit: Some(self.limit_usd),
            relation: format!("above the day's limit ({}) of", self.zone),
            ..Reading::default()
        }
    }

    fn until(&self, memory: &Memory) -> Option<Timestamp> {
        memory.today.map(|today| today.end)
    }
}

/// To the nearest billionth: sums are then whole numbers, and exactly the limit is not above it.
pub(crate) fn nano_usd(usd: f64) -> u64 {
    floor((usd * NANOS).round())
}
