//! Shape: whether a value is what a document's schema says, with every fault at its path.
//!
//! It understands the part of JSON Schema that our types generate, so that the schema that users
//! get is the one that is enforced, and serde's first error is not the only one they see.

use serde_json::{Map, Value};

use crate::path::Path;
use crate::span::{self, Span};

/// One place where a value is not what the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Where.
    pub path: Path,
    /// What is wrong and what to do.
    pub message: String,
}

/// Every place where the value is not what the schema says, in document order.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<Misfit> {
    let mut walk = Walk { root: schema, path: Path::default(), misfits: Vec::new() };
    walk.value(schema, value);
    walk.misfits
}

struct Walk<'a> {
    root: &'a Value,
    path: Path,
    misfits: Vec<Misfit>,
}

impl<'a> Walk<'a> {
    fn misfit(&mut self, message: impl Into<String>) {
        self.misfits.push(Misfit { path: self.path.clone(), message: message.into() });
    }

    /// The schema behind a reference; a schema may also say more beside its reference, which for
    /// our types is a description.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // Our types do not refer to themselves through references alone.
        while let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let target = name.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            let Some(target) = target else { break };
            schema = target;
        }
        schema
    }

    fn value(&mut self, schema: &'a Value, value: &Value) {
        let schema = self.resolve(schema);
        if let Some(forms) = alternatives(schema) {
            return self.one_of(forms, value);
        }
        let allowed = words(schema);
        if !allowed.is_empty() {
            if !allowed.contains(&value) {
                self.misfit(format!("{} is not {}", shown(value), one_of(&allowed)));
            }
            return;
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|name| is_a(value, name)) {
            return self.misfit(format!("{} where {} is asked for", shown(value), kinds(&types)));
        }
        match value {
            Value::Object(object) => self.object(schema, object),
            Value::Array(items) => self.array(schema, items),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => self.text(schema, text),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>) {
        let no_properties = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, value) in object {
            self.path.push_field(key.clone());
            match properties.and_then(|properties| properties.get(key)) {
                Some(property) => self.value(property, value),
                None => match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) => {
                        let known = properties.unwrap_or(&no_properties);
                        self.misfit(unknown_field(key, known));
                    }
                    Some(other) => self.value(other, value),
                    None => {}
                },
            }
            self.path.pop();
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if !object.contains_key(key) {
                self.path.push_field(key);
                self.misfit(format!("missing{}", self.advice(properties, key)));
                self.path.pop();
            }
        }
    }

    /// What to write for a missing field: the words that it takes, or else its kind.
    fn advice(&self, properties: Option<&'a Map<String, Value>>, key: &str) -> String {
        let Some(property) = properties.and_then(|properties| properties.get(key)) else {
            return String::new();
        };
        let schema = self.resolve(property);
        let forms = alternatives(schema).unwrap_or_default();
        let words: Vec<_> = forms.iter().flat_map(|form| words(self.resolve(form))).collect();
        if !words.is_empty() {
            return format!("; give {}", one_of(&words));
        }
        match types(schema).as_slice() {
            [] => "; give one".to_owned(),
            types => format!("; give {}", kinds(types)),
        }
    }

    fn array(&mut self, schema: &'a Value, items: &[Value]) {
        let limit = |key| schema.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        if let Some(least) = limit("minItems").filter(|&least| count < least) {
            self.misfit(format!("{count} of at least {least} entries"));
        }
        if let Some(most) = limit("maxItems").filter(|&most| count > most) {
            self.misfit(format!("{count} of at most {most} entries"));
        }
        let Some(item_schema) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.path.push_index(index);
            self.value(item_schema, item);
            self.path.pop();
        }
    }

    fn number(&mut self, schema: &Value, number: f64) {
        for (key, words) in [
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        ] {
            let Some(limit) = schema.get(key).and_then(Value::as_f64) else { continue };
            let holds = match key {
                "minimum" => number >= limit,
                "exclusiveMinimum" => number > limit,
                "maximum" => number <= limit,
                _ => number < limit,
            };
            if !holds {
                self.misfit(format!("{number} is not {words} {limit}"));
            }
        }
    }

    fn text(&mut self, schema: &Value, text: &str) {
        let limit = |key| schema.get(key).and_then(Value::as_u64);
        let length = text.chars().count() as u64;
        if limit("minLength").is_some_and(|least| length < least) {
            self.misfit("the text is empty");
        }
        if let Some(most) = limit("maxLength").filter(|&most| length > most) {
            self.misfit(format!("{length} characters are more than {most}"));
        }
        if schema.get("format").and_then(Value::as_str) == Some(span::FORMAT)
            && let Err(error) = text.parse::<Span>()
        {
            self.misfit(error.to_string());
        }
    }

    /// A choice: among words, by a tag, by the one key that says which, or by the kind of value.
    fn one_of(&mut self, forms: &'a [Value], value: &Value) {
        let forms: Vec<&'a Value> = forms.iter().map(|form| self.resolve(form)).collect();
        let allowed: Vec<&Value> = forms.iter().flat_map(|form| words(form)).collect();
        if allowed.contains(&value) {
            return;
        }
        let is_null = |form: &&'a Value| types(form) == ["null"];
        if value.is_null() && forms.iter().any(is_null) {
            return;
        }
        let forms: Vec<&'a Value> =
            forms.into_iter().filter(|form| !is_null(form) && words(form).is_empty()).collect();
        match (self.choose(&forms, value), forms.as_slice()) {
            (Choice::Form(form), _) | (Choice::None, &[form]) if allowed.is_empty() => {
                self.value(form, value);
            }
            (Choice::Form(form), _) => self.value(form, value),
            (Choice::Told, _) => {}
            (Choice::None, []) => {
                self.misfit(format!("{} is not {}", shown(value), one_of(&allowed)));
            }
            (Choice::None, forms) => {
                let kinds = forms_in_words(forms);
                self.misfit(format!("{} where {kinds} is asked for", shown(value)));
            }
        }
    }

    fn choose(&mut self, forms: &[&'a Value], value: &Value) -> Choice<'a> {
        if let Some(object) = value.as_object() {
            if let Some(tag) = tag_of(forms) {
                return self.by_tag(forms, tag, object);
            }
            // Externally tagged: an object with one key that says which.
            if let [key] = object.keys().collect::<Vec<_>>().as_slice() {
                let mut fitting = forms.iter().filter(|form| property(form, key).is_some());
                if let (Some(form), None) = (fitting.next(), fitting.next()) {
                    return Choice::Form(form);
                }
            }
            return Choice::None;
        }
        let mut fitting =
            forms.iter().filter(|form| types(form).iter().any(|name| is_a(value, name)));
        match (fitting.next(), fitting.next()) {
            (Some(form), None) => Choice::Form(form),
            _ => Choice::None,
        }
    }

    fn by_tag(
        &mut self,
        forms: &[&'a Value],
        tag: &str,
        object: &Map<String, Value>,
    ) -> Choice<'a> {
        let constants: Vec<&Value> =
            forms.iter().filter_map(|form| property(form, tag)?.get("const")).collect();
        let chosen = object.get(tag);
        let form = forms
            .iter()
            .find(|form| property(form, tag).and_then(|schema| schema.get("const")) == chosen);
        if let (Some(form), Some(_)) = (form, chosen) {
            return Choice::Form(form);
        }
        self.path.push_field(tag);
        self.misfit(match chosen {
            Some(other) => format!("{} is not {}", shown(other), one_of(&constants)),
            None => format!("missing; give {}", one_of(&constants)),
        });
        self.path.pop();
        Choice::Told
    }
}

enum Choice<'a> {
    Form(&'a Value),
    None,
    Told,
}

/// What to write where a value is none of the forms.
fn forms_in_words(forms: &[&Value]) -> String {
    if let Some(tag) = tag_of(forms) {
        return format!("an object with `{tag}`");
    }
    let keys: Vec<&str> = forms
        .iter()
        .filter_map(|form| form.get("required")?.as_array()?.first()?.as_str())
        .collect();
    if keys.len() == forms.len() {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}: ...`")).collect();
        return keys.join(" or ");
    }
    let all: Vec<&str> = forms.iter().flat_map(|form| types(form)).collect();
    kinds(&all)
}

/// The forms among which a value is one.
fn alternatives(schema: &Value) -> Option<&[Value]> {
    let forms = schema.get("oneOf").or_else(|| schema.get("anyOf"))?;
    forms.as_array().map(Vec::as_slice)
}

/// The values that a schema spells out.
fn words(schema: &Value) -> Vec<&Value> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(word), _) => vec![word],
        (None, Some(words)) => words.iter().collect(),
        (None, None) => Vec::new(),
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.get("properties")?.get(key)
}

/// The property that is a different constant in every form.
fn tag_of<'a>(forms: &[&'a Value]) -> Option<&'a str> {
    let (first, rest) = forms.split_first()?;
    let constant = |form: &Value, key: &str| property(form, key)?.get("const").cloned();
    let mut keys = first.get("properties")?.as_object()?.keys();
    let tag = keys.find(|key| {
        constant(first, key).is_some() && rest.iter().all(|form| constant(form, key).is_some())
    })?;
    Some(tag)
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn kinds(types: &[&str]) -> String {
    let kinds: Vec<&str> = types
        .iter()
        .filter(|name| **name != "null")
        .map(|name| match *name {
            "boolean" => "true or false",
            "string" => "text",
            "number" => "a number",
            "integer" => "a whole number",
            "array" => "a list",
            "object" => "an object",
            other => other,
        })
        .collect();
    kinds.join(" or ")
}

/// A value as a person would name it, cut where it is long.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("`{}...`", text.chars().take(40).collect::<String>())
        }
        Value::String(text) => format!("`{text}`"),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
    }
}

fn one_of(words: &[&Value]) -> String {
    let words: Vec<String> = words.iter().map(|word| shown(word)).collect();
    match words.as_slice() {
        [word] => word.clone(),
        words => format!("one of {}", words.join(", ")),
    }
}

fn unknown_field(key: &str, known: &Map<String, Value>) -> String {
    let nearest = known
        .keys()
        .map(|name| (strsim::damerau_levenshtein(name, key), name))
        .filter(|&(distance, name)| distance <= 1 + name.len() / 4)
        .min();
    if let Some((_, name)) = nearest {
        return format!("no such field; is it `{name}`?");
    }
    let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
    format!("no such field; there are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::json;

    use super::*;

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Sample {
        #[schemars(length(min = 1))]
        id: String,
        better: Better,
        margin: Option<Margin>,
        #[schemars(range(min = 0.0, max = 1.0))]
        alpha: f64,
        #[schemars(length(min = 1))]
        measures: Vec<Measure>,
        count: Option<u32>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Better {
        /// More is better.
        Higher,
        /// Less is better.
        Lower,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Margin {
        Absolute(f64),
        Relative(f64),
    }

    #[derive(JsonSchema)]
    #[schemars(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Measure {
        Mean { column: String },
        Quantile { column: String, q: f64 },
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Value), expected: &[&str]) {
        let mut value = json!({
            "id": "latency",
            "better": "lower",
            "margin": {"relative": 0.1},
            "alpha": 0.05,
            "measures": [{"kind": "quantile", "column": "latency_ms", "q": 0.95}],
        });
        change(&mut value);
        let schema = schemars::schema_for!(Sample).to_value();
        let found = misfits(&schema, &value);
        let found: Vec<String> =
            found.iter().map(|misfit| format!("{}: {}", misfit.path, misfit.message)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_fits_has_no_faults() {
        check(|_| {}, &[]);
        check(|value| value["margin"] = json!(null), &[]);
        check(|value| value["margin"] = json!({"absolute": 3}), &[]);
        check(|value| value["measures"][0] = json!({"kind": "mean", "column": "c"}), &[]);
    }

    #[test]
    fn every_fault_is_told_at_its_path() {
        check(
            |value| {
                value["alpha"] = json!(5);
                value["better"] = json!("smaller");
                value["margin"] = json!({"relative": "10 %"});
                value["measures"] = json!([]);
            },
            &[
                "alpha: 5 is not at most 1",
                "better: `smaller` is not one of `higher`, `lower`",
                "margin.relative: `10 %` where a number is asked for",
                "measures: 0 of at least 1 entries",
            ],
        );
        check(
            |value| {
                value["id"] = json!("");
                value["marign"] = json!(1);
                value["whatever"] = json!(1);
                value["count"] = json!(1.5);
            },
            &[
                "count: `1.5` where a whole number is asked for",
                "id: the text is empty",
                "marign: no such field; is it `margin`?",
                "whatever: no such field; there are `alpha`, `better`, `count`, `id`, `margin`, `measures`",
            ],
        );
    }

    #[test]
    fn a_choice_is_made_by_its_tag() {
        check(
            |value| value["measures"] = json!([{"kind": "median"}, {"column": "x"}, 5]),
            &[
                "measures[0].kind: `median` is not one of `mean`, `quantile`",
                "measures[1].kind: missing; give one of `mean`, `quantile`",
                "measures[2]: `5` where an object with `kind` is asked for",
            ],
        );
        check(
            |value| value["measures"][0] = json!({"kind": "mean", "q": 0.5}),
            &[
                "measures[0].q: no such field; there are `column`, `kind`",
                "measures[0].column: missing; give text",
            ],
        );
        check(
            |value| value["margin"] = json!({"percent": 1}),
            &["margin: an object where `absolute: ...` or `relative: ...` is asked for"],
        );
    }

    #[test]
    fn what_is_missing_says_what_to_give() {
        check(
            |value| {
                let object = value.as_object_mut().expect("an object");
                object.remove("better");
                object.remove("alpha");
            },
            &["better: missing; give one of `higher`, `lower`", "alpha: missing; give a number"],
        );
    }
}
