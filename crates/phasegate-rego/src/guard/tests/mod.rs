//! The guard from policy text to blocks.

mod extraction;
mod forms;
mod holes;
mod laws;
mod limits;
mod rendering;
mod schema;
mod traps;
mod undefined;

use serde_json::{Value as Json, json};

use super::{Extraction, InputPath, InputSchema, Question, extract};
use crate::syntax::Module;

#[test]
fn requirements_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<super::Requirements>();
    shared::<InputSchema>();
}

/// A policy set of one asked package, written down in a test.
pub(super) struct Policy<'a> {
    files: Vec<(&'a str, &'a str)>,
    data: Json,
    schemas: Vec<(&'a str, Json)>,
}

/// The names that are asked, in the package `p`.
const NAMES: [&str; 5] = ["allow", "deny", "violations", "warnings", "ok"];

pub(super) fn policy(text: &str) -> Policy<'_> {
    Policy { files: vec![("p.rego", text)], data: json!({}), schemas: Vec::new() }
}

/// What a policy without data and schema requires.
pub(super) fn needs(text: &str) -> String {
    policy(text).needs()
}

impl<'a> Policy<'a> {
    pub(super) fn file(mut self, name: &'a str, text: &'a str) -> Self {
        self.files.push((name, text));
        self
    }

    pub(super) fn data(mut self, data: Json) -> Self {
        self.data = data;
        self
    }

    pub(super) fn schema(mut self, schema: Json) -> Self {
        self.schemas.push(("p.schema.json", schema));
        self
    }

    pub(super) fn extract(&self) -> Extraction {
        let modules: Vec<Module> = self
            .files
            .iter()
            .map(|(file, text)| {
                let text = if text.starts_with("package") {
                    (*text).to_owned()
                } else {
                    format!("package p\n{text}")
                };
                Module::parse(file, &text).unwrap_or_else(|faults| panic!("{faults:?}"))
            })
            .collect();
        self.extract_from(&modules)
    }

    pub(super) fn extract_from(&self, modules: &[Module]) -> Extraction {
        let schemas: Vec<InputSchema> = self
            .schemas
            .iter()
            .map(|(file, schema)| {
                InputSchema::parse(file, &schema.to_string())
                    .unwrap_or_else(|faults| panic!("{faults:?}"))
            })
            .collect();
        let question = Question {
            package: vec!["p".to_owned()],
            names: NAMES.iter().map(ToString::to_string).collect(),
        };
        extract(modules, &self.data, &schemas, &question)
    }

    /// One line for each requirement, without its readers, then the diagnostics.
    pub(super) fn needs(&self) -> String {
        let extraction = self.extract();
        let mut lines = Vec::new();
        let list = |paths: &[InputPath]| {
            paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        for one in &extraction.requirements.requirements {
            let mut parts = vec![format!("{}: {}", one.path, one.types)];
            parts.extend(one.not_empty.then(|| "not empty".to_owned()));
            parts.extend(one.range.as_ref().map(ToString::to_string));
            if !one.same_type_as.is_empty() {
                parts.push(format!("same as {}", list(&one.same_type_as)));
            }
            if one.optional {
                parts.push("optional".to_owned());
            } else if let Some(section) = &one.required_with {
                parts.push(format!("with {section}"));
            }
            lines.push(parts.join(", "));
        }
        // The remedy is the same each time.
        lines.extend(extraction.diagnostics.iter().map(|one| {
            format!("{}:{}:{} {}\n  {}", one.file, one.row, one.col, one.code, one.message)
        }));
        lines.join("\n")
    }

    /// What the guard says of an input, one line each.
    pub(super) fn blocks(&self, input: &Json) -> String {
        let extraction = self.extract();
        assert_eq!(extraction.diagnostics, [], "the policy loads");
        let blocks = extraction.requirements.check(input);
        assert_eq!(blocks.total, blocks.blocks.len());
        let lines: Vec<String> =
            blocks.blocks.iter().map(|one| format!("{} {one}", one.code)).collect();
        lines.join("\n")
    }
}
