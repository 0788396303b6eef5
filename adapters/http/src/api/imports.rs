//! `/api/v1/imports`: people taken over from files.

use axum::{
    body::{Body, Bytes},
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use qualify_domain::{
    form::LegalBasis,
    id::ImportId,
    import::{FileFault, ImportField, ImportSettings, MOST_BYTES},
    text::Name,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, ImportFile, ImportLimits, NewImport};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    body::{Nothing, Object},
    door::Caller,
    leads::invalid,
    query::{self, Query},
    told, version,
    wire::{
        BasisCode, Begun, DateOrderCode, DelimiterCode, EncodingCode, ImportBody, ImportList, ImportModeCode, Trial,
    },
};
use crate::{
    fields::{Unreadable, collect},
    imported::{file_fault, problem_file},
    problem::{Fault, Problem},
    text::Text,
    web::Web,
};

const FIELDS: [&str; 9] =
    ["encoding", "delimiter", "has_header", "columns", "dates", "mode", "all_or_nothing", "legal_basis", "source"];
/// What a file is called if nothing is said.
const NAMELESS: &str = "import.csv";

/// List the imports.
///
/// The newest first, at most 50.
#[utoipa::path(get, path = "/api/v1/imports", operation_id = "listImports",
    responses((status = 200, description = "The imports.", body = ImportList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let imports = web.app().imports.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &ImportList::from(&*imports)))
}

/// What is said of a file.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Said {
    /// What the file is called.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
        example = "people.csv"
    )]
    file: Option<String>,
    /// The ground on which these people are kept. It can be said later, but before anything happens.
    #[param(value_type = Option<BasisCode>)]
    legal_basis: Option<String>,
    /// Where these people come from. It can be said later, but before anything happens.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
        example = "Fair in Lyon"
    )]
    source: Option<String>,
}

/// Upload a file of people.
///
/// A table as text, in UTF-8, UTF-16 or Windows-1252, with at most 5 MiB, 50,000 rows and 100 columns. Nothing happens to a
/// lead: the answer says how the file was understood and what its first rows would become. What is wrong about that can be
/// said otherwise, what is missing added; then the import can be tried, and run.
#[utoipa::path(post, path = "/api/v1/imports", operation_id = "createImport", params(Said),
    request_body(content = String, content_type = "text/csv", description = "The file."),
    responses((status = 201, description = "The file is kept, and waits.", body = ImportBody, headers(
        ("ETag" = String, description = "The import's version, for `If-Match`."), ("Location" = String, description = "The import's address.")))))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["file", "legal_basis", "source"], caller.text);
    let file = query.take("file", Name::parse);
    let legal_basis = query.take("legal_basis", str::parse::<LegalBasis>);
    let source = query.take("source", Name::parse);
    let (file, legal_basis, source) = query.or((file, legal_basis, source))?;
    let file = file.map_or_else(|| Name::parse(NAMELESS), Ok).map_err(|_| Problem::bad_request())?;
    let bytes = table(request).await?;
    let (actor, new) = (&caller.program.actor, NewImport { file, legal_basis, source });
    let uploaded = web.app().imports.upload(actor, new, bytes.into(), ImportLimits::default()).await;
    let id = uploaded.map_err(|error| refusal(error, "file", caller.text))?;
    let import = web.app().imports.open(actor, id).await?;
    let address = HeaderValue::try_from(format!("/api/v1/imports/{id}")).map_err(|_| Problem::bad_request())?;
    Ok(([(header::LOCATION, address)], shown(StatusCode::CREATED, &import, caller.text)).into_response())
}

/// Read an import.
///
/// How the file is read and what its first rows would become; how far it is, and what came of it.
#[utoipa::path(get, path = "/api/v1/imports/{id}", operation_id = "readImport",
    params(("id" = Uuid, Path, description = "The import's id.")),
    responses((status = 200, description = "The import.", body = ImportBody, headers(("ETag" = String, description = "The import's version, for `If-Match`.")))))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let import = web.app().imports.open(&caller.program.actor, import_id(&id)?).await?;
    Ok(shown(StatusCode::OK, &import, caller.text))
}

