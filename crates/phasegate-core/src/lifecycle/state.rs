//! Where a version stands, and what each event makes of that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::{AfterAbort, Event, EventKind, EventName, Override};
use super::quarantine::{Quarantine, Quarantines};
use crate::document::Document;
use crate::observations::VersionPin;
use crate::plan::{Plan, Stage};
use crate::{Digest, Timestamp};

/// The schema id of [`Lifecycle`].
pub const LIFECYCLE_SCHEMA: &str = "phasegate/lifecycle/v1";

/// Where the versions of one service stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// Always `phasegate/lifecycle/v1`.
    pub schema: LifecycleSchema,
    /// The version that is on its way; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionPin>,
    /// Where it stands; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What is kept out.
    #[serde(default)]
    pub quarantines: Quarantines,
    /// The time of the last event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Timestamp>,
}

/// The schema id, as a type that accepts nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LifecycleSchema {
    /// Version 1.
    #[default]
    #[serde(rename = "phasegate/lifecycle/v1")]
    V1,
}

/// Where a version stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// It gets mirrored traffic and answers nobody, in the phase of this id.
    Shadow(String),
    /// It serves a part of the traffic, in the phase of this id.
    Gray(String),
    /// It is the baseline.
    Stable,
    /// It was withdrawn.
    Quarantined,
    /// It is no longer of use.
    Retired,
}

impl Position {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Shadow(_) => "shadow",
            Self::Gray(_) => "gray",
            Self::Stable => "stable",
            Self::Quarantined => "quarantined",
            Self::Retired => "retired",
        }
    }
}

/// Why an event is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifecycleError {
    /// The event does not fit the place.
    #[error("a version that is {place} cannot `{event}`; there it may {}", list(.allowed))]
    NotHere {
        /// Where the version stands.
        place: &'static str,
        /// What was asked for.
        event: EventName,
        /// What is allowed there.
        allowed: Vec<EventName>,
    },
    /// The content is kept out.
    #[error(
        "the content {content} is quarantined ({reason}); release it, wait until it expires, or change its parameters"
    )]
    Quarantined {
        /// The digest of the version without its name.
        content: Digest,
        /// Why it is kept out.
        reason: String,
    },
    /// Only an operator may let it in again.
    #[error("only an operator ends this quarantine ({reason}); release it before re-evaluating")]
    OperatorOnly {
        /// Why it is kept out.
        reason: String,
    },
    /// There is no later phase.
    #[error(
        "`{phase}` is the last phase of the plan; complete the rollout instead of promoting it"
    )]
    LastPhase {
        /// The phase that it is in.
        phase: String,
    },
    /// Completing comes after the last phase.
    #[error("`{phase}` is not the last phase; promote until `{last}`, or promote in full")]
    NotLastPhase {
        /// The phase that it is in.
        phase: String,
        /// The last one.
        last: String,
    },
    /// The plan has another path.
    #[error("the plan has no phase `{phase}`; the version stands in one of another plan")]
    UnknownPhase {
        /// The phase that the version is said to be in.
        phase: String,
    },
    /// The permission no longer holds.
    #[error("the permission of `{actor}` expired at {expires}; ask for a new one")]
    Expired {
        /// Who gave it.
        actor: String,
        /// When it ended.
        expires: Timestamp,
    },
    /// A permission without who and why.
    #[error("a permission names its actor and a reason; give both")]
    Unaccounted,
    /// Time goes forward.
    #[error("the event is of {event}, before the last one of {clock}; apply events in order")]
    OutOfOrder {
        /// The event's time.
        event: Timestamp,
        /// That of the last one.
        clock: Timestamp,
    },
}

