//! Versions: what runs, named by a digest that renaming does not change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Digest;
use crate::canonical::{self, CanonicalError};

/// One version of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    pub id: String,
    /// The model.
    #[schemars(length(min = 1, max = 200))]
    pub model: String,
    /// The prompt.
    #[schemars(length(min = 1, max = 200))]
    pub prompt: String,
    /// The digest of the container image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// Everything else that changes what it answers: temperature, tools.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Where it is; for a candidate that is where its phase is, and `stable` for a baseline, when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Place>,
}

/// Where a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It gets mirrored traffic and answers nobody.
    Shadow,
    /// It serves a part of the traffic.
    Gray,
    /// It serves.
    Stable,
    /// It was withdrawn.
    Quarantined,
    /// It was replaced.
    Retired,
}

/// What makes a version this one. Without `id` it is what a quarantine matches: renaming releases
/// nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identity<'a> {
    /// The name; absent in what a quarantine matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// The model.
    pub model: &'a str,
    /// The prompt.
    pub prompt: &'a str,
    /// The digest of the container image.
    pub image_digest: Option<&'a str>,
    /// Everything else that changes what it answers.
    pub parameters: &'a BTreeMap<String, Value>,
}

/// A version as evidence and state name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionPin {
    /// Its name.
    pub id: String,
    /// The digest of its identity, name included.
    pub digest: Digest,
    /// The digest of its identity without the name.
    pub content: Digest,
}

impl Version {
    /// What makes it this version.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity { id: Some(&self.id), ..self.content() }
    }

    /// The same without its name.
    #[must_use]
    pub fn content(&self) -> Identity<'_> {
        Identity {
            id: None,
            model: &self.model,
            prompt: &self.prompt,
            image_digest: self.image_digest.as_deref(),
            parameters: &self.parameters,
        }
    }

    /// The version by name and digests.
    ///
    /// # Errors
    /// When a parameter holds a number that is not finite, which no reader of ours lets through.
    pub fn pin(&self) -> Result<VersionPin, CanonicalError> {
        Ok(VersionPin {
            id: self.id.clone(),
            digest: canonical::digest(&self.identity())?,
            content: canonical::digest(&self.content())?,
        })
    }
}
