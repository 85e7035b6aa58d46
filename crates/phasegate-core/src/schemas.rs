//! The JSON Schemas of the documents, generated from their types.

/// A document's name and its JSON Schema (2020-12), as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentSchema {
    /// `plan`, `observations`, `trigger-state`.
    pub name: &'static str,
    /// The schema id that such a document carries.
    pub id: &'static str,
    /// The JSON Schema.
    pub text: &'static str,
}

impl DocumentSchema {
    /// A line of a table.
    #[must_use]
    pub const fn new(name: &'static str, id: &'static str, text: &'static str) -> Self {
        Self { name, id, text }
    }
}

/// One per document, in the order of the flow: deciding, then watching and acting.
pub const ALL: [DocumentSchema; 12] = [
    DocumentSchema::new(
        "plan",
        crate::plan::SCHEMA,
        include_str!("../schemas/plan.v1.schema.json"),
    ),
    DocumentSchema::new(
        "observations",
        crate::observations::SCHEMA,
        include_str!("../schemas/observations.v1.schema.json"),
    ),
    DocumentSchema::new(
        "state",
        crate::state::SCHEMA,
        include_str!("../schemas/state.v1.schema.json"),
    ),
    DocumentSchema::new(
        "evidence",
        crate::evidence::SCHEMA,
        include_str!("../schemas/evidence.v1.schema.json"),
    ),
    DocumentSchema::new(
        "decision",
        crate::decision::SCHEMA,
        include_str!("../schemas/decision.v1.schema.json"),
    ),
    DocumentSchema::new(
        "observation",
        crate::trigger::SCHEMA,
        include_str!("../schemas/observation.v1.schema.json"),
    ),
    DocumentSchema::new(
        "trigger-state",
        crate::trigger::STATE_SCHEMA,
        include_str!("../schemas/trigger-state.v1.schema.json"),
    ),
    DocumentSchema::new(
        "lifecycle",
        crate::lifecycle::LIFECYCLE_SCHEMA,
        include_str!("../schemas/lifecycle.v1.schema.json"),
    ),
    DocumentSchema::new(
        "target",
        crate::action::TARGET_SCHEMA,
        include_str!("../schemas/target.v1.schema.json"),
    ),
    DocumentSchema::new(
        "emergency",
        crate::action::EMERGENCY_SCHEMA,
        include_str!("../schemas/emergency.v1.schema.json"),
    ),
    DocumentSchema::new(
        "trouble",
        crate::action::TROUBLE_SCHEMA,
        include_str!("../schemas/trouble.v1.schema.json"),
    ),
    DocumentSchema::new(
        "audit",
        crate::audit::AUDIT_SCHEMA,
        include_str!("../schemas/audit.v1.schema.json"),
    ),
];
