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

/// One per document, in the order of the flow: deciding, then watching and acting.
pub const ALL: [DocumentSchema; 10] = [
    DocumentSchema {
        name: "plan",
        id: crate::plan::SCHEMA,
        text: include_str!("../schemas/plan.v1.schema.json"),
    },
    DocumentSchema {
        name: "observations",
        id: crate::observations::SCHEMA,
        text: include_str!("../schemas/observations.v1.schema.json"),
    },
    DocumentSchema {
        name: "state",
        id: crate::state::SCHEMA,
        text: include_str!("../schemas/state.v1.schema.json"),
    },
    DocumentSchema {
        name: "evidence",
        id: crate::evidence::SCHEMA,
        text: include_str!("../schemas/evidence.v1.schema.json"),
    },
    DocumentSchema {
        name: "decision",
        id: crate::decision::SCHEMA,
        text: include_str!("../schemas/decision.v1.schema.json"),
    },
    DocumentSchema {
        name: "observation",
        id: crate::trigger::SCHEMA,
        text: include_str!("../schemas/observation.v1.schema.json"),
    },
    DocumentSchema {
        name: "trigger-state",
        id: crate::trigger::STATE_SCHEMA,
        text: include_str!("../schemas/trigger-state.v1.schema.json"),
    },
    DocumentSchema {
        name: "lifecycle",
        id: crate::lifecycle::LIFECYCLE_SCHEMA,
        text: include_str!("../schemas/lifecycle.v1.schema.json"),
    },
    DocumentSchema {
        name: "target",
        id: crate::action::TARGET_SCHEMA,
        text: include_str!("../schemas/target.v1.schema.json"),
    },
    DocumentSchema {
        name: "audit",
        id: crate::audit::AUDIT_SCHEMA,
        text: include_str!("../schemas/audit.v1.schema.json"),
    },
];
