//! What a trigger reports: that it fires or holds, since when, and the numbers behind it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Fired, TriggerAction};
use crate::{Span, Timestamp};

/// A trigger that fires, or holds for want of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerFinding {
    /// Its name in the plan.
    pub id: String,
    /// Whether it fires.
    pub status: TriggerStatus,
    /// What it asks for: its action, or to hold.
    pub action: TriggerAction,
    /// Since when, by the time of the observations.
    pub since: Timestamp,
    /// When it ends by itself, if it does: the reset of a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many windows in a row, for triggers that count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<u64>,
    /// The numbers behind it, one per condition, in the plan's order.
    pub evidence: Vec<Reading>,
}

/// How a trigger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerStatus {
    /// Its condition is met.
    Fired,
    /// Nothing can be said, and the plan asks to hold then.
    Holding,
}

/// A trigger that fired and does so no longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cleared {
    /// Its name in the plan.
    pub id: String,
    /// What it asked for.
    pub action: TriggerAction,
    /// Since when it fired.
    pub since: Timestamp,
    /// When that ended.
    pub until: Timestamp,
}

/// The numbers behind one condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What was read: `error_rate`, `cost_usd`.
    pub of: String,
    /// Whether its condition is met; null when nothing can be said.
    pub met: Option<bool>,
    /// The value that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<f64>,
    /// The value that it must not be beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// How many were bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<u64>,
    /// How many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
    /// Over which window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
    /// The comparison, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relation: String,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of)?;
        if let Some(observed) = self.observed {
            write!(f, " {observed}")?;
        }
        if let (Some(bad), Some(samples)) = (self.bad, self.samples) {
            write!(f, " ({bad} bad of {samples})")?;
        }
        match (self.met, self.limit) {
            (None, _) => f.write_str(": too little was seen to say")?,
            (Some(met), Some(limit)) => {
                let word = if met { " is " } else { " is not " };
                write!(f, "{word}{} {limit}", self.relation)?;
            }
            (Some(met), None) => {
                let word = if met { " " } else { " not " };
                write!(f, "{word}{}", self.relation)?;
            }
        }
        if let Some(window) = self.window {
            write!(f, " over {window}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TriggerFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readings: Vec<String> = self.evidence.iter().map(Reading::to_string).collect();
        f.write_str(&readings.join("; "))?;
        if let Some(windows) = self.windows {
            write!(f, "; {windows} windows in a row")?;
        }
        write!(f, "; since {}", self.since)?;
        if let Some(until) = self.until {
            write!(f, ", until {until}")?;
        }
        Ok(())
    }
}

impl From<&TriggerFinding> for Fired {
    fn from(finding: &TriggerFinding) -> Self {
        Self { id: finding.id.clone(), action: finding.action, message: finding.to_string() }
    }
}
