//! Monitoring: how looking repeatedly is paid for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How looking repeatedly is paid for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// How many candidate requests the gray phases are planned to have at most. The information
    /// fraction of a look is the requests so far divided by this, never the traffic share.
    #[schemars(range(min = 1))]
    pub planned_maximum: u64,
    /// At which fractions of the planned maximum promotion is looked at, ascending, the last one 1.
    #[schemars(length(min = 1, max = 50))]
    pub looks: Vec<f64>,
    /// How the error probability is spent over the looks.
    #[serde(default)]
    pub spending: Spending,
    /// The error probability of a false alarm of harm per metric and phase, over all looks.
    #[serde(default = "harm_alpha")]
    #[schemars(range(min = 0.000_001, max = 0.5))]
    pub harm_alpha: f64,
}

/// How the error probability of a comparison is spent over the looks (Lan and `DeMets`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Spending {
    /// Little early, nearly all at the end.
    #[default]
    ObrienFleming,
    /// About evenly.
    Pocock,
    /// Like a power of the fraction; the exponent.
    Power(#[schemars(extend("exclusiveMinimum" = 0.0))] f64),
}

fn harm_alpha() -> f64 {
    0.05
}
