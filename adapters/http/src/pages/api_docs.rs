//! `/api/docs`: the description of the API as a page, made of the very document that programs read. It needs no script
//! and asks no other origin for one.

mod schema;

use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderValue, header};
use serde_json::Value;

use self::schema::{Schemas, example};
use crate::{
    actor::Reader,
    api::document::{ROOT, document},
    page::{Page, show},
    problem::{PROBLEMS, Problem},
    text::Text,
    web::Web,
};

/// An id that is nobody's, for examples.
pub(super) const SOME_ID: &str = "019ab7f0-6e5d-7c3a-9a41-2f6f0c1d8e52";

#[derive(Template)]
#[template(path = "pages/api_docs.html")]
struct DocsPage {
    page: Page,
    base: String,
    first: String,
    groups: Vec<Group>,
    problems: Vec<Kind>,
}

struct Group {
    name: String,
    about: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    about: Vec<Vec<Piece>>,
    parameters: Vec<Field>,
    fields: Vec<Field>,
    answers: Vec<Answer>,
    /// The statuses of the answers that many operations share.
    refusals: String,
    curl_key: String,
    curl: String,
}

/// One line of a table of parameters or fields.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) about: Vec<Piece>,
}

/// Words, or code between them.
pub(super) struct Piece {
    pub(super) code: bool,
    pub(super) text: String,
}

struct Answer {
    key: String,
    status: String,
    about: Vec<Piece>,
    example: String,
    fields: Vec<Field>,
}

/// A kind of problem, as `type` names it.
struct Kind {
    slug: &'static str,
    status: u16,
    title: String,
    detail: String,
}

/// `GET /api/docs`
pub async fn open(State(web): State<Web>, Reader(t): Reader) -> Result<Response, Problem> {
    let document = document(web.origin());
    let told = Told { document: &document, schemas: Schemas(&document), origin: web.origin() };
    let page = DocsPage {
        page: Page { suffix: web.site().controller.clone(), ..Page::plain(t, t.get("api-docs-title")) },
        base: format!("{}{}", web.origin(), ROOT.trim_end_matches('/')),
        first: format!("curl -H 'Authorization: Bearer qck_…' {}{ROOT}me", web.origin()),
        groups: told.groups(),
        problems: problems(t),
    };
    let mut response = show(&page)?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    Ok(response)
}

fn problems(t: Text) -> Vec<Kind> {
    let kind = |(key, status): &(&'static str, u16)| Kind {
        slug: key.trim_start_matches("error-"),
        status: *status,
        title: t.get(key),
        detail: t.with_all(&format!("{key}-about"), [("limit", "256"), ("seconds", "…")]),
    };
    PROBLEMS.iter().map(kind).collect()
}

/// Words with code between backticks.
pub(super) fn pieces(words: &str) -> Vec<Piece> {
    let parts = words.split('`').enumerate();
    let parts = parts.map(|(place, text)| Piece { code: place % 2 == 1, text: text.to_owned() });
    parts.filter(|piece| !piece.text.is_empty()).collect()
}

/// The document on its way into a page.
struct Told<'a> {
    document: &'a Value,
    schemas: Schemas<'a>,
    origin: &'a str,
}

