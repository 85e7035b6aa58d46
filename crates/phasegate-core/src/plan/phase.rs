//! Phases: the path from shadow to the whole traffic, and what each step of it may conclude.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// One step of the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Its name, by which rows and findings refer to it.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// Whether the candidate answers nobody or serves.
    pub stage: Stage,
    /// The candidate's share of the traffic (of the mirrored traffic, in shadow), as a fraction.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1.0))]
    pub weight: f64,
    /// What may be concluded from it.
    pub concludes: Concludes,
    /// The least number of candidate requests before the phase may end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_samples: Option<u64>,
    /// The least time before the phase may end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_duration: Option<Span>,
}

/// Where the candidate stands in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It gets mirrored traffic and answers nobody.
    Shadow,
    /// It serves a part of the traffic.
    Gray,
}

/// What may be concluded from a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concludes {
    /// Whether it does harm, and nothing else: too few requests come by for more.
    Harm,
    /// Every metric of the plan.
    All,
}
