//! Input schemas: a subset of JSON Schema, of which every word is understood or refused.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value as Json};

use super::{
    path::{InputPath, Step},
    range::Range,
    types::TypeSet,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    syntax::Module,
};

/// How deep schemas may nest.
const MAX_DEPTH: usize = 64;

/// The input schema of a module: `promotion.schema.json` beside `promotion.rego`.
///
/// It applies when the module's package is asked. Understood are `type`, `properties`, `required`,
/// `items`, `additionalProperties`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`,
/// `enum`, `const`, and the annotations `$schema`, `$id`, `$comment`, `title`, `description`,
/// `examples`, `default` and `x-*`. A property that is not in its parent's `required` is declared
/// optional.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSchema {
    /// The file's path within its set.
    pub file: String,
    root: Schema,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Schema {
    types: Option<TypeSet>,
    range: Range,
    properties: BTreeMap<String, (Self, Presence)>,
    items: Option<Box<Self>>,
    additional: Additional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Additional {
    #[default]
    Anything,
    Nothing,
    Like(Box<Schema>),
}

/// What a schema says of one path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Declared {
    /// Nothing.
    Silent,
    /// That it does not exist.
    Excluded,
    /// This.
    As { types: Option<TypeSet>, range: Range, optional: bool },
}

impl InputSchema {
    /// Reads a schema.
    ///
    /// # Errors
    /// All faults at once, each with the place in the schema: text that is not JSON, a keyword that
    /// is not understood, a keyword with a value of the wrong shape.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let fault = |message: String, remedy: &str| {
            Diagnostic::whole(file, Code::SchemaError, message, remedy)
        };
        let json: Json = serde_json::from_str(text).map_err(|error| {
            vec![fault(format!("is not JSON: {error}"), "write a JSON Schema of the input")]
        })?;
        let mut reader = Reader { faults: Vec::new() };
        let root = reader.schema(&json, "", 0);
        if reader.faults.is_empty() {
            return Ok(Self { file: file.to_owned(), root });
        }
        let remedy = "keep to the keywords that the guard understands: type, properties, required, \
             items, additionalProperties, minimum, maximum, exclusiveMinimum, exclusiveMaximum, \
             enum, const";
        Err(reader
            .faults
            .into_iter()
            .map(|(pointer, message)| {
                let place = if pointer.is_empty() {
                    "at the root".to_owned()
                } else {
                    format!("at `{pointer}`")
                };
                fault(format!("{place}: {message}"), remedy)
            })
            .collect())
    }

    /// Whether this is the schema of a module.
    #[must_use]
    pub fn belongs_to(&self, module: &Module) -> bool {
        let stem = self.file.strip_suffix(".schema.json");
        stem.is_some() && stem == module.file.strip_suffix(".rego")
    }

    pub(super) fn declared(&self, path: &InputPath) -> Declared {
        let mut here = Found { schemas: vec![&self.root], optional: false };
        for step in &path.steps {
            match here.step(step) {
                Ok(Some(below)) => here = below,
                Ok(None) => return Declared::Silent,
                Err(Excluded) => return Declared::Excluded,
            }
        }
        // Through `[*]` several schemas may apply, one per property; what is said is what holds for
        // all of them.
        let types = here.schemas.iter().map(|schema| schema.types).reduce(|a, b| Some(a?.or(b?)));
        let range = match here.schemas.as_slice() {
            [only] => only.range.clone(),
            _ => Range::default(),
        };
        Declared::As { types: types.flatten(), range, optional: here.optional }
    }
}

struct Excluded;

struct Found<'a> {
    schemas: Vec<&'a Schema>,
    optional: bool,
}

