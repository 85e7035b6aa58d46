//! Stale: nothing has been heard for some time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::reading::Reading;
use super::{Kind, Moment, Observation, Truth};
use crate::{Span, Timestamp};

/// The last observation is older than this, by the caller's clock. While the evaluation is paused
/// silence is expected, and it is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// How old it may be.
    pub after: Span,
    /// Of which source; of any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40))]
    pub source: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Judge(Stale);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// The time of the newest observation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
}

impl Judge {
    /// How long ago the last observation was, in nanoseconds.
    fn age(memory: &Memory, moment: &Moment) -> Option<u64> {
        let age = moment.now.saturating_sub(memory.last?.unix_nanos());
        Some(u64::try_from(age).unwrap_or_default())
    }
}

impl Kind for Judge {
    type Spec = Stale;
    type Memory = Memory;

    fn compile(spec: &Stale, _: &Setting<'_>, _: &mut Faults<'_>) -> Option<Self> {
        Some(Self(spec.clone()))
    }

    fn begin(&self) -> Memory {
        Memory { last: None }
    }

    fn fits(&self, _: &Memory) -> bool {
        true
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        if self.0.source.as_ref().is_none_or(|source| *source == observation.source) {
            memory.last = memory.last.max(Some(observation.time));
        }
    }

    fn truth(&self, memory: &Memory, moment: &Moment) -> Truth {
        Self::age(memory, moment)
            .map_or(Truth::Unknown, |age| Truth::of(!moment.paused && age > self.0.after.nanos()))
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        Reading {
            of: "seconds since the last observation".to_owned(),
            met: self.truth(memory, moment).known(),
            observed: Self::age(memory, moment).map(|age| age as f64 / 1e9),
            limit: Some(self.0.after.nanos() as f64 / 1e9),
            relation: "above".to_owned(),
            ..Reading::default()
        }
    }
}
