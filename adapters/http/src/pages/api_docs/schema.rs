//! Schemas of the document, as lines of a table and as examples.

use serde_json::{Map, Value, json};

use super::{Field, SOME_ID, pieces, words};

/// The document in which schemas refer to each other.
pub struct Schemas<'a>(pub &'a Value);

impl<'a> Schemas<'a> {
    /// What a reference refers to.
    pub fn resolved(&self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|to| self.0.pointer(to.trim_start_matches('#')));
        target.unwrap_or(value)
    }

    /// The fields of an object; those of an object within are named after it.
    pub fn fields(&self, schema: &'a Value) -> Vec<Field> {
        let mut found = Vec::new();
        self.collect(schema, "", &mut Vec::new(), &mut found);
        found
    }

    /// `open` are the references that lead here: an object that is within itself is told of once.
    fn collect(&self, schema: &'a Value, before: &str, open: &mut Vec<&'a str>, found: &mut Vec<Field>) {
        let reference = schema["$ref"].as_str();
        if reference.is_some_and(|to| open.contains(&to)) {
            return;
        }
        open.extend(reference);
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.collect(part, before, open, found);
        }
        // One that may be null is told of like one that may not; a choice of several is told by its kind only.
        let others: Vec<_> =
            schema["oneOf"].as_array().into_iter().flatten().filter(|one| one["type"] != "null").collect();
        if let [only] = others[..] {
            self.collect(only, before, open, found);
        }
        let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let target = self.resolved(property);
            let about =
                [property, target].map(|one| words(&one["description"])).into_iter().find(|about| !about.is_empty());
            found.push(Field {
                name: format!("{before}{name}"),
                place: String::new(),
                kind: self.kind(property),
                required: required(name),
                about: pieces(&about.unwrap_or_default()),
            });
            let (within, mark) = if target["type"] == "array" { (&target["items"], "[].") } else { (property, ".") };
            self.collect(within, &format!("{before}{name}{mark}"), open, found);
        }
        if reference.is_some() {
            open.pop();
        }
    }

    /// What kind of value it is, in a few words.
    pub fn kind(&self, schema: &'a Value) -> String {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["enum"].as_array() {
            return choices.iter().map(words).collect::<Vec<_>>().join(" | ");
        }
        let either = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
        if let Some(either) = either {
            return either.iter().map(|one| self.kind(one)).collect::<Vec<_>>().join(" | ");
        }
        let types = match &schema["type"] {
            Value::String(one) if one == "array" => format!("array of {}", self.kind(&schema["items"])),
            Value::String(one) => one.clone(),
            Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(" | "),
            _ => String::new(),
        };
        match schema["format"].as_str().filter(|format| !format.starts_with("int")) {
            Some(format) => types.replace("string", format),
            None => types,
        }
    }
}

/// A value that fits a schema.
pub fn example(schemas: &Schemas<'_>, schema: &Value) -> Value {
    let schema = match schema["$ref"].as_str().and_then(|to| schemas.0.pointer(to.trim_start_matches('#'))) {
        Some(target) => target,
        None => schema,
    };
    if let Some(given) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return given.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let either = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).into_iter().flatten();
    if let Some(one) = either.clone().find(|one| one["type"] != "null") {
        return example(schemas, one);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let fields = parts.iter().filter_map(|part| match example(schemas, part) {
            Value::Object(fields) => Some(fields),
            _ => None,
        });
        return Value::Object(fields.flatten().collect());
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default();
    match (kind, schema["format"].as_str()) {
        ("object", _) => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, field)| (name.clone(), example(schemas, field))).collect::<Map<_, _>>())
        }
        ("array", _) => json!([example(schemas, &schema["items"])]),
        ("integer" | "number", _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        ("boolean", _) => json!(true),
        ("string", Some("uuid")) => json!(SOME_ID),
        ("string", Some("date-time")) => json!("2026-11-25T09:30:00Z"),
        ("string", _) if schema["type"].is_array() => Value::Null,
        ("string", _) => json!("…"),
        _ => Value::Null,
    }
}
