//! A JSON object as a program sent it: each field once, all of them known (WEB-5).

use std::{collections::BTreeMap, fmt};

use axum::{body::Body, extract::Request};
use http::{HeaderMap, StatusCode};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    fields::{APP_BODY, DEPTH, Unreadable, depth, json_body},
    problem::{Fault, Problem},
    text::Text,
};

/// An object without fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A JSON object.
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// Reads a request's body.
    ///
    /// # Errors
    /// 415 for other kinds of content, 413 beyond 256 KiB, 400 if it is no JSON object, or for fields that are not known
    /// or come twice.
    pub async fn read(request: Request, known: &[&str], text: Text) -> Result<(HeaderMap, Self), Problem> {
        let (head, body): (_, Body) = request.into_parts();
        let bytes = json_body(&head.headers, body, APP_BODY).await?;
        let Pairs(pairs) = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        let mut fields = BTreeMap::new();
        let mut faults = Vec::new();
        for (name, value) in pairs {
            if !known.contains(&name.as_str()) {
                faults.push(fault(&name, "unknown-field", text));
            } else if fields.insert(name.clone(), value).is_some() {
                faults.push(fault(&name, "duplicate", text));
            }
        }
        if faults.is_empty() { Ok((head.headers, Self(fields))) } else { Err(malformed().with_faults(faults)) }
    }

    /// The text of a field: nothing if it is left out, empty for null. What is no text is added to `faults`.
    pub fn text(&self, name: &'static str, faults: &mut Vec<Unreadable>) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => Some(String::new()),
            _ => {
                faults.push((name, "rule-not-text"));
                Some(String::new())
            }
        }
    }

    /// What a field holds, whatever that is.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The same text for the same fields, however they were written.
    pub fn canonical(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// Values hide themselves: they tell of somebody.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.0.len())
    }
}

fn malformed() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "error-json")
}

/// A fault by the name of its rule, in words.
pub(super) fn fault(field: &str, rule: &'static str, text: Text) -> Fault {
    // A name is a stranger's word: so much of it is said again.
    let field = field.chars().take(100).collect();
    Fault { field, rule, detail: text.get(&format!("rule-{rule}")) }
}

struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if depth(&value) >= DEPTH {
                return Err(serde::de::Error::custom("nested too deep"));
            }
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use http::header;
    use qualify_domain::language::Language;

    use super::*;

    async fn read(body: &str) -> Result<Object, Problem> {
        let request = Request::builder().header(header::CONTENT_TYPE, "application/json").body(body.to_owned().into());
        let read = Object::read(request.unwrap(), &["name", "email"], Text::new(Language::English)).await;
        read.map(|(_, object)| object)
    }

    async fn status(body: &str) -> u16 {
        read(body).await.map_or_else(|problem| problem.code().as_u16(), |_| 200)
    }

    #[tokio::test]
    async fn web_5_fields_that_are_not_known_or_come_twice_are_refused() {
        assert_eq!(status(r#"{"name":"a","email":null}"#).await, 200);
        for body in [r#"{"nome":"a"}"#, r#"{"name":"a","name":"a"}"#, r#"{"name":"a","organization_id":"x"}"#] {
            assert_eq!(status(body).await, 400, "{body}");
        }
    }

    #[tokio::test]
    async fn web_5_what_is_no_object_or_nests_too_deep_is_refused() {
        let nested = |depth| format!(r#"{{"name":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(status(&nested(31)).await, 200);
        for body in ["", "[]", "null", "{", "{}{}", r#"{"name":"\ud800"}"#, "\u{feff}{}", &nested(32), &nested(5_000)] {
            assert_eq!(status(body).await, 400, "{body:.40}");
        }
    }

    #[tokio::test]
    async fn what_is_left_out_differs_from_what_is_null_and_from_what_is_no_text() {
        let object = read(r#"{"name":null}"#).await.unwrap();
        let mut faults = Vec::new();
        assert_eq!(object.text("name", &mut faults).as_deref(), Some(""));
        assert_eq!(object.text("email", &mut faults), None);
        assert_eq!(faults, []);
        read(r#"{"name":7}"#).await.unwrap().text("name", &mut faults);
        assert_eq!(faults, [("name", "rule-not-text")]);
    }

    #[tokio::test]
    async fn the_same_fields_are_the_same_however_they_were_written() {
        let (one, other) = (r#"{"name":"é","email":"b"}"#, "{ \"email\": \"b\",\n\"name\": \"\\u00e9\" }");
        assert_eq!(read(one).await.unwrap().canonical(), read(other).await.unwrap().canonical());
    }
}