impl<'a> Found<'a> {
    fn step(&self, step: &Step) -> Result<Option<Self>, Excluded> {
        let mut schemas = Vec::new();
        let mut optional = false;
        for schema in &self.schemas {
            match step {
                Step::Field(name) => match (schema.properties.get(&**name), &schema.additional) {
                    (Some((below, presence)), _) => {
                        optional |= *presence == Presence::Optional;
                        schemas.push(below);
                    }
                    (None, Additional::Like(below)) => schemas.push(&**below),
                    (None, Additional::Nothing) => return Err(Excluded),
                    (None, Additional::Anything) => return Ok(None),
                },
                Step::Index(_) => match &schema.items {
                    Some(below) => schemas.push(&**below),
                    None => return Ok(None),
                },
                Step::Each => {
                    let before: usize = schemas.len();
                    schemas.extend(schema.items.as_deref());
                    schemas.extend(schema.properties.values().map(|(below, _)| below));
                    match &schema.additional {
                        Additional::Like(below) => schemas.push(&**below),
                        Additional::Nothing => {}
                        Additional::Anything if schema.properties.is_empty() => {}
                        Additional::Anything => return Ok(None),
                    }
                    if schemas.len() == before {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(Found::<'a> { schemas, optional }))
    }
}

struct Reader {
    faults: Vec<(String, String)>,
}

impl Reader {
    fn fault(&mut self, pointer: &str, message: impl Into<String>) {
        self.faults.push((pointer.to_owned(), message.into()));
    }

    fn schema(&mut self, json: &Json, pointer: &str, depth: usize) -> Schema {
        let mut schema = Schema::default();
        if depth > MAX_DEPTH {
            self.fault(pointer, format!("nested deeper than {MAX_DEPTH} levels"));
            return schema;
        }
        let Some(keywords) = json.as_object() else {
            self.fault(pointer, "a schema is an object");
            return schema;
        };
        for (keyword, value) in keywords {
            let at = format!("{pointer}/{}", keyword.replace('~', "~0").replace('/', "~1"));
            match keyword.as_str() {
                "type" => self.types(value, &at, &mut schema),
                "properties" => self.properties(keywords, value, &at, depth, &mut schema),
                "required" => self.required(keywords, value, &at),
                "items" => schema.items = Some(Box::new(self.schema(value, &at, depth + 1))),
                "additionalProperties" => {
                    schema.additional = match value {
                        Json::Bool(true) => Additional::Anything,
                        Json::Bool(false) => Additional::Nothing,
                        _ => Additional::Like(Box::new(self.schema(value, &at, depth + 1))),
                    }
                }
                "minimum" => schema.range.minimum = self.number(value, &at),
                "maximum" => schema.range.maximum = self.number(value, &at),
                "exclusiveMinimum" => schema.range.exclusive_minimum = self.number(value, &at),
                "exclusiveMaximum" => schema.range.exclusive_maximum = self.number(value, &at),
                "enum" => match value.as_array() {
                    Some(values) if !values.is_empty() => {
                        self.one_of(values, &at, &mut schema);
                    }
                    _ => self.fault(&at, "a list of at least one value is needed"),
                },
                "const" => self.one_of(std::slice::from_ref(value), &at, &mut schema),
                "$schema" | "$id" | "$comment" | "title" | "description" | "examples"
                | "default" => {}
                extension if extension.starts_with("x-") => {}
                unknown => self.fault(&at, format!("`{unknown}` is not understood")),
            }
        }
        // The values of an enumeration say their types as well.
        if !schema.range.one_of.is_empty() {
            let values = schema.range.one_of.iter();
            let own = values.fold(TypeSet::NONE, |types, one| types.or(TypeSet::of(one)));
            schema.types = Some(schema.types.map_or(own, |types| types.and(own)));
            if schema.types.is_some_and(TypeSet::is_empty) {
                self.fault(pointer, "no value of the enumeration has the type");
            }
        }
        schema
    }

    fn types(&mut self, value: &Json, at: &str, schema: &mut Schema) {
        let names = match value {
            Json::Array(names) if !names.is_empty() => names.as_slice(),
            Json::String(_) => std::slice::from_ref(value),
            _ => return self.fault(at, "a type name or a list of type names is needed"),
        };
        let mut types = TypeSet::NONE;
        let mut integer = false;
        let mut number = false;
        for name in names {
            let named = match name.as_str() {
                Some("null") => TypeSet::NULL,
                Some("boolean") => TypeSet::BOOLEAN,
                Some("integer") => {
                    integer = true;
                    TypeSet::NUMBER
                }
                Some("number") => {
                    number = true;
                    TypeSet::NUMBER
                }
                Some("string") => TypeSet::STRING,
                Some("array") => TypeSet::ARRAY,
                Some("object") => TypeSet::OBJECT,
                _ => return self.fault(at, format!("`{name}` is not a type of JSON Schema")),
            };
            types = types.or(named);
        }
        schema.types = Some(types);
        schema.range.integer = integer && !number;
    }

    fn properties(
        &mut self,
        keywords: &Map<String, Json>,
        value: &Json,
        at: &str,
        depth: usize,
        schema: &mut Schema,
    ) {
        let Some(properties) = value.as_object() else {
            return self.fault(at, "an object of schemas is needed");
        };
        let required = keywords.get("required").and_then(Json::as_array);
        let is_required = |name: &str| {
            required.is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
        };
        for (name, property) in properties {
            let below = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let presence = if is_required(name) { Presence::Required } else { Presence::Optional };
            let property = self.schema(property, &below, depth + 1);
            schema.properties.insert(name.clone(), (property, presence));
        }
    }

    fn required(&mut self, keywords: &Map<String, Json>, value: &Json, at: &str) {
        let Some(names) = value.as_array() else {
            return self.fault(at, "a list of property names is needed");
        };
        let properties = keywords.get("properties").and_then(Json::as_object);
        for name in names {
            match name.as_str() {
                None => self.fault(at, format!("`{name}` is not a property name")),
                Some(name) if !properties.is_some_and(|known| known.contains_key(name)) => {
                    self.fault(at, format!("`{name}` is not in `properties`"));
                }
                Some(_) => {}
            }
        }
    }

    fn number(&mut self, value: &Json, at: &str) -> Option<Number> {
        if let Json::Number(number) = value {
            return Some(number.clone());
        }
        self.fault(at, "a number is needed");
        None
    }

    fn one_of(&mut self, values: &[Json], at: &str, schema: &mut Schema) {
        let own = Range { one_of: values.to_vec(), ..Range::default() };
        let both = std::mem::take(&mut schema.range).and(own);
        if both.one_of.is_empty() {
            self.fault(at, "no value is in both `enum` and `const`");
        }
        schema.range = both;
    }
}
