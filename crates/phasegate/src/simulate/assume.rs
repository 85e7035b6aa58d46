//! Assumptions: what is taken to be true of both versions while a plan is tried out.

use std::collections::BTreeMap;

use phasegate_core::Document;
use phasegate_core::plan::{Measure, Plan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema id of [`Assumptions`].
pub const ASSUMPTIONS_SCHEMA: &str = "phasegate/assumptions/v1";

/// How many bytes assumptions may have. Usual ones have half a kilobyte.
pub const MAX_ASSUMPTIONS_BYTES: usize = 1 << 20;

/// The category of cases that the plan does not name.
const OTHER: &str = "other";

/// What is taken to be true of both versions.
///
/// Whatever is absent has a default; [`Simulation::assumptions`](super::Simulation::assumptions)
/// tells all of them.
///
/// ```
/// use phasegate::simulate::{Assumptions, MAX_ASSUMPTIONS_BYTES};
/// use phasegate::{document, read::Format};
/// let text = b"schema: phasegate/assumptions/v1\nmetrics:\n  error_rate: {effect: 0.01}\n";
/// let assumed: Assumptions =
///     document::read(text, Format::Yaml, MAX_ASSUMPTIONS_BYTES).unwrap();
/// assert_eq!(assumed.requests_per_hour, 600.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Always `phasegate/assumptions/v1`.
    pub schema: AssumptionsSchema,
    /// Requests to the service in an hour, both versions together, evenly over the day.
    #[serde(default = "requests_per_hour")]
    #[schemars(range(min = 1.0, max = 20_000.0))]
    pub requests_per_hour: f64,
    /// How often the gate is asked.
    #[serde(default = "decide_every_hours")]
    #[schemars(range(min = 0.25, max = 168.0))]
    pub decide_every_hours: f64,
    /// How long a phase may last before the rollout is given up, as held.
    #[serde(default = "give_up_hours")]
    #[schemars(range(min = 1.0, max = 2400.0))]
    pub give_up_hours: f64,
    /// By the metric's id in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Assumed>,
    /// The cases of the gold set, by category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gold: BTreeMap<String, AssumedCases>,
    /// How alike both versions' answers to one case are: the correlation of the normal numbers
    /// behind them.
    #[serde(default = "correlation")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gold_correlation: f64,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AssumptionsSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/assumptions/v1")]
    V1,
}

/// What is taken to be true of one metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// The baseline's: a share as a fraction, a mean, quantile or ratio in the metric's unit, a
    /// rate in events an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Of means and ratios: the standard deviation of single requests, which are lognormal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub sd: Option<f64>,
    /// Of quantiles: the standard deviation of the logarithm of single requests, which are
    /// lognormal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 5.0))]
    pub log_sd: Option<f64>,
    /// How alike both versions' answers to one mirrored request are: the correlation of the
    /// normal numbers behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub correlation: Option<f64>,
    /// Candidate minus baseline; relative to the baseline, as a fraction, where the metric's
    /// margin is relative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
}

/// The cases of one category of the gold set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumedCases {
    /// How many.
    #[schemars(range(min = 1, max = 20_000))]
    pub cases: u32,
    /// Which share of them the baseline passes, as a fraction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub pass_rate: f64,
    /// The candidate's share minus the baseline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.0, max = 1.0))]
    pub effect: Option<f64>,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            schema: AssumptionsSchema::V1,
            requests_per_hour: requests_per_hour(),
            decide_every_hours: decide_every_hours(),
            give_up_hours: give_up_hours(),
            metrics: BTreeMap::new(),
            gold: BTreeMap::new(),
            gold_correlation: correlation(),
        }
    }
}

impl Assumptions {
    /// The cases of the gold set that are assumed where `gold` is empty: 150 of each category that
    /// the plan names, and 250 `other` ones.
    ///
    /// Of a category with a threshold the baseline fails a fiftieth of what may fail; of other
    /// cases it passes the threshold of all, which those of the categories raise.
    #[must_use]
    pub fn cases_of(plan: &Plan) -> BTreeMap<String, AssumedCases> {
        let mut found = BTreeMap::new();
        let of = |cases, pass_rate| AssumedCases { cases, pass_rate, effect: None };
        for metric in &plan.metrics {
            if let Measure::GoldPass { category: Some(name) }
            | Measure::GoldScore { category: Some(name) } = &metric.measure
            {
                found.insert(name.clone(), of(150, 0.9));
            }
        }
        let mut others = 0.9;
        if let Some(gold) = &plan.gold_set {
            others = gold.overall.threshold;
            for (name, rate) in &gold.categories {
                found.insert(name.clone(), of(150, 1.0 - (1.0 - rate.threshold) / 50.0));
            }
        }
        found.entry(OTHER.to_owned()).or_insert_with(|| of(250, others));
        found
    }
}

impl Document for Assumptions {
    const SCHEMA: &'static str = ASSUMPTIONS_SCHEMA;
}

fn requests_per_hour() -> f64 {
    600.0
}

fn decide_every_hours() -> f64 {
    6.0
}

fn give_up_hours() -> f64 {
    336.0
}

pub(super) fn correlation() -> f64 {
    0.5
}
