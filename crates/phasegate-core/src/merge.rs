//! Merging documents, as base data from several files is.

use serde_json::Value;

use crate::path::Path;

/// Merges a document into another: objects key by key. Gives every place that both give something
/// else than an object; there the first document is left as it was.
///
/// ```
/// use phasegate_core::merge;
/// use serde_json::json;
/// let mut data = json!({"limits": {"error_rate": 0.1}});
/// let twice = merge(&mut data, json!({"limits": {"error_rate": 0.1, "cost": 2}}));
/// assert_eq!(data, json!({"limits": {"error_rate": 0.1, "cost": 2}}));
/// assert_eq!(twice[0].to_string(), "limits.error_rate");
/// ```
pub fn merge(document: &mut Value, more: Value) -> Vec<Path> {
    let mut twice = Vec::new();
    into(document, more, &mut Path::default(), &mut twice);
    twice
}

fn into(document: &mut Value, more: Value, path: &mut Path, twice: &mut Vec<Path>) {
    match (document, more) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                path.push_field(key.clone());
                match old.get_mut(&key) {
                    Some(place) => into(place, value, path, twice),
                    None => drop(old.insert(key, value)),
                }
                path.pop();
            }
        }
        _ => twice.push(path.clone()),
    }
}
