//! The fields of a posted form, whichever way they came: urlencoded, multipart or JSON.

mod posted;

use std::{collections::BTreeSet, fmt};

use axum::body::{Body, Bytes};
use futures::stream;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

pub use self::posted::{Lists, Pairs, Posted};
use crate::{problem::Problem, serve::TooSlow};

/// A form of our own pages has at most this many bytes (WEB-5).
pub const APP_BODY: usize = 256 * 1024;
/// A visitor's form has at most this many bytes (WEB-5).
pub const INTAKE_BODY: usize = 64 * 1024;
/// A visitor's form has at most this many fields.
const MOST_FIELDS: usize = 50;
/// A form of our own pages has at most this many: it may ask about each of an organization's properties.
const MOST_OWN_FIELDS: usize = 200;
/// JSON nests at most this deep (WEB-5).
pub(crate) const DEPTH: usize = 32;

/// What a field holds.
#[derive(Clone, PartialEq, Eq)]
enum Held {
    Text(String),
    /// Several texts, as JSON lists them.
    Several(Vec<String>),
    NotText,
    NotUtf8,
}

/// The fields of a form, in the order they came.
#[derive(Clone, Default)]
pub struct Fields {
    pairs: Vec<(String, Held)>,
    json: bool,
}

/// A field that cannot be read, and why: the name of a rule in the catalogue.
pub type Unreadable = (&'static str, &'static str);

impl Fields {
    /// Reads a request's body.
    ///
    /// # Errors
    /// 413 beyond `limit` bytes or 50 fields, 415 for other kinds of content, 400 if the content is not of its kind.
    pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Self, Problem> {
        let kind = Media::of(headers)?;
        let bytes = collect(headers, body, limit).await?;
        let most = if limit > INTAKE_BODY { MOST_OWN_FIELDS } else { MOST_FIELDS };
        let fields = match kind {
            Media::Urlencoded => urlencoded(&bytes)?,
            Media::Multipart(boundary) => multipart(bytes, boundary).await?,
            Media::Json => json(&bytes)?,
        };
        // Of a field there may be several texts: a box that is ticked is no further field.
        if distinct(&fields.pairs) > most { Err(Problem::too_large(limit)) } else { Ok(fields) }
    }

    /// Whether they came as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The text of a field, or nothing; a field that cannot be read is added to `faults`.
    pub fn text(&self, name: &'static str, faults: &mut Vec<Unreadable>) -> String {
        let mut found = self.pairs.iter().filter(|(found, _)| found == name).map(|(_, held)| held);
        let text = match found.next() {
            Some(Held::Text(text)) => text.clone(),
            Some(Held::Several(_) | Held::NotText) => fault(faults, name, "rule-not-text"),
            Some(Held::NotUtf8) => fault(faults, name, "rule-not-utf-8"),
            None => String::new(),
        };
        if found.next().is_some() {
            fault(faults, name, "rule-duplicate");
        }
        text
    }

    /// The texts of a field, however often it came; else the name of a rule that it breaks.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn several(&self, name: &str) -> Result<Vec<String>, &'static str> {
        let mut texts = Vec::new();
        for (_, held) in self.pairs.iter().filter(|(found, _)| found == name) {
            match held {
                Held::Text(text) => texts.push(text.clone()),
                Held::Several(several) => texts.extend(several.iter().cloned()),
                Held::NotText => return Err("rule-not-text"),
                Held::NotUtf8 => return Err("rule-not-utf-8"),
            }
        }
        Ok(texts)
    }

    /// Takes a field out, however often it came; what cannot be read is an empty text.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        let taken = self.pairs.extract_if(.., |(found, _)| found == name).map(|(_, held)| match held {
            Held::Text(text) => text,
            Held::Several(_) | Held::NotText | Held::NotUtf8 => String::new(),
        });
        taken.collect()
    }

    /// The names and texts of all fields that hold text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().filter_map(|(name, held)| match held {
            Held::Text(text) => Some((name.as_str(), text.as_str())),
            Held::Several(_) | Held::NotText | Held::NotUtf8 => None,
        })
    }

    /// The names of all fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }
}