/// How the file of an import is read and what it means. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct ImportChange {
    /// In which letters the file is written.
    #[schema(value_type = Option<EncodingCode>)]
    encoding: Option<String>,
    /// What stands between two cells.
    #[schema(value_type = Option<DelimiterCode>)]
    delimiter: Option<String>,
    /// Whether the first row names the columns.
    has_header: Option<bool>,
    /// What each column means, in their order; null for one that is left out. There are: name, `first_name`, `last_name`,
    /// email, phone, company, tags, pipeline, stage, reason (why it was given up), owner (an e-mail address or a full name),
    /// `created_at`, note; of the first visit `utm_source`, `utm_medium`, `utm_campaign`, `utm_term`, `utm_content`, referrer,
    /// `landing_page`, gclid, fbclid, msclkid; and `property:` with the id of a property of the organization's own. Each comes once. Where the file is to be read in another way, what its columns mean is suggested
    /// anew instead.
    #[schema(max_items = 100, value_type = Option<Vec<Option<String>>>, example = json!(["name", "email", null]))]
    columns: Option<Value>,
    /// In which order days are written.
    #[schema(value_type = Option<DateOrderCode>)]
    dates: Option<String>,
    /// What happens to whom.
    #[schema(value_type = Option<ImportModeCode>)]
    mode: Option<String>,
    /// Whether one faulty row stops all.
    all_or_nothing: Option<bool>,
    /// The ground on which new leads are kept.
    #[schema(value_type = Option<BasisCode>)]
    legal_basis: Option<String>,
    /// Where these people come from.
    #[schema(min_length = 1, max_length = 100, example = "Fair in Lyon")]
    source: Option<String>,
}

/// Say what an import means.
///
/// How its file is read, what its columns mean and what is to happen to whom; while nothing has happened yet.
#[utoipa::path(patch, path = "/api/v1/imports/{id}", operation_id = "changeImport",
    params(
        ("id" = Uuid, Path, description = "The import's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the import as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = ImportChange,
    responses((status = 200, description = "The import, as it is understood now.", body = ImportBody, headers(("ETag" = String, description = "The import's version now.")))))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (id, actor) = (import_id(&id)?, &caller.program.actor);
    let (headers, object) = Object::read(request, &FIELDS, caller.text).await?;
    let before = web.app().imports.open(actor, id).await?.import.settings;
    let mut reading = Reading { object: &object, unreadable: Vec::new(), faults: Violations::default() };
    let settings = reading.settings(before);
    let settings = reading.or(settings, caller.text)?;
    let version = version::expected(&headers)?;
    let settled = web.app().imports.settle(actor, id, version, settings).await;
    settled.map_err(|error| refusal(error, "delimiter", caller.text))?;
    Ok(shown(StatusCode::OK, &web.app().imports.open(actor, id).await?, caller.text))
}

/// Try an import.
///
/// Tells what would come of it now, and changes nothing but that.
#[utoipa::path(post, path = "/api/v1/imports/{id}/trial", operation_id = "tryImport",
    params(("id" = Uuid, Path, description = "The import's id.")),
    request_body = Nothing,
    responses((status = 200, description = "What would come of it.", body = Trial)))]
pub async fn try_out(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = import_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    let tried = web.app().imports.try_out(&caller.program.actor, id).await;
    let report = tried.map_err(|error| refusal(error, "file", caller.text))?;
    Ok(told(StatusCode::OK, &Trial::from(&report)))
}

/// Run an import.
///
/// Rows become leads from here on, in the background. The legal basis and the source must have been said.
#[utoipa::path(post, path = "/api/v1/imports/{id}/run", operation_id = "runImport",
    params(("id" = Uuid, Path, description = "The import's id.")),
    request_body = Nothing,
    responses((status = 202, description = "It has begun.", body = Begun)))]
pub async fn run(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = import_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    let begun = web.app().imports.begin(&caller.program.actor, id).await;
    let job = begun.map_err(|error| refusal(error, "file", caller.text))?;
    Ok(told(StatusCode::ACCEPTED, &Begun { job: job.0 }))
}

/// Undo an import.
///
/// Leads it made go, leads it changed are again as they were, in the background; what somebody changed since stays. It is
/// possible for 7 days.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", operation_id = "undoImport",
    params(("id" = Uuid, Path, description = "The import's id.")),
    request_body = Nothing,
    responses((status = 202, description = "It has begun.", body = Begun)))]
