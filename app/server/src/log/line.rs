use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::Metadata;

use super::fields::Fields;

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// One line, without its end. Spans come from the outermost inwards.
    pub fn line(
        self,
        at: Timestamp,
        metadata: &Metadata<'_>,
        spans: &[(&'static str, Fields)],
        fields: &Fields,
    ) -> String {
        match self {
            Self::Text => text(at, metadata, spans, fields),
            Self::Json => json(at, metadata, spans, fields),
        }
    }
}

fn text(at: Timestamp, metadata: &Metadata<'_>, spans: &[(&'static str, Fields)], fields: &Fields) -> String {
    let mut line = format!("{at:.3} {:5} ", metadata.level().as_str());
    for (name, fields) in spans {
        line.push_str(name);
        append(&mut line, fields);
        line.push_str(": ");
    }
    line.push_str(&one_line(&fields.message));
    append(&mut line, fields);
    line
}

fn append(line: &mut String, fields: &Fields) {
    for (name, value) in &fields.values {
        let shown = match value {
            Value::String(text) if text.contains([' ', '"', '\n', '\r']) => Value::String(text.clone()).to_string(),
            Value::String(text) => one_line(text),
            other => other.to_string(),
        };
        let _ = write!(line, " {name}={shown}");
    }
}

/// Without anything that could make a second line, or colour a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn json(at: Timestamp, metadata: &Metadata<'_>, spans: &[(&'static str, Fields)], fields: &Fields) -> String {
    let mut line = Map::new();
    line.insert("at".to_owned(), json!(format!("{at:.3}")));
    line.insert("level".to_owned(), json!(metadata.level().as_str()));
    line.insert("target".to_owned(), json!(metadata.target()));
    line.insert("message".to_owned(), json!(fields.message));
    line.extend(fields.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    if !spans.is_empty() {
        let spans: Vec<Value> = spans.iter().map(|(name, fields)| span(name, fields)).collect();
        line.insert("spans".to_owned(), json!(spans));
    }
    Value::Object(line).to_string()
}

fn span(name: &str, fields: &Fields) -> Value {
    let mut span = Map::new();
    span.insert("name".to_owned(), json!(name));
    span.extend(fields.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(span)
}
