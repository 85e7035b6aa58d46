//! Statistical methods as a person reads them.

use std::collections::BTreeMap;

use phasegate::canonical;
use phasegate::stats::registry::{Input, Method};
use serde_json::Value;

use crate::output::{FAINT, paint};
use crate::text::wrap;

const COLUMNS: usize = 100;

/// Methods family by family, each with its inputs and an example, then how inputs are written.
pub(crate) fn list(methods: &[Method]) -> String {
    let mut lines = Vec::new();
    let mut family = "";
    let mut forms = BTreeMap::new();
    for method in methods {
        if method.family() != family {
            family = method.family();
            lines.push(format!("{family}:"));
        }
        lines.push(format!("  {}", method.name()));
        lines.push(format!("    {}", paint(method.question(), FAINT)));
        let inputs = method.inputs();
        let told = inputs.iter().map(told).collect::<Vec<_>>().join("  ");
        lines.extend(indented(&told, "    "));
        lines.push(format!("    {}", line(method)));
        lines.push(String::new());
        let formed = inputs.iter().filter(|input| input.kind != input.form);
        forms.extend(formed.map(|input| (input.kind, input.form)));
    }
    if !forms.is_empty() {
        lines.push("forms:".to_owned());
        for (kind, form) in forms {
            lines.extend(indented(&format!("{}: {form}", kind.replace(' ', "-")), "  "));
        }
        lines.push(String::new());
    }
    lines.push(
        "The last line of a method is an example, which `phasegate stats -` answers. What has a value\nbehind `=` may be left out.".to_owned(),
    );
    lines.join("\n")
}

/// The example as a line of the command's input.
fn line(method: &Method) -> String {
    format!(r#"{{"method": "{}", "inputs": {}}}"#, method.name(), method.example())
}

/// The example's inputs.
pub(crate) fn example(method: &Method) -> Value {
    // Every example is JSON: a test of the registry runs them all.
    serde_json::from_str(method.example()).unwrap_or_default()
}

/// An input in a word, so that lines break between inputs only: its name, its kind unless that is
/// the name, and its default.
fn told(input: &Input) -> String {
    let kind = input.kind.replace(' ', "-");
    let kind = if kind == input.name { String::new() } else { format!(":{kind}") };
    let default = input.default.as_ref().map_or_else(String::new, |default| {
        let bytes = canonical::value_to_bytes(default).unwrap_or_default();
        format!("={}", String::from_utf8_lossy(&bytes))
    });
    format!("{}{kind}{default}", input.name)
}

fn indented(text: &str, indent: &str) -> Vec<String> {
    let lines = wrap(text, COLUMNS - indent.len(), usize::MAX);
    lines.into_iter().map(|line| format!("{indent}{line}")).collect()
}