impl Told<'_> {
    fn groups(&self) -> Vec<Group> {
        let tags = self.document["tags"].as_array().into_iter().flatten();
        tags.map(|tag| Group {
            name: words(&tag["name"]),
            about: words(&tag["description"]),
            operations: self.operations(&tag["name"]),
        })
        .collect()
    }

    fn operations(&self, tag: &Value) -> Vec<Operation> {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        let all = paths.flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
        });
        all.filter(|(_, _, operation)| operation["tags"][0] == *tag)
            .map(|(path, method, operation)| self.operation(path, &method.to_uppercase(), operation))
            .collect()
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let description = words(&operation["description"]);
        Operation {
            id: words(&operation["operationId"]),
            method: method.to_owned(),
            path: path.to_owned(),
            summary: words(&operation["summary"]).trim_end_matches('.').to_owned(),
            about: description.split("\n\n").filter(|words| !words.is_empty()).map(pieces).collect(),
            parameters: self.parameters(operation),
            fields: self.schemas.fields(body),
            answers: self.answers(operation),
            refusals: refusals(operation),
            curl_key: format!("{}-curl", words(&operation["operationId"])),
            curl: self.curl(path, method, operation, body),
        }
    }

    fn parameters(&self, operation: &Value) -> Vec<Field> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|parameter| Field {
            name: words(&parameter["name"]),
            place: words(&parameter["in"]),
            kind: self.schemas.kind(&parameter["schema"]),
            required: parameter["required"] == true,
            about: pieces(&words(&parameter["description"])),
        })
        .collect()
    }

    fn answers(&self, operation: &Value) -> Vec<Answer> {
        let all = operation["responses"].as_object().into_iter().flatten();
        all.filter(|(_, answer)| answer["$ref"].is_null())
            .map(|(status, answer)| {
                let schema = &answer["content"]["application/json"]["schema"];
                Answer {
                    key: format!("{}-{status}", words(&operation["operationId"])),
                    status: status.clone(),
                    about: pieces(&words(&answer["description"])),
                    example: if schema.is_null() { String::new() } else { pretty(&example(&self.schemas, schema)) },
                    fields: self.schemas.fields(schema),
                }
            })
            .collect()
    }

    fn curl(&self, path: &str, method: &str, operation: &Value, body: &Value) -> String {
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let mut address = path.replace("{id}", SOME_ID).replace("{delivery}", SOME_ID);
        for place in parameters().filter(|one| one["in"] == "path" && !one["example"].is_null()) {
            address = address.replace(&format!("{{{}}}", words(&place["name"])), &place["example"].to_string());
        }
        let method = if method == "GET" { String::new() } else { format!("-X {method} ") };
        let mut lines = vec![format!("curl {method}'{}{address}'", self.origin)];
        lines.push("-H 'Authorization: Bearer qck_…'".to_owned());
        for header in parameters().filter(|one| one["in"] == "header" && one["required"] == true) {
            lines.push(format!("-H '{}: {}'", words(&header["name"]), words(&header["example"])));
        }
        if !body.is_null() {
            lines.push("-H 'Content-Type: application/json'".to_owned());
            lines.push(format!("-d '{}'", example(&self.schemas, body)));
        }
        lines.join(" \\\n  ")
    }
}

/// The statuses of the answers that are described once for all operations.
fn refusals(operation: &Value) -> String {
    let all = operation["responses"].as_object().into_iter().flatten();
    let shared = all.filter(|(_, answer)| !answer["$ref"].is_null()).map(|(status, _)| status.as_str());
    shared.collect::<Vec<_>>().join(" · ")
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks() {
        let told: Vec<_> = pieces("Send `If-Match`.").into_iter().map(|piece| (piece.code, piece.text)).collect();
        let expected = [(false, "Send "), (true, "If-Match"), (false, ".")];
        assert_eq!(told, expected.map(|(code, text)| (code, text.to_owned())));
    }

    #[test]
    fn every_operation_is_shown_once_with_an_example_that_can_be_copied() {
        let document = document("https://crm.example.com");
        let told = Told { document: &document, schemas: Schemas(&document), origin: "https://crm.example.com" };
        let operations: Vec<_> = told.groups().into_iter().flat_map(|group| group.operations).collect();
        assert_eq!(operations.len(), crate::api::document::api_routes().count());
        for operation in operations {
            assert!(operation.curl.contains("-H 'Authorization: Bearer qck_…'"), "{}", operation.curl);
            assert!(!operation.curl.contains(['{', '}']) || operation.method != "GET", "{}", operation.curl);
            assert_eq!(operation.path.ends_with("{id}"), operation.curl.contains(&format!("{SOME_ID}'")));
            assert!(operation.refusals.contains("401") && !operation.answers.is_empty(), "{}", operation.id);
        }
    }
}
