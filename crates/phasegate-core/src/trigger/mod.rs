//! Triggers: what is watched while time goes by, and says when to hold, pause or go back.
//!
//! The plan's list of triggers becomes an [`Engine`]; the engine takes a [`TriggerState`], one
//! [`Observation`] and the time, and gives the next state with everything that fires. The state is
//! a small value with no rows in it: whoever holds it may stop and start between any two
//! observations.
//!
//! # Time and order
//!
//! Windows move with the observations' own time; `now` is the caller's clock, by which silence is
//! noticed. What each odd observation does is defined:
//!
//! | observation | result |
//! |---|---|
//! | sequence at the source's last one | [`Receipt::Duplicate`], changes nothing |
//! | sequence below it | [`Receipt::Late`], changes nothing |
//! | sequence further than the next | taken, `missed` says how many are missing |
//! | time before that of others | taken, counts in the part of the window it belongs to; beyond the window, in a closed one or an ended day it counts nowhere |
//! | time more than five minutes after `now` | [`Receipt::Ahead`], changes nothing |
//! | `now` before the observations' time | their time is taken for `now` |
//! | more than eight sources | [`Receipt::TooManySources`], changes nothing |
//!
//! # Windows
//!
//! A trailing window is counted in ten parts: the one that runs and the nine before it, so that of
//! five minutes between four and a half and five are in view. Windows that close, for
//! `consecutive`, are laid end to end from 1970 on.
//!
//! # Missing data
//!
//! Below `min_samples` a condition is neither met nor unmet; `all`, `any` and `not` carry that on
//! (Kleene's logic), and what comes out unknown is up to the trigger's `missing`. Once a trigger
//! fires, data that go missing do not stop it, unless it ignores them.

mod calendar;
mod compile;
mod decimal;
mod engine;
mod false_alarm;
mod feed;
mod line;
mod observation;
mod reading;
mod ring;
mod signal;
mod slots;
mod state;

// One file per kind of condition.
mod burn_rate;
mod daily_budget;
mod error_budget;
mod harm;
mod slo;
mod stale;
mod threshold;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use burn_rate::{BurnPair, BurnRate, BurnWindows, SrePeriod};
pub use daily_budget::DailyBudget;
pub use engine::{Engine, EngineError, Receipt, Step};
pub use error_budget::ErrorBudget;
pub use false_alarm::{FalseAlarm, Healthy, expected_windows};
pub use harm::Harm;
pub use observation::{
    Latencies, MAX_OBSERVATION_BYTES, Observation, ObservationSchema, SCHEMA, Sample,
    SecurityChecks, SloWindow,
};
pub use reading::{Cleared, Reading, TriggerFinding, TriggerStatus};
pub use signal::{Limit, Signal};
pub use slo::Slo;
pub use stale::Stale;
pub use state::{STATE_SCHEMA, StateError, TriggerState, TriggerStateSchema};
pub use threshold::Threshold;

use crate::Timestamp;
use compile::{Faults, Setting};
use false_alarm::Chance;

pub(crate) use compile::contradictions;
pub(crate) use daily_budget::nano_usd;
pub(crate) use feed::feed;
pub(crate) use observation::MAX_COST_USD;
pub(crate) use slots::{ROWS, Slots, latency_bounds};

/// One kind of condition: compiled from the plan, fed with observations, asked at any moment.
trait Kind: Sized {
    /// What the plan says.
    type Spec;
    /// What is kept between observations.
    type Memory;

    /// Takes what the plan says; tells what is wrong with it.
    fn compile(spec: &Self::Spec, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<Self>;
    /// Before the first observation.
    fn begin(&self) -> Self::Memory;
    /// Whether a stored memory is one of this condition.
    fn fits(&self, memory: &Self::Memory) -> bool;
    /// Takes one observation.
    fn accept(&self, memory: &mut Self::Memory, observation: &Observation);
    /// Whether the condition is met.
    fn truth(&self, memory: &Self::Memory, moment: &Moment) -> Truth;
    /// The numbers behind that.
    fn reading(&self, memory: &Self::Memory, moment: &Moment) -> Reading;
    /// When it ends by itself, if it does.
    fn until(&self, _memory: &Self::Memory) -> Option<Timestamp> {
        None
    }
    /// How likely one window of a healthy version meets it; none where that has no meaning.
    fn chance(&self, _healthy: &Healthy) -> Option<Chance> {
        None
    }
    /// The bound on the chance that it is ever met, for conditions that have one.
    fn ever(&self) -> Option<f64> {
        None
    }
}

/// A moment at which conditions are asked.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// Up to where the observations reach, in nanoseconds since 1970.
    clock: i64,
    /// The caller's clock, never before the observations'.
    now: i64,
    /// Whether the trigger fires already, so that the limits are those at which it ends.
    eased: bool,
    /// Whether the evaluation is paused, so that silence is expected.
    paused: bool,
}