pub async fn undo(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = import_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    let begun = web.app().imports.undo(&caller.program.actor, id).await;
    let job = begun.map_err(|error| refusal(error, "file", caller.text))?;
    Ok(told(StatusCode::ACCEPTED, &Begun { job: job.0 }))
}

/// Fetch the rows that became nothing.
///
/// As they stood in the file, with three columns more: the line, the columns and what is wrong, in words: rows with faults,
/// those the mode left out, and those whose lead somebody was changing at the same time. Mended, the file can be imported as
/// it is. For 7 days.
#[utoipa::path(get, path = "/api/v1/imports/{id}/problems", operation_id = "readImportProblems",
    params(("id" = Uuid, Path, description = "The import's id.")),
    responses((status = 200, description = "The file.", content((String = "text/csv")))))]
pub async fn problems(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let file = web.app().imports.problems(&caller.program.actor, import_id(&id)?).await?;
    let body = Body::from_stream(problem_file(file, caller.text));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

/// A file, as it stands in the body: nothing of it is read if it says that it is too large.
async fn table(request: Request) -> Result<Bytes, Problem> {
    let (head, body) = request.into_parts();
    if !is_csv(&head.headers) {
        return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    collect(&head.headers, body, MOST_BYTES).await
}

fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv")
}

/// What a program says of an import, with all that is wrong.
struct Reading<'a> {
    object: &'a Object,
    unreadable: Vec<Unreadable>,
    faults: Violations,
}

impl Reading<'_> {
    /// The settings, with what was sent in place of what was there.
    fn settings(&mut self, before: ImportSettings) -> ImportSettings {
        let basis = self.object.text("legal_basis", &mut self.unreadable).map(|text| match text.as_str() {
            "" => None,
            code => self.faults.keep("legal_basis", code.parse::<LegalBasis>()),
        });
        let source = self.object.text("source", &mut self.unreadable);
        let source = source.map(|text| self.faults.keep("source", Name::parse_optional(&text)).flatten());
        ImportSettings {
            encoding: self.code("encoding").unwrap_or(before.encoding),
            delimiter: self.code("delimiter").unwrap_or(before.delimiter),
            has_header: self.code("has_header").unwrap_or(before.has_header),
            columns: self.code::<Vec<Option<ImportField>>>("columns").unwrap_or(before.columns),
            dates: self.code("dates").unwrap_or(before.dates),
            mode: self.code("mode").unwrap_or(before.mode),
            all_or_nothing: self.code("all_or_nothing").unwrap_or(before.all_or_nothing),
            legal_basis: basis.unwrap_or(before.legal_basis),
            source: source.unwrap_or(before.source),
        }
    }

    fn code<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.object.value(name).filter(|value| !value.is_null())?;
        self.faults.keep(name, T::deserialize(value).map_err(|_| Rule::NotAChoice))
    }

    fn or<T>(self, value: T, text: Text) -> Result<T, Problem> {
        if self.unreadable.is_empty() && self.faults.is_empty() {
            Ok(value)
        } else {
            Err(invalid(&self.unreadable, &self.faults, text))
        }
    }
}

fn import_id(raw: &str) -> Result<ImportId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

fn shown(status: StatusCode, import: &ImportFile, text: Text) -> Response {
    version::shown(status, import.import.version, &ImportBody::of(import, text))
}

/// Why an import stays as it is; what is wrong with its file stands at `field`.
fn refusal(error: Error, field: &str, text: Text) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Invalid(faults) => invalid(&[], &faults, text),
        Error::Rule(Broken::File(fault)) => {
            let told = Fault { field: field.to_owned(), rule: rule(fault), detail: file_fault(fault, text) };
            Problem::status(StatusCode::UNPROCESSABLE_ENTITY).with_faults(vec![told])
        }
        error => error.into(),
    }
}

/// The stable name of what is wrong with a file.
const fn rule(fault: FileFault) -> &'static str {
    match fault {
        FileFault::Empty => "empty",
        FileFault::Spreadsheet => "spreadsheet",
        FileFault::TooManyRows(_) => "too-many-rows",
        FileFault::TooManyColumns(_) => "too-many-columns",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_that_it_is_a_table() {
        let of = |kind: &'static str| {
            is_csv(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert!(of("text/csv") && of("Text/CSV; charset=utf-16"));
        assert!(!of("application/json") && !of("") && !of("text/csvx") && !is_csv(&HeaderMap::new()));
    }
}
