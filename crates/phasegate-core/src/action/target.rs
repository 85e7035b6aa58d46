//! Target: what things are called where the actions are to be done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Document;

/// The schema id of [`Target`].
pub const TARGET_SCHEMA: &str = "phasegate/target/v1";

/// What things are called where the actions are to be done.
///
/// ```
/// use phasegate_core::{action::Target, document, read::Format};
/// let text = b"schema: phasegate/target/v1\nnamespace: reviews\nrollout: code-review\n";
/// let target: Target = document::read(text, Format::Yaml, 1 << 16).unwrap();
/// assert_eq!(target.config_map, "traffic-routing-config");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Always `phasegate/target/v1`.
    pub schema: TargetSchema,
    /// The Kubernetes namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// The Argo Rollout of the serving side.
    #[schemars(length(min = 1, max = 253))]
    pub rollout: String,
    /// The container in it that runs the version; the rollout's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The deployment of the stable version, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_deployment: Option<String>,
    /// The deployment of the experimental version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow_deployment: Option<String>,
    /// The deployment of what evaluates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluator_deployment: Option<String>,
    /// The deployment of the policy server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_deployment: Option<String>,
    /// The config map that holds `shadow_percentage` and `fallback_enabled`.
    #[serde(default = "config_map")]
    pub config_map: String,
    /// The address of the lifecycle service: audit, quarantine and baseline are posted below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle_url: Option<String>,
    /// Where issues are posted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues_url: Option<String>,
    /// Who acts, for the audit trail.
    #[serde(default = "actor")]
    pub actor: String,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TargetSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/target/v1")]
    V1,
}

fn config_map() -> String {
    "traffic-routing-config".to_owned()
}

fn actor() -> String {
    "phasegate".to_owned()
}

impl Document for Target {
    const SCHEMA: &'static str = TARGET_SCHEMA;
}