/// Whether a condition is met, in Kleene's logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    fn of(met: bool) -> Self {
        if met { Self::True } else { Self::False }
    }

    fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    fn known(self) -> Option<bool> {
        match self {
            Self::False => Some(false),
            Self::Unknown => None,
            Self::True => Some(true),
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $module:ident,)+) => {
        /// What a trigger watches for.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Condition {
            $($(#[$doc])* $name($name),)+
            /// All of these.
            All(#[schemars(length(min = 1, max = 16))] Vec<Self>),
            /// At least one of these.
            Any(#[schemars(length(min = 1, max = 16))] Vec<Self>),
            /// Not this.
            Not(Box<Self>),
        }

        /// A condition made ready.
        #[derive(Debug, Clone)]
        enum Leaf {
            $($name($module::Judge),)+
        }

        /// What a condition keeps between observations.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        enum Memory {
            $($name($module::Memory),)+
        }

        impl Leaf {
            /// None for a combination of conditions.
            fn compile(
                condition: &Condition,
                setting: &Setting<'_>,
                faults: &mut Faults<'_>,
            ) -> Option<Self> {
                match condition {
                    $(Condition::$name(spec) => {
                        faults.enter(stringify!($module));
                        let judge = judge_of::<$module::Judge>(spec, setting, faults);
                        faults.leave();
                        judge.map(Self::$name)
                    })+
                    Condition::All(_) | Condition::Any(_) | Condition::Not(_) => None,
                }
            }

            fn begin(&self) -> Memory {
                match self {
                    $(Self::$name(judge) => Memory::$name(judge.begin()),)+
                }
            }

            fn fits(&self, memory: &Memory) -> bool {
                match (self, memory) {
                    $((Self::$name(judge), Memory::$name(memory)) => judge.fits(memory),)+
                    _ => false,
                }
            }

            fn accept(&self, memory: &mut Memory, observation: &Observation) {
                match (self, memory) {
                    $((Self::$name(judge), Memory::$name(memory)) => {
                        judge.accept(memory, observation);
                    })+
                    _ => {}
                }
            }

            fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
                match (self, memory) {
                    $((Self::$name(judge), Memory::$name(memory)) => judge.truth(memory, moment),)+
                    _ => Truth::Unknown,
                }
            }

            fn reading(&self, memory: &Memory, moment: &Moment) -> Option<Reading> {
                match (self, memory) {
                    $((Self::$name(judge), Memory::$name(memory)) => {
                        Some(judge.reading(memory, moment))
                    })+
                    _ => None,
                }
            }

            fn until(&self, memory: &Memory) -> Option<Timestamp> {
                match (self, memory) {
                    $((Self::$name(judge), Memory::$name(memory)) => judge.until(memory),)+
                    _ => None,
                }
            }

            fn chance(&self, healthy: &Healthy) -> Option<Chance> {
                match self {
                    $(Self::$name(judge) => judge.chance(healthy),)+
                }
            }

            fn ever(&self) -> Option<f64> {
                match self {
                    $(Self::$name(judge) => judge.ever(),)+
                }
            }
        }
    };
}

fn judge_of<K: Kind>(spec: &K::Spec, setting: &Setting<'_>, faults: &mut Faults<'_>) -> Option<K> {
    K::compile(spec, setting, faults)
}

// One line per kind of condition.
kinds! {
    /// An observed value is beyond a limit.
    Threshold => threshold,
    /// Errors use up the error budget so many times too fast.
    BurnRate => burn_rate,
    /// The error budget of a period is used up.
    ErrorBudget => error_budget,
    /// Evaluation costs more than a day may cost.
    DailyBudget => daily_budget,
    /// It is proved, whenever one looks, that the candidate does harm.
    Harm => harm,
    /// A window of the service's own SLO was missed.
    Slo => slo,
    /// Nothing has been heard for some time.
    Stale => stale,
}
