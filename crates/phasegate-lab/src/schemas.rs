//! The JSON Schemas of the documents that testing a policy change reads.

use phasegate::schemas::DocumentSchema;

/// One per document.
pub const ALL: [DocumentSchema; 2] = [
    DocumentSchema::new(
        "cases",
        crate::cases::SCHEMA,
        include_str!("../schemas/cases.v1.schema.json"),
    ),
    DocumentSchema::new(
        "allowed-flips",
        crate::impact::ALLOWED_SCHEMA,
        include_str!("../schemas/allowed-flips.v1.schema.json"),
    ),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schemars::JsonSchema;

    #[track_caller]
    fn check<T: JsonSchema>(name: &str) {
        let mut generated = serde_json::to_string_pretty(&schemars::schema_for!(T)).unwrap();
        generated.push('\n');
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
        if std::env::var_os("PHASEGATE_UPDATE").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{name} is not current: run the tests with PHASEGATE_UPDATE=1"
        );
    }

    #[test]
    fn the_committed_schemas_are_current() {
        check::<crate::cases::CaseTableDocument>("cases.v1.schema.json");
        check::<crate::impact::AllowedFlips>("allowed-flips.v1.schema.json");
    }
}
