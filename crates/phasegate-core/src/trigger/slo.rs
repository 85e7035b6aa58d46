//! SLO: a window of the service's own objectives was missed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compile::{Faults, Setting};
use super::false_alarm::{Chance, Healthy};
use super::reading::Reading;
use super::{Kind, Moment, Observation, SloWindow, Truth};
use crate::{Span, Timestamp};

/// The last window that observations reported (`slo`) was missed. Alone in a trigger it is counted
/// by `consecutive`, one window per report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slo {}

#[derive(Debug, Clone)]
pub(super) struct Judge {
    span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// The newest report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<(Timestamp, SloWindow)>,
}

impl Kind for Judge {
    type Spec = Slo;
    type Memory = Memory;

    fn compile(_: &Slo, setting: &Setting<'_>, _: &mut Faults<'_>) -> Option<Self> {
        Some(Self { span: setting.span })
    }

    fn begin(&self) -> Memory {
        Memory { last: None }
    }

    fn fits(&self, _: &Memory) -> bool {
        true
    }

    fn accept(&self, memory: &mut Memory, observation: &Observation) {
        if let Some(slo) = observation.slo
            && memory.last.is_none_or(|(time, _)| time <= observation.time)
        {
            memory.last = Some((observation.time, slo));
        }
    }

    fn truth(&self, memory: &Memory, _: &Moment) -> Truth {
        memory.last.map_or(Truth::Unknown, |(_, slo)| Truth::of(slo == SloWindow::Missed))
    }

    fn reading(&self, memory: &Memory, moment: &Moment) -> Reading {
        Reading {
            of: "slo".to_owned(),
            met: self.truth(memory, moment).known(),
            relation: "missed".to_owned(),
            ..Reading::default()
        }
    }

    fn chance(&self, healthy: &Healthy) -> Option<Chance> {
        Some(Chance { met: healthy.slo_miss_rate?, window: self.span })
    }
}