fn list(allowed: &[EventName]) -> String {
    let names: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

impl Document for Lifecycle {
    const SCHEMA: &'static str = LIFECYCLE_SCHEMA;
}

impl Lifecycle {
    /// What may happen to the version where it stands.
    #[must_use]
    pub fn allowed(&self) -> &'static [EventName] {
        use EventName as E;
        match &self.position {
            None | Some(Position::Retired) => &[E::Propose, E::Note],
            Some(Position::Shadow(_)) => &[
                E::Evaluate,
                E::Promote,
                E::PromoteInFull,
                E::Abort,
                E::RollBack,
                E::Quarantine,
                E::Retire,
                E::Note,
            ],
            Some(Position::Gray(_)) => &[
                E::Evaluate,
                E::Promote,
                E::PromoteInFull,
                E::Complete,
                E::Abort,
                E::RollBack,
                E::Quarantine,
                E::Note,
            ],
            // The next version is proposed while this one serves.
            Some(Position::Stable) => &[E::Propose, E::RollBack, E::Quarantine, E::Retire, E::Note],
            Some(Position::Quarantined) => {
                &[E::Propose, E::ReEvaluate, E::Release, E::Retire, E::Note]
            }
        }
    }

    /// What an event makes of it.
    ///
    /// # Errors
    /// When the event is not possible: what is allowed, or what keeps the version out.
    pub fn apply(&self, plan: &Plan, event: &Event) -> Result<Self, LifecycleError> {
        if let Some(clock) = self.clock.filter(|&clock| event.time < clock) {
            return Err(LifecycleError::OutOfOrder { event: event.time, clock });
        }
        let name = event.what.name();
        if !self.allowed().contains(&name) {
            return Err(LifecycleError::NotHere {
                place: self.position.as_ref().map_or("not proposed", Position::as_str),
                event: name,
                allowed: self.allowed().to_vec(),
            });
        }
        let mut next = Self { clock: Some(event.time), ..self.clone() };
        match &event.what {
            EventKind::Evaluate {} => {}
            EventKind::Note { permission } => holds(permission, event.time)?,
            EventKind::Propose { version } | EventKind::ReEvaluate { version } => {
                if name == EventName::ReEvaluate {
                    self.is_not_operators(event.time)?;
                }
                next.may_enter(version, event.time)?;
                next.version = Some(version.clone());
                next.position = Some(first(plan)?);
            }
            EventKind::Promote {} => {
                next.still_welcome(event.time)?;
                next.position = Some(self.next_phase(plan)?);
            }
            EventKind::PromoteInFull { permission } => {
                // A permission skips analysis, and releases no quarantine.
                next.still_welcome(event.time)?;
                holds(permission, event.time)?;
                next.position = Some(Position::Stable);
            }
            EventKind::Complete {} => {
                next.still_welcome(event.time)?;
                let phase = self.phase().unwrap_or_default();
                if let Some(last) = plan.phases.last().filter(|last| last.id != phase) {
                    return Err(LifecycleError::NotLastPhase {
                        phase: phase.to_owned(),
                        last: last.id.clone(),
                    });
                }
                next.position = Some(Position::Stable);
            }
            EventKind::Abort { then: AfterAbort::FirstPhase, .. } => {
                next.position = Some(first(plan)?);
            }
            EventKind::Abort { reason, then: AfterAbort::Quarantine }
            | EventKind::RollBack { reason, .. } => {
                next.keep_out(Quarantine {
                    reason: reason.clone(),
                    since: event.time,
                    evidence: event.decision,
                    expires: None,
                    operator_only: false,
                    released: None,
                });
            }
            EventKind::Quarantine { reason, evidence, expires, operator_only } => {
                next.keep_out(Quarantine {
                    reason: reason.clone(),
                    since: event.time,
                    evidence: *evidence,
                    expires: *expires,
                    operator_only: *operator_only,
                    released: None,
                });
            }
            EventKind::Release { permission } => {
                holds(permission, event.time)?;
                if let Some(version) = &self.version {
                    next.quarantines.release(version.content, event.time);
                }
                next.position = Some(first(plan)?);
            }
            EventKind::Retire {} => next.position = Some(Position::Retired),
        }
        Ok(next)
    }

    /// The phase that the version is in, by its id.
    #[must_use]
    pub fn phase(&self) -> Option<&str> {
        match &self.position {
            Some(Position::Shadow(phase) | Position::Gray(phase)) => Some(phase),
            _ => None,
        }
    }

    fn may_enter(&self, version: &VersionPin, at: Timestamp) -> Result<(), LifecycleError> {
        match self.quarantines.live(version.content, at) {
            None => Ok(()),
            Some(record) => Err(LifecycleError::Quarantined {
                content: version.content,
                reason: record.reason.clone(),
            }),
        }
    }

    /// The same of the version that is on its way: a record may have come from elsewhere.
    fn still_welcome(&self, at: Timestamp) -> Result<(), LifecycleError> {
        self.version.as_ref().map_or(Ok(()), |version| self.may_enter(version, at))
    }

    fn is_not_operators(&self, at: Timestamp) -> Result<(), LifecycleError> {
        let content = self.version.as_ref().map(|version| version.content);
        let record = content.and_then(|content| self.quarantines.live(content, at));
        match record.filter(|record| record.operator_only) {
            None => Ok(()),
            Some(record) => Err(LifecycleError::OperatorOnly { reason: record.reason.clone() }),
        }
    }

    fn keep_out(&mut self, record: Quarantine) {
        if let Some(version) = &self.version {
            self.quarantines.add(version.content, record);
        }
        self.position = Some(Position::Quarantined);
    }

    fn next_phase(&self, plan: &Plan) -> Result<Position, LifecycleError> {
        let phase = self.phase().unwrap_or_default();
        let Some(index) = plan.phases.iter().position(|known| known.id == phase) else {
            return Err(LifecycleError::UnknownPhase { phase: phase.to_owned() });
        };
        match plan.phases.get(index + 1) {
            Some(next) => Ok(position(next.stage, &next.id)),
            None => Err(LifecycleError::LastPhase { phase: phase.to_owned() }),
        }
    }
}

fn first(plan: &Plan) -> Result<Position, LifecycleError> {
    let none = || LifecycleError::UnknownPhase { phase: String::new() };
    plan.phases.first().map(|phase| position(phase.stage, &phase.id)).ok_or_else(none)
}

fn position(stage: Stage, phase: &str) -> Position {
    match stage {
        Stage::Shadow => Position::Shadow(phase.to_owned()),
        Stage::Gray => Position::Gray(phase.to_owned()),
    }
}

fn holds(permission: &Override, at: Timestamp) -> Result<(), LifecycleError> {
    if permission.actor.trim().is_empty() || permission.reason.trim().is_empty() {
        return Err(LifecycleError::Unaccounted);
    }
    if at >= permission.expires {
        return Err(LifecycleError::Expired {
            actor: permission.actor.clone(),
            expires: permission.expires,
        });
    }
    Ok(())
}