fn fault(faults: &mut Vec<Unreadable>, name: &'static str, rule: &'static str) -> String {
    faults.push((name, rule));
    String::new()
}

/// Text hides itself: it is what somebody typed.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.pairs.len())
    }
}

enum Media {
    Urlencoded,
    Multipart(String),
    Json,
}

impl Media {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let unsupported = || Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let line = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(unsupported)?;
        let mut parts = line.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let charset =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
        if charset.is_some_and(|(_, value)| !is_utf8(value)) {
            return Err(unsupported());
        }
        match kind.as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::Urlencoded),
            "application/json" => Ok(Self::Json),
            "multipart/form-data" => {
                multer::parse_boundary(line).map(Self::Multipart).map_err(|_| Problem::bad_request())
            }
            _ => Err(unsupported()),
        }
    }
}

fn is_utf8(charset: &str) -> bool {
    let name = charset.trim().trim_matches('"').to_ascii_lowercase();
    matches!(name.as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii")
}

/// The bytes of a JSON body.
pub(crate) async fn json_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    if !matches!(Media::of(headers)?, Media::Json) {
        return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    collect(headers, body, limit).await
}

pub(crate) async fn collect(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if caused_by::<LengthLimitError>(&*error) => Err(Problem::too_large(limit)),
        Err(error) if caused_by::<TooSlow>(&*error) => Err(Problem::status(StatusCode::REQUEST_TIMEOUT)),
        Err(_) => Err(Problem::bad_request()),
    }
}

fn caused_by<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<E>)
}

fn held(bytes: Vec<u8>) -> Held {
    String::from_utf8(bytes).map_or(Held::NotUtf8, Held::Text)
}

fn distinct(pairs: &[(String, Held)]) -> usize {
    pairs.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len()
}

fn urlencoded(bytes: &[u8]) -> Result<Fields, Problem> {
    let other_kind =
        [b"{".as_slice(), b"[", b"--", b"<"].iter().any(|start| bytes.trim_ascii_start().starts_with(start));
    if other_kind || (!bytes.is_empty() && !bytes.contains(&b'=')) {
        return Err(Problem::bad_request());
    }
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).collect::<Vec<u8>>()
    };
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let middle = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = String::from_utf8_lossy(&decode(&pair[..middle])).into_owned();
        (name, held(decode(pair.get(middle + 1..).unwrap_or_default())))
    });
    Ok(Fields { pairs: pairs.collect(), json: false })
}

async fn multipart(bytes: Bytes, boundary: String) -> Result<Fields, Problem> {
    let unreadable = |_| Problem::bad_request();
    let once = stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
    let mut parts = multer::Multipart::new(once, boundary);
    let mut pairs = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().is_some();
        let charset =
            part.content_type().and_then(|kind| kind.get_param("charset")).is_none_or(|c| is_utf8(c.as_str()));
        let bytes = part.bytes().await.map_err(unreadable)?;
        let value = match () {
            () if file => Held::NotText,
            () if charset => held(bytes.into()),
            () => Held::NotUtf8,
        };
        pairs.push((name, value));
    }
    Ok(Fields { pairs, json: false })
}

fn json(bytes: &[u8]) -> Result<Fields, Problem> {
    serde_json::from_slice(bytes).map_err(|_| Problem::bad_request())
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let value = match value {
                Value::String(text) => Held::Text(text),
                Value::Bool(ticked) => Held::Text(if ticked { "1" } else { "" }.to_owned()),
                Value::Number(number) => Held::Text(number.to_string()),
                Value::Null => Held::Text(String::new()),
                Value::Array(items) if items.iter().all(Value::is_string) => {
                    Held::Several(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                }
                value if depth(&value) < DEPTH => Held::NotText,
                _ => return Err(serde::de::Error::custom("nested too deep")),
            };
            pairs.push((name, value));
        }
        Ok(Fields { pairs, json: true })
    }
}

pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(kind: &str, body: impl Into<Body>) -> Result<Fields, StatusCode> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        Fields::read(&headers, body.into(), INTAKE_BODY).await.map_err(|problem| problem.code())
    }

    fn text(fields: &Fields, name: &'static str) -> Result<String, Vec<Unreadable>> {
        let mut faults = Vec::new();
        let text = fields.text(name, &mut faults);
        if faults.is_empty() { Ok(text) } else { Err(faults) }
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[tokio::test]
    async fn the_same_fields_come_in_three_ways() {
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nZoé & co\r\n--b--\r\n";
        let ways = [
            (FORM, "name=Zo%C3%A9+%26+co"),
            ("multipart/form-data; boundary=b", multipart),
            ("application/json; charset=UTF-8", r#"{"name":"Zoé & co"}"#),
        ];
        for (kind, body) in ways {
            let fields = read(kind, body).await.unwrap();
            assert_eq!(text(&fields, "name").as_deref(), Ok("Zoé & co"), "{kind}");
            assert_eq!(text(&fields, "email").as_deref(), Ok(""));
        }
    }

    #[tokio::test]
    async fn other_kinds_and_charsets_are_415() {
        for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded; charset=iso-8859-1"] {
            assert_eq!(read(kind, "name=a").await.unwrap_err(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        }
        let nothing = Fields::read(&HeaderMap::new(), Body::empty(), 1).await.unwrap_err();
        assert_eq!(nothing.code(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }

    #[tokio::test]
    async fn a_body_that_is_not_what_it_says_is_400() {
        let lies = [
            (FORM, r#"{"name":"a=b"}"#),
            (FORM, "hello"),
            ("application/json", "name=a"),
            ("application/json", "[1]"),
            ("application/json", r#"{"name":"a"#),
            ("multipart/form-data; boundary=b", "name=a"),
            ("multipart/form-data", "--b--"),
        ];
        for (kind, body) in lies {
            assert_eq!(read(kind, body).await.unwrap_err(), StatusCode::BAD_REQUEST, "{kind}: {body}");
        }
    }

    #[tokio::test]
    async fn web_5_too_much_is_413() {
        assert_eq!(read(FORM, format!("name={}", "a".repeat(INTAKE_BODY))).await.unwrap_err(), 413);
        let named = |count: u8| (0..count).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(read(FORM, named(51)).await.unwrap_err(), 413);
        assert!(read(FORM, named(50)).await.is_ok());
        assert!(read(FORM, "sizes=S&".repeat(51)).await.is_ok(), "a box that is ticked is no further field");
    }

    #[tokio::test]
    async fn web_5_json_nests_at_most_32_deep() {
        let nested = |depth| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(read("application/json", nested(31)).await.is_ok());
        assert_eq!(read("application/json", nested(32)).await.unwrap_err(), 400);
        assert_eq!(read("application/json", nested(1_000)).await.unwrap_err(), 400);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told_at_its_field() {
        let fields = read(FORM, "name=a&name=b&email=%FF&phone=%00").await.unwrap();
        assert_eq!(text(&fields, "name"), Err(vec![("name", "rule-duplicate")]));
        assert_eq!(text(&fields, "email"), Err(vec![("email", "rule-not-utf-8")]));
        assert_eq!(text(&fields, "phone").as_deref(), Ok("\0"));
        let fields = read("application/json", r#"{"name":["a"],"email":"x","email":"y"}"#).await.unwrap();
        assert_eq!(text(&fields, "name"), Err(vec![("name", "rule-not-text")]));
        assert_eq!(text(&fields, "email"), Err(vec![("email", "rule-duplicate")]));
    }

    #[tokio::test]
    async fn a_file_is_not_taken_for_text() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"message\"; filename=\"x.txt\"\r\n\r\nhi\r\n--b--\r\n";
        let fields = read("multipart/form-data; boundary=b", body).await.unwrap();
        assert_eq!(text(&fields, "message"), Err(vec![("message", "rule-not-text")]));
    }
}
